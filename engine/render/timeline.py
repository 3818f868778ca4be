"""The time line of a contract as a drawing: phases on top, a lane for each price, invoices below. Only geometry is here.

All lengths are in units of the drawing, which is WIDTH wide and scales with the page.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.contract.money import decimals_of
from engine.render.course import Item, Stretch, stretches
from engine.render.days import day_words, month_words, short_month, stretch_words
from engine.render.parameters import grouped, money
from engine.render.phases import as_of

WIDTH = 960
LEFT, RIGHT = 210, 930
"""Where the time axis starts and ends; left of it stand the names of the lanes."""

_TOP, _BAND, _LANE, _BAR = 34, 30, 34, 22
_CHART, _LABEL = 64, 18
_MOST_LANES = 16
_GLYPH = 6.7
"""The average width of a character at the size of the labels."""

_YEAR = 365.25 * 86400
_LEAST_TICK = 58
_MARGIN = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its text; `label` is what fits into it, `title` says all."""

    x: float
    y: float
    width: float
    height: float
    label: str
    title: str
    kind: str = ""
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the axis with a text."""

    x: float
    y: float
    label: str
    title: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """The row of one price: its name, what it costs, and a bar for each quantity."""

    y: float
    name: str
    note: str
    title: str
    bars: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole drawing. `summary` says in a sentence what it shows; `more` counts lanes that are left out."""

    height: float
    title: str
    summary: str
    ticks: tuple[Mark, ...]
    phases: tuple[Box, ...]
    lanes: tuple[Lane, ...]
    diamonds: tuple[Mark, ...]
    diamond_lane: float
    invoices: tuple[Box, ...]
    totals: tuple[Mark, ...]
    baseline: float
    today: Mark | None
    more: int
    base: float


@dataclass(frozen=True, slots=True)
class _Axis:
    """Instants as places."""

    start: int
    end: int

    def x(self, at: float) -> float:
        share = (at - self.start) / max(self.end - self.start, 1)
        return round(LEFT + (RIGHT - LEFT) * min(max(share, 0), 1), 1)


def timeline(document: Mapping[str, Any], contract: Mapping[str, Any]) -> Timeline | None:
    """The drawing of one contract; none where there is nothing to draw: a contract that is billed once."""
    course = stretches(document, contract["id"])
    invoices = [each for each in (document.get("forecast") or {}).get("invoices", ()) if each.get("contract", contract["id"]) == contract["id"]]
    if not course:
        return None
    dated = [(_midnight(each["date"]), each) for each in invoices if each.get("date")]
    axis = _axis(course, [at for at, _ in dated])
    now = as_of(document)
    y = _TOP + _BAND + 10
    lanes, more = _lanes(course, axis, y)
    y += len(lanes) * _LANE
    diamonds = tuple(_diamonds(course, axis, y + _LANE / 2, contract["currency"], document))
    diamond_lane = y + _LANE / 2 if diamonds else 0
    y += _LANE if diamonds else 0
    bars, totals, baseline, y = _chart(dated, axis, y + 12, contract["currency"])
    inside = now is not None and axis.start < now < axis.end
    today = Mark(axis.x(now), y, f"plan of {day_words(_date(now))}") if inside and now is not None else None
    return Timeline(
        height=round(y + (22 if today else 6), 1), title="Phases and invoices over time", summary=_summary(course, dated, contract),
        ticks=tuple(_ticks(axis)), phases=tuple(_phase(each, axis) for each in course), lanes=lanes, diamonds=diamonds,
        diamond_lane=diamond_lane, invoices=bars, totals=totals, baseline=baseline, today=today, more=more, base=round(y, 1),
    )  # fmt: skip


def _axis(course: Sequence[Stretch], dates: Sequence[int]) -> _Axis:
    start = min([each.start for each in course] + list(dates))
    ends = [each.end for each in course if each.end is not None]
    end = max([*ends, *dates, start + 86400])
    if any(each.end is None for each in course):
        end = max(end, int(start + _YEAR)) + int((end - start) * 0.04)
    return _Axis(start, end)


# --- the axis ---------------------------------------------------------------------------------------------------------


