"""What parameters mean beyond their types, kept by hand in `constraints.json`: units, and the objects that ids name.

A meaning is about the parameters of these names wherever `at` says, as for constraints; of a list of ids, `*` are its
elements. `unit` is `minor`: the smallest unit of a currency. Which parameters are moments, the types say. `refers` is
the resource whose id stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .stripe_constraints import place_of, stands_at

Unit = Literal["minor", "moment"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One entry: the parameters, where they stand, and what they mean."""

    at: tuple[str, ...]
    parameters: tuple[str, ...]
    source: str
    unit: Unit | None = None
    refers: str | None = None

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Meaning:
        """A meaning from its entry in the file."""
        return cls(
            place_of(raw.get("at", "")), tuple(raw["parameters"]), raw["source"], raw.get("unit"), raw.get("refers")
        )

    def is_of(self, path: tuple[str, ...]) -> bool:
        """Whether the parameter at `path` is one that this is about."""
        return path[-1] in self.parameters and stands_at(self.at, path[:-1])
