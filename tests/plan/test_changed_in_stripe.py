"""Schedules that somebody changed in Stripe: refused before an amendment undoes it, each difference with both sides."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from orderplan.engine.plan import Plan
from tests.plan.fault_cases import changed_schedule
from tests.plan.plans import Document, codes, found, plan_of

OVERWRITE = 'settings { changes_made_in_stripe = "overwrite" }'


def unchanged() -> Document:
    """The schedule as the earlier order made it."""
    bundle = changed_schedule()
    phase = bundle["stripe"]["subscription_schedule"][0]["phases"][0]
    phase["items"] = phase["items"][:1]
    del phase["trial_end"]
    return bundle


def _update(plan: Plan) -> Any:
    """The parameters of the update."""
    return next(each.params for each in plan.calls if each.resource == "subscription_schedule")


def changed(**members: Any) -> Document:
    bundle = copy.deepcopy(unchanged())
    bundle["stripe"]["subscription_schedule"][0]["phases"][0] |= members
    return bundle


def item(**members: Any) -> Document:
    bundle = copy.deepcopy(unchanged())
    bundle["stripe"]["subscription_schedule"][0]["phases"][0]["items"][0] |= members
    return bundle


def test_a_schedule_as_it_was_made_is_changed_without_a_word() -> None:
    """What Stripe says by default and leaves empty is no change."""
    quiet = changed(
        trial_end=None, default_tax_rates=[], discounts=[], invoice_settings=None, billing_cycle_anchor=None
    )
    assert codes(plan_of(quiet)) == []


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        (changed(collection_method="send_invoice"), "send_invoice"),
        (changed(default_tax_rates=[{"id": "txr_1"}]), "txr_1"),
        (changed(description="agreed by telephone"), "agreed by telephone"),
        (changed(discounts=[{"coupon": "SPRING", "discount": None}]), "SPRING"),
        (item(quantity=4), "4 × price_seat"),
        (item(tax_rates=["txr_2"]), "txr_2"),
        (item(discounts=[{"coupon": "ONE"}]), "ONE"),
    ],
)
def test_each_kind_of_change_is_refused_by_default(bundle: Document, words: str) -> None:
    """The note has what Stripe has and what the plan says."""
    assert words in " ".join(found(plan_of(bundle), "E715").notes)


def test_a_change_may_be_overwritten() -> None:
    """With a warning that names it, and the update as the orders want it."""
    plan = plan_of(changed_schedule(), OVERWRITE)
    assert codes(plan) == ["W715"]
    assert "trial_end" not in _update(plan)["phases"][0]


def test_a_discount_that_runs_is_sent_again_by_its_own_id() -> None:
    """A coupon would start a new one."""
    bundle = changed(discounts=[{"coupon": "SPRING", "discount": "di_1"}])
    order = bundle["records"]["Order"][0]["Id"]
    given = {"Id": "a0CW00001000001MAA", "Order__c": order, "Order_Item__c": None, "Stripe_ID__c": "SPRING"}
    terms = {"Name__c": "Spring", "Percent_Off__c": 10, "Amount_Off__c": None, "Duration__c": "forever"}
    rest = {"Duration_In_Months__c": None, "Max_Redemptions__c": None, "Quote_Stripe_Coupon_Id__c": None}
    bundle["records"]["Order_Stripe_Coupon__c"] = [given | terms | rest]
    plan = plan_of(bundle)
    assert not any(each.is_error for each in plan.diagnostics), codes(plan)
    assert _update(plan)["phases"][0]["discounts"] == [{"discount": "di_1"}]


KEEP = 'settings { changes_made_in_stripe = "keep" }'


def kept(bundle: Document) -> tuple[list[str], Any]:
    """The codes of a plan that keeps what was changed, and the phases of its update."""
    plan = plan_of(bundle, KEEP)
    return codes(plan), _update(plan)["phases"]


@pytest.mark.parametrize(
    ("bundle", "name", "value"),
    [
        (changed(collection_method="send_invoice", invoice_settings={"days_until_due": 14}), "collection_method", "send_invoice"),
        (changed(default_tax_rates=[{"id": "txr_1"}]), "default_tax_rates", ["txr_1"]),
        (changed(description="agreed by telephone"), "description", "agreed by telephone"),
        (changed(automatic_tax={"enabled": True, "liability": None}), "automatic_tax", {"enabled": True}),
    ],
)  # fmt: skip
def test_what_was_changed_is_kept_in_every_part_of_its_phase(bundle: Document, name: str, value: Any) -> None:
    """The amendment splits the phase in two: both parts are collected, taxed and described as Stripe has it."""
    said, phases = kept(bundle)
    assert said == ["N715"]
    assert [each[name] for each in phases] == [value, value]


def test_an_item_that_somebody_added_is_kept() -> None:
    """With its price and quantity, beside the order's own; the trial ends where it did."""
    said, phases = kept(changed_schedule())
    assert said == ["N715"]
    assert [each["items"][-1] for each in phases] == [{"price": "price_added", "quantity": 2}] * 2
    assert [each.get("trial_end") for each in phases] == [1775001600, None]


def test_a_discount_that_somebody_gave_is_kept() -> None:
    """By its own id where it runs, so that it does not start anew."""
    _, phases = kept(changed(discounts=[{"coupon": "SPRING", "discount": "di_1"}]))
    assert [each["discounts"] for each in phases] == [[{"discount": "di_1"}]] * 2
    _, phases = kept(item(discounts=[{"coupon": "ONE"}]))
    assert [each["items"][0]["discounts"] for each in phases] == [[{"coupon": "ONE"}]] * 2


def test_what_an_order_says_otherwise_counts() -> None:
    """Another quantity of an order's line is undone, with a warning."""
    said, phases = kept(item(quantity=4))
    assert said == ["W715"]
    assert phases[0]["items"][0]["quantity"] == 1


def test_what_is_kept_makes_another_call() -> None:
    """Stripe answers one key with one set of parameters only."""
    one, other = (plan_of(each, KEEP) for each in (unchanged(), changed(description="x")))
    keys = [
        [each.idempotency_key for each in plan.calls if each.resource == "subscription_schedule"]
        for plan in (one, other)
    ]
    assert keys[0] != keys[1]
    assert codes(one) == []


def test_an_item_of_a_line_that_is_not_in_the_plan_is_a_change() -> None:
    """The phase stays as its order made it, and that order has no such line."""
    bundle = copy.deepcopy(unchanged())
    items = bundle["stripe"]["subscription_schedule"][0]["phases"][0]["items"]
    foreign = {"salesforce_order_item_id": "802W00001000009IAA"}
    items.append({"price": "price_foreign", "quantity": 5, "metadata": foreign})
    said = found(plan_of(bundle), "E715")
    assert said.message.endswith("Stripe has an item of 5 × price_foreign, which no order line made")
    items.append({"price": "price_more", "quantity": 6, "metadata": {}})
    said = found(plan_of(bundle), "E715")
    assert (said.message.endswith(", which no order line made, and 1 more"), len(said.notes)) == (True, 2)
