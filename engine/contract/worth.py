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

from ..dates import is_month_end
from ..money import decimals_of, divided, plain, rounded, times
from .context import Context, whole
from .lines import Line
from .model import Origin
from .months import MONTH_END_SLACK, PRECISIONS, plausible_months, whole_months
from .terms import Terms

DEFAULT_PRODUCT_TERM = 12
"""Months that CPQ lets a list price cover when the product does not say."""

SAME_MONTHS = Decimal("0.000001")
"""How far two counts of months may lie apart: what CPQ's six decimals of a multiplier leave open."""

SURE_PLACES = 3
"""From how many decimals on a multiplier says by itself which days it means."""

HAIR = Decimal(1).scaleb(-12)
"""What a quotient of 50 digits can be off; no amount is as small."""

CPQ_PLACES = 2
"""Decimals to which CPQ rounds a unit price."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The days that a line covers, from `start` to `end` (exclusive), and what they belong to, for messages.

    A `fixed` span is covered whole; in any other a line may start later or end earlier.
    """

    start: date
    end: date
    of: str
    fixed: bool = False
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


def worth_of(context: Context, line: Line, span: Coverage) -> tuple[Worth, Coverage] | None:
    """The worth of a recurring line and the days that it covers; None when a finding stands in the way."""
    since = len(context.findings)
    own = line.terms.get("price")
    unit = context.needed(line.terms, "unit_price") if own is None else line.terms.get("unit_price")
    term = product_term(context, line.terms)
    covered = _covered(context, line, term, span) if term is not None else None
    if context.stopped(since) or term is None or covered is None:
        return None
    months, days = covered
    if own is not None:
        worth = _own_price(line, own, months)
        context.priced[line.record.id] = times(worth.total, line.quantity)
        return worth, days
    if unit < 0:
        _negative(context, line, "unit_price", unit)
        return None
    return _worth(line, unit, months, term), days


def own_span(line: Line, span: Coverage) -> Coverage:
    """The days that a line covers by its own dates where they lie within a span, else the span.

    What the end of a month moves is no date of its own.
    """
    start = line.service_start or span.start
    end = line.service_end + timedelta(days=1) if line.service_end else span.end
    inside = span.start <= start < end <= span.end
    if span.fixed or not inside or (_as_good_as(start, span.start) and _as_good_as(end, span.end)):
        return span
    return Coverage(start, end, str(line))


def _as_good_as(day: date, other: date) -> bool:
    """Whether two days mean the same, up to what the end of a month moves."""
    clamped = any(is_month_end(each) or is_month_end(each - timedelta(days=1)) for each in (day, other))
    return day == other or (clamped and abs((day - other).days) <= MONTH_END_SLACK)


def price_as_it_stands(context: Context, line: Line) -> Worth | None:
    """The worth of a line whose price is not divided: evergreen, one-time or tiered."""
    name = "price" if line.terms.get("price") is not None else "unit_price"
    unit = context.needed(line.terms, name)
    if unit is None:
        return None
    if unit < 0:
        _negative(context, line, name, unit)
        return None
    if name == "price" and not line.recurring:
        context.priced[line.record.id] = times(unit, line.quantity)
    origin = Origin(line.terms.source(name), line.terms.rules.get(name))
    return Worth(unit, Decimal(line.cycle_months), unit, HAIR, origin, origin)


