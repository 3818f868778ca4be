"""Typed expressions as Python expressions: absent is None, and nothing that is absent reaches a function."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..functions import FUNCTIONS
from ..schema.model import load_model
from ..schema.types import Type
from ..validate import ir
from . import build as py
from .runtime import REDACTED
from .words import described

_TOLD = ("bool", "int", "decimal", "date", "datetime")
_READERS = {"decimal": "decimal", "int": "integer", "bool": "boolean", "date": "date", "datetime": "datetime"}
_COMPARE: dict[str, ast.cmpop] = {
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
    "==": ast.Eq(),
    "!=": ast.NotEq(),
}
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that an expression reads: the variable that holds its record or model object, and its name.

    `words` is the path as the rule spells it; `told` says that its value may stand in an explanation: it is a number, a
    date, a truth value or one of a list, and not sensitive.
    """

    holder: str
    field: str
    sensitive: bool
    words: str = ""
    told: bool = False


@dataclass(slots=True)
class Frame:
    """The names used in one function: bindings are `b_name`, holders `h1`, temporaries `t1`; constants go to globals."""

    constants: dict[str, Any]
    sensitive_fields: frozenset[tuple[str, str]]
    holders: list[str] = field(default_factory=list)
    count: int = 0
    leaves: list[Leaf] = field(default_factory=list)
    via: list[str] = field(default_factory=list)

    def fresh(self, prefix: str) -> str:
        """A new local name."""
        self.count += 1
        return f"{prefix}{self.count}"

    def constant(self, value: Any) -> ast.expr:
        """A constant: in place when Python can write it, else as a global."""
        if value is None or isinstance(value, str | int | bool):
            return py.const(value)
        name = f"K{len(self.constants)}"
        self.constants[name] = value
        return py.load(name)


def expression(node: ir.Node, frame: Frame, *, redact: bool = False) -> ast.expr:
    """The Python expression; with `redact` a text shows `(sensitive)` in place of sensitive values."""
    match node:
        case ir.Const():
            return frame.constant(node.value)
        case ir.Walk():
            return walk(node, frame)
        case ir.Apply():
            return apply(node, frame)
        case ir.UseLookup():
            frame.via.append(node.name)
            return _strict(f"lookup_{node.name}", (node.argument,), frame)
        case ir.Ref():
            frame.via.append("ref")
            return py.method(py.load("rt"), "ref", py.const(node.resource), expression(node.row, frame))
        case ir.Answer():
            names = (py.const(each) for each in (node.resource, node.operation))
            key = expression(node.key, frame)
            return py.method(py.load("rt"), "answer", *names, key, py.const(node.field))
        case ir.Operation():
            return operation(node, frame)
        case ir.Text():
            return text(node, frame, redact=redact)
        case ir.Items():
            return _items(node, frame)
        case ir.Fields():
            pairs = [py.tuple_of(py.const(name), expression(each, frame)) for name, each in node.fields]
            return py.call("present_fields", py.tuple_of(*pairs))


def _items(node: ir.Items, frame: Frame) -> ast.expr:
    return py.call("present_items", py.tuple_of(*(expression(each, frame) for each in node.items)))


def walk(node: ir.Walk, frame: Frame) -> ast.expr:
    """A path: each step is taken only from something that is there; the last holder is kept for the trace."""
    current = py.load(f"b_{node.root}")
    holder_type = Type("record", node.root_type)
    if not node.steps and (name := _name_of(node)):
        frame.leaves.append(Leaf(f"b_{node.root}", name, sensitive=False, words=node.root))
    for at, step in enumerate(node.steps):
        last = at == len(node.steps) - 1
        holder = frame.fresh("h")
        frame.holders.append(holder)
        bound = py.walrus(holder, current)
        match step.kind:
            case "follow":
                taken = py.method(py.load(holder), "follow", py.const(step.name))
            case "model":
                taken = py.attr(py.load(holder), step.name)
            case _:
                taken = py.method(py.load(holder), _READERS.get(step.type.kind, "get"), py.const(step.name))
        current = py.either(py.is_not_none(bound), taken, py.const(None))
        if last:
            secret = step.sensitive or (holder_type.name, step.name) in frame.sensitive_fields
            secret = secret and step.kind == "field"
            told = not secret and (step.type.kind in _TOLD or step.type.values is not None)
            frame.leaves.append(Leaf(holder, step.name, secret, described(node), told))
        holder_type = step.type
    return current


def _name_of(row: ir.Walk) -> str | None:
    """The field that a row as a whole is known by: a record's id, the key or id of a model object that has one."""
    definition = load_model().definitions.get(row.root_type)
    if definition is None or row.type.kind == "record":
        return "Id"
    return next((each for each in ("key", "id") if each in definition.fields), None)


