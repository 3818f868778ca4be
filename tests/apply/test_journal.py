"""The journal and what drives the work: what is private, what is readable, who takes over from whom."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from orderplan.engine.apply.database import database_url, engine_of, shown
from orderplan.engine.apply.journal import Journal, Stored
from orderplan.engine.apply.liveness import Liveness
from orderplan.engine.diagnostics import OrderplanError
from tests.apply.platforms import ROOT, document_of, given, platforms


def a_journal(tmp_path: Path) -> Journal:
    return Journal(engine_of(database_url(str(tmp_path / "state" / "journal.sqlite"))))


# --- the database -------------------------------------------------------------------------------------------------------


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    a_journal(tmp_path).engine.dispose()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state/journal.sqlite").stat().st_mode) == 0o600


def test_without_a_name_it_is_in_the_users_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERPLAN_DATABASE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert database_url(None).database == str(tmp_path / "orderplan/journal.sqlite")


@pytest.mark.parametrize("text", ["mysql://127.0.0.1/x", "://", "sqlite://"])
def test_an_address_of_another_database_is_refused(text: str) -> None:
    with pytest.raises(OrderplanError) as fault:
        database_url(text)
    assert fault.value.code == "E940"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b"no database at all, but a text of some length" * 40)
    with pytest.raises(OrderplanError) as fault:
        engine_of(database_url(str(path)))
    assert fault.value.code == "E940"


def test_a_password_is_not_shown() -> None:
    assert "secret" not in shown(database_url("postgresql://me:secret@127.0.0.1/x"))


# --- contracts ----------------------------------------------------------------------------------------------------------


def test_a_contract_is_one_plans_until_that_is_done(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    assert journal.claim("acct", "801", "one", "801") is None
    journal.begin("one", "801")
    assert journal.claim("acct", "801", "one", "801") is None
    assert journal.claim("acct", "801", "two", "801") == "one"
    assert journal.claim("other account", "801", "two", "801") is None
    journal.mark("one", "801", "done")
    assert journal.claim("acct", "801", "two", "801") is None
    assert journal.claim("acct", "801", "one", "801") is None or journal.run("two", "801") is None


def test_what_stopped_begins_again_once(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    assert journal.begin("p", "801").attempt == 1
    assert journal.begin("p", "801").attempt == 1
    journal.mark("p", "801", "interrupted")
    assert [journal.begin("p", "801").attempt for _ in range(2)] == [2, 2]


def test_what_was_given_up_stays_so_unless_it_was_done(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    journal.begin("p", "801")
    journal.begin("p", "802")
    journal.mark("p", "802", "done")
    journal.cancel("p")
    journal.mark("p", "801", "running")
    assert {each.contract: each.state for each in journal.runs("p")} == {"801": "cancelled", "802": "done"}


@pytest.mark.parametrize(("end", "state"), [("failed", "cancelled"), ("cancelled", "cancelled"), ("done", "done")])
def test_what_is_worked_on_is_given_up_when_its_call_is_ended(end: str, state: str, tmp_path: Path) -> None:
    """Until then no other plan takes the contract: the call may still make something."""
    journal = a_journal(tmp_path)
    journal.claim("acct", "801", "p", "801")
    journal.begin("p", "801")
    journal.mark("p", "801", "running")
    journal.cancel("p")
    journal.cancel("p")
    assert journal.claim("acct", "801", "q", "801") == "p"
    journal.mark("p", "801", end)
    assert [each.state for each in journal.runs("p")] == [state]
    assert journal.claim("acct", "801", "q", "801") is None


def test_an_intent_is_noted_once_and_its_answer_kept(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    entry, again = journal.intend("acct", "k", "price/1", "sha")
    assert (entry.done, again) == (False, False)
    journal.answer("acct", "k", {"id": "price_1", "current_phase.start_date": 5}, "req_1")
    entry, again = journal.intend("acct", "k", "price/1", "sha")
    assert (entry.done, again, entry.object_id) == (True, True, "price_1")
    assert entry.values == {"id": "price_1", "current_phase.start_date": 5}
    assert journal.holds_object("acct", "price_1")
    assert not journal.holds_object("other", "price_1")


def test_a_key_that_is_used_up_gives_way_to_the_next(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    journal.intend("acct", "k", "c", "sha")
    assert [journal.next_key("acct", "k") for _ in range(2)] == [1, 2]


def test_a_write_back_takes_its_newest_state(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    for state in ("conflict", "done"):
        journal.store("acct", [Stored("k", "Order", "801", "Stripe_ID__c", state, "sub_1")])
    assert [each.state for each in journal.stored("acct", "k")] == ["done"]


def test_a_locked_database_is_waited_for(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    other = sa.create_engine(journal.engine.url, connect_args={"timeout": 0})
    with other.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        import threading

        threading.Timer(0.3, connection.rollback).start()
        began = time.monotonic()
        assert journal.begin("p", "801").state == "queued"
        assert time.monotonic() - began > 0.2


# --- the drive ----------------------------------------------------------------------------------------------------------


def test_everything_that_is_kept_is_readable_and_holds_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        both.applied(given(document_of("annual-subscription")))
        engine = sa.create_engine(f"sqlite:///{both.database}")
        with engine.connect() as connection:
            names = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
            tables = {each: connection.execute(sa.text(f'SELECT * FROM "{each}"')).mappings().all() for each in names}  # noqa: S608
        engine.dispose()
        texts = [str(value) for rows in tables.values() for row in rows for value in row.values()]
        assert not any("sk_test" in each or "00DSandbox" in each for each in texts)
        (work,) = tables["workflow_status"]
        assert work["queue_name"].startswith("contracts acct_sandbox000001 127.0.0.1")
        assert work["executor_id"] not in ("local", None)
        assert work["application_version"] == "orderplan-journal-1"
        (given_,), (result,) = tables["workflow_input"], tables["workflow_output"]
        assert json.loads(given_["inputs"])["args"][1] == "801W00001000001IAA"
        assert json.loads(result["output"]) == {"state": "done"}
        assert {json.loads(each["output"]).get("state") for each in tables["operation_outputs"]} == {"done", None}


def test_a_process_that_is_gone_is_dead_and_one_that_lives_is_not(tmp_path: Path) -> None:
    engine = engine_of(database_url(str(tmp_path / "j.sqlite")))
    with Liveness(engine) as one, Liveness(engine) as other:
        assert one.id != other.id
        assert not one.is_dead(other.id)
        assert not one.is_dead(one.id)
        gone = other.id
    with Liveness(engine) as one:
        assert one.is_dead(gone)
        assert one.is_dead("never-was-1")
    engine.dispose()


def _process(both: Any, plan: Path, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "orderplan", "apply", str(plan), "--database", both.database, "--rate", "0"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def _until(happens: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_killed_at_any_point_the_work_goes_on_by_itself(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe answers slowly, so that the process dies with a call under way; the next one takes its work over."""
    with platforms(tmp_path, monkeypatch, faults=["slow=0.15"]) as both:
        plan = tmp_path / "plan.json"
        document = document_of("annual-subscription")
        plan.write_text(json.dumps(document), encoding="utf-8")
        process = _process(both, plan)
        made = ("customer", "product", "price", "subscription_schedule")
        _until(lambda: sum(both.count(each) for each in made) >= after and Path(both.database).exists())
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (state,) = both.applied(given(document))
        assert state.state == "done"
        counts = {each: both.count(each) for each in made}
        assert counts == {"customer": 1, "product": 2, "price": 2, "subscription_schedule": 1}
        assert both.field("Order", "801W00001000001IAA") == "sub_sched_sandbox_000001"


def test_asked_to_stop_the_call_under_way_is_ended_and_no_other_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch, faults=["slow=0.3:on=stripe"]) as both:
        plan = tmp_path / "plan.json"
        document = document_of("annual-subscription")
        plan.write_text(json.dumps(document), encoding="utf-8")
        process = _process(both, plan)
        _until(lambda: both.count("customer") == 1)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 5, err
        assert "interrupted" in out
        assert both.count("subscription_schedule") == 0
        (state,) = both.applied(given(document))
        assert state.state == "done"
        assert both.count("customer") == 1


def test_two_processes_on_one_journal_share_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch, "annual-subscription", "one-time") as both:
        processes = []
        for name in ("annual-subscription", "one-time") * 2:
            plan = tmp_path / f"{name}.json"
            plan.write_text(json.dumps(document_of(name)), encoding="utf-8")
            processes.append(_process(both, plan, env={**os.environ}))
        for each in processes:
            _, err = each.communicate(timeout=120)
            assert each.returncode == 0, err
        counts = {each: both.count(each) for each in ("customer", "subscription_schedule", "invoice")}
        assert counts == {"customer": 2, "subscription_schedule": 1, "invoice": 1}
