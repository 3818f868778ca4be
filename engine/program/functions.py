"""The bodies of the language's functions. None of them sees an absent value: the compiled code stops before."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow, localcontext
from typing import Any

from ..money import Money, minor_units
from ..money import plain as plain_decimal

_NET = re.compile(r"\s*(?:net[\s-]*)?(\d{1,4})(?:\.0+)?\s*", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[+-]?\d{1,30}(?:\.\d{1,30})?\s*")
DIGITS = 60
"""The digits that a number can have between a record and a parameter: more than any amount, so that none is lost."""
_EXACT = Context(prec=DIGITS, traps=[Inexact, InvalidOperation, Overflow])
"""Sums and products are exact or an error: a digit is never lost on the way to an amount."""


class ValueFaultError(Exception):
    """A value that a function refuses; `why` is in the words of the user, without the value when it is sensitive."""

    def __init__(self, code: str, value: object, why: str, fix: str) -> None:
        super().__init__(why)
        self.code = code
        self.value = value
        self.why = why
        self.fix = fix


def plain(value: Any) -> str:
    """A value as text: numbers in plain notation, dates as ISO 8601."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Money):
        return f"{plain_decimal(value.amount)} {value.currency.upper()}"
    return str(value)


def plus(left: Any, right: Any) -> Any:
    """A sum of whole numbers, decimals or amounts of money."""
    if isinstance(left, Money):
        return Money(_EXACT.add(left.amount, right.amount), left.currency)
    return (
        left + right if isinstance(left, int) and isinstance(right, int) else _EXACT.add(Decimal(left), Decimal(right))
    )


def minus(left: Any, right: Any) -> Any:
    """A difference; from the number 0 also of an amount of money, which it turns round."""
    if isinstance(right, Money):
        return Money(
            _EXACT.subtract(left.amount if isinstance(left, Money) else Decimal(left), right.amount), right.currency
        )
    return (
        left - right
        if isinstance(left, int) and isinstance(right, int)
        else _EXACT.subtract(Decimal(left), Decimal(right))
    )


def times(left: Any, right: Any) -> Any:
    """A product of numbers, or of an amount of money and a number."""
    if isinstance(right, Money):
        left, right = right, left
    if isinstance(left, Money):
        return Money(_EXACT.multiply(left.amount, Decimal(right)), left.currency)
    return (
        left * right
        if isinstance(left, int) and isinstance(right, int)
        else _EXACT.multiply(Decimal(left), Decimal(right))
    )


def _minor(amount: Any, currency: str | None = None) -> str:
    money = amount if isinstance(amount, Money) else Money(Decimal(amount), str(currency).lower())
    return minor_units(money)


def _unix(moment: datetime.date) -> int:
    if isinstance(moment, datetime.datetime):
        return int(moment.timestamp())
    return int(datetime.datetime(moment.year, moment.month, moment.day, tzinfo=datetime.UTC).timestamp())


def _whole(number: Any) -> int:
    if number != int(number):
        raise ValueFaultError(
            "E602", number, "is no whole number", "correct the record; a quantity or term is never rounded"
        )
    return int(number)


def _number(text: str) -> Decimal:
    try:
        if not _NUMBER.fullmatch(text):
            raise InvalidOperation
        return Decimal(text.strip())
    except InvalidOperation:
        raise ValueFaultError("E603", text, "spells no number", "write digits with at most one decimal point") from None


def _net_days(terms: Any) -> int:
    match = _NET.fullmatch(plain(terms))
    if not match:
        raise ValueFaultError("E604", terms, "is no number of days", "payment terms look like Net 30, Net-15 or 10")
    return int(match.group(1))


def _add_days(date: datetime.date, days: int) -> datetime.date:
    try:
        return date + datetime.timedelta(days=days)
    except OverflowError:
        raise ValueFaultError("E605", date, f"has no date {days} days later", "correct the number of days") from None


def _add_months(date: datetime.date, months: int) -> datetime.date:
    index = date.year * 12 + date.month - 1 + months
    year, month = divmod(index, 12)
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        raise ValueFaultError("E605", date, f"has no date {months} months later", "correct the number of months")
    following = datetime.date(year + month // 11, (month + 1) % 12 + 1, 1) if year < datetime.MAXYEAR else None
    last = (following - datetime.timedelta(days=1)).day if following else 31
    return datetime.date(year, month + 1, min(date.day, last))


def _divide(number: Any, by: Any, places: int) -> Decimal:
    if by == 0:
        raise ValueFaultError("E606", number, "is divided by zero", "guard the division with `when`")
    with localcontext(prec=DIGITS):
        return _rounded(Decimal(number) / Decimal(by), places)


def _round(number: Any, places: int) -> Decimal:
    return _rounded(Decimal(number), places)


def _rounded(number: Decimal, places: int) -> Decimal:
    with localcontext(prec=DIGITS):
        return number.quantize(Decimal(1).scaleb(-max(0, min(places, 12))), ROUND_HALF_UP)


BODIES: dict[str, Callable[..., Any]] = {
    "minor_units": _minor,
    "unix": _unix,
    "day": lambda moment: moment.astimezone(datetime.UTC).date(),
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "trim": lambda text: text.strip() or None,
    "truncate": lambda text, length: text[:length].rstrip() or None,
    "replace": lambda text, old, new: (text.replace(old, new) if old else text) or None,
    "whole": _whole,
    "number": _number,
    "text": plain,
    "net_days": _net_days,
    "add_days": _add_days,
    "add_months": _add_months,
    "divide": _divide,
    "round": _round,
    "amount": lambda money: money.amount,
    "currency": lambda money: money.currency,
    "starts_with": lambda text, start: text.startswith(start),
    "ends_with": lambda text, end: text.endswith(end),
    "contains": lambda text, part: part in text,
}
"""The functions that need nothing but their arguments; `today`, `link`, `first` and `if` are compiled in place."""