def _negative(context: Context, line: Line, name: str, unit: Decimal) -> None:
    if line.quantity < 0:
        context.report(
            "E516",
            f"{line.terms.source(name)} is {plain(unit)}, below zero: the discount of the line that {line} takes away is "
            "more than what is left of its term",
            line.record,
            terms=(line.terms, name),
            notes=("an amount of discount stays whole on a part of the term; a percentage shrinks with it",),
            fix="give the discount as a percentage on the quote, or set the price of the cancelling line to what is to be "
            "credited, at least 0",
        )
        return
    context.report(
        "E516",
        f"{line.terms.source(name)} is {plain(unit)}, below zero",
        line.record,
        terms=(line.terms, name),
        fix="what does the line take off? A discount is a percentage on the lines that it is for, or a coupon of the order; "
        "what is given back is a credit note: no recurring price is below zero in Stripe",
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
        formula = f"{plain(candidate)} ÷ {term} months × {line.cycle_months} = {_figure(cycle)}"
        origin = Origin(line.terms.source(name), line.terms.rules.get(name), formula)
        origin = origin.beside(line.terms.origin("product_term"), line.origin["cycle_months"])
    else:
        place = _places(line)[0]
        cycle = divided(times(unit, line.cycle_months), months)
        formula = f"{plain(unit)} ÷ {_figure(months)} months × {line.cycle_months} = {_figure(cycle)}"
        origin = Origin(source, rule, formula).beside(line.terms.origin("multiplier"), line.origin["cycle_months"])
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


def _covered(context: Context, line: Line, term: int, span: Coverage) -> tuple[Decimal, Coverage] | None:
    """The months and days that a line covers: its multiplier and its dates must agree, and lie within its order."""
    counted, sound = _counted(context, line, term)
    if not sound:
        return None
    precision = context.settings.prorate_precision
    expected = plausible_months(span.start, span.end, precision)
    if counted is None:
        return expected[0], span
    multiplier = line.terms.get("multiplier")

    def same(months: Decimal) -> bool:
        """Whether the line covers so many months."""
        close = abs(counted - months) <= SAME_MONTHS * term
        return close or (multiplier is not None and _agrees(line, multiplier, months, term))

    own = own_span(line, span)
    if own is not span:
        found = next((each for each in plausible_months(own.start, own.end, precision) if same(each)), None)
        if found is not None:
            return found, own
    last_day = span.end - timedelta(days=1)
    meant = next((each for each in expected if same(each)), None)
    if meant is None:
        context.report(
            "E515",
            f"{line} covers {_figure(counted)} months, and {span.of} runs for {_figure(expected[0])} "
            f"({span.start} to {last_day})",
            line.record,
            terms=(line.terms, "multiplier"),
            notes=("a line is billed for the days that it covers, and they must lie within its order",),
            fix="let the line start and end within its order, or sell it on an order of its own",
        )
        return None
    if span.fixed and meant % line.cycle_months:
        context.report(
            "E552",
            f"{line} is sold for {_figure(meant)} months of {span.start} to {last_day}, which Stripe bills as whole cycles of "
            f"{line.cycle_months} month{'' if line.cycle_months == 1 else 's'}",
            line.record,
            terms=(line.terms, "multiplier"),
            notes=("the days that the end of a month moves were counted into the price",),
            fix="calculate the quote with whole months, or start the ramp on day 28 or before",
        )
        return None
    start, last = line.service_start, line.service_end
    if (start and start != span.start) or (last and last != last_day):
        context.report(
            "W505", f"{line} runs from {start} to {last}, and {span.of} from {span.start} to {last_day}", line.record
        )
    return meant, span


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
    meant = next((each for each in dated if _agrees(line, multiplier, each, term)), None)
    if meant is None and start and last:
        _disagree(context, line, multiplier, start, last, term)
    return meant, meant is not None


def _agrees(line: Line, multiplier: Decimal, months: Decimal, term: int) -> bool:
    """Whether a multiplier means so many months: at the places that it is given with, CPQ keeping six at most.

    One of two places or less is too coarse to tell days apart: it counts where the line's price says the same.
    """
    exact = divided(months, term)
    if abs(multiplier - exact) <= SAME_MONTHS:
        return True
    exponent = multiplier.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    if rounded(exact, max(places, 1)) != multiplier:
        return False
    if places >= SURE_PLACES:
        return True
    unit = line.terms.get("unit_price")
    return unit is not None and places > 0 and _exact_rate(line, unit, months, term) is not None


def _disagree(context: Context, line: Line, multiplier: Decimal, start: date, last: date, term: int) -> None:
    """A multiplier that the line's dates do not give, and what they give in each precision."""
    precision = context.settings.prorate_precision
    end = last + timedelta(days=1)
    days = (end - start).days
    fits, notes = [], []
    for each in PRECISIONS:
        found = plausible_months(start, end, each)
        if any(_agrees(line, multiplier, months, term) for months in found):
            fits.append(each)
        notes.append(f"prorate_precision = {each}: {_figure(divided(found[0], term))}, {_figure(found[0])} months")
    whole, rest = whole_months(start, end)
    over = f" and {rest} days" if rest else ""
    fix = (
        f"set prorate_precision to {fits[0]}, if that is the setting of CPQ, or calculate the quote again"
        if fits
        else "calculate the quote again; precisions that count calendar months are not followed"
    )
    context.report(
        "E514",
        f"{line.terms.source('multiplier')} is {plain(multiplier)} of a product term of {term} months, "
        f"and {start} to {last} are {days} of 365 days, {whole} months{over}: "
        f"{_figure(divided(plausible_months(start, end, precision)[0], term))} with prorate_precision = {precision}",
        line.record,
        terms=(line.terms, "multiplier"),
        notes=tuple(notes),
        fix=fix,
    )


def _figure(amount: Decimal) -> str:
    """A figure for people: at most six decimals."""
    return plain(rounded(amount, 6))
