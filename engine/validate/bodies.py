"""The statements of a block: parameters of a call, or terms of the contract model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.diagnostics import Label, Span, closest
from engine.schema.model import Definition
from engine.schema.stripe import Node
from engine.schema.types import Type, record_type
from engine.syntax import ast, printer
from engine.validate import ir
from engine.validate.expressions import Scope, World, check, condition, set_paths
from engine.validate.merge import Entry
from engine.validate.parameters import Target, fits, locate, world_version


class BodyChecker:
    """Checks the body of one map rule against the parameters of its operation."""

    def __init__(self, world: World, resource: str, action: str) -> None:
        self.world = world
        self.resource = resource
        self.action = action

    def body(self, entries: Sequence[Entry], root: Node, scope: Scope, node: ast.Map) -> tuple[ir.Statement, ...]:
        """The checked statements of a whole map rule."""
        statements = self.statements(entries, root, scope, self.resource)
        self.needed(entries, root, node.resource.span, (), entries)
        return statements

    def statements(self, entries: Sequence[Entry], root: Node, scope: Scope, where: str) -> tuple[ir.Statement, ...]:
        out: list[ir.Statement] = []
        seen: dict[tuple[str, ...], Entry] = {}
        for entry in entries:
            inner, conditions = narrowed(entry.conditions, scope, self.world)
            if entry.path:
                self.overlap(entry, seen)
            match entry.node:
                case ast.Assign():
                    checked: ir.Statement | None = self.assign(entry, entry.node, root, inner, conditions, where)
                case ast.Each():
                    checked = self.each(entry, entry.node, root, inner, conditions, where)
                case ast.Report():
                    checked = report(entry.node, inner, conditions, self.world)
                case ast.Store():
                    checked = self.store(entry.node, inner, conditions)
            if checked:
                out.append(checked)
        return tuple(out)

    def overlap(self, entry: Entry, seen: dict[tuple[str, ...], Entry]) -> None:
        """The same parameter twice, or a parameter and something inside it."""
        assert isinstance(entry.node, ast.Assign | ast.Each)  # noqa: S101 - only these have a path
        before = seen.get(entry.path)
        place = entry.node.place
        both_lists = before is not None and isinstance(before.node, ast.Each) and isinstance(entry.node, ast.Each)
        if before is not None and not both_lists and not (before.conditions and entry.conditions):
            self.world.fault("E227", f"`{entry.label}` is assigned twice", place.span,
                             labels=(Label(_place(before).span, "first here"),),
                             fix="give each its own `when`, or remove one")
        for path, other in seen.items():
            short, long = sorted((path, entry.path), key=len)
            if len(short) < len(long) and long[: len(short)] == short:
                self.world.fault("E228", f"`{'.'.join(short)}` is assigned as a whole and `{'.'.join(long)}` inside it", place.span,
                                 labels=(Label(_place(other).span, "the other one"),), fix="keep one of the two")
        seen.setdefault(entry.path, entry)

    def assign(self, entry: Entry, node: ast.Assign, root: Node, scope: Scope, conditions: tuple[ir.Node, ...],
               where: str) -> ir.Assign | None:  # fmt: skip
        world = self.world
        target = locate(entry.path, root, node.place, world, where)
        value = check(node.value, scope, world)
        default = self.default(node, value, scope)
        message = check(node.required.message, scope, world) if node.required and node.required.message else None
        if target is None or value is None:
            return None
        good = fits(target, value, node, world)
        if default is not None:
            good = fits(target, default, replace(node, value=node.default or node.value), world) and good
        self.absence(entry, node, root, target, value, where)
        if not good:
            return None
        if node.sensitive:
            _mark_sensitive(value, world)
        return ir.Assign(entry.path, value, node.span, conditions, default, node.required is not None, message,
                         node.sensitive, target.node.max_length, whole=target.node.kind == "integer")  # fmt: skip

    def default(self, node: ast.Assign, value: ir.Node | None, scope: Scope) -> ir.Node | None:
        if node.default is None:
            return None
        default = check(node.default, scope, self.world)
        if default is not None and default.type.optional:
            self.world.fault("E256", "a default is always there, this may be absent", node.default.span,
                             fix=f"first({printer.expression(node.value)}, {printer.expression(node.default)})")
        if value is not None and not value.type.optional:
            self.world.fault("W256", "this value is always there, so its default never counts", node.default.span,
                             fix="remove the default")
        return default

    def absence(self, entry: Entry, node: ast.Assign, root: Node, target: Target, value: ir.Node, where: str) -> None:
        """An absent-able value must not feed a parameter that Stripe requires."""
        container = _container(root, entry.path)
        required = container is not None and container.kind == "object" and entry.path[-1] in container.required
        if not required or not value.type.optional or node.default is not None or node.required is not None:
            return
        fixed = printer.assignment(replace(node, when=None)) + "  required"
        fixed += "".join(f"  {each}" for each in printer.when(node.when))
        self.world.fault("E203", "an absent-able field feeds a required Stripe parameter", node.value.span, label=str(value.type),
                         labels=(Label(node.place.span, f"required by {where} in {world_version(self.world)}"),), fix=fixed)

    def each(self, entry: Entry, node: ast.Each, root: Node, scope: Scope, conditions: tuple[ir.Node, ...],
             where: str) -> ir.Each | None:  # fmt: skip
        world = self.world
        target = locate(entry.path, root, node.place, world, where)
        rows = check(node.rows, scope, world) if node.rows else None
        if target is None or rows is None:
            return None
        if target.node.kind != "list" or target.node.item is None:
            world.fault("E242", f"`{entry.label}` is no list, it takes {target.node.expectation()}", node.place.span,
                        fix=f"{entry.label} {{ … }} or {entry.label} = …")
            return None
        if rows.type.kind != "list" or rows.type.item is None:
            assert node.rows is not None  # noqa: S101 - checked above
            world.fault("E230", f"`each` goes over a list, this is {rows.type.present}", node.rows.span,
                        fix="name a list of the contract model, such as contract.phases")
            return None
        name = node.name.text if node.name else node.rows.names[-1].text if node.rows else "row"
        inner = scope.bind(name, rows.type.item)
        label = f"{where}.{entry.label}"
        body = self.statements(entry.body, target.node.item, inner, label)
        if target.node.item.kind == "object":
            self.needed(entry.body, target.node.item, node.place.span, (), entry.body)
        return ir.Each(entry.path, rows, name, body, node.span, conditions)

    def needed(self, entries: Sequence[Entry], node: Node, span: Span, prefix: tuple[str, ...], everything: Sequence[Entry]) -> None:
        """Every required parameter of an object that is written at all must be written."""
        inside = [each for each in entries if each.path[: len(prefix)] == prefix and each.path]
        if prefix and not inside:
            return
        names = {each.path[len(prefix)] for each in inside if len(each.path) > len(prefix)}
        for name in sorted(node.required - names):
            shown = ".".join((*prefix, name))
            first = _place(inside[0]).span if inside else span
            self.world.fault("E202", f"{self.resource} needs `{shown}` in {world_version(self.world)}", first if prefix else span,
                             fix=f"add: {shown} = …", notes=(_short(node.properties[name].description),)
                             if name in node.properties and node.properties[name].description else ())
        self.meter(node, names, inside, prefix)
        for name in sorted(names):
            child = node.properties.get(name)
            if child is not None and child.kind == "object":
                self.needed(entries, child, span, (*prefix, name), everything)

    def meter(self, node: Node, names: set[str], inside: Sequence[Entry], prefix: tuple[str, ...]) -> None:
        """A price that may be metered needs its meter."""
        if prefix[-1:] == ("recurring",) and "usage_type" in names and "meter" in node.properties and "meter" not in names:
            entry = next(each for each in inside if each.path == (*prefix, "usage_type"))
            value = entry.node.value if isinstance(entry.node, ast.Assign) else None
            if not (isinstance(value, ast.Literal) and value.value == "licensed"):
                self.world.fault("E248", "a metered price needs `recurring.meter`", _place(entry).span,
                                 fix='recurring.meter = settings.usage_meter  when price.usage_type == "metered"')

    def store(self, node: ast.Store, scope: Scope, conditions: tuple[ir.Node, ...]) -> ir.Store | None:
        world = self.world
        parts = self.stored(node.value)
        path = node.field
        if len(path.names) < 2:  # noqa: PLR2004
            world.fault("E241", "a write-back names a field of a record", path.span, fix="store id in account.Stripe_ID__c")
            return None
        holder = check(ast.Path(path.names[:-1], path.span), scope, world)
        if holder is None or parts is None:
            return None
        if holder.type.kind != "record":
            world.fault("E241", f"a write-back goes to a Salesforce record, this is {holder.type.present}", path.span,
                        fix="store id in account.Stripe_ID__c")
            return None
        field = check(path, scope, world)
        if field is None:
            return None
        if not isinstance(field, ir.Walk) or field.type.kind != "text" or field.steps[-1].name == "Id":
            world.fault("E241", f"a write-back needs a text field that can be written, this is {field.type.present}", path.span,
                        fix="store id in account.Stripe_ID__c")
            return None
        return ir.Store(parts, holder, path.names[-1].text, node.span, conditions)

    def stored(self, node: ast.Expression) -> tuple[str | ir.ResultField, ...] | None:
        """What is written back: a field of the result, or a template of such fields."""
        if isinstance(node, ast.Path) and len(node.names) == 1:
            return (ir.ResultField(node.names[0].text),)
        if isinstance(node, ast.Template):
            out: list[str | ir.ResultField] = []
            for part in node.parts:
                if isinstance(part, str):
                    out.append(part)
                elif isinstance(part, ast.Path) and len(part.names) == 1:
                    out.append(ir.ResultField(part.names[0].text))
                else:
                    self.world.fault("E251", "a write-back is made of fields of Stripe's answer", part.span, fix='t"https://…/{id}"')
                    return None
            return tuple(out)
        self.world.fault("E251", "a write-back is a field of Stripe's answer, or a template of such fields", node.span,
                         fix="store id in …")
        return None


def check_terms(node: ast.Read, entries: Sequence[Entry], terms: Definition, world: World) -> tuple[ir.Statement, ...]:
    """The checked statements of a `read` block."""
    scope = Scope({node.name.text: record_type(node.object.text)})
    out: list[ir.Statement] = []
    seen: dict[str, Entry] = {}
    checker = BodyChecker(world, node.target.text, "read")
    for entry in entries:
        inner, conditions = narrowed(entry.conditions, scope, world)
        if isinstance(entry.node, ast.Report):
            checked = report(entry.node, inner, conditions, world)
            out += [checked] if checked else []
            continue
        if not isinstance(entry.node, ast.Assign):
            world.fault("E260", "a `read` block has assignments, `fail` and `warn`, nothing else", entry.node.span,
                        fix="write it in a `map` block")
            continue
        before = seen.setdefault(entry.label, entry)
        if before is not entry and not (before.conditions and entry.conditions):
            world.fault("E227", f"`{entry.label}` is assigned twice", entry.node.place.span,
                        labels=(Label(_place(before).span, "first here"),), fix="give each its own `when`, or remove one")
        term = _term(entry, entry.node, terms, inner, conditions, checker)
        out += [term] if term else []
    for name, field in terms.fields.items():
        if not field.type.optional and name not in seen:
            world.fault("E239", f"`read {node.target.text}` must give `{name}`: {_short(field.description)}", node.target.span,
                        fix=f"add: {name} = {node.name.text}.…")
    return tuple(out)


_ACCEPTS = {"money": ("decimal", "int"), "decimal": ("decimal", "int"), "int": ("int",)}
_TERM_FIX = {("decimal", "int"): "whole({})", ("text", "decimal"): "number({})", ("text", "money"): "number({})",
             ("text", "int"): "whole(number({}))", ("datetime", "date"): "day({})", ("money", "money"): "amount({})"}  # fmt: skip


def _term(entry: Entry, node: ast.Assign, terms: Definition, scope: Scope, conditions: tuple[ir.Node, ...],
          checker: BodyChecker) -> ir.Assign | None:  # fmt: skip
    world = checker.world
    field = terms.fields.get(entry.label)
    value = check(node.value, scope, world)
    if field is None:
        near = closest(entry.label, terms.fields)
        world.fault("E238", f"the contract model has no term `{entry.label}` here", node.place.span,
                    fix=f"did you mean `{near}`?" if near else f"the terms are {', '.join(terms.fields)}")
        return None
    default = checker.default(node, value, scope)
    message = check(node.required.message, scope, world) if node.required and node.required.message else None
    if value is None:
        return None
    for each, written in ((value, node.value), (default, node.default)):
        if each is not None and written is not None and not _is_term(each.type, field.type):
            text = printer.expression(written)
            fix = _TERM_FIX.get((each.type.kind, field.type.kind), "").format(text)
            world.fault("E240", f"the term `{entry.label}` is {field.type.present}, this is {each.type.present}", written.span,
                        fix=f"{entry.label} = {fix}" if fix else None)
            return None
    if not field.type.optional and value.type.optional and node.default is None and node.required is None:
        world.fault("E203", f"an absent-able field feeds the term `{entry.label}`, which the contract model needs", node.value.span,
                    label=str(value.type), labels=(Label(node.place.span, "needed by the contract model"),),
                    fix=f"{printer.assignment(node)}  required")
    return ir.Assign(entry.path, value, node.span, conditions, default, node.required is not None, message, node.sensitive)


def _is_term(given: Type, want: Type) -> bool:
    return given.kind in _ACCEPTS.get(want.kind, (want.kind,))


def narrowed(written: Sequence[ast.Expression], scope: Scope, world: World) -> tuple[Scope, tuple[ir.Node, ...]]:
    """The scope under some conditions, and the conditions checked, each in the scope of those before it."""
    checked: list[ir.Node] = []
    for each in written:
        node = condition(each, scope, world)
        if node is not None:
            checked.append(node)
        scope = scope.narrow(set_paths(each))
    return scope, tuple(checked)


def report(node: ast.Report, scope: Scope, conditions: tuple[ir.Node, ...], world: World) -> ir.Report | None:
    """A checked `fail` or `warn`."""
    message = check(node.message, scope, world)
    if message is None:
        return None
    return ir.Report(node.severity, node.code.text, message, node.span, conditions)


def _container(root: Node, path: tuple[str, ...]) -> Node | None:
    node: Node | None = root
    for name in path[:-1]:
        node = node.properties.get(name) if node is not None and node.kind == "object" else None
    return node


def _place(entry: Entry) -> ast.Place:
    place: ast.Place = entry.node.place  # type: ignore[union-attr]
    return place


def _short(text: str) -> str:
    return text.split(". ")[0].rstrip(".")


def _mark_sensitive(node: ir.Node, world: World) -> None:
    """The fields that a sensitive parameter is made of are sensitive wherever they are used."""
    for walk in walks(node):
        if walk.steps and walk.steps[-1].kind == "field":
            world.sensitive_fields.add(leaf(walk))


def leaf(walk: ir.Walk) -> tuple[str, str]:
    """Object and field that a walk ends at."""
    holder = walk.steps[-2].type.name if len(walk.steps) > 1 else walk.root_type
    return holder, walk.steps[-1].name


def walks(node: Any) -> list[ir.Walk]:
    """All walks inside a node."""
    match node:
        case ir.Walk():
            return [node]
        case ir.Apply():
            return [each for inner in node.arguments for each in walks(inner)]
        case ir.Operation():
            return [each for inner in node.operands for each in walks(inner)]
        case ir.UseLookup():
            return walks(node.argument)
        case ir.Ref():
            return walks(node.row)
        case ir.Answer():
            return walks(node.key)
        case ir.Text():
            return [each for inner in node.parts if not isinstance(inner, str) for each in walks(inner)]
        case ir.Items():
            return [each for inner in node.items for each in walks(inner)]
        case ir.Fields():
            return [each for _, inner in node.fields for each in walks(inner)]
        case _:
            return []
