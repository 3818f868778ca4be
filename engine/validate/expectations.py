"""`test` blocks: patches name fields that exist, conditions name parameters that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..diagnostics import closest
from ..schema.types import BOOL, DECIMAL, INT, TEXT, Type, field_type
from ..syntax import ast, printer
from . import ir
from .expressions import check
from .lookups import unknown_object
from .maps import unknown_resource
from .paths import unknown_field
from .scope import Scope, World

if TYPE_CHECKING:
    from ..schema.stripe import Node, StripeSchema

_TYPES = {
    "text": TEXT,
    "enum": TEXT,
    "integer": INT,
    "timestamp": INT,
    "decimal": DECIMAL,
    "number": DECIMAL,
    "boolean": BOOL,
}
_FORECAST = {"total": DECIMAL, "invoices": INT}
_NUMBERS = ("int", "decimal")
_WRITTEN_AS_TEXT = ("date", "datetime", "decimal")
_EXAMPLE = "such as call(price).unit_amount_decimal, count(price) or forecast.total"


def check_test(node: ast.Test, world: World, schema: StripeSchema) -> None:
    """Records the faults of one test block."""
    world.scope_name = f"test {node.name.raw}"
    given = [each for each in node.lines if isinstance(each, ast.Given)]
    if len(given) != 1:
        fix = 'add: given "examples/orders/….json"' if not given else "write a test of its own for the other bundle"
        where = given[1].path.span if given else node.name.span
        world.fault("E250", f"a test has one `given`, this has {len(given)}", where, fix=fix)
    if len(given) == len(node.lines):
        world.fault("E250", "a test expects something, this expects nothing", node.name.span, fix="add: expect no fail")
    for line in node.lines:
        match line:
            case ast.Given():
                for patch in line.patches:
                    _patch(patch, world)
            case ast.Expect():
                _condition(line.condition, world, schema)
            case ast.ExpectFinding():
                pass


def _patch(node: ast.Patch, world: World) -> None:
    thing = world.catalogue.objects.get(node.object.text)
    if thing is None:
        unknown_object(node.object, world)
        return
    field = thing.fields.get(node.field.text)
    if field is None:
        unknown_field(node.field, thing.name, world)
        return
    value = check(node.value, Scope({}), world)
    if value is None:
        return
    want = field_type(thing.name, field)
    if not isinstance(value, ir.Const) or not _alike(value.type, want):
        words = f"{thing.name}.{field.name} is {want.present}, this is {value.type.present}"
        world.fault("E250", words, node.value.span, fix=f"write a value of the type {want.present}")


def _condition(node: ast.Expression, world: World, schema: StripeSchema) -> None:
    match node:
        case ast.Binary(operator="and" | "or"):
            _condition(node.left, world, schema)
            _condition(node.right, world, schema)
        case ast.Not():
            _condition(node.operand, world, schema)
        case ast.IsSet():
            _value(node.operand, world, schema)
        case ast.Binary(operator="==" | "!=" | "<" | "<=" | ">" | ">="):
            left, right = _value(node.left, world, schema), _value(node.right, world, schema)
            if left is not None and right is not None:
                _compared(node, left, right, world)
        case _:
            fix = f"compare it: {printer.expression(node)} == …"
            world.fault("E250", "a test expects a comparison, or that something is set", node.span, fix=fix)


def _compared(node: ast.Binary, left: Type, right: Type, world: World) -> None:
    if not _alike(left, right):
        words = f"{left.present} and {right.present} do not compare with `{node.operator}`"
        world.fault("E233", words, node.span, fix="write a value of the same type")
        return
    for constant, written, other in ((left, node.left, right), (right, node.right, left)):
        missing = [each for each in constant.values or () if other.values and each not in other.values]
        if isinstance(written, ast.Literal) and missing:
            near = closest(missing[0], other.values or ())
            fix = f"its values are {', '.join(other.values or ())}"
            fix = world.line(written.span, printer.quoted(near)) if near else fix
            words = f"this parameter is never {written.raw}"
            world.fault("E234", words, written.span, fix=fix)


def _value(node: ast.Expression, world: World, schema: StripeSchema) -> Type | None:
    if isinstance(node, ast.Literal | ast.Negative):
        checked = check(node, Scope({}), world)
        return checked.type if checked else None
    steps: list[ast.Name | int] = []
    root: ast.Expression = node
    while isinstance(root, ast.Member | ast.Index):
        steps.insert(0, root.name if isinstance(root, ast.Member) else root.index)
        root = root.operand
    if isinstance(root, ast.Path) and root.names[0].text == "forecast":
        return _forecast(root, world)
    if isinstance(root, ast.Call) and root.function.text in {"call", "count"}:
        return _of_call(root, steps, world, schema)
    world.fault("E250", "a test looks at calls and the forecast", node.span, fix=_EXAMPLE)
    return None


def _forecast(node: ast.Path, world: World) -> Type | None:
    name = node.names[-1]
    found = _FORECAST.get(name.text) if len(node.names) == 2 else None  # noqa: PLR2004 - forecast.name
    if found is None:
        near = closest(name.text, _FORECAST)
        fix = world.line(name.span, near) if near else f"it has {', '.join(_FORECAST)}"
        world.fault("E250", f"a forecast has no `{name.text}`", name.span, fix=fix)
    return found


def _of_call(root: ast.Call, steps: list[ast.Name | int], world: World, schema: StripeSchema) -> Type | None:
    first = root.arguments[0] if root.arguments else None
    if not isinstance(first, ast.Path) or len(first.names) != 1:
        words = f"`{root.function.text}` takes a Stripe resource"
        world.fault("E208", words, root.span, fix=f"write it as {root.function.text}(price)")
        return None
    resource = schema.resource(first.names[0].text)
    if resource is None:
        unknown_resource(first.names[0], world)
        return None
    if root.function.text == "count":
        return INT
    operation = resource.operations.get("create") or next(iter(resource.operations.values()))
    node: Node | None = operation.params
    for step in steps:
        if node is None:
            return None
        if isinstance(step, int):
            node = node.item
            continue
        node = _step(node, step, resource.name, world)
    if node is None:
        return None
    type_ = _TYPES.get(node.kind)
    return type_._replace(values=(*node.values, *node.constants)) if type_ and node.kind == "enum" else type_


def _step(node: Node, step: ast.Name, resource: str, world: World) -> Node | None:
    following = node.value if node.kind == "map" else node.properties.get(step.text) if node.kind == "object" else None
    if following is None:
        where = ".".join((resource, *(each for each in node.path if each != "*")))
        near = closest(step.text, node.properties) if node.kind == "object" else None
        fix = (
            f"it takes {node.expectation()}"
            if node.kind != "object"
            else f"it has {', '.join(sorted(node.properties))}"
        )
        if node.kind == "list":
            fix = f"name one element of the list: {node.path[-1]}[0].{step.text}"
        fix = world.line(step.span, near) if near else fix
        world.fault("E201", f"{where} has no parameter `{step.text}`", step.span, fix=fix)
    return following


def _alike(left: Type, right: Type) -> bool:
    """Whether a written value and a field or parameter are of one type; JSON spells dates and decimals as text."""
    if left.kind == right.kind or (left.kind in _NUMBERS and right.kind in _NUMBERS):
        return True
    return (left.kind == "text" and right.kind in _WRITTEN_AS_TEXT) or (right.kind == "text" and left.kind == "decimal")
