"""The constraints kept by hand beside the generated schema: a closed vocabulary, read from `constraints.json`.

Each entry names a kind, where it holds (`resources`, `operations`, `at`), the parameters it is about, an optional
condition, its figures, and its source. The kinds:

    required          the parameters must be there
    at_least_one      one of the parameters must be there
    at_most_one       no two of the parameters may be there
    forbidden         none of the parameters may be there
    value             the parameter, where it is there, has one of `values`
    max_length        a text has at most `limit` characters
    max_items         a list has at most `limit` elements
    range             a number is at least `minimum`, above `above`, at most `maximum`
    decimals          a number has at most `limit` decimal places
    without           a text has none of the characters in `values`
    currency          a currency code is one of the file's `currencies`; of a map, its keys are
    metadata          a map has at most `limit` keys, keys of `key_length` characters, values of `value_length`
    ordered           the first parameter is not more than the second
    tiers             a list of tiers rises in `up_to`, and its last and no other is `inf`

`at` is the JSON pointer of the object that holds the parameters: `*` stands for one step, a leading `**` for any
steps, and `0` for the first element of a list.
A condition compares one parameter of that object, itself a pointer without its leading slash: `is` with a list of
values, `is_not` with a list of values (which an absent one passes), `present` with true or false. A step through a
reference goes on in the parameters of the call that it points to: `price/recurring/usage_type`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..pointers import steps

_ABSENT = object()


class Open:
    """A value that only an order decides: the rules assign the parameter, and nothing more is known of it."""

    def __repr__(self) -> str:
        return "OPEN"


OPEN = Open()


@dataclass(frozen=True, slots=True)
class Possible:
    """A parameter that the rules assign under a condition, so that it may be absent; `value` is what it then is."""

    value: Any = OPEN


@dataclass(frozen=True, slots=True)
class Linked:
    """An id that is not known yet; `target` is the parameters of the call that makes it, as far as they are known."""

    target: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of one parameter before a constraint is looked at."""

    parameter: tuple[str, ...]
    values: tuple[Any, ...] | None = None
    excluded: tuple[Any, ...] | None = None
    present: bool | None = None

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Condition:
        """A condition from its entry in the file."""
        values, excluded = raw.get("is"), raw.get("is_not")
        return cls(
            tuple(raw["parameter"].split("/")),
            None if values is None else tuple(values),
            None if excluded is None else tuple(excluded),
            raw.get("present"),
        )

    def holds(self, holder: Mapping[str, Any]) -> bool:
        """Whether the object `holder` certainly meets the condition."""
        found: Any = holder
        for step in self.parameter:
            found = found.target if isinstance(found, Linked) else found
            found = found.get(step, _ABSENT) if isinstance(found, Mapping) else _ABSENT
            if isinstance(found, Possible):
                return False
        if self.present is not None:
            return (found is not _ABSENT) is self.present
        if found is OPEN:
            return False
        return found in self.values if self.values is not None else found not in (self.excluded or ())

    def __str__(self) -> str:
        name = ".".join(self.parameter)
        if self.values is not None:
            return f"`{name}` is {' or '.join(f'`{each}`' for each in self.values)}"
        if self.excluded is not None:
            return f"`{name}` is not {' or '.join(f'`{each}`' for each in self.excluded)}"
        return f"`{name}` is set" if self.present else f"`{name}` is not set"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One entry: `at` is the holding object's pointer in steps, the figures are None where the kind has none."""

    kind: str
    at: tuple[str, ...]
    parameters: tuple[str, ...]
    when: tuple[Condition, ...]
    source: str
    limit: int | None = None
    minimum: int | None = None
    above: int | None = None
    maximum: int | None = None
    key_length: int | None = None
    value_length: int | None = None
    values: tuple[Any, ...] = ()

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Constraint:
        """A constraint from its entry in the file."""
        figures = ("limit", "minimum", "above", "maximum", "key_length", "value_length")
        return cls(
            kind=raw["kind"],
            at=place_of(raw.get("at", "")),
            parameters=tuple(raw["parameters"]),
            when=tuple(Condition.read(each) for each in raw.get("when", ())),
            source=raw["source"],
            values=tuple(raw.get("values", ())),
            **{name: raw[name] for name in figures if name in raw},
        )

    def is_at(self, path: tuple[str, ...]) -> bool:
        """Whether the object at `path` is one that this constraint looks into."""
        return stands_at(self.at, path)

    def names(self, path: tuple[str, ...]) -> bool:
        """Whether the parameter at `path` is one that this constraint is about."""
        return path[-1] in self.parameters and self.is_at(path[:-1])

    def is_about(self, names: Collection[str]) -> bool:
        """Whether an object with parameters of these names can ever break the constraint."""
        return any(each.partition("/")[0] in names for each in self.parameters)

    def applies(self, holder: Mapping[str, Any]) -> bool:
        """Whether the conditions hold for an object."""
        return all(each.holds(holder) for each in self.when)


@dataclass(frozen=True, slots=True)
class Constraints:
    """All constraints of one API version, and what else the SDK does not say of its resources."""

    prefixes: Mapping[str, str | None]
    currencies: frozenset[str]
    entries: tuple[Mapping[str, Any], ...]
    also_accepted: tuple[Mapping[str, Any], ...] = ()
    meanings: tuple[Mapping[str, Any], ...] = ()
    _found: dict[tuple[str, str], tuple[Constraint, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Constraints:
        """The file's constraints; none when a version has no such file."""
        raw = json.loads(file.read_bytes()) if file.is_file() else {}
        prefixes = {name: each.get("id_prefix") for name, each in raw.get("resources", {}).items()}
        currencies = frozenset(raw.get("currencies", {}).get("values", ()))
        entries, accepted, meanings = (
            tuple(raw.get(name, ())) for name in ("constraints", "also_accepted", "meanings")
        )
        return cls(prefixes, currencies, entries, accepted, meanings)

    def widen(self, definitions: Mapping[str, Any]) -> None:
        """Adds to the enums of a generated file the words that Stripe takes and its SDK does not list."""
        for entry in self.also_accepted:
            for name in entry["definitions"]:
                if name in definitions:
                    enum = definitions[name]["properties"][entry["property"]]["enum"]
                    enum += [word for word in entry["values"] if word not in enum]

    def id_prefix(self, resource: str) -> str | None:
        """The letters that start a resource's ids, such as `cus_`; None where the account chooses the ids."""
        return self.prefixes.get(resource)

    def of(self, resource: str, operation: str) -> tuple[Constraint, ...]:
        """The constraints on the parameters of one operation, in the order of the file."""
        key = (resource, operation)
        if key not in self._found:
            self._found[key] = tuple(
                Constraint.read(each)
                for each in self.entries
                if _lists(each.get("resources"), resource) and _lists(each.get("operations"), operation)
            )
        return self._found[key]


def _lists(names: list[str] | None, name: str) -> bool:
    """Whether a name is listed; no list stands for all names."""
    return names is None or name in names


def stands_at(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether a path is of a pattern, in which `*` is any step and a leading `**` any steps."""
    if pattern[:1] == ("**",):
        rest = pattern[1:]
        return not rest or (len(path) >= len(rest) and _fits(rest, path[-len(rest) :]))
    return _fits(pattern, path)


def place_of(pointer: str) -> tuple[str, ...]:
    """The steps of the pointer of an object, which may be a pattern."""
    return tuple(steps(pointer if pointer.startswith("/") or not pointer else f"/{pointer}"))


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return len(pattern) == len(path) and all(each in {"*", step} for each, step in zip(pattern, path, strict=True))
