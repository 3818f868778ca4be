"""Every call of every example's plan is accepted by the sandbox, through Stripe's own client."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from orderplan.engine.sandbox import Sandbox
from tests.sandbox.clients import ROOT, client_of, plan_of, send

EXAMPLES = sorted((ROOT / "examples/orders").glob("*.json"))
KNOWN = "amended-later.json"
"""This one amends a schedule that is in Stripe already."""


def _moment(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize("path", [each for each in EXAMPLES if each.name != KNOWN], ids=lambda each: each.stem)
def test_a_plan_is_accepted(path: Path) -> None:
    """All of its calls, each of which makes or changes an object that says it is of a sandbox."""
    plan = plan_of(path)
    with Sandbox(now=_moment(plan["as_of"]), meters=["mtr_ApiRequestsCounted"]) as sandbox:
        answers = send(client_of(sandbox), plan)

    assert len(answers) == len(plan["calls"]) > 0
    assert all("sandbox" in each["id"] for each in answers.values())


def test_a_plan_that_is_sent_twice_makes_nothing_twice() -> None:
    """Its keys are known."""
    plan = plan_of(ROOT / "examples/orders/annual-subscription.json")
    with Sandbox(now=_moment(plan["as_of"])) as sandbox:
        client = client_of(sandbox)
        assert send(client, plan) == send(client, plan)
        assert len(client.v1.subscription_schedules.list().data) == 1


def test_the_schedule_of_an_example_bills_when_its_clock_is_moved() -> None:
    """Ten seats a year, in the phase that the plan wrote, then the end."""
    plan = plan_of(ROOT / "examples/orders/annual-subscription.json")
    with Sandbox(now=_moment(plan["as_of"])) as sandbox:
        client = client_of(sandbox)
        made = send(client, plan)["subscription_schedule/801W00001000001IAA"]
        assert (made["status"], made["subscription"]) == ("not_started", None)

        client.v1.test_helpers.test_clocks.advance(
            "clock_sandbox_account", {"frozen_time": _moment("2026-03-02T00:00Z")}
        )
        schedule = client.v1.subscription_schedules.retrieve(made["id"])
        assert schedule.status == "active"
        assert schedule.current_phase.end_date == _moment("2027-03-01T00:00Z")
        subscription = client.v1.subscriptions.retrieve(schedule.subscription)
        assert [each.quantity for each in subscription["items"].data] == [10]

        client.v1.test_helpers.test_clocks.advance(
            "clock_sandbox_account", {"frozen_time": _moment("2027-03-01T00:00Z")}
        )
        assert client.v1.subscription_schedules.retrieve(made["id"]).status == "completed"
        assert client.v1.subscriptions.retrieve(schedule.subscription).status == "canceled"
