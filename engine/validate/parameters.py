"""Whether a value fits the Stripe parameter it goes into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.diagnostics import Label, Severity, Span, closest
from engine.schema.stripe import Node
from engine.syntax import ast, printer
from engine.validate import ir
from engine.validate.expressions import World

_AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Target:
    """A parameter: its path, its schema node, and what Stripe requires around it."""

    path: tuple[str, ...]
    node: Node

    @property
    def label(self) -> str:
        """The path as rules write it."""
        return ".".join(self.path)


def locate(path: tuple[str, ...], root: Node, place: ast.Place, world: World, resource: str) -> Target | None:
    """The schema node of a parameter's path below `root`; an unknown step is a fault."""
    node = root
    for at, name in enumerate(path):
        span = _segment_span(place, len(path), at)
        if node.kind == "map":
            if at + 1 < len(path):
                world.fault("E201", f"{'.'.join(path[:at])} holds texts, so `{path[at]}` has nothing inside it", span,
                            fix=f'"{".".join(path[at:])}" in quotes is one key')
                return None
            return Target(path, node.value or node)
        if node.kind == "list":
            world.fault("E243", f"{'.'.join(path[:at])} is a list", span,
                        fix=f"each {'.'.join(path[:at])} from … as … {{ {'.'.join(path[at:])} = … }}")
            return None
        child = node.properties.get(name) if node.kind == "object" else None
        if child is None:
            _unknown(path, at, node, span, world, resource)
            return None
        node = child
    return Target(path, node)


def _unknown(path: tuple[str, ...], at: int, node: Node, span: Span, world: World, resource: str) -> None:
    version = world_version(world)
    where = f"{resource}{''.join('.' + each for each in path[:at])}"
    if node.kind != "object":
        world.fault("E201", f"`{where}` is {node.expectation()}, it has nothing inside it", span, fix=f"end the path at {where}")
        return
    near = closest(path[at], node.properties)
    fixed = ".".join((*path[:at], near, *path[at + 1 :])) if near else None
    world.fault("E201", f"{where} has no parameter `{path[at]}` in {version}", span,
                fix=fixed or f"its parameters are {_few(sorted(node.properties))}")


def world_version(world: World) -> str:
    """The Stripe version that is checked against."""
    return world.stripe_version


def fits(target: Target, value: ir.Node, node: ast.Assign, world: World) -> bool:
    """Records a fault where the value's type is not what the parameter takes."""
    return _Fit(target, node, world).check(target.node, value, node.value)


