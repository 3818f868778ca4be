"""The contract: what an order and its amendments mean, worked out to the phase, the price and the cent.

`schemas/model.json` describes every field for the authors of rules; a test asserts that it agrees with these classes.
Dates are calendar dates; a date stands for midnight UTC; the end of a phase or contract is exclusive. A figure or date
that was worked out has an `Origin` under its field's name in `origin`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from ..money import Money
from ..records import Record

ContractKind = Literal["renewable", "evergreen", "one_time", "catalogue"]
PriceKind = Literal["list", "line", "clone", "proration", "backend_proration", "credit", "rounding"]
UsageType = Literal["licensed", "metered"]
TiersMode = Literal["volume", "graduated"]
ProrationBehavior = Literal["none", "create_prorations"]
PeriodStart = Literal["phase_start", "timestamp"]
PeriodEnd = Literal["phase_end", "min_item_period_end", "timestamp"]
CollectionMethod = Literal["charge_automatically", "send_invoice"]
BillingMode = Literal["classic", "flexible"]
UpdateAction = Literal["adopt", "update", "cancel", "cancel_at"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: the field it was read from, the rule that read it, the sum or the reason with its numbers.

    `others` are further fields that it depends on, with the rules that read those.
    """

    source: str | None = None
    rule: str | None = None
    formula: str | None = None
    others: tuple[Origin, ...] = ()

    @classmethod
    def itself(cls, record: Record) -> Origin:
        """A record's own id."""
        return cls(f"{record}.Id")

    def since(self, formula: str) -> Origin:
        """The same fields, with the sum or the reason that follows from them."""
        return replace(self, formula=formula)

    def beside(self, *others: Origin) -> Origin:
        """The origin of what depends on other values too."""
        return replace(self, others=(*self.others, *others))

    def flat(self) -> Iterator[Origin]:
        """The origin and all that it depends on beside."""
        yield self
        for each in self.others:
            yield from each.flat()


Origins = Mapping[str, Origin]
NO_ORIGINS: Origins = MappingProxyType({})


def no_origins() -> Origins:
    """The origins of what has none, as a default of dataclasses."""
    return NO_ORIGINS


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a tiered price; `up_to` is the last unit of the step, None in the step without an upper bound."""

    up_to: int | None
    unit_amount: Money | None = None
    flat_amount: Money | None = None
    origin: Origins = field(default_factory=no_origins, compare=False)


@dataclass(frozen=True, slots=True)
class Price:
    """A price of the contract: a list price, one of a line's own, or one made from another for a reason of billing.

    `amount` is per billing cycle and unit for a recurring price, per unit for a one-time price, absent beside `tiers`.
    `order_item` is the line that a line price belongs to, also on what is cloned from it, and absent otherwise.
    """

    key: str
    kind: PriceKind
    entry: Record
    product: Record
    currency: str
    order_item: Record | None = None
    amount: Money | None = None
    recurring: bool = True
    cycle_months: int | None = None
    usage_type: UsageType | None = None
    tiers: tuple[Tier, ...] = ()
    tiers_mode: TiersMode | None = None
    consumption_schedule: Record | None = None
    auto_archive: bool = False
    duplicate: bool = False
    proration: bool = False
    credit: bool = False
    original: Price | None = None
    existing_id: str | None = None
    origin: Origins = field(default_factory=no_origins, compare=False)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount: `amount_off` or `percent_off`, never both; `existing_id` is the coupon in Stripe that says the same."""

    key: str
    coupon: Record
    name: str | None
    quote_coupon: Record | None = None
    amount_off: Money | None = None
    percent_off: Decimal | None = None
    duration: str | None = None
    duration_in_months: int | None = None
    max_redemptions: int | None = None
    existing_id: str | None = None
    origin: Origins = field(default_factory=no_origins, compare=False)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a coupon was given for: an order as a whole, or one order line."""

    coupon: Coupon
    order: Record | None = None
    order_item: Record | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A recurring line in a phase: a quantity of a price; `quantity` is absent for a metered price.

    `ended_by` is the order that takes the whole line away, on the last phase in which the line still stands.
    """

    order_item: Record
    price: Price
    quantity: int | None
    metered: bool = False
    segment_key: str | None = None
    discounts: tuple[Coupon, ...] = ()
    ended_by: Record | None = None
    existing_id: str | None = None
    origin: Origins = field(default_factory=no_origins, compare=False)


