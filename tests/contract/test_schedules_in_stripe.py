"""Schedules that are in Stripe already: what an amendment sends again of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from orderplan.engine.contract import Phase
from tests.builders import amend, an_order, change, seat
from tests.contract.contracts import at, contract_of, items, planned, schedule_state


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


def test_a_current_phase_that_names_no_order_is_repeated_from_its_own_start() -> None:
    """AMD-01: Stripe refuses an update whose first phase starts elsewhere than the current one."""
    bundle = an_order([seat()], "2026-03-01", as_of="2026-02-20T00:00:00Z")
    state = schedule_state(at(contract_of(bundle), "2026-02-20T00:00:00+00:00"))
    (whole,) = state["phases"]
    began = int(datetime(2026, 4, 7, 10, 30, tzinfo=UTC).timestamp())
    bare = {"metadata": {}}
    state["phases"] = [whole | bare | {"end_date": began}, whole | bare | {"start_date": began}]
    bundle = amend(planned(bundle), "2026-09-01", lines=[change("Workspace seat", 3)], as_of="2026-05-01T12:00:00Z")
    (update,) = contract_of(bundle | {"stripe": {"subscription_schedule": [state]}}).updates
    first, second = update.phases
    assert first.started_at == datetime(2026, 4, 7, 10, 30, tzinfo=UTC)
    assert (first.end, second.start) == (date(2026, 9, 1), date(2026, 9, 1))


def test_amendments_of_the_first_day_keep_their_price_when_it_has_begun() -> None:
    """SAME-01, FRNT-01: only an amendment that replaced the first phase of a short term has a price of the term's worth.

    Two amendments of one moment leave no phase of the first one in Stripe: it stood from where the initial order's ended.
    """
    as_of = "2026-03-01T00:30:00+00:00"
    bundle = an_order([seat("120.00", frequency="Annual")], "2026-03-01", 9, as_of=as_of)
    state = None
    for finished, quantity in enumerate((2, 3)):
        bundle = amend(bundle, "2026-03-01", lines=[change("Workspace seat", quantity)])
        ready = planned(bundle, orders=finished and finished + 1)
        stripe: dict[str, Any] = {"stripe": {"subscription_schedule": [state]}} if state else {}
        state = schedule_state(at(contract_of(ready | stripe), as_of), before=state)
    assert state is not None
    state["phases"] = [each for each in state["phases"] if each["start_date"] != each["end_date"]]
    bundle = amend(planned(bundle), "2026-09-01", lines=[change("Workspace seat", 2)], as_of="2026-04-01T12:00:00Z")
    (update,) = contract_of(bundle | {"stripe": {"subscription_schedule": [state]}}).updates
    assert items(update.phases[0]) == [(1, "9000"), (1, "12000"), (1, "12000")]


def test_prices_of_a_state_may_be_expanded_objects() -> None:
    """Stripe gives an object in place of its id where it was asked to: the price is the same."""
    bundle = an_order([seat("120.00", quoted_price="140.00")], "2026-03-01", as_of="2026-03-01T00:00:00Z")
    state = schedule_state(at(contract_of(bundle), "2026-03-01T00:00:00+00:00"))
    state["phases"][0]["items"][0]["price"] = {"id": "price_own", "object": "price"}
    bundle = amend(planned(bundle), "2026-09-01", lines=[change("Workspace seat", 3)], as_of="2026-05-01T12:00:00Z")
    (update,) = contract_of(bundle | {"stripe": {"subscription_schedule": [state]}}).updates
    assert [each.items[0].price.existing_id for each in update.phases] == ["price_own", "price_own"]
