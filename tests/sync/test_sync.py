"""Rounds of `sync` with the real clients: what changed is applied, what fails is put off, what waits is invoiced."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.apply import Session
from orderplan.engine.connect import StripeClient, stripe_login
from orderplan.engine.marks import Marks
from orderplan.engine.sync import Round, SyncState, invoice_waiting, one_round
from tests.apply.platforms import EXAMPLES, ROOT, VERSION, Platforms, a_planner, platforms

ORDER, ACCOUNT = "801W00001000001IAA", "001W00001000001IAA"
LATER = ROOT / "examples/later/annual-subscription-amended.json"
MARCH = 1_772_323_200
DAY = 86_400


class Syncing:
    """A session of `sync`, and what it told."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.planner = a_planner()
        self.state = SyncState(session.journal, session.account)
        self.told: list[dict[str, Any]] = []

    def round(self, **options: Any) -> Round:
        self.told.clear()
        return one_round(self.session, self.planner, self.state, lambda event: self.told.append(dict(event)), **options)

    def events(self, name: str) -> list[dict[str, Any]]:
        return [each for each in self.told if each["event"] == name]


@contextmanager
def syncing(both: Platforms, **options: Any) -> Iterator[Syncing]:
    with both.session(**options) as session:
        yield Syncing(session)


def test_a_round_applies_what_the_rules_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch, "annual-subscription", "one-time") as both, syncing(both) as sync:
        assert sync.round() == Round(planned=2, applied=2)
        assert both.field("Order", ORDER) == "sub_sched_sandbox_000001"
        assert len(sync.events("applied")) == 2
        assert sync.events("round ended")[0]["org_requests"].endswith("of 100000")


def test_the_next_round_finds_nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both, syncing(both) as sync:
        sync.round()
        assert sync.round() == Round()
        assert both.count("subscription_schedule") == 1


def test_a_dry_run_sends_and_remembers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both, syncing(both) as sync:
        assert sync.round(dry=True) == Round(planned=1)
        assert both.count("customer") == 0
        assert sync.state.watermark("orders") is None
        assert sync.round() == Round(planned=1, applied=1)


def test_an_amendment_that_comes_later_is_applied_by_a_later_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch) as both, syncing(both) as sync:
        sync.round()
        both.sandbox.org.load(str(LATER))
        assert sync.round() == Round(planned=1, applied=1)
        (schedule,) = both.sandbox.store.all("subscription_schedule")
        assert [sum(item["quantity"] for item in each["items"]) for each in schedule["phases"]] == [10, 12]


def test_what_cannot_be_planned_is_put_off_and_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch, "annual-subscription", "one-time") as both, syncing(both) as sync:
        both.sandbox.org.update("OrderItem", "802W00001000001IAA", {"SBQQ__BillingFrequency__c": None})
        assert sync.round() == Round(planned=1, applied=1, refused=1)
        (told,) = sync.events("refused")
        assert told["orders"] == [ORDER]
        assert told["errors"][0]["code"].startswith("E")
        assert sync.state.attempts(ORDER) == 1
        both.sandbox.org.update("OrderItem", "802W00001000001IAA", {"SBQQ__BillingFrequency__c": "Annual"})
        later = sync.session.moment() + datetime.timedelta(seconds=61)
        monkeypatch.setattr(sync.session, "moment", lambda: later)
        assert sync.round().applied == 1
        assert sync.state.attempts(ORDER) == 0


def test_what_fails_is_tried_again_after_longer_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both, syncing(both) as sync:
        now = sync.session.moment()
        pauses = [(sync.state.failed(ORDER, now, "E936") - now).total_seconds() for _ in range(12)]
        assert pauses[:4] == [60, 120, 240, 480]
        assert pauses[-1] == 6 * 3600
        assert sync.state.due(now) == []
        (due,) = sync.state.due(now + datetime.timedelta(hours=7))
        assert (due.order, due.attempts, due.why) == (ORDER, 12, "E936")


def test_a_contract_that_stripe_refuses_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both, syncing(both) as sync:
        send = sync.session.client.send

        def refusing(method: str, path: str, params: Any, key: str | None = None) -> Any:
            if path == "/v1/subscription_schedules":
                return send(method, path, {**params, "nonsense": "1"}, f"{key}-x")
            return send(method, path, params, key)

        monkeypatch.setattr(sync.session.client, "send", refusing)
        assert sync.round() == Round(planned=1, failed=1)
        (told,) = sync.events("failed")
        assert told["errors"][0]["code"] == "E936"
        monkeypatch.setattr(sync.session.client, "send", send)
        later = sync.session.moment() + datetime.timedelta(seconds=61)
        monkeypatch.setattr(sync.session, "moment", lambda: later)
        assert sync.round() == Round(planned=1)  # what was begun is ended first
        assert (both.count("customer"), both.count("subscription_schedule")) == (1, 1)
        assert both.field("Order", ORDER) == "sub_sched_sandbox_000001"
        assert sync.round() == Round()


def test_the_watermark_reads_back_a_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both, syncing(both) as sync:
        asked: list[str] = []
        query = sync.session.org.query  # type: ignore[union-attr]
        monkeypatch.setattr(sync.session.org, "query", lambda soql: (asked.append(soql), query(soql))[1])
        sync.round()
        first = sync.state.watermark("orders")
        assert first is not None
        sync.round()
        assert "LastModifiedDate" not in asked[0]
        again = next(each for each in asked[1:] if each.startswith("SELECT Id FROM Order"))
        assert f"{first - datetime.timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}" in again


