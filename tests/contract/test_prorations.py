"""What amendments bill once: PROR scenarios; in the past: BACK scenarios; the calendar: UNIT scenarios."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from orderplan.engine.contract.months import covered_months, cycles_billed, plausible_months, whole_months
from orderplan.engine.dates import add_months
from tests.builders import amend, an_order, change, seat, usage
from tests.contract.contracts import changed, codes, contract_of, item_of, items, once, spans

SEAT = "Workspace seat"
CREDITS = {"credit_terminated_lines": True, "credit_quantity_reductions": True}
OPEN = {"non_anniversary_amendments": True}


def silver(price: str = "1200.00", quantity: int = 1) -> Any:
    return seat(price, quantity, name="Silver", frequency="Annual")


def gold(price: str = "2400.00") -> Any:
    return seat(price, name="Gold", frequency="Annual")


def test_pror_01_longer_than_the_cycle() -> None:
    """PROR-01: 18 months of 120 a year are a year that Stripe bills and 60 that are billed once."""
    bundle = an_order([seat("120.00", frequency="Annual")], "2026-03-01", 24)
    bundle = amend(bundle, "2026-09-01", lines=[change(SEAT, 3)])
    (update,) = contract_of(bundle).updates
    first, second = update.phases
    assert (items(first), items(second)) == ([(1, "12000")], [(1, "12000"), (2, "12000")])
    assert second.items[0].price == first.items[0].price
    assert once(second) == [(2, "6000")]
    (extra,) = second.one_time_items
    assert (extra.order_item, extra.proration) == (second.items[1].order_item, True)
    assert (extra.period_start, extra.period_end, extra.period_end_date) == (
        "phase_start",
        "min_item_period_end",
        date(2027, 3, 1),
    )
    assert extra.price.original == second.items[1].price


def test_pror_07_usage_is_neither_billed_nor_credited() -> None:
    """PROR-07: no part of a term of usage has a price."""
    silver_usage = usage("1200.00", name="Silver", frequency="Annual")
    gold_usage = usage("2400.00", name="Gold", frequency="Annual")
    bundle = amend(an_order([silver_usage], "2026-03-01"), "2026-05-01", lines=[change("Silver", 0), gold_usage])
    (update,) = contract_of(bundle, **CREDITS).updates
    assert [items(each) for each in update.phases] == [[(None, "120000")], [(None, "240000")]]
    assert [once(each) for each in update.phases] == [[], []]


@pytest.mark.parametrize("term", [24, 12])
def test_pror_09_upsell_with_credit(term: int) -> None:
    """PROR-09, PROR-10: gold for silver after two months bills 2000 and gives back 1000."""
    bundle = amend(an_order([silver()], "2026-03-01", term), "2026-05-01", lines=[change("Silver", 0), gold()])
    (update,) = contract_of(bundle, **CREDITS).updates
    assert once(update.phases[1]) == [(1, "200000"), (1, "-100000")]


def test_pror_12_full_termination_gives_nothing_back() -> None:
    """PROR-12: credits are for parts of a contract."""
    bundle = amend(an_order([silver()], "2026-03-01"), "2026-05-01", lines=[change("Silver", 0)])
    (update,) = contract_of(bundle, **CREDITS).updates
    assert [once(each) for each in update.phases] == [[]]


def test_pror_13_upsell_with_part_months() -> None:
    """PROR-13: nine months and 21 days: 8044.00 are billed and 321.76 given back, 7722.24 in all."""
    bundle = an_order([silver("398.45")], "2023-03-22", as_of="2023-03-22T00:00:00Z")
    bundle = amend(bundle, "2023-06-01", 9, lines=[change("Silver", 0), gold("9961.19")])
    (update,) = contract_of(bundle, **CREDITS, **OPEN).updates
    debit, credit = once(update.phases[1])
    assert (debit, credit) == ((1, "804400"), (1, "-32176"))
    assert 804400 - 32176 == 772224
    assert bundle["records"]["Order"][1]["TotalAmount"] == 7722.24
    assert update.phases[1].items[0].price.kind == "list"


def test_pror_14_one_of_two_lines_is_removed() -> None:
    """PROR-14: the ten months that were billed ahead are given back."""
    bundle = amend(an_order([silver(), gold()], "2026-03-01"), "2026-05-01", lines=[change("Silver", 0)])
    (update,) = contract_of(bundle, **CREDITS).updates
    assert once(update.phases[1]) == [(1, "-100000")]
    (credit,) = update.phases[1].one_time_items
    assert credit.price.entry == credit.price.original.entry  # type: ignore[union-attr]
    assert (credit.order_item.id, credit.reduced_by.id) == (  # type: ignore[union-attr]
        item_of(bundle, 0)["Id"],
        item_of(bundle, 2)["Id"],
    )


def test_pror_16_no_credit_without_the_setting() -> None:
    """PROR-16: the same as PROR-09 without the credit."""
    bundle = amend(an_order([silver()], "2026-03-01", 24), "2026-05-01", lines=[change("Silver", 0), gold()])
    assert once(contract_of(bundle).updates[0].phases[1]) == [(1, "200000")]


def test_credit_settings_tell_lines_from_units() -> None:
    """One setting is for lines that go, the other for lines that shrink."""
    shrinks = amend(an_order([silver(quantity=3)], "2026-03-01"), "2026-05-01", lines=[change("Silver", 1)])
    assert once(contract_of(shrinks, credit_terminated_lines=True).updates[0].phases[1]) == []
    assert once(contract_of(shrinks, credit_quantity_reductions=True).updates[0].phases[1]) == [(2, "-100000")]


def test_reduction_on_a_billing_date_gives_nothing_back() -> None:
    """What starts on a billing date was not billed ahead."""
    bundle = amend(an_order([seat("120.00", 3)], "2026-03-01"), "2026-05-01", lines=[change(SEAT, 1)])
    assert once(contract_of(bundle, **CREDITS).updates[0].phases[1]) == []


@pytest.mark.parametrize(("start", "term"), [("2026-03-04", 11), ("2026-04-04", 10)])
def test_pror_18_another_precision_than_the_org(start: str, term: int) -> None:
    """PROR-18, PROR-19: figures of an org that counts days do not agree with precision month, and the other way round."""
    bundle = amend(an_order([seat()], "2026-03-01"), start, term, lines=[change(SEAT, 2)])
    assert codes(bundle, prorate_precision="month", **OPEN) == ["E514"]
    whole = amend(an_order([seat()], "2026-03-01"), start, term, lines=[change(SEAT, 2)], precision="month")
    assert codes(whole, **OPEN) == ["E514"]


def test_pror_18_part_month_counts_whole_with_precision_month() -> None:
    """PROR-18: three days into a month, an org that counts months sells twelve: the part is billed as a whole month."""
    bundle = amend(an_order([seat()], "2026-03-01"), "2026-03-04", 11, lines=[change(SEAT, 2)], precision="month")
    (update,) = contract_of(bundle, prorate_precision="month", **OPEN).updates
    assert once(update.phases[1]) == [(1, "12000")]


def test_pror_19_part_month_of_a_year_counts_whole_with_precision_month() -> None:
    """PROR-19: ten months and a part are eleven: 110 of a yearly 120."""
    bundle = an_order([seat("120.00", frequency="Annual")], "2026-03-01")
    bundle = amend(bundle, "2026-04-04", 10, lines=[change(SEAT, 2)], precision="month")
    (update,) = contract_of(bundle, prorate_precision="month", **OPEN).updates
    assert once(update.phases[1]) == [(1, "11000")]


def test_pror_20_days_of_a_monthly_line() -> None:
    """PROR-20: eight days of a month of 120 are 31.56, billed once; ten months follow by themselves."""
    bundle = an_order([seat("120.00")], "2023-03-22", as_of="2023-03-22T00:00:00Z")
    bundle = amend(bundle, "2023-05-14", 10, lines=[change(SEAT, 2)])
    (update,) = contract_of(bundle, **OPEN).updates
    assert spans(update.phases) == [("2023-03-22", "2023-05-14"), ("2023-05-14", "2024-03-22")]
    assert once(update.phases[1]) == [(1, "3156")]
    assert item_of(bundle, 1)["TotalPrice"] == 1231.56


def test_pror_21_the_unit_price_is_rounded_and_not_the_line() -> None:
    """PROR-21: 49 units at 333.31 are 16332.19, what the order says."""
    bundle = an_order([seat("377.63", frequency="Annual")], "2023-03-22", as_of="2023-03-22T00:00:00Z")
    bundle = amend(bundle, "2023-05-04", 10, lines=[change(SEAT, 50)])
    (update,) = contract_of(bundle, **OPEN).updates
    assert once(update.phases[1]) == [(49, "33331")]
    assert 49 * Decimal("333.31") == Decimal(str(item_of(bundle, 1)["TotalPrice"]))


def test_back_01_missed_cycles_of_a_monthly_line() -> None:
    """BACK-01: two missed periods are billed once, for the time from the amendment to the next billing date."""
    bundle = an_order([seat("24.00")], "2026-01-01", as_of="2026-03-02T09:00:00Z")
    bundle = amend(bundle, "2026-02-01", 11, lines=[change(SEAT, 2)])
    (update,) = contract_of(bundle).updates
    assert spans(update.phases) == [("2026-01-01", "now"), ("now", "2027-01-01")]
    assert once(update.phases[1]) == [(1, "4800")]
    (extra,) = update.phases[1].one_time_items
    assert (extra.period_start, extra.period_start_date) == ("timestamp", date(2026, 2, 1))
    assert (extra.period_end, extra.period_end_date) == ("timestamp", date(2026, 4, 1))
    assert item_of(bundle, 1)["TotalPrice"] == 264


def test_back_02_four_missed_cycles() -> None:
    """BACK-02: four months and a day in, an amendment of month one has missed four cycles."""
    bundle = an_order([seat("24.00")], "2025-11-01", as_of="2026-03-02T09:00:00Z")
    bundle = amend(bundle, "2025-12-01", 11, lines=[change(SEAT, 2)])
    assert once(contract_of(bundle).updates[0].phases[1]) == [(1, "9600")]


def test_back_03_missed_part_of_a_year() -> None:
    """BACK-03: eleven months of a yearly line are billed now, to the end of the contract."""
    bundle = an_order([seat("120.00", frequency="Annual")], "2025-11-01", as_of="2026-03-01T09:00:00Z")
    bundle = amend(bundle, "2025-12-01", 11, lines=[change(SEAT, 2)])
    (update,) = contract_of(bundle).updates
    assert once(update.phases[1]) == [(1, "11000")]
    assert update.phases[1].one_time_items[0].period_end_date == date(2026, 11, 1)


def test_back_06_past_invoices_are_skipped() -> None:
    """BACK-06: the schedule starts on its true day and bills nothing of the past; an amendment's missed cycle is billed."""
    bundle = an_order([seat("120.00")], "2025-12-01", as_of="2026-03-03T09:00:00Z", skip_past_invoices=True)
    contract = contract_of(bundle)
    assert spans(contract.phases) == [("2025-12-01", "2026-12-01")]
    assert contract.phases[0].proration_behavior == "none"
    bundle = amend(bundle, "2026-04-01", 8, lines=[change(SEAT, 2)], as_of="2026-04-03T09:00:00Z")
    (update,) = contract_of(bundle).updates
    assert [items(each) for each in update.phases] == [[(1, "12000")], [(1, "12000"), (1, "12000")]]
    assert once(update.phases[1]) == [(1, "12000")]


