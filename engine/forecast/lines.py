"""Lines of invoices: what items cost for cycles and parts of them, what is billed once, and usage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal

from .cycles import Anchor, Cycle, day
from .model import Deduction, InvoiceLine, Kind, Period
from .planned import BilledItem, BilledPhase, Extra, Key
from .prices import PlannedCoupon, PlannedPrice, rounded

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line on its way to an invoice: with its price, and with the instants of its period."""

    line: InvoiceLine
    price: PlannedPrice
    start: int
    end: int
    discountable: bool = True

    @property
    def key(self) -> Key:
        """The item that it bills."""
        return self.price.id, self.line.order_item

    def discounted(self, coupons: Sequence[PlannedCoupon]) -> DraftLine:
        """The entry with what the coupons of its item take off, in their order, each on what is left."""
        line = self.line
        if not line.amount or line.amount < 0 or not self.discountable:
            return self
        left, out = line.amount, list(line.discounts)
        for each in coupons:
            off = min(left, taken_off(each, left)) if each.is_for(self.price) else 0
            if off:
                out.append(Deduction(each.name, off, each.id))
                left -= off
        return replace(self, line=replace(line, discounts=tuple(out)))

    def given_back(self, since: int) -> DraftLine | None:
        """The part of it from an instant on, as a credit of what was debited: amount and discounts in proportion."""
        if self.line.amount is None or not self.start <= since < self.end:
            return None
        part = _EXACT.divide(Decimal(self.end - since), Decimal(self.end - self.start))
        exact = _EXACT.multiply(Decimal(self.line.amount), -part)
        return self._credit(since, self.end, exact, part)

    def part_given_back(self, start: int, end: int, part: Decimal) -> DraftLine | None:
        """So much of what it costs as a credit of a period, discounts in proportion; None when the price is not known."""
        cost = self.line.exact
        return None if cost is None else self._credit(start, end, _EXACT.multiply(cost, -part), part)

    def _credit(self, start: int, end: int, exact: Decimal, part: Decimal) -> DraftLine:
        off = (
            replace(each, amount=-int(rounded(_EXACT.multiply(Decimal(each.amount), part))))
            for each in self.line.discounts
        )
        line = replace(
            self.line,
            kind="credit",
            period=Period(day(start), day(end)),
            amount=int(rounded(exact)),
            exact=exact,
            cycles=1,
            discounts=tuple(each for each in off if each.amount),
        )
        return replace(self, line=line, start=start, end=end)


def recurring(item: BilledItem, start: int, end: int, cycles: Decimal, *, kind: Kind = "recurring") -> DraftLine:
    """A licensed item for so many cycles, in one line that is rounded once."""
    cost = item.price.cost(item.quantity or 0)
    exact = None if cost is None else _EXACT.multiply(cost, cycles)
    return _entry(item.price, kind, item.order_item, start, end, item.quantity, exact, int(cycles) or 1)


def trial(item: BilledItem, start: int, end: int) -> DraftLine:
    """An item while it is on trial: a line of nothing, as Stripe shows it."""
    entry = _entry(item.price, "recurring", item.order_item, start, end, item.quantity, Decimal(0), 1)
    line = replace(entry.line, description=f"{entry.line.description} (trial)", unit_amount=Decimal(0))
    return replace(entry, line=line)


def once(extra: Extra, start: int, end: int) -> DraftLine:
    """An item that is billed once."""
    cost = extra.price.cost(extra.quantity)
    entry = _entry(extra.price, extra.kind, extra.order_item, start, end, extra.quantity, cost, 1)
    return replace(entry, discountable=extra.discountable).discounted(extra.discounts)


def extra_period(extra: Extra, phase: BilledPhase, at: int, period_end: int) -> tuple[int, int]:
    """The instants that a one-time item bills for; `period_end` is the next billing date of any item."""
    start = extra.starts_at if extra.starts == "timestamp" else at
    ends = {"phase_end": phase.end or period_end, "min_item_period_end": period_end, "timestamp": extra.ends_at}
    return start, max(ends.get(extra.ends, start), start)


def usage(item: BilledItem, start: int, end: int) -> DraftLine:
    """A metered item for a time that is over. What was used is not known."""
    return _entry(item.price, "usage", item.order_item, start, end, None, None, 1)


def cycles_between(cycle: Cycle, anchor: Anchor, start: int, end: int) -> Decimal:
    """The cycles from one instant to another, parts of cycles by their seconds."""
    first, last = cycle.number(anchor, start), cycle.number(anchor, end)

    def done(number: int, at: int) -> Decimal:
        begins = cycle.date(anchor, number)
        return _EXACT.divide(Decimal(at - begins), Decimal(cycle.date(anchor, number + 1) - begins))

    return _EXACT.add(Decimal(last - first), _EXACT.subtract(done(last, end), done(first, start)))


def taken_off(coupon: PlannedCoupon, amount: int) -> int:
    """What a coupon takes off an amount, though there be less."""
    if coupon.amount_off is not None:
        return coupon.amount_off
    return int(rounded(Decimal(amount) * (coupon.percent_off or Decimal(0)) / 100))


def _entry(
    price: PlannedPrice,
    kind: Kind,
    order_item: str | None,
    start: int,
    end: int,
    quantity: int | None,
    exact: Decimal | None,
    cycles: int,
) -> DraftLine:
    line = InvoiceLine(
        order_item=order_item,
        price=price.id,
        description=price.product,
        kind=kind,
        period=Period(day(start), day(end)),
        quantity=quantity,
        unit_amount=price.unit_amount,
        amount=None if exact is None else int(rounded(exact)),
        exact=exact,
        cycles=max(cycles, 1),
    )
    return DraftLine(line, price, start, end)
