"""The plan: every call, why, and with what; its JSON is described by schemas/plan.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..diagnostics import Diagnostic
from ..marks import Marks
from ..parameters import CallPath, Ref
from ..pointers import upward

FORMAT = "orderplan.plan"
FORMAT_VERSION = "1.2"


@dataclass(frozen=True, slots=True)
class RecordName:
    """The record that something is made of."""

    object: str
    id: str

    def __str__(self) -> str:
        """`Order(801…)`, as sources and findings name a record."""
        return f"{self.object}({self.id})"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a parameter comes from.

    `how` is `mapped`, `constant`, `setting` or `default`; `rule` the position of the rule that wrote it. `source` names
    fields of records, `model` figures of the contract model, `formula` their sums with numbers, `read_by` the rules that
    read the fields, `via` the functions on the way; what does not apply is empty.
    """

    how: str
    rule: str
    source: str = ""
    model: str = ""
    formula: str = ""
    read_by: tuple[str, ...] = ()
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Untaken:
    """What a rule would have written under other circumstances, by the rule's position, and why it did not."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class StoredText:
    """A text of what a write-back writes: texts, and fields of the answer between them."""

    parts: tuple[str | Ref, ...]


@dataclass(frozen=True, slots=True)
class WriteBack:
    """What goes back to a field of a record once a call is answered. `was` is what the field held when it was planned."""

    object: str
    id: str
    field: str
    value: Ref | StoredText
    was: str | None = None

    @property
    def record(self) -> str:
        """The record as findings name it."""
        return f"{self.object}({self.id})"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Stripe API.

    `params` holds JSON values with a `Ref` where an earlier call gives a value, and a `Hidden` where a sensitive one is not
    shown. `provenance`, `omitted` and `alternatives` (what the rules did not do, and why) go by JSON pointer. `sensitive`
    lists the pointers of values that are shown only on demand.
    """

    id: str
    resource: str
    action: str
    method: str
    path: str | CallPath
    params: Mapping[str, Any]
    depends_on: tuple[str, ...]
    idempotency_key: str
    source: RecordName | None
    provenance: Mapping[str, Provenance]
    omitted: Mapping[str, str]
    sensitive: tuple[str, ...]
    store: tuple[WriteBack, ...]
    contract: str
    title: str = ""
    alternatives: Mapping[str, tuple[Untaken, ...]] = field(default_factory=dict)

    @property
    def target(self) -> Ref | None:
        """The object that the call acts on, where an earlier call makes it."""
        found = self.path.id if isinstance(self.path, CallPath) else None
        return found if isinstance(found, Ref) else None

    def origin(self, pointer: str) -> Provenance | None:
        """Where the value at a pointer comes from: what is said of it, or of the nearest thing that it lies in."""
        return next((self.provenance[each] for each in upward(pointer) if each in self.provenance), None)

    def rule(self, pointer: str) -> str | None:
        """The position of the rule that wrote a value: its own, of what it lies in, or of the first thing inside it."""
        inner = (each for name, each in self.provenance.items() if name.startswith(f"{pointer}/"))
        found = self.origin(pointer) or next(inner, None)
        return found.rule if found else None


@dataclass(frozen=True, slots=True)
class ContractSummary:
    """A contract of the plan: dates in ISO 8601, `end` the day after the last; either is absent where there is none.

    `billing_mode` is the one that its subscription has in Stripe, absent where nothing recurs.
    """

    id: str
    kind: str
    order_ids: tuple[str, ...]
    currency: str
    start: str | None = None
    end: str | None = None
    billing_mode: str | None = None

    @property
    def first_order(self) -> str:
        """The initial order, by which the contract is known in every plan."""
        return self.order_ids[0] if self.order_ids else self.id


