"""Evergreen contracts: EVG scenarios."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.builders import amend, an_order, change, evergreen, seat, setup_fee
from tests.contract.contracts import assembled, changed, codes, contract_of, finding, item_of, minor, planned

TODAY = "2026-03-01T00:00:00Z"
PLAN = "Support plan"


def today(*lines: Any, as_of: str = TODAY) -> dict[str, Any]:
    return an_order(list(lines) or [evergreen()], "2026-03-01", as_of=as_of)


def subscription(bundle: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The state of the subscription of an evergreen order that was applied."""
    rows = [
        {"id": f"si_{n}", "price": {"id": f"price_{n}"}, "metadata": {"salesforce_order_item_id": item["Id"]}}
        for n, item in enumerate(bundle["records"]["OrderItem"])
    ]
    state = {"id": "sub_1", "status": "active", "items": {"object": "list", "data": rows}} | more
    return {"subscription": [state]}


def test_evg_01_evergreen_by_the_type_of_the_line_alone() -> None:
    """EVG-01: a product that is sold both ways is evergreen where its line says so."""
    bundle = changed(today(), "OrderItem", 0, SBQQ__ProductSubscriptionType__c="Renewable/Evergreen")
    contract = contract_of(bundle)
    assert (contract.kind, contract.segmented) == ("evergreen", False)


def test_evg_02_later_start_is_a_schedule_of_a_second() -> None:
    """EVG-02: an order that starts in five days is a phase that ends a second after it starts."""
    bundle = an_order([evergreen(), evergreen(name="Other plan")], "2026-03-06", as_of=TODAY)
    contract = contract_of(bundle)
    assert (contract.kind, contract.starts_today, contract.end) == ("evergreen", False, None)
    (phase,) = contract.phases
    assert (phase.start, phase.ends_at) == (date(2026, 3, 6), datetime(2026, 3, 6, 0, 0, 1, tzinfo=UTC))
    assert phase.proration_behavior == "none"
    assert [(each.quantity, minor(each.price)) for each in phase.items] == [(1, "12000"), (1, "12000")]


def test_evg_02_start_today_is_a_subscription() -> None:
    """EVG-02: an order that starts today has items and no phase."""
    contract = contract_of(today(evergreen(quantity=3), setup_fee("50.00")))
    assert (contract.starts_today, contract.phases) == (True, ())
    assert [(each.quantity, minor(each.price)) for each in contract.items] == [(3, "12000")]
    assert [minor(each.price) for each in contract.one_time_items] == ["5000"]


def test_evg_03_released_schedule_leads_to_its_subscription() -> None:
    """EVG-03: after the release the amendment changes the subscription, whose id the contract now names."""
    bundle = amend(planned(today(as_of="2026-02-20T00:00:00Z")), "2026-03-04", lines=[change(PLAN, 0)])
    bundle |= {"as_of": "2026-03-02T09:00:00Z"}
    state = {"id": "sub_sched_1", "status": "released", "released_subscription": "sub_9", "phases": []}
    contract = contract_of(bundle | {"stripe": {"subscription_schedule": [state]}})
    assert (contract.released, contract.subscription_id) == (True, "sub_9")
    (update,) = contract.updates
    assert (update.action, update.cancel_date, update.proration_behavior) == ("cancel_at", date(2026, 3, 4), "none")
    assert codes(bundle) == ["E549"]


def test_evg_04_processed_amendment_is_not_planned_again() -> None:
    """EVG-04: a cancellation that carries the subscription's id has been done."""
    bundle = planned(amend(today(), "2026-03-01", lines=[change(PLAN, 0)]), "sub_1")
    assert contract_of(bundle).updates == ()


@pytest.mark.parametrize("field", ["SBQQ__SubscriptionTerm__c", "SBQQ__DefaultSubscriptionTerm__c"])
def test_evg_06_term_of_two_months(field: str) -> None:
    """EVG-06: an evergreen line runs a month at a time."""
    assert codes(changed(today(), "OrderItem", 0, **{field: 2})) == ["E543"]


def test_evg_07_amendment_before_the_start() -> None:
    """EVG-07: a contract that has not started cannot be amended."""
    bundle = an_order([evergreen()], "2026-03-06", as_of=TODAY)
    assert codes(amend(bundle, "2026-03-07", lines=[evergreen(name="Other plan")])) == ["E545"]


