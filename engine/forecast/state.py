"""The state of one subscription while it is forecast, and what the start of a phase and a change of items do to it.

The rules are written down in docs/forecast.md with their sources. Where the billing modes differ, `modes` decides.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from . import lines
from .coupons import SUBSCRIPTION, with_invoice_coupons
from .cycles import day
from .invoicing import Invoicing
from .lines import DraftLine
from .model import Course, InvoiceLine, Reason
from .modes import DEFAULT, MODES, Change, Mode
from .planned import BilledItem, BilledPhase, Key, ModeName
from .prices import PlannedCoupon
from .timeline import Timeline

DAY = 86_400


@dataclass(frozen=True, slots=True)
class BillingFrame:
    """What stands fixed: `now` is the moment of the plan, `term_end` the end of the contract.

    `complete` says that the plan makes the subscription, so that its whole past is known.
    """

    contract: str
    currency: str
    now: int
    complete: bool
    term_end: int | None = None


@dataclass(slots=True)
class Seen:
    """What is noticed while a subscription is billed, to explain its figures; see `Course`."""

    short: set[str | None] = field(default_factory=set)
    cut: dict[str | None, int] = field(default_factory=dict)
    tiered: set[str] = field(default_factory=set)
    unbilled_usage: list[DraftLine] = field(default_factory=list)
    planned: set[str] = field(default_factory=set)
    hastened: list[tuple[int, list[InvoiceLine]]] = field(default_factory=list)
    skipped_cycles: int = 0
    trial_until: int | None = None
    mode_matters: bool = False
    changes_unknown: bool = False
    mixed_end: bool = False


@dataclass(slots=True)
class State:
    """A subscription between two instants. `mode_given` is False where no call says the billing mode.

    `brought` is what waits on the customer when it is made, which its first invoice takes up.
    """

    frame: BillingFrame
    time: Timeline
    invoicing: Invoicing
    mode: Mode
    mode_given: bool = False
    begun: bool = False
    over: bool = False
    truncated: bool = False
    goes_on: bool = False
    until: int | None = None
    days_until_due: int | None = None
    resets_anchor: bool = False
    brought: list[DraftLine] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    metered: dict[Key, tuple[BilledItem, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: BillingFrame, time: Timeline, mode: ModeName | None, *, begun: bool) -> State:
        """The state before any call."""
        found = MODES[mode or DEFAULT]
        time = replace(time, resets=found.moves_anchor)
        return cls(frame, time, Invoicing(frame.contract, frame.currency), found, mode is not None, begun)

    def course(self) -> Course:
        """How the billing ran, as far as it explains its figures."""
        seen = self.seen
        return Course(
            contract=self.frame.contract,
            currency=self.frame.currency,
            complete=self.frame.complete,
            short=frozenset(seen.short),
            skipped_cycles=seen.skipped_cycles,
            cut_at={item: day(at) for item, at in seen.cut.items()},
            tiered=frozenset(seen.tiered),
            trial_until=None if seen.trial_until is None else day(seen.trial_until),
            lost=tuple(each.entry.line for each in self.invoicing.pending),
            spans=self._spans(),
            dropped=frozenset(seen.planned) - self._spans().keys(),
            unbilled_usage=tuple(each.line for each in seen.unbilled_usage),
        )

    def _spans(self) -> dict[str, tuple[datetime.date, datetime.date | None]]:
        """From when to when each order line has items in the phases, after all calls."""
        out: dict[str, tuple[datetime.date, datetime.date | None]] = {}
        for phase in self.time.phases:
            for item in phase.items:
                if item.order_item is not None:
                    since, _ = out.get(item.order_item, (day(phase.start), None))
                    out[item.order_item] = (since, None if phase.end is None else day(phase.end))
        return out

    # --- coupons ---

    def coupons(self, item: BilledItem, at: int) -> tuple[PlannedCoupon, ...]:
        """The coupons of an item that count for an invoice of an instant, which uses those up that count once."""
        active = self.invoicing.redemptions.active(item.holder, item.discounts, at)
        self.invoicing.redemptions.spend(item.holder, active)
        return active

    def redeem(self, phase: BilledPhase, at: int) -> None:
        """The coupons of a phase and of its items come into force."""
        self.invoicing.redemptions.redeem(SUBSCRIPTION, phase.discounts, at)
        for each in phase.items:
            self.invoicing.redemptions.redeem(each.holder, each.discounts, at)
            if each.price.tiers and each.order_item:
                self.seen.tiered.add(each.order_item)

    # --- lines ---

    def next_date(self, item: BilledItem, at: int) -> int:
        """The next billing date of an item."""
        return self.time.following(item.price.cycle, at) if item.price.cycle else at

    def billed(self, item: BilledItem, start: int, end: int, cycles: int, at: int) -> DraftLine:
        """An item for so many whole cycles, on an invoice of an instant."""
        return lines.recurring(item, start, end, Decimal(cycles)).discounted(self.coupons(item, at))

    def part_billed(self, item: BilledItem, start: int, end: int, part: Decimal, at: int) -> DraftLine:
        """An item for a part of its cycle, on an invoice of an instant."""
        return lines.recurring(item, start, end, part, kind="proration").discounted(self.coupons(item, at))

    # --- what happens at an instant ---

    def enter(self, phase: BilledPhase, at: int) -> None:
        """A phase starts: its one-time items wait for an invoice, and its coupons are redeemed."""
        self.redeem(phase, at)
        for entry, at_once in self.extras(phase, at):
            self.invoicing.wait([entry], at_once=at_once)

    def extras(self, phase: BilledPhase, at: int) -> list[tuple[DraftLine, bool]]:
        """The one-time items of a phase, each with whether it is not to wait."""
        period_end = min((self.next_date(each, at) for each in phase.items if each.price.cycle), default=at)
        return [
            (lines.once(each, *lines.extra_period(each, phase, at, period_end)), each.at_once) for each in phase.extras
        ]

    def change(
        self,
        before: Sequence[BilledItem],
        after: Sequence[BilledItem],
        behavior: str | None,
        at: int,
        *,
        is_billed: bool,
        discounts: Sequence[PlannedCoupon] = (),
    ) -> None:
        """Items change: nothing under `none`, else prorations that wait for the next invoice.

        `is_billed` says that cycles which begin at this instant have been billed: so it is for a call, which is made after
        the billing of its moment, but not for the start of a phase. `discounts` are those of the subscription. An item with
        the same price, quantity and order line goes on, unless a new anchor ends its cycle.
        """
        time, resets = self.time, self.time.is_reset(at)
        if behavior == "none":
            return
        anchor = time.anchor_at(at if is_billed else at - 1)
        same = {(each.key, each.quantity) for each in before} & {(each.key, each.quantity) for each in after}
        found = Change(at, anchor, self.invoicing.ledger, lambda item: self._whole(item, before, discounts, at))
        waiting: list[DraftLine] = []
        for item in before:
            cycle = item.price.cycle
            stays = (item.key, item.quantity) in same and not resets
            if cycle is None or item.price.metered or stays or (not is_billed and cycle.bills(anchor, at)):
                continue
            self.seen.mode_matters = True
            waiting += self.mode.credits(item, found)
        for item in after:
            cycle = item.price.cycle
            if cycle is None or item.price.metered or (item.key, item.quantity) in same:
                continue
            if not is_billed and time.bills(cycle, at):
                continue  # its cycle begins now, and is billed as a whole
            end = time.following(cycle, at)
            part = lines.cycles_between(cycle, time.anchor_at(at), at, end)
            waiting.append(self.part_billed(item, at, end, part, at))
        self.invoicing.wait(waiting)

    def _whole(
        self, item: BilledItem, beside: Sequence[BilledItem], discounts: Sequence[PlannedCoupon], at: int
    ) -> DraftLine:
        """A whole cycle of an item as it would be invoiced now beside others, which uses no coupon up."""
        redemptions = self.invoicing.redemptions
        entries = [
            lines.recurring(each, at, at, Decimal(1)).discounted(redemptions.active(each.holder, each.discounts, at))
            for each in beside
            if not each.price.metered
        ]
        found = with_invoice_coupons(entries, redemptions.active(SUBSCRIPTION, discounts, at))
        return next(each for each in found if (each.key, each.line.quantity) == (item.key, item.quantity))

    # --- usage ---

    def usage(self, at: int, *, last: bool = False, is_billed: bool = False) -> list[DraftLine]:
        """The metered items whose cycle an instant ends, each for as long as it was there; all of them at the `last`.

        `is_billed` says that cycles which end at this instant have been billed.
        """
        out = []
        for item, since in self.metered.values():
            cycle = item.price.cycle
            if cycle is None or (is_billed and self.time.ends_cycle(cycle, at)):
                continue
            if last or self.time.is_reset(at) or self.time.ends_cycle(cycle, at):
                start = max(since, self.time.previous(cycle, at))
                if start < at:
                    out.append(lines.usage(item, start, at))
        return out

    def meter(self, items: Sequence[BilledItem], at: int) -> None:
        """Which metered items are there from an instant on; for the rest of a cycle those that leave are billed, or not."""
        there = {each.key: each for each in items if each.price.metered}
        for key in [each for each in self.metered if each not in there]:
            item, since = self.metered.pop(key)
            cycle = item.price.cycle
            if cycle is None or self.time.ends_cycle(cycle, at) or self.time.is_reset(at):
                continue
            entry = lines.usage(item, max(since, self.time.previous(cycle, at)), at)
            if entry.start >= at:
                continue
            self.seen.mode_matters = True
            if self.mode.bills_usage_that_leaves:
                self.invoicing.wait([entry])
            else:
                self.seen.unbilled_usage.append(entry)
        for key, item in there.items():
            self.metered[key] = (item, self.metered[key][1] if key in self.metered else at)

    # --- invoices ---

    def invoice(
        self,
        at: int,
        billed: Sequence[DraftLine],
        reason: Reason,
        discounts: Sequence[PlannedCoupon],
        *,
        usage: Sequence[DraftLine] = (),
        takes_pending: bool = True,
    ) -> None:
        """An invoice of the subscription, with the payment term of its phase or its own."""
        phase = self.time.phase(at) or self.time.phases[-1]
        term = self.days_until_due if phase.days_until_due is None else phase.days_until_due
        due = None if term is None else at + term * DAY
        self.invoicing.issue(at, billed, reason, discounts, due=due, usage=usage, takes_pending=takes_pending)

    def flush(self, at: int, *, even_alone: bool = False, hastens: bool = True) -> None:
        """An invoice for items that would wait, if one of them is a proration: it takes all that wait.

        `hastens` says that Stripe would make no invoice at this instant by itself.
        """
        urgent = self.invoicing.has_urgent
        if not even_alone and not urgent:
            return
        if hastens and not even_alone:
            self.seen.hastened.append((at, [each.entry.line for each in self.invoicing.pending]))
        phase = self.time.phase(at)
        self.invoice(at, (), "manual", phase.discounts if phase else ())
