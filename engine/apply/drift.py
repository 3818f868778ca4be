"""What became of applied plans in Stripe: whether its objects still are what the plans made of them.

Somebody may have changed them in the dashboard. What moves by itself is no drift: phases that are over, the state of a schedule.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from ..connect import Refusal, StripeClient
from ..diagnostics import OrderplanError
from ..diff.classes import ChangeClass, class_of, gravest
from ..plan import Call
from ..pointers import steps
from .journal import Journal
from .resolve import resolved
from .work import Plans

_HOW = frozenset(
    (
        "add_invoice_items",
        "auto_advance",
        "backdate_start_date",
        "billing_cycle_anchor",
        "expand",
        "from_subscription",
        "invoice_now",
        "payment_behavior",
        "pending_invoice_items_behavior",
        "prorate",
        "proration_behavior",
        "proration_date",
        "start_date",
        "transfer_lookup_key",
    )
)
"""Parameters that say how something is done, once; no object tells them afterwards, or not as they were given."""

_ENDS = {"subscription_schedule": ("cancel", "release"), "subscription": ("cancel",)}
_ENDED = ("canceled", "released")
_GONE = "gone"


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is another one: its JSON pointer, what the plans say, what Stripe has, and what it alters."""

    at: str
    planned: Any
    now: Any
    kind: ChangeClass


@dataclass(frozen=True, slots=True)
class ObjectDrift:
    """An object of applied plans: `same`, `changed` or `gone`, and the call that wrote it last."""

    resource: str
    id: str
    call: str
    contract: str
    state: str
    changes: tuple[Change, ...] = ()

    @property
    def kind(self) -> ChangeClass | None:
        """The gravest thing that its changes alter; billing for an object that is gone."""
        if self.state == _GONE:
            return ChangeClass.BILLING
        return gravest(each.kind for each in self.changes) if self.changes else None

    def to_json(self) -> dict[str, Any]:
        """The object as documents have it."""
        out: dict[str, Any] = {"resource": self.resource, "id": self.id, "call": self.call, "contract": self.contract}
        out["state"] = self.state
        if self.kind is not None:
            out["class"] = str(self.kind)
        if self.changes:
            out["changes"] = [
                {"at": each.at, "planned": each.planned, "now": each.now, "class": str(each.kind)}
                for each in self.changes
            ]
        return out


@dataclass(slots=True)
class _Expected:
    """What the plans say of an object: its parameters, each as it was written last, and those that are not shown."""

    resource: str
    call: Call
    params: dict[str, Any] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    ended: bool = False


def drift(
    client: StripeClient, journal: Journal, account: str, moment: datetime.datetime, digests: Sequence[str] = ()
) -> list[ObjectDrift]:
    """Compares what was applied to an account with what Stripe holds; of some plans, or of all.

    Raises:
        OrderplanError: E922, when Stripe does not answer.
    """
    found = _expected(journal, account, digests)
    return [_compared(client, object_id, each, int(moment.timestamp())) for object_id, each in found.items()]


def _expected(journal: Journal, account: str, digests: Sequence[str]) -> dict[str, _Expected]:
    plans, out = Plans(journal), {}  # type: ignore[var-annotated]
    for kept in journal.plans():
        if kept.account != account or (digests and kept.digest not in digests):
            continue
        calls = plans.of(kept.digest).plan.calls
        entries = journal.entries(account, [each.idempotency_key for each in calls])
        answers = {
            each.id: entry.values for each in calls if (entry := entries.get(each.idempotency_key)) and entry.done
        }
        for call in (each for each in calls if each.id in answers):
            object_id = str(answers[call.id]["id"])
            expected: _Expected = out.setdefault(object_id, _Expected(call.resource, call))
            expected.call = call
            expected.params |= resolved(call.params, answers)
            expected.hidden |= set(call.sensitive)
            expected.ended |= call.action in _ENDS.get(call.resource, ())
    return out