def test_evg_08_cancel_today() -> None:
    """EVG-08: all quantities 0 today ends the subscription at once, in the plan that creates it."""
    contract = contract_of(amend(today(), "2026-03-01", lines=[change(PLAN, 0)]))
    (update,) = contract.updates
    assert (update.action, update.items, update.removed_items) == ("cancel", (), ())
    assert contract.order.id == contract.id


def test_evg_09_cancel_later() -> None:
    """EVG-09: all quantities 0 in three days ends it at midnight of that day."""
    (update,) = contract_of(amend(today(), "2026-03-04", lines=[change(PLAN, 0)])).updates
    assert (update.action, update.cancel_date, update.proration_behavior) == ("cancel_at", date(2026, 3, 4), "none")


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        ("2026-06-01", datetime(2026, 6, 1, 10, 15, tzinfo=UTC)),
        ("2026-06-04", None),
    ],
)
def test_a_cancellation_on_a_billing_date_ends_with_the_cycle(day: str, ends: datetime | None) -> None:
    """A subscription made at 10:15 is ended at 10:15: ended at midnight, its last cycle would be prorated."""
    anchor = int(datetime(2026, 3, 1, 10, 15, tzinfo=UTC).timestamp())
    bundle = amend(planned(today(), "sub_1"), day, lines=[change(PLAN, 0)]) | {"as_of": "2026-03-20T09:00:00Z"}
    state = {"id": "sub_1", "status": "active", "items": [], "billing_cycle_anchor": anchor}
    contract = contract_of(bundle | {"stripe": {"subscription": [state]}})
    (update,) = contract.updates
    assert (update.cancel_date, update.cancels_at) == (date.fromisoformat(day), ends)


def test_evg_10_two_amendments_add_a_line_each() -> None:
    """EVG-10: each amendment adds its own item; a second line of one product gets a clone."""
    bundle = amend(today(), "2026-03-01", lines=[evergreen(name="Other plan")])
    bundle = amend(bundle, "2026-03-01", lines=[evergreen()])
    first, second = contract_of(bundle).updates
    assert [each.order_item.id for each in (*first.items, *second.items)] == [
        item_of(bundle, 1)["Id"],
        item_of(bundle, 2)["Id"],
    ]
    assert [each.price.kind for each in (*first.items, *second.items)] == ["list", "clone"]
    assert first.proration_behavior is None


def test_evg_11_quantity_is_only_set_to_zero() -> None:
    """EVG-11: CPQ refuses another quantity, and so is a record with one."""
    bundle = amend(today(evergreen(quantity=3)), "2026-03-01", lines=[change(PLAN, 1)])
    assert codes(bundle) == ["E560"]


def test_evg_12_second_cancellation() -> None:
    """EVG-12: what is cancelled cannot be cancelled again."""
    bundle = amend(today(evergreen(quantity=2)), "2026-03-01", lines=[change(PLAN, 0)])
    bundle = amend(bundle, "2026-03-11", lines=[change(PLAN, -1)])
    assert codes(bundle) == ["E546"]


@pytest.mark.parametrize("state", [{"status": "canceled"}, {"cancel_at": 1775000000}])
def test_evg_12_subscription_that_stripe_has_cancelled(state: dict[str, Any]) -> None:
    """EVG-12: a subscription that is cancelled in Stripe, or will be, cannot be amended."""
    bundle = planned(today(), "sub_1") | {"stripe": subscription(today(), **state)}
    bundle = amend(bundle, "2026-03-01", lines=[evergreen(name="Other plan")])
    assert codes(bundle) == ["E546"]
    assert "whose subscription sub_1 is cancelled" in finding(bundle, "E546").message


def test_evg_13_renewable_line_is_added() -> None:
    """EVG-13: a line with an end does not belong to a contract without one."""
    bundle = amend(today(), "2026-03-01", end="2027-02-28", lines=[seat()])
    assert codes(bundle) == ["E547"]


def test_one_of_two_products_is_removed() -> None:
    """Some products at 0, others not: their items leave the subscription, by the ids that its state shows."""
    bundle = today(evergreen(), evergreen(name="Other plan"))
    bundle = planned(bundle, "sub_1") | {"stripe": subscription(bundle)}
    bundle = amend(bundle, "2026-03-01", lines=[change(PLAN, 0)])
    (update,) = contract_of(bundle).updates
    assert (update.action, update.proration_behavior) == ("update", "none")
    assert [each.existing_id for each in update.removed_items] == ["si_0"]
    del bundle["stripe"]
    assert codes(bundle) == ["E549"]


