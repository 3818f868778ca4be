"""Maps with another key than the shipped one: customers by account and currency."""

from __future__ import annotations

from copy import deepcopy

from tests.plan.fault_cases import two_currencies
from tests.plan.plans import clean_plan, ids, plan_of

BY_CURRENCY = """
override customer key t"{account.Id}-{contract.currency}" {
  store id in account.Stripe_ID__c  when contract.currency == "usd"
  store id in account.Site          when contract.currency == "eur"
}
"""


def test_customers_by_account_and_currency() -> None:
    """One account that buys in dollars and in euros has two customers, each in its own field."""
    bundle = two_currencies()
    assert [each.code for each in plan_of(bundle).diagnostics if each.is_error] == ["E714"]
    plan = clean_plan(bundle, BY_CURRENCY)
    account = bundle["records"]["Account"][0]["Id"]
    assert [each for each in ids(plan) if each.startswith("customer/")] == [
        f"customer/{account}-eur",
        f"customer/{account}-usd",
    ]
    stored = {each.id: [one.field for one in each.store] for each in plan.calls if each.resource == "customer"}
    assert stored == {f"customer/{account}-eur": ["Site"], f"customer/{account}-usd": ["Stripe_ID__c"]}
    schedules = [each for each in plan.calls if each.resource == "subscription_schedule"]
    assert sorted(each.params["customer"].call for each in schedules) == sorted(stored)


def test_each_customer_is_known_by_its_own_field() -> None:
    """The customer in dollars exists: only the one in euros is made."""
    bundle = deepcopy(two_currencies())
    bundle["records"]["Account"][0] |= {"Stripe_ID__c": "cus_dollars", "Site": None}
    plan = clean_plan(bundle, BY_CURRENCY)
    account = bundle["records"]["Account"][0]["Id"]
    assert [each for each in ids(plan) if each.startswith("customer/")] == [f"customer/{account}-eur"]
    assert "cus_dollars" in [each.params.get("customer") for each in plan.calls]
