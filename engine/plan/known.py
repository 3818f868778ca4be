"""What a plan took for granted of the objects in Stripe that it changes, so that a later look can tell whether it still holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ..pointers import steps
from .model import Call, KnownObject

_ITEM = ("id", "price", "quantity", "discounts")
_PHASE = ("start_date", "end_date", "trial_end", "items", "discounts")
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "subscription_schedule": ("status", "end_behavior", "subscription", "phases"),
    "subscription": ("status", "cancel_at", "cancel_at_period_end", "items", "discounts"),
    "invoice": ("status",),
    "invoice_item": ("invoice", "quantity"),
}
"""What bears on billing of the objects that change by themselves or in the dashboard."""

_INSIDE: Mapping[str, tuple[str, ...]] = {"phases": _PHASE, "items": _ITEM, "discounts": ("coupon", "promotion_code")}


@dataclass(frozen=True, slots=True)
class Departure:
    """One figure of an object that is no longer what the plan knew: its JSON pointer, and both values."""

    at: str
    known: Any
    now: Any


def known_objects(calls: Iterable[Call], state_of: Any) -> tuple[KnownObject, ...]:
    """What is known of each object that exists and is changed by a call; `state_of` gives the state by resource and id."""
    out: dict[tuple[str, str], KnownObject] = {}
    for call in calls:
        target = changed_object(call)
        if target is None or target in out:
            continue
        state = state_of(*target)
        if state is not None:
            hidden = {steps(pointer)[0] for pointer in call.sensitive}
            told = {name: each for name, each in call.params.items() if name not in hidden}
            out[target] = KnownObject(*target, figures(call.resource, state, told))
    return tuple(out[each] for each in sorted(out))


def changed_object(call: Call) -> tuple[str, str] | None:
    """Resource and id of the object that a call changes, where it exists before the plan."""
    if call.action == "create" or not isinstance(call.path, str):
        return None
    parts = [each for each in call.path.split("/") if each]
    return (call.resource, parts[2]) if len(parts) > 2 else None  # noqa: PLR2004 - /v1/objects/{id}


def figures(resource: str, state: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of an object that a change of it rests on: those of its resource, else those that the change writes."""
    names = _FIGURES.get(resource) or tuple(sorted(params))
    return {name: _told(name, state[name]) for name in names if state.get(name) is not None}


def departures(known: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Departure, ...]:
    """Where an object is no longer what was known of it. What was not known is not compared."""
    return tuple(_differing("", dict(known), {name: _told(name, now.get(name)) for name in known}))


def _differing(at: str, known: Any, now: Any) -> Iterator[Departure]:
    if isinstance(known, Mapping) and isinstance(now, Mapping):
        for name, value in known.items():
            yield from _differing(f"{at}/{name}", value, now.get(name))
    elif isinstance(known, list) and isinstance(now, list) and len(known) == len(now):
        for number, (one, other) in enumerate(zip(known, now, strict=True)):
            yield from _differing(f"{at}/{number}", one, other)
    elif not _same(known, now):
        yield Departure(at, known, now)


def _told(name: str, value: Any) -> Any:
    """A value without the wrapping of Stripe's answers: lists plain, objects that have an id by their ids."""
    if isinstance(value, Mapping) and isinstance(value.get("data"), Sequence):
        value = value["data"]
    inside = _INSIDE.get(name)
    if isinstance(value, list | tuple):
        return [_inner(inside, each) for each in value]
    if isinstance(value, Mapping) and value.get("id"):
        return value["id"]
    return format(value, "f") if isinstance(value, Decimal) else value


def _inner(names: tuple[str, ...] | None, value: Any) -> Any:
    if names is None or not isinstance(value, Mapping):
        return _told("", value)
    return {name: _told(name, value[name]) for name in names if value.get(name) is not None}


def _same(known: Any, now: Any) -> bool:
    if known == now:
        return True
    if isinstance(known, bool) or isinstance(now, bool):
        return False
    try:
        return Decimal(str(known)) == Decimal(str(now))
    except InvalidOperation:
        return False
