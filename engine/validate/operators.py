"""Operators over checked operands: arithmetic, comparisons, membership."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..diagnostics import Severity, closest
from ..schema.types import BOOL, DECIMAL, INT, MONEY, Type
from ..syntax import ast, printer
from . import ir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .scope import World

NUMBERS = ("int", "decimal")
"""The kinds of plain numbers."""

_ORDERED = ("int", "decimal", "date", "datetime", "timestamp", "money")
_WHOLE_THINGS = ("record", "model", "list", "object", "never")


def arithmetic(node: ast.Binary, left: ir.Node, right: ir.Node, world: World, whole: ast.Binary) -> ir.Node | None:
    """`+`, `-` and `*` of numbers, and of money with money or a number; `whole` is the sum that the node begins."""
    kinds = (left.type.kind, right.type.kind)
    if all(each in NUMBERS for each in kinds):
        result = DECIMAL if "decimal" in kinds else INT
    elif (kinds == ("money", "money") and node.operator != "*") or (
        node.operator == "*" and sorted(kinds) in (["int", "money"], ["decimal", "money"])
    ):
        result = MONEY
    else:
        words = f"`{node.operator}` does not take {left.type.present} and {right.type.present}"
        shown = whole if "text" in kinds else node
        world.fault("E244", words, shown.span, fix=_instead(shown, kinds, world))
        return None
    optional = left.type.optional or right.type.optional
    return ir.Operation(node.operator, (left, right), result.may_be_absent(optional=optional), node.span)


def _instead(node: ast.Binary, kinds: tuple[str, str], world: World) -> str:
    left, right = printer.expression(node.left), printer.expression(node.right)
    if "date" in kinds and "int" in kinds and node.operator == "+":
        date, days = (left, right) if kinds[0] == "date" else (right, left)
        return world.line(node.span, f"add_days({date}, {days})")
    if kinds == ("date", "int") and node.operator == "-":
        return world.line(node.span, f"add_days({left}, -{right})")
    if "text" in kinds and node.operator == "+":
        return world.line(node.span, _joined(node))
    if "date" in kinds:
        return "add_days(date, days) and add_months(date, months) count on from a date"
    return "convert both sides to numbers first"


def _joined(node: ast.Binary) -> str:
    """The template that says the same as texts joined with `+`."""
    parts = []
    for each in (node.left, node.right):
        if isinstance(each, ast.Literal) and isinstance(each.value, str):
            parts.append(each.raw[1:-1].replace("{", "\\{").replace("}", "\\}"))
        elif isinstance(each, ast.Template):
            parts.append(each.raw[2:-1])
        elif isinstance(each, ast.Binary) and each.operator == "+":
            parts.append(_joined(each)[2:-1])
        else:
            parts.append(f"{{{printer.expression(each)}}}")
    return f't"{"".join(parts)}"'


def negative(node: ast.Negative, operand: ir.Node, world: World) -> ir.Node | None:
    """A number or amount of money with its sign changed."""
    if isinstance(operand, ir.Const) and operand.type.kind in NUMBERS and operand.value is not None:
        return ir.Const(-operand.value, operand.type, node.span)
    if operand.type.kind not in (*NUMBERS, "money"):
        words = f"`-` takes a number, this is {operand.type.present}"
        world.fault("E244", words, node.span, fix="convert it to a number first")
        return None
    return ir.Operation("negative", (operand,), operand.type, node.span)


def comparison(node: ast.Binary, left: ir.Node, right: ir.Node, world: World) -> ir.Node | None:
    """`==`, `!=` of two values of one type, and the order of numbers, dates and money."""
    a, b = left.type.kind, right.type.kind
    same = a == b or (a in NUMBERS and b in NUMBERS)
    ordering = node.operator not in ("==", "!=")
    if not same or a in _WHOLE_THINGS or (ordering and a not in _ORDERED):
        _incomparable(node, left, right, world)
        return None
    for constant, other in ((left, right), (right, left)):
        if isinstance(constant, ir.Const) and a == "text" and not _may_be(constant, other, node, world):
            return None
        if isinstance(constant, ir.Const) and _is_lower_case(other):
            _upper_case(constant, node, world)
    return ir.Operation(node.operator, (left, right), BOOL, node.span)


def _is_lower_case(node: ir.Node) -> bool:
    """Whether a value is a currency of the contract model, which is lower case as in Stripe's API."""
    return (
        isinstance(node, ir.Walk)
        and bool(node.steps)
        and node.steps[-1].kind == "model"
        and (node.steps[-1].name == "currency")
    )


def _upper_case(constant: ir.Const, node: ast.Binary, world: World) -> None:
    """A warning where a currency of the model is compared with one that it never is."""
    text = constant.value
    if not isinstance(text, str) or text == text.lower():
        return
    written = node.left if node.left.span == constant.span else node.right
    never = "never" if node.operator == "==" else "always"
    world.fault(
        "W288",
        f"currencies of the contract model are lower case: this is {never} true",
        constant.span,
        severity=Severity.WARNING,
        fix=world.line(written.span, printer.quoted(text.lower())),
    )


