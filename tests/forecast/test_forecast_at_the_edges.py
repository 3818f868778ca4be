"""Forecasts at the edges of the rules, each with the figure that one changed line of it would get wrong."""

from __future__ import annotations

from tests.builders import an_order, coupon, evergreen, seat
from tests.contract.contracts import changed
from tests.forecast.forecasts import account, codes, forecast_of, invoices, item, lines, phase, plan, price, schedule


def test_one_cycle_of_a_contract_without_an_end_is_one_invoice() -> None:
    """`--cycles 1` shows the first cycle alone."""
    found = forecast_of(an_order([evergreen("120.00")], "2026-02-16"), cycles=1)
    assert invoices(found) == [("2026-02-16", 12_000)]


def test_a_coupon_of_the_order_counts_for_every_invoice() -> None:
    """A tenth off 647.89 is 64.79, twelve times: 6,997.20 are left."""
    found = forecast_of(
        an_order([seat("647.89")], coupons=[coupon("Tenth", percent_off=10, duration="forever")]),
    )
    assert [total for _, total in invoices(found)] == [58_310] * 12
    assert found["forecast"]["total"] == 699_720


def test_a_line_without_a_total_is_not_compared() -> None:
    """Nothing says what it was sold for, so nothing differs."""
    found = forecast_of(changed(an_order([seat("10.00"), seat("20.00", name="Room")]), "OrderItem", 0, TotalPrice=None))
    assert [each["status"] for each in account(found)["lines"]] == ["not_compared", "equal"]
    assert "W801" not in codes(found)


def test_what_is_billed_once_counts_once_without_a_quantity() -> None:
    """Stripe takes an absent quantity as one."""
    once = item("Fee")
    del once["quantity"]
    found = plan(
        price("Seat", "1000", 1),
        price("Fee", "500"),
        schedule("2026-03-01", phase("2026-04-01", item("Seat"), add_invoice_items=[once])),
    )
    assert invoices(found) == [("2026-03-01", 1500)]
    assert [(quantity, amount) for _, quantity, amount in lines(found, 0)] == [(1, 1000), (1, 500)]
