"""Applying a plan: every call once, every id written back, and going on where it stopped."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.apply import findings_of
from orderplan.engine.sandbox import Sandbox
from tests.apply.platforms import EXAMPLES, ORDER, a_planner, document_of, given, platforms

ACCOUNT, PRODUCT = "001W00001000001IAA", "01tW00001000001IAA"
NAMES = sorted(each.stem for each in EXAMPLES.glob("*.json") if each.stem != "amended-later")


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_applied_and_written_back(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = given(document_of(name))
    meters = [meter for each in plan.plan.calls if (meter := (each.params.get("recurring") or {}).get("meter"))]
    with platforms(tmp_path, monkeypatch, name, meters=meters) as both:
        states = both.applied(plan)
        assert {each.state for each in states} == {"done"}, [list(findings_of(each)) for each in states]
        made = [each for each in plan.plan.calls if each.action == "create"]
        for resource in {each.resource for each in made}:
            assert both.count(resource) == sum(each.resource == resource for each in made)
        for call in plan.plan.calls:
            for back in call.store:
                assert both.field(back.object, back.id, back.field)


def test_a_plan_that_is_done_is_not_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        plan = given(document_of("annual-subscription"))
        both.applied(plan)
        both.events.clear()
        (state,) = both.applied(plan)
        assert state.state == "done"
        assert both.events == []
        assert both.count("subscription_schedule") == 1


def test_after_an_apply_nothing_is_left_to_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ids that were written back are those by which the planner knows that all is made."""
    with platforms(tmp_path, monkeypatch) as both:
        both.applied(given(document_of("annual-subscription")))

        def written(bundle: Any) -> None:
            for kind, records in bundle["records"].items():
                for record in records:
                    if (held := both.field(kind, record["Id"])) is not None:
                        record["Stripe_ID__c"] = held

        assert document_of("annual-subscription", change=written)["calls"] == []


def test_what_stripe_refuses_stops_the_contract_and_names_rule_and_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        document = document_of("annual-subscription")
        with both.session() as session:
            session.client.send("POST", "/v1/products", {"name": "x", "active": False, "id": "prod_off"})
        plan = given(document)
        price = next(each for each in plan.plan.calls if each.resource == "price")
        price.params["product"] = "prod_missing"  # type: ignore[index]
        plan.document["calls"][[each["id"] for each in plan.document["calls"]].index(price.id)]["params"]["product"] = (
            "prod_missing"
        )
        (state,) = both.applied(plan)
        assert state.state == "failed"
        (found,) = findings_of(state)
        assert found.code == "E936"
        assert found.rule is not None
        assert any("req_sandbox" in each for each in found.notes)
        by_call = {each.call.id: each.state for each in state.calls}
        assert by_call[price.id] == "refused"
        assert by_call[f"subscription_schedule/{ORDER}"] == "not started"
        assert both.field("Account", ACCOUNT) == "cus_sandbox_000001"


def test_other_contracts_go_on_when_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch, "annual-subscription", "one-time") as both:
        good, bad = given(document_of("one-time"), "good.json"), given(document_of("annual-subscription"), "bad.json")
        next(each for each in bad.plan.calls if each.resource == "price").params["product"] = "prod_missing"  # type: ignore[index]
        bad.document["calls"][3]["params"]["product"] = "prod_missing"
        with both.session() as session:
            session.submit(bad)
            session.submit(good)
            session.wait([bad.plan.digest, good.plan.digest])
            assert [each.state for each in session.states(bad.plan.digest)] == ["failed"]
            assert [each.state for each in session.states(good.plan.digest)] == ["done"]


@pytest.mark.parametrize("fault", ["429=0", "500-before", "500-after", "reset", "reset-after"])
@pytest.mark.parametrize("side", ["stripe", "salesforce"])
@pytest.mark.parametrize("at", [2, 3, 7])
def test_a_fault_that_passes_makes_nothing_twice(
    fault: str, side: str, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch, faults=[f"{fault}:at={at}:on={side}"]) as both:
        plan = given(document_of("annual-subscription"))
        (state,) = both.applied(plan)
        assert state.state == "done", list(findings_of(state))
        counts = {each: both.count(each) for each in ("customer", "product", "price", "subscription_schedule")}
        assert counts == {"customer": 1, "product": 2, "price": 2, "subscription_schedule": 1}
        assert both.field("Order", ORDER) == "sub_sched_sandbox_000001"


def test_a_fault_that_stays_interrupts_and_a_resume_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        plan = given(document_of("annual-subscription"))
        broken = Sandbox(faults=["500-before"])
        with broken:
            session = both.session()
            session._worker._sender._client.send = lambda *_: _never()  # type: ignore[assignment, method-assign]
            with session:
                session.submit(plan)
                session.wait([plan.plan.digest])
                (state,) = session.states(plan.plan.digest)
        assert state.state == "interrupted"
        (found,) = findings_of(state)
        assert found.code == "E937"
        assert both.count("customer") == 0
        (state,) = both.resumed(plan)
        assert state.state == "done"
        assert both.count("customer") == 1


