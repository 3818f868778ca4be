"""Which element of an old list stands for which of a new one: an inserted phase does not make the later ones differ."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ..marks import Marks
from ..plan import canonical

Pair = tuple[int | None, int | None]
"""The place of an element in the old and in the new list; None where it has no counterpart."""

Element = Mapping[str, Any]
Key = Callable[[Element], Hashable | None]
"""What an element stands for; None when that cannot be said."""


def matched(
    name: str,
    old: Sequence[Element],
    new: Sequence[Element],
    start: tuple[Any, Any] = (None, None),
    marks: Marks = Marks(),  # noqa: B008 - it cannot change
) -> list[Pair]:
    """The pairs of two lists of objects that stand at the parameter `name`.

    Elements are matched by what they stand for, in passes from strict to loose: phases by their start; others first
    when they are the same, then items by their order line, discounts by their coupon, tiers by their bound. What is left
    is matched by its place, except items of different order lines, which have nothing to do with one another. `start`
    is where the first phase starts on either side; `marks` are the metadata keys of both plans.
    """
    pairs = _Pairs(old, new)
    if name == "phases":
        pairs.by(_starts(old, start[0]), _starts(new, start[1]))
    for key in _passes(marks).get(name, (canonical, _anything)):
        pairs.by([key(each) for each in old], [key(each) for each in new])
    return pairs.done()


class _Pairs:
    """The pairs of two lists while they are found."""

    def __init__(self, old: Sequence[Element], new: Sequence[Element]) -> None:
        self.old = dict.fromkeys(range(len(old)))
        self.new = dict.fromkeys(range(len(new)))
        self.found: dict[int, int] = {}

    def by(self, old_keys: Sequence[Hashable | None], new_keys: Sequence[Hashable | None]) -> None:
        """Pairs what is left and has the same key; the first with the first where several have it."""
        waiting: dict[Hashable, list[int]] = {}
        for at in reversed(self.old):
            key = old_keys[at]
            if key is not None:
                waiting.setdefault(key, []).append(at)
        for at in list(self.new):
            same = waiting.get(new_keys[at])
            if same:
                self.found[at] = same.pop()
                del self.old[self.found[at]], self.new[at]

    def done(self) -> list[Pair]:
        """All pairs: removed elements where they stood, added ones where they stand."""
        pairs: list[Pair] = [(at, None) for at in self.old]
        pairs += [(self.found.get(at), at) for at in sorted({*self.found, *self.new})]
        return sorted(pairs, key=lambda pair: (pair[1] if pair[1] is not None else pair[0] or 0, pair[1] is not None))


# --- keys -------------------------------------------------------------------------------------------------------------


def _all_of(*keys: Key) -> Key:
    """One key of several; None when one of them cannot be said."""

    def key(element: Element) -> Hashable | None:
        parts = [each(element) for each in keys]
        return None if any(each is None for each in parts) else canonical(parts)

    return key


def _value(name: str) -> Key:
    """The parameter itself."""
    return lambda element: canonical(element[name]) if name in element else None


def _mark(marks: Marks, name: str) -> Key:
    """What the metadata of an element says under a mark."""
    return lambda element: marks.of(element.get("metadata"), name)


def _unmarked(key: Key, marks: Marks) -> Key:
    """A key of items of which nobody knows the order line."""
    return lambda item: key(item) if marks.of(item.get("metadata"), "order_item") is None else None


def _without_metadata(element: Element) -> str:
    return canonical({name: value for name, value in element.items() if name != "metadata"})


def _anything(_element: Element) -> str:
    """One key for all: what is left is matched by its place."""
    return ""


def _starts(phases: Sequence[Element], first: Any) -> list[str | None]:
    """When each phase starts: as it says, else where the one before it ends."""
    out: list[str | None] = []
    before = first
    for phase in phases:
        start = phase.get("start_date", before)
        out.append(None if start is None else canonical(start))
        before = phase.get("end_date")
    return out


@lru_cache(maxsize=64)
def _passes_of(keys: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, tuple[Key, ...]]:
    """The keys of the passes for the lists that are known, from strict to loose, by the metadata keys of each mark."""
    marks = Marks(dict(keys))
    line, order = _mark(marks, "order_item"), _mark(marks, "order")
    items = (
        canonical,
        _all_of(line, _value("price")),
        _all_of(line, lambda element: canonical(marks.flags(element.get("metadata")))),
        line,
        _value("id"),
        _unmarked(_value("price"), marks),
        _unmarked(_anything, marks),
    )
    return {
        "phases": (_all_of(order, _value("end_date")), order, _anything),
        "items": items,
        "add_invoice_items": items,
        "discounts": (canonical, _without_metadata, _anything),
        "tiers": (_value("up_to"), _anything),
    }


def _passes(marks: Marks) -> Mapping[str, tuple[Key, ...]]:
    return _passes_of(tuple(sorted(marks.keys.items())))