def _incomparable(node: ast.Binary, left: ir.Node, right: ir.Node, world: World) -> None:
    kinds = {left.type.kind, right.type.kind}
    fix = "convert one of the two sides"
    if kinds == {"date", "text"}:
        written = node.right if right.type.kind == "text" else node.left
        fix = 'a date is written date("2026-01-31")'
        if isinstance(written, ast.Literal):
            fix = world.line(written.span, f"date({written.raw})")
    elif kinds == {"date", "datetime"}:
        moment = node.left if left.type.kind == "datetime" else node.right
        fix = world.line(moment.span, f"day({printer.expression(moment)})")
    elif "text" in kinds and kinds & set(NUMBERS):
        written = node.left if left.type.kind == "text" else node.right
        if not isinstance(written, ast.Literal):
            fix = world.line(written.span, f"number({printer.expression(written)})")
        elif str(written.value).replace(".", "", 1).isdecimal():
            fix = world.line(written.span, str(written.value))
    elif kinds <= {"record", "model"}:
        fix = "compare a field of each, such as their Id"
    words = f"{left.type.present} and {right.type.present} do not compare with `{node.operator}`"
    world.fault("E233", words, node.span, fix=fix)


def membership(node: ast.In, operand: ir.Node, choices: Sequence[ir.Node], world: World) -> ir.Node | None:
    """Whether a value is one of a list of constants."""
    if not choices:
        world.fault("E234", "nothing is in an empty list", node.choices.span, fix="name at least one value")
        return None
    for each in choices:
        if not isinstance(each, ir.Const):
            fix = "compare with == and join the comparisons with `or`"
            world.fault("E245", "the list after `in` is written out", each.span, fix=fix)
            return None
        same = each.type.kind == operand.type.kind or (each.type.kind in NUMBERS and operand.type.kind in NUMBERS)
        if not same or operand.type.kind in _WHOLE_THINGS:
            words = f"{operand.type.present} is never {each.type.present}"
            world.fault("E233", words, each.span, fix=f"write values of the type {operand.type.present}")
            return None
        if operand.type.kind == "text" and not _may_be(each, operand, node, world):
            return None
    return ir.Operation("in", (operand, *choices), BOOL, node.span)


def _may_be(constant: ir.Const, other: ir.Node, node: ast.Binary | ast.In, world: World) -> bool:
    """Whether a text can be this constant at all; what a picklist lacks is said, and an error unless it may grow."""
    if constant.setting is not None or isinstance(other, ir.Const):
        return True
    if not str(constant.value).strip():
        asked = (
            node.operand if isinstance(node, ast.In) else node.left if constant.span != node.left.span else node.right
        )
        negated = "" if isinstance(node, ast.Binary) and node.operator == "!=" else "not "
        fix = world.line(node.span, f"{printer.expression(asked)} is {negated}set")
        if isinstance(node, ast.In):
            fix = f"a blank text is an absent one, so add: or {printer.expression(asked)} is not set"
        world.fault("E234", "a blank text is the same as an absent one, and nothing equals it", constant.span, fix=fix)
        return False
    values = other.type.values
    if not values or constant.value in values:
        return True
    near = closest(str(constant.value), values)
    severity = Severity.ERROR if near is not None or _closed(other.type, world) else Severity.WARNING
    what = f"the picklist {other.type.name}" if other.type.name else f"`{_source(node, constant)}`"
    words = f"{what} is never {printer.quoted(str(constant.value))}"
    fix = world.line(constant.span, printer.quoted(near)) if near else f"its values are {', '.join(values)}"
    if near is None and str(constant.value).strip("-").lower() == "none" and isinstance(node, ast.Binary):
        # "--None--" is how the page of a record shows an empty picklist.
        asked = node.left if constant.span != node.left.span else node.right
        negated = "" if node.operator == "!=" else "not "
        fix = world.line(node.span, f"{printer.expression(asked)} is {negated}set")
    world.fault("E234" if severity is Severity.ERROR else "W234", words, constant.span, severity=severity, fix=fix)
    return severity is not Severity.ERROR


def _source(node: ast.Binary | ast.In, constant: ir.Const) -> str:
    if isinstance(node, ast.In):
        return printer.expression(node.operand)
    return printer.expression(node.right if constant.span == node.left.span else node.left)


def _closed(type_: Type, world: World) -> bool:
    """Whether no other values than the listed ones can ever be there: an org may add values to most picklists."""
    if not type_.name:
        return True
    object_name, _, name = type_.name.partition(".")
    thing = world.catalogue.objects.get(object_name)
    found = thing.fields.get(name) if thing else None
    return bool(found and found.restricted)
