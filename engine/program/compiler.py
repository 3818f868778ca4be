"""Checked rules become Python functions: one for each block, built as syntax and compiled once.

A function of a map takes `(rt, out, b_contract, b_row)` and fills `out`, a `Row`: the parameters, and for each of them the
trace of where it came from, from the same evaluation. A function of a `read` block fills terms in the same way.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from ..diagnostics import Span
from ..validate import ir
from . import build as py
from .expressions import Frame, Leaf, expression
from .functions import BODIES, ValueFaultError, minus, plain, plus, times
from .runtime import Alternative, RuleFailureError, Trace, known
from .words import described, joined

FAULTS = (ValueFaultError, RuleFailureError, ArithmeticError)
"""What compiled rules raise over a value that they cannot use; each becomes a finding."""


class Compiler:
    """Gathers the functions of a rule set in one module and compiles it."""

    def __init__(self, rules: ir.CheckedRules) -> None:
        self.rules = rules
        self.functions: list[ast.stmt] = []
        self.globals: dict[str, Any] = {f"f_{name}": body for name, body in BODIES.items()}
        self.globals |= {
            "plain": plain,
            "plus": plus,
            "minus": minus,
            "times": times,
            "known": known,
            "FAULTS": FAULTS,
            "present_items": _present_items,
            "present_fields": _present_fields,
            "whole_units": _whole_units,
        }
        self.traces: dict[str, Trace] = {}
        for lookup in rules.lookups.values():
            self.globals[f"lookup_{lookup.name}"] = _lookup(lookup)

    def compiled(self) -> dict[str, Callable[..., Any]]:
        """The functions by name, after everything was added."""
        module = py.located(ast.Module(self.functions, []))
        exec(compile(module, f"<rules {self.rules.name}>", "exec"), self.globals)  # noqa: S102 - the syntax is our own
        return self.globals

    def frame(self) -> Frame:
        """A frame whose constants become globals of the module."""
        return Frame(self.globals, self.rules.sensitive_fields)

    def plain_function(
        self, name: str, parameters: list[str], node: ir.Node, conditions: Sequence[ir.Node] = (), *, scope: str = ""
    ) -> None:
        """A function that gives the value of one expression, or nothing where a condition does not hold."""
        frame = self.frame()
        value = expression(node, frame)
        if conditions:
            value = py.either(py.every(*(expression(each, frame) for each in conditions)), value, py.const(None))
        self.functions.append(py.function(name, parameters, [ast.Return(value)]))
        self.traces[name] = static_trace("expression", (*conditions, node)[0].span, scope, frame)

    def map_function(self, name: str, node: ir.Map) -> None:
        """The function of a map rule's body."""
        scope = f"map {node.resource}" + ("" if node.operation == "create" else f" {node.operation}")
        body = _Body(self, scope, "params", py.const(""))
        statements = body.statements(node.body)
        start = [py.assign("params", py.attr(py.load("out"), "params"))]
        self.functions.append(
            py.function(name, ["rt", "out", "b_contract", f"b_{node.name}"], start + statements)
            if node.name != "contract"
            else py.function(name, ["rt", "out", "b_contract", "_row"], start + statements)
        )

    def read_function(self, name: str, node: ir.Read) -> None:
        """The function of a `read` block's body."""
        body = _Body(self, f"read {node.target}", "params", py.const(""))
        statements = body.statements(node.body)
        start = [py.assign("params", py.attr(py.load("out"), "params"))]
        self.functions.append(py.function(name, ["rt", "out", f"b_{node.name}"], start + statements))


