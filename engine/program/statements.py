"""The statements of a block as Python: each writes into one dictionary, and notes where what it writes comes from."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from ..diagnostics import Span
from ..functions import ValueFaultError
from ..pointers import pointer
from ..validate import ir
from . import build as py
from .expressions import Frame, Leaf, expression
from .runtime import Alternative, RuleFailureError, StoreField, Trace
from .words import described, joined

FAULTS = (ValueFaultError, RuleFailureError, ArithmeticError)
"""What compiled rules raise over a value that they cannot use; each becomes a finding."""


class Body:
    """Compiles statements that write into one dictionary, the variable `target`. `prefix` is the pointer of it.

    `constants` become globals of the module, `secret` are the fields that are sensitive.
    """

    def __init__(
        self,
        constants: dict[str, Any],
        secret: frozenset[tuple[str, str]],
        scope: str,
        target: str = "params",
        prefix: ast.expr | None = None,
        depth: int = 0,
    ) -> None:
        self.constants = constants
        self.secret = secret
        self.scope = scope
        self.target = target
        self.prefix = prefix or py.const("")
        self.depth = depth
        self.written: set[tuple[str, ...]] = set()

    def statements(self, nodes: Sequence[ir.Statement]) -> list[ast.stmt]:
        """The statements of a block, one after the other."""
        out: list[ast.stmt] = []
        for node in nodes:
            frame = self.frame()
            match node:
                case ir.Assign():
                    body = self.assign(node, frame)
                case ir.Each():
                    body = self.each(node, frame)
                case ir.Report():
                    body = self.report(node, frame)
                case ir.Store():
                    body = self.store(node, frame)
            out += [py.assign(each, py.const(None)) for each in dict.fromkeys(frame.holders)]
            out += body
        return out

    def frame(self) -> Frame:
        """A frame whose constants become globals of the module."""
        return Frame(self.constants, self.secret)

    # --- pieces ---

    def pointer(self, path: tuple[str, ...]) -> ast.expr:
        """The JSON pointer of a path: a constant, or the list's part and a constant."""
        return below(self.prefix, pointer(*path))

    def container(self, path: tuple[str, ...]) -> ast.expr:
        """The dictionary that the last step of a path is written into."""
        node = py.load(self.target)
        for each in path[:-1]:
            node = py.method(node, "setdefault", py.const(each), ast.Dict([], []))
        return node

    def trace(self, node: ir.Assign | ir.Report, how: str, frame: Frame) -> tuple[ast.expr, ast.expr]:
        """The static trace as a global, and the holders of its fields as a tuple."""
        marked = isinstance(node, ir.Assign) and node.sensitive
        trace = static_trace(how, node.span, self.scope, frame, sensitive=marked)
        return frame.constant(trace), self.holders(frame)

    def holders(self, frame: Frame) -> ast.expr:
        """The holders of a frame's fields as a tuple, in the order of its trace."""
        return py.tuple_of(*(py.load(each.holder) for each in _leaves(frame)))

    def tested(self, conditions: Sequence[ir.Node], frame: Frame) -> tuple[list[ast.stmt], ast.expr, Frame]:
        """What comes before the test, the test, and the frame it was compiled in.

        A condition that refuses a value is a finding, and does not hold.
        """
        inner = Frame(frame.constants, frame.sensitive_fields, frame.holders, frame.count)
        test = py.every(*(expression(each, inner) for each in conditions))
        frame.count = inner.count
        if not any(_may_fail(each) for each in conditions):
            return [], test, inner
        holds = frame.fresh("c")
        trace = frame.constant(static_trace("condition", conditions[0].span, self.scope, inner))
        said = py.method(py.load("out"), "fault", py.load("error"), trace, self.holders(inner), py.const("a condition"))
        tried = py.attempt([py.assign(holds, test)], "FAULTS", "error", [py.do(said)])
        return [py.assign(holds, py.const(value=False)), tried], py.load(holds), inner

    def guarded(self, conditions: Sequence[ir.Node], frame: Frame, body: list[ast.stmt]) -> list[ast.stmt]:
        """The body under its conditions."""
        if not conditions:
            return body
        before, test, _ = self.tested(conditions, frame)
        return [*before, py.when(test, body)]

    def left(self, why: str, node: ir.Assign, text: str, frame: Frame, pointer: ast.expr) -> ast.stmt:
        """Notes what an assignment did not do; `frame` has compiled what the decision read."""
        leaves = _leaves(frame)
        fields = tuple((each.words, each.field, each.told) for each in leaves)
        alternative = frame.constant(Alternative(why, str(node.span), text, fields))
        return py.do(py.method(py.load("out"), "leave", pointer, alternative, self.holders(frame)))

    # --- statements ---

    def assign(self, node: ir.Assign, frame: Frame) -> list[ast.stmt]:
        """A parameter: its value, or what happens without one, under its conditions."""
        pointer = self.pointer(node.path)
        name = frame.fresh("v")
        body = self.value(node.value, node, frame, name, pointer)
        trace, holders = self.trace(node, how_of(node.value, frame), frame)
        sensitive = trace_of(trace, frame).sensitive
        out = py.load("out")
        if node.whole:
            body.append(
                py.when(
                    ast.Compare(py.call("type", py.load(name)), [ast.Is()], [py.load("str")]),
                    [py.assign(name, py.call("whole_units", py.load(name)))],
                )
            )
        stored = [
            py.put(self.container(node.path), py.const(node.path[-1]), py.load(name)),
            py.put(py.attr(out, "traces"), pointer, py.tuple_of(trace, holders)),
        ]
        if sensitive:
            stored.append(py.do(py.method(py.attr(out, "sensitive"), "append", pointer)))
        if node.default is not None:
            stored.append(self.left("default", node, described(node.default), self.frame(), pointer))
        if node.path in self.written:
            clash = ast.Compare(pointer, [ast.In()], [py.attr(out, "traces")])
            stored = [py.when(clash, [py.do(py.method(out, "twice", trace, pointer))], stored)]
        body.append(
            py.when(py.is_not_none(py.load(name)), stored, self.absent(node, frame, trace, holders, pointer, sensitive))
        )
        handler = [py.do(py.method(out, "fault", py.load("error"), trace, holders, py.const(".".join(node.path))))]
        tried = [py.attempt(body, "FAULTS", "error", handler)]
        self.written.add(node.path)
        if not node.conditions:
            return tried
        before, test, inner = self.tested(node.conditions, frame)
        skipped = [
            py.do(py.method(py.attr(out, "omitted"), "setdefault", pointer, py.const("its condition is false"))),
            self.left("condition", node, joined(node.conditions), inner, pointer),
        ]
        return [*before, py.when(test, tried, skipped)]

    def value(
        self, node: ir.Node, assign: ir.Assign, frame: Frame, name: str, at: ast.expr, *, how: str | None = None
    ) -> list[ast.stmt]:
        """Puts the value of an expression into a variable; the elements of a written list say each where they come from."""
        if not isinstance(node, ir.Items | ir.Fields):
            return [py.assign(name, expression(node, frame))]
        is_list = isinstance(node, ir.Items)
        inside = [("", each) for each in node.items] if isinstance(node, ir.Items) else list(node.fields)
        out = [py.assign(name, ast.List([], ast.Load()) if is_list else ast.Dict([], []))]
        for key, each in inside:
            made, place = frame.fresh("v"), frame.fresh("at")
            here = element(at, py.call("len", py.load(name))) if is_list else below(at, pointer(key))
            inner = Frame(frame.constants, frame.sensitive_fields, frame.holders, frame.count)
            made_of = self.value(each, assign, inner, made, py.load(place), how=how)
            trace, holders = self.trace(assign, how or how_of(each, inner), inner)
            kept = [
                py.do(py.method(py.load(name), "append", py.load(made)))
                if is_list
                else py.put(py.load(name), py.const(key), py.load(made))
            ]
            if not isinstance(each, ir.Items | ir.Fields):
                noted = py.put(py.attr(py.load("out"), "traces"), py.load(place), py.tuple_of(trace, holders))
                kept.append(noted)
            out += [py.assign(place, here), *made_of, py.when(py.is_not_none(py.load(made)), kept)]
            frame.count = inner.count
            frame.leaves += inner.leaves
            frame.via += inner.via
        return [*out, py.assign(name, py.any_of(py.load(name), py.const(None)))]

    def absent(
        self,
        node: ir.Assign,
        frame: Frame,
        trace: ast.expr,
        holders: ast.expr,
        pointer: ast.expr,
        sensitive: bool,  # noqa: FBT001
    ) -> list[ast.stmt]:
        """What happens when the source is absent: the default, an error, or a parameter left out."""
        out = py.load("out")
        if node.default is not None:
            inner = Frame(frame.constants, frame.sensitive_fields, frame.holders, frame.count + 1000)
            name = inner.fresh("v")
            made = self.value(node.default, node, inner, name, pointer, how="default")
            default_trace, default_holders = self.trace(node, "default", inner)
            statements = [
                *made,
                py.put(self.container(node.path), py.const(node.path[-1]), py.load(name)),
                py.put(py.attr(out, "traces"), pointer, py.tuple_of(default_trace, default_holders)),
                self.left("absent", node, described(node.value), frame, pointer),
            ]
            if sensitive:
                statements.append(py.do(py.method(py.attr(out, "sensitive"), "append", pointer)))
            return statements
        if node.required:
            message = expression(node.message, frame, redact=True) if node.message else py.const(None)
            return [py.do(py.method(out, "missing", trace, holders, message, py.const(".".join(node.path))))]
        return [
            py.do(py.method(py.attr(out, "omitted"), "setdefault", pointer, py.const("source absent"))),
            self.left("absent", node, described(node.value), frame, pointer),
        ]

    def each(self, node: ir.Each, frame: Frame) -> list[ast.stmt]:
        """A list parameter: its names in the function carry the depth, so that a list inside has others."""
        rows, index, made, inside, at = (f"{each}_{self.depth}" for each in ("rows", "i", "list", "item", "at"))
        value = expression(node.rows, frame)
        list_pointer = self.pointer(node.path)
        body = Body(self.constants, self.secret, self.scope, inside, py.load(at), self.depth + 1)
        inner = body.statements(node.body)
        step = [
            py.assign(inside, ast.Dict([], [])),
            py.assign(at, element(list_pointer, py.load(index))),
            *inner,
            py.do(py.method(py.load(made), "append", py.load(inside))),
        ]
        stored = py.put(self.container(node.path), py.const(node.path[-1]), py.load(made))
        statements = [
            py.assign(rows, py.any_of(value, py.tuple_of())),
            py.assign(
                made, py.method(self.container(node.path), "get", py.const(node.path[-1]), ast.List([], ast.Load()))
            ),
            py.loop(index, f"b_{node.name}", py.load(rows), step, py.call("len", py.load(made))),
            py.when(py.load(made), [stored]),
        ]
        return self.guarded(node.conditions, frame, statements)

    def report(self, node: ir.Report, frame: Frame) -> list[ast.stmt]:
        """A finding of the rules' own."""
        message = expression(node.message, frame, redact=True)
        trace, holders = self.trace(node, "report", frame)
        out = py.load("out")
        said = [py.do(py.method(out, "report", py.const(node.severity), py.const(node.code), message, trace))]
        handler = [
            py.do(py.method(out, "fault", py.load("error"), trace, holders, py.const(f"the message of {node.code}")))
        ]
        return [py.attempt(self.guarded(node.conditions, frame, said), "FAULTS", "error", handler)]

    def store(self, node: ir.Store, frame: Frame) -> list[ast.stmt]:
        """A write-back."""
        holder = expression(node.holder, frame)
        name = frame.fresh("s")
        parts = tuple(each if isinstance(each, str) else (each.name,) for each in node.parts)
        added = py.method(
            py.attr(py.load("out"), "stores"),
            "append",
            py.call(frame.constant(StoreField), py.load(name), py.const(node.field), frame.constant(parts)),
        )
        body = [py.assign(name, holder), py.when(py.is_not_none(py.load(name)), [py.do(added)])]
        return self.guarded(node.conditions, frame, body)


