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
