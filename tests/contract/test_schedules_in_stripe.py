"""Schedules that are in Stripe already: what an amendment sends again of them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.contract import Phase
from tests.builders import amend, an_order, change, seat
from tests.contract.contracts import at, contract_of, planned, schedule_state


@pytest.mark.parametrize("behavior", ["none", "create_prorations"])
def test_the_first_phase_is_sent_again_as_it_was_created(behavior: str) -> None:
    """AMD-01: a phase whose start was not past when it was created keeps its behaviour when it has started."""
    first, second = updated(proration_behavior=behavior)
    assert (first.proration_behavior, second.proration_behavior) == (behavior, "none")


def test_without_its_behaviour_a_started_phase_bills_its_past() -> None:
    """AMD-01: a state that does not say how the phase was created leaves it to its start."""
    first, _ = updated()
    assert first.proration_behavior is None


def updated(**phase: Any) -> tuple[Phase, ...]:
    """The phases of an update in May of a contract that was planned when it started, in March."""
    bundle = an_order([seat()], "2026-03-01", as_of="2026-03-01T00:00:00Z")
    initial = contract_of(bundle)
    state = schedule_state(at(initial, "2026-03-01T00:00:00+00:00"))
    state["phases"][0] |= phase
    bundle = amend(planned(bundle), "2026-09-01", lines=[change("Workspace seat", 3)], as_of="2026-05-01T12:00:00Z")
    (update,) = contract_of(bundle | {"stripe": {"subscription_schedule": [state]}}).updates
    return update.phases
