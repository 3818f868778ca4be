"""A second Stripe: it takes the calls of a plan, and its clock strikes once a day until the subscription is over.

It knows what Stripe's documentation says, and nothing of the program: each rule names its page. Where the documentation
leaves something open, the rule is what invoices of real subscriptions were, and says `observed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.simulator.dates import DAY, cycle_around, cycle_from, midnight_after, months_from
from tests.simulator.money import whole
from tests.simulator.objects import Coupon, Item, Objects, Phase, UnknownToSimulatorError


@dataclass(slots=True)
class Line:
    """A line of an invoice in minor units: `amount` before coupons, `off` what they take; None for usage."""

    item: Item
    amount: int | None
    off: int = 0
    open_to_coupons: bool = True


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice that was finalized at a moment."""

    at: datetime
    lines: tuple[Line, ...]


@dataclass(slots=True)
class Debit:
    """What an item was debited for a cycle, of which a credit gives a part back."""

    line: Line
    start: datetime
    end: datetime


@dataclass
class Account:
    """An account of Stripe with one customer, one subscription and its schedule, at the moment `now`."""

    now: datetime
    objects: Objects = field(default_factory=Objects)
    phases: tuple[Phase, ...] = ()
    start: datetime | None = None
    flexible: bool = False
    ends: bool = True
    begun: bool = False
    over: bool = False
    cancel_at: datetime | None = None
    pending: list[Line] = field(default_factory=list)
    of_customer: list[Line] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    redeemed: dict[tuple[str, str], datetime] = field(default_factory=dict)
    used_up: set[tuple[str, str]] = field(default_factory=set)
    debits: dict[tuple[str, str], Debit] = field(default_factory=dict)
    metered: dict[tuple[str, str], Item] = field(default_factory=dict)

    # --- calls ---

    def carry_out(self, calls: Iterable[dict[str, Any]]) -> None:
        """The calls of a plan, one after the other, all at this moment.

        https://docs.stripe.com/api/invoiceitems/create, `invoice`: an item is on the draft that it names, else it waits.
        https://docs.stripe.com/api/invoices/create, `pending_invoice_items_behavior`: a draft takes up what waits, or not.
        https://docs.stripe.com/billing/invoices/subscription: an item that names a subscription waits for its next
        invoice; what waits on the customer alone is on the first invoice of a subscription that is made then.
        """
        drafts: dict[str, list[Line]] = {}
        for call in calls:
            resource, action, params = call["resource"], call["action"], call["params"]
            if action == "create":
                self.objects.make(resource, call["id"], params)
            if resource == "invoice_item":
                item = self.objects.item(params)
                named = params.get("invoice")
                waiting = self.of_customer if named is None else drafts[named["$ref"]["call"]]
                if params.get("subscription"):
                    waiting = self.pending
                waiting.append(self._line(item, item.price.charge(item.quantity)))
            elif resource == "invoice" and action == "create":
                drafts[call["id"]] = []
                if params["pending_invoice_items_behavior"] == "include":
                    drafts[call["id"]], self.of_customer = self.of_customer, []
            elif resource == "invoice":
                self._invoice(drafts.pop(call["path"]["id"]["$ref"]["call"]), ())
            elif resource == "subscription_schedule":
                self._schedule(action, params)
            elif resource == "subscription":
                self._subscription(action, params)
        if self.of_customer or drafts:
            raise UnknownToSimulatorError("invoice items without an invoice, or an invoice that stays a draft")
        # the program's `sync` invoices proration items when they arise, instead of leaving them to the next cycle
        self._sync()

    def _schedule(self, action: str, params: dict[str, Any]) -> None:
        if action == "cancel":
            # https://docs.stripe.com/api/subscription_schedules/cancel, without an invoice and a proration of its own;
            # invoice items that were made before stay, and `sync` invoices them if they are prorations
            self.over = True
            return
        if "phases" not in params:
            return
        phases = self.objects.phases(params, self.now)
        if action == "create":
            self.flexible = (params.get("billing_mode") or {}).get("type") == "flexible"
            self.ends = params["end_behavior"] == "cancel"
            self.phases, self.start = phases, phases[0].start
            if self.start <= self.now:
                self._begin()
            return
        first = phases[0].start
        before = [each for each in self.phases if each.start < first]
        there = {each.start for each in self.phases if each.start < self.now}
        if before and before[-1].end > first:
            last = before.pop()
            before.append(Phase(last.start, first, last.items, last.extras, last.coupons, last.prorates))
        self.phases = (*before, *phases)
        for each in phases:
            # a phase that starts at the moment of the call
            if self.begun and each.start == self.now and each.start not in there:
                self._enter(each, since_call=True)

    def _subscription(self, action: str, params: dict[str, Any]) -> None:
        """https://docs.stripe.com/api/subscriptions: made, changed or cancelled by itself, without a schedule."""
        extras = tuple(self.objects.item(each) for each in params.get("add_invoice_items") or ())
        if action in ("delete", "cancel"):
            self.over, self.pending = True, []
            return
        if action == "create":
            if params.get("backdate_start_date") or params.get("billing_cycle_anchor"):
                raise UnknownToSimulatorError("a subscription that is dated back")
            self.start, self.ends = self.now, False
            self.flexible = (params.get("billing_mode") or {}).get("type") == "flexible"
            items = tuple(self.objects.item(each) for each in params["items"])
            coupons = self.objects.redeemed(params)
            self.phases = (Phase(self.now, datetime.max.replace(tzinfo=self.now.tzinfo), items, extras, coupons, True),)
            self._begin()
            return
        if "cancel_at" in params:
            self.cancel_at = self.objects.phases(
                {"phases": [{"start_date": params["cancel_at"], "end_date": params["cancel_at"], "items": []}]},
                self.now,
            )[0].start
        added = tuple(self.objects.item(each) for each in params.get("items") or () if not each.get("id"))
        if any(each.get("id") for each in params.get("items") or ()):
            raise UnknownToSimulatorError("items that leave a subscription")
        phase = self.phases[-1]
        self.phases = (Phase(phase.start, phase.end, phase.items + added, (), phase.coupons, True),)
        self._redeem(self.phases[-1])
        self.metered |= {each.name: each for each in added if each.price.metered}
        self.pending += [self._line(each, each.price.charge(each.quantity)) for each in extras]
        for item in added:
            # https://docs.stripe.com/billing/subscriptions/prorations: the rest of the cycle, with the next invoice
            if not item.price.metered:
                self.pending.append(self._part(item))

    def _part(self, item: Item) -> Line:
        assert self.start is not None
        begins, ends = cycle_around(self.start, item.price.months, self.now)
        return self._line(item, item.price.charge(item.quantity, Fraction(_us(ends - self.now), _us(ends - begins))))

    # --- the clock ---

    def run_to(self, until: datetime) -> None:
        """The clock strikes at each midnight up to a moment, that midnight too."""
        start = self.start
        if start is None:
            return
        time_of_day = start - start.replace(hour=0, minute=0, second=0, microsecond=0)
        strike = midnight_after(self.now)
        while strike <= until and not self.over:
            self._strike(strike)
            if time_of_day and not self.over and strike + time_of_day < until:
                self._strike(strike + time_of_day)  # a subscription that was made at noon bills at noon
            strike += DAY

    def _strike(self, at: datetime) -> None:
        assert self.start is not None
        self.now = at
        if at < self.start:
            return
        if not self.begun:
            self._begin()
            self._sync()
            return
        end = self.phases[-1].end if self.ends else self.cancel_at
        if end is not None and at >= end:
            self._end()
            return
        usage = self._usage(at)
        phase = self._phase()
        if phase.start == at:
            self._enter(phase)
        lines = [line for item in phase.items for line in self._cycle(phase, item, end)]
        if lines or usage:
            self._invoice([*lines, *self._waiting(), *usage], phase.coupons)
        self._sync()

    def _begin(self) -> None:
        """The first invoice.

        https://docs.stripe.com/billing/subscriptions/backdating: what a start in the past has missed is on it, with
        the current cycle; `none` bills nothing before the next cycle. In the classic mode that is one line an item; in the
        flexible one, a line for each period (https://docs.stripe.com/billing/subscriptions/billing-mode).
        """
        assert self.start is not None
        self.begun = True
        phase = self._phase()
        self._redeem(phase)
        self.metered = {each.name: each for each in phase.items if each.price.metered}
        lines: list[Line] = []
        for item in phase.items if self.start == self.now or self.phases[0].prorates else ():
            if item.price.metered:
                continue
            begins, ends = cycle_around(self.start, item.price.months, self.now)
            count = 1
            while months_from(self.start, item.price.months * count) <= self.now:
                count += 1
            periods = [Fraction(1)] * count if self.flexible else [Fraction(count)]
            lines += [self._line(item, item.price.charge(item.quantity, each)) for each in periods]
            self.debits[item.name] = Debit(lines[-1], begins, ends)
        lines += [self._line(each, each.price.charge(each.quantity)) for each in self.phases[0].extras]
        lines, self.of_customer = [*lines, *self.of_customer], []
        if lines:
            self._invoice(lines, phase.coupons)

    def _cycle(self, phase: Phase, item: Item, end: datetime | None) -> list[Line]:
        """An item on one of its billing dates (https://docs.stripe.com/billing/subscriptions/billing-cycle).

        A cycle that the schedule cannot finish is not billed in a phase without prorations: observed. With `cancel_at` it
        is prorated (https://docs.stripe.com/api/subscriptions/update, `cancel_at`).
        """
        assert self.start is not None
        if item.price.metered:
            return []
        ends = cycle_from(self.start, item.price.months, self.now)
        if ends is None:
            return []
        times = Fraction(1)
        if end is not None and ends > end:
            if self.ends and not phase.prorates:
                return []
            if not self.ends:
                times = Fraction(_us(end - self.now), _us(ends - self.now))
        line = self._line(item, item.price.charge(item.quantity, times))
        self.debits[item.name] = Debit(line, self.now, ends)
        return [line]

    def _usage(self, at: datetime, *, last: bool = False) -> list[Line]:
        """Metered items are billed when their cycle ends (https://docs.stripe.com/billing/subscriptions/usage-based)."""
        assert self.start is not None
        over = [
            each for each in self.metered.values() if last or cycle_from(self.start, each.price.months, at) is not None
        ]
        return [Line(each, None) for each in over]

    def _enter(self, phase: Phase, *, since_call: bool = False) -> None:
        """A phase starts: its one-time items wait, and its items prorate unless it says `none`.

        https://docs.stripe.com/api/subscription_schedules/create, `phases.add_invoice_items`: invoice items that the next
        invoice takes.
        """
        before = self.phases[self.phases.index(phase) - 1].items
        here = {each.name: each.quantity for each in phase.items}
        there = {each.name: each.quantity for each in before}
        assert self.start is not None
        if phase.prorates and here != there:
            starts = [cycle_from(self.start, each.price.months, self.now) for each in (*before, *phase.items)]
            if since_call or any(each is None for each in starts):
                raise UnknownToSimulatorError("a phase that prorates within a cycle")
        self._redeem(phase)
        if self.metered:
            kept = {each.name: each for each in phase.items if each.price.metered}
            gone = [each for name, each in self.metered.items() if name not in kept]
            if self.flexible:
                self.pending += [
                    Line(each, None) for each in gone if cycle_from(self.start, each.price.months, self.now) is None
                ]
            self.metered = {}
        self.metered |= {each.name: each for each in phase.items if each.price.metered}
        self.pending += [self._line(each, each.price.charge(each.quantity)) for each in phase.extras]

    def _end(self) -> None:
        """https://docs.stripe.com/billing/subscriptions/cancel: at its end, a last invoice has usage and what waits."""
        lines = [*self._waiting(), *self._usage(self.now, last=True)]
        if lines:
            self._invoice(lines, ())
        self.over = True

    # --- invoices and coupons ---

    def _waiting(self) -> list[Line]:
        waiting, self.pending = self.pending, []
        return waiting

    def _sync(self) -> None:
        if any(each.item.proration or each.amount is None for each in self.pending):
            self._invoice(self._waiting(), self._phase().coupons)

    def _redeem(self, phase: Phase) -> None:
        """From when on coupons count; one that goes on with its item or its phase is the same discount."""
        for holder, coupons in [("", phase.coupons), *((each.line, each.coupons) for each in phase.items)]:
            for coupon in coupons:
                self.redeemed.setdefault((holder, coupon.id), self.now)

    def _active(self, holder: str, coupons: tuple[Coupon, ...]) -> list[Coupon]:
        """https://docs.stripe.com/billing/subscriptions/coupons, "Duration": once, so many months, or for ever."""
        out = []
        for each in coupons:
            since = self.redeemed.setdefault((holder, each.id), self.now)
            over = each.duration == "repeating" and months_from(since, each.months) <= self.now
            if not over and (holder, each.id) not in self.used_up:
                out.append(each)
        return out

    def _line(self, item: Item, amount: int) -> Line:
        """A line with what the coupons of its item take off, one after the other, each from what is left.

        https://docs.stripe.com/billing/subscriptions/coupons: nothing negative is discounted.
        """
        line = Line(item, amount)
        for coupon in self._active(item.line, item.coupons):
            if amount > 0:
                left = amount - line.off
                off = coupon.amount if coupon.percent is None else whole(left * coupon.percent / 100)
                line.off += min(off, left)
            if coupon.duration == "once" and item.price.months:
                self.used_up.add((item.line, coupon.id))
        return line

    def _invoice(self, lines: list[Line], coupons: tuple[Coupon, ...]) -> None:
        """An invoice, with the coupons of the subscription spread over its lines in proportion."""
        for coupon in self._active("", coupons):
            rest = [max((each.amount or 0) - each.off, 0) for each in lines]
            if coupon.percent is not None:
                for each, left in zip(lines, rest, strict=True):
                    each.off += whole(left * coupon.percent / 100)
            elif sum(rest):
                total, given = min(coupon.amount, sum(rest)), 0
                for position, each in enumerate(lines):
                    so_far = whole(Fraction(total * sum(rest[: position + 1]), sum(rest)))
                    each.off += so_far - given
                    given = so_far
            if coupon.duration == "once" and any(each.amount for each in lines):
                self.used_up.add(("", coupon.id))
        self.invoices.append(Invoice(self.now, tuple(lines)))

    # --- state ---

    def _phase(self) -> Phase:
        found = [each for each in self.phases if each.start <= self.now]
        return found[-1]


def _us(delta: Any) -> int:
    return int(delta.total_seconds() * 1_000_000)
