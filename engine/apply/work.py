"""The work on one contract: its calls in order, each with its write-backs, until all are done or one stops it."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from ..plan import Call, Plan, from_document
from .database import reason
from .journal import Journal, Stored
from .resolve import fields_needed
from .send import Sender, Sent
from .write_back import WriterBack

Step = Callable[[str, Callable[[], dict[str, Any]]], dict[str, Any]]
"""Runs something by a name, unless it was run before: then its result is what it was."""

Event = Mapping[str, Any]
"""What happens, for those who watch: `event`, `contract`, and what it is about."""

_WATCH = 0.3
"""Seconds after which a contract is looked at again for having been given up."""

_STARTS = ("subscription_schedule", "subscription", "invoice", "invoice_item")
"""The resources whose calls rest on the moment that a plan was made for."""


class Plans:
    """The plans of a journal as types, each read once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept: dict[str, Prepared] = {}
        self._guard = threading.Lock()

    def of(self, digest: str) -> Prepared:
        """A plan of the journal.

        Raises:
            KeyError: when the journal does not hold it.
        """
        with self._guard:
            if digest not in self._kept:
                found = self._journal.plan(digest)
                if found is None:
                    raise KeyError(digest)
                self._kept[digest] = Prepared(from_document({**_EMPTY, **found.document}), found.account)
            return self._kept[digest]


_EMPTY: Mapping[str, Any] = {"contracts": [], "reused": [], "skipped": [], "sold": []}


class Prepared:
    """A plan, made ready for its work."""

    def __init__(self, plan: Plan, account: str) -> None:
        self.plan = plan
        self.account = account
        self.fields = fields_needed(plan.calls)

    @cached_property
    def by_id(self) -> dict[str, Call]:
        """The calls by their ids."""
        return {each.id: each for each in self.plan.calls}

    @cached_property
    def own_keys(self) -> frozenset[str]:
        """The metadata keys that the plan writes."""
        return frozenset(name for each in self.plan.calls for name in each.params.get("metadata") or ())

    @cached_property
    def contracts(self) -> tuple[str, ...]:
        """The contracts that have calls, in order."""
        return tuple(dict.fromkeys(each.contract for each in self.plan.calls))

    def known_as(self, contract: str) -> str:
        """The name of a contract in every plan: its first order."""
        return next((each.first_order for each in self.plan.contracts if each.id == contract), contract)

    def calls_of(self, contract: str) -> tuple[Call, ...]:
        """The calls of a contract, and those of others that they need, in the order of the plan."""
        return self._calls[contract]

    @cached_property
    def _calls(self) -> dict[str, tuple[Call, ...]]:
        out = {}
        for contract in self.contracts:
            needed: set[str] = set()
            waiting = [each.id for each in self.plan.calls if each.contract == contract]
            while waiting:
                name = waiting.pop()
                if name not in needed and name in self.by_id:
                    needed.add(name)
                    waiting += self.by_id[name].depends_on
            out[contract] = tuple(each for each in self.plan.calls if each.id in needed)
        return out


