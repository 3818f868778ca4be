"""Small constructors of Python syntax, so that the compiler reads as what it emits."""

from __future__ import annotations

import ast
from typing import Any

_LOAD, _STORE = ast.Load(), ast.Store()
"""One node each for the whole module: they carry nothing, and there would be one for every name."""

_INSIDE = (ast.expr, ast.stmt, ast.excepthandler, ast.arguments, ast.arg)
"""The kinds of node that have a position or hold others that do."""


def load(name: str) -> ast.expr:
    """A local or global variable."""
    return ast.Name(name, _LOAD)


def const(value: Any) -> ast.expr:
    """A literal."""
    return ast.Constant(value)


def attr(node: ast.expr, name: str) -> ast.expr:
    """`node.name`."""
    return ast.Attribute(node, name, _LOAD)


def call(function: ast.expr | str, *arguments: ast.expr) -> ast.expr:
    """`function(arguments)`."""
    return ast.Call(load(function) if isinstance(function, str) else function, list(arguments), [])


def method(node: ast.expr, name: str, *arguments: ast.expr) -> ast.expr:
    """`node.name(arguments)`."""
    return call(attr(node, name), *arguments)


def walrus(name: str, value: ast.expr) -> ast.expr:
    """`(name := value)`."""
    return ast.NamedExpr(ast.Name(name, _STORE), value)


def is_none(node: ast.expr) -> ast.expr:
    """`node is None`."""
    return ast.Compare(node, [ast.Is()], [const(None)])


def is_not_none(node: ast.expr) -> ast.expr:
    """`node is not None`."""
    return ast.Compare(node, [ast.IsNot()], [const(None)])


def either(test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
    """`then if test else otherwise`."""
    return ast.IfExp(test, then, otherwise)


def every(*nodes: ast.expr) -> ast.expr:
    """`a and b and …`."""
    return nodes[0] if len(nodes) == 1 else ast.BoolOp(ast.And(), list(nodes))


def any_of(*nodes: ast.expr) -> ast.expr:
    """`a or b or …`."""
    return nodes[0] if len(nodes) == 1 else ast.BoolOp(ast.Or(), list(nodes))


def tuple_of(*nodes: ast.expr) -> ast.expr:
    """`(a, b, …)`."""
    return ast.Tuple(list(nodes), _LOAD)


def item(node: ast.expr, key: ast.expr) -> ast.expr:
    """`node[key]`."""
    return ast.Subscript(node, key, _LOAD)


def put(node: ast.expr, key: ast.expr, value: ast.expr) -> ast.stmt:
    """`node[key] = value`."""
    return ast.Assign([ast.Subscript(node, key, _STORE)], value)


def assign(name: str, value: ast.expr) -> ast.stmt:
    """`name = value`."""
    return ast.Assign([ast.Name(name, _STORE)], value)


def do(node: ast.expr) -> ast.stmt:
    """An expression for its effect."""
    return ast.Expr(node)


def when(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt] | None = None) -> ast.stmt:
    """`if test: … else: …`."""
    return ast.If(test, then, otherwise or [])


def loop(index: str, name: str, rows: ast.expr, body: list[ast.stmt], start: ast.expr) -> ast.stmt:
    """`for index, name in enumerate(rows, start): …`."""
    target = ast.Tuple([ast.Name(index, _STORE), ast.Name(name, _STORE)], _STORE)
    return ast.For(target, call("enumerate", rows, start), body, [])


def attempt(body: list[ast.stmt], error: str, name: str, handler: list[ast.stmt]) -> ast.stmt:
    """`try: … except error as name: …`."""
    return ast.Try(body, [ast.ExceptHandler(load(error), name, handler)], [], [])


def joined(*parts: ast.expr) -> ast.expr:
    """An f-string of the parts."""
    values: list[ast.expr] = [
        each if isinstance(each, ast.Constant) else ast.FormattedValue(each, -1, None) for each in parts
    ]
    return ast.JoinedStr(values)


def function(name: str, parameters: list[str], body: list[ast.stmt]) -> ast.FunctionDef:
    """`def name(parameters): …`."""
    arguments = ast.arguments([], [ast.arg(each) for each in parameters], None, [], [], None, [])
    return ast.FunctionDef(name, arguments, body, [], None)


def located(module: ast.Module) -> ast.Module:
    """The module with a position in every node, as `compile` wants it; there is no text that it could be of.

    It does what `ast.fix_missing_locations` does, in a third of the time: that is felt at the start of each command.
    """
    waiting: list[Any] = list(module.body)
    while waiting:
        node = waiting.pop()
        parts = node.__dict__
        if "lineno" in parts:
            continue
        for each in parts.values():
            if isinstance(each, list):
                waiting += [inner for inner in each if isinstance(inner, _INSIDE)]
            elif isinstance(each, _INSIDE):
                waiting.append(each)
        if not isinstance(node, ast.arguments):
            node.lineno = node.end_lineno = 1
            node.col_offset = node.end_col_offset = 0
    return module
