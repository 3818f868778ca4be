"""The time line of a contract as a drawing: phases on top, a lane for each price, invoices below. Only geometry is here.

All lengths are in units of the drawing, which is WIDTH wide and scales with the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..dates import add_months
from ..forecast import ForecastedPlan, Invoice
from ..plan import ContractSummary
from .course import PricedItem, Stretch, stretches
from .days import day_words, month_words, short_month, stretch_words
from .drawing import GLYPH, LEFT, RIGHT, SMALL_GLYPH, Annotation, Axis, Box, date_of, midnight
from .parameters import money
from .phases import as_of
from .timeline_invoices import Chart, chart

_TOP, _BAND, _LANE, _BAR = 34, 30, 34, 22
"""The heights of the axis' labels, of the band of phases, of a lane, and of the bar in it."""

_MOST_LANES, _MOST_TOLD = 16, 8
"""How many prices are drawn, and how many of a phase are told in words."""

_YEAR = 365.25 * 86400
_LEAST_TICK = 70
"""The least distance of two marks on the axis."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The row of one price: its name, what it costs, and a bar for each quantity."""

    y: float
    name: str
    note: str
    title: str
    bars: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole drawing. `summary` says in a sentence what it shows; `more` counts lanes that are left out."""

    height: float
    title: str
    summary: str
    ticks: tuple[Annotation, ...]
    phases: tuple[Box, ...]
    lanes: tuple[Lane, ...]
    diamonds: tuple[Annotation, ...]
    diamond_lane: float
    chart: Chart
    today: Annotation | None
    more: int
    base: float


def timeline(view: ForecastedPlan, contract: ContractSummary) -> Drawing | None:
    """The drawing of one contract; none where there is nothing to draw: a contract that is billed once."""
    course = stretches(view.plan, contract.id)
    every = view.outlook.forecast.invoices if view.outlook else ()
    if not course:
        return None
    dated = [(midnight(each.date.isoformat()), each) for each in every if each.contract == contract.id]
    axis = _axis(course, [at for at, _ in dated])
    now = as_of(view.plan)
    y: float = _TOP + _BAND + 10
    lanes, more = _lanes(course, axis, y)
    y += len(lanes) * _LANE
    diamonds = tuple(_diamonds(course, axis, y + _LANE / 2))
    diamond_lane = y + _LANE / 2 if diamonds else 0
    y += _LANE if diamonds else 0
    invoices_chart = chart(dated, axis, y + 12, contract.currency)
    y = invoices_chart.bottom
    inside = now is not None and axis.start < now < axis.end
    today = Annotation(axis.x(now), y, f"plan of {day_words(date_of(now))}") if inside and now is not None else None
    return Drawing(
        height=round(y + (22 if today else 6), 1),
        title="Phases and invoices over time",
        summary=_summary(course, dated, contract),
        ticks=tuple(_ticks(axis)),
        phases=tuple(_phase(each, axis) for each in course),
        lanes=lanes,
        diamonds=diamonds,
        diamond_lane=diamond_lane,
        chart=invoices_chart,
        today=today,
        more=more,
        base=round(y, 1),
    )


def _axis(course: Sequence[Stretch], dates: Sequence[int]) -> Axis:
    start = min([each.start for each in course] + list(dates))
    ends = [each.end for each in course if each.end is not None]
    end = max([*ends, *dates, start + 86400])
    if any(each.end is None for each in course):
        end = max(end, int(start + _YEAR)) + int((end - start) * 0.04)
    return Axis(start, end)


# --- the axis ---------------------------------------------------------------------------------------------------------


def _ticks(axis: Axis) -> Iterator[Annotation]:
    """Marks from the start on, as many as have room: each month, or every so many."""
    first, last = date_of(axis.start), date_of(axis.end)
    months = (last.year - first.year) * 12 + last.month - first.month
    room = (RIGHT - LEFT) / max(months, 1)
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60) if each * room >= _LEAST_TICK), 120)
    shown_year = None
    for count in range(0, months + 1, step):
        day = add_months(first, count)
        x = axis.x(midnight(day.isoformat()) if count else axis.start)
        if count and x > RIGHT - _LEAST_TICK / 2:
            break
        words = month_words(day) if day.year != shown_year else short_month(day)
        shown_year = day.year
        yield Annotation(x, _TOP - 12, words if first.day == 1 else f"{day.day} {words}")


# --- phases and lanes -------------------------------------------------------------------------------------------------


def _phase(stretch: Stretch, axis: Axis) -> Box:
    end = axis.end if stretch.end is None else stretch.end
    x, width = axis.x(stretch.start), round(max(axis.x(end) - axis.x(stretch.start), 2), 1)
    words = _stretch_words(stretch)
    label = f"{stretch.label}: {words}"
    label = label if _fits(label, width) else stretch.label if _fits(stretch.label, width) else ""
    return Box(x, _TOP, width, _BAND, label, f"{stretch.label}, {words}", goes_on=stretch.end is None)


def _stretch_words(stretch: Stretch) -> str:
    if stretch.end is None:
        return f"from {day_words(date_of(stretch.start))}, without an end"
    return stretch_words(stretch.start, stretch.end)


def _lanes(course: Sequence[Stretch], axis: Axis, top: float) -> tuple[tuple[Lane, ...], int]:
    """One lane for each price, in the order in which they first appear."""
    by_price: dict[str, list[tuple[Stretch, PricedItem]]] = {}
    for stretch in course:
        for item in stretch.items:
            by_price.setdefault(item.price, []).append((stretch, item))
    shown = list(by_price.values())[:_MOST_LANES]
    lanes = tuple(_lane(found, axis, top + at * _LANE) for at, found in enumerate(shown))
    return lanes, len(by_price) - len(shown)


def _lane(found: Sequence[tuple[Stretch, PricedItem]], axis: Axis, y: float) -> Lane:
    item = found[0][1]
    bars: list[Box] = []
    for start, end, quantity in _merged(found):
        last = axis.end if end is None else end
        x, width = axis.x(start), round(max(axis.x(last) - axis.x(start), 3), 1)
        words = f"{quantity:,} × {item.name}" if quantity is not None else f"{item.name} by usage"
        number = f"{quantity:,}" if quantity is not None else "usage"
        label = (
            f"{number} × {item.priced}"
            if quantity is not None and _fits(f"{number} × {item.priced}", width)
            else number
        )
        period = f"from {day_words(date_of(start))}" if end is None else stretch_words(start, end)
        title = f"{words}, {item.priced}, {period}"
        bars.append(
            Box(
                x,
                round(y + (_LANE - _BAR) / 2, 1),
                width,
                _BAR,
                label if _fits(label, width) else "",
                title,
                goes_on=end is None,
            )
        )
    return Lane(
        round(y, 1),
        _cut(item.name, LEFT - 14, GLYPH),
        _cut(item.priced, LEFT - 14, SMALL_GLYPH),
        f"{item.name}, {item.priced}",
        tuple(bars),
    )


def _merged(found: Sequence[tuple[Stretch, PricedItem]]) -> Iterator[tuple[int, int | None, int | None]]:
    """The stretches of one price, those of one quantity that follow each other as one."""
    kept: list[tuple[int, int | None, int | None]] = []
    for stretch, item in found:
        if kept and kept[-1][1] == stretch.start and kept[-1][2] == item.quantity:
            kept[-1] = (kept[-1][0], stretch.end, item.quantity)
        else:
            kept.append((stretch.start, stretch.end, item.quantity))
    yield from kept


def _diamonds(course: Sequence[Stretch], axis: Axis, y: float) -> Iterator[Annotation]:
    """What is billed once with a phase: one mark for each phase that has something."""
    for stretch in course:
        if stretch.one_time:
            count = len(stretch.one_time)
            words = "; ".join(f"{each.quantity or 1:,} × {each.name} at {each.priced}" for each in stretch.one_time)
            label = f"{count} one-time item{'s' if count > 1 else ''}"
            x = axis.x(stretch.start)
            kind = "before" if x + 14 + len(label) * GLYPH > RIGHT + 20 else ""
            yield Annotation(x, round(y, 1), label, f"{day_words(date_of(stretch.start))}: {words}", kind)


# --- words ------------------------------------------------------------------------------------------------------------


def _summary(course: Sequence[Stretch], dated: Sequence[tuple[int, Invoice]], contract: ContractSummary) -> str:
    """The drawing in words, for those who do not see it."""
    parts = [f"{each.label}, {_stretch_words(each)}: {_items_words(each.items)}" for each in course]
    if dated:
        known = [each.total for _, each in dated if each.total is not None]
        plural = "s" if len(dated) > 1 else ""
        parts.append(f"{len(dated)} invoice{plural}, {money(sum(known), contract.currency)} in all")
    return ". ".join(parts) + "."


def _items_words(items: Sequence[PricedItem]) -> str:
    more = len(items) - _MOST_TOLD
    return ", ".join(_item_words(each) for each in items[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def _item_words(item: PricedItem) -> str:
    return f"{item.quantity:,} × {item.name}" if item.quantity is not None else f"{item.name} by usage"


def _fits(text: str, width: float) -> bool:
    return len(text) * GLYPH + 10 <= width


def _cut(text: str, width: float, glyph: float) -> str:
    room = int(width / glyph)
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"
