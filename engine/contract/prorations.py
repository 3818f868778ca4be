"""What is billed once beside the cycles: the rest of a new line, the tail of a term, credits, rounding differences.

One formula: Stripe bills a line n cycles by itself, n being the contract's billing dates from the phase's start whose
cycle ends by the contract's end; what the line is worth beyond that is billed once. So each line bills what was sold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from ..money import plain, rounded, times
from .agreement import Agreement
from .context import Context
from .cycles import Cycles
from .discounts import paid_share, still_running
from .model import Coupon, OneTimeItem, Origin, Origins, PeriodEnd, PeriodStart, Price
from .prices import part_of, price_origin
from .sold import Sold
from .timeline import Amendment, PhaseDraft, Taken


def once(sold: Sold, price: Price) -> OneTimeItem:
    """A one-time line."""
    origin = {"quantity": sold.line.terms.origin("quantity"), "price": price_origin(sold.line, price)}
    return OneTimeItem(sold.line.record, price, sold.line.quantity, discounts=sold.discounts, origin=origin)


def part_item(
    sold: Sold,
    part: Price,
    quantity: int,
    *flags: str,
    units: Origin | None = None,
    discounts: tuple[Coupon, ...] = (),
) -> OneTimeItem:
    """What is billed once beside the cycles of a line, for so many units; `flags` say what it is."""
    why = price_origin(sold.line, part)
    origin = {"quantity": units or sold.line.terms.origin("quantity"), "price": why, **dict.fromkeys(flags, why)}
    marked: dict[str, Any] = dict.fromkeys(flags, True)
    return OneTimeItem(sold.line.record, part, quantity, **marked, discounts=discounts, origin=origin)


def tail_item(agreement: Agreement, sold: Sold, price: Price) -> OneTimeItem | None:
    """The rest of an initial line from the day on that no whole cycle of it fills."""
    cycles = sold.cycles
    if cycles is None:
        return None
    rest, formula = _rest(sold, cycles.whole)
    if rest is None:
        return None
    part = part_of(price, f"{sold.line.record.id}/backend_proration", "backend_proration", rest, _origin(sold, formula))
    running = still_running(sold.discounts, cycles.start, sold.rests_at or cycles.start)
    to_phase_end = not agreement.mixed and cycles.end == agreement.end
    ends = agreement.origin.get("end") if cycles.end == agreement.end else sold.line.terms.origin("service_end")
    return _period(
        part_item(sold, part, sold.line.quantity, "proration", "backend_proration", discounts=running),
        ("phase_start", None, (cycles.tail_origin or Origin()).since("it covers what follows the last whole cycle")),
        (
            "phase_end" if to_phase_end else "timestamp",
            cycles.end,
            (ends or Origin()).since(f"it covers the line to its end, {cycles.end}"),
        ),
    )


def debit_item(
    agreement: Agreement, amendment: Amendment | None, draft: PhaseDraft, sold: Sold, price: Price
) -> OneTimeItem | None:
    """What a line of an amendment is worth beyond the cycles that Stripe bills from its phase on.

    Without an `amendment` it is a line of the initial order that starts later.
    """
    cycles = sold.cycles
    if cycles is None:
        return None
    rest, formula = _rest(sold, billed_cycles(cycles, draft))
    if rest is None:
        return None
    part = part_of(price, f"{sold.line.record.id}/proration", "proration", rest, _origin(sold, formula))
    item = part_item(sold, part, sold.line.quantity, "proration", discounts=sold.discounts)
    if amendment is None:
        return _from_phase_start(agreement, cycles, draft, item)
    return _covering(agreement, cycles, amendment, draft, item)


def credit_item(
    context: Context,
    agreement: Agreement,
    amendment: Amendment,
    draft: PhaseDraft,
    taken: Taken,
    price: Price,
    pending: Decimal,
    before: PhaseDraft,
) -> OneTimeItem | None:
    """What was billed ahead for units that an amendment takes away, as far as the settings give it back.

    `pending` is what a later phase would have billed once for a unit, which falls away by itself; `before` is the phase in
    which the units were billed. What coupons took off them was not paid and is not given back.
    """
    settings = context.settings
    wanted = settings.credit_quantity_reductions if taken.left else settings.credit_terminated_lines
    negative = taken.reduction.sold
    if not wanted or negative is None or not (taken.sold.can_be_prorated and negative.can_be_prorated):
        return None
    cycles = taken.sold.cycles
    if cycles is None:
        return None
    number = billed_cycles(cycles, draft)
    billed = times(taken.sold.worth.cycle, number)
    rest = negative.worth.total - billed - pending
    if rest <= max(negative.worth.slack, taken.sold.worth.slack):
        return None
    share, coupons = _paid(taken, draft, before)
    if not share:
        return None
    ahead = f" − {plain(pending)}" if pending else ""
    cycle = _figure(taken.sold.worth.cycle)
    net = f" × {_figure(times(share, 100))} %, less {coupons}" if coupons else ""
    rest = times(rest, share)
    formula = f"-({plain(negative.worth.total)} − {number} × {cycle}{ahead}){net} = {_figure(-rest)}"
    key = f"{negative.line.record.id}/credit/{taken.sold.line.record.id}"
    part = part_of(price, key, "credit", -rest, _origin(negative, formula), credit=True)
    units = negative.line.terms.origin("quantity", f"{taken.units} of {taken.sold.line} are taken away")
    item = part_item(taken.sold, part, taken.units, "proration", "credit", units=units)
    item = replace(item, reduced_by=taken.reduction.record)
    if amendment is None:
        return _from_phase_start(agreement, cycles, draft, item)
    return _covering(agreement, cycles, amendment, draft, item)


def _paid(taken: Taken, draft: PhaseDraft, before: PhaseDraft) -> tuple[Decimal, str]:
    """The part that was paid of what was billed last for a line before units of it are taken away."""
    sold, cycles = taken.sold, taken.sold.cycles
    assert cycles is not None  # noqa: S101 - what is credited has cycles
    billed = max(cycles.last_before(draft.start.bills_from), cycles.start)
    together = [(each.sold, each.units) for each in before.standing]
    units = next((each.units for each in before.standing if each.sold is sold), taken.units + taken.left)
    return paid_share(sold, units, cycles.start, billed, before.discounts, together)


def without_pending(items: Iterable[OneTimeItem], taken: Iterable[Taken]) -> tuple[tuple[OneTimeItem, ...], set[Taken]]:
    """One-time items of a phase that has not begun, less those of units that are taken away before it does.

    Also the identities of what was taken and is settled by that: nothing of it was billed, so nothing is credited.
    """
    left = list(items)
    settled: set[Taken] = set()
    for each in taken:
        for position, item in enumerate(left):
            if item.order_item is each.sold.line.record and item.proration and not item.credit and item.quantity:
                less = min(item.quantity, each.units)
                left[position] = replace(item, quantity=item.quantity - less, origin=_less(item, less, each))
                settled.add(each)
    return tuple(each for each in left if each.quantity), settled


def _less(item: OneTimeItem, units: int, taken: Taken) -> Origins:
    """The origins of an item that loses units before it is billed."""
    before = item.origin.get("quantity") or Origin()
    sum_so_far = before.formula.rpartition(" = ")[0] if before.formula else str(item.quantity)
    by = taken.reduction.sold.line.terms.origin("quantity") if taken.reduction.sold else Origin()
    formula = f"{sum_so_far} − {units} = {item.quantity - units}"
    return {**item.origin, "quantity": before.beside(by).since(formula)}


def _rest(sold: Sold, cycles: int) -> tuple[Decimal | None, str]:
    """The worth of a line beyond so many cycles; None when there is none, or when a part of it has no price."""
    if not sold.can_be_prorated:
        return None, ""
    rest = sold.worth.total - times(sold.worth.cycle, cycles)
    if rest <= sold.worth.slack:
        return None, ""
    total, cycle = plain(rounded(sold.worth.total, 6)), _figure(sold.worth.cycle)
    return rest, f"{total} − {cycles} × {cycle} = {_figure(rest)}"


def billed_cycles(cycles: Cycles, draft: PhaseDraft) -> int:
    """How many cycles of a line Stripe bills by itself from a phase's start on.

    A term shorter than a cycle has no whole one, and yet its first is billed when it starts.
    """
    if cycles.short and draft.start.is_start_of(cycles.start):
        return 1
    return cycles.billed_from(draft.start.bills_from)


def _origin(sold: Sold, formula: str) -> Origin:
    """Where a rest comes from: what the line is worth in all, and what one cycle of it costs."""
    return sold.worth.total_origin.beside(sold.worth.cycle_origin).since(formula)


def _covering(
    agreement: Agreement, cycles: Cycles, amendment: Amendment, draft: PhaseDraft, item: OneTimeItem
) -> OneTimeItem:
    """The period of a one-time item: from the phase's start to the next billing date, or from the day it was due."""
    if draft.start.now_by == amendment.key and amendment.start < draft.start.day:
        due = max(amendment.start, cycles.start)
        said = (amendment.boundary.origin or Origin()).since(f"it was due on {due}, before the call takes effect")
        return _period(item, ("timestamp", due, said), ("timestamp", *_next_date(cycles, draft)))
    return _from_phase_start(agreement, cycles, draft, item)


