"""What stands against applying a plan, and that nothing is sent then."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.apply import approve
from orderplan.engine.diagnostics import OrderplanError
from orderplan.engine.plan import without_secrets
from tests.apply.platforms import EXAMPLES, document_of, given, platforms

AT = "2026-02-16T09:00:00Z"
KEY = "0123456789abcdef0123456789abcdef"


def test_a_plan_with_errors_is_not_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(bundle: Any) -> None:
        bundle["records"]["OrderItem"][0]["UnitPrice"] = None

    with platforms(tmp_path, monkeypatch) as both:
        plan = given(document_of("annual-subscription", change=broken))
        assert not plan.plan.applyable
        assert both.refused(plan) == ["E930"]


def test_an_edited_plan_is_not_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        document = document_of("annual-subscription")
        document["calls"][3]["params"]["unit_amount_decimal"] = "1"
        assert both.refused(given(document)) == ["E930"]


def test_a_placeholder_of_a_meter_is_not_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan can be looked at; CPQ-102 warns in it."""

    def unnamed(bundle: Any) -> None:
        for product in bundle["records"]["Product2"]:
            product["Stripe_Meter_ID__c"] = None

    with platforms(tmp_path, monkeypatch, "mixed-lines") as both:
        plan = given(document_of("mixed-lines", change=unnamed))
        assert "CPQ-102" in {each.code for each in plan.plan.diagnostics}
        session = both.session()
        (found,) = session.refusals(plan)
        session.journal.engine.dispose()
        assert (found.code, "mtr_placeholder" in found.message) == ("E930", True)


def test_a_preview_is_not_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        document = {**document_of("annual-subscription"), "preview": True}
        assert both.refused(given(document)) == ["E930"]


def test_a_plan_without_its_sensitive_values_is_not_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from orderplan.engine.forecast import ForecastedPlan
    from orderplan.engine.plan.secrets import digests

    with platforms(tmp_path, monkeypatch) as both:
        plan = given(document_of("annual-subscription")).plan
        call = replace(plan.calls[0], sensitive=("/name",))
        hidden = {call.id: digests(call.params, ["/name"], b"k" * 16, "customer")}
        shown = without_secrets(replace(plan, calls=(call, *plan.calls[1:]), redacted=hidden))
        document = ForecastedPlan(shown, None).to_document()
        document.pop("digest")
        assert both.refused(given(document)) == ["E930"]