def test_back_07_past_invoices_of_a_year_are_skipped() -> None:
    """BACK-07: two more yearly units with eight months left are 80 each."""
    bundle = an_order(
        [seat("120.00", frequency="Annual")], "2025-11-21", as_of="2026-03-25T09:00:00Z", skip_past_invoices=True
    )
    bundle = amend(bundle, "2026-03-21", 8, lines=[change(SEAT, 3)])
    (update,) = contract_of(bundle).updates
    assert (items(update.phases[1]), once(update.phases[1])) == ([(1, "12000"), (2, "12000")], [(2, "8000")])


def test_back_08_dates_of_spring() -> None:
    """BACK-08: planned in early April, a monthly line added on 15 March has missed one cycle."""
    bundle = an_order([seat("24.00")], "2023-02-15", as_of="2023-04-03T09:00:00Z")
    bundle = amend(bundle, "2023-03-15", 11, lines=[change(SEAT, 2)])
    assert once(contract_of(bundle).updates[0].phases[1]) == [(1, "2400")]
    assert item_of(bundle, 1)["TotalPrice"] == 264


def test_back_09_dates_of_winter() -> None:
    """BACK-09: the same for a yearly line."""
    bundle = an_order([seat("120.00", frequency="Annual")], "2023-01-15", as_of="2023-04-03T09:00:00Z")
    bundle = amend(bundle, "2023-02-15", 11, lines=[change(SEAT, 2)])
    assert once(contract_of(bundle).updates[0].phases[1]) == [(1, "11000")]


