"""What the schema of one API version is made of: resources, their operations, and the types of their parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .stripe_constraints import Constraint
from .stripe_meanings import Meaning, Unit

Raw = Mapping[str, Any]

_KINDS = {"string": "text", "integer": "integer", "boolean": "boolean", "array": "list"}


@dataclass(frozen=True, slots=True)
class Violation:
    """One parameter that Stripe would refuse.

    `pointer` is the JSON pointer of the parameter itself, also when it is missing or unknown, and "" for the whole.
    `kind` is `unknown`, `required`, `type`, `enum`, `create_only` or a kind of `constraints.json`.
    """

    pointer: str
    message: str
    kind: str


class Node:
    """The type of one parameter, or of the whole parameters of an operation, with references followed when asked.

    `path` is where it stands: names, and `*` for the elements of a list or the values of a map.
    """

    def __init__(
        self,
        raw: Raw,
        definitions: Raw,
        constraints: tuple[Constraint, ...],
        meanings: tuple[Meaning, ...],
        path: tuple[str, ...],
    ) -> None:
        self.path = path
        self.raw = raw
        self._definitions = definitions
        self.hand_kept = constraints
        self._meanings = meanings
        self._places: dict[tuple[str, ...], tuple[Constraint, ...]] = {}

    def __repr__(self) -> str:
        return f"Node({'/'.join(self.path)}: {self.kind})"

    @cached_property
    def _arms(self) -> list[Raw]:
        return list(self.raw.get("anyOf", (self.raw,)))

    @cached_property
    def _typed(self) -> list[Raw]:
        """The arms that are neither the empty text nor literals beside a type, with their references followed."""
        found = [self._followed(arm) for arm in self._arms if not arm.get("x-clearable")]
        typed = [arm for arm in found if "enum" not in arm]
        return typed or found

    @cached_property
    def _main(self) -> Raw:
        return self._typed[0] if self._typed else {"enum": []}

    def _followed(self, raw: Raw) -> Raw:
        reference = raw.get("$ref")
        return self._definitions[reference.removeprefix("#/$defs/")] if reference else raw

    def _child(self, raw: Raw, step: str) -> Node:
        return Node(raw, self._definitions, self.hand_kept, self._meanings, (*self.path, step))

    @cached_property
    def kind(self) -> str:
        """One of text, integer, decimal, number, boolean, enum, timestamp, object, map, list, union.

        `decimal` is a number written as text, `number` a percentage, `timestamp` whole seconds since 1970 in UTC.
        """
        if len(self._typed) > 1:
            return "union"
        main = self._main
        if "x-stripe-type" in main:
            return str(main["x-stripe-type"])
        if "enum" in main:
            return "enum"
        if main.get("type") == "object":
            return "map" if isinstance(main.get("additionalProperties"), dict) else "object"
        return _KINDS[main["type"]]

    @cached_property
    def properties(self) -> dict[str, Node]:
        """The parameters inside an object, by name; empty for every other kind."""
        return {name: self._child(raw, name) for name, raw in self._main.get("properties", {}).items()}

    @cached_property
    def required(self) -> frozenset[str]:
        """The names inside an object without which Stripe refuses the call, whatever else is there."""
        by_hand = (
            name
            for each in self.hand_kept
            if each.kind == "required" and not each.when and each.is_at(self.path)
            for name in each.parameters
        )
        return self.raw_required | {name for name in by_hand if name in self.properties}

    @property
    def raw_required(self) -> frozenset[str]:
        """The part of `required` that the generated file says."""
        return frozenset(self._main.get("required", ()))

    @cached_property
    def item(self) -> Node | None:
        """The type of a list's elements."""
        return self._child(self._main["items"], "*") if self.kind == "list" else None

    @cached_property
    def value(self) -> Node | None:
        """The type of a map's values; its keys are text."""
        return self._child(self._main["additionalProperties"], "*") if self.kind == "map" else None

    @cached_property
    def arms(self) -> tuple[Node, ...]:
        """The types of a union."""
        if self.kind != "union":
            return ()
        return tuple(Node(raw, self._definitions, self.hand_kept, self._meanings, self.path) for raw in self._typed)

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The members of an enum; the empty text that clears a parameter is not one of them."""
        return tuple(self._main.get("enum", ())) if self.kind == "enum" else ()

    @cached_property
    def constants(self) -> tuple[str, ...]:
        """The words that may stand in place of a value of another kind, such as `now` for a timestamp."""
        if self.kind == "enum":
            return ()
        return tuple(word for arm in self._arms for word in arm.get("enum", ()))

    @property
    def clearable(self) -> bool:
        """Whether the empty text removes what was set before."""
        return self.raw.get("x-clearable", False) or any(arm.get("x-clearable") for arm in self._arms)

    @property
    def description(self) -> str:
        """Stripe's own words, in Markdown; empty where Stripe says nothing."""
        return str(self.raw.get("description", ""))

    @property
    def create_only(self) -> bool:
        """Whether the parameter is taken when an object is created and never again."""
        return bool(self.raw.get("x-create-only"))

    @cached_property
    def max_length(self) -> int | None:
        """The most characters of a text."""
        return self._limit("max_length")

    @cached_property
    def max_items(self) -> int | None:
        """The most elements of a list."""
        return self._limit("max_items")

    @cached_property
    def unit(self) -> Unit | None:
        """What a figure counts: `moment` for seconds since 1970, `minor` for a currency's smallest unit."""
        if self.kind == "timestamp" or any(each.kind == "timestamp" for each in self.arms):
            return "moment"
        return next((each.unit for each in self._meant if each.unit is not None), None)

    @cached_property
    def refers(self) -> str | None:
        """The resource whose id stands here."""
        return next((each.refers for each in self._meant if each.refers is not None), None)

    @property
    def _meant(self) -> Iterator[Meaning]:
        return (each for each in self._meanings if self.path and each.is_of(self.path))

    @cached_property
    def constraints(self) -> tuple[Constraint, ...]:
        """The hand-kept constraints that name this parameter, conditional ones too."""
        return tuple(each for each in self.hand_kept if self.path and each.names(self.path))

    def constraints_at(self, place: tuple[str, ...]) -> tuple[Constraint, ...]:
        """The hand-kept constraints that look into the object at a place below this node."""
        if place not in self._places:
            names = self.below(place).properties.keys()
            self._places[place] = tuple(each for each in self.hand_kept if each.is_at(place) and each.is_about(names))
        return self._places[place]

    def below(self, steps: tuple[str, ...]) -> Node:
        """The type of the parameter at a pointer's steps; an index or `*` leads into a list or a map."""
        node = self
        for step in steps:
            node = node.item or node.value or node.properties[step]
        return node

    def at(self, steps: Iterable[str]) -> Node | None:
        """The type of what stands at some steps of a pointer; None where the schema knows none."""
        node: Node | None = self
        for step in steps:
            if node is None:
                return None
            node = node.item or node.value or node.properties.get(step)
        return node

    def _limit(self, kind: str) -> int | None:
        found = [each.limit for each in self.constraints if each.kind == kind and not each.when]
        return min((limit for limit in found if limit is not None), default=None)

    def expectation(self) -> str:
        """What may stand here, in words: "whole seconds since 1970 or `now`"."""
        words = list(_WORDS.get(self.kind, ())) or [f"one of {_listed(self.values)}" if self.values else ""]
        if self.kind == "union":
            words = [arm.expectation() for arm in self.arms]
        words += [f"`{each}`" for each in self.constants]
        if self.clearable:
            words.append("an empty text, which clears it")
        return " or ".join(word for word in words if word)


_WORDS = {
    "text": ("text",),
    "integer": ("a whole number",),
    "decimal": ("a decimal number as text",),
    "number": ("a number",),
    "boolean": ("true or false",),
    "timestamp": ("whole seconds since 1970",),
    "object": ("an object",),
    "map": ("an object of keys and values",),
    "list": ("a list",),
}


def _listed(values: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{each}`" for each in values[:12])
    return shown + (f" and {len(values) - 12} more" if len(values) > 12 else "")  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Operation:
    """One call that writes: `path` spells the object's id as `{id}`, `params` is an object node."""

    name: str
    method: str
    path: str
    description: str
    params: Node


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of Stripe object. `id_prefix` is None where the account chooses the ids."""

    name: str
    id_prefix: str | None
    operations: dict[str, Operation]
