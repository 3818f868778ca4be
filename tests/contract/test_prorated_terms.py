"""Terms that are no whole number of cycles: FRNT and BKND; rounding; one-time orders: ONE; currencies: CUR."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.builders import amend, an_order, change, seat, setup_fee, usage
from tests.contract.contracts import changed, codes, contract_of, finding, item_of, items, minor, once, spans

AS_OF = "2026-02-16T09:00:00Z"


def test_frnt_01_short_term_is_billed_at_its_own_worth() -> None:
    """FRNT-01: nine months of 1200 a year are one bill of 900."""
    contract = contract_of(an_order([seat("1200.00", frequency="Annual")], "2026-03-01", 9))
    assert spans(contract.phases) == [("2026-03-01", "2026-12-01")]
    assert items(contract.phases[0]) == [(1, "90000")]
    assert [(each.kind, each.cycle_months) for each in contract.prices] == [("line", 12)]


def test_frnt_02_short_term_at_the_price_of_a_cycle() -> None:
    """FRNT-02: without the setting a whole cycle is billed by the list price."""
    bundle = an_order([seat("1200.00", frequency="Annual")], "2026-03-01", 9)
    contract = contract_of(bundle, prorate_short_terms=False)
    assert items(contract.phases[0]) == [(1, "120000")]
    assert contract.prices[0].kind == "list"


@pytest.mark.parametrize(("quantity", "items_then"), [(1, [(1, "90000")]), (6, [(4, "90000"), (2, "90000")])])
def test_short_term_amended_before_it_starts(quantity: int, items_then: list[tuple[int, str]]) -> None:
    """An amendment on the start day is billed at the worth of the term, with nothing to add and nothing to give back."""
    bundle = an_order([seat("1200.00", 4, frequency="Annual")], "2026-03-01", 9, as_of="2026-02-16T09:00:00Z")
    bundle = amend(bundle, "2026-03-01", lines=[change("Workspace seat", quantity)])
    contract = contract_of(bundle, credit_quantity_reductions=True, credit_terminated_lines=True)
    (phase,) = contract.updates[-1].phases
    assert ([(each.quantity, minor(each.price)) for each in phase.items], once(phase)) == (items_then, [])


def test_frnt_03_usage_keeps_its_price_in_a_short_term() -> None:
    """FRNT-03: a unit of usage costs what it costs, however short the term."""
    contract = contract_of(an_order([usage("12.00", frequency="Annual")], "2026-03-01", 9))
    assert items(contract.phases[0]) == [(None, "1200")]


def test_bknd_01_long_term_has_a_tail() -> None:
    """BKND-01: 18 months of 120 a year are a year of 120 and a tail of 60, billed once for the tail."""
    bundle = an_order([seat("120.00", frequency="Annual")], "2026-03-01", 18)
    contract = contract_of(bundle)
    first, tail = contract.phases
    assert spans(contract.phases) == [("2026-03-01", "2027-03-01"), ("2027-03-01", "2027-09-01")]
    assert (items(first), once(first)) == ([(1, "12000")], [])
    assert (items(tail), once(tail), tail.proration_behavior) == ([(1, "12000")], [(1, "6000")], "none")
    assert tail.backend_proration
    (extra,) = tail.one_time_items
    assert (extra.period_start, extra.period_end) == ("phase_start", "phase_end")
    assert (extra.proration, extra.backend_proration) == (True, True)
    assert (extra.price.recurring, extra.price.proration, extra.price.auto_archive) == (False, True, True)
    assert extra.price.original is contract.prices[0]
    assert extra.price.origin["amount"].formula == "180 − 1 × 120 = 60"


def test_bknd_02_amendment_at_the_tail_is_merged_with_it() -> None:
    """BKND-02: one more unit from the tail on: two phases, each unit's rest billed once."""
    bundle = an_order([seat("120.00", frequency="Annual")], "2026-03-01", 18)
    bundle = amend(bundle, "2027-03-01", lines=[change("Workspace seat", 2)])
    (update,) = contract_of(bundle).updates
    first, tail = update.phases
    assert spans(update.phases) == [("2026-03-01", "2027-03-01"), ("2027-03-01", "2027-09-01")]
    assert items(first) == [(1, "12000")]
    assert (items(tail), tail.proration_behavior) == ([(1, "12000"), (1, "12000")], "none")
    assert once(tail) == [(1, "6000"), (1, "6000")]
    assert [each.backend_proration for each in tail.one_time_items] == [True, False]
    assert all(each.price.proration for each in tail.one_time_items)
    assert tail.backend_proration


