"""Checked rules: what validation proves and the compiler turns into functions. Every node knows its type."""

from __future__ import annotations

from typing import Any

from ..bindings import Bindings
from ..diagnostics import Span
from ..immutable import Immutable
from ..schema.types import Type


class Const(Immutable):
    """A value known before any order: written in the rules, or a setting (`setting` is its name)."""

    value: Any
    type: Type
    span: Span
    setting: str | None = None


class Step(Immutable):
    """One step of a walk: a `field` or a `follow`ed lookup of a record, or a field of a `model` object."""

    kind: str
    name: str
    type: Type
    sensitive: bool = False


class Walk(Immutable):
    """A path from a binding; without steps, the bound row itself. `root_type` names the row's object or definition."""

    root: str
    steps: tuple[Step, ...]
    type: Type
    span: Span
    root_type: str = ""


class Apply(Immutable):
    """A function of the language applied to arguments."""

    function: str
    arguments: tuple[Node, ...]
    type: Type
    span: Span


class UseLookup(Immutable):
    """A lookup applied to a picklist value."""

    name: str
    argument: Node
    type: Type
    span: Span


class Ref(Immutable):
    """The id of the object that a map rule makes from a row."""

    resource: str
    row: Node
    type: Type
    span: Span


class Answer(Immutable):
    """A field of Stripe's answer to another call of the plan, named by resource, operation and key."""

    resource: str
    operation: str
    key: Node
    field: str
    type: Type
    span: Span


class Operation(Immutable):
    """`and or not == != < <= > >= + - * negative set unset in`, over operands."""

    operator: str
    operands: tuple[Node, ...]
    type: Type
    span: Span


class Text(Immutable):
    """A template: constant strings and values in turn; absent when any value is."""

    parts: tuple[str | Node, ...]
    type: Type
    span: Span


class Items(Immutable):
    """A written list; absent elements are left out."""

    items: tuple[Node, ...]
    type: Type
    span: Span


class Fields(Immutable):
    """A written object inside a list; absent fields are left out."""

    fields: tuple[tuple[str, Node], ...]
    type: Type
    span: Span


Node = Const | Walk | Apply | UseLookup | Ref | Answer | Operation | Text | Items | Fields


class Assign(Immutable):
    """A parameter or term and where its value comes from. `path` has one step a segment; `whole` asks for a whole number."""

    path: tuple[str, ...]
    value: Node
    span: Span
    conditions: tuple[Node, ...] = ()
    default: Node | None = None
    required: bool = False
    message: Node | None = None
    sensitive: bool = False
    max_length: int | None = None
    whole: bool = False


class Each(Immutable):
    """A list parameter with one element for every row."""

    path: tuple[str, ...]
    rows: Node
    name: str
    body: tuple[Statement, ...]
    span: Span
    conditions: tuple[Node, ...] = ()


class Report(Immutable):
    """A finding of the rules' own."""

    severity: str
    code: str
    message: Node
    span: Span
    conditions: tuple[Node, ...] = ()


class Store(Immutable):
    """A write-back: `value` may use `id` and other fields of the call's result, so it is a template of field names."""

    parts: tuple[str | ResultField, ...]
    holder: Node
    field: str
    span: Span
    conditions: tuple[Node, ...] = ()


class ResultField(Immutable):
    """A field of what Stripe answers."""

    name: str


Statement = Assign | Each | Report | Store


class Arm(Immutable):
    """One outcome of a lookup: a value, or a failure with its code and words."""

    value: Any
    fail: tuple[str, Node] | None
    span: Span


class Lookup(Immutable):
    """A total map over a picklist; `other` is the outcome of `else`."""

    name: str
    source: str
    result: Type
    arms: dict[str, Arm]
    other: Arm | None
    span: Span


class Sync(Immutable):
    """The predicate of records that are planned, and the same as a SOQL condition."""

    object: str
    name: str
    when: Node
    soql: str
    span: Span


class Read(Immutable):
    """How a record becomes terms of the contract model."""

    target: str
    object: str
    name: str
    body: tuple[Statement, ...]
    span: Span


class Map(Immutable):
    """How rows of the contract become calls of one operation. `key` gives the call id, `on` the object it acts on."""

    resource: str
    operation: str
    rows: Node
    name: str
    key: Node
    on: Node | None
    after: tuple[str, ...]
    when: Node | None
    body: tuple[Statement, ...]
    span: Span


class RuleSource(Immutable):
    """A file the rules came from, for the plan's list of inputs."""

    path: str
    sha256: str


class CheckedRules(Immutable):
    """A whole rule set without faults. `stores` says for each resource where its Stripe id is kept, per object."""

    name: str
    files: tuple[RuleSource, ...]
    schemas: tuple[RuleSource, ...]
    catalogue: str
    stripe_version: str
    settings: dict[str, Any]
    lookups: dict[str, Lookup]
    sync: Sync | None
    reads: tuple[Read, ...]
    maps: tuple[Map, ...]
    sensitive_fields: frozenset[tuple[str, str]]
    namespace: str = ""
    tests: tuple[Any, ...] = ()
    filters: tuple[Sync, ...] = ()
    bindings: Bindings = Bindings()