class _Body:
    """Compiles statements that write into one dictionary. `prefix` is the pointer of that dictionary."""

    def __init__(self, compiler: Compiler, scope: str, target: str, prefix: ast.expr) -> None:
        self.compiler = compiler
        self.scope = scope
        self.target = target
        self.prefix = prefix
        self.written: set[tuple[str, ...]] = set()

    def statements(self, nodes: Sequence[ir.Statement]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for node in nodes:
            frame = self.compiler.frame()
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

    # --- pieces ---

    def pointer(self, path: tuple[str, ...]) -> ast.expr:
        """The JSON pointer of a path: a constant, or the list's part and a constant."""
        tail = "".join("/" + each.replace("~", "~0").replace("/", "~1") for each in path)
        if isinstance(self.prefix, ast.Constant):
            return py.const(str(self.prefix.value) + tail)
        return py.joined(self.prefix, py.const(tail))

    def container(self, path: tuple[str, ...]) -> ast.expr:
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
        value = expression(node.value, frame)
        how = "mapped" if frame.leaves else "setting" if _is_setting(node.value) else "constant"
        if how == "setting" and isinstance(node.value, ir.Const):
            frame.via.append(f"settings.{node.value.setting}")
        trace, holders = self.trace(node, how, frame)
        sensitive = trace_of(trace, frame).sensitive
        pointer = self.pointer(node.path)
        out = py.load("out")
        name = frame.fresh("v")
        body: list[ast.stmt] = [py.assign(name, value)]
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
            stored.append(self.left("default", node, described(node.default), self.compiler.frame(), pointer))
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
            default = expression(node.default, inner)
            default_trace, default_holders = self.trace(node, "default", inner)
            statements = [
                py.put(self.container(node.path), py.const(node.path[-1]), default),
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
        rows, index, made, inside = frame.fresh("rows"), frame.fresh("i"), frame.fresh("list"), frame.fresh("item")
        suffix = "_".join(node.path).replace("-", "_") + f"_{id(node)}"
        rows, index, made, inside = (f"{each}_{suffix}" for each in (rows, index, made, inside))
        value = expression(node.rows, frame)
        at = f"at_{suffix}"
        list_pointer = self.pointer(node.path)
        pointer = (
            py.joined(py.const(str(list_pointer.value) + "/"), py.load(index))
            if isinstance(list_pointer, ast.Constant)
            else py.joined(list_pointer, py.const("/"), py.load(index))
        )
        body = _Body(self.compiler, self.scope, inside, py.load(at))
        inner = body.statements(node.body)
        step = [
            py.assign(inside, ast.Dict([], [])),
            py.assign(at, pointer),
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
        message = expression(node.message, frame, redact=True)
        trace, holders = self.trace(node, "report", frame)
        out = py.load("out")
        said = [py.do(py.method(out, "report", py.const(node.severity), py.const(node.code), message, trace))]
        handler = [
            py.do(py.method(out, "fault", py.load("error"), trace, holders, py.const(f"the message of {node.code}")))
        ]
        return self.guarded_try(node.conditions, frame, said, handler)

    def guarded_try(
        self, conditions: Sequence[ir.Node], frame: Frame, body: list[ast.stmt], handler: list[ast.stmt]
    ) -> list[ast.stmt]:
        return [py.attempt(self.guarded(conditions, frame, body), "FAULTS", "error", handler)]

    def store(self, node: ir.Store, frame: Frame) -> list[ast.stmt]:
        holder = expression(node.holder, frame)
        name = frame.fresh("s")
        parts = tuple(each if isinstance(each, str) else (each.name,) for each in node.parts)
        added = py.method(
            py.attr(py.load("out"), "stores"),
            "append",
            py.call(frame.constant(_store_field), py.load(name), py.const(node.field), frame.constant(parts)),
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


def _is_setting(node: ir.Node) -> bool:
    return isinstance(node, ir.Const) and node.setting is not None


def _store_field(record: Any, name: str, parts: tuple[Any, ...]) -> Any:
    from .runtime import StoreField

    return StoreField(record, name, parts)


def _present_items(items: tuple[Any, ...]) -> list[Any] | None:
    return [each for each in items if each is not None] or None


def _present_fields(pairs: tuple[tuple[str, Any], ...]) -> dict[str, Any] | None:
    return {name: value for name, value in pairs if value is not None} or None


def _whole_units(text: str) -> int:
    if not text.lstrip("-").isdigit():
        raise ValueFaultError(
            "E607", text, "is no whole number of the currency's smallest unit", "correct the amount in Salesforce"
        )
    return int(text)


def _lookup(node: ir.Lookup) -> Callable[[str], Any]:
    """A lookup as a function; a value that the schema does not list, and no `else` covers, is an error."""
    arms, other, name = node.arms, node.other, node.name

    def look(value: str) -> Any:
        arm = arms.get(value, other)
        if arm is None:
            raise ValueFaultError(
                "E608",
                value,
                f"is not among the values that the lookup `{name}` covers",
                "add it to the lookup, and to the picklist in the Salesforce schema file",
            )
        if arm.fail is not None:
            code, message = arm.fail
            raise RuleFailureError(code, str(message.value) if isinstance(message, ir.Const) else code)
        return arm.value

    return look
