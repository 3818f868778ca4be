"""Whether a value fits the Stripe parameter it goes into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..diagnostics import closest
from ..syntax import ast, printer
from . import ir
from .paths import row_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..diagnostics import Span
    from ..schema.stripe import Node
    from .scope import World

_WHOLE_THINGS = ("record", "model", "list", "object", "never")
_MOST = 12


@dataclass(frozen=True, slots=True)
class ParameterTarget:
    """A parameter: its path, and its schema node."""

    path: tuple[str, ...]
    node: Node

    @property
    def label(self) -> str:
        """The path as rules write it."""
        return ".".join(self.path)


def locate(path: tuple[str, ...], root: Node, place: ast.Place, world: World, where: str) -> ParameterTarget | None:
    """The schema node of a parameter's path below `root`; an unknown step is a fault. `where` names the root."""
    node = root
    for at, name in enumerate(path):
        span = _segment_span(place, len(path), at)
        above = ".".join(path[:at])
        if node.kind == "map":
            if at + 1 < len(path):
                words = f"`{above}` holds texts, so `{name}` has nothing inside it"
                fix = f"{printer.quoted('.'.join(path[at:]))} in quotes is one key"
                world.fault("E201", words, span, fix=fix)
                return None
            return ParameterTarget(path, node.value or node)
        if node.kind == "list":
            rest = printer.dotted(path[at:])
            fix = f"each {printer.dotted(path[:at])} from … as row {{ {rest} = … }}"
            world.fault("E243", f"`{above}` is a list, so its elements have `{name}`, not itself", span, fix=fix)
            return None
        child = node.properties.get(name) if node.kind == "object" else None
        if child is None:
            _unknown(path, at, node, span, world, where)
            return None
        node = child
    return ParameterTarget(path, node)


def _unknown(path: tuple[str, ...], at: int, node: Node, span: Span, world: World, where: str) -> None:
    holder = ".".join((where, *path[:at]))
    if node.kind != "object":
        words = f"`{holder}` takes {node.expectation()}, so it has no `{path[at]}`"
        world.fault("E201", words, span, fix=f"assign the parameter itself: {printer.dotted(path[:at])} = …")
        return
    near = closest(path[at], node.properties)
    fix = f"its parameters are {few(sorted(node.properties))}"
    fix = world.line(span, near) if near else fix
    world.fault("E201", f"{holder} has no parameter `{path[at]}` in {world.stripe_version}", span, fix=fix)


def fits(target: ParameterTarget, value: ir.Node, written: ast.Expression, world: World) -> bool:
    """Whether a value is what a parameter takes; where it is not, a fault at the expression as it is `written`."""
    return _Fit(target, world).check(target.node, value, written)


