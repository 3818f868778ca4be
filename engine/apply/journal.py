"""The journal: every intent before a call is sent, every result after it, and what became of each contract.

It is the truth about what was made; what drives the work (durable.py) can be lost without loss. Times are UTC, ISO 8601.
Credentials are never in it. Plans are, with their sensitive values: docs/security.md says what that means.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
import tenacity

from .database import SCHEMA
from .tables import tables

_T = TypeVar("_T")
_PATIENCE = 60.0
"""Seconds that the journal waits for a database that went away."""

ENDED = ("done", "failed", "interrupted", "cancelled")
"""The states of a contract at which nobody works on it. `interrupted` is what may go by itself another time."""

CLOSED = ("done", "cancelled")
"""The states after which another plan may take the contract."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A call in the journal. `suffix` counts the keys that it has used up, `found` says that its object was found again."""

    key: str
    call: str
    intent_at: str
    suffix: int = 0
    state: str = "open"
    object_id: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""
    found: bool = False
    error: Mapping[str, Any] | None = None

    @property
    def done(self) -> bool:
        """Whether the call was carried out."""
        return self.state == "done"


@dataclass(frozen=True, slots=True)
class Stored:
    """A write-back in the journal: `done`, `conflict` or `refused`."""

    key: str
    object: str
    record: str
    field: str
    state: str
    value: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class RunState:
    """What became of one contract of one plan. `detail` says why it stopped."""

    plan: str
    contract: str
    state: str
    attempt: int
    changed_at: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def workflow(self) -> str:
        """The id of the work on it."""
        return f"{self.plan.removeprefix('sha256:')[:24]}.{self.contract}.{self.attempt}"


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan in the journal, and under whose name it was given."""

    digest: str
    account: str
    name: str
    created_at: str
    document: Mapping[str, Any]


class Journal:
    """The journal in a database. Every method is one transaction; one that finds the database away waits for it a while."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        schema = None if engine.dialect.name == "sqlite" else SCHEMA
        found = tables(schema)
        self._plans, self._runs, self._claims = found.plans, found.runs, found.claims
        self._calls, self._stores = found.calls, found.stores

        def make(connection: sa.Connection) -> None:
            if schema is not None:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(7307)"))
            found.metadata.create_all(connection)

        self._in_transaction(make)

    # --- plans and contracts ----------------------------------------------------------------------------------------

    def keep_plan(self, digest: str, account: str, name: str, document: Mapping[str, Any]) -> None:
        """Keeps a plan, once."""
        values = {
            "digest": digest,
            "account": account,
            "name": name,
            "created_at": now(),
            "document": json.dumps(document, sort_keys=True, ensure_ascii=False),
        }
        self._in_transaction(lambda connection: self._insert_once(connection, self._plans, values))

    def plan(self, digest: str) -> KeptPlan | None:
        """A plan by its digest."""
        return next(iter(self._plans_where(self._plans.c.digest == digest)), None)

    def plans(self) -> list[KeptPlan]:
        """All plans, the oldest first."""
        return self._plans_where(sa.true())

    def _plans_where(self, which: sa.ColumnElement[bool]) -> list[KeptPlan]:
        query = sa.select(self._plans).where(which).order_by(self._plans.c.created_at)
        rows = self._in_transaction(lambda connection: connection.execute(query).all())
        return [
            KeptPlan(each.digest, each.account, each.name, each.created_at, json.loads(each.document)) for each in rows
        ]

    def claim(self, account: str, known_as: str, plan: str, contract: str) -> str | None:
        """Takes a contract for a plan. The digest of the plan that holds it, unfinished, when it may not be taken."""

        def take(connection: sa.Connection) -> str | None:
            values = {"account": account, "contract": known_as, "plan": plan, "run": contract}
            if self._insert_once(connection, self._claims, values):
                return None
            mine = (self._claims.c.account == account) & (self._claims.c.contract == known_as)
            held = connection.execute(sa.select(self._claims).where(mine).with_for_update()).one()
            if held.plan == plan:
                return None
            which = (self._runs.c.plan == held.plan) & (self._runs.c.contract == held.run)
            state = connection.execute(sa.select(self._runs.c.state).where(which)).scalar()
            if state is not None and state not in CLOSED:
                return str(held.plan)
            connection.execute(sa.update(self._claims).where(mine).values(plan=plan, run=contract))
            return None

        return self._in_transaction(take)

    def holder(self, account: str, known_as: str) -> str | None:
        """The plan that holds a contract and is not done; None where the contract is free."""

        def look(connection: sa.Connection) -> str | None:
            mine = (self._claims.c.account == account) & (self._claims.c.contract == known_as)
            held = connection.execute(sa.select(self._claims).where(mine)).first()
            if held is None:
                return None
            which = (self._runs.c.plan == held.plan) & (self._runs.c.contract == held.run)
            state = connection.execute(sa.select(self._runs.c.state).where(which)).scalar()
            return None if state is None or state in CLOSED else str(held.plan)

        return self._in_transaction(look)

    def begin(self, plan: str, contract: str) -> RunState:
        """The work on a contract: begun, or begun again where it had stopped; what runs or is done stays as it is."""

        def start(connection: sa.Connection) -> RunState:
            values = {
                "plan": plan,
                "contract": contract,
                "state": "queued",
                "attempt": 1,
                "changed_at": now(),
                "detail": "{}",
            }
            if not self._insert_once(connection, self._runs, values):
                stopped = self._runs.c.state.in_(("failed", "interrupted"))
                again = {"state": "queued", "attempt": self._runs.c.attempt + 1, "changed_at": now(), "detail": "{}"}
                connection.execute(sa.update(self._runs).where(self._run(plan, contract), stopped).values(**again))
            row = connection.execute(sa.select(self._runs).where(self._run(plan, contract))).one()
            return _run_of(row)

        return self._in_transaction(start)

    def mark(self, plan: str, contract: str, state: str, detail: Mapping[str, Any] | None = None) -> None:
        """Notes how far a contract is. What was given up stays so, unless its work was all done by then."""
        values = {"state": state, "changed_at": now(), "detail": json.dumps(detail or {}, ensure_ascii=False)}
        mine = self._run(plan, contract)

        def note(connection: sa.Connection) -> None:
            before = connection.execute(sa.select(self._runs.c.state).where(mine).with_for_update()).scalar()
            if before == "cancelling" and state in ("failed", "interrupted"):
                values["state"] = "cancelled"
            elif before in ("cancelled", "cancelling") and state not in CLOSED:
                return
            connection.execute(sa.update(self._runs).where(mine).values(**values))

        self._in_transaction(note)

    def cancel(self, plan: str) -> None:
        """Gives up the contracts of a plan that are not done. A call that is under way is ended, and no other is begun.

        One that is worked on is `cancelling` until that call is ended: no other plan takes the contract before.
        """
        state = sa.case((self._runs.c.state.in_(("running", "cancelling")), "cancelling"), else_="cancelled")
        query = (
            sa.update(self._runs)
            .where(self._runs.c.plan == plan, self._runs.c.state.not_in(CLOSED))
            .values(state=state, changed_at=now(), detail="{}")
        )
        self._in_transaction(lambda connection: connection.execute(query))

    def run(self, plan: str, contract: str) -> RunState | None:
        """What became of a contract of a plan."""
        return next((each for each in self.runs(plan) if each.contract == contract), None)

    def runs(self, plan: str | None = None) -> list[RunState]:
        """What became of the contracts of a plan, or of all."""
        query = sa.select(self._runs).order_by(self._runs.c.changed_at, self._runs.c.contract)
        if plan is not None:
            query = query.where(self._runs.c.plan == plan)
        rows = self._in_transaction(lambda connection: connection.execute(query).all())
        return [_run_of(each) for each in rows]

    def open_runs(self, plans: Sequence[str]) -> list[RunState]:
        """The contracts of these plans that somebody works on, or is to work on."""
        query = sa.select(self._runs).where(self._runs.c.plan.in_(plans), self._runs.c.state.not_in(ENDED))
        rows = self._in_transaction(lambda connection: connection.execute(query).all())
        return [_run_of(each) for each in rows]

    def _run(self, plan: str, contract: str) -> sa.ColumnElement[bool]:
        return (self._runs.c.plan == plan) & (self._runs.c.contract == contract)

    # --- calls ------------------------------------------------------------------------------------------------------

    def intend(self, account: str, key: str, call: str, params_sha256: str) -> tuple[Entry, bool]:
        """Notes that a call is about to be sent: its entry, and whether it had been there before."""

        def note(connection: sa.Connection) -> tuple[Entry, bool]:
            values = {
                "account": account,
                "key": key,
                "call": call,
                "params_sha256": params_sha256,
                "intent_at": now(),
                "suffix": 0,
                "state": "open",
                "answer": "{}",
                "request_id": "",
                "found": 0,
            }
            if self._insert_once(connection, self._calls, values):
                return Entry(key, call, values["intent_at"]), False  # type: ignore[arg-type]
            row = connection.execute(sa.select(self._calls).where(self._call(account, key))).one()
            return _entry_of(row), True

        return self._in_transaction(note)

    def next_key(self, account: str, key: str) -> int:
        """Uses up a key: the number of the next one, which is sent from now on."""

        def count(connection: sa.Connection) -> int:
            mine = self._call(account, key)
            connection.execute(
                sa.update(self._calls).where(mine).values(suffix=self._calls.c.suffix + 1, intent_at=now())
            )
            return int(connection.execute(sa.select(self._calls.c.suffix).where(mine)).scalar_one())

        return self._in_transaction(count)

    def answer(
        self, account: str, key: str, values: Mapping[str, Any], request_id: str, *, found: bool = False
    ) -> None:
        """Notes that a call was carried out, with what later calls and write-backs need of its answer."""
        row = {
            "state": "done",
            "object_id": values.get("id"),
            "answer": json.dumps(values, ensure_ascii=False),
            "request_id": request_id,
            "found": int(found),
            "done_at": now(),
            "error": None,
        }
        self._change(account, key, row)

    def refuse(self, account: str, key: str, error: Mapping[str, Any], request_id: str) -> None:
        """Notes why a call was not carried out; it stays open, and is sent again when the contract is resumed."""
        self._change(account, key, {"error": json.dumps(error, ensure_ascii=False), "request_id": request_id})

    def entries(self, account: str, keys: Sequence[str]) -> dict[str, Entry]:
        """The entries of calls by their keys."""
        found: dict[str, Entry] = {}
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            query = sa.select(self._calls).where(self._calls.c.account == account, self._calls.c.key.in_(part))
            rows = self._in_transaction(lambda connection, query=query: connection.execute(query).all())  # type: ignore[misc]
            found |= {each.key: _entry_of(each) for each in rows}
        return found

    def holds_object(self, account: str, object_id: str) -> bool:
        """Whether an object is the result of a call already."""
        query = sa.select(sa.func.count()).where(
            self._calls.c.account == account, self._calls.c.object_id == object_id, self._calls.c.state == "done"
        )
        return bool(self._in_transaction(lambda connection: connection.execute(query).scalar_one()))

    def _change(self, account: str, key: str, values: Mapping[str, Any]) -> None:
        query = sa.update(self._calls).where(self._call(account, key)).values(**values)
        self._in_transaction(lambda connection: connection.execute(query))

    def _call(self, account: str, key: str) -> sa.ColumnElement[bool]:
        return (self._calls.c.account == account) & (self._calls.c.key == key)

    # --- write-backs ------------------------------------------------------------------------------------------------

    def store(self, account: str, stored: Sequence[Stored]) -> None:
        """Notes what became of write-backs."""

        def note(connection: sa.Connection) -> None:
            for each in stored:
                names = {"account": account, "key": each.key, "object": each.object}
                names |= {"record": each.record, "field": each.field}
                values = {"state": each.state, "value": each.value, "message": each.message, "at": now()}
                if not self._insert_once(connection, self._stores, names | values):
                    mine = [self._stores.c[name] == value for name, value in names.items()]
                    connection.execute(sa.update(self._stores).where(*mine).values(**values))

        self._in_transaction(note)

    def stored(self, account: str, key: str) -> list[Stored]:
        """What became of the write-backs of a call."""
        query = sa.select(self._stores).where(self._stores.c.account == account, self._stores.c.key == key)
        rows = self._in_transaction(lambda connection: connection.execute(query).all())
        return [
            Stored(each.key, each.object, each.record, each.field, each.state, each.value, each.message)
            for each in rows
        ]

    # --- transactions -----------------------------------------------------------------------------------------------

    def _insert_once(self, connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
        if connection.dialect.name == "sqlite":
            from sqlalchemy.dialects.sqlite import insert as sqlite_insert

            lite = sqlite_insert(table).values(**values).on_conflict_do_nothing()
            return connection.execute(lite).rowcount > 0
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        query = postgresql_insert(table).values(**values).on_conflict_do_nothing()
        return connection.execute(query).rowcount > 0

    def in_transaction(self, act: Callable[[sa.Connection], _T]) -> _T:
        """Does something in one transaction; a database that is away is waited for."""
        return self._in_transaction(act)

    def _in_transaction(self, act: Callable[[sa.Connection], _T]) -> _T:
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception(_passes),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=5),
            stop=tenacity.stop_after_delay(_PATIENCE),
            reraise=True,
        ):
            with attempt, self._connected() as connection:
                return act(connection)
        raise AssertionError  # pragma: no cover - the last attempt raises

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        with self.engine.begin() as connection:
            yield connection


def now() -> str:
    """The moment as the journal writes it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def _passes(fault: BaseException) -> bool:
    """Whether a fault of the database may go by itself: it is away, locked or full, while the statement is right."""
    return isinstance(fault, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.InternalError)


def _run_of(row: Any) -> RunState:
    return RunState(row.plan, row.contract, row.state, row.attempt, row.changed_at, json.loads(row.detail))


def _entry_of(row: Any) -> Entry:
    return Entry(
        row.key,
        row.call,
        row.intent_at,
        row.suffix,
        row.state,
        row.object_id,
        json.loads(row.answer),
        row.request_id,
        bool(row.found),
        json.loads(row.error) if row.error else None,
    )
