"""The syntax tree of a rule file: immutable nodes, each with the span it was written in.

The kinds of nodes are many, see `engine.immutable`.
"""

from __future__ import annotations

from decimal import Decimal

from ..diagnostics import Span
from ..immutable import Immutable


class Name(Immutable):
    """A word as it stands in the source."""

    text: str
    span: Span


# --- expressions ------------------------------------------------------------------------------------------------------


class Literal(Immutable):
    """A text, whole number, decimal or truth value; `raw` is how it was spelled."""

    value: str | int | Decimal | bool
    raw: str
    span: Span


class Template(Immutable):
    """A marked text `t"…{expression}…"`: strings and expressions in turn."""

    parts: tuple[str | Expression, ...]
    raw: str
    span: Span


class Path(Immutable):
    """A dotted name such as `order.Owner.Name`; the first name is a binding."""

    names: tuple[Name, ...]
    span: Span

    def __str__(self) -> str:
        return ".".join(each.text for each in self.names)


class Call(Immutable):
    """A function or lookup applied to arguments."""

    function: Name
    arguments: tuple[Expression, ...]
    span: Span


class Member(Immutable):
    """A field of something that is not a plain path, as `call(price).recurring`; only tests use it."""

    operand: Expression
    name: Name
    span: Span


class Index(Immutable):
    """An element of a list, as `phases[0]`; only tests use it."""

    operand: Expression
    index: int
    span: Span


class Binary(Immutable):
    """Two operands: `and or == != < <= > >= + - *`."""

    operator: str
    left: Expression
    right: Expression
    span: Span


class Not(Immutable):
    """The opposite of a condition."""

    operand: Expression
    span: Span


class Negative(Immutable):
    """A number with its sign changed."""

    operand: Expression
    span: Span


class IsSet(Immutable):
    """Whether a value is there (`is set`) or absent (`is not set`)."""

    operand: Expression
    negated: bool
    span: Span


class In(Immutable):
    """Whether a value is one of a written list."""

    operand: Expression
    choices: ListOf
    span: Span


class ListOf(Immutable):
    """A written list."""

    items: tuple[Expression, ...]
    span: Span


class Entry(Immutable):
    """One key and value of a written object."""

    key: Name | Template
    value: Expression
    span: Span


class ObjectOf(Immutable):
    """A written object, such as metadata."""

    entries: tuple[Entry, ...]
    span: Span


Expression = (
    Literal | Template | Path | Call | Member | Index | Binary | Not | Negative | IsSet | In | ListOf | ObjectOf
)

# --- statements -------------------------------------------------------------------------------------------------------


class Place(Immutable):
    """The parameter a statement writes: dotted names, quoted names, or templates of settings."""

    segments: tuple[Name | Template, ...]
    span: Span

    def __str__(self) -> str:
        return ".".join(each.text if isinstance(each, Name) else each.raw for each in self.segments)


class Required(Immutable):
    """`required "why"`: an absent value is an error, with these words."""

    message: Expression | None
    span: Span


class Assign(Immutable):
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


class Drop(Immutable):
    """`drop place`: an inherited assignment is taken away."""

    place: Place
    span: Span


class Block(Immutable):
    """`place [when …] { … }`: statements whose places start with this one."""

    place: Place
    when: Expression | None
    body: tuple[Statement, ...]
    span: Span


class Each(Immutable):
    """`each place from rows as name { … }`: one element of a list for every row; `from` is left out in an override."""

    place: Place
    rows: Path | None
    name: Name | None
    when: Expression | None
    body: tuple[Statement, ...]
    span: Span


class Report(Immutable):
    """`fail CODE text [when …]` or `warn …`."""

    severity: str
    code: Name
    message: Expression
    when: Expression | None
    span: Span


class Store(Immutable):
    """`store value in record.Field`: a write-back to Salesforce."""

    value: Expression
    field: Path
    when: Expression | None
    span: Span


class Use(Immutable):
    """`use name [when …]`: the statements of a part stand here."""

    name: Name
    when: Expression | None
    span: Span


Statement = Assign | Drop | Block | Each | Use | Report | Store

# --- top level --------------------------------------------------------------------------------------------------------


class Rules(Immutable):
    """`rules "name" version 1`."""

    name: str
    version: int
    span: Span


class Source(Immutable):
    """`source salesforce "schemas/salesforce/cpq.json" namespace "stripeConnector"`."""

    system: Name
    path: str
    span: Span
    namespace: str = ""


class Target(Immutable):
    """`target stripe "2026-10-28.endive"`."""

    system: Name
    version: str
    span: Span


class Extend(Immutable):
    """`extend "cpq.rules"`."""

    path: str
    span: Span


class Setting(Immutable):
    """One line of a settings block."""

    name: Name
    value: Expression
    span: Span


class Settings(Immutable):
    """`settings { … }`."""

    entries: tuple[Setting, ...]
    span: Span


class Arm(Immutable):
    """One line of a lookup; no keys means `else`. `outcome` is an expression or a failure."""

    keys: tuple[Literal, ...]
    outcome: Expression | Report
    replaces: bool
    span: Span


class Lookup(Immutable):
    """`lookup name : Object.Field -> Type { … }`."""

    name: Name
    object: Name
    field: Name
    result: Name
    arms: tuple[Arm, ...]
    span: Span


class Sync(Immutable):
    """`sync Order as order when …`: which orders are planned at all."""

    object: Name
    name: Name
    when: Expression
    span: Span


class Read(Immutable):
    """`read line from LINE as item { … }`."""

    target: Name
    object: Name
    name: Name
    body: tuple[Statement, ...]
    span: Span


class Part(Immutable):
    """`part name { … }`: statements that several maps share, written once."""

    name: Name
    body: tuple[Statement, ...]
    span: Span


class Map(Immutable):
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


class Override(Immutable):
    """`override customer { … }`, `override read line { … }` or `override lookup name { … }`; a map may get another `key`."""

    kind: str
    name: Name
    qualifier: Name | None
    body: tuple[Statement, ...]
    arms: tuple[Arm, ...]
    key: Expression | None
    span: Span


class Patch(Immutable):
    """A changed field of a test's bundle: `LINE[0].Field: value`."""

    object: Name
    index: int
    field: Name
    value: Expression
    span: Span


class Given(Immutable):
    """`given "bundle.json" with { … }`."""

    path: Literal
    patches: tuple[Patch, ...]
    span: Span


class Expect(Immutable):
    """`expect condition`."""

    condition: Expression
    span: Span


class ExpectFinding(Immutable):
    """`expect fail CODE`, `expect no warn`."""

    severity: str
    negated: bool
    code: Name | None
    span: Span


class Test(Immutable):
    """`test "name" { … }`."""

    name: Literal
    lines: tuple[Given | Expect | ExpectFinding, ...]
    span: Span


Item = Rules | Source | Target | Extend | Settings | Lookup | Sync | Read | Part | Map | Override | Test


class RuleFile(Immutable):
    """A whole file, in the order it was written."""

    path: str
    text: str
    items: tuple[Item, ...]
