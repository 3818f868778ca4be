"""Bindings: which objects of the source the rules bind to the roles of the contract model, and the ways between them.

The contract model knows roles (`order`, `line`, `account`) and relations (`line.of`, `line.revises`), declared in
`schemas/model.json`. Which objects and lookups those are is read off the `read` rules: `of = item.Order`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .immutable import Immutable


class Hop(Immutable):
    """One lookup of a way: from a record of `object` by `relationship`, which is its field `field`, to one of `target`."""

    object: str
    relationship: str
    field: str
    target: str


Way = tuple[Hop, ...]
"""Lookups that are followed one after the other, at least one."""

Place = tuple[str, str, str]
"""A relation of an object: what `read` fills, the object it is read from, and the term."""


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a rule set binds: `roles` to objects, the first of which is the role's own, and relations to ways.

    A relation has several ways where the rules say `first(…)`: the first that leads to a record counts. `needed` are
    the lookups, as object and field, that a plan is wrong without.
    """

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ways: Mapping[Place, tuple[Way, ...]] = field(default_factory=dict)
    needed: frozenset[tuple[str, str]] = frozenset()

    def own(self, role: str) -> str:
        """The object of a role; an empty text where the rules bind none."""
        return next(iter(self.roles.get(role, ())), "")

    def of(self, target: str, object_name: str, term: str) -> tuple[Way, ...]:
        """The ways of a relation from an object, none where the rules give none."""
        return self.ways.get((target, object_name, term), ())

    def declared(self, target: str, term: str) -> Iterator[tuple[str, Way]]:
        """The ways of a relation from every object that it is read from."""
        for (a_target, name, a_term), ways in self.ways.items():
            if (a_target, a_term) == (target, term):
                for way in ways:
                    yield name, way

    def lookups(self) -> Iterator[tuple[str, str]]:
        """Every lookup that a relation follows, as object and field."""
        for ways in self.ways.values():
            for way in ways:
                for hop in way:
                    yield hop.object, hop.field
