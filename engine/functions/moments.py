"""Functions of dates and moments."""

from __future__ import annotations

import datetime
from typing import Any

from .. import dates
from ..schema.types import DATE, TIMESTAMP
from .form import TEXT_KINDS, Example, Function, Parameter, ValueFaultError


def _unix(run: Any, moment: datetime.date) -> int:
    if isinstance(moment, datetime.datetime):
        return int(moment.timestamp())
    return int(dates.midnight(moment, run.zone).timestamp())


def _add_days(date: datetime.date, days: int) -> datetime.date:
    try:
        return date + datetime.timedelta(days=days)
    except OverflowError:
        raise ValueFaultError("E605", date, f"has no date {days} days later", "correct the number of days") from None


def _add_months(date: datetime.date, months: int) -> datetime.date:
    try:
        return dates.add_months(date, months)
    except (ValueError, OverflowError):
        fault = f"has no date {months} months later"
        raise ValueFaultError("E605", date, fault, "correct the number of months") from None


FUNCTIONS = (
    Function(
        "unix",
        (Parameter("moment", ("date", "datetime")),),
        TIMESTAMP,
        "seconds since 1970; a date is the beginning of its day, which is midnight UTC without the setting time_zone",
        (Example("unix(contract.start)", "1772323200"), Example('unix(date("1970-01-02"))', "86400")),
        _unix,
        of_run=True,
    ),
    Function(
        "date",
        (Parameter("text", TEXT_KINDS, constant=True),),
        DATE,
        "a written date",
        (Example('date("2026-01-31")', "2026-01-31"),),
        datetime.date.fromisoformat,
    ),
    Function(
        "today",
        (),
        DATE,
        "the day of the plan's as_of",
        (Example("today()", "2026-02-16"),),
        lambda run: run.today,
        of_run=True,
    ),
    Function(
        "day",
        (Parameter("moment", ("datetime",)),),
        DATE,
        "the day of a moment, in UTC without the setting time_zone",
        (Example("day(contract.order.ActivatedDate)", "2026-02-16"),),
        lambda run, moment: moment.astimezone(run.zone).date(),
        of_run=True,
    ),
    Function(
        "add_days",
        (Parameter("date", ("date",)), Parameter("days", ("int",))),
        DATE,
        "the date so many days later",
        (Example("add_days(contract.start, 14)", "2026-03-15"),),
        _add_days,
    ),
    Function(
        "add_months",
        (Parameter("date", ("date",)), Parameter("months", ("int",))),
        DATE,
        "the date so many months later, on the month's last day where the day is missing",
        (
            Example("add_months(contract.start, 1)", "2026-04-01"),
            Example('add_months(date("2026-01-31"), 1)', "2026-02-28"),
        ),
        _add_months,
    ),
)
