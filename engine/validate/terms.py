"""`read` blocks: how the fields of a record become terms of the contract model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..diagnostics import Label, closest
from ..schema.types import Type, record_type
from ..syntax import ast, printer
from . import ir
from .assignments import check_default, check_message, fixed_absence, mark_sensitive, report, twice
from .bindings import check_relation
from .expressions import check, conditions
from .scope import Scope, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..schema.model import Definition
    from .entries import BlockEntry

_ACCEPTS = {"money": ("decimal", "int"), "decimal": ("decimal", "int"), "int": ("int",)}
_CONVERSIONS = {
    ("decimal", "int"): "whole({})",
    ("text", "decimal"): "number({})",
    ("text", "money"): "number({})",
    ("text", "int"): "whole(number({}))",
    ("datetime", "date"): "day({})",
    ("money", "money"): "amount({})",
    ("money", "decimal"): "amount({})",
}


def check_terms(
    node: ast.Read, entries: Sequence[BlockEntry], terms: Definition, world: World
) -> tuple[ir.Statement, ...]:
    """The checked statements of a `read` block."""
    scope = Scope({node.name.text: record_type(node.object.text)})
    out: list[ir.Statement] = []
    seen: dict[str, BlockEntry] = {}
    for entry in entries:
        inner, held = conditions(entry.conditions, scope, world)
        checked: ir.Statement | None = None
        match entry.node:
            case ast.Report():
                checked = report(entry.node, inner, held, world)
            case ast.Assign():
                twice(entry, seen.setdefault(entry.label, entry), world)
                checked = _term(entry, entry.node, terms, node, inner, held, world)
            case _:
                words = "a `read` block has assignments, `fail` and `warn`, nothing else"
                where = entry.node.span.first_line(world.sources)
                world.fault("E260", words, where, fix="write it in a `map` block")
        out += [checked] if checked else []
    for name, field in terms.fields.items():
        misspelt = any(closest(label, terms.fields) == name for label in seen.keys() - terms.fields.keys())
        if not field.type.optional and name not in seen and not misspelt:
            meaning = field.description.partition(". ")[0].rstrip(".")
            words = f"`read {node.target.text}` must give `{name}`"
            notes = (f"{name}: {meaning}",) if meaning else ()
            world.fault("E239", words, node.target.span, notes=notes, fix=f"add: {name} = {node.name.text}.…")
    return tuple(out)


def _term(
    entry: BlockEntry,
    node: ast.Assign,
    terms: Definition,
    read: ast.Read,
    scope: Scope,
    held: tuple[ir.Node, ...],
    world: World,
) -> ir.Assign | None:
    field = terms.fields.get(entry.label)
    if field is not None and field.role:
        first = isinstance(node.value, ast.Call) and node.value.function.text == "first"
        parts = node.value.arguments if isinstance(node.value, ast.Call) and first else (node.value,)
        checked = [check(each, scope, world) for each in parts]
        if None not in checked:
            check_relation(entry, node, field, read, world)
        return None
    value = check(node.value, scope, world)
    default = check_default(node, value, scope, world)
    message = check_message(node, scope, world)
    if field is None:
        near = closest(entry.label, terms.fields)
        fix = f"the terms are {', '.join(terms.fields)}"
        fix = world.line(node.place.span, near) if near else fix
        world.fault("E238", f"the contract model has no term `{entry.label}` here", node.place.span, fix=fix)
        return None
    if value is None:
        return None
    for each, written in ((value, node.value), (default, node.default)):
        if each is not None and written is not None and not _fits(entry.label, each, field.type, written, world):
            return None
    if not field.type.optional and value.type.optional and node.default is None and node.required is None:
        words = f"an absent-able field feeds the term `{entry.label}`, which the contract model needs"
        labels = (Label(node.place.span, "needed by the contract model"),)
        world.fault("E203", words, node.value.span, label=str(value.type), labels=labels, fix=fixed_absence(node))
    if field.currency:
        for written in (node.value, node.default):
            if isinstance(written, ast.Literal):
                check_currency(f"the term `{entry.label}`", written, world)
    if node.sensitive:
        mark_sensitive(value, world)
    required = node.required is not None
    return ir.Assign(entry.path, value, node.span, held, default, required, message, node.sensitive)


def check_currency(what: str, written: ast.Literal, world: World) -> None:
    """A written text must be the code of a currency that Stripe bills, in any case."""
    code = written.value
    if not isinstance(code, str) or code.lower() in world.currencies:
        return
    near = closest(code.lower(), world.currencies)
    fix = "write the three letters of an ISO 4217 code that Stripe bills, such as eur: which currency are these amounts in?"
    # Three letters that are near another code may mean any of them.
    if near is not None and len(code) != len(near):
        fix = world.line(written.span, printer.quoted(near))
    words = f"{what} is {printer.quoted(code)}, which is no currency that Stripe bills"
    world.fault("E273", words, written.span, fix=fix)


def _fits(label: str, value: ir.Node, want: Type, written: ast.Expression, world: World) -> bool:
    given = value.type
    if given.kind not in _ACCEPTS.get(want.kind, (want.kind,)):
        conversion = _CONVERSIONS.get((given.kind, want.kind))
        fix = world.line(written.span, conversion.format(printer.expression(written))) if conversion else None
        words = f"the term `{label}` is {want.present}, this is {given.present}"
        world.fault("E240", words, written.span, fix=fix)
        return False
    wrong = [each for each in given.values or () if want.values and each not in want.values]
    if not wrong:
        return True
    shown = ", ".join(map(printer.quoted, wrong))
    near = closest(wrong[0], want.values or ()) if isinstance(value, ir.Const) else None
    fix = f"its values are {', '.join(want.values or ())}"
    fix = world.line(written.span, printer.quoted(near)) if near else fix
    world.fault("E240", f"the term `{label}` is never {shown}", written.span, fix=fix)
    return False
