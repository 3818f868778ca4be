"""Days as people read them, the same in every language setting of the machine: `1 Mar 2026`."""

from __future__ import annotations

import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = datetime.timedelta(days=1)


def day_words(day: datetime.date | str) -> str:
    """`1 Mar 2026` for a date, or for one in ISO 8601; a text that is no date stays as it is."""
    if isinstance(day, str):
        try:
            day = datetime.date.fromisoformat(day)
        except ValueError:
            return str(day)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_words(day: datetime.date) -> str:
    """`Mar 2026`."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def short_month(day: datetime.date) -> str:
    """`Mar`."""
    return _MONTHS[day.month - 1]


def instant_words(seconds: int) -> str:
    """Unix seconds as a day in UTC, with the time when it is not midnight."""
    when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    words = day_words(when.date())
    return words if (when.hour, when.minute, when.second) == (0, 0, 0) else f"{words}, {when:%H:%M:%S} UTC"


def stamp_words(text: str) -> str:
    """A moment in ISO 8601 as `1 Mar 2026, 09:30 UTC`; a text that is none stays as it is."""
    try:
        when = datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)
    except ValueError:
        return text
    return f"{day_words(when.date())}, {when:%H:%M} UTC"


def span_words(start: str, end: str) -> str:
    """The days from `start` to the one before `end`, both given in ISO 8601."""
    try:
        last = datetime.date.fromisoformat(end) - _DAY
    except (ValueError, OverflowError):
        return f"{day_words(start)} to {end}"
    return (
        day_words(start) if last <= datetime.date.fromisoformat(start) else f"{day_words(start)} to {day_words(last)}"
    )


def stretch_words(start: int, end: int) -> str:
    """The days between two instants, the second of them exclusive."""
    first, last = (datetime.datetime.fromtimestamp(each, datetime.UTC).date() for each in (start, max(start, end - 1)))
    return day_words(first) if first == last else f"{day_words(first)} to {day_words(last)}"
