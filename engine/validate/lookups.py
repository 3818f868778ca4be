"""Lookups: total maps over the picklist of a Salesforce field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..diagnostics import Label, Span, closest
from ..schema.types import NAMED, Type
from ..syntax import ast, printer
from . import ir
from .expressions import check
from .paths import unknown_field
from .scope import Scope, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..schema.salesforce import FieldType


def check_lookup(node: ast.Lookup, world: World, *, warn_else: bool) -> ir.Lookup | None:
    """A checked lookup, whose type is then known to the world; `warn_else` reports what an `else` hides."""
    world.scope_name = f"lookup {node.name.text}"
    field = _field(node, world)
    result = NAMED.get(node.result.text)
    if result is None:
        near = closest(node.result.text, NAMED)
        fix = world.line(node.result.span, near) if near else f"a lookup results in {', '.join(NAMED)}"
        world.fault("E258", f"a lookup does not result in `{node.result.text}`", node.result.span, fix=fix)
    if field is None or result is None:
        return None
    source = f"{node.object.text}.{field.name}"
    arms, other = _arms(node, result, world)
    _coverage(node, field, arms, other, source, world, warn_else=warn_else)
    outcomes = [*arms.values(), *([other] if other else [])]
    values = tuple(dict.fromkeys(each.value for each in outcomes if each.fail is None and each.value is not None))
    typed = result
    if result.kind == "text":
        longest = max((len(each) for each in values if isinstance(each, str)), default=0)
        typed = Type("text", values=values, max_length=longest)
    world.lookup_types[node.name.text] = typed
    return ir.Lookup(node.name.text, source, typed, arms, other, node.span)


def unknown_object(name: ast.Name, world: World) -> None:
    """Records that the Salesforce schema has no such object."""
    near = closest(name.text, world.catalogue.objects)
    fix = f"it describes {', '.join(sorted(world.catalogue.objects))}"
    fix = world.line(name.span, near) if near else fix
    world.fault("E236", f"the Salesforce schema has no object `{name.text}`", name.span, fix=fix)


def _field(node: ast.Lookup, world: World) -> FieldType | None:
    thing = world.catalogue.objects.get(node.object.text)
    if thing is None:
        unknown_object(node.object, world)
        return None
    found = thing.fields.get(node.field.text)
    if found is None:
        unknown_field(node.field, thing.name, world)
        return None
    if not found.picklist:
        fix = "a lookup goes over a picklist; choose by other fields with `when` or if(condition, then, otherwise)"
        words = f"{thing.name}.{found.name} has no picklist in the schema"
        world.fault("E261", words, node.field.span, fix=fix)
        return None
    return found


def _coverage(
    node: ast.Lookup,
    field: FieldType,
    arms: dict[str, ir.Arm],
    other: ir.Arm | None,
    source: str,
    world: World,
    *,
    warn_else: bool,
) -> None:
    """The lines against the picklist: values that it lacks, and values that no line covers."""
    for arm in node.arms:
        for key in arm.keys:
            if key.value not in field.picklist:
                near = closest(str(key.value), [each for each in field.picklist if each not in arms])
                fix = f"its values are {', '.join(map(printer.quoted, field.picklist))}"
                fix = world.line(key.span, printer.quoted(near)) if near else fix
                world.fault("E218", f"the picklist {source} has no value {key.raw}", key.span, fix=fix)
    left = [each for each in field.picklist if each not in arms]
    if not left:
        return
    shown = ", ".join(map(printer.quoted, left))
    if other is None:
        fix = "\n".join(f"{printer.quoted(each)} => {_example(arms)}" for each in left)
        world.fault("E217", f"this lookup does not cover {shown} of {source}", node.name.span, fix=fix)
    elif warn_else:
        world.fault("W201", f"`else` covers {shown} of {source}", other.span, fix="write these values out")


def _example(arms: dict[str, ir.Arm]) -> str:
    value = next((each.value for each in arms.values() if each.value is not None), None)
    return printer.quoted(value) if isinstance(value, str) else "…" if value is None else str(value).lower()


def _arms(node: ast.Lookup, result: Type, world: World) -> tuple[dict[str, ir.Arm], ir.Arm | None]:
    arms: dict[str, ir.Arm] = {}
    places: dict[str, Span] = {}
    other: ir.Arm | None = None
    for arm in node.arms:
        outcome = _outcome(arm, result, world)
        for key in arm.keys:
            value = str(key.value)
            if value in arms:
                _twice(key.raw, key.span, places[value], world)
            arms.setdefault(value, outcome)
            places.setdefault(value, key.span)
        if not arm.keys:
            if other is not None:
                _twice("`else`", arm.span, other.span, world)
            other = other or outcome
    return arms, other


def _twice(what: str, span: Span, first: Span, world: World) -> None:
    label = Label(first, "first here")
    world.fault("E219", f"{what} stands twice in this lookup", span, labels=(label,), fix="remove one of the two lines")


def _outcome(arm: ast.Arm, result: Type, world: World) -> ir.Arm:
    node = arm.outcome
    failed = ir.Arm(None, None, arm.span)
    if isinstance(node, ast.Report):
        message = check(node.message, Scope({}), world)
        if message is not None and not isinstance(message, ir.Const):
            fix = 'write a plain text: fail CPQ-101 "why"'
            world.fault("E245", "the words of a lookup's `fail` are written out", node.message.span, fix=fix)
            return failed
        return ir.Arm(None, (node.code.text, message), arm.span) if message else failed
    value = check(node, Scope({}), world)
    if value is None:
        return failed
    if not isinstance(value, ir.Const) or value.value is None:
        fix = 'write a value, or fail CPQ-101 "why"'
        world.fault("E245", "the outcome of a lookup is written out", node.span, fix=fix)
        return failed
    if value.type.kind != result.kind and (value.type.kind, result.kind) != ("int", "decimal"):
        right = _as(value, result)
        fix = (
            world.line(node.span, right)
            if right
            else f"write a value of the type {result}, or change the type after ->"
        )
        world.fault("E220", f"this lookup results in {result}, this is {value.type.present}", node.span, fix=fix)
        return failed
    return ir.Arm(value.value, None, arm.span)


def _as(value: ir.Const, result: Type) -> str | None:
    """The outcome written as the other type, when that is all that is wrong."""
    text = str(value.value)
    if result.kind == "text" and value.type.kind in {"int", "decimal"}:
        return printer.quoted(text)
    if value.type.kind == "text" and result.kind in {"int", "decimal"}:
        digits = text.replace(".", "", 1) if result.kind == "decimal" else text
        return text if digits.isascii() and digits.isdigit() and text[0] != "." and text[-1] != "." else None
    return text if value.type.kind == "text" and result.kind == "bool" and text in {"true", "false"} else None


def unused(file: ast.RuleFile, lookups: Sequence[ast.Lookup], world: World) -> None:
    """Records the lookups of a file that nothing uses; one that a refused statement calls is used."""
    world.scope_name = None
    suspects = [each for each in lookups if each.name.text not in world.used_lookups]
    called = _called(file) if suspects else set()
    for node in suspects:
        if node.name.text in world.lookup_types and node.name.text not in called:
            fix = "remove it, or use it: " + f"{node.name.text}(row.{node.field.text})"
            world.fault("W202", f"the lookup `{node.name.text}` is never used", node.name.span, fix=fix)


def _called(node: object) -> set[str]:
    """The names of all functions and lookups that a tree calls."""
    if not isinstance(node, tuple):
        return set()
    own = {node.function.text} if isinstance(node, ast.Call) else set()
    return own.union(*map(_called, node))