def test_lines_of_an_amendment_bill_what_was_sold() -> None:
    """What Stripe bills by itself and what is billed once are the line's total together."""
    bundle = an_order([seat("99.99", discount="7")], "2026-01-31", as_of="2026-01-01T00:00:00Z")
    bundle = amend(bundle, "2026-05-13", lines=[change(SEAT, 4)])
    (update,) = contract_of(bundle, **OPEN).updates
    added = update.phases[1].items[1]
    (extra,) = update.phases[1].one_time_items
    assert extra.price.amount is not None
    assert added.price.amount is not None
    billed = 3 * (extra.price.amount.amount + 8 * added.price.amount.amount)
    assert billed == Decimal(str(item_of(bundle, 1)["TotalPrice"]))


@pytest.mark.parametrize(
    ("start", "term", "days"), [("2023-01-02", 11, 30), ("2023-01-30", 11, 2), ("2023-02-27", 10, 5)]
)
def test_unit_05_days_of_a_part_month(start: str, term: int, days: int) -> None:
    """UNIT-05: whole days between the start plus its whole months, and the end."""
    assert whole_months(date.fromisoformat(start), date(2024, 1, 1)) == (term, days)


def test_unit_07_month_end() -> None:
    """UNIT-07: two months after 31 December are clamped to 29 February."""
    assert whole_months(date(2023, 12, 31), date(2024, 3, 15)) == (2, 15)


