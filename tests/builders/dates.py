"""Calendar months and days as CPQ counts them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

DAYS_A_MONTH = Decimal(365) / 12
ONE_DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_and_days(start: date, end: date) -> tuple[int, int]:
    """Whole months from `start` to `end` (exclusive), and the days left over."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, months) > end:
        months -= 1
    return months, (end - add_months(start, months)).days


def covered_months(start: date, end: date, precision: str = "month_and_day") -> Decimal:
    """Months from `start` to `end` (exclusive), a part of a month counted as the org's proration precision says."""
    months, days = months_and_days(start, end)
    if not days:
        return Decimal(months)
    if precision == "month":
        return Decimal(months + 1)
    return months + days / DAYS_A_MONTH