@dataclass(frozen=True, slots=True)
class OneTimeItem:
    """Something billed once with a phase or an invoice: a one-time line, a proration, a credit, a rounding difference.

    The period that it covers, where it covers one, starts and ends with the phase or at a date of its own (`timestamp`).
    A credit belongs to the line that is reduced; `reduced_by` is the order line that reduces it. `waits_after` is the key of the
    update whose phase has no room for it, so that it waits for the next invoice of the subscription.
    """

    order_item: Record
    price: Price
    quantity: int
    period_start: PeriodStart | None = None
    period_start_date: date | None = None
    period_end: PeriodEnd | None = None
    period_end_date: date | None = None
    proration: bool = False
    backend_proration: bool = False
    credit: bool = False
    rounding: bool = False
    reduced_by: Record | None = None
    waits_after: str | None = None
    discounts: tuple[Coupon, ...] = ()
    origin: Origins = field(default_factory=no_origins, compare=False)


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the contract in which the same items are billed.

    `start_now` and `end_now` say that the boundary is the moment of the call; `started_at` and `ends_at` are the instants
    of boundaries that are not midnight; `started_by` is the key of the update in the same plan that starts the phase.
    `order` is the one whose metadata the phase carries.
    """

    start: date
    end: date
    order: Record
    items: tuple[Item, ...] = ()
    one_time_items: tuple[OneTimeItem, ...] = ()
    proration_behavior: ProrationBehavior | None = None
    start_now: bool = False
    end_now: bool = False
    started_at: datetime | None = None
    ends_at: datetime | None = None
    started_by: str | None = None
    backend_proration: bool = False
    segment_index: int | None = None
    segment_label: str | None = None
    discounts: tuple[Coupon, ...] = ()
    ended_by: Record | None = None
    origin: Origins = field(default_factory=no_origins, compare=False)


@dataclass(frozen=True, slots=True)
class Update:
    """What one amendment changes: the phases as they are sent again, or the end of the schedule or subscription.

    `action` is `adopt` (give a schedule made from a subscription its end), `update`, `cancel` (at once) or `cancel_at` (at midnight of
    `cancel_date`, or at the instant `cancels_at` of that day, when a cycle ends). For a subscription `items` are the lines that are added and `removed_items` those that leave it. `temporary_prices` are archived after it.
    """

    key: str
    order: Record
    action: UpdateAction
    phases: tuple[Phase, ...] = ()
    proration_behavior: ProrationBehavior | None = None
    cancel_date: date | None = None
    cancels_at: datetime | None = None
    items: tuple[Item, ...] = ()
    one_time_items: tuple[OneTimeItem, ...] = ()
    removed_items: tuple[Item, ...] = ()
    prices: tuple[Price, ...] = ()
    temporary_prices: tuple[Price, ...] = ()
    origin: Origins = field(default_factory=no_origins, compare=False)


@dataclass(frozen=True, slots=True)
class Following:
    """Phases for which the schedule of a contract has no room yet: a later plan sends them, from `room` on and before `by`."""

    phases: tuple[Phase, ...]
    room: date
    by: date


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line that is left out of the plan, and why."""

    order_item: Record
    reason: str


@dataclass(frozen=True, slots=True)
class Contract:
    """An initial order with its amendments, ready to be mapped.

    `id` is the id of the initial order, which never changes; `agreement` is the record that CPQ makes later.
    `planned` says that the initial order has been planned before: only `updates` are new then.
    `phases` are those that the schedule is created with; `items` and `one_time_items` are those of the first phase.
    `invoice_items` are what a one-time order bills, and what is more than a phase takes.
    `follows` is what a later plan sends, where the schedule has more phases than Stripe takes at once.
    `own_items_only` says of a one-time order that its invoice is made first, and takes up only what names it.
    """

    id: str
    kind: ContractKind
    order: Record
    account: Record
    orders: tuple[Record, ...]
    currency: str
    quote: Record | None = None
    agreement: Record | None = None
    start: date | None = None
    end: date | None = None
    term_months: int | None = None
    billing_mode: BillingMode | None = None
    collection_method: CollectionMethod | None = None
    days_until_due: int | None = None
    planned: bool = False
    starts_today: bool = False
    segmented: bool = False
    skip_past_invoices: bool = False
    phases: tuple[Phase, ...] = ()
    items: tuple[Item, ...] = ()
    one_time_items: tuple[OneTimeItem, ...] = ()
    invoice_items: tuple[OneTimeItem, ...] = ()
    own_items_only: bool = False
    discounts: tuple[Coupon, ...] = ()
    updates: tuple[Update, ...] = ()
    products: tuple[Record, ...] = ()
    prices: tuple[Price, ...] = ()
    temporary_prices: tuple[Price, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    promises: tuple[Promise, ...] = ()
    skipped: tuple[SkippedLine, ...] = ()
    follows: Following | None = None
    subscription_id: str | None = None
    released: bool = False
    migrated: bool = False
    next_billing_date: date | None = None
    origin: Origins = field(default_factory=no_origins, compare=False)
