"""What became of plans: from the journal, as values that commands show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Diagnostic, finding
from ..plan import Call
from .journal import Journal, RunState, Stored
from .work import Prepared

_STEP = re.compile(r"[^\[\]]+")


@dataclass(frozen=True, slots=True)
class CallState:
    """What became of a call: `done`, `open` (sent, or about to be, and not answered), `refused`, or `not started`."""

    call: Call
    state: str
    object_id: str | None = None
    request_id: str = ""
    found: bool = False
    stored: tuple[Stored, ...] = ()
    error: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The state as documents have it."""
        out: dict[str, Any] = {"call": self.call.id, "state": self.state}
        if self.object_id:
            out["id"] = self.object_id
        if self.request_id:
            out["request_id"] = self.request_id
        if self.found:
            out["found"] = True
        if self.error:
            out["error"] = dict(self.error)
        if self.stored:
            out["stored"] = [
                {
                    "object": each.object,
                    "id": each.record,
                    "field": each.field,
                    "state": each.state,
                    "value": each.value,
                }
                | ({"message": each.message} if each.message else {})
                for each in self.stored
            ]
        return out


@dataclass(frozen=True, slots=True)
class ContractState:
    """What became of a contract, and of its calls. `orders` are its orders."""

    run: RunState
    orders: tuple[str, ...]
    calls: tuple[CallState, ...]

    @property
    def state(self) -> str:
        """`queued`, `running`, `done`, `failed`, `interrupted`, `cancelling` or `cancelled`."""
        return self.run.state

    @property
    def made(self) -> int:
        """How many of its calls are done."""
        return sum(each.state == "done" for each in self.calls)

    def to_json(self) -> dict[str, Any]:
        """The state as documents have it."""
        out: dict[str, Any] = {
            "contract": self.run.contract,
            "orders": list(self.orders),
            "state": self.state,
            "changed_at": self.run.changed_at,
            "calls": [each.to_json() for each in self.calls],
        }
        return out | ({"detail": dict(self.run.detail)} if self.run.detail else {})


def states_of(journal: Journal, digest: str, prepared: Prepared) -> tuple[ContractState, ...]:
    """What became of the contracts of a plan, in its order."""
    runs = {each.contract: each for each in journal.runs(digest)}
    keys = [each.idempotency_key for each in prepared.plan.calls]
    entries = journal.entries(prepared.account, keys)
    out = []
    for contract in prepared.contracts:
        run = runs.get(contract) or RunState(digest, contract, "not started", 0, "")
        orders = next((each.order_ids for each in prepared.plan.contracts if each.id == contract), ())
        calls = []
        for call in prepared.calls_of(contract):
            entry = entries.get(call.idempotency_key)
            stored = tuple(journal.stored(prepared.account, call.idempotency_key)) if entry and entry.done else ()
            if entry is None:
                calls.append(CallState(call, "not started"))
            elif entry.done:
                calls.append(CallState(call, "done", entry.object_id, entry.request_id, entry.found, stored))
            else:
                state = "refused" if entry.error else "open"
                calls.append(CallState(call, state, request_id=entry.request_id, error=entry.error))
        out.append(ContractState(run, orders, tuple(calls)))
    return tuple(out)


def findings_of(state: ContractState) -> Iterator[Diagnostic]:
    """Why a contract stopped: the order, the rule, what Stripe or the org says, and what to do."""
    detail = state.run.detail
    name = detail.get("call")
    call = next((each.call for each in state.calls if each.call.id == name), None)
    error, store = detail.get("error"), detail.get("store")
    if isinstance(store, Mapping):
        yield _of_store(store, call, state)
    elif isinstance(error, Mapping):
        yield _of_call(error, str(name), call, state)


def _of_call(error: Mapping[str, Any], name: str, call: Call | None, state: ContractState) -> Diagnostic:
    if error.get("kind") == "stale":
        return finding(
            "E931",
            str(error.get("message")),
            record=_record(state),
            fix="give the plan up with `orderplan apply --cancel`, and plan again; what was made is used again",
        )
    pointer = pointer_of(error.get("param"))
    notes = [f"its orders: {', '.join(state.orders)}"] if state.orders else []
    if pointer:
        origin = call.origin(pointer) if call else None
        notes.append(f"it is about {pointer}" + (f", from {origin.source}" if origin and origin.source else ""))
    if error.get("request_id"):
        notes.append(f"Stripe's request is {error['request_id']}")
    refused = state.state == "failed"
    words = f"Stripe refused {name}" if refused else f"{name} could not be sent"
    fix = (
        "correct what it says, and run `orderplan apply --resume`; a plan that must change is cancelled and made again"
    )
    if not refused:
        fix = "run `orderplan apply --resume` when it has passed; nothing is made twice"
    return finding(
        "E936" if refused else "E937",
        f"{words}: {error.get('message')}",
        record=str(call.source) if call and call.source else _record(state),
        rule=call.rule(pointer) if call and pointer else None,
        notes=tuple(notes),
        fix=fix,
    )


def _of_store(store: Mapping[str, Any], call: Call | None, state: ContractState) -> Diagnostic:
    record = f"{store.get('object')}({store.get('record')})"
    at, value = f"{record}.{store.get('field')}", store.get("value")
    made = f"{call.resource} {value}" if call else str(value)
    if store.get("state") == "conflict":
        return finding(
            "E938",
            f"{at} already holds another id, and is not written over: {store.get('message')}, and the plan made the {made}",
            record=record,
            notes=(f"its orders: {', '.join(state.orders)}",) if state.orders else (),
            fix="look at both objects in Stripe; clear the field and run `orderplan apply --resume`, or `--cancel`",
        )
    busy = store.get("state") == "busy"
    return finding(
        "E939",
        f"{at} could not be written: {store.get('message')}",
        record=record,
        notes=(f"the {made} is made, and is in the journal",),
        fix="run `orderplan apply --resume` " + ("when the org answers" if busy else "when the field can be written"),
    )


def pointer_of(param: Any) -> str:
    """The JSON pointer of a parameter as Stripe spells it: `phases[0][items]` is `/phases/0/items`."""
    return "".join(f"/{each}" for each in _STEP.findall(param)) if isinstance(param, str) else ""


def _record(state: ContractState) -> str | None:
    return state.orders[0] if state.orders else None
