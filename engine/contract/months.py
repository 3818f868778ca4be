"""Calendar arithmetic of contracts: months clamped to the month's end, billing dates, partial months.

Salesforce and Stripe both add months to a date by keeping the day and clamping it to the month's last day; billing
dates are always counted from the contract's start, so that 31 January is followed by 28 February and then 31 March
(https://docs.stripe.com/billing/subscriptions/billing-cycle).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Literal, get_args

from ..dates import add_months, is_month_end, midnight
from ..money import EXACT

Precision = Literal["month", "month_and_day", "day"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
"""The values of CPQ's setting "Subscription Prorate Precision" that are followed; those of calendar months are not."""

MONTH_END_SLACK = 3
"""How many days the end of a month can move a day of the month: from 31 to 28."""

LONGEST_TERM = 1200
"""Months of the longest term that is taken for meant: a hundred years."""


def whole_months(start: date, end: date) -> tuple[int, int]:
    """The whole months from `start` to `end` (exclusive), and the days that are left over."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, months) > end:
        months -= 1
    return months, (end - add_months(start, months)).days


def covered_months(start: date, end: date, precision: Precision) -> Decimal:
    """The months from `start` to `end` (exclusive) as CPQ counts them for its proration multiplier.

    A partial month counts as its days divided by 365/12, or with precision `month` as a whole one; with precision `day`
    nothing but days counts, 365 of them for twelve months (CPQ's setting "Subscription Prorate Precision").
    """
    if precision == "day":
        return EXACT.divide(Decimal((end - start).days * 12), Decimal(365))
    months, days = whole_months(start, end)
    if not days:
        return Decimal(months)
    if precision == "month":
        return Decimal(months + 1)
    return EXACT.add(Decimal(months), EXACT.divide(Decimal(days * 12), Decimal(365)))


def plausible_months(start: date, end: date, precision: Precision) -> tuple[Decimal, ...]:
    """The months that CPQ may mean by two dates, the likeliest first.

    A start on the last day of a month stands for the same day as a later end that a shorter month has not clamped:
    28 February to 30 September is seven months, though two days are left over.
    """
    counted = covered_months(start, end, precision)
    months, days = whole_months(start, end)
    snaps = 0 < days <= MONTH_END_SLACK and is_month_end(start) and start.day < end.day
    return (Decimal(months), counted) if snaps else (counted,)


def billing_date(start: date, cycle_months: int, number: int) -> date:
    """The billing date with a number, from 0, of a contract: its start plus whole cycles."""
    return add_months(start, cycle_months * number)


def billing_dates(start: date, cycle_months: int) -> Iterator[date]:
    """The billing dates of a contract, without end."""
    number = 0
    while True:
        yield billing_date(start, cycle_months, number)
        number += 1


def cycles_billed(start: date, cycle_months: int, since: datetime, end: date) -> int:
    """How many whole cycles Stripe bills by itself: billing dates at or after `since` whose cycle ends by `end`.

    Days begin in the zone of `since`.
    """
    return _cycles_billed(start, cycle_months, since, end, since.tzinfo)


@lru_cache(maxsize=4096)
def _cycles_billed(start: date, cycle_months: int, since: datetime, end: date, zone: tzinfo | None) -> int:
    count = 0
    for number, day in enumerate(billing_dates(start, cycle_months)):
        if billing_date(start, cycle_months, number + 1) > end:
            return count
        count += midnight(day, zone) >= since
    raise AssertionError  # pragma: no cover - the dates have no end


def next_billing_date(start: date, cycle_months: int, since: datetime) -> date:
    """The first billing date at or after an instant; days begin in the zone of `since`."""
    return _next_billing_date(start, cycle_months, since, since.tzinfo)


@lru_cache(maxsize=4096)
def _next_billing_date(start: date, cycle_months: int, since: datetime, zone: tzinfo | None) -> date:
    return next(day for day in billing_dates(start, cycle_months) if midnight(day, zone) >= since)
