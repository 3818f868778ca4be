"""The syntax tree of a rule file: frozen dataclasses, each with the span it was written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Name:
    """A word as it stands in the source."""

    text: str
    span: Span


# --- expressions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, whole number, decimal or truth value; `raw` is how it was spelled."""

    value: str | int | Decimal | bool
    raw: str
    span: Span


@dataclass(frozen=True, slots=True)
class Template:
    """A marked text `t"…{expression}…"`: strings and expressions in turn."""

    parts: tuple[str | Expression, ...]
    raw: str
    span: Span


@dataclass(frozen=True, slots=True)
class Path:
    """A dotted name such as `order.SBQQ__Quote__r.SBQQ__StartDate__c`; the first name is a binding."""

    names: tuple[Name, ...]
    span: Span

    def __str__(self) -> str:
        return ".".join(each.text for each in self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """A function or lookup applied to arguments."""

    function: Name
    arguments: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Member:
    """A field of something that is not a plain path, as `call(price).recurring`; only tests use it."""

    operand: Expression
    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """An element of a list, as `phases[0]`; only tests use it."""

    operand: Expression
    index: int
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands: `and or == != < <= > >= + - *`."""

    operator: str
    left: Expression
    right: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Negative:
    """A number with its sign changed."""

    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class IsSet:
    """Whether a value is there (`is set`) or absent (`is not set`)."""

    operand: Expression
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class In:
    """Whether a value is one of a written list."""

    operand: Expression
    choices: ListOf
    span: Span


@dataclass(frozen=True, slots=True)
class ListOf:
    """A written list."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """One key and value of a written object."""

    key: Name | Template
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """A written object, such as metadata."""

    entries: tuple[Entry, ...]
    span: Span


Expression = (
    Literal | Template | Path | Call | Member | Index | Binary | Not | Negative | IsSet | In | ListOf | ObjectOf
)

# --- statements -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """The parameter a statement writes: dotted names, quoted names, or templates of settings."""

    segments: tuple[Name | Template, ...]
    span: Span

    def __str__(self) -> str:
        return ".".join(each.text if isinstance(each, Name) else each.raw for each in self.segments)


@dataclass(frozen=True, slots=True)
class Required:
    """`required "why"`: an absent value is an error, with these words."""

    message: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Assign:
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


@dataclass(frozen=True, slots=True)
class Drop:
    """`drop place`: an inherited assignment is taken away."""

    place: Place
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """`place [when …] { … }`: statements whose places start with this one."""

    place: Place
    when: Expression | None
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Each:
    """`each place from rows as name { … }`: one element of a list for every row; `from` is left out in an override."""

    place: Place
    rows: Path | None
    name: Name | None
    when: Expression | None
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Report:
    """`fail CODE text [when …]` or `warn …`."""

    severity: str
    code: Name
    message: Expression
    when: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Store:
    """`store value in record.Field`: a write-back to Salesforce."""

    value: Expression
    field: Path
    when: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Use:
    """`use name`: the statements of a part stand here."""

    name: Name
    span: Span


Statement = Assign | Drop | Block | Each | Use | Report | Store

# --- top level --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rules:
    """`rules "name" version 1`."""

    name: str
    version: int
    span: Span


@dataclass(frozen=True, slots=True)
class Source:
    """`source salesforce "schemas/salesforce/cpq.json"`."""

    system: Name
    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class Target:
    """`target stripe "2026-10-28.endive"`."""

    system: Name
    version: str
    span: Span


@dataclass(frozen=True, slots=True)
class Extend:
    """`extend "cpq.rules"`."""

    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of a settings block."""

    name: Name
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Settings:
    """`settings { … }`."""

    entries: tuple[Setting, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Arm:
    """One line of a lookup; no keys means `else`. `outcome` is an expression or a failure."""

    keys: tuple[Literal, ...]
    outcome: Expression | Report
    replaces: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Lookup:
    """`lookup name : Object.Field -> Type { … }`."""

    name: Name
    object: Name
    field: Name
    result: Name
    arms: tuple[Arm, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Sync:
    """`sync Order as order when …`: which orders are planned at all."""

    object: Name
    name: Name
    when: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Read:
    """`read line from OrderItem as item { … }`."""

    target: Name
    object: Name
    name: Name
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Part:
    """`part name { … }`: statements that several maps share, written once."""

    name: Name
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Map:
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
    names_row: bool = field(default=True)


@dataclass(frozen=True, slots=True)
class Override:
    """`override customer { … }`, `override read line { … }` or `override lookup name { … }`."""

    kind: str
    name: Name
    qualifier: Name | None
    body: tuple[Statement, ...]
    arms: tuple[Arm, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Patch:
    """A changed field of a test's bundle: `OrderItem[0].Field: value`."""

    object: Name
    index: int
    field: Name
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Given:
    """`given "bundle.json" with { … }`."""

    path: Literal
    patches: tuple[Patch, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect condition`."""

    condition: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectFinding:
    """`expect fail CODE`, `expect no warn`."""

    severity: str
    negated: bool
    code: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Test:
    """`test "name" { … }`."""

    name: Literal
    lines: tuple[Given | Expect | ExpectFinding, ...]
    span: Span


Item = Rules | Source | Target | Extend | Settings | Lookup | Sync | Read | Part | Map | Override | Test


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A whole file, in the order it was written."""

    path: str
    text: str
    items: tuple[Item, ...]
