"""Amendments: AMD scenarios, co-termination, filters, and which orders make a contract."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from orderplan.engine.money import Money
from tests.builders import amend, an_order, change, coupon, seat, setup_fee, usage
from tests.contract.contracts import (
    assembled,
    changed,
    codes,
    contract_of,
    finding,
    item_of,
    items,
    minor,
    once,
    planned,
    spans,
)

SEAT = "Workspace seat"


def test_amd_01_more_units_from_a_billing_date_on() -> None:
    """AMD-01: 1 seat becomes 3 in month 9: the increase is an item of its own, by a clone, and nothing is billed extra."""
    bundle = amend(an_order([seat("10.00")], "2026-03-01"), "2026-12-01", lines=[change(SEAT, 3)])
    contract = contract_of(bundle)
    (update,) = contract.updates
    assert spans(update.phases) == [("2026-03-01", "2026-12-01"), ("2026-12-01", "2027-03-01")]
    assert [items(each) for each in update.phases] == [[(1, "1000")], [(1, "1000"), (2, "1000")]]
    assert [once(each) for each in update.phases] == [[], []]
    kept, added = update.phases[1].items
    assert kept.price == contract.prices[0]
    assert (added.price.kind, added.order_item.id) == ("clone", item_of(bundle, 1)["Id"])
    assert [each.order for each in update.phases] == [contract.order, update.order]
    assert (update.action, update.proration_behavior) == ("update", "none")
    assert [each.proration_behavior for each in update.phases] == ["none", "none"]
    assert update.temporary_prices == (added.price,)


def test_amd_01_contract_is_found_from_the_initial_order_too() -> None:
    """AMD-01: whichever of its orders is asked for, the contract is the same; the order pointer is not used."""
    bundle = amend(an_order([seat("10.00")], "2026-03-01"), "2026-12-01", lines=[change(SEAT, 3)])
    initial = bundle["records"]["Order"][0]["Id"]
    assert [u.order.id for u in contract_of(bundle | {"order_ids": [initial]}).updates] == bundle["order_ids"]
    both = contract_of(bundle | {"order_ids": [initial, *bundle["order_ids"]]})
    assert [each.id for each in both.orders] == [initial, *bundle["order_ids"]]


def test_amd_02_usage_is_replaced_by_seats() -> None:
    """AMD-02: usage leaves, a seat comes, and neither is prorated."""
    bundle = amend(an_order([usage()], "2026-03-01"), "2026-09-01", lines=[change("API requests", 0), seat("120.00")])
    (update,) = contract_of(bundle, credit_terminated_lines=True).updates
    assert [items(each) for each in update.phases] == [[(None, "5")], [(1, "12000")]]
    assert [once(each) for each in update.phases] == [[], []]


def test_amd_04_untouched_usage_stays() -> None:
    """AMD-04: a line that the amendment does not name stands in the new phase too."""
    bundle = amend(an_order([usage()], "2026-03-01"), "2026-09-01", lines=[seat("120.00")])
    (update,) = contract_of(bundle).updates
    assert [items(each) for each in update.phases] == [[(None, "5")], [(None, "5"), (1, "12000")]]


def test_amd_06_contract_that_is_gone() -> None:
    """AMD-06: an order whose contract was deleted is a plain order."""
    bundle = amend(an_order([seat()]), "2026-12-01", lines=[change(SEAT, 3)])
    records = bundle["records"] | {
        "Contract": [],
        "Order": bundle["records"]["Order"][:1],
        "OrderItem": bundle["records"]["OrderItem"][:1],
        "Opportunity": bundle["records"]["Opportunity"][:1],
        "SBQQ__Subscription__c": [],
    }
    initial = bundle["records"]["Order"][0]["Id"]
    item = records["OrderItem"][0]
    item |= {"SBQQ__Contract__c": None, "SBQQ__Subscription__c": None}
    contract = contract_of(bundle | {"records": records, "order_ids": [initial]})
    assert (contract.updates, contract.agreement) == ((), None)


def test_amd_07_future_annual_order() -> None:
    """AMD-07: a yearly line added in month 9 bills 30 for the three months that are left, once."""
    bundle = amend(an_order([seat("120.00", frequency="Annual")], "2026-03-01"), "2026-12-01", lines=[change(SEAT, 2)])
    (update,) = contract_of(bundle).updates
    assert items(update.phases[1]) == [(1, "12000"), (1, "12000")]
    assert once(update.phases[1]) == [(1, "3000")]
    price = update.phases[1].one_time_items[0].price
    assert (price.auto_archive, price.duplicate, price.proration) == (True, True, True)
    assert price.original == update.phases[1].items[1].price


def test_amd_09_amendment_that_does_not_end_with_the_contract() -> None:
    """AMD-09: a term of 7 months from month 6 ends a month late."""
    bundle = amend(an_order([seat()]), "2026-09-01", 7, lines=[change(SEAT, 3)], end="2027-03-31")
    assert codes(bundle) == ["E532"]


def test_amd_10_month_end_is_anchored_to_the_first_day() -> None:
    """AMD-10: 28 February plus 7 months is the end of a contract that runs from 30 to 29 September."""
    bundle = amend(an_order([seat()], "2026-09-30"), "2027-02-28", 7, lines=[change(SEAT, 2)])
    (update,) = contract_of(bundle).updates
    assert spans(update.phases) == [("2026-09-30", "2027-02-28"), ("2027-02-28", "2027-09-30")]
    assert once(update.phases[1]) == [(1, "789")], "sold with two days more, as the org counted them"
    whole = changed(bundle, "OrderItem", 1, SBQQ__ProrateMultiplier__c=7, UnitPrice=840, TotalPrice=840)
    assert once(contract_of(whole).updates[0].phases[1]) == [], "sold as seven months"


def test_amd_11_month_end_that_is_no_anniversary() -> None:
    """AMD-11: 28 February is not the 27th: the term must be the 6 whole months to the end."""
    bundle = an_order([seat()], "2022-09-27", as_of="2022-09-01T00:00:00Z")
    bundle = amend(bundle, "2023-02-28", 7, lines=[change(SEAT, 2)])
    assert codes(bundle, non_anniversary_amendments=True) == ["E534"]


def test_amd_13_end_date_is_needed_off_the_anniversary() -> None:
    """AMD-13: with part months, the end date must be given."""
    bundle = amend(an_order([seat(frequency="Semiannual")]), "2026-03-16", 11, lines=[change(SEAT, 2)])
    bundle = changed(bundle, "SBQQ__Quote__c", 1, SBQQ__EndDate__c=None)
    assert "SBQQ__EndDate__c" in finding(bundle, "E511", non_anniversary_amendments=True).message


@pytest.mark.parametrize(("term", "found"), [(22, ["E534"]), (20, ["E534"]), (21, []), (None, [])])
def test_amd_14_term_is_the_whole_months_between(term: int | None, found: list[str]) -> None:
    """AMD-14: two months and a day into 24, the term is 21, or derived."""
    bundle = an_order([seat(frequency="Semiannual")], "2026-03-01", 24)
    bundle = amend(bundle, "2026-05-02", lines=[change(SEAT, 2)], quote={"SBQQ__SubscriptionTerm__c": term})
    assert codes(bundle, non_anniversary_amendments=True) == found


def test_another_day_of_the_month_needs_the_setting() -> None:
    """With non_anniversary_amendments off, an amendment starts on the contract's day of the month."""
    bundle = amend(an_order([seat()]), "2026-05-02", lines=[change(SEAT, 2)])
    assert codes(bundle, non_anniversary_amendments=False) == ["E533"]
    assert codes(bundle) == []