@pytest.mark.parametrize(
    "account", [{"id": "acct_other", "livemode": False}, {"id": "acct_sandbox000001", "livemode": True}]
)
def test_a_plan_of_another_account_or_mode_is_not_applied(
    account: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        document = document_of("annual-subscription", change=lambda bundle: bundle.update(account=account))
        if "account" not in document:
            document["account"] = account
        assert "E932" in both.refused(given(document))


def test_a_plan_that_no_longer_holds_is_not_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its schedule starts on the first of March without billing what is past; Stripe's clock stands at the second."""
    with platforms(tmp_path, monkeypatch, now=1_772_409_600) as both:
        assert both.refused(given(document_of("annual-subscription"))) == ["E931"]


def test_a_plan_that_lapses_on_the_way_stops_before_what_bills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime

    with platforms(tmp_path, monkeypatch) as both:
        plan = given(document_of("annual-subscription"))
        session = both.session()
        later = datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
        session._worker._moment = lambda: later
        with session:
            session.submit(plan)
            session.wait([plan.plan.digest])
            (state,) = session.states(plan.plan.digest)
        assert state.state == "failed"
        assert both.count("price") == 2
        assert both.count("subscription_schedule") == 0


def test_what_was_made_before_the_plan_lapsed_is_still_written_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died after Stripe made the schedule, and the next one runs when its start has passed."""
    import datetime

    import sqlalchemy as sa

    with platforms(tmp_path, monkeypatch) as both:
        plan = given(document_of("annual-subscription"))
        both.applied(plan)
        engine = sa.create_engine(f"sqlite:///{both.database}")
        with engine.begin() as connection:
            forgotten = (
                "UPDATE calls SET state = 'open', answer = '{}', object_id = NULL WHERE call LIKE 'subscription_s%'"
            )
            connection.execute(sa.text(forgotten))
            connection.execute(sa.text("DELETE FROM stores WHERE object = 'Order'"))
            connection.execute(sa.text("UPDATE runs SET state = 'interrupted'"))
        engine.dispose()
        both.sandbox.org.update("Order", "801W00001000001IAA", {"Stripe_ID__c": None})
        session = both.session()
        session._worker._moment = lambda: datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
        with session:
            session.wait(session.resume([plan.plan.digest]))
            (state,) = session.states(plan.plan.digest)
        assert state.state == "done"
        assert both.count("subscription_schedule") == 1
        assert both.field("Order", "801W00001000001IAA") == "sub_sched_sandbox_000001"


def _amended(both: Any) -> Any:
    """The plan of an amendment whose schedule is in Stripe, as its bundle says."""
    bundle = json.loads((Path(__file__).parents[2] / "examples/orders/amended-later.json").read_text(encoding="utf-8"))
    with both.sandbox.store.change():
        for resource, held in bundle["stripe"].items():
            for each in held:
                both.sandbox.store.put(resource, each["id"], {"object": resource, **each})
    return given(document_of("amended-later"))


def test_what_stripe_still_holds_lets_the_plan_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch, "amended-later") as both:
        assert both.refused(_amended(both)) == []


def test_what_somebody_changed_in_stripe_stands_against_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch, "amended-later") as both:
        plan = _amended(both)
        (schedule,) = both.sandbox.store.all("subscription_schedule")
        schedule["phases"][0]["items"][0]["quantity"] = 12
        with both.sandbox.store.change():
            both.sandbox.store.put("subscription_schedule", schedule["id"], schedule)
        session = both.session()
        (found,) = session.refusals(plan)
        assert found.code == "E933"
        assert found.notes == ("/phases/0/items/0/quantity: the plan knew 10, Stripe has 12",)
        assert both.refused(plan, compare=False) == []


def test_what_is_gone_in_stripe_stands_against_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch, "amended-later") as both:
        plan = _amended(both)
        with both.sandbox.store.change():
            both.sandbox.store.remove("subscription_schedule", plan.plan.known[0].id)
        assert both.refused(plan) == ["E933"]


def test_what_the_plan_did_not_know_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch, "amended-later") as both:
        plan = _amended(both)
        document = {name: value for name, value in plan.document.items() if name != "known"}
        assert both.refused(given(document)) == ["W930"]


def test_another_plan_of_a_contract_that_is_not_done_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        first = given(document_of("annual-subscription"), "first.json")
        both.sandbox.org.update("Product2", "01tW00001000001IAA", {"Stripe_ID__c": "prod_of_somebody"})
        assert [each.state for each in both.applied(first)] == ["failed"]

        def renamed(bundle: Any) -> None:
            bundle["records"]["Account"][0]["Name"] = "Another Name"

        second = given(document_of("annual-subscription", change=renamed), "second.json")
        assert second.plan.digest != first.plan.digest
        with both.session() as session:
            (found,) = session.submit(second)
            assert (found.code, "first.json" in found.message) == ("E935", True)
            session.journal.cancel(first.plan.digest)
            both.sandbox.org.update("Product2", "01tW00001000001IAA", {"Stripe_ID__c": None})
            assert session.submit(second) == []
            session.wait([second.plan.digest])
            assert [each.state for each in session.states(first.plan.digest)] == ["cancelled"]


# --- approval -----------------------------------------------------------------------------------------------------------


def unapproved(both: Any, plan: Any, **more: Any) -> str:
    with pytest.raises(OrderplanError) as fault:
        both.refused(plan, require_approval=True, **more)
    assert fault.value.code == "E934"
    return fault.value.message


def an_approval(tmp_path: Path, document: Any, **more: Any) -> str:
    path = tmp_path / "plan.json.approval"
    path.write_text(json.dumps(approve(document, "Ada", AT, **more).to_json()), encoding="utf-8")
    return str(path)


def test_a_plan_that_nobody_approved_is_not_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        assert "there is no approval" in unapproved(both, given(document_of("annual-subscription")))


def test_the_rules_can_want_an_approval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from orderplan.engine.forecast import ForecastedPlan
    from tests.plan.plans import document_of as planned

    with platforms(tmp_path, monkeypatch) as both:
        bundle = json.loads((EXAMPLES / "annual-subscription.json").read_text(encoding="utf-8"))
        document = planned(bundle, "settings { require_approval = true }", reveal=True)
        plan = given(document)
        assert ForecastedPlan(plan.plan, None).to_document()["requires_approval"] is True
        with pytest.raises(OrderplanError) as fault:
            both.refused(plan)
        assert fault.value.code == "E934"
        monkeypatch.setenv("ORDERPLAN_APPROVAL_KEY", KEY)
        assert both.refused(given(document, approval=an_approval(tmp_path, plan.document))) == []


def test_an_approved_plan_is_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        monkeypatch.setenv("ORDERPLAN_APPROVAL_KEY", KEY)
        document = document_of("annual-subscription")
        plan = given(document, approval=an_approval(tmp_path, given(document).document))
        assert both.refused(plan, require_approval=True) == []


def test_an_approval_of_another_plan_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one whose calls are the same: what was read and approved was another document."""
    with platforms(tmp_path, monkeypatch) as both:
        monkeypatch.setenv("ORDERPLAN_APPROVAL_KEY", KEY)
        document = document_of("annual-subscription")
        path = an_approval(tmp_path, given(document).document)
        document["skipped"] = [{"object": "OrderItem", "id": "802", "reason": "not said"}]
        assert "another plan" in unapproved(both, given(document, approval=path))


def test_an_approval_by_another_key_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        monkeypatch.setenv("ORDERPLAN_APPROVAL_KEY", "another key that is long enough")
        document = document_of("annual-subscription")
        path = an_approval(tmp_path, given(document).document)
        monkeypatch.setenv("ORDERPLAN_APPROVAL_KEY", KEY)
        assert "not made with the key" in unapproved(both, given(document, approval=path))


@pytest.mark.parametrize("key", ["", "short"])
def test_a_key_that_is_missing_or_short_is_refused(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERPLAN_APPROVAL_KEY", key)
    with pytest.raises(OrderplanError) as fault:
        approve({"digest": "sha256:1"}, "Ada", AT)
    assert fault.value.code == "E934"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "orderplan.approval", "format_version": "2.0"}'])
def test_a_file_that_is_no_approval_is_said(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        path = tmp_path / "a"
        path.write_text(text, encoding="utf-8")
        plan = given(document_of("annual-subscription"), approval=str(path))
        assert "is no approval" in unapproved(both, plan)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH")
def test_an_ssh_signature_counts_for_those_who_are_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        for name in ("ada", "eve"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
        signers = tmp_path / "signers"
        signers.write_text(f"Ada {(tmp_path / 'ada.pub').read_text(encoding='utf-8')}", encoding="utf-8")
        document = document_of("annual-subscription")
        path = an_approval(tmp_path, given(document).document, ssh_key=str(tmp_path / "ada"))
        plan = given(document, approval=path)
        assert both.refused(plan, signers=str(signers)) == []
        assert "whose keys count" in unapproved(both, plan)
        path = an_approval(tmp_path, given(document).document, ssh_key=str(tmp_path / "eve"))
        assert "the signature is none of Ada" in unapproved(both, given(document, approval=path), signers=str(signers))
