"""Coupons: COUP scenarios, and those of CUR."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.builders import amend, an_order, change, coupon, evergreen, seat, setup_fee
from tests.contract.contracts import changed, codes, contract_of, finding, minor, once

OBJECT, QUOTE = "Order_Stripe_Coupon__c", "Quote_Stripe_Coupon__c"


def line_coupon(**more: Any) -> dict[str, Any]:
    return an_order([seat(coupons=[coupon("Line", **more)])])


def test_coup_01_amount_and_percentage() -> None:
    """COUP-01: a coupon has one of both."""
    both = changed(line_coupon(percent_off="25"), OBJECT, 0, Amount_Off__c=10)
    assert "E554" in codes(both)
    assert "E554" in codes(changed(both, OBJECT, 0, Amount_Off__c=None, Percent_Off__c=None))


def test_coup_02_coupons_of_the_order_and_of_the_line() -> None:
    """COUP-02: the line's coupon hangs on its item, the order's on the phase."""
    bundle = an_order([seat(coupons=[coupon("Line", percent_off="25")])], coupons=[coupon("Order", amount_off="10.00")])
    (phase,) = contract_of(bundle).phases
    (on_phase,), (on_item,) = phase.discounts, phase.items[0].discounts
    assert (on_phase.name, on_phase.amount_off and on_phase.amount_off.amount, on_phase.percent_off) == (
        "Order",
        10,
        None,
    )
    assert (on_item.name, on_item.percent_off, on_item.amount_off) == ("Line", 25, None)
    assert on_phase.max_redemptions is None


def test_coup_03_two_coupons_of_one_line() -> None:
    """COUP-03: several coupons stack in the order of their records; each knows its record and its quote coupon."""
    bundle = an_order([seat(coupons=[coupon("A", percent_off="25"), coupon("B", amount_off="10.00")])])
    contract = contract_of(bundle)
    (item,) = contract.phases[0].items
    assert [each.name for each in item.discounts] == ["A", "B"]
    assert [each.coupon.object for each in item.discounts] == [OBJECT, OBJECT]
    assert [each.quote_coupon.object for each in item.discounts if each.quote_coupon] == [QUOTE, QUOTE]
    assert {each.key for each in contract.coupons} == {each.coupon.id for each in item.discounts}
    assert [each.duration for each in item.discounts] == ["once", "once"]
    assert item.discounts[1].amount_off is not None
    assert item.discounts[1].amount_off.currency == "usd"


def test_coup_04_and_08_invoice_of_both_kinds() -> None:
    """COUP-04, COUP-08: 25 % off the item, then 50 off the phase, leaves 40 of 120."""
    bundle = an_order(
        [seat("120.00", coupons=[coupon("Line", percent_off="25")])], coupons=[coupon("Order", amount_off="50.00")]
    )
    (phase,) = contract_of(bundle).phases
    off = phase.discounts[0].amount_off
    percent = phase.items[0].discounts[0].percent_off
    assert off is not None
    assert percent is not None
    assert Decimal(120) * (100 - percent) / 100 - off.amount == 40


def test_coup_05_repeating_coupon() -> None:
    """COUP-05: 25.55 % for two months, redeemable three times."""
    bundle = line_coupon(percent_off="25.55", duration="repeating", months=2, max_redemptions=3)
    (found,) = contract_of(bundle).coupons
    assert found.percent_off == Decimal("25.55")
    assert (found.duration, found.duration_in_months, found.max_redemptions) == ("repeating", 2, 3)


def test_coup_06_one_coupon_on_two_lines() -> None:
    """COUP-06: two copies of one quote coupon are one coupon."""
    forever = coupon("Both", amount_off="55.00", duration="forever")
    bundle = an_order([seat(name="A", coupons=[forever]), seat(name="B", coupons=[forever])])
    contract = contract_of(bundle)
    (found,) = contract.coupons
    assert [each.discounts for each in contract.phases[0].items] == [(found,), (found,)]


def test_coup_07_coupon_that_exists_is_used_again() -> None:
    """COUP-07: the coupon in Stripe is used while it says the same; a renamed one is made anew."""
    bundle = changed(line_coupon(percent_off="25"), QUOTE, 0, Stripe_ID__c="coupon_1")
    (found,) = contract_of(bundle).coupons
    assert found.existing_id == "coupon_1"
    same = {"id": "coupon_1", "name": "Line", "percent_off": 25, "amount_off": None, "duration": "once"}
    known = bundle | {"stripe": {"coupon": [same]}}
    assert contract_of(known).coupons[0].existing_id == "coupon_1"
    renamed = bundle | {"stripe": {"coupon": [same | {"name": "Old name"}]}}
    assert contract_of(renamed).coupons[0].existing_id is None


def test_coup_07_other_copies_tell_what_stripe_has() -> None:
    """COUP-07: without the state, an older copy with the coupon's id and another name shows that it says something else."""
    bundle = changed(line_coupon(percent_off="25"), QUOTE, 0, Stripe_ID__c="coupon_1")
    first = bundle["records"][OBJECT][0]
    older = first | {"Id": first["Id"][:9] + "ZZZZZZAAA", "Name__c": "Old name", "Stripe_ID__c": "coupon_1"}
    older |= {"Order_Item__c": None, "Order__c": None}
    bundle["records"][OBJECT].append(older)
    assert contract_of(bundle).coupons[0].existing_id is None


