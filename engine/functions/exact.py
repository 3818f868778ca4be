"""Arithmetic of the language, exact or an error, and values as text."""

from __future__ import annotations

import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any

from ..money import Money
from ..money import plain as plain_decimal

DIGITS = 60
"""The digits that a number can have between a record and a parameter: more than any amount, so that none is lost."""

_EXACT = Context(prec=DIGITS, traps=[Inexact, InvalidOperation, Overflow])
"""Sums and products are exact or an error: a digit is never lost on the way to an amount."""


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
    both = isinstance(left, int) and isinstance(right, int)
    return left + right if both else _EXACT.add(Decimal(left), Decimal(right))


def minus(left: Any, right: Any) -> Any:
    """A difference; from the number 0 also of an amount of money, which it turns round."""
    if isinstance(right, Money):
        first = left.amount if isinstance(left, Money) else Decimal(left)
        return Money(_EXACT.subtract(first, right.amount), right.currency)
    both = isinstance(left, int) and isinstance(right, int)
    return left - right if both else _EXACT.subtract(Decimal(left), Decimal(right))


def times(left: Any, right: Any) -> Any:
    """A product of numbers, or of an amount of money and a number."""
    if isinstance(right, Money):
        left, right = right, left
    if isinstance(left, Money):
        return Money(_EXACT.multiply(left.amount, Decimal(right)), left.currency)
    both = isinstance(left, int) and isinstance(right, int)
    return left * right if both else _EXACT.multiply(Decimal(left), Decimal(right))
