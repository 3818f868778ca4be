"""What Stripe would refuse of a map's calls whatever the order: parameters that exclude or need one another."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..pointers import steps as pointer_steps
from ..schema.stripe import OPEN, Possible
from ..schema.stripe_check import check_shape
from . import ir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..diagnostics import Span
    from ..schema.stripe import Operation, StripeSchema
    from .scope import World

_LEFT_OUT = {"max_length", "tiers"}
"""Kinds of violation that the values themselves were checked for, or that only an order's rows can show."""

_TOGETHER = {
    "required": "assign it too",
    "at_least_one": "assign one of them",
    "at_most_one": "keep one of the two, or give each its own `when`",
    "forbidden": "drop one of the two, or give it a `when`",
    "ordered": "change one of the two",
}
"""Kinds of violation that parameters give each other, and what to do about them."""


def check_calls(
    statements: Sequence[ir.Statement],
    resource: str,
    operation: Operation,
    span: Span,
    world: World,
    schema: StripeSchema,
) -> None:
    """Records what is wrong with every call that a map's statements make; `span` is where the map is named."""
    places: dict[tuple[str, ...], Span] = {}
    shape: dict[str, Any] = {}
    _fill(shape, statements, (), places, possible=False)
    for each in check_shape(schema, resource, operation.name, shape):
        steps = tuple(pointer_steps(each.pointer))
        if each.kind in _LEFT_OUT or (each.kind == "required" and _always_required(operation, steps)):
            continue
        inner = (place for at, place in places.items() if at[: len(steps)] == steps)
        around = (places[steps[:end]] for end in range(len(steps), 0, -1) if steps[:end] in places)
        at = next(inner, None) or next(around, span)
        inside = ".".join(step for step in steps[:-1] if not step.isdigit())
        words = f"{resource}{f'.{inside}' if inside else ''}: {each.message}"
        code = "E265" if each.kind in _TOGETHER else "E266"
        fix = _TOGETHER.get(each.kind, "write another value")
        world.fault(code, words, at.first_line(world.sources), fix=fix)


def _always_required(operation: Operation, steps: tuple[str, ...]) -> bool:
    """Whether a parameter is missing in a way that has been said of the statement itself."""
    holder = operation.params.below(tuple("*" if step.isdigit() else step for step in steps[:-1]))
    return steps[-1] in holder.required


def _fill(
    shape: dict[str, Any],
    statements: Sequence[ir.Statement],
    prefix: tuple[str, ...],
    places: dict[tuple[str, ...], Span],
    *,
    possible: bool,
) -> None:
    for each in statements:
        if isinstance(each, ir.Assign):
            value = _known(each.value)
            absent = each.value.type.optional and each.default is None and not each.required
            if each.default is not None and value is not OPEN:
                value = OPEN
            _put(shape, each.path, Possible(value) if absent or each.conditions or possible else value)
            places.setdefault((*prefix, *each.path), each.span)
        elif isinstance(each, ir.Each):
            holder = _holder(shape, each.path)
            before = holder.get(each.path[-1])
            rows = before.value if isinstance(before, Possible) else before
            rows = rows if isinstance(rows, list) else []
            element: dict[str, Any] = {}
            at = (*prefix, *each.path)
            places.setdefault(at, each.span)
            _fill(element, each.body, (*at, str(len(rows))), places, possible=False)
            rows = [*rows, element]
            holder[each.path[-1]] = Possible(rows) if each.conditions or possible else rows


def _put(shape: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """A parameter that two conditional rules assign is there in one way or the other."""
    holder = _holder(shape, path)
    holder[path[-1]] = Possible() if path[-1] in holder else value


def _holder(shape: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The object around a parameter. It is there when something in it is, and so counts as certain only then."""
    for step in path[:-1]:
        found = shape.setdefault(step, {})
        shape = found.value if isinstance(found, Possible) else found
    return shape


def _known(node: ir.Node) -> Any:
    """The value of a constant as Stripe would get it; everything else is open."""
    match node:
        case ir.Const(value=bool() | int() | str() as value):
            return value
        case ir.Const(value=Decimal() as value):
            return format(value, "f")
        case ir.Items():
            return [_known(each) for each in node.items]
        case ir.Fields():
            return {name: _known(each) for name, each in node.fields}
        case _:
            return OPEN
