"""Invoices that repeat, as one: twelve equal months are one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..forecast import Invoice

LEAST_RUN = 3
"""So many equal invoices are one row; fewer are shown one by one."""

_YEAR = 12
_SHORTEST_MONTH = 28
_WORDS = {1: "monthly", 3: "quarterly", 6: "half-yearly", _YEAR: "yearly"}


@dataclass(frozen=True, slots=True)
class Repeated:
    """Equal invoices at equal distances; `every` says the distance in words. A lone invoice is a run of one."""

    invoices: tuple[Invoice, ...]
    every: str | None = None

    @property
    def first(self) -> Invoice:
        """The first invoice."""
        return self.invoices[0]

    @property
    def last(self) -> Invoice:
        """The last invoice."""
        return self.invoices[-1]


def runs(invoices: Sequence[Invoice]) -> list[Repeated]:
    """The invoices of one contract, by date, with those that repeat put together."""
    out: list[Repeated] = []
    at = 0
    while at < len(invoices):
        length, every = _length(invoices, at)
        out.append(Repeated(tuple(invoices[at : at + length]), every))
        at += length
    return out


def _length(invoices: Sequence[Invoice], at: int) -> tuple[int, str | None]:
    """How many invoices from one on are equal and equally far apart, and how far."""
    alike = at + 1
    while alike < len(invoices) and _sight(invoices[alike]) == _sight(invoices[at]):
        alike += 1
    if alike - at < LEAST_RUN:
        return 1, None
    dates = [each.date for each in invoices[at:alike]]
    step = _step(dates[0], dates[1])
    length = 1
    while length < len(dates) and _follows(dates[length - 1], dates[length], step):
        length += 1
    return (length, _word(step)) if length >= LEAST_RUN else (1, None)


def _sight(invoice: Invoice) -> tuple[Any, ...]:
    """What a reader sees of an invoice besides its date."""
    term = invoice.due_date - invoice.date if invoice.due_date else None
    lines = [
        (
            each.order_item,
            each.price,
            each.kind,
            each.quantity,
            each.amount,
            each.cycles,
            [(one.coupon, one.amount) for one in each.discounts],
        )
        for each in invoice.lines
    ]
    return invoice.past, invoice.currency, invoice.total, term, lines


def _step(first: date, second: date) -> tuple[int, int]:
    """The months between two billing dates, or the days when they are no months."""
    months = (second.year - first.year) * _YEAR + second.month - first.month
    return (
        (months, 0)
        if months and abs(second.day - first.day) <= (0 if min(first.day, second.day) < _SHORTEST_MONTH else 3)
        else (0, (second - first).days)
    )


def _follows(first: date, second: date, step: tuple[int, int]) -> bool:
    return _step(first, second) == step


def _word(step: tuple[int, int]) -> str:
    months, days = step
    if months:
        return _WORDS.get(months, f"every {months} months")
    return "weekly" if days == 7 else "daily" if days == 1 else f"every {days} days"  # noqa: PLR2004 - a week
