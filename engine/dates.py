"""Calendar dates: months added as Salesforce and Stripe both do it, the day clamped to the month's last; and midnights."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def add_months(day: date, months: int) -> date:
    """The same day so many months later, clamped to the last day of its month.

    Raises:
        ValueError: when the year is none that a date can have.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def midnight(day: date, zone: tzinfo | None) -> datetime:
    """The moment at which a day begins in a zone that `zone_of` gives: what a date means to Stripe."""
    return datetime(day.year, day.month, day.day, tzinfo=zone or UTC)


def is_zone(name: str) -> bool:
    """Whether there is a time zone of a name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=64)
def zone_of(name: str, year: int) -> timezone:
    """The fixed zone in which the days of orders begin, for an account in a time zone of the IANA database.

    Stripe counts months and days in UTC, and keeps the time of day of a billing anchor through summer and winter. So a day
    begins at the first moment that lies in it in both, all the year: at local midnight of standard time west of Greenwich,
    at midnight UTC east of it. With "America/New_York" that is 05:00 UTC, midnight in winter and one o'clock in summer.

    The name is one for which `is_zone` holds.
    """
    known = ZoneInfo(name)
    offsets = [datetime(year, month, 1, 12, tzinfo=known).utcoffset() or timedelta() for month in range(1, 13)]
    return timezone(min(*offsets, timedelta()))


def is_month_end(day: date) -> bool:
    """Whether a day is the last of its month."""
    return day.day == monthrange(day.year, day.month)[1]
