"""The statements of a map: parameters of a call, findings of the rules' own, and write-backs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..diagnostics import Label, closest
from ..syntax import ast, printer
from . import ir
from .assignments import check_default, check_message, fixed_absence, mark_sensitive, report, twice
from .expressions import check, conditions
from .parameters import fits, locate
from .stores import check_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..diagnostics import Span
    from ..schema.stripe import Node, Operation, Resource
    from .entries import BlockEntry
    from .scope import Scope, World


@dataclass(slots=True)
class _Seen:
    """What one object has been given: the entry at each path, and one of those inside each path."""

    at: dict[tuple[str, ...], BlockEntry] = field(default_factory=dict)
    inside: dict[tuple[str, ...], BlockEntry] = field(default_factory=dict)


class BodyChecker:
    """Checks the body of one map rule against the parameters of its operation."""

    def __init__(self, world: World, resource: Resource, operation: Operation) -> None:
        self.world = world
        self.resource = resource
        self.operation = operation
        self.whole = True
        """Whether every statement could be checked to its end."""

    def body(self, entries: Sequence[BlockEntry], scope: Scope, node: ast.Map) -> tuple[ir.Statement, ...]:
        """The checked statements of a whole map rule."""
        root = self.operation.params
        statements = self.statements(entries, root, scope, self.resource.name)
        self.needed(entries, root, node.resource.span, (), self.resource.name)
        return statements

    def statements(
        self, entries: Sequence[BlockEntry], root: Node, scope: Scope, where: str
    ) -> tuple[ir.Statement, ...]:
        """The checked statements of one object; `where` names it in findings."""
        out: list[ir.Statement] = []
        seen = _Seen()
        for entry in entries:
            each = entry.node if isinstance(entry.node, ast.Each) else None
            self.world.row_to_come = each.name.text if each is not None and each.name is not None else None
            inner, held = conditions(entry.conditions, scope, self.world)
            self.world.row_to_come = None
            if entry.path:
                self.overlap(entry, seen)
            checked: ir.Statement | None = None
            match entry.node:
                case ast.Assign():
                    checked = self.assign(entry, entry.node, root, inner, held, where)
                case ast.Each():
                    checked = self.each(entry, entry.node, root, inner, held, where)
                case ast.Report():
                    checked = report(entry.node, inner, held, self.world)
                case ast.Store():
                    operations = self.resource.operations.values()
                    checked = check_store(entry.node, inner, held, self.world, self.resource.name, operations)
                case _:
                    pass
            if checked is None:
                self.whole = False
            else:
                out.append(checked)
        return tuple(out)

    def overlap(self, entry: BlockEntry, seen: _Seen) -> None:
        """The same parameter twice, or a parameter and something inside it; two `each` make one list together."""
        before = seen.at.get(entry.path)
        both_lists = before is not None and isinstance(before.node, ast.Each) and isinstance(entry.node, ast.Each)
        if before is not None and not both_lists:
            twice(entry, before, self.world)
        steps = range(1, len(entry.path))
        around = next((seen.at[entry.path[:end]] for end in steps if entry.path[:end] in seen.at), None)
        other = around or seen.inside.get(entry.path)
        if other is not None:
            whole, inner = (other, entry) if around is not None else (entry, other)
            words = f"`{whole.label}` is assigned as a whole, and `{inner.label}` inside it"
            labels = (Label(_place(other).span, "the other one"),)
            self.world.fault("E228", words, _place(entry).span, labels=labels, fix="keep one of the two")
        seen.at.setdefault(entry.path, entry)
        for end in steps:
            seen.inside.setdefault(entry.path[:end], entry)

    def assign(
        self, entry: BlockEntry, node: ast.Assign, root: Node, scope: Scope, held: tuple[ir.Node, ...], where: str
    ) -> ir.Assign | None:
        """A checked assignment of a parameter."""
        world = self.world
        target = locate(entry.path, root, node.place, world, where)
        value = check(node.value, scope, world)
        default = check_default(node, value, scope, world)
        message = check_message(node, scope, world)
        if target is None or value is None:
            return None
        good = fits(target, value, node.value, world)
        if default is not None and node.default is not None:
            good = fits(target, default, node.default, world) and good
        self.absence(entry, node, root, value, where)
        if not good:
            return None
        if node.sensitive:
            mark_sensitive(value, world)
        required, whole = node.required is not None, target.node.kind == "integer"
        return ir.Assign(
            entry.path,
            value,
            node.span,
            held,
            default,
            required,
            message,
            node.sensitive,
            target.node.max_length,
            whole,
        )

    def absence(self, entry: BlockEntry, node: ast.Assign, root: Node, value: ir.Node, where: str) -> None:
        """An absent-able value must not feed a parameter that Stripe requires."""
        container = _container(root, entry.path)
        required = container is not None and container.kind == "object" and entry.path[-1] in container.required
        if not required or not value.type.optional or node.default is not None or node.required is not None:
            return
        words = "an absent-able field feeds a required Stripe parameter"
        labels = (Label(node.place.span, f"required by {where} in {self.world.stripe_version}"),)
        self.world.fault("E203", words, node.value.span, label=str(value.type), labels=labels, fix=fixed_absence(node))

    def each(
        self, entry: BlockEntry, node: ast.Each, root: Node, scope: Scope, held: tuple[ir.Node, ...], where: str
    ) -> ir.Each | None:
        """A checked list with one element for every row."""
        world = self.world
        target = locate(entry.path, root, node.place, world, where)
        rows = check(node.rows, scope, world) if node.rows else None
        if target is None or rows is None or node.rows is None:
            return None
        if target.node.kind != "list" or target.node.item is None:
            words = f"`{entry.label}` is no list, it takes {target.node.expectation()}"
            place = printer.place(node.place)
            fix = f"{place} {{ … }}" if target.node.kind == "object" else f"{place} = …"
            world.fault("E242", words, node.place.span, fix=fix)
            return None
        if rows.type.kind != "list" or rows.type.item is None:
            fix = "name a list of the contract model, such as contract.phases"
            world.fault("E230", f"`each` goes over a list, this is {rows.type.present}", node.rows.span, fix=fix)
            return None
        name = node.name or node.rows.names[-1]
        if name.text in scope.names:
            fix = f"name the row otherwise: each {printer.place(node.place)} from {node.rows} as …"
            world.fault("E255", f"`{name.text}` is the name of something else here", name.span, fix=fix)
            return None
        inner = scope.bind(name.text, rows.type.item)
        label = f"{where}.{entry.label}"
        body = self.statements(entry.body, target.node.item, inner, label)
        if target.node.item.kind == "object":
            self.needed(entry.body, target.node.item, node.place.span, (), label)
        return ir.Each(entry.path, rows, name.text, body, node.span, held)

    # --- what must be there ---

    def needed(
        self, entries: Sequence[BlockEntry], node: Node, span: Span, prefix: tuple[str, ...], where: str
    ) -> None:
        """Every required parameter of an object that is written at all must be written."""
        inside = [each for each in entries if each.path and each.path[: len(prefix)] == prefix]
        if prefix and not inside:
            return
        names = {each.path[len(prefix)] for each in inside if len(each.path) > len(prefix)}
        if prefix and not names:  # assigned as a whole
            return
        span = _place(inside[0]).span if prefix else span
        misspelt = {closest(each, node.properties) for each in names - node.properties.keys()}
        for name in sorted(node.required - names - misspelt):
            shown = ".".join((*prefix, name))
            description = node.properties[name].description if name in node.properties else ""
            meaning = description.partition(". ")[0].rstrip(".")
            notes = (f"{name}: {meaning}",) if meaning else ()
            words = f"{where} needs `{shown}` in {self.world.stripe_version}"
            self.world.fault("E202", words, span, notes=notes, fix=f"add: {shown} = …")
        self.meter(node, names, inside, prefix)
        for name in sorted(names):
            child = node.properties.get(name)
            if child is not None and child.kind == "object":
                self.needed(entries, child, span, (*prefix, name), where)

    def meter(self, node: Node, names: set[str], inside: Sequence[BlockEntry], prefix: tuple[str, ...]) -> None:
        """A price that may be metered needs its meter."""
        if prefix[-1:] != ("recurring",) or "meter" not in node.properties or "meter" in names:
            return
        entry = next((each for each in inside if each.path == (*prefix, "usage_type")), None)
        value = entry.node.value if entry is not None and isinstance(entry.node, ast.Assign) else None
        if entry is None or (isinstance(value, ast.Literal) and value.value == "licensed"):
            return
        fix = 'recurring.meter = settings.usage_meter  when price.usage_type == "metered"'
        words = "a metered price needs `recurring.meter`, and no rule gives it"
        self.world.fault("E248", words, _place(entry).span, fix=f"add: {fix}")


def _container(root: Node, path: tuple[str, ...]) -> Node | None:
    node: Node | None = root
    for name in path[:-1]:
        node = node.properties.get(name) if node is not None and node.kind == "object" else None
    return node


def _place(entry: BlockEntry) -> ast.Place:
    assert isinstance(entry.node, ast.Assign | ast.Each)  # noqa: S101 - only these have a path
    return entry.node.place
