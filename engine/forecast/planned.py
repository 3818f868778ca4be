"""What the calls of a plan ask Stripe to bill, as types.

The forecast reads a whole plan into these first (`reading.py`), and bills them then. Instants are UTC seconds; `now` of a
parameter, and what the answer to an earlier call will tell, are the moment of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from .cycles import Anchor, Cycle
from .model import Kind
from .prices import PlannedCoupon, PlannedPrice

Edge = Literal["phase_start", "phase_end", "min_item_period_end", "timestamp", "none"]

ModeName = Literal["classic", "flexible"]

Key = tuple[str, str | None]
"""What an item is known by from one phase to the next: its price, and the order line that it was sold on."""


@dataclass(frozen=True, slots=True)
class BilledItem:
    """A recurring item; `quantity` is absent for metered prices."""

    price: PlannedPrice
    quantity: int | None
    order_item: str | None
    discounts: tuple[PlannedCoupon, ...] = ()

    @property
    def holder(self) -> str:
        """What stays the same when the item goes on in another phase: its order line, else its price."""
        return self.order_item or self.price.id

    @property
    def key(self) -> Key:
        """What the item is known by."""
        return self.price.id, self.order_item


@dataclass(frozen=True, slots=True)
class Extra:
    """An item that is billed once, of `add_invoice_items`.

    `at_once` says that it bears the metadata of a proration, so that an invoice is made for it where it would wait.
    `starts` and `ends` say what its period is, with the instants of `timestamp`.
    """

    price: PlannedPrice
    quantity: int
    order_item: str | None
    kind: Kind
    at_once: bool
    discounts: tuple[PlannedCoupon, ...] = ()
    discountable: bool = True
    starts: Edge = "none"
    ends: Edge = "none"
    starts_at: int = 0
    ends_at: int = 0


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a phase is: so many cycles from where it starts."""

    cycle: Cycle
    count: int = 1

    def after(self, start: int) -> int:
        """The instant at which it is over."""
        return self.cycle.date(Anchor(start), self.count)


@dataclass(frozen=True, slots=True)
class BilledPhase:
    """A phase; `end` is absent when it goes on. `prorates` is absent where Stripe's default, `create_prorations`, holds."""

    start: int
    end: int | None
    items: tuple[BilledItem, ...]
    extras: tuple[Extra, ...] = ()
    prorates: str | None = None
    discounts: tuple[PlannedCoupon, ...] = ()
    trial_end: int | None = None
    resets_anchor: bool | None = None
    days_until_due: int | None = None

    @property
    def cycles(self) -> frozenset[Cycle]:
        """The billing cycles of its items."""
        return frozenset(each.price.cycle for each in self.items if each.price.cycle)


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """A phase of a schedule as a call gives it: without a start it begins where the one before it ends.

    `lasts` stands for the end of a phase with a duration; `free` says that all of it is a trial.
    """

    body: BilledPhase
    starts: int | None
    lasts: Lasting | None
    free: bool

    def placed(self, start: int) -> BilledPhase:
        """The phase in time, where the one before it ends at `start`."""
        begins = start if self.starts is None else self.starts
        end = self.body.end if self.lasts is None else self.lasts.after(begins)
        return replace(self.body, start=begins, end=end, trial_end=end if self.free else self.body.trial_end)


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What a call sets for a whole subscription or schedule; what is absent stays as it is."""

    ends: bool | None = None
    days_until_due: int | None = None
    mode: ModeName | None = None
    resets_anchor: bool | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """When a subscription is told to end: at an instant, or with the current period of an item.

    That is the item with the shortest or the longest; `current` where the call does not say which.
    """

    at: int | None = None
    with_period: Literal["shortest", "longest", "current"] | None = None


@dataclass(frozen=True, slots=True)
class CreateSchedule:
    """A schedule is made, of its phases or from a subscription that is there."""

    id: str
    settings: CallSettings
    start: int
    phases: tuple[PlannedPhase, ...] = ()
    of_subscription: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateSchedule:
    """A schedule is changed; `phases` is None where it keeps its own."""

    target: str
    settings: CallSettings
    phases: tuple[PlannedPhase, ...] | None
    prorates: str | None


@dataclass(frozen=True, slots=True)
class CreateSubscription:
    """A subscription without a schedule is made. `anchor` is absent where its start is its anchor."""

    id: str
    settings: CallSettings
    phase: BilledPhase
    anchor: Anchor | None
    stop: Stop | None


@dataclass(frozen=True, slots=True)
class UpdateSubscription:
    """Items are added to a subscription, or it is told when to end; `phase.discounts` count where `discounts_given`."""

    target: str
    settings: CallSettings
    phase: BilledPhase
    discounts_given: bool
    stop: Stop | None


@dataclass(frozen=True, slots=True)
class Cancel:
    """A schedule or subscription is ended now; `prorates` gives the unused rest back, `invoices` makes a last invoice."""

    target: str
    prorates: bool
    invoices: bool


@dataclass(frozen=True, slots=True)
class CreateInvoiceItem:
    """An item waits for an invoice, for the one that it names, or for the next of its contract's `of_subscription`."""

    item: Extra
    start: int
    end: int
    invoice: str | None
    of_subscription: bool = False


@dataclass(frozen=True, slots=True)
class CreateInvoice:
    """An invoice takes the items that name it and, where `takes_pending`, those that wait."""

    id: str
    takes_pending: bool
    discounts: tuple[PlannedCoupon, ...]
    due: int | None


PlannedCall = (
    CreateSchedule
    | UpdateSchedule
    | CreateSubscription
    | UpdateSubscription
    | Cancel
    | CreateInvoiceItem
    | CreateInvoice
)


@dataclass(frozen=True, slots=True)
class PlannedEarlier:
    """What an earlier plan asked for, at an instant; `assumed` says how that is known."""

    at: int
    assumed: str
    calls: tuple[PlannedCall, ...]


@dataclass(frozen=True, slots=True)
class PlannedContract:
    """The calls of one contract that bill something, in the plan's order.

    `start` and `end` are midnights of its dates; `end` is absent where it has none. `mode` is the billing mode that a
    subscription has that an earlier plan made, where the plan says it. `earlier` are the calls of earlier plans, in their
    order.
    """

    id: str
    currency: str
    start: int | None
    end: int | None
    mode: ModeName | None = None
    calls: tuple[PlannedCall, ...] = field(default=())
    earlier: tuple[PlannedEarlier, ...] = ()

    @property
    def assumed(self) -> tuple[str, ...]:
        """What is taken for granted of earlier plans."""
        return tuple(each.assumed for each in self.earlier)