def _never() -> Any:
    from orderplan.engine.connect import Refusal

    return Refusal("connection", "Unexpected error communicating with Stripe.")


def test_an_error_that_stripe_repeats_for_its_key_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe keeps its own errors with their keys: the object is looked for, and made under another key when it is not there."""
    from orderplan.engine.connect import Refusal

    with platforms(tmp_path, monkeypatch) as both:
        plan = given(document_of("annual-subscription"))
        session = both.session()
        send = session.client.send
        keys: list[str | None] = []

        def repeating(method: str, path: str, params: Any, key: str | None = None) -> Any:
            if method == "POST" and path == "/v1/customers":
                keys.append(key)
                if not str(key).endswith("-1"):
                    return Refusal("api_error", "broken", 500, replayed=len(keys) > 1)
            return send(method, path, params, key)

        session.client.send = repeating  # type: ignore[method-assign]
        with session:
            session.submit(plan)
            session.wait([plan.plan.digest])
            (state,) = session.states(plan.plan.digest)
        assert state.state == "done"
        assert keys[-1] == f"{keys[0]}-1"
        assert both.count("customer") == 1


@pytest.mark.parametrize("lag", [0.0, 3600.0])
@pytest.mark.parametrize("name", ["annual-subscription", "one-time", "evergreen", "coupons", "amendment-upsell"])
def test_beyond_the_key_window_what_was_made_is_found_again(
    name: str, lag: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All calls are made, the journal forgot the answers, and Stripe has forgotten the keys; searches may lag."""
    with platforms(tmp_path, monkeypatch, name, search_lag=lag, meters=["mtr_placeholder"]) as both:
        plan = given(document_of(name))
        both.applied(plan)
        before = {each: both.count(each) for each in {call.resource for call in plan.plan.calls}}
        _forget(both)
        with both.session(window=datetime.timedelta(0)) as session:
            session.wait(session.resume([plan.plan.digest]))
            states = session.states(plan.plan.digest)
        assert {each.state for each in states} == {"done"}, [list(findings_of(each)) for each in states]
        assert {each: both.count(each) for each in before} == before
        assert all(each.found for each in states[0].calls if each.call.action == "create")


def _forget(both: Any) -> None:
    """Takes the answers out of the journal and the keys out of Stripe."""
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{both.database}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE calls SET state = 'open', answer = '{}', object_id = NULL"))
        connection.execute(sa.text("UPDATE runs SET state = 'interrupted'"))
    engine.dispose()
    both.sandbox.store._kinds["idempotency"].clear()


def test_a_field_that_holds_another_id_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        both.sandbox.org.update("Product2", PRODUCT, {"Stripe_ID__c": "prod_of_somebody"})
        plan = given(document_of("annual-subscription"))
        (state,) = both.applied(plan)
        assert state.state == "failed"
        (found,) = findings_of(state)
        assert found.code == "E938"
        assert both.field("Product2", PRODUCT) == "prod_of_somebody"
        assert both.count("subscription_schedule") == 0
        both.sandbox.org.update("Product2", PRODUCT, {"Stripe_ID__c": None})
        (state,) = both.resumed(plan)
        assert state.state == "done"
        assert both.count("product") == 2


def test_a_field_that_the_org_does_not_take_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        both.sandbox.org.delete("Product2", PRODUCT)
        plan = given(document_of("annual-subscription"))
        (state,) = both.applied(plan)
        assert state.state == "failed"
        (found,) = findings_of(state)
        assert found.code == "E939"
        assert any("is made" in each for each in found.notes)


def test_without_write_back_the_ids_are_in_the_journal_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        monkeypatch.delenv("SF_ACCESS_TOKEN")
        plan = given(document_of("annual-subscription"))
        (state,) = both.applied(plan, write_back=False)
        assert state.state == "done"
        assert all(each.object_id for each in state.calls)
        assert both.field("Order", ORDER) is None


def test_contracts_that_share_a_product_make_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both need the call; whoever comes first makes it, under one key."""
    import json

    text = (EXAMPLES / "annual-subscription.json").read_text(encoding="utf-8")
    bundle = json.loads(text)
    for each in range(1, 6):
        more = json.loads(text.replace("801W00001", f"801W0{each}001").replace("802W00001", f"802W0{each}001"))
        bundle["order_ids"] += more["order_ids"]
        for kind in ("Order", "OrderItem"):
            bundle["records"][kind] += more["records"][kind]
    path = tmp_path / "six.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    with Sandbox(org=[path]) as sandbox:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        from tests.apply.platforms import Platforms

        both = Platforms(sandbox, tmp_path)
        planner = a_planner()
        from orderplan.engine.forecast import ForecastedPlan

        plan = planner.plan(planner.bundle(path.read_bytes(), "six"))
        states = both.applied(given(ForecastedPlan(plan, None).to_document()))
        assert [each.state for each in states] == ["done"] * 6
        counts = {each: both.count(each) for each in ("customer", "product", "price", "subscription_schedule")}
        assert counts == {"customer": 1, "product": 2, "price": 2, "subscription_schedule": 6}
