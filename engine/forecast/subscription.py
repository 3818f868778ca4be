"""A subscription from the calls that make and change it, billed the way Stripe bills it.

The rules are written down in docs/forecast.md with their sources. Calls take effect at the moment of the plan, in its
order; then time runs from there to the end of the last phase.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from . import lines
from .coupons import SUBSCRIPTION, Redemptions, with_invoice_coupons
from .cycles import day
from .model import Course, Invoice, Line, Reason
from .phases import Item, Phase, days_until_due, instant, schedule_phases, subscription_phase
from .prices import Catalogue, Coupon, told
from .timeline import Timeline

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Pending:
    """An invoice item that waits for an invoice; one that is `at_once` gets an invoice of its own."""

    line: Line
    at_once: bool


@dataclass(slots=True)
class Subscription:
    """The state of a subscription while it is forecast. Instants are UTC seconds; `now` is the moment of the plan.

    `complete` says that the plan makes it, so that its whole past is known. `term_end` is the end of its contract, where a
    schedule that lets its subscription go on is looked at no further; `flexible` says that it is in the flexible billing
    mode, in which each past period of a start in the past is a line of its own.
    """

    catalogue: Catalogue
    contract: str
    currency: str
    now: int
    time: Timeline
    complete: bool
    begun: bool = False
    over: bool = False
    truncated: bool = False
    until: int | None = None
    term_end: int | None = None
    goes_on: bool = False
    flexible: bool = False
    invoices: list[Invoice] = field(default_factory=list)
    _days_until_due: int | None = None
    _pending: list[Pending] = field(default_factory=list)
    _redemptions: Redemptions = field(default_factory=Redemptions)
    _short: bool = False
    _skipped_cycles: int = 0
    _cut_at: int | None = None
    _tiered: set[str] = field(default_factory=set)
    _trial_until: datetime.date | None = None

    # --- calls ---

    def create_schedule(self, params: Mapping[str, Any]) -> None:
        """A schedule is made: one that starts in the past starts its subscription at once.

        One that is made from a subscription goes on with what that has, until an update gives it phases.
        """
        self._settle(params)
        if "from_subscription" in params:
            return
        start = instant(params.get("start_date"), self.now, self.now)
        phases = schedule_phases(params["phases"], self.catalogue, start=start, now=self.now)
        self.time = replace(self.time, start=start, anchor=start, phases=phases)
        if start <= self.now:
            self._begin(self.now)

    def update_schedule(self, params: Mapping[str, Any]) -> None:
        """A schedule is changed. Its phases replace those from the first of them on."""
        self._settle(params)
        if "phases" not in params:
            return
        phases = schedule_phases(params["phases"], self.catalogue, start=self.time.start, now=self.now)
        if not self.complete and not self.time.phases:
            self._take_over(phases, ends="end_behavior" not in params or self.time.ends)
        before = self.time.items(self.now)
        self.time = self.time.with_phases(phases)
        if not self.begun:
            start = self.time.phases[0].start
            self.time = replace(self.time, start=start, anchor=start)
            return
        current = self.time.phase(self.now)
        if current is not None:
            starts = current.start == self.now
            self._change(
                before, current.items, current.prorates if starts else params.get("proration_behavior"), self.now
            )
            if starts:
                self._enter(current, self.now)

    def create_subscription(self, params: Mapping[str, Any]) -> None:
        """A subscription without a schedule is made, and starts at once."""
        self._settle(params)
        start = instant(params.get("backdate_start_date"), self.now, self.now)
        phase = subscription_phase(params, self.catalogue, start=start)
        anchor = instant(params.get("billing_cycle_anchor"), self.now, start)
        self.time = Timeline(start, anchor, (phase,), cancel_at=_cancel_at(params))
        self._begin(self.now)

    def update_subscription(self, params: Mapping[str, Any]) -> None:
        """Items are added to a subscription, or it is told when to end."""
        self._settle(params)
        if not self.time.phases:
            self.begun = True
            self.time = replace(self.time, phases=(Phase(self.time.start, None, ()),))
        change = subscription_phase(params, self.catalogue, start=self.now)
        last = self.time.phases[-1]
        phase = replace(last, start=self.now, items=(*last.items, *change.items), extras=change.extras)
        phase = replace(phase, discounts=change.discounts if "discounts" in params else last.discounts)
        self.time = replace(self.time.with_phases((phase,)), cancel_at=_cancel_at(params) or self.time.cancel_at)
        self._change(last.items, phase.items, params.get("proration_behavior"), self.now)
        self._enter(phase, self.now)

    def cancel(self, params: Mapping[str, Any], *, by_default: bool) -> None:
        """The subscription is cancelled now; `by_default` it is prorated and invoiced unless the call says otherwise."""
        self.over = True
        if self.begun and params.get("prorate", by_default):
            self._change(self.time.items(self.now), (), "create_prorations", self.now)
        if self.begun and params.get("invoice_now", by_default):
            self._invoice(self.now, [*self._taken(), *self._usage(self.now)], "manual", ())

    def _settle(self, params: Mapping[str, Any]) -> None:
        """Settings that hold until another call changes them."""
        mode = (params.get("billing_mode") or {}).get("type")
        if mode is not None:
            self.flexible = told(mode) == "flexible"
        if "end_behavior" in params:
            self.time = replace(self.time, ends=params["end_behavior"] == "cancel")
        for each in (params, params.get("default_settings") or {}):
            found = days_until_due(each)
            self._days_until_due = self._days_until_due if found is None else found

    def _take_over(self, phases: Sequence[Phase], *, ends: bool) -> None:
        """A schedule that an earlier plan made: what it has billed is not known, and its coupons have had their turn.

        Unless the update tells how the schedule ends, it ends as the rules end every schedule: with its last phase.
        """
        self.time = replace(self.time, ends=ends)
        self.begun = self.time.start <= self.now
        for each in phases:
            if each.start < self.now:
                self._redeem(each, each.start)
                self._redemptions.spend(SUBSCRIPTION, each.discounts)
                for item in each.items:
                    self._redemptions.spend(item.holder, item.discounts)

    # --- time ---

    def run(self, cycles: int) -> None:
        """Lets time run from the moment of the plan to the end; so many cycles when there is none."""
        self._flush(self.now)
        if self.over or not self.time.phases:
            self.until = self.now
            return
        at = self.now if self.begun else self.time.start
        invoiced = self.complete or not self.begun
        if not self.begun:
            self._begin(at)
        end = self.time.end
        self.goes_on = end is None and self.term_end is not None and self.term_end > at
        ahead = self.term_end if self.goes_on and self.term_end is not None else None
        self.until = ahead or (self.time.horizon(at, cycles - invoiced) if end is None else end)
        dates, self.truncated = self.time.dates(at, self.until)
        starts = {each.start for each in self.time.phases if at < each.start < self.until}
        for each in sorted(dates | starts):
            self._step(each, starts=each in starts, bills=each in dates)
        if end is not None and end > at:
            self._invoice(end, [*self._taken(), *self._usage(end)], "subscription_cycle", ())

    def course(self) -> Course:
        """How the billing ran, as far as it explains its figures."""
        return Course(
            contract=self.contract,
            currency=self.currency,
            complete=self.complete,
            short=self._short,
            skipped_cycles=self._skipped_cycles,
            cut_at=None if self._cut_at is None else day(self._cut_at),
            tiered=frozenset(self._tiered),
            trial_until=self._trial_until,
            lost=tuple(each.line for each in self._pending),
        )

    def _begin(self, at: int) -> None:
        """The first invoice: the cycle that starts, or those that a start in the past has missed."""
        self.begun = True
        first, end = self.time.phases[0], self.time.end
        self._short = end is not None and any(
            each.price.cycle and self.time.following(each.price.cycle, self.time.start) > end for each in first.items
        )
        current = self.time.phase(at) or first
        self._redeem(current, at)
        if first.trial_end is not None and first.trial_end > at:
            self.time = replace(self.time, anchor=first.trial_end)
            self._trial_until = day(first.trial_end)
            billed = [lines.trial(each, at, first.trial_end) for each in first.items if not each.price.metered]
        elif max(self.time.anchor, at) > self.time.start:
            billed = self._missed(first, at)
        else:
            billed = self._cycle(first, at)
        billed += [each.line for each in self._extras(first, first.start)]
        for each in self.time.phases[1:]:
            if each.start <= at:
                self._enter(each, at)
        self._invoice(at, billed, "subscription_create", current.discounts)

    def _step(self, at: int, *, starts: bool, bills: bool) -> None:
        """A billing date, the start of a phase, or both."""
        phase = self.time.phase(at)
        if phase is None:
            return
        if starts:
            if not bills:
                self._change(self.time.items(at - 1), phase.items, phase.prorates, at)
            self._enter(phase, at)
            self._flush(at, even_alone=phase.prorates == "always_invoice")
        if bills:
            billed = self._cycle(phase, at)
            self._invoice(at, [*billed, *self._taken(), *self._usage(at)], "subscription_cycle", phase.discounts)

    # --- lines ---

    def _missed(self, first: Phase, at: int) -> list[Line]:
        """One line an item from a start in the past up to the next billing date, or up to an anchor that lies ahead."""
        time = self.time
        if time.anchor > at:
            return self._until_anchor(first)
        counts: dict[tuple[str, str | None, int | None, int], tuple[Item, int, int]] = {}
        dates, self.truncated = time.dates(time.start - 1, at + 1)
        for date in sorted(dates):
            phase = time.phase(date)
            for each in phase.items if phase else ():
                cycle = each.price.cycle
                if phase is None or cycle is None or each.price.metered or not time.bills(cycle, date):
                    continue
                if not time.is_cut(phase, cycle, date):
                    key = (each.price.id, each.order_item, each.quantity, date if self.flexible else 0)
                    _, since, count = counts.get(key, (each, date, 0))
                    counts[key] = (each, since, count + 1)
        if first.prorates == "none":
            counted = (
                Counter(key[:3] for key in counts).values() if self.flexible else (each[2] for each in counts.values())
            )
            self._skipped_cycles = max(counted, default=0)
            return []
        return [
            self._recurring(item, since, self._next(item, since if self.flexible else at), count, at)
            for item, since, count in counts.values()
        ]

    def _until_anchor(self, first: Phase) -> list[Line]:
        """The cycles, or the part of one, before an anchor that lies ahead."""
        start, anchor = self.time.start, self.time.anchor
        out: list[Line] = []
        for item in first.items:
            cycle = item.price.cycle
            if cycle is None or item.price.metered:
                continue
            part = lines.cycles_between(cycle, anchor, start, anchor)
            self._skipped_cycles = max(self._skipped_cycles, -int(-part // 1)) if first.prorates == "none" else 0
            if first.prorates != "none":
                out.append(lines.recurring(item, start, anchor, part, self._coupons(item, start), kind="proration"))
        return out

    def _cycle(self, phase: Phase, at: int) -> list[Line]:
        """The licensed items of a phase for the cycle that starts."""
        time, out = self.time, []
        for item in phase.items:
            cycle = item.price.cycle
            if not item.price.known and cycle is None and not item.price.metered:
                out.append(self._recurring(item, at, at, 1, at))
            if item.price.metered or cycle is None or not time.bills(cycle, at):
                continue
            if time.is_cut(phase, cycle, at):
                self._cut_at = at
            elif time.cancel_at is not None and at < time.cancel_at < self._next(item, at) and at > time.start:
                part = lines.cycles_between(cycle, time.anchor_at(at), at, time.cancel_at)
                out.append(lines.recurring(item, at, time.cancel_at, part, self._coupons(item, at), kind="proration"))
            else:
                out.append(self._recurring(item, at, self._next(item, at), 1, at))
        return out

    def _recurring(self, item: Item, start: int, end: int, cycles: int, at: int) -> Line:
        return lines.recurring(item, start, end, Decimal(cycles), self._coupons(item, at))

    def _coupons(self, item: Item, at: int) -> tuple[Coupon, ...]:
        """The coupons of an item that count for an invoice of an instant, which uses those up that count once."""
        active = self._redemptions.active(item.holder, item.discounts, at)
        self._redemptions.spend(item.holder, active)
        return active

    def _next(self, item: Item, at: int) -> int:
        return self.time.following(item.price.cycle, at) if item.price.cycle else at

    def _change(self, before: Sequence[Item], after: Sequence[Item], behavior: str | None, at: int) -> None:
        """Items change within a cycle: nothing under `none`, else prorations that wait for the next invoice."""
        if behavior != "none":
            changed = lines.prorations(before, after, at, self.time.anchor_at(at))
            self._pending += [Pending(each, at_once=False) for each in changed]

    def _enter(self, phase: Phase, at: int) -> None:
        """A phase starts: its one-time items wait for an invoice, and its coupons are redeemed."""
        self._redeem(phase, at)
        self._pending += self._extras(phase, at)

    def _redeem(self, phase: Phase, at: int) -> None:
        self._redemptions.redeem(SUBSCRIPTION, phase.discounts, at)
        for each in phase.items:
            self._redemptions.redeem(each.holder, each.discounts, at)
            if each.price.tiers and each.order_item:
                self._tiered.add(each.order_item)

    def _extras(self, phase: Phase, at: int) -> list[Pending]:
        period_end = min((self._next(each, at) for each in phase.items if each.price.cycle), default=at)
        return [
            Pending(lines.once(each, *lines.extra_period(each, phase, at, period_end)), each.at_once)
            for each in phase.extras
        ]

    def _usage(self, at: int) -> list[Line]:
        """The metered items of the period that an instant ends."""
        return lines.usage(self.time.phases, self.time.last_date(at), at)

    # --- invoices ---

    def _flush(self, at: int, *, even_alone: bool = False) -> None:
        """An invoice for items that would wait, if one of them is a proration: it takes all that wait."""
        if even_alone or any(each.at_once for each in self._pending):
            phase = self.time.phase(at)
            self._invoice(at, self._taken(), "manual", phase.discounts if phase else ())

    def _taken(self) -> list[Line]:
        taken, self._pending = [each.line for each in self._pending], []
        return taken

    def _invoice(self, at: int, billed: Sequence[Line], reason: Reason, discounts: Sequence[Coupon]) -> None:
        if not billed:
            return
        active = self._redemptions.active(SUBSCRIPTION, discounts, at)
        if any(each.amount for each in billed):
            self._redemptions.spend(SUBSCRIPTION, active)
        phase = self.time.phase(at) or self.time.phases[-1]
        term = self._days_until_due if phase.days_until_due is None else phase.days_until_due
        due = None if term is None else day(at + term * _DAY)
        found = with_invoice_coupons(billed, active)
        self.invoices.append(Invoice(day(at), due, reason, self.contract, self.currency, found))


def _cancel_at(params: Mapping[str, Any]) -> int | None:
    value = params.get("cancel_at")
    return value if isinstance(value, int) else None
