"""Whether the parameters of a saved plan have the shape of Stripe's: objects, lists and figures where readers expect them.

Not whether Stripe would take them: a plan with errors is shown too. Values that are redacted or not known yet pass
anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ..schema import stripe
from ..schema.stripe_node import Node
from .spelling import is_special

Fault = tuple[str, str]
"""The JSON path of a fault, and what it is."""

LAST_SECOND = 253_402_300_799
"""The last second of the year 9999, beyond which no calendar reckons."""

MOST_DIGITS = 60
"""The longest figure that is reckoned with: any real one is far shorter."""


def every_call(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The calls of a plan document, of its history and of what follows, each with its JSON path."""
    for at, call in enumerate(document["calls"]):
        yield f"$.calls[{at}]", call
    for number, earlier in enumerate(document.get("history", ())):
        for at, call in enumerate(earlier["calls"]):
            yield f"$.history[{number}].calls[{at}]", call
    for number, follows in enumerate(document.get("follows", ())):
        for at, call in enumerate(follows.get("calls", ())):
            yield f"$.follows[{number}].calls[{at}]", call


def param_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Parameters of a plan document that are of another kind than the schema of its API version says."""
    version = document.get("stripe_version")
    calls = list(every_call(document))
    if not calls:
        return
    if version not in stripe.versions():
        yield "$.stripe_version", f"there is no schema for it, only for {', '.join(stripe.versions())}"
        return
    schema = stripe.load(str(version))
    for place, call in calls:
        resource = schema.resource(call["resource"])
        operation = resource.operations.get(call["action"]) if resource else None
        if resource is None:
            yield f"{place}.resource", "Stripe has no such resource"
        elif operation is None:
            yield f"{place}.action", f"a {resource.name} has no such operation"
        else:
            yield from _object(operation.params, call["params"], f"{place}.params")


def _object(node: Node, value: Mapping[str, Any], place: str) -> Iterator[Fault]:
    for name, each in value.items():
        child = node.properties.get(name)
        if child is not None:
            yield from _value(child, each, f"{place}.{name}")


def _value(node: Node, value: Any, place: str) -> Iterator[Fault]:
    if is_special(value):
        return
    if isinstance(value, str) and ((value == "" and node.clearable) or value in node.constants):
        return
    if node.kind == "union":
        tried = [list(_value(arm, value, place)) for arm in node.arms]
        if all(tried):
            yield place, f"it is no {node.expectation()}"
    elif node.kind == "object" and isinstance(value, Mapping):
        yield from _object(node, value, place)
    elif node.kind == "map" and isinstance(value, Mapping) and node.value is not None:
        for name, each in value.items():
            yield from _value(node.value, each, f"{place}.{name}")
    elif node.kind == "list" and isinstance(value, list) and node.item is not None:
        for number, each in enumerate(value):
            yield from _value(node.item, each, f"{place}[{number}]")
    elif not _fits(node.kind, value):
        yield place, f"it is no {node.expectation()}"


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "text" | "enum":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and is_figure(value)
        case "timestamp":
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_SECOND
        case "decimal" | "number":
            return not isinstance(value, bool) and is_figure(value)
        case _:
            return False


def is_figure(value: Any) -> bool:
    """Whether a value is a number, or a decimal as text, that can be reckoned with exactly."""
    if not isinstance(value, str | int | float | Decimal):
        return False
    text = str(value)
    if len(text) > MOST_DIGITS:
        return False
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS
