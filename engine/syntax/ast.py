"""The syntax tree of a rule file: named tuples, each with the span it was written in.

The forty kinds of nodes are tuples because making forty frozen dataclasses takes longer than parsing a rule file.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from engine.diagnostics import Span


class Name(NamedTuple):
    """A word as it stands in the source."""

    text: str
    span: Span


# --- expressions ------------------------------------------------------------------------------------------------------


class Literal(NamedTuple):
    """A text, whole number, decimal or truth value; `raw` is how it was spelled."""

    value: str | int | Decimal | bool
    raw: str
    span: Span


class Template(NamedTuple):
    """A marked text `t"…{expression}…"`: strings and expressions in turn."""

    parts: tuple[str | Expression, ...]
    raw: str
    span: Span


class Path(NamedTuple):
    """A dotted name such as `order.SBQQ__Quote__r.SBQQ__StartDate__c`; the first name is a binding."""

    names: tuple[Name, ...]
    span: Span

    def __str__(self) -> str:
        return ".".join(each.text for each in self.names)


class Call(NamedTuple):
    """A function or lookup applied to arguments."""

    function: Name
    arguments: tuple[Expression, ...]
    span: Span


class Member(NamedTuple):
    """A field of something that is not a plain path, as `call(price).recurring`; only tests use it."""

    operand: Expression
    name: Name
    span: Span


class Index(NamedTuple):
    """An element of a list, as `phases[0]`; only tests use it."""

    operand: Expression
    index: int  # type: ignore[assignment]  # the field hides a method of tuples that nobody needs
    span: Span


class Binary(NamedTuple):
    """Two operands: `and or == != < <= > >= + - *`."""

    operator: str
    left: Expression
    right: Expression
    span: Span


class Not(NamedTuple):
    """The opposite of a condition."""

    operand: Expression
    span: Span


class Negative(NamedTuple):
    """A number with its sign changed."""

    operand: Expression
    span: Span


class IsSet(NamedTuple):
    """Whether a value is there (`is set`) or absent (`is not set`)."""

    operand: Expression
    negated: bool
    span: Span


class In(NamedTuple):
    """Whether a value is one of a written list."""

    operand: Expression
    choices: ListOf
    span: Span


class ListOf(NamedTuple):
    """A written list."""

    items: tuple[Expression, ...]
    span: Span


class Entry(NamedTuple):
    """One key and value of a written object."""

    key: Name | Template
    value: Expression
    span: Span


class ObjectOf(NamedTuple):
    """A written object, such as metadata."""

    entries: tuple[Entry, ...]
    span: Span


Expression = (
    Literal | Template | Path | Call | Member | Index | Binary | Not | Negative | IsSet | In | ListOf | ObjectOf
)

# --- statements -------------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """The parameter a statement writes: dotted names, quoted names, or templates of settings."""

    segments: tuple[Name | Template, ...]
    span: Span

    def __str__(self) -> str:
        return ".".join(each.text if isinstance(each, Name) else each.raw for each in self.segments)


class Required(NamedTuple):
    """`required "why"`: an absent value is an error, with these words."""

    message: Expression | None
    span: Span


class Assign(NamedTuple):
    """`place = expression` with its modifiers; `replaces` when it was written with `set`."""

    place: Place
    value: Expression
    span: Span
    replaces: bool = False
    default: Expression | None = None
    required: Required | None = None
    when: Expression | None = None
    sensitive: bool = False
    final: bool = False


class Drop(NamedTuple):
    """`drop place`: an inherited assignment is taken away."""

    place: Place
    span: Span


class Block(NamedTuple):
    """`place [when …] { … }`: statements whose places start with this one."""

    place: Place
    when: Expression | None
    body: tuple[Statement, ...]
    span: Span


class Each(NamedTuple):
    """`each place from rows as name { … }`: one element of a list for every row; `from` is left out in an override."""

    place: Place
    rows: Path | None
    name: Name | None
    when: Expression | None
    body: tuple[Statement, ...]
    span: Span


class Report(NamedTuple):
    """`fail CODE text [when …]` or `warn …`."""

    severity: str
    code: Name
    message: Expression
    when: Expression | None
    span: Span


class Store(NamedTuple):
    """`store value in record.Field`: a write-back to Salesforce."""

    value: Expression
    field: Path
    when: Expression | None
    span: Span


class Use(NamedTuple):
    """`use name`: the statements of a part stand here."""

    name: Name
    span: Span


Statement = Assign | Drop | Block | Each | Use | Report | Store

# --- top level --------------------------------------------------------------------------------------------------------


class Rules(NamedTuple):
    """`rules "name" version 1`."""

    name: str
    version: int
    span: Span


class Source(NamedTuple):
    """`source salesforce "schemas/salesforce/cpq.json"`."""

    system: Name
    path: str
    span: Span


class Target(NamedTuple):
    """`target stripe "2026-10-28.endive"`."""

    system: Name
    version: str
    span: Span


class Extend(NamedTuple):
    """`extend "cpq.rules"`."""

    path: str
    span: Span


class Setting(NamedTuple):
    """One line of a settings block."""

    name: Name
    value: Expression
    span: Span


class Settings(NamedTuple):
    """`settings { … }`."""

    entries: tuple[Setting, ...]
    span: Span


class Arm(NamedTuple):
    """One line of a lookup; no keys means `else`. `outcome` is an expression or a failure."""

    keys: tuple[Literal, ...]
    outcome: Expression | Report
    replaces: bool
    span: Span


class Lookup(NamedTuple):
    """`lookup name : Object.Field -> Type { … }`."""

    name: Name
    object: Name
    field: Name
    result: Name
    arms: tuple[Arm, ...]
    span: Span


class Sync(NamedTuple):
    """`sync Order as order when …`: which orders are planned at all."""

    object: Name
    name: Name
    when: Expression
    span: Span


class Read(NamedTuple):
    """`read line from OrderItem as item { … }`."""

    target: Name
    object: Name
    name: Name
    body: tuple[Statement, ...]
    span: Span


class Part(NamedTuple):
    """`part name { … }`: statements that several maps share, written once."""

    name: Name
    body: tuple[Statement, ...]
    span: Span


class Map(NamedTuple):
    """`map price update from rows as name key … on … after … when … { … }`; the action is `create` by default."""

    resource: Name
    action: Name | None
    rows: Path
    name: Name
    key: Expression | None
    on: Expression | None
    after: tuple[Name, ...]
    when: Expression | None
    body: tuple[Statement, ...]
    span: Span
    names_row: bool = True


class Override(NamedTuple):
    """`override customer { … }`, `override read line { … }` or `override lookup name { … }`."""

    kind: str
    name: Name
    qualifier: Name | None
    body: tuple[Statement, ...]
    arms: tuple[Arm, ...]
    span: Span


class Patch(NamedTuple):
    """A changed field of a test's bundle: `OrderItem[0].Field: value`."""

    object: Name
    index: int  # type: ignore[assignment]  # the field hides a method of tuples that nobody needs
    field: Name
    value: Expression
    span: Span


class Given(NamedTuple):
    """`given "bundle.json" with { … }`."""

    path: Literal
    patches: tuple[Patch, ...]
    span: Span


class Expect(NamedTuple):
    """`expect condition`."""

    condition: Expression
    span: Span


class ExpectFinding(NamedTuple):
    """`expect fail CODE`, `expect no warn`."""

    severity: str
    negated: bool
    code: Name | None
    span: Span


class Test(NamedTuple):
    """`test "name" { … }`."""

    name: Literal
    lines: tuple[Given | Expect | ExpectFinding, ...]
    span: Span


Item = Rules | Source | Target | Extend | Settings | Lookup | Sync | Read | Part | Map | Override | Test


class RuleFile(NamedTuple):
    """A whole file, in the order it was written."""

    path: str
    text: str
    items: tuple[Item, ...]