# --- prorations that wait -----------------------------------------------------------------------------------------------

MARKS = Marks.prefixed("salesforce_")


def a_subscription(client: StripeClient) -> tuple[str, str, str]:
    """A customer, a subscription and a one-time price."""

    def made(path: str, params: Any) -> str:
        return str(client.send("POST", path, params).body["id"])  # type: ignore[union-attr]

    customer = made("/v1/customers", {"name": "Brightwater"})
    product = made("/v1/products", {"name": "Seat"})
    price = {"product": product, "currency": "usd", "unit_amount": 1000}
    monthly = made("/v1/prices", {**price, "recurring": {"interval": "month"}})
    subscription = made("/v1/subscriptions", {"customer": customer, "items": [{"price": monthly}]})
    return customer, subscription, made("/v1/prices", price)


def an_item(client: StripeClient, customer: str, price: str, **more: Any) -> str:
    params = {"customer": customer, "pricing": {"price": price}, "metadata": {"salesforce_proration": "true"}, **more}
    return str(client.send("POST", "/v1/invoiceitems", params).body["id"])  # type: ignore[union-attr]


def test_what_waits_is_invoiced_once_for_each_subscription(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        client = StripeClient(stripe_login(), VERSION)
        customer, subscription, price = a_subscription(client)
        lines = [{"salesforce_order_item_id": each, "salesforce_proration": "true"} for each in ("802A", "802B")]
        items = [an_item(client, customer, price, subscription=subscription, metadata=each) for each in lines]
        an_item(client, customer, price)  # of no subscription
        an_item(client, customer, price, subscription=subscription, metadata={})  # no proration
        (event,) = invoice_waiting(client, MARKS)
        assert (event["state"], event["items"]) == ("done", sorted(items))
        (invoice,) = both.sandbox.store.all("invoice")
        assert (invoice["status"], invoice["total"], len(invoice["lines"]["data"])) == ("open", 2000, 2)
        assert list(invoice_waiting(client, MARKS)) == []


def test_an_item_that_stands_there_twice_is_left_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        client = StripeClient(stripe_login(), VERSION)
        customer, subscription, price = a_subscription(client)
        for _ in range(2):
            an_item(client, customer, price, subscription=subscription)
        left, done = invoice_waiting(client, MARKS)
        assert (left["event"], done["state"], len(done["items"])) == ("proration left", "done", 1)
        assert [each["total"] for each in both.sandbox.store.all("invoice")] == [1000]


def test_a_round_invoices_the_proration_of_an_amendment_when_its_phase_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        with syncing(both) as sync:
            sync.round()
            both.sandbox.org.load(str(LATER))
            sync.round()
            assert sync.events("proration invoice") == []
            clock = {"frozen_time": 1_788_220_800 + DAY}  # the day after the amendment's start
            sync.session.client.send("POST", "/v1/test_helpers/test_clocks/clock_sandbox_account/advance", clock)
            sync.round()
            (event,) = sync.events("proration invoice")
            assert event["state"] == "done"
        assert [(each["status"], each["total"]) for each in both.sandbox.store.all("invoice")] == [("open", 120000)]


# --- spans --------------------------------------------------------------------------------------------------------------


def test_rounds_are_spans_where_the_sdk_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    with platforms(tmp_path, monkeypatch) as both, syncing(both) as sync:
        sync.round()
    names = [each.name for each in kept.get_finished_spans()]
    assert names == ["orderplan.orders", "orderplan.prorations"]


# --- the command --------------------------------------------------------------------------------------------------------


def _process(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "orderplan", "sync", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, env={**os.environ})


def test_the_command_tells_each_event_in_a_line_of_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        out, err = _process("--once", "--database", both.database, "--rate", "0").communicate(timeout=60)
        events = [json.loads(each) for each in out.splitlines()]
        assert events[0]["event"] == "round", err
        assert {"planned", "applied", "round ended"} <= {each["event"] for each in events}
        assert not any("sk_test" in each or "00DSandbox" in each for each in (out, err))


def test_it_goes_on_until_it_is_asked_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        process = _process("--every", "1s", "--database", both.database, "--rate", "0")
        end = time.monotonic() + 40
        while both.field("Order", ORDER) is None:
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert all(json.loads(each)["event"] for each in out.splitlines())


def test_two_processes_on_one_journal_handle_a_contract_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        each.stem for each in EXAMPLES.glob("*.json") if each.stem in ("annual-subscription", "one-time", "ramp", "yen")
    ]
    with platforms(tmp_path, monkeypatch, *names, faults=["slow=0.02"]) as both:
        processes = [_process("--once", "--database", both.database, "--rate", "0") for _ in range(3)]
        outs = [each.communicate(timeout=120)[0] for each in processes]
        applied = [json.loads(line) for out in outs for line in out.splitlines() if '"event": "applied"' in line]
        assert sorted(each["orders"][0] for each in applied) == sorted({each["orders"][0] for each in applied})
        assert both.count("customer") == 4
        assert both.count("invoice") + both.count("subscription_schedule") == 4


@pytest.mark.parametrize("arguments", [(), ("--once", "--every", "5s"), ("--every", "soon"), ("--every", "0s")])
def test_wrong_usage_is_said(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch):
        process = _process(*arguments)
        assert process.communicate(timeout=60)[0] == ""
        assert process.returncode == 2
