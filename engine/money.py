"""Money: an exact amount in major units with its currency, and its spelling in minor units.

The currency table is Stripe's (https://docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies"
and "Special cases"): ISK and UGX have no minor unit any more but keep two decimals in the API, HUF and TWD keep two
decimals for charges; all four therefore count as two-decimal currencies here. What is billed in ISK and UGX must be whole
all the same, and an amount of a three-decimal currency must end in 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"],
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

WHOLE = frozenset(["isk", "ugx"])
"""Currencies with two decimals in the API, both of which must be 0."""

MOST_DECIMALS = 12
"""Decimals that a unit amount in minor units may have (Stripe: `unit_amount_decimal`)."""

EXACT = Context(prec=50, rounding=ROUND_HALF_UP)
"""The precision of every division here: far more digits than an amount can carry, so that rounding happens once."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units (dollars, yen), exact, with its lower-case ISO 4217 code."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"

    @property
    def minor_amount(self) -> Decimal:
        """The amount in minor units (cents, yen, fils), rounded half up to twelve decimals."""
        return rounded(EXACT.scaleb(self.amount, decimals_of(self.currency)), MOST_DECIMALS)


def decimals_of(currency: str) -> int:
    """How many decimals a currency's major unit has in Stripe's API: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def billed_decimals(currency: str) -> int | None:
    """The decimals that an amount of a currency may have where they are fewer than in Stripe's API: 0 or 2, else None."""
    if currency in WHOLE:
        return 0
    return 2 if currency in THREE_DECIMAL else None


def billable(amount: Decimal, currency: str) -> Decimal:
    """An amount as it can be billed: rounded half up where the last digits must be zero, and as it is elsewhere."""
    places = billed_decimals(currency)
    return amount if places is None else rounded(amount, places)


def minor_units(money: Money) -> str:
    """The amount in minor units as a decimal string: plain notation, at most 12 decimals, no trailing zeros.

    `Money(Decimal("10.00"), "usd")` gives `"1000"`, `Money(Decimal("100.2555"), "usd")` gives `"10025.55"`.
    """
    return plain(money.minor_amount)


def rounded(amount: Decimal, places: int) -> Decimal:
    """The amount rounded half up (away from zero) to so many decimals."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=EXACT)


def plain(amount: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: `1E+2` is `100`, `1.500` is `1.5`, `-0` is `0`."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def divided(amount: Decimal, by: Decimal | int) -> Decimal:
    """A quotient to 50 digits."""
    return EXACT.divide(amount, Decimal(by))


def times(amount: Decimal, by: Decimal | int) -> Decimal:
    """A product to 50 digits."""
    return EXACT.multiply(amount, Decimal(by))


def total(amounts: Iterable[Decimal]) -> Decimal:
    """A sum to 50 digits."""
    out = Decimal(0)
    for each in amounts:
        out = EXACT.add(out, each)
    return out
