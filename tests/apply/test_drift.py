"""Whether what was applied is still so in Stripe."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from orderplan.engine.apply import Journal
from orderplan.engine.apply.drift import ObjectDrift, drift
from orderplan.engine.connect import StripeClient, stripe_login
from tests.apply.platforms import EXAMPLES, VERSION, Platforms, document_of, given, platforms
from tests.cli.commands import invoked

NAMES = sorted(each.stem for each in EXAMPLES.glob("*.json") if each.stem != "amended-later")


def drifted(both: Platforms, moment: datetime.datetime | None = None) -> list[ObjectDrift]:
    client = StripeClient(stripe_login(), VERSION)
    account = client.account()
    engine = sa.create_engine(f"sqlite:///{both.database}")
    try:
        return drift(client, Journal(engine), account.id, moment or account.moment)
    finally:
        engine.dispose()


def changed(both: Platforms, resource: str, **values: Any) -> str:
    """Changes an object as somebody does in the dashboard."""
    held = both.sandbox.store.all(resource)[0]
    with both.sandbox.store.change():
        both.sandbox.store.put(resource, held["id"], {**held, **values})
    return str(held["id"])


def departures(found: list[ObjectDrift]) -> dict[str, Any]:
    return {
        each.id: (each.state, str(each.kind), [(one.at, one.planned, one.now) for one in each.changes])
        for each in found
        if each.state != "same"
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_was_just_applied_is_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = given(document_of(name))
    meters = [meter for each in plan.plan.calls if (meter := (each.params.get("recurring") or {}).get("meter"))]
    with platforms(tmp_path, monkeypatch, name, meters=meters) as both:
        both.applied(plan)
        found = drifted(both)
        assert departures(found) == {}
        made = [each for each in plan.plan.calls if each.action == "create"]
        assert len(found) == len(made)


def test_a_quantity_that_somebody_changed_is_told_as_billing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        both.applied(given(document_of("annual-subscription")))
        phases = both.sandbox.store.all("subscription_schedule")[0]["phases"]
        phases[0]["items"][0]["quantity"] = 11
        schedule = changed(both, "subscription_schedule", phases=phases)
        assert departures(drifted(both)) == {schedule: ("changed", "billing", [("/phases/0/items/0/quantity", 10, 11)])}


def test_a_name_is_identity_and_metadata_is_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        both.applied(given(document_of("annual-subscription")))
        customer = changed(both, "customer", name="Another")
        metadata = both.sandbox.store.all("product")[0]["metadata"]
        product = changed(both, "product", metadata={**metadata, "salesforce_product2_id": "x", "theirs": "y"})
        found = departures(drifted(both))
        assert found[customer] == ("changed", "identity", [("/name", "Brightwater Clinics", "Another")])
        assert found[product][:2] == ("changed", "metadata")
        assert [each[0] for each in found[product][2]] == ["/metadata/salesforce_product2_id"]


def test_what_is_deleted_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        both.applied(given(document_of("annual-subscription")))
        customer = changed(both, "customer", deleted=True)
        price = both.sandbox.store.all("price")[0]["id"]
        with both.sandbox.store.change():
            both.sandbox.store.remove("price", price)
        assert {name: each[:2] for name, each in departures(drifted(both)).items()} == {
            customer: ("gone", "billing"),
            price: ("gone", "billing"),
        }


def test_a_schedule_that_somebody_cancelled_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        both.applied(given(document_of("annual-subscription")))
        schedule = changed(both, "subscription_schedule", status="canceled")
        assert departures(drifted(both)) == {schedule: ("changed", "billing", [("/status", "active", "canceled")])}


def test_a_phase_that_is_over_is_no_drift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of both phases ended; Stripe may tell it or not."""
    with platforms(tmp_path, monkeypatch, "amendment-upsell") as both:
        both.applied(given(document_of("amendment-upsell")))
        later = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)
        assert departures(drifted(both, later)) == {}
        phases = both.sandbox.store.all("subscription_schedule")[0]["phases"]
        changed(both, "subscription_schedule", phases=phases[1:])
        assert departures(drifted(both, later)) == {}
        changed(both, "subscription_schedule", phases=phases[:1])
        assert len(departures(drifted(both, later))) == 1


def test_an_item_that_somebody_added_or_took_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch, "monthly-seats") as both:
        both.applied(given(document_of("monthly-seats")))
        phases = both.sandbox.store.all("subscription_schedule")[0]["phases"]
        first, *rest = phases[0]["items"]
        schedule = changed(
            both, "subscription_schedule", phases=[{**phases[0], "items": [*rest, {**first, "price": "price_x"}]}]
        )
        (_, kind, told) = departures(drifted(both))[schedule]
        assert kind == "billing"
        assert told == [("/phases/0/items/0", first["price"], None), ("/phases/0/items", None, "price_x")]


def test_sensitive_values_are_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    with platforms(tmp_path, monkeypatch) as both:
        document = document_of("annual-subscription")
        document["calls"][0]["sensitive"] = ["/name"]
        plan = given(document)
        assert replace(plan.plan.calls[0]).sensitive == ("/name",)
        both.applied(plan)
        changed(both, "customer", name="Another")
        (found,) = departures(drifted(both)).values()
        assert found[2] == [("/name", "a sensitive value", "another value")]


def test_the_command_tells_and_exits_by_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        empty = invoked("drift", "--database", both.database)
        assert empty.status == 3
        both.applied(given(document_of("annual-subscription")))
        same = invoked("drift", "--database", both.database)
        assert (same.status, same.out) == (0, "Drift: 6 same.\n")
        changed(both, "customer", name="Another")
        found = invoked("drift", "--database", both.database)
        assert found.status == 1
        assert "/name: planned Brightwater Clinics, now Another" in found.out
        document = json.loads(invoked("drift", "--database", both.database, "--format", "json").out)
        assert [each["state"] for each in document["objects"]].count("changed") == 1
