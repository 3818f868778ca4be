"""Dates and instants as the Salesforce REST API writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(_DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(Z|[+-][0-9]{2}:?[0-9]{2})?")

FIRST_YEAR, LAST_YEAR = 1700, 4000  # the range of Salesforce's date fields


class TimeFaultError(ValueError):
    """A text that is no date or no instant; the message says why."""


def parse_date(text: str) -> date:
    """The calendar date of a text such as `2026-03-01`.

    Raises:
        TimeFaultError: when the text has another form, or names a day that does not exist.

    """
    if _DATE.fullmatch(text) is None:
        if _INSTANT.fullmatch(text) is not None:
            raise TimeFaultError("it has a time of day")
        raise TimeFaultError("it is not written as YYYY-MM-DD")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise TimeFaultError("there is no such day") from None
    _within_range(day.year)
    return day


def parse_instant(text: str) -> datetime:
    """The moment, in UTC, of a text such as `2026-03-01T09:30:00Z` or `2023-09-22T17:43:22.000+0000`.

    Raises:
        TimeFaultError: when the text has another form, no time zone, or names a moment that does not exist.

    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        if _DATE.fullmatch(text) is not None:
            raise TimeFaultError("it has no time of day")
        raise TimeFaultError("it is not written as YYYY-MM-DDThh:mm:ssZ")
    if match[1] is None:
        raise TimeFaultError("it has no time zone")
    try:
        moment = datetime.fromisoformat(text)
        _within_range(moment.year)
        return moment.astimezone(UTC)
    except TimeFaultError:
        raise
    except (ValueError, OverflowError):
        raise TimeFaultError("there is no such moment") from None


def _within_range(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise TimeFaultError(f"its year is outside {FIRST_YEAR} to {LAST_YEAR}, the range of Salesforce's dates")
