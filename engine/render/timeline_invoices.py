"""The invoices of a time line: a bar for each day, up for what the customer pays and down for credits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

from ..forecast import Invoice
from ..money import decimals_of
from .days import day_words
from .drawing import GLYPH, LEFT, RIGHT, WIDTH, Annotation, Axis, Box, date_of
from .parameters import grouped, money

_CHART, _LABEL = 64, 18
"""The height of the highest bar, and of the line of totals above it."""

_MARGIN, _ASIDE = 6, 24
"""How far apart totals stand, and how far a total may stand beside its bar."""

_NARROWEST, _WIDEST = 2, 14
"""The width of a bar."""

_LEAST_HEIGHT = 1.5


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars and totals of the invoices; `baseline` is where nothing is, `bottom` where the chart ends."""

    bars: tuple[Box, ...]
    totals: tuple[Annotation, ...]
    baseline: float
    bottom: float


def chart(dated: Sequence[tuple[int, Invoice]], axis: Axis, top: float, currency: str) -> Chart:
    """The chart of some invoices, each with the instant of its date."""
    days: dict[int, list[Invoice]] = {}
    for at, invoice in sorted(dated, key=lambda each: each[0]):
        days.setdefault(at, []).append(invoice)
    if not days:
        return Chart((), (), 0, top)
    sums = {at: sum(each.total or 0 for each in found) for at, found in days.items()}
    most, least = max(0, *sums.values()), min(0, *sums.values())
    scale = _CHART / max(most - least, 1)
    baseline = round(top + _LABEL + most * scale, 1)
    gap = min((axis.x(after) - axis.x(before) for before, after in pairwise(days)), default=_WIDEST * 2)
    width = round(min(max(gap * 0.6, _NARROWEST), _WIDEST), 1)
    bars = tuple(_bar(at, found, axis, baseline, width, scale, currency) for at, found in days.items())
    below = _LABEL + 4 if least < 0 else 6
    return Chart(bars, tuple(_totals(bars)), baseline, round(baseline - least * scale + below, 1))


def _bar(
    at: int,
    invoices: Sequence[Invoice],
    axis: Axis,
    baseline: float,
    width: float,
    scale: float,
    currency: str,
) -> Box:
    """The bar of one day; its label is the day's total."""
    amount = sum(each.total or 0 for each in invoices)
    known = all(each.total is not None for each in invoices)
    what = f"{len(invoices)} invoices" if len(invoices) > 1 else "invoice"
    said = money(amount, currency) if known else "an amount that is not known"
    middle = min(max(axis.x(at), LEFT + width / 2), RIGHT - width / 2)
    height = max(round(abs(amount) * scale, 1), _LEAST_HEIGHT)
    top = round(baseline if amount < 0 else baseline - height, 1)
    label = _label(amount, invoices, currency) if known else "?"
    title = f"{day_words(date_of(at))}: {what}, {said}"
    return Box(round(middle - width / 2, 1), top, width, height, label, title, "credit" if amount < 0 else "")


def _totals(bars: Sequence[Box]) -> Iterator[Annotation]:
    """The totals above the bars, one for bars in a row that say the same, left out where there is no room."""
    edge = 0.0
    for label, run in groupby(bars, key=lambda each: each.label):
        found = list(run)
        first = found[0]
        words = f"{len(found)} × {label}" if len(found) > 1 else label
        half = len(words) * GLYPH / 2
        x = first.x + first.width / 2
        place = max(x, LEFT + half) if len(found) == 1 else first.x + half
        place = max(min(place, WIDTH - half), edge + _MARGIN + half)
        if place - x <= half + _ASIDE and place + half <= WIDTH:
            y = first.y + first.height + 14 if first.kind else first.y - 5
            yield Annotation(round(place, 1), round(y, 1), words)
            edge = place + half


def _label(amount: int, invoices: Sequence[Invoice], currency: str) -> str:
    """The total of a day as its label; `usage` where nothing else is billed."""
    kinds = {line.kind for each in invoices for line in each.lines}
    decimals = decimals_of(currency)
    return "usage" if kinds == {"usage"} else grouped(Decimal(amount).scaleb(-decimals), decimals)
