"""Which element of an old list stands for which of a new one: an inserted phase does not make the later ones differ."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from engine.plan.secrets import canonical

Pair = tuple[int | None, int | None]
"""The place of an element in the old and in the new list; None where it has no counterpart."""

Key = Callable[[int], Hashable | None]
"""What an element stands for, by its place; None when that cannot be said."""

_ORDER_ITEM, _ORDER = "order_item_id", "order_id"
"""How the metadata keys of an order line and of an order end."""


def matched(name: str, old: Sequence[Any], new: Sequence[Any], start: tuple[Any, Any] = (None, None)) -> list[Pair]:
    """The pairs of two lists of objects that stand at the parameter `name`.

    Elements are matched by what they stand for, in passes from strict to loose: phases by their start; others first
    when they are the same, then items by their order line, discounts by their coupon, tiers by their bound. What is left is
    matched by its place, except items of different order lines, which have nothing to do with one another. `start` is
    where the first phase starts on either side.
    """
    pairs = _Pairs(old, new)
    if name == "phases":
        starts = [_starts(side, first) for side, first in zip((old, new), start, strict=True)]
        pairs.by(*(_listed(each) for each in starts))
        pairs.by(*(_each(lambda phase: _both(_mark(phase, _ORDER), phase.get("end_date")), side) for side in (old, new)))
        pairs.by(*(_each(lambda phase: _mark(phase, _ORDER), side) for side in (old, new)))
        pairs.by(*(_each(lambda _element: "", side) for side in (old, new)))
        return pairs.done()
    pairs.by(*(_each(canonical, side) for side in (old, new)))
    if name in ("items", "add_invoice_items"):
        pairs.by(*(_each(lambda item: _both(_mark(item, _ORDER_ITEM), item.get("price")), side) for side in (old, new)))
        pairs.by(*(_each(lambda item: _both(_mark(item, _ORDER_ITEM), _marks(item)), side) for side in (old, new)))
        pairs.by(*(_each(lambda item: _mark(item, _ORDER_ITEM), side) for side in (old, new)))
        pairs.by(*(_each(lambda item: _both(item.get("id")), side) for side in (old, new)))
        pairs.by(*(_each(lambda item: None if _mark(item, _ORDER_ITEM) else _both(item.get("price")), side) for side in (old, new)))
        pairs.by(*(_each(lambda item: None if _mark(item, _ORDER_ITEM) else "", side) for side in (old, new)))
        return pairs.done()
    elif name == "discounts":
        pairs.by(*(_each(canonical_without_metadata, side) for side in (old, new)))
    elif name == "tiers":
        pairs.by(*(_each(lambda tier: _both(tier.get("up_to")), side) for side in (old, new)))
    pairs.by(*(_each(lambda _element: "", side) for side in (old, new)))
    return pairs.done()


def canonical_without_metadata(element: Any) -> str:
    """An element as text, whatever its metadata."""
    return canonical({name: value for name, value in element.items() if name != "metadata"})


class _Pairs:
    """The pairs of two lists while they are found."""

    def __init__(self, old: Sequence[Any], new: Sequence[Any]) -> None:
        self.old = list(range(len(old)))
        self.new = list(range(len(new)))
        self.found: dict[int, int] = {}

    def by(self, old_key: Key, new_key: Key) -> None:
        """Pairs what is left and has the same key; the first with the first where several have it."""
        waiting: dict[Hashable, list[int]] = {}
        for at in self.old:
            key = old_key(at)
            if key is not None:
                waiting.setdefault(key, []).append(at)
        for at in list(self.new):
            key = new_key(at)
            if key is not None and waiting.get(key):
                before = waiting[key].pop(0)
                self.found[at] = before
                self.old.remove(before)
                self.new.remove(at)

    def done(self) -> list[Pair]:
        """All pairs: removed elements where they stood, added ones where they stand."""
        pairs: list[Pair] = [(at, None) for at in self.old]
        pairs += [(self.found.get(at), at) for at in sorted({*self.found, *self.new})]
        return sorted(pairs, key=lambda pair: (pair[1] if pair[1] is not None else pair[0] or 0, pair[1] is not None))


def _each(key: Callable[[Any], Hashable | None], side: Sequence[Any]) -> Key:
    return lambda at: key(side[at])


def _listed(keys: Sequence[Hashable | None]) -> Key:
    return lambda at: keys[at]


def _both(*parts: Any) -> str | None:
    """One key of several parts; None when one of them is not there."""
    return None if any(each is None for each in parts) else canonical(parts)


def _mark(element: Mapping[str, Any], name: str) -> str | None:
    """The value of the metadata whose key ends so, whatever the prefix that the settings give it."""
    metadata = element.get("metadata")
    if not isinstance(metadata, Mapping):
        return None
    return next((str(value) for key, value in sorted(metadata.items()) if key == name or key.endswith(f"_{name}")), None)


def _marks(element: Mapping[str, Any]) -> list[str]:
    """What else the metadata says of an item, such as that it is a proration or a credit, whatever the prefix."""
    return sorted(key.rpartition("_")[2] for key, value in element.get("metadata", {}).items() if value == "true")


def _starts(phases: Sequence[Mapping[str, Any]], first: Any) -> list[str | None]:
    """When each phase starts: as it says, else where the one before it ends."""
    out: list[str | None] = []
    before = first
    for phase in phases:
        out.append(_both(phase.get("start_date", before)))
        before = phase.get("end_date")
    return out
