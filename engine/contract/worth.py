"""What a line is worth, for how many months, and what one billing cycle of it costs.

An order line's unit price covers the months of the line in total, rounded to cents by CPQ. The months are the proration
multiplier times the product term, and must agree with the line's own dates. The price of a cycle is the rate of a month
times the months of the cycle; the rate is exact where CPQ's rounding can be undone (docs/contract-model.md "Cycle
price"; Salesforce CPQ "Subscription Prorate Precision" and "Prorate Multiplier").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from ..money import decimals_of, divided, plain, rounded, times
from .context import Context, whole
from .lines import Line
from .model import Origin
from .months import plausible_months
from .terms import Terms

DEFAULT_PRODUCT_TERM = 12
"""Months that CPQ lets a list price cover when the product does not say."""

SAME_MONTHS = Decimal("0.000001")
"""How far two counts of months may lie apart: what CPQ's six decimals of a multiplier leave open."""

HAIR = Decimal(1).scaleb(-12)
"""What a quotient of 50 digits can be off; no amount is as small."""

CPQ_PLACES = 2
"""Decimals to which CPQ rounds a unit price."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a line must cover, from `start` to `end` (exclusive), and what they belong to, for messages."""

    start: date
    end: date
    of: str
    origin: Mapping[str, Origin] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Worth:
    """What one unit of a line is worth: `total` for `months` months, `cycle` for one billing cycle, in major units.

    `slack` is what CPQ's rounding leaves open: a rest that is no larger is none.
    """

    total: Decimal
    months: Decimal
    cycle: Decimal
    slack: Decimal
    total_origin: Origin
    cycle_origin: Origin


def product_term(context: Context, terms: Terms) -> int | None:
    """Months that a list price covers: the term of the product, else 12; None and a finding when it is no number of months."""
    term = terms.get("product_term")
    if term is None:
        return DEFAULT_PRODUCT_TERM
    months = whole(term)
    if months is None or months < 1:
        context.report(
            "E512",
            f"{terms.source('product_term')} is {plain(Decimal(term))}, and a product term is a whole number of months",
            terms.record,
            terms=(terms, "product_term"),
            fix="set the subscription term of the product to a whole number, at least 1",
        )
        return None
    return months


def worth_of(context: Context, line: Line, span: Span) -> Worth | None:
    """The worth of a recurring line that must cover `span`; None when a finding stands in the way."""
    since = len(context.findings)
    own = line.terms.get("price")
    unit = context.needed(line.terms, "unit_price") if own is None else line.terms.get("unit_price")
    term = product_term(context, line.terms)
    months = _months(context, line, term, span) if term is not None else None
    if context.stopped(since) or term is None or months is None:
        return None
    if own is not None:
        return _own_price(line, own, months)
    if unit < 0:
        _negative(context, line, "unit_price", unit)
        return None
    return _worth(line, unit, months, term)


def price_as_it_stands(context: Context, line: Line) -> Worth | None:
    """The worth of a line whose price is not divided: evergreen, one-time or tiered."""
    name = "price" if line.terms.get("price") is not None else "unit_price"
    unit = context.needed(line.terms, name)
    if unit is None:
        return None
    if unit < 0:
        _negative(context, line, name, unit)
        return None
    origin = Origin(line.terms.source(name), line.terms.rules.get(name))
    return Worth(unit, Decimal(line.cycle_months), unit, HAIR, origin, origin)


def _negative(context: Context, line: Line, name: str, unit: Decimal) -> None:
    context.report(
        "E516",
        f"{line.terms.source(name)} is {plain(unit)}, below zero",
        line.record,
        terms=(line.terms, name),
        fix="put the discount into a coupon of the order or the line",
    )


def _own_price(line: Line, own: Decimal, months: Decimal) -> Worth:
    """A price that a rule takes from another field is per cycle already; the line is worth as many cycles as it covers."""
    source, rule = line.terms.source("price"), line.terms.rules.get("price")
    total = divided(times(own, months), line.cycle_months)
    formula = f"{plain(own)} × {_figure(months)} months ÷ {line.cycle_months} = {_figure(total)}"
    return Worth(total, months, own, HAIR, Origin(source, rule, formula), Origin(source, rule))


