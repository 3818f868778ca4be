"""Rounding: every invoice rounds to the minor unit, and 36 invoices of 27.78 are not 1000.00.

With the setting `balance_rounding = first_invoice` a line whose cycle price is no whole minor unit gets a one-time item
of the difference with its first invoice. It can be negative. What is left by reductions later is reported by
reconciliation (docs/contract-model.md "Rounding").
"""

from __future__ import annotations

from decimal import Decimal

from ..money import billable, billed_decimals, decimals_of, plain, rounded, times
from .agreement import Agreement
from .context import Context
from .model import OneTimeItem, Origin, Price
from .prices import part_of
from .prorations import billed_cycles, part_item
from .sold import Sold
from .timeline import PhaseDraft


def initial_rounding(
    context: Context, agreement: Agreement, sold: Sold, price: Price, tail: OneTimeItem | None
) -> list[OneTimeItem]:
    """The balance of an initial line, whose cycles are billed one by one, those of the past in one sum."""
    own = sold.cycles
    if own is None or own.short or context.settings.balance_rounding == "off":
        return []
    cycles = own.billed_from(context.midnight(own.start))
    gone = 0
    if context.midnight(agreement.start) < context.as_of:
        gone = cycles - own.billed_from(max(context.as_of, context.midnight(own.start)))
    if agreement.skip_past_invoices:
        return _balance(sold, price, cycles - gone, 0, tail, skipped=gone)
    past = 0 if agreement.flexible else gone  # in the flexible mode each past period is a line of its own
    return _balance(sold, price, cycles - past, past, tail)


def amendment_rounding(
    context: Context, draft: PhaseDraft, sold: Sold, price: Price, debit: OneTimeItem | None
) -> list[OneTimeItem]:
    """The balance of a line that an amendment adds."""
    if context.settings.balance_rounding == "off" or sold.cycles is None:
        return []
    return _balance(sold, price, billed_cycles(sold.cycles, draft), 0, debit)


def _balance(
    sold: Sold, price: Price, cycles: int, past: int, rest: OneTimeItem | None, *, skipped: int = 0
) -> list[OneTimeItem]:
    """The difference of a line's worth, without cycles that are skipped, and what its invoices come to."""
    if not sold.can_be_prorated:
        return []
    fewer = billed_decimals(price.currency)
    places = decimals_of(price.currency) if fewer is None else fewer
    units = sold.line.quantity
    worth = rounded(times(sold.worth.total - times(sold.worth.cycle, skipped), units), places)
    unit = billable(sold.worth.cycle, price.currency)
    cycle = rounded(times(unit, units), places)
    together = rounded(times(unit, units * past), places)
    once = rounded(times(rest.price.amount.amount, units), places) if rest and rest.price.amount else Decimal(0)
    difference = worth - cycle * cycles - together - once
    if not difference:
        return []
    parts = [f"{cycles} × {plain(cycle)}"] + [plain(each) for each in (together, once) if each]
    formula = f"{plain(worth)} − {' − '.join(parts)} = {plain(difference)}"
    origin = Origin(sold.worth.total_origin.source, sold.worth.total_origin.rule, formula)
    part = part_of(price, f"{sold.line.record.id}/rounding", "rounding", difference, origin)
    return [part_item(sold, part, 1, "rounding", units=origin.since("one balance for the whole line"))]
