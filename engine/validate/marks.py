"""Which metadata keys the rules give to what the program must find again, read off the map rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..marks import FLAGS, IDS, TEXTS, Marks
from . import ir

MARKED = ("subscription_schedule", "subscription", "invoice_item")
"""The resources whose parts are found again."""

_ITEMS = ("items", "add_invoice_items")


def marks_of(maps: Iterable[ir.Map]) -> Marks:
    """The marks of some map rules, the first key of each in their order."""
    keys: dict[str, dict[str, None]] = {}
    for node in maps:
        if node.resource in MARKED:
            for name, key in _written(node.body):
                keys.setdefault(name, {})[key] = None
    return Marks({name: tuple(each) for name, each in keys.items()})


def has_items(body: Iterable[ir.Statement]) -> bool:
    """Whether a map makes items, which are billed for an order line."""
    loops = [each for each in body if isinstance(each, ir.Each)]
    return any(each.path[-1] in _ITEMS or has_items(each.body) for each in loops)


def _written(body: Iterable[ir.Statement]) -> Iterator[tuple[str, str]]:
    for each in body:
        if isinstance(each, ir.Each):
            yield from _written(each.body)
        elif isinstance(each, ir.Assign) and each.path[0] == "metadata" and len(each.path) > 1:
            name = _mark(each)
            if name is not None:
                yield name, each.path[1]


def _mark(node: ir.Assign) -> str | None:
    """The mark that an assignment of metadata writes: the id of a record of the model, one of its texts, or a flag."""
    if isinstance(node.value, ir.Const):
        tests = [each for each in node.conditions if isinstance(each, ir.Walk) and each.steps]
        flags = [each.steps[-1].name for each in tests if each.steps[-1].name in FLAGS]
        return flags[0] if node.value.value == "true" and len(flags) == 1 else None
    walk: ir.Node = node.value
    if isinstance(walk, ir.Apply) and walk.function == "text" and len(walk.arguments) == 1:
        walk = walk.arguments[0]
    if not isinstance(walk, ir.Walk) or not walk.steps:
        return None
    names = [each.name for each in walk.steps]
    if len(names) > 1 and names[-2] in IDS and walk.steps[-2].type.kind == "record" and names[-1] == "Id":
        return names[-2]
    return names[-1] if names[-1] in TEXTS else None
