"""A line that is sold: what it is worth, its price, its coupons, its billing cycles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from ..money import plain
from .context import Context
from .coupons import Coupons
from .cycles import Cycles
from .lines import Line
from .model import Coupon, Price
from .prices import PriceBook
from .worth import Coverage, Worth, own_span, price_as_it_stands, worth_of


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
