"""What an initial order agrees on: first day, length, currency, billing cycle; and its recurring lines with their worth.

The end is the start plus the term's months, clamped to the month's last day; Salesforce's end date is the day before
(docs/contract-model.md "Start, term and end").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from ..money import plain
from ..records import Record
from .context import Context, whole
from .coupons import Coupons
from .cycles import Cycles
from .lines import MOST_RECURRING_LINES, Line, OrderLines
from .model import Coupon, Origin, Price
from .months import LONGEST_TERM, MONTH_END_SLACK, add_months
from .prices import PriceBook
from .terms import Terms
from .worth import Span, Worth, price_as_it_stands, worth_of


@dataclass(frozen=True, slots=True, eq=False)
class Sold:
    """A line with what it is worth, its price before any clone, and its coupons.

    `origin_id` names the first line of its kind: what later lines revise.
    """

    line: Line
    worth: Worth
    price: Price
    discounts: tuple[Coupon, ...]
    origin_id: str

    @property
    def can_be_prorated(self) -> bool:
        """Whether a part of a term has a price: not for usage, and not where the price depends on the quantity."""
        return not self.line.metered and not self.price.tiers

    @property
    def units(self) -> int | None:
        """The quantity that is billed; None for usage."""
        return None if self.line.metered else self.line.quantity


@dataclass(frozen=True, slots=True)
class Agreement:
    """The frame of a renewable contract; `end` is exclusive."""

    start: date
    end: date
    term_months: int
    skip_past_invoices: bool
    origin: Mapping[str, Origin] = field(default_factory=dict, compare=False)

    def cycles(self, line: Line) -> Cycles:
        """The billing cycles of a line of the contract."""
        return Cycles(self.start, self.end, line.cycle_months)


def agreed(context: Context, order: Record) -> Agreement | None:
    """The frame of an initial order with recurring lines; None and findings when it cannot be told."""
    terms = context.read("contract", order)
    since = len(context.findings)
    start = context.needed(terms, "start")
    term = whole_term(context, terms) if context.needed(terms, "term_months") is not None else None
    if context.stopped(since) or start is None or term is None:
        return None
    end = add_months(start, term)
    last: date | None = terms.get("end_date")
    if last is not None and not _same_end(start, end, last + timedelta(days=1)):
        context.report(
            "E513",
            f"{terms.source('end_date')} is {last}, and {term} months from {start} end on {end - timedelta(days=1)}",
            order,
            terms=(terms, "end_date"),
            fix="change the term or the end date of the quote, so that both say the same",
        )
        return None
    skip = bool(terms.get("skip_past_invoices"))
    both = Origin(
        ", ".join(each for each in (terms.sources.get("start"), terms.sources.get("term_months")) if each),
        terms.rules.get("term_months"),
        f"{start} + {term} months = {end}",
    )
    return Agreement(start, end, term, skip, {"start": terms.origin("start"), "end": both})


def whole_term(context: Context, terms: Terms, least: int = 1) -> int | None:
    """A term as a whole number of months, at least `least`; None and a finding when it is none."""
    value = terms.get("term_months")
    months = whole(value)
    if months is None or not least <= months <= LONGEST_TERM:
        context.report(
            "E512",
            f"{terms.source('term_months')} is {plain(Decimal(value))}, "
            f"and a term is a whole number of months from {least} to {LONGEST_TERM}",
            terms.record,
            terms=(terms, "term_months"),
            fix="set the subscription term of the quote to whole months",
        )
        return None
    return months


def _same_end(start: date, end: date, given: date) -> bool:
    """Whether an end date means the same end: to the day, or clamped another way at the end of a month."""
    return given == end or (start.day > 31 - MONTH_END_SLACK - 1 and abs((given - end).days) <= MONTH_END_SLACK)


def one_cycle(context: Context, order: Record, lines: Sequence[Line]) -> int | None:
    """The billing cycle that recurring lines share; None and a finding when they do not, or are too many."""
    if len(lines) > MOST_RECURRING_LINES:
        context.report(
            "E508",
            f"{order} has {len(lines)} recurring lines, and a subscription takes {MOST_RECURRING_LINES}",
            order,
            fix="split the order",
        )
        return None
    by_cycle: dict[int, list[Line]] = {}
    for line in lines:
        by_cycle.setdefault(line.cycle_months, []).append(line)
    if len(by_cycle) == 1:
        return next(iter(by_cycle))
    notes = tuple(
        f"every {months} month{'s' if months > 1 else ''}: {', '.join(str(each) for each in those)}"
        for months, those in sorted(by_cycle.items())
    )
    context.report(
        "E509",
        f"the recurring lines of {order} are billed in {len(by_cycle)} cycles: "
        f"{', '.join(str(each) for each in sorted(by_cycle))} months",
        order,
        notes=(*notes, "one subscription has one billing cycle: all its prices must have the same `interval`"),
        fix="sell lines with another billing frequency on an order of their own",
    )
    return None


def sell(
    context: Context, line: Line, span: Span | None, book: PriceBook, coupons: Coupons, origin_id: str | None = None
) -> Sold | None:
    """A line with its worth and price; `span` is what a recurring line must cover, None where its price is not divided."""
    since = len(context.findings)
    tiered = line.recurring and book.tiers(line) is not None
    if context.stopped(since):
        return None
    divided = span is not None and line.recurring and not line.evergreen and not tiered
    worth = worth_of(context, line, span) if divided and span else price_as_it_stands(context, line)
    if worth is None:
        return None
    price = book.price(line, worth)
    discounts = coupons.of_line(line.record)
    if price is None or context.stopped(since):
        return None
    return Sold(line, worth, price, discounts, origin_id or line.record.id)


def at_its_own_worth(sold: Sold, book: PriceBook) -> Sold:
    """A line of a term shorter than a billing cycle, whose one bill is what the whole term costs."""
    if not sold.can_be_prorated or sold.worth.total == sold.worth.cycle:
        return sold
    origin = replace(sold.worth.total_origin, formula=f"the whole term costs {plain(sold.worth.total)}")
    worth = replace(sold.worth, cycle=sold.worth.total, cycle_origin=origin)
    price = book.price(sold.line, worth)
    return replace(sold, worth=worth, price=price) if price else sold


def currency_of(context: Context, order: Record) -> str | None:
    """The lower-case currency of an order; None and a finding when it is no ISO code."""
    terms = context.read("contract", order)
    code = str(terms.get("currency") or context.settings.default_currency).lower()
    if len(code) == 3 and code.isascii() and code.isalpha():  # noqa: PLR2004 - ISO 4217 codes have three letters
        return code
    context.report(
        "E518",
        f"{terms.source('currency')} is {code!r}, and a currency is a code of three letters",
        order,
        terms=(terms, "currency"),
        fix="set the setting default_currency or the currency of the order to an ISO 4217 code",
    )
    return None


def mixed_kinds(context: Context, order: Record, lines: OrderLines) -> bool:
    """Whether an order mixes lines with and without an end, which is reported."""
    endless = [each for each in lines.recurring if each.evergreen]
    if not endless or len(endless) == len(lines.recurring):
        return False
    ending = [each for each in lines.recurring if not each.evergreen]
    context.report(
        "E510",
        f"{order} has evergreen lines ({', '.join(map(str, endless))}) "
        f"and renewable ones ({', '.join(map(str, ending))})",
        order,
        fix="sell them on orders of their own",
    )
    return True


__all__ = [
    "Agreement",
    "Origin",
    "Sold",
    "agreed",
    "at_its_own_worth",
    "currency_of",
    "mixed_kinds",
    "one_cycle",
    "sell",
]
