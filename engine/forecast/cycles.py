"""Billing cycles as Stripe counts them: from the anchor, in whole calendar months clamped to the month's last day.

31 January is followed by 28 February and then by 31 March, for every date is counted from the anchor
(https://docs.stripe.com/billing/subscriptions/billing-cycle). Instants are UTC seconds since 1970, as in Stripe's API.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from ..dates import add_months

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTH, _DAY = timedelta(days=31), timedelta(days=1)

_LENGTHS = {"month": ("months", 1), "year": ("months", 12), "day": ("days", 1), "week": ("days", 7)}


@dataclass(frozen=True, slots=True)
class Anchor:
    """The instant from which billing dates are counted, the first of them.

    `day` is the day of the month that billing dates have where their month has it, when the anchor's own month is too
    short for it (https://docs.stripe.com/billing/subscriptions/billing-cycle, `billing_cycle_anchor_config`).
    """

    at: int
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """The length of a billing cycle: so many calendar months, or so many days."""

    months: int = 0
    days: int = 0

    @classmethod
    def of(cls, interval: str, count: int) -> Cycle:
        """The cycle of a price's `recurring.interval` and `interval_count`."""
        unit, factor = _LENGTHS[interval]
        if count < 1:
            raise ValueError(count)
        return cls(**{unit: factor * count})

    def date(self, anchor: Anchor, number: int) -> int:
        """The billing date with a number, the anchor being 0; earlier ones have negative numbers."""
        return _date(self.months, self.days, anchor, number)

    def number(self, anchor: Anchor, at: int) -> int:
        """The number of the cycle that an instant lies in: its billing date is at or before the instant."""
        return _number(self.months, self.days, anchor, at)

    def bills(self, anchor: Anchor, at: int) -> bool:
        """Whether an instant is a billing date: one that is not before the anchor."""
        return at >= anchor.at and self.date(anchor, self.number(anchor, at)) == at

    def following(self, anchor: Anchor, at: int) -> int:
        """The first billing date after an instant."""
        return self.date(anchor, self.number(anchor, at) + 1)

    def dates(self, anchor: Anchor, after: int) -> Iterator[int]:
        """The billing dates after an instant, without end."""
        number = self.number(anchor, after)
        while True:
            number += 1
            yield self.date(anchor, number)


@lru_cache(maxsize=4096)
def _date(months: int, days: int, anchor: Anchor, number: int) -> int:
    """Kept, for every item of a subscription asks for the same dates."""
    start = moment(anchor.at)
    if not months:
        return seconds(start + timedelta(days=days * number))
    later = add_months(start.date(), months * number)
    if anchor.day is not None:
        later = later.replace(day=min(anchor.day, monthrange(later.year, later.month)[1]))
    return seconds(start.replace(year=later.year, month=later.month, day=later.day))


@lru_cache(maxsize=4096)
def _number(months: int, days: int, anchor: Anchor, at: int) -> int:
    length = _MONTH * months + _DAY * days
    found = (at - anchor.at) // int(length.total_seconds()) - 1
    while _date(months, days, anchor, found + 1) <= at:
        found += 1
    while _date(months, days, anchor, found) > at:
        found -= 1
    return found


def moment(at: int) -> datetime:
    """An instant as a date and time in UTC."""
    return _EPOCH + timedelta(seconds=at)


def day(at: int) -> date:
    """The day of an instant in UTC."""
    return moment(at).date()


def seconds(at: datetime) -> int:
    """A date and time in UTC as an instant."""
    return int((at - _EPOCH).total_seconds())