def _ticks(axis: _Axis) -> Iterator[Mark]:
    """Marks at month starts, as many as have room: months, quarters, half years or years."""
    first, last = _date(axis.start), _date(axis.end)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    room = (RIGHT - LEFT) / max(months, 1)
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60) if each * room >= _LEAST_TICK), 120)
    number = first.year * 12 + first.month - 1
    number += 0 if first.day == 1 else 1
    shown_year = None
    for at in range(number, number + months + 1):
        day = datetime.date(at // 12, at % 12 + 1, 1)
        if at % step and at != number:
            continue
        x = axis.x(_midnight(day.isoformat()))
        if _midnight(day.isoformat()) > axis.end or (at != number and x > RIGHT - 20):
            break
        if at == number and step > 1 and at % step and axis.x(_midnight(_next_step(at, step).isoformat())) - x < _LEAST_TICK:
            continue
        words = month_words(day) if day.year != shown_year else short_month(day)
        words = str(day.year) if step % 12 == 0 and day.month == 1 else words
        shown_year = day.year
        yield Mark(x, _TOP - 12, words)


def _next_step(number: int, step: int) -> datetime.date:
    following = (number // step + 1) * step
    return datetime.date(following // 12, following % 12 + 1, 1)


# --- phases and lanes -------------------------------------------------------------------------------------------------


def _phase(stretch: Stretch, axis: _Axis) -> Box:
    end = axis.end if stretch.end is None else stretch.end
    x, width = axis.x(stretch.start), round(max(axis.x(end) - axis.x(stretch.start), 2), 1)
    words = _stretch_words(stretch)
    label = f"{stretch.label}: {words}"
    label = label if _fits(label, width) else stretch.label if _fits(stretch.label, width) else ""
    return Box(x, _TOP, width, _BAND, label, f"{stretch.label}, {words}", goes_on=stretch.end is None)


def _stretch_words(stretch: Stretch) -> str:
    if stretch.end is None:
        return f"from {day_words(_date(stretch.start))}, without an end"
    return stretch_words(stretch.start, stretch.end)


def _lanes(course: Sequence[Stretch], axis: _Axis, top: float) -> tuple[tuple[Lane, ...], int]:
    """One lane for each price, in the order in which they first appear."""
    by_price: dict[str, list[tuple[Stretch, Item]]] = {}
    for stretch in course:
        for item in stretch.items:
            by_price.setdefault(item.price, []).append((stretch, item))
    shown = list(by_price.values())[:_MOST_LANES]
    lanes = tuple(_lane(found, axis, top + at * _LANE) for at, found in enumerate(shown))
    return lanes, len(by_price) - len(shown)


def _lane(found: Sequence[tuple[Stretch, Item]], axis: _Axis, y: float) -> Lane:
    item = found[0][1]
    bars: list[Box] = []
    for start, end, quantity in _merged(found):
        last = axis.end if end is None else end
        x, width = axis.x(start), round(max(axis.x(last) - axis.x(start), 3), 1)
        words = f"{quantity:,} × {item.name}" if quantity is not None else f"{item.name} by usage"
        number = f"{quantity:,}" if quantity is not None else "usage"
        label = f"{number} × {item.priced}" if quantity is not None and _fits(f"{number} × {item.priced}", width) else number
        period = f"from {day_words(_date(start))}" if end is None else stretch_words(start, end)
        title = f"{words}, {item.priced}, {period}"
        bars.append(Box(x, round(y + (_LANE - _BAR) / 2, 1), width, _BAR, label if _fits(label, width) else "", title, goes_on=end is None))
    return Lane(round(y, 1), _cut(item.name, LEFT - 20), _cut(item.priced, LEFT - 20), f"{item.name}, {item.priced}", tuple(bars))


def _merged(found: Sequence[tuple[Stretch, Item]]) -> Iterator[tuple[int, int | None, int | None]]:
    """The stretches of one price, those of one quantity that follow each other as one."""
    kept: list[tuple[int, int | None, int | None]] = []
    for stretch, item in found:
        if kept and kept[-1][1] == stretch.start and kept[-1][2] == item.quantity:
            kept[-1] = (kept[-1][0], stretch.end, item.quantity)
        else:
            kept.append((stretch.start, stretch.end, item.quantity))
    yield from kept


def _diamonds(course: Sequence[Stretch], axis: _Axis, y: float, currency: str, document: Mapping[str, Any]) -> Iterator[Mark]:
    """What is billed once with a phase: one mark for each phase that has something."""
    for stretch in course:
        if stretch.one_time:
            count = len(stretch.one_time)
            words = "; ".join(f"{each.quantity or 1:,} × {each.name} at {each.priced}" for each in stretch.one_time)
            label = f"{count} one-time item{'s' if count > 1 else ''}"
            x = axis.x(stretch.start)
            kind = "before" if x + 14 + len(label) * _GLYPH > RIGHT + 20 else ""
            yield Mark(x, round(y, 1), label, f"{day_words(_date(stretch.start))}: {words}", kind)


# --- invoices ---------------------------------------------------------------------------------------------------------


def _chart(dated: Sequence[tuple[int, Mapping[str, Any]]], axis: _Axis, top: float, currency: str) -> tuple[tuple[Box, ...], tuple[Mark, ...], float, float]:
    """A bar for each day with invoices, up for what the customer pays and down for credits; totals where they have room."""
    days: dict[int, list[Mapping[str, Any]]] = {}
    for at, invoice in dated:
        days.setdefault(at, []).append(invoice)
    sums = {at: sum(each["total"] or 0 for each in found) for at, found in sorted(days.items())}
    if not sums:
        return (), (), 0, top
    most, least = max(0, *sums.values()), min(0, *sums.values())
    scale = _CHART / (max(most - least, 1))
    baseline = top + _LABEL + most * scale
    bars: list[Box] = []
    totals: list[Mark] = []
    edge = 0.0
    gap = min((axis.x(after) - axis.x(before) for before, after in zip(list(sums), list(sums)[1:], strict=False)), default=20)
    width = round(min(max(gap * 0.6, 2), 14), 1)
    for at, amount in sums.items():
        x = min(max(axis.x(at), LEFT + width / 2), RIGHT - width / 2)
        height = max(round(abs(amount) * scale, 1), 1.5)
        y = baseline if amount < 0 else baseline - height
        unknown = any(each["total"] is None for each in days[at])
        count = len(days[at])
        said = "an amount that is not known" if unknown else money(amount, currency)
        bars.append(Box(round(x - width / 2, 1), round(y, 1), width, height, "",
                        f"{day_words(_date(at))}: {count} invoices, {said}" if count > 1 else f"{day_words(_date(at))}: invoice of {said}",
                        "credit" if amount < 0 else ""))  # fmt: skip
        label = "?" if unknown else _amount(amount, currency)
        half = len(label) * _GLYPH / 2
        place = min(max(x, LEFT + half), RIGHT + 24 - half)
        if place - half > edge + _MARGIN:
            totals.append(Mark(round(place, 1), round(y + height + 14 if amount < 0 else y - 5, 1), label))
            edge = place + half
    depth = -least * scale
    return tuple(bars), tuple(totals), round(baseline, 1), round(baseline + depth + (_LABEL + 4 if least < 0 else 6), 1)


def _amount(minor: int, currency: str) -> str:
    """An amount without its currency."""
    from decimal import Decimal

    return grouped(Decimal(minor).scaleb(-decimals_of(currency)), decimals_of(currency))


# --- words ------------------------------------------------------------------------------------------------------------


def _summary(course: Sequence[Stretch], dated: Sequence[tuple[int, Mapping[str, Any]]], contract: Mapping[str, Any]) -> str:
    """The drawing in words, for those who do not see it."""
    parts = [f"{each.label}, {_stretch_words(each)}: " + ", ".join(_item_words(item) for item in each.items) for each in course]
    if dated:
        known = [each["total"] for _, each in dated if each["total"] is not None]
        plural = "s" if len(dated) > 1 else ""
        parts.append(f"{len(dated)} invoice{plural}, {money(sum(known), contract['currency'])} in all")
    return ". ".join(parts) + "."


def _item_words(item: Item) -> str:
    return f"{item.quantity:,} × {item.name}" if item.quantity is not None else f"{item.name} by usage"


def _fits(text: str, width: float) -> bool:
    return len(text) * _GLYPH + 10 <= width


def _cut(text: str, width: float) -> str:
    room = int(width / _GLYPH)
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def _date(at: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).date()


def _midnight(day: str) -> int:
    return int(datetime.datetime.fromisoformat(day).replace(tzinfo=datetime.UTC).timestamp())
