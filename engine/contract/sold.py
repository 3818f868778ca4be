"""A line that is sold: what it is worth, its price, its coupons, its billing cycles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from ..money import divided, plain, rounded, times
from .context import Context
from .coupons import Coupons
from .cycles import Cycles
from .lines import Line
from .model import Coupon, Price
from .prices import PriceBook
from .tiers import amount_of
from .worth import Coverage, Worth, own_span, price_as_it_stands, worth_of

_UNIT_DECIMALS = 8
"""Decimals of the price of one unit, in major units, that stay exact in minor units of every currency."""


@dataclass(frozen=True, slots=True, eq=False)
class Sold:
    """A line with what it is worth, its price before any clone, and its coupons.

    `origin_id` names the first line of its kind: what later lines revise. `cycles` are its billing cycles within its
    contract, None for what has no end or is billed once.
    """

    line: Line
    worth: Worth
    price: Price
    discounts: tuple[Coupon, ...]
    origin_id: str
    cycles: Cycles | None = None

    @property
    def can_be_prorated(self) -> bool:
        """Whether a part of a term has a price: not for usage, and not where the price depends on the quantity."""
        return not self.line.metered and not self.price.tiers

    @property
    def rests_at(self) -> date | None:
        """The day from which no whole cycle of the line is left though it is not over; None where there is none.

        Usage is billed for what was used, whatever day its line ends.
        """
        return None if self.cycles is None or self.line.metered else self.cycles.tail_start

    @property
    def units(self) -> int | None:
        """The quantity that is billed; None for usage."""
        return None if self.line.metered else self.line.quantity


def sell(
    context: Context,
    line: Line,
    span: Coverage | None,
    book: PriceBook,
    coupons: Coupons,
    origin_id: str | None = None,
    anchor: date | None = None,
) -> Sold | None:
    """A line with its worth and price.

    `span` is what a recurring line covers unless its own dates lie within, None where its price is not divided;
    `anchor` is the day from which the billing dates of its contract are counted.
    """
    since = len(context.findings)
    tiered = line.recurring and book.tiers(line) is not None
    if context.stopped(since):
        return None
    divided = span is not None and line.recurring and not line.evergreen and not tiered
    covered: Coverage | None = span
    if span is not None and divided:
        found = worth_of(context, line, span)
        worth, covered = found or (None, None)
    else:
        worth = price_as_it_stands(context, line)
        covered = own_span(line, span) if span is not None else None
    if worth is None:
        return None
    if not line.recurring and line.terms.get("price") is None:
        line, worth = _of_tiers(line, worth, book)
        if context.stopped(since):
            return None
    price = book.price(line, worth)
    discounts = coupons.of_line(line.record)
    if price is None or context.stopped(since):
        return None
    cycles = None
    if line.recurring and covered is not None:
        cycles = Cycles(
            anchor or covered.start, covered.start, covered.end, line.cycle_months, line.origin["cycle_months"]
        )
    return Sold(line, worth, price, discounts, origin_id or line.record.id, cycles)


def at_its_own_worth(sold: Sold, book: PriceBook) -> Sold:
    """A line of a term shorter than a billing cycle, whose one bill is what the whole term costs."""
    if not sold.can_be_prorated or sold.worth.total == sold.worth.cycle:
        return sold
    origin = replace(sold.worth.total_origin, formula=f"the whole term costs {plain(sold.worth.total)}")
    worth = replace(sold.worth, cycle=sold.worth.total, cycle_origin=origin)
    price = book.price(sold.line, worth)
    return replace(sold, worth=worth, price=price) if price else sold


def _of_tiers(line: Line, worth: Worth, book: PriceBook) -> tuple[Line, Worth]:
    """A one-time line whose product has tiers: its quantity decides one amount, of which each unit costs its part.

    Where the amount cannot be divided into units exactly, it is billed as one.
    """
    tiers = book.tiers(line)
    if tiers is None or line.quantity < 1:
        return line, worth
    amount, formula = amount_of(tiers, line.quantity)
    unit = divided(amount, line.quantity)
    exact = times(rounded(unit, _UNIT_DECIMALS), line.quantity) == amount
    formula += f"; ÷ {line.quantity} = {plain(rounded(unit, _UNIT_DECIMALS))}" if exact and line.quantity > 1 else ""
    origin = tiers.schedule_origin.beside(line.terms.origin("quantity")).since(formula)
    cost = rounded(unit, _UNIT_DECIMALS) if exact else amount
    worth = replace(worth, total=cost, cycle=cost, total_origin=origin, cycle_origin=origin)
    return (line if exact else replace(line, quantity=1)), worth