def test_amd_18_draft_amendment_waits() -> None:
    """AMD-18: an amendment that is not selected keeps all amendments from being planned, with a notice; the order is."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change(SEAT, 2)])
    bundle = amend(bundle, "2026-10-01", lines=[change(SEAT, 3)], order={"Status": "Draft"})
    result = assembled(bundle, selected=lambda order: order.get("Status") == "Activated")
    (contract,) = result.contracts
    assert [each.code for each in result.findings] == ["N502"]
    assert (len(contract.phases), contract.updates) == (1, ())


def test_amd_19_initial_order_that_is_not_selected() -> None:
    """AMD-19: an amendment of an order that the sync rule leaves out is an error."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change(SEAT, 2)])
    initial = bundle["records"]["Order"][0]["Id"]
    assert codes(bundle, selected=lambda order: order.id != initial) == ["E503"]


def test_order_type_is_not_trusted() -> None:
    """An amendment is one by its opportunity, whatever its type says."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change(SEAT, 2)], order={"Type": "New"})
    assert len(contract_of(bundle).updates) == 1


def test_order_that_is_not_contracted_has_no_amendments() -> None:
    """An initial order that is not contracted stands alone."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change(SEAT, 2)])
    bundle = changed(bundle, "Order", 0, SBQQ__Contracted__c=False)
    assert contract_of(bundle | {"order_ids": [bundle["records"]["Order"][0]["Id"]]}).updates == ()


