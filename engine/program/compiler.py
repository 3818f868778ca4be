"""Checked rules become Python functions: all of a rule set in one module, built as syntax and compiled once.

The body of a map takes `(rt, out, b_contract, row)` and fills `out`, a `Row`: the parameters, and for each of them the
trace of where it came from, from the same evaluation. The body of a `read` block fills terms in the same way, without a
contract. An expression beside a body, such as a key, is a function of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..functions import FUNCTIONS, minus, plain, plus, times
from ..validate import ir
from ..validate.walks import id_stores
from . import build as py
from .expressions import Frame, expression
from .runtime import Trace, known
from .statements import FAULTS, Body, static_trace
from .values import lookup, present_fields, present_items, whole_units

_GIVEN: dict[str, Any] = {
    "plain": plain,
    "plus": plus,
    "minus": minus,
    "times": times,
    "known": known,
    "FAULTS": FAULTS,
    "present_items": present_items,
    "present_fields": present_fields,
    "whole_units": whole_units,
} | {f"f_{name}": each.body for name, each in FUNCTIONS.items() if each.body is not None}
"""What the module of a rule set can call."""


@dataclass(frozen=True, slots=True)
class Expr:
    """One expression of the rules: its function, what is known of it before any order, and what its value is for."""

    function: Callable[..., Any]
    trace: Trace
    purpose: str


@dataclass(frozen=True, slots=True)
class CompiledMap:
    """A map rule, ready to run. `ids` say where the Stripe id of what it makes is kept: the record of each store."""

    rule: ir.Map
    rows: Expr
    key: Expr
    when: Expr | None
    on: Expr | None
    ids: tuple[tuple[ir.Store, Expr], ...]
    body: Callable[..., None]


@dataclass(frozen=True, slots=True)
class CompiledRead:
    """A `read` block, ready to run."""

    rule: ir.Read
    body: Callable[..., None]


@dataclass(frozen=True, slots=True)
class Compiled:
    """All functions of a rule set."""

    maps: tuple[CompiledMap, ...]
    reads: tuple[CompiledRead, ...]
    sync: Expr | None
    filters: Mapping[str, Expr]


def compiled(rules: ir.CheckedRules) -> Compiled:
    """The functions of a rule set."""
    module = _Module(rules)
    maps = [module.map(each) for each in rules.maps]
    reads = [module.body(each, f"read {each.target}", ["rt", "out", "row"]) for each in rules.reads]
    sync = rules.sync
    taken = sync and module.expr(sync.when, "sync", "the sync predicate", (sync.name, ["rt", "row"]))
    filters = {
        each.object: module.expr(each.when, f"sync {each.object}", "the sync predicate", (each.name, ["rt", "row"]))
        for each in rules.filters
    }
    done = module.executed()
    return Compiled(
        tuple(each(done) for each in maps),
        tuple(CompiledRead(rule, done[name]) for rule, name in zip(rules.reads, reads, strict=True)),
        taken(done) if taken else None,
        {name: each(done) for name, each in filters.items()},
    )


Functions = dict[str, Callable[..., Any]]
"""The functions of an executed module by the names that the module gave them."""


class _Module:
    """Gathers functions. What it answers to each request is made real by the functions once the module is executed."""

    def __init__(self, rules: ir.CheckedRules) -> None:
        self.rules = rules
        self.functions: list[ast.stmt] = []
        self.globals: dict[str, Any] = dict(_GIVEN)
        self.globals |= {f"lookup_{each.name}": lookup(each) for each in rules.lookups.values()}

    def executed(self) -> Functions:
        """The functions, after everything was added."""
        module = py.located(ast.Module(self.functions, []))
        exec(compile(module, f"<rules {self.rules.name}>", "exec"), self.globals)  # noqa: S102 - the syntax is our own
        return self.globals

    def add(self, row: str, parameters: list[str], body: list[ast.stmt]) -> str:
        """A function whose parameter `row` the rules know by a name of their own; the name of the function."""
        name = f"r{len(self.functions)}"
        bound = [py.assign(f"b_{row}", py.load("row"))] if "row" in parameters else []
        self.functions.append(py.function(name, parameters, [*bound, *body]))
        return name

    def expr(
        self,
        node: ir.Node,
        scope: str,
        purpose: str,
        takes: tuple[str, list[str]],
        conditions: tuple[ir.Node, ...] = (),
    ) -> Callable[[Functions], Expr]:
        """One expression, or nothing where a condition does not hold; `takes` is the row's name and the parameters."""
        frame = Frame(self.globals, self.rules.sensitive_fields)
        value = expression(node, frame)
        if conditions:
            frame = Frame(frame.constants, frame.sensitive_fields, count=frame.count)  # it is they that refuse a value
            value = py.either(py.every(*(expression(each, frame) for each in conditions)), value, py.const(None))
        trace = static_trace("expression", (*conditions, node)[0].span, scope, frame)
        name = self.add(*takes, [ast.Return(value)])
        return lambda done: Expr(done[name], trace, purpose)

    def body(self, node: ir.Map | ir.Read, scope: str, parameters: list[str]) -> str:
        """The statements of a block as a function; its name."""
        statements = Body(self.globals, self.rules.sensitive_fields, scope).statements(node.body)
        start = py.assign("params", py.attr(py.load("out"), "params"))
        return self.add(node.name, parameters, [start, *statements])

    def map(self, node: ir.Map) -> Callable[[Functions], CompiledMap]:
        """A map rule with all its expressions."""
        scope = f"map {node.resource}" + ("" if node.operation == "create" else f" {node.operation}")
        takes = (node.name, ["rt", "b_contract", "row"])
        body = self.body(node, scope, ["rt", "out", "b_contract", "row"])
        rows = self.expr(node.rows, scope, "the rows", (node.name, ["rt", "b_contract"]))
        key = self.expr(node.key, scope, "the key", takes)
        when = node.when and self.expr(node.when, scope, "a condition", takes)
        on = node.on and self.expr(node.on, scope, "the object that the call acts on", takes)
        ids = [(each, self.expr(each.holder, scope, "a condition", takes, each.conditions)) for each in id_stores(node)]
        return lambda done: CompiledMap(
            node,
            rows(done),
            key(done),
            when(done) if when else None,
            on(done) if on else None,
            tuple((store, made(done)) for store, made in ids),
            done[body],
        )
