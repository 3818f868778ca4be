"""Plans at Stripe's limits, applied: what a phase has no room for, and the first part of a long schedule."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.apply import findings_of
from orderplan.engine.forecast import ForecastedPlan
from orderplan.engine.plan import dump
from orderplan.engine.sandbox import Sandbox
from tests.apply.platforms import Platforms, given
from tests.builders import amend, an_order, change, ramp, seat, setup_fee
from tests.plan.plans import plan_of

FEES = [setup_fee(f"{number}.50", name=f"Fee {number}") for number in range(1, 26)]
IN_PARTS = 'settings {\nlong_schedules = "in_parts"\n}'


def test_items_wait_for_the_first_invoice_and_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the amendment name the subscription that Stripe's answer tells."""
    now = datetime.now(UTC)
    start = (now - timedelta(days=20)).date()
    first = an_order([seat(), *FEES], str(start), as_of=now.isoformat())
    more = [setup_fee("1.00", name=f"More {number}") for number in range(22)]
    bundle = amend(first, str(now.date()), lines=[change("Workspace seat", 2), *more])
    held = _applied(bundle, "", tmp_path, monkeypatch)
    items = held.sandbox.store.all("invoice_item")
    (subscription,) = held.sandbox.store.all("subscription")
    named = [each for each in items if (each.get("metadata") or {}).get("salesforce_order_item_id")]
    assert len([each for each in named if each.get("subscription") is None]) == 5
    assert {each["subscription"] for each in named if each.get("subscription")} == {subscription["id"]}


def test_the_first_part_of_a_long_schedule_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten phases; twelve would be refused."""
    start = (datetime.now(UTC) + timedelta(days=2)).date().replace(day=1)
    now = datetime.now(UTC)
    bundle = an_order([ramp("120.00", quantities=[1] * 12)], str(start), 144, as_of=now.isoformat())
    held = _applied(bundle, IN_PARTS, tmp_path, monkeypatch)
    (schedule,) = held.sandbox.store.all("subscription_schedule")
    assert len(schedule["phases"]) == 10


def _applied(bundle: dict[str, Any], team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platforms:
    """The sandbox after a bundle's plan was applied in it."""
    saved = tmp_path / "bundle.json"
    saved.write_text(json.dumps(bundle), encoding="utf-8")
    plan = given(json.loads(dump(ForecastedPlan(plan_of(bundle, team), None).to_document())))
    with Sandbox(org=[saved]) as sandbox:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        both = Platforms(sandbox, tmp_path)
        states = both.applied(plan)
        assert {each.state for each in states} == {"done"}, [list(findings_of(each)) for each in states]
    return both