def test_bknd_units_taken_before_the_tail_leave_its_bill() -> None:
    """A unit that goes when the tail begins is not billed in the tail, and not credited either."""
    bundle = an_order([seat("120.00", 3, frequency="Annual")], "2026-03-01", 18)
    bundle = amend(bundle, "2027-03-01", lines=[change("Workspace seat", 1)])
    (update,) = contract_of(bundle, credit_quantity_reductions=True).updates
    assert (items(update.phases[1]), once(update.phases[1])) == ([(1, "12000")], [(1, "6000")])


def test_order_whose_whole_cycles_are_over() -> None:
    """A schedule cannot be made whose first phase is past."""
    bundle = an_order([seat("120.00", frequency="Annual")], "2025-01-01", 18, as_of="2026-03-01T00:00:00Z")
    assert codes(bundle) == ["E563"]


def test_amendment_before_the_tail() -> None:
    """A unit more for the last 12 of 18 months, billed yearly: no cycle of it fits, so its 120.00 are billed at once."""
    bundle = an_order([seat("120.00", frequency="Annual", product_term=12)], "2026-03-01", 18)
    contract = contract_of(amend(bundle, "2026-09-01", lines=[change("Workspace seat", 2)]))
    (update,) = contract.updates
    assert [(str(each.start), str(each.end)) for each in update.phases] == [
        ("2026-03-01", "2026-09-01"),
        ("2026-09-01", "2027-03-01"),
        ("2027-03-01", "2027-09-01"),
    ]
    assert [once(each) for each in update.phases] == [[], [(1, "12000")], [(1, "6000")]]


def test_units_taken_away_before_the_tail_take_their_tail_along() -> None:
    """One of two units leaves after six of 18 months: half a year is credited, and its tail is never billed."""
    bundle = an_order([seat("120.00", 2, frequency="Annual", product_term=12)], "2026-03-01", 18)
    bundle = amend(bundle, "2026-09-01", lines=[change("Workspace seat", 1)])
    (update,) = contract_of(bundle, credit_quantity_reductions=True).updates
    assert [once(each) for each in update.phases] == [[], [(1, "-6000")], [(1, "6000")]]


def test_one_time_lines_stand_in_the_first_phase_of_a_long_term() -> None:
    """A setup fee is billed at the start, not with the tail."""
    contract = contract_of(an_order([seat("120.00", frequency="Annual"), setup_fee("50.00")], "2026-03-01", 18))
    assert [once(each) for each in contract.phases] == [[(1, "5000")], [(1, "6000")]]


def test_one_01_order_without_recurring_lines() -> None:
    """ONE-01: an invoice, for which neither start nor term is needed."""
    contract = contract_of(an_order([setup_fee("100.00")], None, None))
    assert (contract.kind, contract.start, contract.phases) == ("one_time", None, ())
    assert [(each.quantity, minor(each.price)) for each in contract.invoice_items] == [(1, "10000")]
    assert contract.prices[0].recurring is False


def test_one_01_planned_invoice() -> None:
    """ONE-01: an order that carries the id of an invoice was planned; the id of a schedule is another thing."""
    bundle = an_order([setup_fee("100.00")], None, None)
    assert contract_of(changed(bundle, "Order", 0, Stripe_ID__c="in_1")).planned
    assert not contract_of(changed(bundle, "Order", 0, Stripe_ID__c="sub_sched_1")).planned


def test_cur_01_currency_of_the_order() -> None:
    """CUR-01: an order in pounds has prices in pounds."""
    contract = contract_of(an_order([seat("120.00")], currency="GBP"))
    assert (contract.currency, contract.prices[0].currency) == ("gbp", "gbp")


def test_cur_07_default_currency_is_lower_case() -> None:
    """CUR-07: records without a currency have the one of the setting, in lower case."""
    bundle = an_order([seat("120.00")], currency=None)
    assert contract_of(bundle).currency == "usd"
    assert contract_of(bundle, default_currency="AUD").currency == "aud"


def test_currency_that_is_no_code() -> None:
    """A currency is three letters."""
    assert codes(an_order([seat()], currency=None), default_currency="dollars") == ["E518"]


def test_cur_02_line_in_another_currency() -> None:
    """CUR-02: one contract has one currency."""
    assert codes(changed(an_order([seat()]), "OrderItem", 0, CurrencyIsoCode="GBP")) == ["E517"]