def test_one_product_is_replaced_by_another() -> None:
    """A line that comes and one that goes are two steps: the one is billed, the other not credited."""
    bundle = today(evergreen(), evergreen(name="Other plan"))
    bundle = planned(bundle, "sub_1") | {"stripe": subscription(bundle)}
    bundle = amend(bundle, "2026-03-01", lines=[change(PLAN, 0), evergreen(name="New plan")])
    added, removed = contract_of(bundle).updates
    assert (len(added.items), added.proration_behavior) == (1, None)
    assert (len(removed.removed_items), removed.proration_behavior) == (1, "none")
    assert added.key != removed.key


@pytest.mark.parametrize("start", ["2026-03-05", "2026-02-20"])
def test_lines_are_added_today_only(start: str) -> None:
    """A line that is added on another day cannot be planned."""
    bundle = planned(an_order([evergreen()], "2026-02-01", as_of="2026-02-01T00:00:00Z"), "sub_1")
    bundle = amend(bundle, start, lines=[evergreen(name="Other plan")], as_of=TODAY)
    assert codes(bundle) == ["E548"]


def test_cancellation_that_is_overdue() -> None:
    """A cancellation of yesterday takes effect now, with a warning."""
    bundle = planned(an_order([evergreen()], "2026-02-01", as_of="2026-02-01T00:00:00Z"), "sub_1")
    bundle = amend(bundle, "2026-02-27", lines=[change(PLAN, 0)], as_of=TODAY)
    assert codes(bundle) == ["W504"]
    assert contract_of(bundle).updates[0].action == "cancel"


def test_backdated_evergreen_order() -> None:
    """An evergreen order that started before today cannot be planned, unless it is in Stripe already."""
    bundle = an_order([evergreen()], "2026-02-01", as_of=TODAY)
    assert codes(bundle) == ["E544"]
    assert contract_of(planned(bundle, "sub_1")).planned


def test_price_of_a_longer_cycle_is_not_multiplied() -> None:
    """An evergreen price is the price of a cycle as it stands; for a quarter there is a warning."""
    bundle = today(evergreen("120.00", frequency="Quarterly"))
    assert codes(bundle) == ["W501"]
    contract = contract_of(bundle)
    assert (contract.items[0].price.cycle_months, minor(contract.items[0].price)) == (3, "12000")


def test_list_price_of_an_evergreen_line_is_not_divided() -> None:
    """EVG-01: a product without a term of its own costs a cycle what its price book says, as its line does."""
    bundle = changed(today(), "OrderItem", 0, SBQQ__DefaultSubscriptionTerm__c=None, SBQQ__SubscriptionTerm__c=None)
    (item,) = contract_of(changed(bundle, "Product2", 0, SBQQ__SubscriptionTerm__c=None)).items
    assert (item.price.kind, minor(item.price)) == ("list", "12000")


def test_a_schedule_that_was_looked_up_and_is_not_there() -> None:
    """Not known is no fault, and not there is one."""
    bundle = amend(planned(today(), "sub_sched_1"), "2026-03-01", lines=[change(PLAN, 2)])
    assert "E541" not in codes(bundle)
    assert "E541" in codes(bundle | {"stripe": {"subscription_schedule": []}})


def test_a_cancellation_sells_nothing() -> None:
    """A one-time line of the order that ends the contract has no subscription to be billed with."""
    bundle = amend(today(evergreen(quantity=2)), "2026-03-01", lines=[change(PLAN, 0), setup_fee()])
    assert codes(bundle) == ["E538"]


def test_an_amendment_of_today_comes_before_a_later_end_that_was_agreed_first() -> None:
    """Amendments follow one another by their starts: with the plan that is added first, the end is none of everything."""
    base = planned(today(), "sub_1") | {"stripe": subscription(today())}
    bundle = amend(base, "2026-04-10", lines=[change(PLAN, 0)])
    assert codes(bundle) == []
    bundle = amend(bundle, "2026-03-01", lines=[evergreen(name="Other plan")])
    assert codes(bundle) == ["E548"]
    assert "takes lines away on 2026-04-10" in finding(bundle, "E548").message


def test_an_amendment_that_is_not_selected_changes_nothing() -> None:
    """It is left for a later plan, and so is what it adds."""
    bundle = amend(planned(today(), "sub_1") | {"stripe": subscription(today())}, "2026-03-01", lines=[change(PLAN, 3)])
    (order,) = bundle["order_ids"]
    result = assembled(bundle, selected=lambda each: each.id != order)
    assert [each.code for each in result.findings] == ["N502"]
    assert [each.updates for each in result.contracts] == [()]