def test_billing_dates_are_counted_from_the_start() -> None:
    """31 January is followed by 28 February, and that by 31 March."""
    assert [add_months(date(2026, 1, 31), n) for n in (1, 2, 3)] == [
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


def test_cycles_that_are_billed_end_with_the_contract() -> None:
    """A cycle counts from its billing date on, and only when all of it lies in the contract."""
    start, end = date(2026, 3, 1), date(2027, 9, 1)

    def count(since: date) -> int:
        return cycles_billed(start, 12, datetime(since.year, since.month, since.day, tzinfo=UTC), end)

    assert (count(date(2026, 3, 1)), count(date(2026, 3, 2)), count(date(2027, 3, 1))) == (1, 0, 0)


def test_part_months_by_precision() -> None:
    """Twelve days are 12 / (365/12) of a month, or a whole one."""
    start, end = date(2026, 3, 1), date(2026, 5, 13)
    assert covered_months(start, end, "month") == 3
    assert covered_months(start, end, "month_and_day").quantize(Decimal("0.000001")) == Decimal("2.394521")
    assert plausible_months(date(2027, 2, 28), date(2027, 9, 30), "month_and_day")[0] == 7


def test_term_01_future_termination_shortens_the_last_phase() -> None:
    """TERM-01: all units gone in month 9: no new phase, the end moves, nothing else changes."""
    bundle = amend(an_order([seat("10.00")], "2026-03-01"), "2026-12-01", lines=[change(SEAT, 0)])
    contract = contract_of(bundle)
    (update,) = contract.updates
    assert spans(update.phases) == [("2026-03-01", "2026-12-01")]
    assert (items(update.phases[0]), once(update.phases[0])) == ([(1, "1000")], [])
    assert (update.action, update.phases[0].ended_by) == ("update", update.order)
    assert update.phases[0].order == contract.order


def test_term_03_termination_today_cancels() -> None:
    """TERM-03: a started order that is terminated today is cancelled at once."""
    bundle = amend(
        an_order([seat()], "2026-03-01"), "2026-03-01", lines=[change(SEAT, 0)], as_of="2026-03-01T12:00:00Z"
    )
    (update,) = contract_of(bundle).updates
    assert update.action == "cancel"
    assert update.phases[0].items[0].ended_by == update.order


def test_term_05_reduction_is_spread_over_the_lines_of_a_kind() -> None:
    """TERM-05: two units of two lines that go with one reduction end the contract."""
    bundle = amend(an_order([seat("10.00")], "2026-03-01"), "2026-06-01", lines=[change(SEAT, 2)])
    bundle = amend(bundle, "2026-09-01", lines=[change(SEAT, 0)])
    _, update = contract_of(bundle).updates
    assert spans(update.phases) == [("2026-03-01", "2026-06-01"), ("2026-06-01", "2026-09-01")]


def test_termination_where_a_future_phase_would_begin_drops_it() -> None:
    """A termination on the day of a future amendment leaves the phase before, without what was pending."""
    bundle = an_order([seat("120.00", frequency="Annual")], "2026-03-01")
    bundle = amend(bundle, "2026-09-01", lines=[change(SEAT, 2)])
    bundle = amend(bundle, "2026-09-01", lines=[change(SEAT, 0)])
    _, update = contract_of(bundle).updates
    assert spans(update.phases) == [("2026-03-01", "2026-09-01")]
    assert once(update.phases[0]) == []


def test_termination_with_a_one_time_line() -> None:
    """Nothing can be added by an order that ends its contract."""
    from tests.builders import setup_fee

    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change(SEAT, 0), setup_fee()])
    assert codes(bundle) == ["E538"]


def test_phases_that_are_over_are_not_sent() -> None:
    """UNIT-02: a phase that ended before the plan is dropped from the update."""
    bundle = amend(
        an_order([seat("10.00")], "2025-03-01", as_of="2025-02-01T00:00:00Z"), "2025-06-01", lines=[change(SEAT, 2)]
    )
    for order in bundle["records"]["Order"]:
        order["Stripe_ID__c"] = "sub_sched_1"
    bundle = amend(bundle, "2025-12-01", lines=[change(SEAT, 3)], as_of="2025-10-10T09:00:00Z")
    (update,) = contract_of(bundle).updates
    assert spans(update.phases) == [("2025-06-01", "2025-12-01"), ("2025-12-01", "2026-03-01")]
    assert changed(bundle, "Order") == bundle
