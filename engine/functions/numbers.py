"""Functions of numbers."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from ..schema.types import DECIMAL, INT
from .exact import DIGITS, plain
from .form import NUMBER_KINDS, TEXT_KINDS, Example, Function, Parameter, ValueFaultError

_NET = re.compile(r"(?:(?:net|n)[\s/-]*)?(\d{1,4})(?:\.0+)?(?:\s*days?)?", re.IGNORECASE)
_AT_ONCE = re.compile(r"(?:(?:due|payable)\s+)?(?:up)?on\s+receipt|immediate(?:ly)?|due\s+now", re.IGNORECASE)
_EARLY = re.compile(r"\d+(?:\.\d+)?\s*%?\s*/\s*\d+\W.*\d.*", re.IGNORECASE)
_MONTH_END = re.compile(r".*\b(?:eom|end\s+of\s+(?:the\s+)?month|mfi|prox(?:imo)?)\b.*", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[+-]?\d{1,30}(?:\.\d{1,30})?\s*")
_MOST_PLACES = 12


def _whole(number: Any) -> int:
    if number != int(number):
        raise ValueFaultError(
            "E602", number, "is no whole number", "correct the record; a quantity or term is never rounded"
        )
    return int(number)


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueFaultError("E603", text, "spells no number", "write digits with at most one decimal point")
    return Decimal(text.strip())


def _net_days(terms: Any) -> int:
    """The days of payment terms. What Stripe has no counterpart for is refused: another due date would be a guess."""
    words = plain(terms).strip()
    if match := _NET.fullmatch(words):
        return int(match.group(1))
    if _AT_ONCE.fullmatch(words):
        return 0
    if _EARLY.fullmatch(words):
        fault = "gives a discount for early payment, which an invoice of Stripe cannot"
        raise ValueFaultError("E604", terms, fault, "write the days alone, and give the discount by a credit note")
    if _MONTH_END.fullmatch(words):
        fault = "counts from the end of a month, and an invoice of Stripe is due days after it is made"
        raise ValueFaultError("E604", terms, fault, "write a number of days, such as Net 30")
    raise ValueFaultError("E604", terms, "is no number of days", "payment terms look like Net 30, Net-15 or 10")


def _divide(number: Any, by: Any, places: int) -> Decimal:
    if by == 0:
        raise ValueFaultError("E606", number, "is divided by zero", "guard the division with `when`")
    with localcontext(prec=DIGITS):
        return _round(Decimal(number) / Decimal(by), places)


def _round(number: Any, places: int) -> Decimal:
    with localcontext(prec=DIGITS):
        return Decimal(number).quantize(Decimal(1).scaleb(-max(0, min(places, _MOST_PLACES))), ROUND_HALF_UP)


FUNCTIONS = (
    Function(
        "whole",
        (Parameter("number", NUMBER_KINDS),),
        INT,
        "the number as a whole number; one with a fraction is an error, never rounded",
        (Example("whole(12.0)", "12"), Example("whole(12.5)", "E602")),
        _whole,
    ),
    Function(
        "number",
        (Parameter("text", TEXT_KINDS),),
        DECIMAL,
        "the decimal that a text spells; any other text is an error",
        (Example('number("12.50")', "12.5"), Example('number("about 12")', "E603")),
        _number,
    ),
    Function(
        "net_days",
        (Parameter("terms", ("text", "int", "decimal")),),
        INT,
        "the days of payment terms such as `Net 30`, `Net-15`, `10` or `Due on receipt` (0); anything else is an error",
        (
            Example('net_days("Net 30")', "30"),
            Example('net_days("Net-15")', "15"),
            Example('net_days("Due on receipt")', "0"),
            Example('net_days("2/10 Net 30")', "E604"),
            Example('net_days("EOM")', "E604"),
        ),
        _net_days,
    ),
    Function(
        "divide",
        (
            Parameter("number", NUMBER_KINDS),
            Parameter("by", NUMBER_KINDS),
            Parameter("places", ("int",), constant=True),
        ),
        DECIMAL,
        "the quotient rounded half up to so many places",
        (Example("divide(amount(price.amount), 7, 4)", "171.4286"), Example("divide(1, 8, 2)", "0.13")),
        _divide,
    ),
    Function(
        "round",
        (Parameter("number", NUMBER_KINDS), Parameter("places", ("int",), constant=True)),
        DECIMAL,
        "the number rounded half up to so many places",
        (Example("round(2.345, 2)", "2.35"), Example("round(-2.345, 2)", "-2.35")),
        _round,
    ),
)