def static_trace(how: str, span: Span, scope: str, frame: Frame, *, sensitive: bool = False) -> Trace:
    """What is known of an expression before any order; `frame` has just compiled it."""
    leaves = _leaves(frame)
    secret = sensitive or any(each.sensitive for each in leaves)
    return Trace(
        how, str(span), span, scope, tuple(each.field for each in leaves), tuple(dict.fromkeys(frame.via)), secret
    )


def _leaves(frame: Frame) -> list[Leaf]:
    return list({(each.holder, each.field): each for each in frame.leaves}.values())


def _may_fail(node: ir.Node) -> bool:
    """Whether an expression can refuse a value: paths and comparisons of what they lead to cannot."""
    match node:
        case ir.Const() | ir.Walk():
            return False
        case ir.Operation():
            return node.operator in ("+", "-", "*", "negative") or any(_may_fail(each) for each in node.operands)
    return True


def trace_of(node: ast.expr, frame: Frame) -> Trace:
    """The trace that a constant of the frame stands for."""
    assert isinstance(node, ast.Name)  # noqa: S101 - traces are always globals
    trace: Trace = frame.constants[node.id]
    return trace


def how_of(node: ir.Node, frame: Frame) -> str:
    """How a value is made, as its provenance says; `frame` has just compiled it, and is told which setting it is."""
    if frame.leaves:
        return "mapped"
    if isinstance(node, ir.Const) and node.setting is not None:
        frame.via.append(f"settings.{node.setting}")
        return "setting"
    return "constant"


def below(prefix: ast.expr, tail: str) -> ast.expr:
    """The pointer of something below another: a constant where that is one."""
    if isinstance(prefix, ast.Constant):
        return py.const(str(prefix.value) + tail)
    return py.joined(prefix, py.const(tail))


def element(prefix: ast.expr, place: ast.expr) -> ast.expr:
    """The pointer of an element of a list whose place is known at run time."""
    if isinstance(prefix, ast.Constant):
        return py.joined(py.const(str(prefix.value) + "/"), place)
    return py.joined(prefix, py.const("/"), place)