def _from_phase_start(agreement: Agreement, cycles: Cycles, draft: PhaseDraft, item: OneTimeItem) -> OneTimeItem:
    """An item of the time up to the next billing date, which is the subscription's where all lines have one cycle."""
    said = (draft.start.origin or Origin()).since("it covers the time from the start of its phase")
    day, why = _next_date(cycles, draft)
    return _period(
        item,
        ("phase_start", None, said),
        ("timestamp" if agreement.mixed else "min_item_period_end", day, why),
    )


def _next_date(cycles: Cycles, draft: PhaseDraft) -> tuple[date, Origin]:
    """The next billing date of a line after the start of a phase, or its end where that comes first; and why."""
    day = min(cycles.next_after(draft.start.bills_from), cycles.end)
    why = (
        f"the end of the line, {day}" if day == cycles.end else f"the next billing date after {draft.start.day}: {day}"
    )
    return day, cycles.months_origin.since(f"it covers the time up to {why}")


def _period(
    item: OneTimeItem,
    start: tuple[PeriodStart, date | None, Origin],
    end: tuple[PeriodEnd, date | None, Origin],
) -> OneTimeItem:
    """An item with the period that it covers: how each end is told, the day, and where it comes from."""
    origin = dict(item.origin) | {"period_start": start[2], "period_end": end[2]}
    origin |= {"period_start_date": start[2]} if start[1] else {}
    return replace(
        item,
        period_start=start[0],
        period_start_date=start[1],
        period_end=end[0],
        period_end_date=end[1],
        origin=origin | {"period_end_date": end[2]},
    )


def _figure(amount: Decimal) -> str:
    return plain(rounded(amount, 6))
