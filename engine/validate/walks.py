"""What is inside typed expressions and statements: the fields they read, the calls they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import ir


def nodes(node: ir.Node) -> Iterator[ir.Node]:
    """An expression and all inside it, in the order they are written."""
    yield node
    for each in _inside(node):
        yield from nodes(each)


def walks(node: ir.Node) -> list[ir.Walk]:
    """All walks inside a node, in the order they are written."""
    return [each for each in nodes(node) if isinstance(each, ir.Walk)]


def assigned(body: Iterable[ir.Statement]) -> Iterator[ir.Node]:
    """The expressions that a block assigns, with their defaults and those of its lists."""
    for each in body:
        if isinstance(each, ir.Assign):
            yield each.value
            if each.default is not None:
                yield each.default
        elif isinstance(each, ir.Each):
            yield from assigned(each.body)


def id_stores(node: ir.Map) -> list[ir.Store]:
    """The stores of a map that keep the id of what it makes."""
    return [each for each in node.body if isinstance(each, ir.Store) and each.parts == (ir.ResultField("id"),)]


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
