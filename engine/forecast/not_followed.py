"""What a plan sets that the forecast does not follow: each is named, so that nothing about money is ignored in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..diagnostics import Diagnostic, finding
from .followed import FREE, NOT_FOLLOWED, Bearing, bearing_of


@dataclass(slots=True)
class _Place:
    """Where a parameter, or an operation, is: the first call that has it and its rule, and how many calls do."""

    call: str
    rule: str | None
    calls: set[str] = field(default_factory=set)


def not_followed(document: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """A finding for each parameter of a plan that bears on money and is not followed."""
    currencies = {each["id"]: each["currency"] for each in document.get("contracts", ())}
    places: dict[str, _Place] = {}
    for call in document["calls"]:
        currency = currencies.get(call.get("contract", ""))
        for name, pointer in _found(call, currency):
            place = places.setdefault(name, _Place(call["id"], _rule(call, pointer)))
            place.calls.add(call["id"])
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


def _found(call: Mapping[str, Any], currency: str | None) -> Iterator[tuple[str, str]]:
    """The name of what is not followed, and a pointer to it."""
    resource, operation = call["resource"], call["action"]
    if f"{resource}.{operation}" in NOT_FOLLOWED:
        yield f"{resource}.{operation}", ""
        return
    waiting: list[tuple[Any, tuple[str, ...], str]] = [(call["params"], (), "")]
    while waiting:
        value, steps, pointer = waiting.pop()
        if isinstance(value, Mapping) and not value.keys() & {"$ref", "$sensitive"}:
            inner = [(each, (*steps, name), f"{pointer}/{name}") for name, each in value.items() if name not in FREE]
            waiting += reversed(inner)
        elif isinstance(value, list):
            waiting += reversed([(each, steps, f"{pointer}/{at}") for at, each in enumerate(value)])
        else:
            found = bearing_of(resource, operation, steps)
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


def _rule(call: Mapping[str, Any], pointer: str) -> str | None:
    """The rule that wrote a parameter, or what holds it."""
    provenance = call.get("provenance") or {}
    while pointer:
        rule = (provenance.get(pointer) or {}).get("rule")
        if rule is not None:
            return str(rule)
        pointer = pointer.rpartition("/")[0]
    return None