def apply(node: ir.Apply, frame: Frame) -> ast.expr:
    """A function call; `first` and `if` evaluate only what they need."""
    if node.function == "first":
        frame.via.append("first")
        out: ast.expr = expression(node.arguments[-1], frame)
        for each in reversed(node.arguments[:-1]):
            name = frame.fresh("t")
            test = py.is_not_none(py.walrus(name, expression(each, frame)))
            out = py.either(test, py.load(name), out)
        return out
    if node.function == "if":
        frame.via.append("if")
        test, then, otherwise = (expression(each, frame) for each in node.arguments)
        return py.either(test, then, otherwise)
    frame.via.append(node.function)
    return _strict(f"f_{node.function}", node.arguments, frame, of_run=FUNCTIONS[node.function].of_run)


def _strict(function: str, arguments: Sequence[ir.Node], frame: Frame, *, of_run: bool = False) -> ast.expr:
    """A call that is absent as soon as one argument is."""
    guards: list[ast.expr] = []
    values: list[ast.expr] = [py.load("rt")] if of_run else []
    for each in arguments:
        value = known(each, expression(each, frame))
        if isinstance(each, ir.Const):
            values.append(value)
        else:
            name = frame.fresh("t")
            guards.append(py.is_none(py.walrus(name, value)))
            values.append(py.load(name))
    called = py.call(function, *values)
    return py.either(py.any_of(*guards), py.const(None), called) if guards else called


def known(node: ir.Node, value: ast.expr) -> ast.expr:
    """The value as something to work with: an id or answer that Stripe has yet to give is refused there."""
    return py.call("known", value) if _pending(node) else value


def _pending(node: ir.Node) -> bool:
    if isinstance(node, ir.Apply) and node.function in ("first", "if"):
        return any(_pending(each) for each in node.arguments)
    return isinstance(node, ir.Ref | ir.Answer)


def operation(node: ir.Operation, frame: Frame) -> ast.expr:
    """Operators. A comparison with something absent is false, and `!=` is its opposite."""
    operator = node.operator
    if operator in ("and", "or"):
        left, right = (expression(each, frame) for each in node.operands)
        joint = ast.BoolOp(ast.And() if operator == "and" else ast.Or(), [left, right])
        return py.call("bool", joint)
    first = expression(node.operands[0], frame)
    match operator:
        case "not":
            return ast.UnaryOp(ast.Not(), first)
        case "set" | "unset" if isinstance(node.operands[0], ir.Const):
            return ast.Constant((node.operands[0].value is not None) is (operator == "set"))
        case "set":
            return py.is_not_none(first)
        case "unset":
            return py.is_none(first)
        case "in":
            choices = frame.constant(tuple(each.value for each in node.operands[1:] if isinstance(each, ir.Const)))
            return ast.Compare(first, [ast.In()], [choices])
        case "negative":
            name = frame.fresh("t")
            return py.either(
                py.is_none(py.walrus(name, first)), py.const(None), py.call("minus", py.const(0), py.load(name))
            )
    return _binary(node, first, frame)


def _binary(node: ir.Operation, first: ast.expr, frame: Frame) -> ast.expr:
    left, right = frame.fresh("t"), frame.fresh("t")
    first = known(node.operands[0], first)
    second = known(node.operands[1], expression(node.operands[1], frame))
    there = py.every(py.is_not_none(py.walrus(left, first)), py.is_not_none(py.walrus(right, second)))
    if node.operator in _ARITHMETIC:
        # Functions rather than operators: exact beyond the digits of the decimal context, and at home with money.
        return py.either(there, py.call(_ARITHMETIC[node.operator], py.load(left), py.load(right)), py.const(None))
    if node.operator == "!=":
        equal = ast.Compare(py.load(left), [ast.Eq()], [py.load(right)])
        return ast.UnaryOp(ast.Not(), py.every(there, equal))
    sides = [py.load(left), py.load(right)]
    if node.operator != "==" and node.operands[0].type.kind == "money":
        sides = [py.attr(each, "amount") for each in sides]  # a contract has one currency
    return py.every(there, ast.Compare(sides[0], [_COMPARE[node.operator]], [sides[1]]))


def text(node: ir.Text, frame: Frame, *, redact: bool) -> ast.expr:
    """A template: absent as soon as one of its values is."""
    guards: list[ast.expr] = []
    parts: list[ast.expr] = []
    for part in node.parts:
        if isinstance(part, str):
            parts.append(py.const(part))
            continue
        before = len(frame.leaves)
        value = expression(part, frame)
        if redact and any(each.sensitive for each in frame.leaves[before:]):
            parts.append(py.const(REDACTED))
            continue
        name = frame.fresh("t")
        guards.append(py.is_none(py.walrus(name, known(part, value))))
        parts.append(py.call("plain", py.load(name)))
    whole = py.joined(*parts)
    return py.either(py.any_of(*guards), py.const(None), whole) if guards else whole