def _compared(client: StripeClient, object_id: str, expected: _Expected, now: int) -> ObjectDrift:
    call = expected.call
    held = client.get(f"{_collection(call)}/{object_id}")
    if isinstance(held, Refusal) and not held.is_missing:
        raise OrderplanError(
            "E922", f"Stripe does not show {object_id}: {held.message}", "look at the key's permissions"
        )
    body: Mapping[str, Any] = {"deleted": True} if isinstance(held, Refusal) else held.body
    if body.get("deleted"):
        return ObjectDrift(expected.resource, object_id, call.id, call.contract, _GONE)
    changes = tuple(
        Change(at, *_shown(at, planned, is_now, expected.hidden), class_of(expected.resource, steps(at)))
        for at, planned, is_now in _differences(expected, body, now)
    )
    return ObjectDrift(expected.resource, object_id, call.id, call.contract, "changed" if changes else "same", changes)


def _differences(expected: _Expected, held: Mapping[str, Any], now: int) -> Iterator[tuple[str, Any, Any]]:
    status = held.get("status")
    if expected.resource in _ENDS and status in _ENDED and not expected.ended and held.get("end_behavior") != "release":
        yield "/status", "active", status
        return
    for name, planned in expected.params.items():
        if name in _HOW or name not in held:
            continue
        if name == "phases":
            yield from _phases(planned, held[name] or (), now)
        else:
            yield from _values(f"/{name}", planned, held[name])


def _phases(planned: Sequence[Any], held: Sequence[Any], now: int) -> Iterator[tuple[str, Any, Any]]:
    """The phases that are not over, one by one from the last, for those that are over may be told or not."""
    ahead = [each for each in held if int(each.get("end_date") or now + 1) > now]
    open_ = [each for each in planned if not isinstance(each.get("end_date"), int) or each["end_date"] > now]
    if len(ahead) != len(open_):
        yield "/phases", f"{len(open_)} phases to come", f"{len(ahead)} phases to come"
        return
    for one, other in zip(open_, ahead, strict=True):
        at = f"/phases/{planned.index(one)}"
        for name, value in one.items():
            if name == "items":
                yield from _items(f"{at}/items", value, other.get(name) or ())
            elif name not in _HOW and name in other:
                yield from _values(f"{at}/{name}", value, other[name])


def _items(
    at: str, planned: Sequence[Mapping[str, Any]], held: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, Any, Any]]:
    """Items by their prices, whatever their order."""
    by_price = {_id(each.get("price")): each for each in held}
    for number, one in enumerate(planned):
        other = by_price.pop(_id(one.get("price")), None)
        if other is None:
            yield f"{at}/{number}", _id(one.get("price")), None
            continue
        for name, value in one.items():
            if name in other and name != "price":
                yield from _values(f"{at}/{number}/{name}", value, other[name])
    for price in by_price:
        yield at, None, price


def _values(at: str, planned: Any, held: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(held, Mapping) and isinstance(held.get("data"), list):
        held = held["data"]
    if isinstance(planned, Mapping) and isinstance(held, Mapping):
        for name, value in planned.items():
            if name in held or at.endswith("/metadata"):
                yield from _values(f"{at}/{name}", value, held.get(name))
    elif isinstance(planned, list) and isinstance(held, list) and len(planned) == len(held):
        for number, (one, other) in enumerate(zip(planned, held, strict=True)):
            yield from _values(f"{at}/{number}", one, other)
    elif not _same(planned, held):
        yield at, planned, held


def _same(planned: Any, held: Any) -> bool:
    if isinstance(held, Mapping):
        held = held.get("id")
    if planned in ("", None, [], {}) and held in ("", None, [], {}):
        return True
    if planned in ("now", "inf"):
        return True
    if isinstance(planned, bool) or isinstance(held, bool):
        return planned is held
    try:
        return Decimal(str(planned)) == Decimal(str(held))
    except InvalidOperation:
        return str(planned) == str(held)


def _shown(at: str, planned: Any, now: Any, hidden: set[str]) -> tuple[Any, Any]:
    if any(at == each or at.startswith(f"{each}/") or each.startswith(f"{at}/") for each in hidden):
        return "a sensitive value", "another value"
    return _plain(planned), _plain(now)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get("id") or f"{len(value)} values"
    if isinstance(value, list):
        return f"{len(value)} of them"
    return format(value, "f") if isinstance(value, Decimal) else value


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value


def _collection(call: Call) -> str:
    path = call.path if isinstance(call.path, str) else call.path.template
    return "/".join(path.split("/")[:3])
