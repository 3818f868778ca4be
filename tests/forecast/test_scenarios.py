"""Situations of CPQ orders, by their id, with the invoices that customers got: plans made by the shipped rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import amend, an_order, change, coupon, evergreen, ramp, seat, setup_fee, usage
from tests.forecast.forecasts import account, codes, forecast_of, invoices, is_reconciled, lines

NOW = "2026-05-22T00:00:00Z"
TODAY = "2026-05-22"
SPRING = "2023-03-22"
CREDITS = ("credit_terminated_lines = true", "credit_quantity_reductions = true", "non_anniversary_amendments = true")

Document = dict[str, Any]


def annual(price: str = "120.00", quantity: int = 1, **more: Any) -> Any:
    return seat(price, quantity, frequency="Annual", **more)


def order(*sold: Any, start: str = TODAY, as_of: str = NOW, **more: Any) -> Document:
    return an_order(list(sold) or [annual()], start=start, as_of=as_of, **more)


def amended(bundle: Document, start: str, quantity: int, *more: Any, **options: Any) -> Document:
    return amend(bundle, start=start, lines=[change("Workspace seat", quantity), *more], **options)


def applied(bundle: Document, orders: int, stripe_id: str = "sub_sched_1") -> Document:
    """The bundle after its first orders were applied."""
    for each in bundle["records"]["Order"][:orders]:
        each["Stripe_ID__c"] = stripe_id
    return bundle


# --- initial orders ---


def test_init_01_a_backdated_order_bills_its_past_in_one_line() -> None:
    """Two missed months and the current one are one line of one unit: 3000."""
    found = forecast_of(order(seat("10.00"), start="2026-03-22"))
    assert invoices(found)[:2] == [("2026-05-22", 3000), ("2026-06-22", 1000)]
    assert lines(found, 0) == [("recurring", 1, 3000)]
    (line,) = found["forecast"]["invoices"][0]["lines"]
    assert (line["cycles"], line["unit_amount"], line["period"]) == (
        3,
        "1000",
        {"start": "2026-03-22", "end": "2026-06-22"},
    )
    assert is_reconciled(found)


def test_init_02_a_free_line_is_a_line_of_nothing() -> None:
    """Free lines are not filtered."""
    found = forecast_of(order(seat("120.00"), seat("0.00", name="Free seat")))
    assert lines(found, 0) == [("recurring", 1, 12000), ("recurring", 1, 0)]


def test_init_04_licensed_metered_and_one_time_lines() -> None:
    """The one-time line is on the first invoice, usage of a month on the next, and the last usage after the end."""
    found = forecast_of(order(seat("120.00", 5), usage("55.00"), setup_fee("45.00")))
    assert lines(found, 0) == [("recurring", 5, 60000), ("one_time", 1, 4500)]
    assert lines(found, 1) == [("recurring", 5, 60000), ("usage", None, None)]
    assert lines(found, 12) == [("usage", None, None)]
    assert account(found)["status"] == "reconciled"


def test_one_01_an_order_without_subscription_is_one_invoice_now() -> None:
    """It is dated at the moment of the plan, for the order has no dates."""
    found = forecast_of(an_order([setup_fee("100.00")], start=None, term=None, as_of=NOW))
    assert invoices(found) == [("2026-05-22", 10000)]
    assert found["forecast"]["invoices"][0]["reason"] == "manual"
    assert is_reconciled(found)


# --- coupons ---


def test_coup_04_item_discounts_come_before_phase_discounts() -> None:
    """12000 less a quarter, less fifty dollars, is 4000; both count once."""
    line = seat("120.00", coupons=(coupon("Quarter", percent_off=25),))
    found = forecast_of(order(line, coupons=(coupon("Fifty", amount_off="50.00"),)))
    assert invoices(found)[:2] == [("2026-05-22", 4000), ("2026-06-22", 12000)]
    assert is_reconciled(found)


def test_coup_05_a_repeating_coupon_counts_for_its_months() -> None:
    """25.55 percent of 12000 is 3066, for two months."""
    line = seat("120.00", coupons=(coupon("Two months", percent_off="25.55", duration="repeating", months=2),))
    assert [total for _, total in invoices(forecast_of(order(line)))[:3]] == [8934, 8934, 12000]


def test_coup_06_one_coupon_on_two_lines_counts_on_both() -> None:
    """55 dollars off each of them, for ever."""
    fifty_five = coupon("Fifty-five", amount_off="55.00", duration="forever")
    found = forecast_of(order(seat("120.00", coupons=(fifty_five,)), seat("100.00", name="B", coupons=(fifty_five,))))
    assert {total for _, total in invoices(found)} == {12000 + 10000 - 2 * 5500}


def test_coup_08_two_coupons_on_one_line_are_taken_one_after_the_other() -> None:
    """A quarter and thirty dollars leave 6000 or 6750, as they come."""
    line = seat("120.00", coupons=(coupon("Quarter", percent_off=25), coupon("Thirty", amount_off="30.00")))
    assert invoices(forecast_of(order(line)))[0][1] in (6000, 6750)


def test_coup_09_a_coupon_that_goes_on_with_its_item_does_not_count_twice() -> None:
    """The line's coupon is on its item in both phases, and the order's coupon is not; both are spent by then."""
    line = seat("120.00", coupons=(coupon("Quarter", percent_off=25),))
    sold = order(line, coupons=(coupon("Ten", amount_off="10.00"),))
    found = forecast_of(amended(sold, "2026-11-22", 2))
    assert [total for _, total in invoices(found)] == [8000] + [12000] * 5 + [24000] * 6


# --- evergreen ---


def test_evg_02_a_later_start_is_billed_month_by_month_after_its_release() -> None:
    """The schedule lasts a second; its subscription goes on, and twelve months of it are shown."""
    found = forecast_of(order(evergreen("120.00"), evergreen("10.00", name="B"), start="2026-05-27", term=1))
    assert invoices(found) == [(f"{2026 + (4 + n) // 12}-{(4 + n) % 12 + 1:02}-27", 13000) for n in range(12)]
    assert found["forecast"]["until"] == "2027-05-27"
    assert account(found)["status"] == "not_compared"


def test_evg_08_a_cancellation_today_bills_nothing_more() -> None:
    """Nothing is credited for the rest of the month either."""
    found = forecast_of(amend(order(evergreen("120.00"), term=1), start=TODAY, lines=[change("Support plan", 0)]))
    assert invoices(found) == [(TODAY, 12000)]


def test_evg_09_a_cancellation_on_a_later_day_ends_the_invoices() -> None:
    """Three days later nothing has been billed but the first month."""
    found = forecast_of(
        amend(order(evergreen("120.00"), term=1), start="2026-05-25", lines=[change("Support plan", 0)])
    )
    assert invoices(found) == [(TODAY, 12000)]


def test_evg_10_lines_that_are_added_today_are_billed_with_the_next_invoice() -> None:
    """Stripe prorates an added item by default, and takes the proration up a month later."""
    found = forecast_of(amend(order(evergreen("120.00"), term=1), start=TODAY, lines=[evergreen("31.00", name="More")]))
    assert lines(found, 1) == [("recurring", 1, 12000), ("recurring", 1, 3100), ("proration", 1, 3100)]
    assert lines(found, 2) == [("recurring", 1, 12000), ("recurring", 1, 3100)]


# --- ramps ---


def test_mdq_01_each_year_of_a_ramp_bills_its_own_quantity() -> None:
    """Three years with one, two and three units."""
    found = forecast_of(order(ramp("120.00", quantities=[1, 2, 3], frequency="Annual"), term=36))
    assert invoices(found) == [("2026-05-22", 12000), ("2027-05-22", 24000), ("2028-05-22", 36000)]
    assert is_reconciled(found)


def test_mdq_04_the_first_invoice_of_a_ramp_with_coupons() -> None:
    """A month of 120 less a quarter, less ten dollars: 8000."""
    line = ramp("120.00", quantities=[1, 1], coupons=(coupon("Quarter", percent_off=25),))
    found = forecast_of(order(line, term=24, coupons=(coupon("Ten", amount_off="10.00"),)))
    assert [total for _, total in invoices(found)[:2]] == [8000, 12000]
    assert is_reconciled(found)


def test_mdq_05_an_amendment_of_the_segment_that_has_begun() -> None:
    """The month that began this morning is billed at once, the following ones with both units."""
    sold = order(ramp("120.00", quantities=[1, 1]), term=24)
    later = amend(sold, start=TODAY, as_of="2026-05-22T12:00:00Z", lines=[change("Platform licence", 2)])
    found = forecast_of(later)
    assert invoices(found)[:3] == [(TODAY, 12000), (TODAY, 12000), ("2026-06-22", 24000)]
    assert is_reconciled(found)


# --- amendments ---


def test_amd_01_more_units_on_a_billing_date() -> None:
    """Nothing is prorated; the third quarter of invoices has three units."""
    found = forecast_of(amended(order(seat("10.00")), "2027-02-22", 3))
    assert [total for _, total in invoices(found)] == [1000] * 9 + [3000] * 3
    assert is_reconciled(found)


def test_amd_02_metered_out_licensed_in() -> None:
    """Usage until the middle of the term, a licence from there on."""
    found = forecast_of(
        amend(order(usage("1.00")), start="2026-11-22", lines=[change("API requests", 0), seat("120.00")])
    )
    assert [(day, [kind for kind, *_ in lines(found, n)]) for n, (day, _) in enumerate(invoices(found))] == [
        *((f"2026-{month:02}-22", ["usage"]) for month in range(6, 11)),
        ("2026-11-22", ["recurring", "usage"]),
        *((day, ["recurring"]) for day in ("2026-12-22", "2027-01-22", "2027-02-22", "2027-03-22", "2027-04-22")),
    ]


def test_amd_07_an_amendment_of_an_order_that_has_not_started() -> None:
    """Three months of a yearly 12000 for one unit: 3000."""
    found = forecast_of(amended(order(start="2026-06-22"), "2027-03-22", 2))
    assert invoices(found) == [("2026-06-22", 12000), ("2027-03-22", 3000)]
    assert is_reconciled(found)


def test_amd_20_the_payment_term_of_an_invoice_is_the_schedules() -> None:
    """Net-15 on a schedule makes invoices due fifteen days after their date."""
    found = forecast_of(order(evergreen("120.00"), start="2026-06-01", term=1, payment_terms="Net-15"))
    first = found["forecast"]["invoices"][0]
    assert (first["date"], first["due_date"]) == ("2026-06-01", "2026-06-16")


# --- stacked ---


def test_stk_01_one_backdated_and_one_future() -> None:
    """Three units for nine months now; later seven months of them back, with a one-time line on the same invoice."""
    first = amended(order(start="2026-01-22"), "2026-04-22", 4)
    found = forecast_of(amended(first, "2026-06-22", 1, setup_fee("100.00")), *CREDITS)
    assert invoices(found)[:2] == [(TODAY, 12000), (TODAY, 27000)]
    assert sorted(lines(found, 2)) == [("credit", 3, -21000), ("one_time", 1, 10000)]
    assert is_reconciled(found)


def test_stk_02_two_backdated_of_one_date() -> None:
    """Three units and one more, 9000 each."""
    first = amended(order(start="2026-01-22"), "2026-04-22", 4)
    found = forecast_of(amended(first, "2026-04-22", 5), *CREDITS)
    assert lines(found, 1) == [("proration", 3, 27000), ("proration", 1, 9000)]
    assert is_reconciled(found)


def test_stk_03_three_backdated_the_last_of_which_reduces() -> None:
    """11000 for each of two units, and 10000 of each back a month later."""
    sold = order(start="2026-02-19")
    found = forecast_of(amended(amended(sold, "2026-03-19", 3), "2026-04-19", 1), *CREDITS)
    assert sorted(lines(found, 1)) == [("credit", 2, -20000), ("proration", 2, 22000)]
    assert is_reconciled(found)


def _three_runs() -> tuple[Document, Document, Document]:
    one = amended(order(start="2026-02-19"), "2026-03-19", 3)
    two = amended(one, "2026-04-19", 6)
    return one, two, amended(two, "2026-05-19", 1)


def test_stk_04_separate_runs_bill_what_each_amendment_adds() -> None:
    """22000, then 30000, then credits of 27000 and 18000; what earlier runs billed stands before."""
    one, two, three = _three_runs()
    assert invoices(forecast_of(one, *CREDITS))[1] == (TODAY, 22000)
    second, third = forecast_of(applied(two, 2), *CREDITS), forecast_of(applied(three, 3), *CREDITS)
    assert [total for _, total in invoices(second)] == [12000, 22000, 30000]
    assert [total for _, total in invoices(third)] == [12000, 22000, 30000, -45000]
    assert sorted(lines(third, 3)) == [("credit", 2, -18000), ("credit", 3, -27000)]
    assert [each.get("past") for each in third["forecast"]["invoices"]] == [True, True, True, None]
    assert third["forecast"]["past_totals"] == {"usd": 64000}
    assert third["forecast"]["totals"] == {"usd": -45000}
    assert is_reconciled(third)


def test_stk_04_in_one_run_the_same_items_are_on_one_invoice() -> None:
    """What waits at one moment is billed together."""
    found = forecast_of(_three_runs()[2], *CREDITS)
    assert sorted(lines(found, 1)) == [
        ("credit", 2, -18000),
        ("credit", 3, -27000),
        ("proration", 2, 22000),
        ("proration", 3, 30000),
    ]
    assert is_reconciled(found)


def test_stk_05_a_backdated_amendment_of_a_monthly_order() -> None:
    """Three missed months of two units are one item: 72000."""
    found = forecast_of(amended(order(seat("120.00"), start="2026-02-19"), "2026-03-19", 3))
    assert lines(found, 1) == [("proration", 2, 72000)]
    assert is_reconciled(found)


def test_stk_06_an_item_of_a_future_phase_waits_for_its_start() -> None:
    """Two units now, three more when their phase starts."""
    sold = amended(order(start="2026-04-19"), "2026-05-19", 3)
    found = forecast_of(amended(sold, "2026-06-19", 6))
    assert invoices(found) == [(TODAY, 12000), (TODAY, 22000), ("2026-06-19", 30000)]
    assert is_reconciled(found)


# --- the same day ---


def test_same_01_an_amendment_on_the_start_day_that_has_begun() -> None:
    """The whole cycle that began this morning is billed for the added unit: 12000."""
    noon = "2026-05-23T12:00:00Z"
    found = forecast_of(amended(order(start="2026-05-23", as_of=noon), "2026-05-23", 2))
    assert invoices(found) == [("2026-05-23", 12000), ("2026-05-23", 12000)]
    assert is_reconciled(found)


@pytest.mark.parametrize("frequency", ["Annual", "Monthly"])
def test_same_03_and_04_an_amendment_before_the_start_is_on_the_first_invoice(frequency: str) -> None:
    """Both units and the one-time line; nothing has been billed, so nothing is prorated."""
    sold = order(seat("120.00", frequency=frequency), setup_fee("100.00"), start="2026-06-22")
    found = forecast_of(amended(sold, "2026-06-22", 2))
    assert sorted(lines(found, 0)) == [("one_time", 1, 10000), ("recurring", 1, 12000), ("recurring", 1, 12000)]
    assert is_reconciled(found)


# --- terms that are no whole number of cycles ---


def test_frnt_01_a_short_term_bills_what_it_costs_once() -> None:
    """Nine months of 120000 a year: 90000."""
    found = forecast_of(order(annual("1200.00"), term=9))
    assert invoices(found) == [(TODAY, 90000)]
    assert is_reconciled(found)


def test_frnt_02_a_short_term_bills_a_whole_cycle_when_switched_off() -> None:
    """Reconciliation says so, with the cause."""
    found = forecast_of(order(annual("1200.00"), term=9), "prorate_short_terms = false")
    assert invoices(found) == [(TODAY, 120000)]
    assert (account(found)["sold"], account(found)["billed"], codes(found)) == (90000, 120000, ["W805"])


def test_bknd_01_the_rest_of_a_long_term_is_billed_when_it_starts() -> None:
    """A year, then half of one; nothing for the second cycle itself."""
    found = forecast_of(order(term=18))
    assert invoices(found) == [("2026-05-22", 12000), ("2027-05-22", 6000)]
    (line,) = found["forecast"]["invoices"][1]["lines"]
    assert line["period"] == {"start": "2027-05-22", "end": "2027-11-22"}
    assert is_reconciled(found)


def test_bknd_02_an_amendment_that_starts_with_the_tail() -> None:
    """6000 for the unit that was there, 6000 for the added one."""
    found = forecast_of(amended(order(term=18), "2027-05-22", 2))
    assert lines(found, 1) == [("proration", 1, 6000), ("proration", 1, 6000)]
    assert is_reconciled(found)


# --- prorations ---


def test_pror_01_an_amendment_that_is_longer_than_the_cycle() -> None:
    """Half a year of two units now, and then both lines a whole year."""
    found = forecast_of(amended(order(term=24), "2026-11-22", 3))
    assert invoices(found) == [("2026-05-22", 12000), ("2026-11-22", 12000), ("2027-05-22", 36000)]
    (line,) = found["forecast"]["invoices"][1]["lines"]
    assert (line["quantity"], line["unit_amount"]) == (2, "6000")
    assert line["period"] == {"start": "2026-11-22", "end": "2027-05-22"}
    assert is_reconciled(found)


def test_pror_07_metered_lines_are_neither_debited_nor_credited() -> None:
    """Nothing but usage is billed."""
    sold = order(usage("1200.00", name="Silver", frequency="Annual"))
    gold = usage("2400.00", name="Gold", frequency="Annual")
    found = forecast_of(amend(sold, start="2026-07-22", lines=[change("Silver", 0), gold]), *CREDITS)
    assert {kind for each in found["forecast"]["invoices"] for kind in (line["kind"] for line in each["lines"])} == {
        "usage"
    }


def _upsell(term: int) -> Document:
    sold = order(annual("1200.00", name="Silver"), term=term)
    return amend(sold, start="2026-07-22", lines=[change("Silver", 0), annual("2400.00", name="Gold")])


@pytest.mark.parametrize("term", [24, 12])
def test_pror_09_and_10_an_upsell_with_credit_is_one_invoice(term: int) -> None:
    """200000 less 100000 on one invoice of two lines."""
    found = forecast_of(_upsell(term), *CREDITS)
    assert invoices(found)[:2] == [("2026-05-22", 120000), ("2026-07-22", 100000)]
    assert sorted(lines(found, 1)) == [("credit", 1, -100000), ("proration", 1, 200000)]
    assert is_reconciled(found)


def test_pror_12_a_contract_that_ends_as_a_whole_is_not_credited() -> None:
    """One invoice, and a warning that says why more is billed than Salesforce says it is worth."""
    sold = order(annual("1200.00", name="Silver"))
    found = forecast_of(amend(sold, start="2026-07-22", lines=[change("Silver", 0)]), *CREDITS)
    assert invoices(found) == [("2026-05-22", 120000)]
    assert (account(found)["sold"], account(found)["billed"], codes(found)) == (20000, 120000, ["W803"])


def test_pror_13_an_upsell_in_the_middle_of_a_month() -> None:
    """-32176 and 804400, each rounded by itself."""
    sold = order(annual("398.45", name="Silver"), start=SPRING, as_of=f"{SPRING}T00:00:00Z")
    found = forecast_of(
        amend(sold, start="2023-06-01", lines=[change("Silver", 0), annual("9961.19", name="Gold")]), *CREDITS
    )
    assert invoices(found) == [(SPRING, 39845), ("2023-06-01", 772224)]
    assert sorted(lines(found, 1)) == [("credit", 1, -32176), ("proration", 1, 804400)]
    assert is_reconciled(found)


def test_pror_14_an_invoice_can_be_negative() -> None:
    """Ten months of one of two lines are given back: -100000."""
    sold = order(annual("1200.00", name="Silver"), annual("2400.00", name="Gold"))
    found = forecast_of(amend(sold, start="2026-07-22", lines=[change("Silver", 0)]), *CREDITS)
    assert invoices(found) == [("2026-05-22", 360000), ("2026-07-22", -100000)]
    assert is_reconciled(found)


def test_pror_16_without_credits_only_the_new_line_is_billed() -> None:
    """200000, and a warning that names the setting."""
    found = forecast_of(_upsell(24))
    assert invoices(found)[1] == ("2026-07-22", 200000)
    assert codes(found) == ["W803"]


def test_pror_20_days_of_a_month() -> None:
    """Eight days of 12000 a month: 3156."""
    sold = order(seat("120.00"), start=SPRING, as_of=f"{SPRING}T00:00:00Z")
    found = forecast_of(amended(sold, "2023-05-14", 2), *CREDITS)
    assert invoices(found)[2] == ("2023-05-14", 3156)
    assert account(found)["billed"] == 12 * 12000 + 10 * 12000 + 3156
    assert is_reconciled(found)


def test_pror_21_the_unit_price_is_rounded_before_it_is_multiplied() -> None:
    """49 units of 333.31: 1633219."""
    sold = order(annual("377.63"), start=SPRING, as_of=f"{SPRING}T00:00:00Z")
    found = forecast_of(amended(sold, "2023-05-04", 50), *CREDITS)
    assert invoices(found) == [(SPRING, 37763), ("2023-05-04", 1633219)]
    assert is_reconciled(found)


# --- backdated ---


@pytest.mark.parametrize(
    ("start", "amendment", "past", "missed"),
    [("2026-03-21", "2026-04-21", 7200, 4800), ("2026-01-21", "2026-02-21", 12000, 9600)],
    ids=["BACK-01", "BACK-02"],
)
def test_back_01_and_02_missed_cycles_of_an_amendment_are_one_item(
    start: str, amendment: str, past: int, missed: int
) -> None:
    """The first invoice has the order's cycles, another the amendment's."""
    found = forecast_of(amended(order(seat("24.00"), start=start), amendment, 2))
    assert invoices(found)[:2] == [(TODAY, past), (TODAY, missed)]
    (line,) = found["forecast"]["invoices"][1]["lines"]
    assert line["period"] == {"start": amendment, "end": "2026-06-21"}
    assert is_reconciled(found)


@pytest.mark.parametrize(
    ("start", "amendment", "as_of"),
    [("2026-01-22", "2026-02-22", NOW), ("2023-01-15", "2023-02-15", "2023-04-03T00:00:00Z")],
    ids=["BACK-03", "BACK-09"],
)
def test_back_03_and_09_a_backdated_amendment_of_a_yearly_order(start: str, amendment: str, as_of: str) -> None:
    """A year for the order, eleven months for the amendment."""
    found = forecast_of(amended(order(start=start, as_of=as_of), amendment, 2))
    assert [total for _, total in invoices(found)] == [12000, 11000]
    assert is_reconciled(found)


def test_back_06_past_invoices_are_skipped() -> None:
    """Nothing now; 12000 on the next anniversary of the start, and a warning that the past is not billed."""
    found = forecast_of(order(seat("120.00"), start="2026-02-20", skip_past_invoices=True))
    assert invoices(found)[0] == ("2026-06-20", 12000)
    assert len(invoices(found)) == 8
    assert codes(found) == ["W806"]


def test_back_07_a_backdated_amendment_of_an_order_whose_past_is_skipped() -> None:
    """Eight months of two units are the only invoice: 16000."""
    sold = order(start="2026-02-12", as_of="2026-06-22T00:00:00Z", skip_past_invoices=True)
    found = forecast_of(amended(sold, "2026-06-12", 3))
    assert invoices(found) == [("2026-06-22", 16000)]


def test_back_08_the_same_in_the_middle_of_a_month() -> None:
    """Two cycles of the order, one of the amendment."""
    found = forecast_of(
        amended(order(seat("24.00"), start="2023-02-15", as_of="2023-04-03T00:00:00Z"), "2023-03-15", 2)
    )
    assert [total for _, total in invoices(found)[:2]] == [4800, 2400]
    assert is_reconciled(found)


# --- orders from before the integration ---


def test_mig_01_an_older_order_is_taken_over_without_its_past() -> None:
    """Nothing now, 15000 for the amendment of next month, nothing at the end; the past is said not to be billed."""
    sold = order(annual("100.00"), start="2025-12-22", order={"ActivatedDate": "2025-12-22T09:00:00.000+0000"})
    later = amended(sold, "2026-06-22", 4)
    migration = ("migrate_older_orders = true", 'orders_activated_after = date("2026-05-22")')
    found = forecast_of(later, *migration)
    assert invoices(found) == [("2026-06-22", 15000)]
    assert codes(found) == ["W806"]


# --- terminations ---


def test_term_01_a_termination_on_a_billing_date_ends_the_invoices() -> None:
    """Nine months are billed, which is what is left of the order's worth."""
    found = forecast_of(amended(order(seat("120.00")), "2027-02-22", 0))
    assert invoices(found)[-1] == ("2027-01-22", 12000)
    assert len(invoices(found)) == 9
    assert is_reconciled(found)


def test_term_02_one_of_two_lines_is_removed() -> None:
    """The first month has both lines, the others one."""
    found = forecast_of(
        amend(order(seat("120.00"), seat("50.00", name="B")), start="2026-06-22", lines=[change("B", 0)])
    )
    assert [total for _, total in invoices(found)] == [17000] + [12000] * 11
    assert is_reconciled(found)
