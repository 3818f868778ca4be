"""Currencies whose last digits must be zero: what is billed in them is rounded as Stripe asks, and the sum says so."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orderplan.engine.money import billable
from tests.builders import an_order, coupon, seat, setup_fee, usage
from tests.contract.contracts import codes, contract_of, minor


@pytest.mark.parametrize(
    ("amount", "currency", "billed"),
    [
        ("83.335", "isk", "83"),
        ("83.5", "ugx", "84"),
        ("5.124", "kwd", "5.12"),
        ("5.125", "bhd", "5.13"),
        ("-5.125", "tnd", "-5.13"),
        ("5.125", "usd", "5.125"),
        ("5.125", "jpy", "5.125"),
    ],
)
def test_last_digits_are_zero(amount: str, currency: str, billed: str) -> None:
    """Whole kronur and shillings; two decimals of the currencies that have three."""
    assert billable(Decimal(amount), currency) == Decimal(billed)


def test_a_cycle_that_does_not_divide_is_rounded_with_its_sum() -> None:
    """83.33 kronur a month are billed as 83, and the price says so."""
    (price,) = contract_of(an_order([seat("83.33")], currency="ISK")).prices
    assert minor(price) == "8300"
    assert (price.origin["amount"].formula or "").endswith("as Stripe bills isk: 83")


def test_three_decimals_end_in_zero() -> None:
    """A dinar price of a third decimal is billed with two."""
    (price,) = contract_of(an_order([setup_fee("5.125")], currency="KWD")).prices
    assert minor(price) == "5130"


def test_usage_stays_exact() -> None:
    """A unit of usage may cost less than the smallest amount: what is rounded is the sum of all."""
    contract = contract_of(an_order([usage("0.0052")], currency="KWD"))
    assert minor(contract.prices[0]) == "5.2"


def test_a_coupon_of_an_amount_that_cannot_be_billed() -> None:
    """An amount off is given as it is: one that Stripe cannot take off is refused."""
    bundle = an_order([seat()], currency="KWD", coupons=[coupon("Odd", amount_off="1.005")])
    assert "E555" in codes(bundle)
    even = an_order([seat()], currency="KWD", coupons=[coupon("Even", amount_off="1.05")])
    assert codes(even) == []
