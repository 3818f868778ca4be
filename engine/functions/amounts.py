"""Functions of amounts of money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..money import Money, minor_units
from ..schema.types import DECIMAL, MINOR, TEXT
from .form import TEXT_KINDS, Example, Function, Parameter


def _minor_units(amount: Any, currency: str | None = None) -> str:
    money = amount if isinstance(amount, Money) else Money(Decimal(amount), str(currency).lower())
    return minor_units(money)


FUNCTIONS = (
    Function(
        "minor_units",
        (Parameter("amount", ("money", "decimal", "int")), Parameter("currency", TEXT_KINDS)),
        MINOR,
        "the amount in the currency's smallest unit, exact to 12 decimals; a plain number needs its currency",
        (
            Example("minor_units(price.amount)", "120000"),
            Example('minor_units(12.5, "eur")', "1250"),
            Example('minor_units(1200, "jpy")', "1200"),
        ),
        _minor_units,
        least=1,
    ),
    Function(
        "amount",
        (Parameter("money", ("money",)),),
        DECIMAL,
        "the figure of an amount of money, in major units",
        (Example("amount(price.amount)", "1200"),),
        lambda money: money.amount,
    ),
    Function(
        "currency",
        (Parameter("money", ("money",)),),
        TEXT,
        "the currency of an amount of money",
        (Example("currency(price.amount)", "usd"),),
        lambda money: money.currency,
    ),
)
