"""Contracts at the edges of the rules, with their exact figures: each is what one changed line of the model would get wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.builders import amend, an_order, change, coupon, ramp, seat, setup_fee, usage
from tests.contract.contracts import (
    changed,
    codes,
    contract_of,
    item_of,
    items,
    once,
    planned,
    spans,
)

SEAT, NAME = "Workspace seat", "Platform licence"
CREDITS = {"credit_terminated_lines": True, "credit_quantity_reductions": True}
LATE = "2026-06-15T12:00:00Z"


def annual(price: str = "120.00", quantity: int = 1, name: str = SEAT, **more: Any) -> Any:
    return seat(price, quantity, name=name, frequency="Annual", **more)


def test_two_amendments_of_one_future_day_bill_all_that_they_add() -> None:
    """Half a year of a seat, a fee, and half a year of a room: the second amendment keeps what the first one bills."""
    bundle = amend(an_order([annual("1200.00")]), "2026-09-01", lines=[change(SEAT, 2), setup_fee("300.00")])
    bundle = amend(bundle, "2026-09-01", lines=[annual("2400.00", name="Room")])
    second = contract_of(bundle).updates[-1].phases[-1]
    assert sorted(once(second)) == [(1, "120000"), (1, "30000"), (1, "60000")]
    assert items(second) == [(1, "120000"), (1, "120000"), (1, "240000")]


def test_a_plain_line_of_a_ramp_is_credited_once() -> None:
    """One of three flat units leaves in the first year, which was billed: 120.00 come back, and not in every segment."""
    bundle = an_order(
        [ramp("60.00", quantities=[1, 1, 1], frequency="Annual"), annual(quantity=3, name="Flat")], term=36
    )
    bundle = amend(bundle, "2026-03-01", lines=[change("Flat", 2)], as_of=LATE)
    (update,) = contract_of(bundle, **CREDITS).updates
    assert [once(each) for each in update.phases] == [[], [(1, "-12000")], [], []]


def test_a_ramp_reduced_within_its_first_segment_is_credited_for_that_segment() -> None:
    """The year of a segment is billed at once; one unit of it is 120.00, and nothing is left of it to bill."""
    bundle = an_order([ramp("120.00", quantities=[10, 10], frequency="Annual")], term=24)
    bundle = amend(bundle, "2026-03-01", lines=[change(NAME, 9, segment=1)], as_of=LATE)
    (update,) = contract_of(bundle, **CREDITS).updates
    assert [once(each) for each in update.phases] == [[], [(1, "-12000")], []]
    assert [items(each) for each in update.phases] == [[(10, "12000")], [(9, "12000")], [(10, "12000")]]


def test_a_ramp_whose_last_segment_is_emptied_ends_before_it() -> None:
    """The years before the emptied one go on, one of them with more units."""
    bundle = an_order([ramp("120.00", quantities=[1, 1, 1], frequency="Annual")], term=36)
    bundle = amend(bundle, "2027-03-01", lines=[change(NAME, 2, segment=2), change(NAME, 0, segment=3)])
    (update,) = contract_of(bundle).updates
    assert update.action == "update"
    assert spans(update.phases) == [("2026-03-01", "2027-03-01"), ("2027-03-01", "2028-03-01")]
    assert [sum(quantity or 0 for quantity, _ in items(each)) for each in update.phases] == [1, 2]


def test_a_line_coupon_that_names_its_order_is_the_lines_alone() -> None:
    """A tenth is taken off once: the coupon hangs on the item, and not on the phase too."""
    bundle = an_order([seat("10.00", coupons=[coupon("Tenth", percent_off="10")])])
    bundle = changed(bundle, "Order_Stripe_Coupon__c", 0, Order__c=bundle["records"]["Order"][0]["Id"])
    (phase,) = contract_of(bundle).phases
    assert (phase.discounts, [each.percent_off for each in phase.items[0].discounts]) == ((), [10])


def test_a_price_that_a_rule_gives_has_a_rest_within_its_cycle() -> None:
    """Six months of 120.00 a year are 60.00, though no figure of CPQ says so."""
    bundle = amend(an_order([annual()]), "2026-09-01", lines=[change(SEAT, 2)])
    added = item_of(bundle, 1)["Id"]
    (update,) = contract_of(bundle, prices={added: Decimal("120.00")}).updates
    assert once(update.phases[-1]) == [(1, "6000")]


def test_a_negative_list_price_is_refused() -> None:
    """The line does not vanish."""
    bundle = an_order([seat("10.00"), seat("20.00", name="Room")])
    assert "E516" in codes(changed(bundle, "PricebookEntry", 1, UnitPrice=-20))


def test_segments_count_by_their_number_and_not_by_their_place() -> None:
    """Lines that stand backwards in the bundle give the same phases."""
    bundle = an_order([ramp("120.00", quantities=[1, 2, 3], frequency="Annual")], term=36)
    turned = {**bundle, "records": {**bundle["records"], "OrderItem": bundle["records"]["OrderItem"][::-1]}}
    numbers = [100000012, 100000011, 100000010]
    for at, number in enumerate(numbers):
        turned = changed(turned, "OrderItem", at, OrderItemNumber=str(number))
    assert [items(each) for each in contract_of(turned).phases] == [[(1, "12000")], [(2, "12000")], [(3, "12000")]]


def test_a_month_and_a_day_is_no_month() -> None:
    """15 March to 16 April is more than the one month that the multiplier says."""
    bundle = an_order([seat("10.00")], "2026-03-15", None, end="2026-04-16")
    assert codes(changed(bundle, "OrderItem", 0, SBQQ__ProrateMultiplier__c=1, UnitPrice=10, TotalPrice=10)) == ["E514"]


def test_an_own_price_that_an_earlier_plan_made_is_not_archived_again() -> None:
    """The price of a planned order was archived by its plan, also where its id is not known here."""
    bundle = amend(an_order([seat("10.00", quoted_price="8.00")]), "2026-09-01", lines=[seat("30.00", name="Room")])
    contract = contract_of(planned(bundle, orders=1))
    (update,) = contract.updates
    assert [each.kind for each in update.prices] == ["line", "list"]
    assert update.temporary_prices == ()


def test_an_amended_segment_without_a_start_is_that_of_the_line_it_revises() -> None:
    """A reduction of the second year stays one of the second year."""
    bundle = an_order([ramp("120.00", quantities=[3, 3, 3], frequency="Annual")], term=36)
    bundle = amend(bundle, "2027-03-01", lines=[change(NAME, 1, segment=2)])
    fields = {"ServiceDate": None, "SBQQ__SegmentIndex__c": None}
    (update,) = contract_of(changed(bundle, "OrderItem", 3, **fields)).updates
    assert [items(each) for each in update.phases] == [[(3, "12000")], [(1, "12000")], [(3, "12000")]]
    assert codes(changed(bundle, "OrderItem", 3, SBQQ__SegmentIndex__c=None, ServiceDate="2027-03-02")) == ["E550"]


def test_a_planned_contract_that_is_over_needs_nothing() -> None:
    """Only a new one cannot be made."""
    over = an_order([seat()], "2024-01-01", as_of="2026-03-01T09:00:00Z")
    assert contract_of(planned(over)).updates == ()
    assert codes(over) == ["E561"]


@pytest.mark.parametrize(
    "counted", [{"duration": "repeating", "months": 1}, {"max_redemptions": 1}], ids=["month", "use"]
)
def test_a_coupon_may_count_once(counted: dict[str, Any]) -> None:
    """One month, or one redemption, is the least."""
    assert codes(an_order([seat(coupons=[coupon("One", percent_off="5", **counted)])])) == []


def test_a_line_without_a_product_has_that_of_its_price() -> None:
    """The price book entry knows the product."""
    bundle = changed(an_order([seat("10.00")]), "OrderItem", 0, Product2Id=None)
    (price,) = contract_of(bundle).prices
    assert price.product.id == bundle["records"]["Product2"][0]["Id"]


def test_part_of_a_metered_unit_is_refused() -> None:
    """A fraction is one fault, whatever is billed by the unit."""
    assert codes(changed(an_order([usage()]), "OrderItem", 0, Quantity=1.5)) == ["E506"]


def test_a_short_term_that_costs_less_than_nothing_is_refused() -> None:
    """A negative price of a term within one cycle is a finding, as that of any other."""
    bundle = changed(an_order([annual()], term=6), "OrderItem", 0, UnitPrice=-5, TotalPrice=-5)
    assert codes(bundle) == ["E516"]


def test_an_entry_without_a_price_is_a_finding() -> None:
    """The list price is needed to know whether the line has its own."""
    assert codes(changed(an_order([seat("10.00")]), "PricebookEntry", 0, UnitPrice=None)) == ["E511"]


def test_an_amendment_that_ends_elsewhere() -> None:
    """Five months where six remain, told by the term alone; with neither term nor end nobody knows."""
    bundle = amend(an_order([annual()]), "2026-09-01", 5, lines=[change(SEAT, 2)])
    quote = bundle["records"]["SBQQ__Quote__c"][1]
    assert quote["SBQQ__StartDate__c"] == "2026-09-01"
    assert codes(changed(bundle, "SBQQ__Quote__c", 1, SBQQ__EndDate__c=None)) == ["E532"]


def test_months_that_are_skipped_are_not_balanced() -> None:
    """Seven of twelve months are left: 7 × 83.33 are 583.31, and 583.33 were sold."""
    sold = [seat("1000.00", frequency="Monthly", product_term=12)]
    bundle = an_order(sold, "2026-01-01", 12, as_of="2026-05-10T09:00:00Z", skip_past_invoices=True)
    (phase,) = contract_of(bundle, balance_rounding="first_invoice").phases
    assert once(phase) == [(1, "2")]


def test_a_line_that_starts_later_leaves_the_tail_of_the_term() -> None:
    """Its phase begins within the first year, and the half year after that year is billed as before."""
    fields = {"ServiceDate": "2026-09-01", "SBQQ__ProrateMultiplier__c": 12, "UnitPrice": 120, "TotalPrice": 120}
    bundle = an_order([annual(), seat("10.00", name="Late", fields=fields)], "2026-03-01", 18)
    phases = contract_of(bundle).phases
    assert spans(phases) == [("2026-03-01", "2026-09-01"), ("2026-09-01", "2027-03-01"), ("2027-03-01", "2027-09-01")]
    assert [items(each) for each in phases] == [[(1, "12000")], [(1, "12000"), (1, "1000")], [(1, "1000")]]
    assert [once(each) for each in phases] == [[], [], [(1, "6000")]]


def test_a_line_of_an_amendment_that_starts_later_leaves_the_tail_of_the_term() -> None:
    """It is added in June and starts in September; the half year after the first one is billed as before."""
    fields = {"ServiceDate": "2026-09-01", "SBQQ__ProrateMultiplier__c": 12, "UnitPrice": 120, "TotalPrice": 120}
    bundle = amend(
        an_order([annual()], "2026-03-01", 18), "2026-06-01", lines=[seat("10.00", name="Late", fields=fields)]
    )
    phases = contract_of(bundle).updates[0].phases
    assert [start for start, _ in spans(phases)] == ["2026-03-01", "2026-06-01", "2026-09-01", "2027-03-01"]
    assert [len(items(each)) for each in phases] == [1, 1, 2, 1]
    assert [once(each) for each in phases] == [[], [], [], [(1, "6000")]]


def test_a_schedule_takes_ten_phases() -> None:
    """A ramp of ten years is sent whole."""
    bundle = an_order([ramp("120.00", quantities=[1] * 10)], "2026-03-01", 120)
    assert len(contract_of(bundle).phases) == 10


def test_a_schedule_that_is_in_stripe_is_not_measured_again() -> None:
    """A ramp of twelve years was sent in some way, and nothing of it is sent now."""
    bundle = an_order([ramp("120.00", quantities=[1] * 12)], "2026-03-01", 144)
    assert codes(bundle) == ["E587"]
    assert "E587" not in codes(planned(bundle))