def test_coup_07_amount_in_stripe_is_compared_in_minor_units() -> None:
    """COUP-07: 10.00 off is 1000 in Stripe, in its currency."""
    bundle = changed(line_coupon(amount_off="10.00"), QUOTE, 0, Stripe_ID__c="coupon_1")
    state = {"id": "coupon_1", "name": "Line", "percent_off": None, "amount_off": 1000, "currency": "usd"}
    state["duration"] = "once"
    assert contract_of(bundle | {"stripe": {"coupon": [state]}}).coupons[0].existing_id == "coupon_1"
    other = state | {"currency": "gbp"}
    assert contract_of(bundle | {"stripe": {"coupon": [other]}}).coupons[0].existing_id is None


def test_coup_09_item_coupons_travel_and_phase_coupons_do_not() -> None:
    """COUP-09: after an amendment the first item keeps its coupon, the added one and the phase have none."""
    bundle = an_order(
        [seat(coupons=[coupon("Line", percent_off="25")])],
        "2026-03-01",
        coupons=[coupon("Order", amount_off="10.00")],
    )
    (update,) = contract_of(amend(bundle, "2026-09-01", lines=[change("Workspace seat", 2)])).updates
    first, second = update.phases
    assert ([each.name for each in first.discounts], len(first.items[0].discounts)) == (["Order"], 1)
    assert (second.discounts, [len(each.discounts) for each in second.items]) == ((), [1, 0])
    assert second.items[0].discounts == first.items[0].discounts


def test_cur_05_percentage_needs_no_currency() -> None:
    """CUR-05: a percentage in another currency is fine."""
    bundle = an_order([seat(coupons=[coupon("Line", percent_off="20")])], currency="GBP")
    assert contract_of(changed(bundle, OBJECT, 0, CurrencyIsoCode="USD")).coupons[0].percent_off == 20


def test_cur_07_amount_in_another_currency() -> None:
    """CUR-07: an amount off must be in the currency of the contract."""
    bundle = an_order([seat(coupons=[coupon("Line", amount_off="20.00")])], currency="GBP")
    assert codes(changed(bundle, OBJECT, 0, CurrencyIsoCode="USD")) == ["E517"]


@pytest.mark.parametrize(
    "fields",
    [
        {"Duration__c": "twice"},
        {"Duration__c": "repeating"},
        {"Max_Redemptions__c": 1.5},
        {"Percent_Off__c": 120},
        {"Percent_Off__c": 0},
    ],
)
def test_values_that_a_coupon_cannot_have(fields: dict[str, Any]) -> None:
    """A coupon that Stripe would refuse is refused here."""
    assert "E555" in codes(changed(line_coupon(percent_off="25"), OBJECT, 0, **fields))


def test_coupon_of_a_one_time_order() -> None:
    """The coupon of an order that is billed once is its invoice's."""
    bundle = an_order([setup_fee("100.00")], None, None, coupons=[coupon("Order", percent_off="10")])
    contract = contract_of(bundle)
    assert [each.name for each in contract.discounts] == ["Order"]
    assert contract.coupons == contract.discounts


