"""Functions of amounts of money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..money import Money, minor_units
from ..schema.types import DECIMAL, MINOR, TEXT
from .form import TEXT_KINDS, Example, Function, Parameter, ValueFaultError


def _minor_units(run: Any, amount: Any, currency: str | None = None) -> str:
    if isinstance(amount, Money):
        return minor_units(amount)
    code = str(currency).lower()
    if code not in run.currencies:
        fault = "is no currency that Stripe bills"
        raise ValueFaultError("E620", currency, fault, "correct the currency in the record, or the rule that makes it")
    return minor_units(Money(Decimal(amount), code))


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
        of_run=True,
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
