"""Marks: the metadata keys by which the program finds its own objects again in Stripe.

Which key holds what is derived from the rules and written into the plan, so that a team may name its keys as it likes
and have others beside them (docs/contract-model.md "Metadata").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .parameters import leaves
from .pointers import steps

IDS = ("order_item", "order")
"""The marks that hold the id of a record."""

TEXTS = ("segment_index", "segment_label")
"""The marks that hold a text of the contract model."""

FLAGS = ("proration", "backend_proration", "credit", "rounding")
"""The marks that are "true" where something holds, and absent elsewhere."""

NAMES = (*IDS, *TEXTS, *FLAGS)

_SET = "true"


@dataclass(frozen=True, slots=True)
class Marks:
    """The metadata keys of each mark; a mark may have several, where rules write the same under several keys.

    `objects` are the objects of the source whose ids the marks hold, by mark.
    """

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    objects: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def prefixed(cls, prefix: str) -> Marks:
        """The marks as plans of format 1.0 had them: a prefix and the name, ids with `_id` behind."""
        return cls({name: (f"{prefix}{name}_id" if name in IDS else prefix + name,) for name in NAMES})

    @classmethod
    def from_json(cls, value: Mapping[str, Any], objects: Mapping[str, str]) -> Marks:
        """The marks that a plan document states, and the objects."""
        return cls({name: tuple(map(str, value[name])) for name in NAMES if value.get(name)}, dict(objects))

    def to_json(self) -> dict[str, list[str]]:
        """The marks as a plan states them."""
        return {name: list(self.keys[name]) for name in NAMES if self.keys.get(name)}

    def joined(self, other: Marks) -> Marks:
        """These marks, and where they say nothing of an object those of others."""
        names = dict.fromkeys((*self.keys, *other.keys))
        return Marks(
            {each: tuple(dict.fromkeys((*self.keys.get(each, ()), *other.keys.get(each, ())))) for each in names},
            {**other.objects, **self.objects},
        )

    def of(self, metadata: Any, name: str) -> str | None:
        """What an object's metadata says under a mark."""
        if not isinstance(metadata, Mapping):
            return None
        found = (metadata.get(key) for key in self.keys.get(name, ()))
        return next((each for each in found if isinstance(each, str) and each), None)

    def line(self, record_id: str | None) -> str | None:
        """The record of an order line, as messages name it: `OBJECT(ID)`, `line(ID)` where no plan says what it is."""
        return f"{self.objects.get('order_item', 'line')}({record_id})" if record_id else None

    def has(self, metadata: Any, flag: str) -> bool:
        """Whether an object's metadata has a flag."""
        return self.of(metadata, flag) == _SET

    def flags(self, metadata: Any) -> tuple[str, ...]:
        """The flags that an object's metadata has."""
        return tuple(each for each in FLAGS if self.has(metadata, each))


def marks_among(params: Iterable[Mapping[str, Any]], objects: Mapping[str, str]) -> Marks:
    """The marks of plans of format 1.0, which do not state them: one prefix before all names, seen in their metadata."""
    ending = "order_item_id"
    for each in params:
        for at, _ in leaves(each):
            *_, holder, key = ("", *steps(at))
            if holder == "metadata" and key.endswith(ending):
                return replace(Marks.prefixed(key[: -len(ending)]), objects=dict(objects))
    return Marks(objects=dict(objects))