class _Fit:
    def __init__(self, target: Target, node: ast.Assign, world: World) -> None:
        self.target = target
        self.node = node
        self.world = world

    def fault(self, code: str, message: str, span: Span, fix: str | None, **more: Any) -> bool:
        place = Label(self.node.place.span, more.pop("label_text", ""))
        labels = (place,) if place.text else ()
        self.world.fault(code, message, span, fix=fix, labels=labels, **more)
        return False

    def line(self, value: str) -> str:
        """The assignment with another value: the corrected line."""
        words = [f"{'set ' if self.node.replaces else ''}{printer.place(self.node.place)} = {value}", *printer.modifiers(self.node)]
        return "  ".join(words)

    def check(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:  # noqa: PLR0911 - one line a kind
        given, label = value.type, self.target.label
        text = printer.expression(written)
        if isinstance(value, ir.Const) and isinstance(value.value, str) and value.value in want.constants:
            return True
        if want.kind == "list":
            return self.items(want, value, written)
        if want.kind in ("object", "map"):
            if isinstance(value, ir.Fields):
                return self.object(want, value)
            return self.fault("E210", f"`{label}` takes {want.expectation()}, this is {given.present}", written.span,
                              f"{label} {{ … }}")
        if given.kind in ("record", "model", "list", "object", "never"):
            return self.fault("E210", f"`{label}` takes {want.expectation()}, this is {given.present}", written.span,
                              f"name a field of it: {text}.…")
        check = getattr(self, f"_{want.kind}", None)
        return bool(check(want, value, text, written.span)) if check else True

    # --- one method for each kind of parameter ---

    def _text(self, want: Node, value: ir.Node, text: str, span: Span) -> bool:
        given, label = value.type, self.target.label
        expected = _expected_resource(label, self.world)
        if given.kind == "ref":
            if expected and given.name != expected:
                return self.fault("E225", f"`{label}` takes a {expected}, this is a reference to a {given.name}", span,
                                  f"ref({expected}, …)")
            return True
        if given.kind != "text":
            return self.fault("E210", f"`{label}` takes a text, this is {given.present}", span, self.line(f"text({text})"))
        return self.length(want, value, text, span)

    def length(self, want: Node, value: ir.Node, text: str, span: Span) -> bool:
        limit, longest = want.max_length, value.type.max_length
        if limit is None or longest is None or longest <= limit:
            return True
        if isinstance(value, ir.Const):
            return self.fault("E246", f"`{self.target.label}` takes at most {limit} characters, this has {longest}", span,
                              "shorten the text")
        self.fault("W246", f"`{self.target.label}` takes at most {limit} characters, this may have {longest}", span,
                   self.line(f"truncate({text}, {limit})"), severity=Severity.WARNING)
        return True

    def _integer(self, want: Node, value: ir.Node, text: str, span: Span) -> bool:
        given, label = value.type, self.target.label
        if given.kind == "int" or (given.kind == "minor" and _is_amount(label)):
            if _is_amount(label) and given.kind == "int" and not isinstance(value, ir.Const):
                return self.minor(value, text, span)
            return True
        if given.kind == "timestamp":
            return True if _is_moment(label) else self.fault("E210", f"`{label}` takes a whole number, this is a Timestamp", span, None)
        if given.kind == "text":
            return self.fault("E211", f"`{label}` takes a whole number, this is a text", span,
                              self.line(f"whole(number({text}))"))
        if _is_amount(label):
            return self.minor(value, text, span)
        fix = self.line(f"whole({text})") if given.kind == "decimal" else None
        return self.fault("E215", f"`{label}` takes a whole number, this is {given.present}", span, fix)

    def minor(self, value: ir.Node, text: str, span: Span) -> bool:
        given, label = value.type, self.target.label
        if given.kind in ("int", "decimal", "money"):
            call = f"minor_units({text})" if given.kind == "money" else f"minor_units({text}, contract.currency)"
            return self.fault("E216", f"`{label}` is in the currency's smallest unit, this is in major units", span, self.line(call))
        return self.fault("E211" if given.kind == "text" else "E210",
                          f"`{label}` takes an amount in the currency's smallest unit, this is {given.present}", span,
                          self.line(f"minor_units(number({text}), contract.currency)") if given.kind == "text" else None)

    def _decimal(self, _want: Node, value: ir.Node, text: str, span: Span) -> bool:
        given, label = value.type, self.target.label
        if given.kind == "minor" or (isinstance(value, ir.Const) and given.kind in ("int", "decimal")):
            return True
        if _is_amount(label):
            return self.minor(value, text, span)
        return self._number(_want, value, text, span)

    def _number(self, _want: Node, value: ir.Node, text: str, span: Span) -> bool:
        given, label = value.type, self.target.label
        if given.kind in ("int", "decimal"):
            return True
        code, fix = ("E211", self.line(f"number({text})")) if given.kind == "text" else ("E210", None)
        return self.fault(code, f"`{label}` takes a number, this is {given.present}", span, fix)

    def _boolean(self, _want: Node, value: ir.Node, text: str, span: Span) -> bool:
        if value.type.kind == "bool":
            return True
        fix = self.line(f"{text} is set") if value.type.optional else None
        return self.fault("E210", f"`{self.target.label}` takes true or false, this is {value.type.present}", span, fix)

    def _timestamp(self, want: Node, value: ir.Node, text: str, span: Span) -> bool:
        given, label = value.type, self.target.label
        if given.kind == "timestamp":
            return True
        if given.kind in ("date", "datetime"):
            return self.fault("E212", f"`{label}` takes seconds since 1970, this is a {given.present}", span,
                              self.line(f"unix({text})"))
        fix = f"it also takes {', '.join(map(repr, want.constants))}" if want.constants else "unix(…) makes one of a date"
        return self.fault("E210", f"`{label}` takes seconds since 1970, this is {given.present}", span, fix)

    def _enum(self, want: Node, value: ir.Node, text: str, span: Span) -> bool:
        given, label, values = value.type, self.target.label, want.values
        if given.kind != "text":
            return self.fault("E210", f"`{label}` takes one of {_few(values)}, this is {given.present}", span, None)
        if given.values is None:
            return self.fault("E214", f"`{label}` takes one of {_few(values)}, this may be any text", span,
                              "map the values with a `lookup`")
        wrong = [each for each in given.values if each not in values and each not in want.constants]
        if not wrong:
            return True
        if isinstance(value, ir.Const):
            near = closest(wrong[0], values)
            return self.fault("E213", f"`{label}` has no value {wrong[0]!r} in {world_version(self.world)}", span,
                              self.line(f'"{near}"') if near else f"its values are {_few(values)}")
        return self.fault("E213", f"`{label}` does not take {_few([repr(each) for each in wrong])}, which this may be", span,
                          f"its values are {_few(values)}; map the others with a `lookup`")

    def _union(self, want: Node, value: ir.Node, text: str, span: Span) -> bool:
        kinds = {each.kind for each in want.arms}
        for kind in ("decimal", "integer", "text", "timestamp", "boolean", "number"):
            if kind in kinds:
                return bool(getattr(self, f"_{kind}")(want, value, text, span))
        return True

    def items(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        if not isinstance(value, ir.Items) or not isinstance(written, ast.ListOf):
            return self.fault("E242", f"`{self.target.label}` is a list", written.span,
                              self.line(f"[{printer.expression(written)}]"))
        item = want.item
        if item is None:
            return True
        return all([self.check(item, each, source) for each, source in zip(value.items, written.items, strict=True)])

    def object(self, want: Node, value: ir.Fields) -> bool:
        good = True
        written = self.node.value
        entries = {e.key.text: e.value for each in _objects(written) for e in each.entries if isinstance(e.key, ast.Name)}
        for name, inner in value.fields:
            child = want.value if want.kind == "map" else want.properties.get(name)
            if child is None:
                near = closest(name, want.properties)
                good = self.fault("E201", f"`{self.target.label}` has no parameter `{name}`", inner.span,
                                  f"did you mean `{near}`?" if near else f"its parameters are {_few(sorted(want.properties))}")
            else:
                part = _Fit(Target((*self.target.path, name), child), self.node, self.world)
                good = part.check(child, inner, entries.get(name, written)) and good
        missing = sorted(want.required - {name for name, _ in value.fields}) if want.kind == "object" else []
        if missing:
            good = self.fault("E202", f"`{self.target.label}` needs `{missing[0]}`", value.span, f"add {missing[0]}: …")
        return good


def _objects(node: ast.Expression) -> list[ast.ObjectOf]:
    if isinstance(node, ast.ObjectOf):
        return [node, *(inner for each in node.entries for inner in _objects(each.value))]
    if isinstance(node, ast.ListOf):
        return [inner for each in node.items for inner in _objects(each)]
    return []


def _expected_resource(label: str, world: World) -> str | None:
    """The resource a parameter names: Stripe calls such a parameter as the resource, or from_ and the resource."""
    name = label.rpartition(".")[2].removeprefix("from_")
    name = {"promotion_code": "promotion_code", "meter": "billing_meter"}.get(name, name)
    return name if name in world.resources else None


def _is_amount(label: str) -> bool:
    return _AMOUNT in label.rpartition(".")[2].split("_")


def _is_moment(label: str) -> bool:
    return label.rpartition(".")[2] in ("timestamp", "end_date", "start_date", "trial_end", "due_date", "cancel_at")


def _few(values: Sequence[str], most: int = 12) -> str:
    return ", ".join(values[:most]) + (", …" if len(values) > most else "")


def _segment_span(place: ast.Place, length: int, at: int) -> Span:
    offset = at - (length - len(place.segments))
    return place.segments[offset].span if 0 <= offset < len(place.segments) else place.span
