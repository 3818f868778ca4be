"""Forecasts at the edges of the rules, each with the figure that one changed line of it would get wrong."""

from __future__ import annotations

import pytest

from orderplan.engine.forecast.cycles import Anchor, Cycle
from tests.builders import amend, an_order, change, coupon, evergreen, seat
from tests.contract.contracts import changed
from tests.forecast.forecasts import (
    Document,
    account,
    call,
    codes,
    forecast_of,
    invoices,
    item,
    lines,
    phase,
    plan,
    price,
    ref,
    schedule,
    seconds,
)
from tests.forecast.forecasts import coupon as a_coupon

MONTHLY = price("Seat", "1000", 1)


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
    (order,) = account(found)["orders"]
    assert (order["status"], order["reason"]) == ("not_compared", "some of its lines are not compared")


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


def test_coupons_of_an_item_each_take_of_what_is_left() -> None:
    """Half of 10.00, and then half of 5.00."""
    coupons = [a_coupon(each, percent_off="50", duration="forever") for each in ("First", "Second")]
    found = plan(MONTHLY, *coupons, schedule("2026-03-01", phase("2026-05-01", item("Seat", 1, "First", "Second"))))
    assert invoices(found) == [("2026-03-01", 250), ("2026-04-01", 250)]


def test_a_coupon_that_can_no_longer_be_redeemed_takes_nothing_off() -> None:
    """It could be redeemed until 20 February, and its item starts in March."""
    late = a_coupon("Spring", percent_off="10", duration="forever", redeem_by=seconds("2026-02-20"))
    found = plan(MONTHLY, late, schedule("2026-03-01", phase("2026-05-01", item("Seat", 1, "Spring"))))
    assert invoices(found) == [("2026-03-01", 1000), ("2026-04-01", 1000)]


@pytest.mark.parametrize(("as_of", "said"), [("2026-03-10T12:00:00Z", []), ("2026-04-10T12:00:00Z", ["N811"])])
def test_the_billing_mode_matters_from_the_second_month_that_is_missed(as_of: str, said: list[str]) -> None:
    """One period is one line in either mode; two are one line or two."""
    found = plan(
        MONTHLY, schedule("2026-03-01", phase("2027-03-01", item("Seat"), proration_behavior=None)), as_of=as_of
    )
    assert codes(found) == said


def test_totals_stand_in_the_order_of_their_currencies() -> None:
    """Whichever is billed first."""
    contracts = [
        {"id": each, "kind": "renewable", "order_ids": ["O"], "currency": currency}
        for each, currency in (("C", "usd"), ("D", "eur"))
    ]
    other = schedule("2026-04-01", phase("2026-05-01", item("Room"))) | {
        "id": "subscription_schedule/2",
        "contract": "D",
    }
    found = plan(
        MONTHLY,
        price("Room", "700", 1, currency="eur") | {"contract": "D"},
        schedule("2026-03-01", phase("2026-04-01", item("Seat"))),
        other,
        contracts=contracts,
    )
    assert list(found["forecast"]["totals"].items()) == [("eur", 700), ("usd", 1000)]


def test_a_cycle_is_counted_back_over_twenty_years() -> None:
    """Billing dates before the anchor have negative numbers, however far back."""
    anchor = Anchor(seconds("2030-01-01"))
    assert Cycle(months=1).number(anchor, seconds("2010-01-01")) == -240
    assert Cycle(months=1).number(anchor, seconds("2010-01-01") - 1) == -241


def test_the_item_that_missed_most_periods_decides_whether_the_mode_matters() -> None:
    """A quarter has missed one period, and a month two."""
    quarterly = price("Room", "3000", 3)
    whole = phase("2027-03-01", item("Room"), item("Seat"), proration_behavior=None)
    found = plan(MONTHLY, quarterly, schedule("2026-03-01", whole), as_of="2026-04-10T12:00:00Z")
    assert codes(found) == ["N811"]


def test_a_coupon_that_an_amendment_ends_gives_less_and_says_why() -> None:
    """A tenth of twelve months is 12.00, and of the six before the amendment 6.00."""
    sold = an_order([seat("10.00")], coupons=[coupon("Tenth", percent_off=10, duration="forever")])
    found = forecast_of(amend(sold, "2026-09-01", lines=[change("Workspace seat", 2)]))
    (said,) = [each["message"] for each in found["diagnostics"] if each["code"] == "W820"]
    assert said.endswith(
        "promises 12.00 USD off its lines and gives 6.00 USD, 6.00 USD less: it is not on all phases or items that bill them"
    )


def test_an_end_with_a_period_among_several_is_an_assumption() -> None:
    """`cancel_at_period_end` ends the month or the year; the forecast takes the year, and says so."""
    yearly = price("Room", "12000", 12)

    def ended(*items: Document) -> Document:
        params = {"items": list(items), "cancel_at_period_end": True}
        return plan(MONTHLY, yearly, call("subscription/1", "subscription", "create", params))["forecast"]

    both = ended(item("Seat"), item("Room"))
    assert both["total"] == 24_000
    (said,) = both["assumptions"]
    assert "ends with the longest of its cycles, on 2027-02-16" in said
    assert (ended(item("Room"))["total"], ended(item("Room"))["assumptions"]) == (12_000, [])


def test_the_phase_of_today_decides_the_coupons_of_a_start_in_the_past() -> None:
    """January and February are billed at once, half off, since the coupon came with February."""
    half = {"discounts": [{"coupon": ref("coupon/Half")}]}
    phases = (phase("2026-02-01", item("Seat"), proration_behavior=None), phase("2026-05-01", item("Seat"), **half))
    found = plan(MONTHLY, a_coupon("Half", percent_off="50", duration="forever"), schedule("2026-01-01", *phases))
    assert invoices(found) == [("2026-02-16", 1000), ("2026-03-01", 500), ("2026-04-01", 500)]


def test_a_coupon_for_one_invoice_waits_for_the_first_that_bills_something() -> None:
    """The invoice of a trial takes no turn of it."""
    half = {"discounts": [{"coupon": ref("coupon/Half")}], "trial_end": seconds("2026-04-01")}
    once = a_coupon("Half", percent_off="50", duration="once")
    found = plan(MONTHLY, once, schedule("2026-03-01", phase("2026-06-01", item("Seat"), **half)))
    assert invoices(found) == [("2026-03-01", 0), ("2026-04-01", 500), ("2026-05-01", 1000)]


def test_an_amount_for_good_is_promised_for_every_cycle_that_an_invoice_bills() -> None:
    """Three months are billed at once, and 1.00 is taken off them once: 12.00 are promised, and 10.00 given."""
    lasting = coupon("One", amount_off="1.00", duration="forever")
    sold = an_order([seat("10.00", coupons=(lasting,))], "2026-01-01", as_of="2026-03-10T09:00:00Z")
    (kept,) = forecast_of(sold)["forecast"]["reconciliation"]["coupons"]
    assert (kept["promised"], kept["given"], kept["difference"]) == (1200, 1000, -200)


def test_a_later_phase_that_has_begun_brings_its_one_time_items() -> None:
    """The fee of February waits for the invoice of March."""
    fee = price("Fee", "500")
    later = phase("2026-05-01", item("Seat"), add_invoice_items=[item("Fee")])
    began = phase("2026-02-01", item("Seat"), proration_behavior=None)
    found = plan(MONTHLY, fee, schedule("2026-01-01", began, later))
    assert invoices(found) == [("2026-02-16", 2000), ("2026-03-01", 1500), ("2026-04-01", 1000)]
