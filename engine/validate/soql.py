"""A `sync` predicate as the condition of a SOQL query."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from ..diagnostics import Span
from . import ir

_COMPARE = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LIKE = {"starts_with": "{}%", "ends_with": "%{}", "contains": "%{}%"}


class NoSoqlFormError(Exception):
    """A part of a predicate that SOQL cannot say; `span` is where it stands."""

    def __init__(self, span: Span, why: str) -> None:
        super().__init__(why)
        self.span = span
        self.why = why


def to_soql(node: ir.Node) -> str:
    """The condition, without the word WHERE.

    Raises:
        NoSoqlFormError: for anything but fields of the row compared with constants, joined by `and`, `or` and `not`.
    """
    match node:
        case ir.Operation(operator="and" | "or" as word):
            left, right = (_grouped(each, word) for each in node.operands)
            return f"{left} {word.upper()} {right}"
        case ir.Operation(operator="not", operands=(operand,)):
            return f"(NOT {to_soql(operand)})"
        case ir.Operation(operator="set" | "unset" as word, operands=(operand,)):
            return f"{_field(operand)} {'!=' if word == 'set' else '='} null"
        case ir.Operation(operator="in", operands=(operand, *choices)):
            return f"{_field(operand)} IN ({', '.join(_literal(each) for each in choices)})"
        case ir.Operation(operator=operator, operands=(left, right)) if operator in _COMPARE:
            return _comparison(operator, left, right)
        case ir.Apply(function=name, arguments=(operand, ir.Const(value=str() as text))) if name in _LIKE:
            pattern = _LIKE[name].format(text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"))
            return f"{_field(operand)} LIKE {_quoted(pattern)}"
        case ir.Walk() if node.type.kind == "bool":
            return f"{_field(node)} = true"
        case ir.Const(value=bool() as every):
            # Every record has an id, and none lacks one.
            return f"Id {'!=' if every else '='} null"
        case _:
            raise NoSoqlFormError(node.span, "SOQL compares fields of the order with constants, and nothing more")


def _comparison(operator: str, left: ir.Node, right: ir.Node) -> str:
    if isinstance(left, ir.Const):
        left, right, operator = right, left, _FLIPPED.get(operator, operator)
    field, literal = _field(left), _literal(right)
    if operator == "!=":
        # What is absent differs from every value here, and SOQL must not leave it out.
        return f"({field} != {literal} OR {field} = null)" if left.type.optional else f"{field} != {literal}"
    return f"{field} {_COMPARE[operator]} {literal}"


def _grouped(node: ir.Node, word: str) -> str:
    text = to_soql(node)
    mixed = isinstance(node, ir.Operation) and node.operator in ("and", "or") and node.operator != word
    return f"({text})" if mixed else text


def _field(node: ir.Node) -> str:
    if isinstance(node, ir.Walk) and node.steps and all(each.kind in ("field", "follow") for each in node.steps):
        return ".".join(each.name for each in node.steps)
    raise NoSoqlFormError(node.span, "SOQL needs a field of the order on one side")


def _literal(node: ir.Node) -> str:
    if not isinstance(node, ir.Const):
        raise NoSoqlFormError(node.span, "SOQL needs a constant on one side")
    value: Any = node.value
    if value is None:
        raise NoSoqlFormError(node.span, "this setting has no value")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return _quoted(str(value))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
