"""What a plan sets that the forecast does not follow: each is named, so that nothing about money is ignored in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..diagnostics import Diagnostic, finding
from ..parameters import leaves
from ..plan import Call, Plan
from ..pointers import steps
from .followed import FREE, NOT_FOLLOWED, Bearing, bearing_of


@dataclass(slots=True)
class _Place:
    """Where a parameter, or an operation, is: the first call that has it and its rule, and how many calls do."""

    call: str
    rule: str | None
    calls: set[str] = field(default_factory=set)


def not_followed(plan: Plan) -> Iterator[Diagnostic]:
    """A finding for each parameter of a plan that bears on money and is not followed."""
    currencies = {each.id: each.currency for each in plan.contracts}
    places: dict[str, _Place] = {}
    for call in plan.calls:
        for name, pointer in _found(call, currencies.get(call.contract)):
            found = call.origin(pointer)
            place = places.setdefault(name, _Place(call.id, found.rule if found else None))
            place.calls.add(call.id)
    for name, place in places.items():
        others = len(place.calls) - 1
        more = f" and {others} call{'s' if others > 1 else ''} more" if others else ""
        yield finding(
            "W810",
            f"the forecast does not follow `{name}`, which {place.call}{more} {'set' if others else 'sets'}",
            path="$.calls",
            rule=place.rule,
            fix="reckon with it by hand, or take it out of the rules",
        )


def _found(call: Call, currency: str | None) -> Iterator[tuple[str, str]]:
    """The name of what is not followed, and a pointer to it."""
    resource, operation = call.resource, call.action
    if f"{resource}.{operation}" in NOT_FOLLOWED:
        yield f"{resource}.{operation}", ""
        return
    for pointer, value in leaves(call.params):
        names = tuple(each for each in steps(pointer) if not each.isdigit())
        if FREE.intersection(names):
            continue
        found = bearing_of(resource, operation, names)
        if found is not None and _is_ignored(found, value, currency):
            yield found[0], pointer


def _is_ignored(found: tuple[str, Bearing], value: Any, currency: str | None) -> bool:
    """Whether a value of a parameter makes a difference that the forecast does not show."""
    name, bearing = found
    if name == "end_behavior":
        return bool(value == "renew")
    if name.rpartition(".")[2] == "currency":
        return value != currency and isinstance(value, str) and currency is not None
    # False, an empty text and null leave out or clear what the parameter would do.
    return bearing is Bearing.NAMED and value not in (None, False, "")
