"""What holds of every order: it bills what it was sold for, however its term and cycle lie."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import add_months, amend, an_order, change, seat
from tests.forecast.forecasts import codes, forecast_of, is_reconciled

FREQUENCY = {1: "Monthly", 3: "Quarterly", 6: "Semiannual", 12: "Annual"}
CREDITS = ("credit_terminated_lines = true", "credit_quantity_reductions = true")

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
PRICES = st.integers(1, 500).map(lambda each: f"{each * 12}.00")
"""Yearly prices whose months are whole, so that no cycle is rounded."""


def _first_end(start: date, term: int, cycle: int) -> date:
    """The end of the first phase; a later moment cannot be planned."""
    tail = term > cycle and term % cycle
    return add_months(start, term - term % cycle if tail else term)


@st.composite
def _orders(draw: st.DrawFn) -> dict[str, Any]:
    start, cycle, term = draw(DAYS), draw(st.sampled_from(sorted(FREQUENCY))), draw(st.integers(1, 60))
    past = draw(st.integers(-60, (_first_end(start, term, cycle) - start).days - 1))
    sold = [
        seat(price, draw(st.integers(1, 50)), name=f"Product {number}", frequency=FREQUENCY[cycle], product_term=12)
        for number, price in enumerate(draw(st.lists(PRICES, min_size=1, max_size=4)))
    ]
    return an_order(sold, start=str(start), term=term, as_of=f"{start + timedelta(days=past)}T10:00:00Z")


@settings(max_examples=150, deadline=None)
@given(_orders())
def test_an_initial_order_bills_exactly_what_was_sold(order: dict[str, Any]) -> None:
    """Whatever its term, cycle, month end and moment of planning, where a cycle costs whole minor units."""
    found = forecast_of(order)
    assert is_reconciled(found)
    assert codes(found) == []


@st.composite
def _amended(draw: st.DrawFn) -> dict[str, Any]:
    cycle = draw(st.sampled_from(sorted(FREQUENCY)))
    start, term = draw(DAYS.filter(lambda each: each.day <= 28)), cycle * draw(st.integers(1, 60 // cycle))
    past = draw(st.integers(-60, (add_months(start, term) - start).days - 1))
    bundle = an_order(
        [seat(draw(PRICES), draw(st.integers(1, 20)), frequency=FREQUENCY[cycle], product_term=12)],
        start=str(start),
        term=term,
        as_of=f"{start + timedelta(days=past)}T10:00:00Z",
    )
    for month in sorted(draw(st.lists(st.integers(0, term - 1), min_size=1, max_size=4))):
        bundle = amend(
            bundle, start=str(add_months(start, month)), lines=[change("Workspace seat", draw(st.integers(1, 20)))]
        )
    return bundle


@settings(max_examples=100, deadline=None)
@given(_amended())
def test_an_amended_contract_bills_exactly_what_was_sold(contract: dict[str, Any]) -> None:
    """More units and fewer, in the past, today and later, with what is taken away credited."""
    assert is_reconciled(forecast_of(contract, *CREDITS))
