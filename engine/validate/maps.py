"""Maps: rows of the contract, and the calls that are made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..diagnostics import closest, has_errors
from ..schema.types import Type
from ..syntax import ast, printer
from . import ir
from .bodies import BodyChecker
from .expressions import check, condition
from .merge import operation_name
from .scope import Scope, World, set_paths
from .shapes import check_calls
from .walks import walks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..diagnostics import Span
    from ..schema.stripe import Operation, Resource, StripeSchema
    from .entries import BlockEntry

    Maps = Mapping[tuple[str, str], tuple[ast.Map, list[BlockEntry]]]

_KEYS = ("Id", "key", "id")
"""Fields that tell the rows of a kind apart, the first that there is."""


def check_maps(maps: Maps, world: World, schema: StripeSchema) -> tuple[ir.Map, ...]:
    """The checked maps of a rule set, by resource and operation."""
    world.mapped = frozenset(maps)
    contract = Scope({"contract": Type("model", "Contract")})
    rows: dict[tuple[str, str], ir.Node | None] = {}
    for place, (node, _) in maps.items():
        world.scope_name = f"map {operation_name(*place)}"
        row = rows[place] = _rows(node, contract, world)
        if row is not None and place[1] == "create":
            world.made[place[0]] = _row_type(row)
    out = []
    for place, (node, body) in maps.items():
        world.scope_name = f"map {operation_name(*place)}"
        checked = _map(node, body, rows[place], world, schema)
        if checked is not None:
            out.append(checked)
    _circles(maps, world)
    return tuple(out)


def unknown_resource(name: ast.Name, world: World) -> None:
    """Records that the Stripe schema has no such resource."""
    near = closest(name.text, world.resources)
    fix = world.line(name.span, near) if near else f"the resources are {', '.join(world.resources)}"
    words = f"there is no Stripe resource `{name.text}` in {world.stripe_version}"
    world.fault("E221", words, name.span, fix=fix)


def _row_type(rows: ir.Node) -> Type:
    return rows.type.item if rows.type.kind == "list" and rows.type.item else rows.type.present


def _rows(node: ast.Map, scope: Scope, world: World) -> ir.Node | None:
    rows = check(node.rows, scope, world)
    if rows is None:
        return None
    if rows.type.kind not in {"list", "record", "model"}:
        words = f"a map goes over rows of the contract, this is {rows.type.present}"
        world.fault("E230", words, node.rows.span, fix="name rows of the contract, such as contract.prices")
        return None
    if _row_type(rows).kind not in {"record", "model"}:
        words = f"a map goes over records or parts of the contract, these are {rows.type.item}"
        world.fault("E230", words, node.rows.span, fix="name a list of records or parts, such as contract.prices")
        return None
    return rows


def _map(
    node: ast.Map, body: list[BlockEntry], rows: ir.Node | None, world: World, schema: StripeSchema
) -> ir.Map | None:
    resource = schema.resource(node.resource.text)
    if resource is None:
        unknown_resource(node.resource, world)
        return None
    operation = _operation(node, resource, world)
    if operation is None or rows is None:
        return None
    if node.names_row and node.name.text == "contract" and str(node.rows) != "contract":
        words = "`contract` is the name of the whole contract in every map"
        world.fault("E255", words, node.name.span, fix=f"name the row otherwise: from {node.rows} as …")
        return None
    row_type = _row_type(rows)
    scope = Scope({"contract": Type("model", "Contract"), node.name.text: row_type})
    when = condition(node.when, scope, world) if node.when else None
    inner = scope.narrow(set_paths(node.when))
    key = _key(node, row_type, rows.type.kind == "list", inner, world)
    on = _on(node, operation, inner, world)
    _after(node, world)
    before = len(world.findings)
    checker = BodyChecker(world, resource, operation)
    statements = checker.body(body, inner, node)
    if checker.whole and not has_errors(world.findings[before:]):
        check_calls(statements, resource.name, operation, node.resource.span, world, schema)
    if key is None:
        return None
    after = tuple(each.text for each in node.after)
    return ir.Map(resource.name, operation.name, rows, node.name.text, key, on, after, when, statements, node.span)


def _operation(node: ast.Map, resource: Resource, world: World) -> Operation | None:
    action = node.action.text if node.action else "create"
    operation = resource.operations.get(action)
    if operation is None:
        near = closest(action, resource.operations)
        name = node.action or node.resource
        fix = f"its operations are {', '.join(sorted(resource.operations))}"
        fix = world.line(name.span, near) if near and node.action else fix
        world.fault("E222", f"a Stripe {resource.name} has no operation `{action}`", name.span, fix=fix)
    return operation


def _key(node: ast.Map, row: Type, many: bool, scope: Scope, world: World) -> ir.Node | None:  # noqa: FBT001 - a fact
    written = node.key
    if written is None:
        field = _own_key(row, world)
        if field is None:
            fix = f"add one after the rows: key {node.name.text}.…"
            world.fault("E231", f"a {row.name} has no key of its own", node.resource.span, fix=fix)
            return None
        name = ast.Name(field, node.name.span)
        written = ast.Path((ast.Name(node.name.text, node.name.span), name), node.name.span)
    key = check(written, scope, world)
    if key is None:
        return None
    if key.type.kind != "text" or key.type.optional:
        words = f"a key is a text that is always there, this is {key.type}"
        field = _own_key(row, world)
        fix = world.line(written.span, f"{node.name.text}.{field}") if field else "name a field that is always there"
        world.fault("E231", words, written.span, fix=fix)
        return None
    if many and all(walk.root != node.name.text for walk in walks(key)):
        words = f"every row would have this key, since it does not speak of `{node.name.text}`"
        world.fault("E231", words, written.span, fix=f"name what tells the rows apart: key {node.name.text}.…")
        return None
    return key


def _own_key(row: Type, world: World) -> str | None:
    """The field that tells the rows of a type apart."""
    holder = world.catalogue.objects[row.name] if row.kind == "record" else world.model.definitions[row.name]
    return next((each for each in _KEYS if each in holder.fields), None)


def _on(node: ast.Map, operation: Operation, scope: Scope, world: World) -> ir.Node | None:
    on_object = "{" in operation.path
    if node.on is None:
        if on_object:
            words = f"`{operation.name}` acts on a {node.resource.text} that exists, and none is named"
            head, *when = printer.header(node)
            before, after, rest = head.partition(" after ")
            fix = " ".join([f"{before} on ref({node.resource.text}, {node.name.text}){after}{rest}", *when, "{"])
            world.fault("E252", words, (node.action or node.resource).span, fix=fix)
        return None
    if not on_object:
        words = f"`{operation.name}` makes a new {node.resource.text}, so it acts on none"
        world.fault("E252", words, node.on.span, fix="remove the `on` clause")
        return None
    on = check(node.on, scope, world)
    if on is None:
        return None
    if on.type.kind != "text" and (on.type.kind, on.type.name) != ("ref", node.resource.text):
        words = f"`{operation.name}` acts on a {node.resource.text}, this is {on.type.present}"
        fix = f"on ref({node.resource.text}, {node.name.text})"
        world.fault("E225", words, node.on.span, fix=fix)
        return None
    return on


def _after(node: ast.Map, world: World) -> None:
    made = {resource for resource, _ in world.mapped}
    for each in node.after:
        if each.text not in made:
            near = closest(each.text, made)
            fix = world.line(each.span, near) if near else f"the rules map {', '.join(sorted(made))}"
            world.fault("E223", f"no rule maps a `{each.text}`", each.span, fix=fix)


def _circles(maps: Maps, world: World) -> None:
    """A resource that needs another which needs the first can never be made.

    What a map names in `after` may refer to what it makes, where a condition says so: such a call comes after it instead.
    """
    needs: dict[str, dict[str, Span]] = {}
    created = {f"map {resource}": resource for resource, action in maps if action == "create"}
    for scope, resource, span in world.references:
        if scope in created and created[scope] != resource:
            needs.setdefault(created[scope], {}).setdefault(resource, span)
    refer = {resource: set(each) for resource, each in needs.items()}
    for (resource, action), (node, _) in maps.items():
        for each in node.after if action == "create" else ():
            if each.text in created.values() and resource not in refer.get(each.text, ()):
                needs.setdefault(resource, {}).setdefault(each.text, each.span)
    for start in sorted(needs):
        trail = _trail(start, start, needs, [])
        if trail and start == min(trail):
            loop = " → ".join([*trail, start])
            world.scope_name = f"map {start}"
            following = trail[1] if len(trail) > 1 else start
            fix = "take one of the references away, or write it afterwards with an update"
            world.fault("E226", f"these objects need one another first: {loop}", needs[start][following], fix=fix)


def _trail(start: str, at: str, needs: dict[str, dict[str, Span]], walked: list[str]) -> list[str] | None:
    for following in needs.get(at, ()):
        if following == start:
            return [*walked, at]
        if following not in walked and following != at:
            found = _trail(start, following, needs, [*walked, at])
            if found:
                return found
    return None