class Worker:
    """Does the work on contracts. `writer` is None where nothing is written back; `moment` is Stripe's time of day."""

    def __init__(
        self,
        plans: Plans,
        journal: Journal,
        sender: Sender,
        writer: WriterBack | None,
        *,
        moment: Callable[[], datetime.datetime],
        notify: Callable[[Event], None] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._plans = plans
        self._journal = journal
        self._sender = sender
        self._writer = writer
        self._moment = moment
        self._notify = notify
        self._stopped = stopped

    def contract(self, digest: str, contract: str, step: Step) -> dict[str, Any]:
        """Does the work on a contract of a plan; its state at the end, and why it stopped."""
        prepared = self._plans.of(digest)
        self._journal.mark(digest, contract, "running")
        self._notify({"event": "contract", "contract": contract, "state": "running"})
        try:
            state, detail = self._carried_out(digest, prepared, contract, step)
        except Exception as fault:  # noqa: BLE001 - the work on a contract never ends without a word
            message = f"{type(fault).__name__}: {reason(fault)}"
            state, detail = "interrupted", {"error": {"kind": "program", "message": message}}
        self._journal.mark(digest, contract, state, detail)
        self._notify({"event": "contract", "contract": contract, "state": state, **detail})
        return {"state": state, **detail}

    def _carried_out(self, digest: str, prepared: Prepared, contract: str, step: Step) -> tuple[str, dict[str, Any]]:
        calls = prepared.calls_of(contract)
        known = step("known", partial(self._known, prepared.account, calls))
        answers: dict[str, Mapping[str, Any]] = dict(known["stored"])
        watch = _Watch(partial(self._is_cancelled, digest, contract))
        for call in calls:
            if call.id in known["stored"]:
                continue
            if (why := self._stands_against(call, watch)) is not None:
                return why
            # Looked at inside the step: what was carried out before is no matter of time, and is not asked for it again.
            sent = step(f"call {call.id}", partial(self._sent, contract, prepared, call, answers))
            if sent["state"] != "done":
                kind = "failed" if sent["state"] == "refused" else "interrupted"
                return kind, {"call": call.id, "error": sent["error"]}
            answers[call.id] = sent["values"]
            if call.store and self._writer is not None:
                back = step(f"store {call.id}", partial(self._written, contract, call, answers))
                if back["state"] != "done":
                    kind = "interrupted" if back["state"] == "busy" else "failed"
                    return kind, {"call": call.id, "store": back}
        return "done", {}

    def _known(self, account: str, calls: Sequence[Call]) -> dict[str, Any]:
        """The values of calls that were carried out and written back before, by this contract or another one."""
        entries = self._journal.entries(account, [each.idempotency_key for each in calls])
        stored: dict[str, Any] = {}
        for call in calls:
            entry = entries.get(call.idempotency_key)
            if entry is None or not entry.done:
                continue
            if self._writer is None or self._is_stored(account, call):
                stored[call.id] = dict(entry.values)
        return {"stored": stored}

    def _is_stored(self, account: str, call: Call) -> bool:
        if not call.store:
            return True
        stored = [each for each in self._journal.stored(account, call.idempotency_key) if each.state == "done"]
        return len(stored) == len(call.store)

    def _is_cancelled(self, digest: str, contract: str) -> bool:
        run = self._journal.run(digest, contract)
        return run is not None and run.state in ("cancelled", "cancelling")

    def _stands_against(self, call: Call, watch: _Watch) -> tuple[str, dict[str, Any]] | None:
        """What keeps the next call from being sent now."""
        if self._stopped():
            return "interrupted", {"call": call.id, "error": {"kind": "stopped", "message": "the program was stopped"}}
        return ("cancelled", {"call": call.id}) if watch.is_cancelled() else None

    def _lapsed(self, plan: Plan, call: Call) -> str | None:
        """Why a call would no longer do what it was planned for."""
        if plan.holds_until and call.resource in _STARTS and self._moment() >= _moment_of(plan.holds_until):
            return f"the plan held until {plan.holds_until}: {plan.holds_because}"
        return None

    def _sent(
        self, contract: str, prepared: Prepared, call: Call, answers: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any]:
        fields = prepared.fields.get(call.id, set())
        lapsed = self._lapsed(prepared.plan, call)
        sent: Sent = self._sender.send(call, answers, fields, prepared.own_keys, lapsed=lapsed)
        told: dict[str, Any] = {"event": "call", "contract": contract, "call": call.id, "state": sent.state}
        if sent.values.get("id"):
            told["id"] = sent.values["id"]
        if sent.error:
            told["error"] = dict(sent.error)
        self._notify(told)
        return sent.to_json()

    def _written(self, contract: str, call: Call, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        assert self._writer is not None  # noqa: S101 - asked for where there is one
        stored = self._writer.store(call, answers)
        wrong = [each for each in stored if each.state != "done"]
        for each in stored:
            self._notify({"event": "store", "contract": contract, "call": call.id, **_told(each)})
        if not wrong:
            return {"state": "done"}
        worst = next((each for each in wrong if each.state != "busy"), wrong[0])
        return _told(worst)


class _Watch:
    """Looks now and then whether a contract was given up."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._looked = float("-inf")

    def is_cancelled(self) -> bool:
        if time.monotonic() - self._looked < _WATCH:
            return False
        self._looked = time.monotonic()
        return self._ask()


def _told(stored: Stored) -> dict[str, Any]:
    out = {"state": stored.state, "object": stored.object, "record": stored.record, "field": stored.field}
    return {**out, "value": stored.value, **({"message": stored.message} if stored.message else {})}


def _moment_of(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