@dataclass(frozen=True, slots=True)
class Reused:
    """An object in Stripe that the plan uses again. `expected` are figures that the records say it has, where they do."""

    resource: str
    id: str
    source: RecordName | None = None
    expected: Mapping[str, Any] | None = None

    @property
    def call(self) -> str:
        """The id of the call that would make it."""
        return f"{self.resource}/{self.source.id}" if self.source else self.id


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that the plan leaves out, and why."""

    source: RecordName
    reason: str


@dataclass(frozen=True, slots=True)
class KnownObject:
    """What was known of an object in Stripe that the plan changes: the figures that the change rests on."""

    resource: str
    id: str
    figures: Mapping[str, Any]


Moment = Literal["created", "phase", "activated", "start"]
"""What tells when an order was planned: its object in Stripe, its phase there, its activation, or only its start."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier plan sent for one order, worked out again: the calls that bear on what its contract bills.

    `as_of` is the moment of that plan as far as `moment` tells it. The calls say nothing of where their values come from.
    """

    as_of: str
    moment: Moment
    contract: str
    order: str
    calls: tuple[Call, ...]
    reused: tuple[Reused, ...] = ()
    redacted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Follows:
    """Phases that a later plan sends, for Stripe takes ten at once: from and to when each lasts, in ISO 8601.

    `schedule` is the call that makes the schedule, or its id in Stripe. There is room from `since` on; on `by` the schedule
    ends if nothing was sent. `calls` are those of the contract as they would be if Stripe took all phases at once: what
    the whole bills is told by them.
    """

    contract: str
    schedule: str
    phases: tuple[tuple[str, str], ...]
    since: str
    by: str
    calls: tuple[Call, ...] = ()
    redacted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderLineTotal:
    """What Salesforce says an order line is worth: decimals as texts, `total` in major units, absent where it has none.

    `revises` is the order line that it changes.
    """

    order_item: str
    order: str
    contract: str
    currency: str
    total: str | None
    quantity: str = "0"
    recurring: bool = False
    metered: bool = False
    evergreen: bool = False
    revises: str | None = None


@dataclass(frozen=True, slots=True)
class CouponPromise:
    """What a coupon was given for, an order or one of its lines, and for how long.

    `coupon` is the call that makes it, or its id in Stripe. `percent_off`, or `amount_off` in minor units, are decimals as
    texts.
    """

    coupon: str
    contract: str
    duration: str
    name: str | None = None
    order: str | None = None
    order_item: str | None = None
    percent_off: str | None = None
    amount_off: str | None = None
    duration_in_months: int | None = None
    max_redemptions: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one bundle. `sold` is what order lines are worth. `redacted` gives for each call the digests that stand for its sensitive values.

    A bundle that could not be planned at all has a plan too: without `as_of` and calls, with the findings that say why.
    `follows` is what later plans must send of the schedules of this one.
    `history` is what earlier plans sent for contracts that this one changes.
    `revealed_digest` is there for a plan that was saved with its sensitive values: the digest over them that it states.
    `day_starts` are the seconds after midnight UTC at which the days of its orders begin (dates.zone_of).
    `requires_approval` says that the rules want it approved before it is applied.
    `known` is what the bundle said of the objects in Stripe that the calls change.
    The plan holds until `holds_until` (exclusive, ISO 8601), where `holds_because` says what happens then; empty where nothing does.
    `preview` says that orders were planned as if they were activated. `without_secrets` says that it holds only what may be shown. `forecast_cycles` and `strict_money` are how the forecast
    of a saved plan was made.
    """

    as_of: str
    stripe_version: str
    inputs: Mapping[str, Any]
    account: Mapping[str, Any] | None
    contracts: tuple[ContractSummary, ...]
    calls: tuple[Call, ...]
    reused: tuple[Reused, ...]
    skipped: tuple[Skipped, ...]
    sold: tuple[OrderLineTotal, ...]
    diagnostics: tuple[Diagnostic, ...]
    promises: tuple[CouponPromise, ...] = ()
    redacted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    tool_version: str = ""
    digest: str = ""
    revealed_digest: str = ""
    history: tuple[Earlier, ...] = ()
    follows: tuple[Follows, ...] = ()
    without_secrets: bool = False
    preview: bool = False
    holds_until: str = ""
    holds_because: str = ""
    known: tuple[KnownObject, ...] = ()
    day_starts: int = 0
    requires_approval: bool = False
    forecast_cycles: int | None = None
    strict_money: bool = False

    @property
    def bundle(self) -> Mapping[str, Any]:
        """What the plan says of its bundle: `path`, and `sha256` or `hmac_sha256`, as far as it does."""
        found = self.inputs.get("bundle")
        return found if isinstance(found, Mapping) else {}

    @property
    def bundle_hash(self) -> str | None:
        """The digest of the bundle's content, keyed where there was a key."""
        found = self.bundle.get("hmac_sha256") or self.bundle.get("sha256")
        return str(found) if found else None

    @property
    def applyable(self) -> bool:
        """Whether nothing in the plan stands against applying it; a preview is never applied."""
        return self.sound and not self.preview

    @property
    def sound(self) -> bool:
        """Whether the plan is without errors, so that what it bills can be told."""
        return self.planned and not any(each.is_error for each in self.diagnostics)

    @property
    def planned(self) -> bool:
        """Whether the bundle could be read, so that there are contracts and calls."""
        return bool(self.as_of)

    @property
    def summary(self) -> dict[str, int]:
        """How many calls make something, change something, or end something."""
        counts = {"create": 0, "update": 0, "cancel": 0}
        for call in self.calls:
            counts[kind_of(call.action)] += 1
        return counts


def failed_plan(findings: Sequence[Diagnostic], bundle: str, tool_version: str) -> Plan:
    """The plan of a bundle that could not be planned at all."""
    return Plan(
        as_of="",
        stripe_version="",
        inputs={"bundle": {"path": bundle}},
        account=None,
        contracts=(),
        calls=(),
        reused=(),
        skipped=(),
        sold=(),
        diagnostics=tuple(findings),
        tool_version=tool_version,
    )


def kind_of(action: str) -> str:
    """Whether an operation makes, changes or ends an object."""
    if action == "create":
        return "create"
    return "cancel" if action in ("cancel", "delete", "void", "release") else "update"