def test_amendment_of_one_time_lines_alone() -> None:
    """A one-time line alone belongs on a new order."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[setup_fee()])
    assert codes(bundle) == ["E537"]


def test_one_time_line_of_an_amendment_is_billed_with_its_phase() -> None:
    """A one-time line beside a change is billed when the change takes effect."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change(SEAT, 2), setup_fee("80.00")])
    (update,) = contract_of(bundle).updates
    assert [once(each) for each in update.phases] == [[], [(1, "8000")]]


def test_one_time_line_cannot_be_taken_back() -> None:
    """What was billed once is given back with a credit note."""
    bundle = amend(an_order([seat(), setup_fee()]), "2026-09-01", lines=[change(SEAT, 2), change("Onboarding", 0)])
    assert codes(bundle) == ["E531"]


def test_term_05_more_is_taken_than_there_is() -> None:
    """An amendment that takes 3 of 2 units is refused."""
    bundle = amend(an_order([seat(quantity=2)]), "2026-09-01", lines=[change(SEAT, -1)])
    assert codes(bundle) == ["E530"]


def test_line_that_revises_another_contracts_line() -> None:
    """A reduction of a line that the contract does not hold is refused by name (REN-05)."""
    bundle = amend(an_order([seat(name="A"), seat(name="B")]), "2026-09-01", lines=[change("A", 0)])
    bundle = changed(bundle, "OrderItem", 2, SBQQ__RevisedOrderProduct__c=None)
    assert codes(bundle) == ["E529"]


def test_amendment_before_the_contract() -> None:
    """An amendment starts within its contract."""
    bundle = amend(an_order([seat()], "2026-03-01"), "2026-02-01", 13, lines=[change(SEAT, 2)])
    assert codes(bundle) == ["E535"]


def test_amendment_in_another_cycle() -> None:
    """A line of another cycle joins in flexible mode: its rest of half a year is billed once, no cycle of it fits."""
    bundle = amend(
        an_order([seat()]), "2026-09-01", lines=[seat("120.00", name="Yearly", frequency="Annual", product_term=12)]
    )
    contract = contract_of(bundle)
    assert contract.billing_mode == "flexible"
    (update,) = contract.updates
    assert [each.price.cycle_months for each in update.phases[1].items] == [1, 12]
    (rest,) = update.phases[1].one_time_items
    assert (rest.period_end, rest.period_end_date) == ("timestamp", date(2027, 3, 1))
    assert rest.price.amount == Money(Decimal(60), "usd")


def test_amendment_in_another_cycle_of_a_schedule_that_is_classic() -> None:
    """A schedule that was made for one cycle is in classic mode, unless Stripe shows another; it cannot be changed."""
    bundle = planned(
        amend(an_order([seat()]), "2026-09-01", lines=[seat(name="Room", frequency="Quarterly")]), orders=1
    )
    state = {"id": "sub_sched_1", "status": "active", "phases": []}
    assert codes(bundle | {"stripe": {"subscription_schedule": [state]}}) == ["E581"]
    flexible = state | {"billing_mode": {"type": "flexible"}}
    assert codes(bundle | {"stripe": {"subscription_schedule": [flexible]}}) == []
    assert codes(bundle | {"stripe": {"subscription_schedule": [state]}}, billing_mode="flexible") == []


def test_planned_amendment_is_not_planned_again_but_counts() -> None:
    """An amendment that carries a Stripe id makes no update; the next one starts from what it left."""
    bundle = amend(an_order([seat("10.00")], "2026-03-01"), "2026-09-01", lines=[change(SEAT, 3)])
    assert contract_of(planned(bundle)).updates == ()
    later = amend(planned(bundle), "2026-12-01", lines=[change(SEAT, 6)])
    (update,) = contract_of(later).updates
    assert [items(each) for each in update.phases] == [
        [(1, "1000")],
        [(1, "1000"), (2, "1000")],
        [(1, "1000"), (2, "1000"), (3, "1000")],
    ]
    assert [minor(each) for each in update.temporary_prices][-1] == "1000"


