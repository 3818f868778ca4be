"""Amounts as Stripe keeps them: whole minor units, rounded half up from a decimal unit amount."""

from __future__ import annotations

from fractions import Fraction

ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def digits(currency: str) -> int:
    """Decimals of a currency (https://docs.stripe.com/currencies, "Zero-decimal" and "Three-decimal currencies")."""
    code = currency.lower()
    return 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2


def whole(amount: Fraction) -> int:
    """The nearest whole minor unit, a half away from zero (https://docs.stripe.com/billing/subscriptions/decimal-amounts)."""
    doubled = abs(amount) * 2 + 1
    found = doubled.numerator // (2 * doubled.denominator)
    return -found if amount < 0 else found


def minor(major: str, currency: str) -> int:
    """An amount that a record tells in major units, in minor ones."""
    return whole(Fraction(major) * 10 ** digits(currency))
