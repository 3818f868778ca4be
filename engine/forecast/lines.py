"""Lines of invoices: what items cost for cycles and parts of them, what is billed once, and usage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

from .coupons import with_item_coupons
from .cycles import Cycle, day
from .model import Kind, Line, Period
from .phases import Extra, Item, Phase
from .prices import Coupon, Price, rounded

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def recurring(
    item: Item, start: int, end: int, cycles: Decimal, coupons: Sequence[Coupon] = (), *, kind: Kind = "recurring"
) -> Line:
    """A licensed item for so many cycles, in one line that is rounded once."""
    cost = item.price.cost(item.quantity or 0)
    exact = None if cost is None else _EXACT.multiply(cost, cycles)
    line = _line(item.price, kind, item.order_item, start, end, item.quantity, exact, int(cycles) or 1)
    return with_item_coupons(line, coupons)


def trial(item: Item, start: int, end: int) -> Line:
    """An item while it is on trial: a line of nothing, as Stripe shows it."""
    line = _line(item.price, "recurring", item.order_item, start, end, item.quantity, Decimal(0), 1)
    return Line(
        line.order_item,
        line.price,
        f"{line.description} (trial)",
        line.kind,
        line.period,
        line.quantity,
        Decimal(0),
        0,
        Decimal(0),
    )


def once(extra: Extra, start: int, end: int) -> Line:
    """An item that is billed once."""
    cost = extra.price.cost(extra.quantity)
    line = _line(extra.price, extra.kind, extra.order_item, start, end, extra.quantity, cost, 1)
    return with_item_coupons(line, extra.discounts)


def extra_period(extra: Extra, phase: Phase, at: int, period_end: int) -> tuple[int, int]:
    """The instants that a one-time item bills for; `period_end` is the next billing date."""
    start = extra.starts_at if extra.starts == "timestamp" else at
    ends = {"phase_end": phase.end or period_end, "min_item_period_end": period_end, "timestamp": extra.ends_at}
    return start, max(ends.get(extra.ends, start), start)


def usage(phases: Iterable[Phase], start: int, end: int) -> list[Line]:
    """The metered items of a period that is over, each for as long as it was there. What was used is not known."""
    spans: dict[tuple[str, str | None], tuple[Item, int, int]] = {}
    for phase in phases:
        first, last = max(phase.start, start), min(end, end if phase.end is None else phase.end)
        if first >= last:
            continue
        for each in phase.items:
            if each.price.metered:
                key = (each.price.id, each.order_item)
                since = spans[key][1] if key in spans else first
                spans[key] = (each, since, last)
    return [
        _line(each.price, "usage", each.order_item, since, until, None, None, 1)
        for each, since, until in spans.values()
    ]


def prorations(before: Sequence[Item], after: Sequence[Item], at: int, anchor: int) -> list[Line]:
    """What Stripe bills when items change within a cycle: the unused rest back, the rest of the cycle for what is new.

    An item with the same price, quantity and order line goes on and is not prorated.
    """
    out: list[Line] = []
    for items, others, sign in ((before, after, -1), (after, before, 1)):
        standing = {(each.price.id, each.order_item, each.quantity) for each in others}
        for each in items:
            cycle = each.price.cycle
            if each.price.metered or cycle is None or (each.price.id, each.order_item, each.quantity) in standing:
                continue
            end = cycle.following(anchor, at)
            part = cycles_between(cycle, anchor, at, end) * sign
            out.append(recurring(each, at, end, part, kind="credit" if sign < 0 else "proration"))
    return out


def cycles_between(cycle: Cycle, anchor: int, start: int, end: int) -> Decimal:
    """The cycles from one instant to another, parts of cycles by their seconds."""
    first, last = cycle.number(anchor, start), cycle.number(anchor, end)

    def done(number: int, at: int) -> Decimal:
        begins = cycle.date(anchor, number)
        return _EXACT.divide(Decimal(at - begins), Decimal(cycle.date(anchor, number + 1) - begins))

    return _EXACT.add(Decimal(last - first), _EXACT.subtract(done(last, end), done(first, start)))


def _line(
    price: Price,
    kind: Kind,
    order_item: str | None,
    start: int,
    end: int,
    quantity: int | None,
    exact: Decimal | None,
    cycles: int,
) -> Line:
    return Line(
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