def _yearly(quantity: int = 1, **more: Any) -> Any:
    return seat("120.00", quantity, frequency="Annual", product_term=12, **more)


def test_what_an_amendment_adds_carries_the_coupons_of_its_line() -> None:
    """A line that is added in mid-year is billed as a rest, and that is what its coupon is for."""
    half = coupon("Half", percent_off=50)
    added = seat("120.00", 1, frequency="Annual", product_term=12, name="Room", coupons=(half,))
    bundle = amend(an_order([_yearly()], "2026-03-01"), "2026-09-01", lines=[added])
    (update,) = contract_of(bundle).updates
    (rest,) = update.phases[1].one_time_items
    assert [each.percent_off for each in rest.discounts] == [50]


@pytest.mark.parametrize(
    ("duration", "months", "kept"),
    [("forever", None, True), ("once", None, False), ("repeating", 3, False), ("repeating", 15, True)],
)
def test_a_tail_carries_the_coupons_that_still_run(duration: str, months: int | None, kept: bool) -> None:
    """A coupon that is over when the tail begins is not given anew."""
    own = coupon("Spring", percent_off=20, duration=duration, months=months)
    contract = contract_of(an_order([_yearly(coupons=(own,))], "2026-03-01", 18))
    (tail,) = contract.phases[1].one_time_items
    assert bool(tail.discounts) is kept


def test_a_credit_gives_back_what_was_paid() -> None:
    """20 % forever were taken off the year, so 80 % of its half are given back: 48.00 a unit."""
    own = coupon("Partner", percent_off=20, duration="forever")
    bundle = amend(
        an_order([_yearly(2, coupons=(own,))], "2026-03-01"), "2026-09-01", lines=[change("Workspace seat", 1)]
    )
    (update,) = contract_of(bundle, credit_quantity_reductions=True).updates
    (credit,) = update.phases[1].one_time_items
    assert minor(credit.price) == "-4800"
    assert "20 %" in str(credit.price.origin["amount"].formula)


def test_what_nobody_paid_is_not_given_back() -> None:
    """A line with a coupon of 100 % is free; taking it away credits nothing."""
    free = coupon("Trial", percent_off=100, duration="forever")
    bundle = amend(
        an_order([_yearly(2, coupons=(free,))], "2026-03-01"), "2026-09-01", lines=[change("Workspace seat", 1)]
    )
    (update,) = contract_of(bundle, credit_quantity_reductions=True).updates
    assert update.phases[1].one_time_items == ()


def test_an_amount_off_counts_in_proportion() -> None:
    """48.00 off the 240.00 of two units leave 80 %; half a year of a unit gives back 48.00."""
    own = coupon("Partner", amount_off="48.00", duration="forever")
    bundle = amend(
        an_order([_yearly(2, coupons=(own,))], "2026-03-01"), "2026-09-01", lines=[change("Workspace seat", 1)]
    )
    (update,) = contract_of(bundle, credit_quantity_reductions=True).updates
    (credit,) = update.phases[1].one_time_items
    assert minor(credit.price) == "-4800"


def two_orders(**more: Any) -> dict[str, Any]:
    """A seat and a setup fee with a coupon of the order, amended in September by two seats."""
    bundle = an_order([seat(), setup_fee()], coupons=[coupon("Order", **more)])
    return amend(bundle, "2026-09-01", lines=[change("Workspace seat", 2)])


def test_coupon_of_an_order_goes_with_its_own_lines() -> None:
    """With `order_coupons = "lines"` the order's coupon stays with the order's lines, behind their own, in every phase."""
    contract = contract_of(two_orders(percent_off="10", duration="forever"), order_coupons="lines")
    first, second = contract.updates[0].phases
    assert (first.discounts, second.discounts, contract.discounts) == ((), (), ())
    assert [[one.name for one in each.discounts] for each in first.items] == [["Order"]]
    assert [[one.name for one in each.discounts] for each in first.one_time_items] == [["Order"]]
    assert [[one.name for one in each.discounts] for each in second.items] == [["Order"], []]
    kept = contract_of(two_orders(percent_off="10", duration="forever"))
    assert [each.name for each in kept.updates[0].phases[0].discounts] == ["Order"]
    assert kept.updates[0].phases[1].items[0].discounts == ()


