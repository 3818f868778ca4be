"""Calendar dates: months added as Salesforce and Stripe both do it, the day clamped to the month's last; and midnights."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime


def add_months(day: date, months: int) -> date:
    """The same day so many months later, clamped to the last day of its month.

    Raises:
        ValueError: when the year is none that a date can have.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def midnight(day: date) -> datetime:
    """Midnight UTC of a date, which is what a date means to Stripe."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def is_month_end(day: date) -> bool:
    """Whether a day is the last of its month."""
    return day.day == monthrange(day.year, day.month)[1]
