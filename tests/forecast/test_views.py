"""The forecast as people and spreadsheets read it."""

from __future__ import annotations

import csv
import io
from typing import Any

from orderplan.engine.forecast import Invoice
from orderplan.engine.render import forecast_csv, forecast_text, render_plan
from tests.builders import amend, an_order, change, coupon, evergreen, seat, setup_fee, usage
from tests.forecast.forecasts import forecast_of, item, phase, plan, price, schedule
from tests.plan.plans import seen

Document = dict[str, Any]


def _text(document: Document, width: int | None = None) -> list[str]:
    return forecast_text(seen(document), width=width).splitlines()


def test_equal_invoices_are_one_row() -> None:
    """The first differs by the fee, eleven follow."""
    assert _text(forecast_of(an_order([seat("120.00", 5), setup_fee("450.00")]))) == [
        "forecast, before tax",
        "  2026-03-01                              1,050.00 USD  5 × Workspace seat, Onboarding",
        "  2026-04-01 to 2027-02-01, 11 × monthly    600.00 USD  5 × Workspace seat",
        "  12 invoices, 7,650.00 USD in total",
        "  reconciled: 7,650.00 USD sold, 7,650.00 USD billed",
    ]


def test_months_that_are_clamped_are_still_monthly() -> None:
    """28 February does not break a row that starts on the 31st."""
    assert any(
        "2027-01-31 to 2027-06-30, 6 × monthly" in each
        for each in _text(plan(price("seat", "1000", 1), schedule("2027-01-31", phase("2027-07-31", item("seat")))))
    )


def test_usage_is_named_without_an_amount() -> None:
    """It is billed besides the total."""
    text = _text(forecast_of(an_order([usage()])))
    assert text[1] == "  2026-04-01 to 2027-03-01, 12 × monthly  usage  usage of API requests"
    assert text[2] == "  12 invoices, 0.00 USD in total, and what is used"
    assert text[3] == "  not compared: 1 order line (metered: billed by what is used)"


def test_a_difference_names_both_figures_and_the_cause() -> None:
    """A finance person sees what is billed too much, and why."""
    text = _text(forecast_of(an_order([seat("1000.00", frequency="Monthly", product_term=36)], term=36)))
    assert text[-2] == "  not reconciled: 1,000.00 USD sold, 1,000.08 USD billed, 0.08 USD more"
    assert text[-1].endswith(
        ": 1,000.00 USD sold, 1,000.08 USD billed: a cycle costs 27.77777778 USD, "
        "and each of 36 invoice lines is rounded"
    )


def test_coupons_are_taken_off_in_the_row() -> None:
    """And reconciliation is said to be before them."""
    text = _text(forecast_of(an_order([seat("100.00", coupons=(coupon(percent_off=25),))])))
    assert text[1].endswith("75.00 USD  1 × Workspace seat; less 25.00 USD of coupons")
    assert text[-1].endswith("1,200.00 USD billed, before coupons")


def test_credits_and_parts_of_cycles_are_words() -> None:
    """An upsell gives the old product back and bills the new one."""
    sold = an_order([seat("1200.00", name="Silver", frequency="Annual")], start="2026-03-01")
    later = amend(
        sold, start="2026-05-01", lines=[change("Silver", 0), seat("2400.00", name="Gold", frequency="Annual")]
    )
    (row,) = (
        each for each in _text(forecast_of(later, "credit_terminated_lines = true")) if each.startswith("  2026-05-01")
    )
    assert row == "  2026-05-01  1,000.00 USD  part of a cycle of Gold, credit for Silver"


def test_an_endless_contract_says_how_much_of_it_is_shown() -> None:
    """And when its invoices are due."""
    text = _text(forecast_of(an_order([evergreen("10.00")], term=1), cycles=3))
    assert text[0] == "forecast, before tax, each invoice due in 30 days"
    assert text[2] == "  3 invoices, 30.00 USD in total in the first 3 billing cycles"


def test_rows_fit_the_terminal() -> None:
    """What is billed continues below itself, or on lines of its own."""
    document = forecast_of(
        an_order([seat("100.00", name="A product with quite a long name"), setup_fee(name="And another one")])
    )
    for width in (60, 80, 120):
        assert max(map(len, _text(document, width))) <= width


def test_a_name_cannot_write_to_the_terminal() -> None:
    """Control characters of a product's name are shown as escapes."""
    text = forecast_text(
        seen(plan(price("\x1b[2Jseat", "100", 1), schedule("2026-03-01", phase("2026-04-01", item("\x1b[2Jseat")))))
    )
    assert "\x1b" not in text


def test_the_forecast_stands_before_the_last_line_of_a_plan() -> None:
    """The last line sums the calls up."""
    lines = render_plan(seen(forecast_of(an_order([seat("10.00")])))).splitlines()
    assert "forecast, before tax" in lines
    assert lines[-1].startswith("Plan: ")


def invoices_of(document: dict[str, Any]) -> tuple[Invoice, ...]:
    """The invoices of a plan document."""
    outlook = seen(document).outlook
    return outlook.forecast.invoices if outlook else ()


def test_a_spreadsheet_gets_a_row_for_each_line_in_major_units() -> None:
    """Amount, discount and total of every line, with its period."""
    document = forecast_of(an_order([seat("100.00", 2, coupons=(coupon(percent_off=25),)), usage()]))
    rows = list(csv.DictReader(io.StringIO(forecast_csv(invoices_of(document)))))
    first = rows[0]
    assert [
        first[each] for each in ("invoice_date", "description", "kind", "period_start", "period_end", "quantity")
    ] == ["2026-03-01", "Workspace seat", "recurring", "2026-03-01", "2026-04-01", "2"]
    assert [first[each] for each in ("unit_amount", "amount", "discount", "total", "currency")] == [
        "100.00",
        "200.00",
        "50.00",
        "150.00",
        "USD",
    ]
    usages = [each for each in rows if each["kind"] == "usage"]
    assert {each["amount"] for each in usages} == {""}


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    """A product may be called `=1+1`."""
    given = plan(price("=1+1", "100", 1), schedule("2026-03-01", phase("2026-04-01", item("=1+1"))))
    text = forecast_csv(invoices_of(given))
    assert ",'=1+1," in text