def test_coupon_of_an_order_comes_behind_that_of_the_line() -> None:
    """Stripe takes an item's discounts off before those of the phase: the order of the two is kept."""
    bundle = an_order([seat(coupons=[coupon("Line", percent_off="25")])], coupons=[coupon("Order", percent_off="10")])
    (item,) = contract_of(bundle, order_coupons="lines").phases[0].items
    assert [each.name for each in item.discounts] == ["Line", "Order"]


def test_amount_on_several_lines_is_not_divided() -> None:
    """An amount off needs one line where order coupons stand on lines."""
    assert codes(two_orders(amount_off="10.00"), order_coupons="lines") == ["E594"]
    alone = an_order([seat()], coupons=[coupon("Order", amount_off="10.00")])
    assert len(contract_of(alone, order_coupons="lines").phases[0].items[0].discounts) == 1


def test_coupon_of_an_order_without_lines_has_no_place() -> None:
    """An amendment that only takes units away has nothing that its coupon could be taken off."""
    bundle = an_order([seat(quantity=3)])
    less = amend(bundle, "2026-09-01", lines=[change("Workspace seat", -2)], coupons=[coupon("Less", percent_off="10")])
    assert codes(less, order_coupons="lines") == ["E594"]
    assert finding(less, "E594", order_coupons="lines").fix == "take the coupon off the order"


def test_a_reduction_is_credited_as_its_last_cycle_was_paid() -> None:
    """Half off the first year, and nothing off the second: half of the second year of one unit is 60.00."""
    half = coupon("Half", percent_off=50, duration="repeating", months=12)
    bundle = an_order([seat("120.00", 2, frequency="Annual", coupons=[half])], "2026-03-01", 24)
    bundle = amend(bundle, "2027-09-01", lines=[change("Workspace seat", 1)])
    (update,) = contract_of(bundle, credit_quantity_reductions=True).updates
    assert [once(each) for each in update.phases] == [[], [(1, "-6000")]]


def test_coupon_of_an_evergreen_amendment_can_stand_on_its_lines() -> None:
    """What is refused for the whole subscription is possible on the lines that are added."""
    running = an_order([evergreen()], "2026-03-01", as_of="2026-03-01T09:00:00Z")
    bundle = amend(running, "2026-03-01", lines=[evergreen(name="Hotline")], coupons=[coupon("Ten", percent_off="10")])
    assert codes(bundle) == ["E564"]
    (update,) = contract_of(bundle, order_coupons="lines").updates
    assert [each.name for each in update.items[0].discounts] == ["Ten"]


@pytest.mark.parametrize("where", ["order", "line"])
def test_coupon_of_the_quote_without_a_copy_is_said(where: str) -> None:
    """A coupon that the quote offers and the order lacks is never full price in silence."""
    offered = [coupon("Welcome", percent_off="10")]
    bundle = an_order([seat(coupons=offered if where == "line" else ())], coupons=offered if where == "order" else ())
    assert codes(bundle) == []
    copies = bundle["records"].pop(OBJECT)
    assert codes(bundle) == ["W506"]
    told = finding(bundle, "W506")
    assert ("OrderItem(" in told.record, "Welcome" in told.message) == (where == "line", True)
    deleted = bundle | {"records": bundle["records"] | {OBJECT: [each | {"IsDeleted": True} for each in copies]}}
    assert codes(deleted) == ["W506"]


def test_copy_on_another_order_of_the_quote_counts() -> None:
    """Split orders of one quote: one of them bears the quote's coupon."""
    bundle = an_order([seat()], coupons=[coupon("Welcome", percent_off="10")])
    (order,) = bundle["records"]["Order"]
    other = order | {"Id": order["Id"][:9] + "ZZZZZZAAA"}
    bundle["records"]["Order"].append(other)
    bundle["records"][OBJECT][0]["Order__c"] = other["Id"]
    assert "W506" not in codes(bundle)