def _worth(line: Line, unit: Decimal, months: Decimal, term: int) -> Worth:
    source, rule = line.terms.source("unit_price"), line.terms.rules.get("unit_price")
    exact = _exact_rate(line, unit, months, term)
    if exact is not None:
        name, candidate, place = exact
        cycle = divided(times(candidate, line.cycle_months), term)
        origin = Origin(
            line.terms.source(name),
            line.terms.rules.get(name),
            f"{plain(candidate)} ÷ {term} months × {line.cycle_months} = {_figure(cycle)}",
        )
    else:
        place = _places(line)[0]
        cycle = divided(times(unit, line.cycle_months), months)
        formula = f"{plain(unit)} ÷ {_figure(months)} months × {line.cycle_months} = {_figure(cycle)}"
        origin = Origin(source, rule, formula)
    slack = Decimal(5).scaleb(-place - 1)
    return Worth(unit, months, cycle, slack, Origin(source, rule), origin)


def _exact_rate(line: Line, unit: Decimal, months: Decimal, term: int) -> tuple[str, Decimal, int] | None:
    """The first price of a whole product term from which CPQ's rounding leads to the unit price."""
    for name in ("unprorated_price", "quoted_list_price", "list_price"):
        candidate = line.terms.get(name)
        if candidate is None:
            continue
        total = divided(times(candidate, months), term)
        for place in _places(line):
            if rounded(total, place) == unit:
                return name, candidate, place
    return None


def _places(line: Line) -> list[int]:
    """The decimals that CPQ may have rounded to, the finest first: two, or as many as the currency has."""
    return sorted({CPQ_PLACES, decimals_of(line.currency)}, reverse=True)


def _months(context: Context, line: Line, term: int, span: Span) -> Decimal | None:
    """The months that a line covers: its multiplier and its dates, which must agree, and both with its order."""
    counted, sound = _counted(context, line, term)
    if not sound:
        return None
    expected = plausible_months(span.start, span.end, context.settings.prorate_precision)
    if counted is None:
        return expected[0]
    meant = next((each for each in expected if abs(counted - each) <= SAME_MONTHS * term), None)
    last_day = span.end - timedelta(days=1)
    if meant is None:
        context.report(
            "E515",
            f"{line} covers {_figure(counted)} months, and {span.of} runs for {_figure(expected[0])} "
            f"({span.start} to {last_day})",
            line.record,
            terms=(line.terms, "multiplier"),
            notes=("every recurring line is billed for the whole time, so the sum would not be what was sold",),
            fix="let the line run as long as its order, or sell it on an order of its own",
        )
        return None
    start, last = line.service_start, line.service_end
    if (start and start != span.start) or (last and last != last_day):
        context.report(
            "W505", f"{line} runs from {start} to {last}, and {span.of} from {span.start} to {last_day}", line.record
        )
    return meant


def _counted(context: Context, line: Line, term: int) -> tuple[Decimal | None, bool]:
    """The months by multiplier and dates, None when there is neither; and whether the two agree."""
    multiplier = line.terms.get("multiplier")
    start, last = line.service_start, line.service_end
    dated: tuple[Decimal, ...] = ()
    if start and last:
        if last < start:
            context.report("E514", f"{line} ends on {last}, before it starts on {start}", line.record)
            return None, False
        dated = plausible_months(start, last + timedelta(days=1), context.settings.prorate_precision)
    if multiplier is None:
        return (dated[0] if dated else None), True
    counted = times(multiplier, term)
    if not dated:
        return counted, True
    meant = next((each for each in dated if abs(multiplier - divided(each, term)) <= SAME_MONTHS), None)
    if meant is None:
        _disagree(context, line, counted, dated[0], term, multiplier)
    return meant, meant is not None


def _disagree(context: Context, line: Line, counted: Decimal, dated: Decimal, term: int, multiplier: Decimal) -> None:
    precision = context.settings.prorate_precision
    other = "month_and_day" if precision == "month" else "month"
    context.report(
        "E514",
        f"{line.terms.source('multiplier')} is {plain(multiplier)}, which is {_figure(counted)} months of a product term "
        f"of {term}, and {line.service_start} to {line.service_end} is {_figure(dated)} months "
        f"with prorate_precision = {precision}",
        line.record,
        terms=(line.terms, "multiplier"),
        fix=f"calculate the quote again, or set prorate_precision to {other} if that is the setting of CPQ",
    )


def _figure(amount: Decimal) -> str:
    """A figure for people: at most six decimals."""
    return plain(rounded(amount, 6))
