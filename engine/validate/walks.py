"""The fields that a typed expression reads."""

from __future__ import annotations

from . import ir


def walks(node: ir.Node) -> list[ir.Walk]:
    """All walks inside a node, in the order they are written."""
    return [node] if isinstance(node, ir.Walk) else [walk for each in _inside(node) for walk in walks(each)]


def leaf(walk: ir.Walk) -> tuple[str, str]:
    """Object and field that a walk ends at."""
    holder = walk.steps[-2].type.name if len(walk.steps) > 1 else walk.root_type
    return holder, walk.steps[-1].name


def _inside(node: ir.Node) -> tuple[ir.Node, ...]:
    match node:
        case ir.Apply():
            return node.arguments
        case ir.Operation():
            return node.operands
        case ir.UseLookup():
            return (node.argument,)
        case ir.Ref():
            return (node.row,)
        case ir.Answer():
            return (node.key,)
        case ir.Text():
            return tuple(each for each in node.parts if not isinstance(each, str))
        case ir.Items():
            return node.items
        case ir.Fields():
            return tuple(each for _, each in node.fields)
        case _:
            return ()
