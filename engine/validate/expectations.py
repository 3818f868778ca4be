"""Checks of `test` blocks: patches name fields that exist, conditions name parameters that exist."""

from __future__ import annotations

from engine.diagnostics import closest
from engine.schema.stripe import Node, StripeSchema
from engine.schema.types import BOOL, DECIMAL, INT, TEXT, Type, field_type
from engine.syntax import ast, printer
from engine.validate import ir
from engine.validate.expressions import Scope, World, check

_TYPES = {"text": TEXT, "enum": TEXT, "integer": INT, "timestamp": INT, "decimal": DECIMAL, "number": DECIMAL, "boolean": BOOL}
_FORECAST = {"total": DECIMAL, "invoices": INT}


def check_test(node: ast.Test, world: World, schema: StripeSchema) -> None:
    """Records the faults of one test block."""
    world.scope_name = f"test {node.name.raw}"
    given = [each for each in node.lines if isinstance(each, ast.Given)]
    if len(given) != 1:
        world.fault("E250", f"a test has one `given`, this has {len(given)}", node.name.span, fix='given "examples/orders/….json"')
    if len(given) == len(node.lines):
        world.fault("E250", "a test expects something", node.name.span, fix="expect no fail")
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
        near = closest(node.object.text, world.catalogue.objects)
        world.fault("E236", f"the Salesforce schema has no object `{node.object.text}`", node.object.span,
                    fix=f"did you mean `{near}`?" if near else "check the object's API name")
        return
    field = thing.fields.get(node.field.text)
    if field is None:
        near = closest(node.field.text, thing.fields)
        world.fault("E204", f"{thing.name} has no field `{node.field.text}`", node.field.span,
                    fix=f"did you mean `{near}`?" if near else "check the field's API name")
        return
    value = check(node.value, Scope({}), world)
    if value is None:
        return
    want = field_type(thing.name, field)
    if not isinstance(value, ir.Const) or not _alike(value.type, want):
        world.fault("E250", f"{thing.name}.{field.name} is {want.present}, this is {value.type.present}", node.value.span,
                    fix="write a value of the field's type")


def _condition(node: ast.Expression, world: World, schema: StripeSchema) -> None:
    match node:
        case ast.Binary(operator="and" | "or"):
            _condition(node.left, world, schema)
            _condition(node.right, world, schema)
        case ast.Not():
            _condition(node.operand, world, schema)
        case ast.IsSet():
            _value(node.operand, world, schema)
        case ast.Binary() if node.operator in ("==", "!=", "<", "<=", ">", ">="):
            left, right = _value(node.left, world, schema), _value(node.right, world, schema)
            if left is not None and right is not None and not _alike(left, right):
                world.fault("E233", f"{left.present} and {right.present} do not compare", node.span, fix="write a value of the same type")
        case _:
            world.fault("E250", "a test expects a comparison", node.span, fix=f"{printer.expression(node)} == …")


def _value(node: ast.Expression, world: World, schema: StripeSchema) -> Type | None:
    if isinstance(node, ast.Literal | ast.Negative):
        checked = check(node, Scope({}), world)
        return checked.type if checked else None
    steps: list[ast.Name | int] = []
    root = node
    while isinstance(root, ast.Member | ast.Index):
        steps.insert(0, root.name if isinstance(root, ast.Member) else root.index)
        root = root.operand
    if isinstance(root, ast.Path) and [each.text for each in root.names][:1] == ["forecast"] and len(root.names) == 2:  # noqa: PLR2004
        found = _FORECAST.get(root.names[1].text)
        if found is None:
            world.fault("E250", f"a forecast has no `{root.names[1].text}`", root.names[1].span, fix=f"it has {', '.join(_FORECAST)}")
        return found
    if not isinstance(root, ast.Call) or root.function.text not in ("call", "count"):
        world.fault("E250", "a test looks at calls and the forecast", node.span, fix="call(price).unit_amount_decimal, count(price) or forecast.total")
        return None
    return _of_call(root, steps, world, schema)


def _of_call(root: ast.Call, steps: list[ast.Name | int], world: World, schema: StripeSchema) -> Type | None:
    first = root.arguments[0] if root.arguments else None
    if not isinstance(first, ast.Path) or len(first.names) != 1:
        world.fault("E208", f"`{root.function.text}` takes a resource", root.span, fix=f"{root.function.text}(price)")
        return None
    resource = schema.resource(first.names[0].text)
    if resource is None:
        near = closest(first.names[0].text, schema.resources())
        world.fault("E221", f"Stripe has no resource `{first.names[0].text}` that orderplan knows", first.span,
                    fix=f"did you mean `{near}`?" if near else f"it knows {', '.join(schema.resources())}")
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
        following = node.value if node.kind == "map" else node.properties.get(step.text) if node.kind == "object" else None
        if following is None:
            near = closest(step.text, node.properties) if node.kind == "object" else None
            world.fault("E201", f"{resource.name} has no parameter `{step.text}` here", step.span,
                        fix=f"did you mean `{near}`?" if near else "see the parameters of the resource in Stripe's reference")
            return None
        node = following
    return _TYPES.get(node.kind) if node else None


def _alike(left: Type, right: Type) -> bool:
    numbers = ("int", "decimal")
    return left.kind == right.kind or (left.kind in numbers and right.kind in numbers) or (
        left.kind == "text" and right.kind in ("date", "datetime", "decimal")
    ) or (right.kind == "text" and left.kind == "decimal")