def test_amendments_without_the_initial_order_planned_are_planned_again() -> None:
    """When the schedule's id was cleared, the whole contract is planned anew, amendments with their ids too."""
    bundle = amend(an_order([seat("10.00")], "2026-03-01"), "2026-09-01", lines=[change(SEAT, 3)])
    bundle = changed(bundle, "Order", 1, Stripe_ID__c="sub_sched_1")
    assert len(contract_of(bundle).updates) == 1


def test_amd_15_coupons_of_an_amendment() -> None:
    """AMD-15: the coupons of the amendment's order are on its phase."""
    bundle = an_order([seat()], coupons=[coupon("Start", amount_off="10.00")])
    bundle = amend(bundle, "2026-09-01", lines=[change(SEAT, 2)], coupons=[coupon("More", percent_off="5")])
    (update,) = contract_of(bundle).updates
    assert [[each.name for each in phase.discounts] for phase in update.phases] == [["Start"], ["More"]]


def test_newest_line_is_reduced_first() -> None:
    """Units are taken from the line that came last; a line that loses all leaves the phase."""
    bundle = amend(an_order([seat("10.00", 2)], "2026-03-01"), "2026-06-01", lines=[change(SEAT, 5)])
    bundle = amend(bundle, "2026-09-01", lines=[change(SEAT, 4)])
    bundle = amend(bundle, "2026-12-01", lines=[change(SEAT, 1)])
    updates = contract_of(bundle).updates
    assert [[each.quantity for each in update.phases[-1].items] for update in updates] == [[2, 3], [2, 2], [1]]


def test_item_that_leaves_says_which_order_takes_it_away() -> None:
    """TERM-02: the last phase in which a line stands names the order that ends it."""
    bundle = amend(an_order([seat(name="A"), seat(name="B")], "2026-03-01"), "2026-04-01", lines=[change("B", 0)])
    (update,) = contract_of(bundle).updates
    assert [items(each) for each in update.phases] == [[(1, "12000"), (1, "12000")], [(1, "12000")]]
    assert [each.ended_by for each in update.phases[0].items] == [None, update.order]
    assert [each.ended_by for each in update.phases[1].items] == [None]


def test_skipped_line_of_an_amendment_is_listed() -> None:
    """A line that an amendment leaves out is listed with the others; an amendment without any other changes nothing."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change(SEAT, 3)])
    contract = contract_of(changed(bundle, "OrderItem", 1, Skip_Line_Item__c=True))
    assert [each.order_item.id for each in contract.skipped] == [item_of(bundle, 1)["Id"]]
    assert contract.updates == ()


def test_amendments_follow_one_another_by_their_starts() -> None:
    """The one that was made later starts earlier, and is applied first."""
    bundle = amend(an_order([seat()], "2026-03-01"), "2026-09-01", lines=[seat(name="A")])
    bundle = amend(bundle, "2026-06-01", lines=[seat(name="B")])
    _, later, earlier = (each["Id"] for each in bundle["records"]["Order"])
    assert [each.order.id for each in contract_of(bundle).updates] == [earlier, later]


@pytest.mark.parametrize(("end", "found"), [("2027-02-28", []), ("2027-01-15", ["E532"])])
def test_an_amendment_without_a_term_ends_with_its_contract(end: str, found: list[str]) -> None:
    """Its end date alone says so, and is compared with the contract's."""
    bundle = amend(an_order([seat()], "2026-03-01"), "2026-09-01", lines=[change(SEAT, 3)])
    assert codes(changed(bundle, "SBQQ__Quote__c", 1, SBQQ__SubscriptionTerm__c=None, SBQQ__EndDate__c=end)) == found


def test_amendments_whose_last_change_is_not_told_follow_by_their_ids() -> None:
    """Two of one day: the second was made later."""
    bundle = amend(an_order([seat()], "2026-03-01"), "2026-09-01", lines=[seat(name="A")])
    bundle = amend(bundle, "2026-09-01", lines=[seat(name="B")])
    for each in bundle["records"]["Order"]:
        each["LastModifiedDate"] = None
    _, first, second = (each["Id"] for each in bundle["records"]["Order"])
    assert [each.order.id for each in contract_of(bundle).updates] == [first, second]
