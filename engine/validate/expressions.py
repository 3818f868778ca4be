"""Names and types of expressions: syntax nodes in, typed nodes out, faults gathered on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.types import BOOL, DECIMAL, INT, NEVER, OBJECT, TEXT, Type
from ..syntax import ast, printer
from . import ir, operators
from .calls import call
from .paths import path
from .scope import Scope, World, set_paths

if TYPE_CHECKING:
    from collections.abc import Sequence


def check(node: ast.Expression, scope: Scope, world: World) -> ir.Node | None:
    """The typed form of an expression, or nothing when it has a fault, which is then recorded."""
    match node:
        case ast.Literal():
            return ir.Const(node.value, literal_type(node.value), node.span)
        case ast.Path():
            return path(node, scope, world)
        case ast.Template():
            return _template(node, scope, world)
        case ast.Call():
            return call(node, scope, world, check)
        case ast.Binary():
            return _binary(node, scope, world)
        case ast.Not():
            negated = condition(node.operand, scope, world)
            return ir.Operation("not", (negated,), BOOL, node.span) if negated else None
        case ast.Negative():
            operand = check(node.operand, scope, world)
            return operators.negative(node, operand, world) if operand else None
        case ast.IsSet():
            operand = check(node.operand, scope, world)
            word = "unset" if node.negated else "set"
            if isinstance(node.operand, ast.Literal):
                said = "never" if node.negated else "always"
                words = f"this {said} holds: {printer.expression(node.operand)} is written here, so it is there"
                fix = "ask whether a field is set, or take the condition away"
                world.fault("W235", words, node.span, fix=fix)
            return ir.Operation(word, (operand,), BOOL, node.span) if operand else None
        case ast.In():
            return _membership(node, scope, world)
        case ast.ListOf():
            return _items(node, scope, world)
        case ast.ObjectOf():
            return _fields(node, scope, world)
        case ast.Member() | ast.Index():
            words = "only tests look into calls and lists"
            world.fault("E206", words, node.span, fix="write a path from a row, such as item.price.amount")
            return None


def condition(node: ast.Expression, scope: Scope, world: World) -> ir.Node | None:
    """The typed form of a condition; anything but a truth value is a fault."""
    checked = check(node, scope, world)
    if checked is None or checked.type.kind == "bool":
        return checked
    text = printer.expression(node)
    fix = f"{text} is set" if isinstance(node, ast.Path) else f"{text} == …"
    fix = world.line(node.span, fix) if isinstance(node, ast.Path) else f"compare it: {fix}"
    world.fault("E232", f"a condition is true or false, this is {checked.type.present}", node.span, fix=fix)
    return None


def conditions(written: Sequence[ast.Expression], scope: Scope, world: World) -> tuple[Scope, tuple[ir.Node, ...]]:
    """The scope under some conditions, and the conditions checked, each in the scope of those before it."""
    checked: list[ir.Node] = []
    for each in written:
        node = condition(each, scope, world)
        if node is not None:
            checked.append(node)
        scope = scope.narrow(set_paths(each))
    return scope, tuple(checked)


def literal_type(value: str | int | Decimal) -> Type:
    """The type of a written value; a blank text is the same as an absent one."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT
    if isinstance(value, Decimal):
        return DECIMAL
    return Type("text", values=(value,), max_length=len(value), optional=not value.strip())


def _template(node: ast.Template, scope: Scope, world: World) -> ir.Node | None:
    checked = [each if isinstance(each, str) else _in_template(each, scope, world) for each in node.parts]
    parts = tuple(each for each in checked if each is not None)
    if len(parts) < len(checked):
        return None
    optional = any(not isinstance(each, str) and each.type.optional for each in parts)
    constants = [each if isinstance(each, str) else _constant_text(each) for each in parts]
    known = [each for each in constants if each is not None]
    if len(known) == len(parts) and not optional:
        whole = "".join(known)
        return ir.Const(whole, literal_type(whole), node.span)
    lengths = [len(each) if isinstance(each, str) else each.type.max_length for each in parts]
    longest = sum(each for each in lengths if each is not None) if None not in lengths else None
    return ir.Text(
        parts,
        Type("text", optional=optional, max_length=longest) if longest else TEXT.may_be_absent(optional=optional),
        node.span,
    )


def _in_template(node: ast.Expression, scope: Scope, world: World) -> ir.Node | None:
    checked = check(node, scope, world)
    if checked is None or checked.type.kind not in {"record", "model", "list", "object", "never"}:
        return checked
    words = f"a template takes texts, numbers and dates, this is {checked.type.present}"
    fix = f"name a field of it: {{{printer.expression(node)}.…}}"
    titles = world.catalogue.objects[checked.type.name].title if checked.type.kind == "record" else ()
    if titles:
        fix = world.line(node.span, f"{printer.expression(node)}.{titles[0]}")
    world.fault("E209", words, node.span, fix=fix)
    return None


def _constant_text(node: ir.Node) -> str | None:
    """What a constant reads in a template; the other kinds are written when the program runs."""
    if not isinstance(node, ir.Const) or node.value is None or node.type.kind not in {"text", "int", "bool"}:
        return None
    return str(node.value).lower() if node.type.kind == "bool" else str(node.value)


def _items(node: ast.ListOf, scope: Scope, world: World) -> ir.Node | None:
    checked = [check(each, scope, world) for each in node.items]
    present = tuple(each for each in checked if each is not None)
    if len(present) < len(checked):
        return None
    item = present[0].type.present if present else NEVER
    return ir.Items(present, Type("list", item=item), node.span)


def _fields(node: ast.ObjectOf, scope: Scope, world: World) -> ir.Node | None:
    out: dict[str, ir.Node] = {}
    for each in node.entries:
        if isinstance(each.key, ast.Template):
            world.fault("E259", "a key inside a list must be a plain name", each.key.span, fix="write the name itself")
            return None
        if each.key.text in out:
            world.fault(
                "E227", f"`{each.key.text}` stands twice in this object", each.key.span, fix="remove one of the two"
            )
            return None
        value = check(each.value, scope, world)
        if value is None:
            return None
        out[each.key.text] = value
    return ir.Fields(tuple(out.items()), OBJECT, node.span)


def _binary(node: ast.Binary, scope: Scope, world: World, whole: ast.Binary | None = None) -> ir.Node | None:
    if node.operator in {"and", "or"}:
        left = condition(node.left, scope, world)
        inner = scope.narrow(set_paths(node.left)) if node.operator == "and" else scope
        right = condition(node.right, inner, world)
        return ir.Operation(node.operator, (left, right), BOOL, node.span) if left and right else None
    whole = whole if whole is not None and node.operator == "+" else node
    if isinstance(node.left, ast.Binary) and node.left.operator == node.operator == "+":
        left = _binary(node.left, scope, world, whole)
    else:
        left = check(node.left, scope, world)
    right = check(node.right, scope, world)
    if left is None or right is None:
        return None
    if node.operator in {"+", "-", "*"}:
        return operators.arithmetic(node, left, right, world, whole)
    return operators.comparison(node, left, right, world)


def _membership(node: ast.In, scope: Scope, world: World) -> ir.Node | None:
    operand = check(node.operand, scope, world)
    choices = [check(each, scope, world) for each in node.choices.items]
    present = [each for each in choices if each is not None]
    if operand is None or len(present) < len(choices):
        return None
    return operators.membership(node, operand, present, world)