class _Fit:
    """One value against one parameter; faults go to the world."""

    def __init__(self, target: ParameterTarget, world: World) -> None:
        self.target = target
        self.label = target.label
        self.world = world

    def fault(self, code: str, message: str, written: ast.Expression, fix: str | None) -> bool:
        self.world.fault(code, message, written.span, fix=fix)
        return False

    def line(self, written: ast.Expression, right: str) -> str:
        """The source line with another value: the corrected line."""
        return self.world.line(written.span, right)

    def check(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        given = value.type
        word = value.value if isinstance(value, ir.Const) and isinstance(value.value, str) else None
        # An empty text takes away what was set before, where Stripe says so.
        if word in want.constants or (word == "" and want.clearable):
            return True
        if want.kind == "list":
            return self.items(want, value, written)
        if want.kind in {"object", "map"}:
            if isinstance(value, ir.Fields):
                return self.object(want, value, written)
            fix = f"assign what is inside it: {self.label}.… = …"
            return self.fault(
                "E210", f"`{self.label}` takes {want.expectation()}, this is {given.present}", written, fix
            )
        if given.kind in _WHOLE_THINGS:
            code = "E242" if given.kind == "list" else "E210"
            fix = "name one value"
            if given.kind in {"record", "model"}:
                made = want.refers if want.refers in self.world.made else None
                reference = f"ref({made}, {printer.expression(written)})" if made else None
                fix = (
                    self.line(written, reference)
                    if reference
                    else f"name a field of it: {printer.expression(written)}.…"
                )
            return self.fault(code, f"`{self.label}` takes {want.expectation()}, this is {given.present}", written, fix)
        by_kind = {
            "text": self.text,
            "integer": self.integer,
            "decimal": self.decimal,
            "number": self.number,
            "boolean": self.boolean,
            "timestamp": self.timestamp,
            "enum": self.enum,
            "union": self.union,
        }
        return by_kind[want.kind](want, value, written)

    # --- one method for each kind of parameter ---

    def text(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        given = value.type
        if given.kind == "ref":
            expected = want.refers
            if expected is None or given.name == expected:
                return True
            words = f"`{self.label}` takes a {expected}, this is a reference to a {given.name}"
            made = self.world.made.get(expected)
            row = None
            if isinstance(written, ast.Call) and made == self.world.made.get(given.name):
                row = printer.expression(written.arguments[-1])
            row = row or (row_path(made, self.world) if made else None)
            fix = f"refer to the {expected}, when a rule makes it: ref({expected}, …)"
            fix = self.line(written, f"ref({expected}, {row})") if row else fix
            return self.fault("E225", words, written, fix)
        if given.kind != "text":
            words = f"`{self.label}` takes a text, this is {given.present}"
            return self.fault("E210", words, written, self.line(written, f"text({printer.expression(written)})"))
        return self.length(want, value, written)

    def length(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        limit, longest = want.max_length, value.type.max_length
        if limit is None or longest is None or longest <= limit:
            return True
        if isinstance(value, ir.Const):
            words = f"`{self.label}` takes at most {limit} characters, this has {longest}"
            return self.fault("E246", words, written, f"shorten it by {longest - limit}")
        words = f"`{self.label}` takes at most {limit} characters, this may have {longest}"
        self.fault("W246", words, written, self.line(written, f"truncate({printer.expression(written)}, {limit})"))
        return True

    def integer(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        given, is_amount = value.type, want.unit == "minor"
        if given.kind == "int" and (isinstance(value, ir.Const) or not is_amount):
            return True
        if is_amount:
            return given.kind == "minor" or self.minor(value, written)
        text = printer.expression(written)
        words = f"`{self.label}` takes a whole number, this is {given.present}"
        if given.kind == "text":
            conversion = f"net_days({text})" if self.label.endswith("days_until_due") else f"whole(number({text}))"
            return self.fault("E211", words, written, self.line(written, self.digits(value) or conversion))
        if given.kind != "decimal":
            return self.fault("E210", words, written, None)
        fraction = isinstance(value, ir.Const) and value.value is not None and value.value != int(value.value)
        fix = "write a number without a fraction" if fraction else self.line(written, f"whole({text})")
        return self.fault("E215", words, written, fix)

    def minor(self, value: ir.Node, written: ast.Expression) -> bool:
        """An amount that is not in the currency's smallest unit."""
        given, text = value.type, printer.expression(written)
        if given.kind in {"int", "decimal", "money"}:
            call = f"minor_units({text})" if given.kind == "money" else f"minor_units({text}, contract.currency)"
            words = f"`{self.label}` is in the currency's smallest unit, this is in major units"
            return self.fault("E216", words, written, self.line(written, call))
        words = f"`{self.label}` takes an amount in the currency's smallest unit, this is {given.present}"
        if given.kind != "text":
            return self.fault("E210", words, written, None)
        right = self.digits(value) or f"minor_units(number({text}), contract.currency)"
        return self.fault("E211", words, written, self.line(written, right))

    def decimal(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        given = value.type
        if given.kind == "minor" or (isinstance(value, ir.Const) and given.kind in {"int", "decimal"}):
            return True
        return self.minor(value, written) if want.unit == "minor" else self.number(want, value, written)

    def number(self, _want: Node, value: ir.Node, written: ast.Expression) -> bool:
        given = value.type
        if given.kind in {"int", "decimal"}:
            return True
        words = f"`{self.label}` takes a number, this is {given.present}"
        if given.kind != "text":
            return self.fault("E210", words, written, None)
        right = self.digits(value) or f"number({printer.expression(written)})"
        return self.fault("E211", words, written, self.line(written, right))

    def digits(self, value: ir.Node) -> str | None:
        """The number that a constant text spells."""
        text = str(value.value) if isinstance(value, ir.Const) else ""
        return text if text.isascii() and text.isdigit() else None

    def boolean(self, _want: Node, value: ir.Node, written: ast.Expression) -> bool:
        if value.type.kind == "bool":
            return True
        words = f"`{self.label}` takes true or false, this is {value.type.present}"
        fix = self.line(written, f"{printer.expression(written)} is set") if value.type.optional else None
        if isinstance(value, ir.Const) and value.value in ("true", "false"):
            fix = self.line(written, str(value.value))
        return self.fault("E210", words, written, fix)

    def timestamp(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        given = value.type
        if given.kind == "timestamp":
            return True
        also = f" or {' or '.join(map(printer.quoted, want.constants))}" if want.constants else ""
        words = f"`{self.label}` takes seconds since 1970{also}, this is {given.present}"
        if given.kind in {"date", "datetime"}:
            return self.fault("E212", words, written, self.line(written, f"unix({printer.expression(written)})"))
        near = closest(str(value.value), want.constants) if isinstance(value, ir.Const) else None
        fix = self.line(written, printer.quoted(near)) if near else "unix(…) makes seconds of a date"
        return self.fault("E210", words, written, fix)

    def enum(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        given, values = value.type, want.values
        takes = f"`{self.label}` takes one of {few(values)}"
        if given.kind != "text":
            return self.fault("E210", f"{takes}; this is {given.present}", written, None)
        if given.values is None:
            fix = "map the values with a `lookup`, whose outcomes are known"
            return self.fault("E214", f"{takes}; this may be any text", written, fix)
        wrong = [each for each in given.values if each not in values and each not in want.constants]
        if not wrong:
            return True
        if isinstance(value, ir.Const):
            near = closest(wrong[0], values)
            words = f"`{self.label}` has no value {printer.quoted(wrong[0])} in {self.world.stripe_version}"
            fix = self.line(written, printer.quoted(near)) if near else f"its values are {few(values)}"
            return self.fault("E213", words, written, fix)
        shown = few([printer.quoted(each) for each in wrong])
        words = f"`{self.label}` does not take {shown}, which this may be"
        return self.fault("E213", words, written, f"its values are {few(values)}; map the others with a `lookup`")

    def union(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        kinds = {each.kind for each in want.arms}
        by_kind = {
            "decimal": self.decimal,
            "integer": self.integer,
            "text": self.text,
            "timestamp": self.timestamp,
            "boolean": self.boolean,
            "number": self.number,
        }
        return next((check(want, value, written) for kind, check in by_kind.items() if kind in kinds), True)

    # --- lists and objects ---

    def items(self, want: Node, value: ir.Node, written: ast.Expression) -> bool:
        if not isinstance(value, ir.Items) or not isinstance(written, ast.ListOf):
            if value.type.kind == "list":
                fix = f"each {self.label} from {printer.expression(written)} as row {{ … }}"
            else:
                fix = self.line(written, f"[{printer.expression(written)}]")
            return self.fault("E242", f"`{self.label}` is a list, this is {value.type.present}", written, fix)
        if want.max_items is not None and len(value.items) > want.max_items:
            words = f"`{self.label}` takes at most {want.max_items} elements, this list has {len(value.items)}"
            return self.fault("E246", words, written, f"remove {len(value.items) - want.max_items} of them")
        item = want.item
        if item is None:
            return True
        fitting = [self.check(item, each, source) for each, source in zip(value.items, written.items, strict=True)]
        return all(fitting)

    def object(self, want: Node, value: ir.Fields, written: ast.Expression) -> bool:
        entries = _entries(written)
        good = True
        for name, inner in value.fields:
            child = want.value if want.kind == "map" else want.properties.get(name)
            key, source = entries.get(name, (None, written))
            if child is None:
                near = closest(name, want.properties)
                span = key.span if key else written.span
                fix = self.world.line(span, near) if near else f"its parameters are {few(sorted(want.properties))}"
                self.world.fault("E201", f"`{self.label}` has no parameter `{name}`", span, fix=fix)
                good = False
            else:
                good = (
                    _Fit(ParameterTarget((*self.target.path, name), child), self.world).check(child, inner, source)
                    and good
                )
                if inner.type.optional and want.kind == "object" and name in want.required:
                    message = f"an element of `{self.label}` needs `{name}`, and this may be absent"
                    fix = f'{name}: first({printer.expression(source)}, "…")'
                    self.world.fault("E203", message, source.span, label=str(inner.type), fix=fix)
                    good = False
        given = {name for name, _ in value.fields}
        for name in sorted(want.required - given) if want.kind == "object" else ():
            good = self.fault("E202", f"an element of `{self.label}` needs `{name}`", written, f"add {name}: …")
        return good


def few(values: Sequence[str]) -> str:
    """The first dozen of some names."""
    return ", ".join(values[:_MOST]) + (", …" if len(values) > _MOST else "")


def _entries(written: ast.Expression) -> Mapping[str, tuple[ast.Name, ast.Expression]]:
    """The entries of a written object by key."""
    if not isinstance(written, ast.ObjectOf):
        return {}
    return {each.key.text: (each.key, each.value) for each in written.entries if isinstance(each.key, ast.Name)}


def _segment_span(place: ast.Place, length: int, at: int) -> Span:
    """Where a step of a path is written; the first ones may stand in the block around it."""
    offset = at - (length - len(place.segments))
    return place.segments[offset].span if 0 <= offset < len(place.segments) else place.span
