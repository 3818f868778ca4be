"""What assignments of parameters and of terms have in common: defaults, absence, conditions, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..diagnostics import Label
from ..syntax import ast, printer
from . import ir
from .expressions import check
from .walks import leaf, walks

if TYPE_CHECKING:
    from .entries import BlockEntry
    from .scope import Scope, World


def check_default(node: ast.Assign, value: ir.Node | None, scope: Scope, world: World) -> ir.Node | None:
    """The checked `default` of an assignment; one that may be absent, or that never counts, is a finding."""
    if node.default is None:
        return None
    default = check(node.default, scope, world)
    if default is not None and default.type.optional:
        both = ast.Call(ast.Name("first", node.span), (node.value, node.default), node.span)
        fix = printer.assignment(node._replace(value=both, default=None))
        if isinstance(default, ir.Const):
            fix = "write a value that is not blank, or leave the default out"
        world.fault(
            "E256", "a default is always there, this may be absent", node.default.span, label=str(default.type), fix=fix
        )
    if value is not None and not value.type.optional:
        words = "this value is always there, so its default never counts"
        fix = printer.assignment(node._replace(default=None))
        world.fault("W256", words, node.default.span, labels=(Label(node.value.span, str(value.type)),), fix=fix)
    return default


def check_message(node: ast.Assign, scope: Scope, world: World) -> ir.Node | None:
    """The checked words of a `required`."""
    return check(node.required.message, scope, world) if node.required and node.required.message else None


def fixed_absence(node: ast.Assign) -> str:
    """An assignment that says what happens when its source is absent."""
    return printer.assignment(node._replace(required=ast.Required(None, node.span)))


def twice(entry: BlockEntry, first: BlockEntry, world: World) -> None:
    """Records a second assignment of one place, unless conditions may tell the two apart."""
    if first is entry or (first.conditions and entry.conditions):
        return
    assert isinstance(entry.node, ast.Assign | ast.Each)  # noqa: S101 - only these have a place
    assert isinstance(first.node, ast.Assign | ast.Each)  # noqa: S101
    label = Label(first.node.place.span, "first here")
    fix = "give each of the two its own `when`, or remove one"
    world.fault("E227", f"`{entry.label}` is assigned twice", entry.node.place.span, labels=(label,), fix=fix)


def report(node: ast.Report, scope: Scope, held: tuple[ir.Node, ...], world: World) -> ir.Report | None:
    """A checked `fail` or `warn`."""
    message = check(node.message, scope, world)
    return ir.Report(node.severity, node.code.text, message, node.span, held) if message is not None else None


def mark_sensitive(node: ir.Node, world: World) -> None:
    """The fields that a sensitive parameter is made of are sensitive wherever they are used."""
    for walk in walks(node):
        if walk.steps and walk.steps[-1].kind == "field":
            world.sensitive_fields.add(leaf(walk))
