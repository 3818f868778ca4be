"""Write-backs: which field of Stripe's answer goes into which field of a Salesforce record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..diagnostics import closest
from ..syntax import ast, printer
from . import ir
from .expressions import check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..schema.stripe import Operation
    from .scope import Scope, World

_EVERY = ("id", "object", "created", "livemode")
"""Fields of every object that Stripe answers with."""

_ANSWERS = {
    "coupon": ("valid",),
    "customer": ("invoice_prefix",),
    "invoice": (
        "amount_due",
        "amount_paid",
        "amount_remaining",
        "due_date",
        "hosted_invoice_url",
        "invoice_pdf",
        "number",
        "status",
        "subtotal",
        "total",
    ),
    "invoice_item": ("amount", "date", "invoice"),
    "promotion_code": ("code", "active"),
    "subscription": ("status", "latest_invoice", "start_date", "ended_at", "canceled_at", "schedule"),
    "subscription_item": ("subscription",),
    "subscription_schedule": (
        "status",
        "subscription",
        "released_subscription",
        "completed_at",
        "canceled_at",
        "released_at",
    ),
}
"""Fields that Stripe fills in, by resource; from the object pages of https://docs.stripe.com/api."""

_SCALARS = {"text", "integer", "decimal", "number", "boolean", "enum", "timestamp"}
_SHORTEST = 2
"""Names in the path of a write-back's field: the record and the field."""


def check_store(
    node: ast.Store,
    scope: Scope,
    conditions: tuple[ir.Node, ...],
    world: World,
    resource: str,
    operations: Iterable[Operation],
) -> ir.Store | None:
    """A checked write-back of the answer to a call of a resource."""
    answered = _answered(resource, operations)
    parts = _parts(node.value, answered, resource, world)
    holder = _holder(node.field, scope, world)
    if parts is None or holder is None:
        return None
    return ir.Store(parts, holder, node.field.names[-1].text, node.span, conditions)


def _answered(resource: str, operations: Iterable[Operation]) -> dict[str, None]:
    """The fields of an answer that rules can name: what Stripe fills in, and the plain parameters that it gives back."""
    given = [name for each in operations for name, node in each.params.properties.items() if node.kind in _SCALARS]
    return dict.fromkeys([*_EVERY, *_ANSWERS.get(resource, ()), *given])


def _parts(
    node: ast.Expression, answered: dict[str, None], resource: str, world: World
) -> tuple[str | ir.ResultField, ...] | None:
    """What is written back: a field of the answer, or a template of such fields."""
    pieces = node.parts if isinstance(node, ast.Template) else (node,)
    parts = [each if isinstance(each, str) else _field(each, answered, resource, world) for each in pieces]
    known = tuple(each for each in parts if each is not None)
    return known if len(known) == len(parts) else None


def _field(node: ast.Expression, answered: dict[str, None], resource: str, world: World) -> ir.ResultField | None:
    if not isinstance(node, ast.Path) or len(node.names) != 1:
        words = "a write-back is a field of Stripe's answer, or a template of such fields"
        world.fault("E251", words, node.span, fix='store id in …, or store t"https://…/{id}" in …')
        return None
    name = node.names[0].text
    if name in answered:
        return ir.ResultField(name)
    near = closest(name, answered)
    fix = world.line(node.span, near) if near else "name a field of the object that Stripe answers with, such as id"
    world.fault("E251", f"Stripe's answer to a {resource} call has no plain field `{name}`", node.span, fix=fix)
    return None


def _holder(path: ast.Path, scope: Scope, world: World) -> ir.Node | None:
    """The record that is written to, when its field can be."""
    if len(path.names) < _SHORTEST:
        world.fault("E241", "a write-back names a field of a record", path.span, fix=_example(world))
        return None
    before = path.names[:-1]
    holder = check(ast.Path(before, before[0].span.to(before[-1].span)), scope, world)
    if holder is None:
        return None
    if holder.type.kind != "record":
        words = f"a write-back goes to a Salesforce record, this is {holder.type.present}"
        world.fault("E241", words, path.span, fix=_example(world))
        return None
    field = check(path, scope, world)
    if field is None:
        return None
    name = path.names[-1]
    known = world.catalogue.objects[holder.type.name].fields.get(name.text)
    if known is None or known.type in {"id", "reference"} or field.type.kind != "text" or known.picklist:
        words = f"a write-back needs a text field that can be written, `{printer.name(name)}` is {_kind(field)}"
        world.fault("E241", words, name.span, fix=_example(world))
        return None
    return holder


def _example(world: World) -> str:
    """A write-back that is right: into the field that came with the connector's package, where there is one."""
    account = world.catalogue.objects.get(world.bindings.own("account"))
    texts = [each for each in account.fields.values() if each.package and each.type == "string"] if account else []
    return f"store id in account.{texts[0].name if texts else 'FIELD'}"


def _kind(field: ir.Node) -> str:
    if field.type.kind == "text" and not field.type.name:
        return "an id"
    return f"{field.type.present}"