def test_amendment_in_another_currency() -> None:
    """CUR-06: neither can an amendment change it."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change("Workspace seat", 2)])
    assert codes(changed(bundle, "Order", 1, CurrencyIsoCode="GBP")) == ["E517"]


def test_zero_decimal_currency() -> None:
    """CUR: 1000 yen a month are 1000 minor units; the rounding of CPQ to whole yen is undone."""
    bundle = an_order([seat("1000", frequency="Quarterly")], "2026-03-01", 15, currency="JPY")
    assert items(contract_of(bundle).phases[0]) == [(1, "250")]


def test_three_decimal_currency() -> None:
    """CUR: 12.5 dinars are 12500 fils."""
    assert items(contract_of(an_order([seat("12.50")], currency="KWD")).phases[0]) == [(1, "12500")]


def thousand(start: str = "2026-03-01", as_of: str = AS_OF, quantity: int = 1) -> dict[str, object]:
    """36 months for 1000.00, billed monthly: no invoice can be a whole cent."""
    bundle = an_order([seat("27.78", quantity)], start, 36, as_of=as_of)
    total = 1000 * quantity
    return changed(bundle, "OrderItem", 0, UnitPrice=1000, TotalPrice=total, SBQQ__QuotedListPrice__c=None)


def test_rounding_is_left_alone_by_default() -> None:
    """36 invoices of 27.78 are 1000.08; reconciliation reports it."""
    contract = contract_of(thousand())
    assert minor(contract.prices[0]) == "2777.777777777778"
    assert once(contract.phases[0]) == []


def test_rounding_is_balanced_on_the_first_invoice() -> None:
    """With the setting the first invoice takes the 8 cents back, so that 1000.00 are billed."""
    contract = contract_of(thousand(), balance_rounding="first_invoice")
    assert once(contract.phases[0]) == [(1, "-8")]
    (extra,) = contract.phases[0].one_time_items
    assert (extra.rounding, extra.price.kind, extra.price.proration) == (True, "rounding", False)
    assert 36 * Decimal("27.78") + Decimal("-0.08") == 1000


def test_rounding_of_a_past_start_counts_its_first_invoice_once() -> None:
    """Three past months are one invoice line of 83.33, 33 more are 27.78: 1000.07 in all."""
    contract = contract_of(thousand("2025-12-01"), balance_rounding="first_invoice")
    assert once(contract.phases[0]) == [(1, "-7")]


@pytest.mark.parametrize("quantity", [3, 9])
def test_rounding_counts_the_units_of_a_line_together(quantity: int) -> None:
    """A line of several units is one amount on an invoice."""
    contract = contract_of(thousand(quantity=quantity), balance_rounding="first_invoice")
    each = (Decimal(1000) * quantity / 36).quantize(Decimal("0.01"))
    expected = 1000 * quantity - 36 * each
    assert once(contract.phases[0]) == ([(1, str(int(expected * 100)))] if expected else [])
    assert item_of(thousand(quantity=quantity))["TotalPrice"] == 1000 * quantity


def test_rounding_of_one_past_invoice_is_counted_as_it_rounds() -> None:
    """Twelve invoices of 12.345 are 12.35 each, the past one too: 6 cents more than 148.14."""
    bundle = an_order([seat("12.35")], "2026-02-01", 12, as_of=AS_OF)
    bundle = changed(bundle, "OrderItem", 0, UnitPrice=148.14, TotalPrice=148.14, SBQQ__QuotedListPrice__c=None)
    assert once(contract_of(bundle, balance_rounding="first_invoice").phases[0]) == [(1, "-6")]


def test_a_multiplier_of_four_places_is_taken_for_its_months() -> None:
    """Five of twelve months are 0.41666…, which CPQ may keep as 0.4167; 0.4168 are none."""
    bundle = an_order([seat("120.00", frequency="Annual")], "2026-03-01", 5)
    assert codes(changed(bundle, "OrderItem", 0, SBQQ__ProrateMultiplier__c=0.4167)) == []
    assert codes(changed(bundle, "OrderItem", 0, SBQQ__ProrateMultiplier__c=0.4168)) == ["E514"]


def test_figures_of_a_message_have_six_places() -> None:
    """Five of twelve months are 0.41666…"""
    bundle = changed(
        an_order([seat("120.00", frequency="Annual")], "2026-03-01", 5), "OrderItem", 0, SBQQ__ProrateMultiplier__c=0.5
    )
    assert "0.416667 with prorate_precision" in finding(bundle, "E514").message
