"""A team whose org links its records otherwise says so in its rules, and plans the same."""

from __future__ import annotations

from typing import Any

from tests.builders import amend, an_order, change, graduated, seat
from tests.plan.plans import clean_plan, codes, params, phases, plan_of

BY_CONTRACT = "override read contract {\n  set amends = order.Contract\n}"


def linked_by_the_order(bundle: dict[str, Any]) -> dict[str, Any]:
    """The bundle as an org has it that writes the amended contract on the order itself, not on its opportunity."""
    opportunities = {each["Id"]: each for each in bundle["records"]["Opportunity"]}
    for order in bundle["records"]["Order"]:
        opportunity = opportunities.get(order.get("OpportunityId"), {})
        order["ContractId"] = opportunity.pop("SBQQ__AmendedContract__c", None)
    return bundle


def amended() -> dict[str, Any]:
    """A year of seats, three more from September on."""
    return amend(an_order([seat()]), "2026-09-01", lines=[change("802W00001000001IAA", 3)])


def test_a_team_may_follow_another_lookup_to_the_contract() -> None:
    """With the relation overridden, the amendment is found; without it, the order counts as one of its own."""
    usual = clean_plan(amended())
    moved = clean_plan(linked_by_the_order(amended()), BY_CONTRACT)
    assert [each["end_date"] for each in phases(moved)] == [each["end_date"] for each in phases(usual)]
    assert {each.resource + each.action for each in moved.calls} == {
        each.resource + each.action for each in usual.calls
    }
    assert codes(plan_of(linked_by_the_order(amended()))) != []


def test_a_deleted_rate_is_no_tier() -> None:
    """Salesforce keeps deleted records for a while: what is left of the schedule prices the line."""
    bundle = an_order([seat(tiers=graduated((10, "9.00"), (20, "8.00"), (None, "7.00")))])
    for name in ("ConsumptionRate", "SBQQ__OrderItemConsumptionRate__c"):
        lower = next(each for each in bundle["records"][name][2] if each.endswith(("LowerBound", "LowerBound__c")))
        bundle["records"][name][1]["IsDeleted"] = True
        bundle["records"][name][2][lower] = 11
    plan = plan_of(bundle)
    assert codes(plan) == ["N503", "N503"]  # the price book entry's and the line's
    assert [each["up_to"] for each in params(plan, "price")["tiers"]] == [10, "inf"]


def test_what_a_queue_owns_is_planned_by_its_name() -> None:
    """The owner of an order may be a user or a group of them, and both have a name."""
    bundle = an_order([seat()])
    bundle["records"]["Order"][0]["OwnerId"] = "00G000000000001AAA"
    bundle["records"]["Group"] = [{"Id": "00G000000000001AAA", "Name": "Billing"}]
    team = "override subscription_schedule {\n  metadata.owner = contract.order.Owner.Name\n}"
    assert params(clean_plan(bundle, team), "subscription_schedule")["metadata"]["owner"] == "Billing"
