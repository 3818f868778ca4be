"""Ramps: MDQ scenarios."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.builders import amend, an_order, change, coupon, ramp, seat, usage
from tests.contract.contracts import changed, codes, contract_of, finding, items, once, spans
from tests.plan.plans import document_of, with_forecast

NAME = "Platform licence"


def two_years(**more: Any) -> dict[str, Any]:
    """MDQ-02: a licensed ramp, a metered ramp and plain usage, for 24 months."""
    lines = [
        ramp("120.00", quantities=[1, 1]),
        ramp("0.10", quantities=[1, 1], name="Metered platform", metered=True),
        usage("0.05"),
    ]
    return an_order(lines, "2026-03-01", 24, **more)


def test_mdq_01_a_phase_for_each_segment() -> None:
    """MDQ-01: three yearly segments are three phases, each with its own line."""
    contract = contract_of(an_order([ramp("120.00", quantities=[1, 2, 3])], "2026-03-01", 36))
    assert contract.segmented
    assert spans(contract.phases) == [
        ("2026-03-01", "2027-03-01"),
        ("2027-03-01", "2028-03-01"),
        ("2028-03-01", "2029-03-01"),
    ]
    assert [items(each) for each in contract.phases] == [[(1, "12000")], [(2, "12000")], [(3, "12000")]]
    assert [once(each) for each in contract.phases] == [[], [], []]
    assert [(each.segment_index, each.segment_label) for each in contract.phases] == [
        (1, "Year 1"),
        (2, "Year 2"),
        (3, "Year 3"),
    ]
    assert [each.proration_behavior for each in contract.phases] == ["create_prorations", "none", "none"]
    assert len({each.items[0].segment_key for each in contract.phases}) == 1


def test_mdq_02_other_lines_repeat_in_every_phase() -> None:
    """MDQ-02: two phases of three items; plain usage stands in both."""
    contract = contract_of(two_years())
    assert [items(each) for each in contract.phases] == [[(1, "12000"), (None, "10"), (None, "5")]] * 2
    usages = [each.items[2].order_item for each in contract.phases]
    assert usages[0] == usages[1]
    assert [each.items[2].segment_key for each in contract.phases] == [None, None]


def test_mdq_03_quarterly_segments_of_a_yearly_price() -> None:
    """MDQ-03: 120 a year, billed quarterly, is 30 a quarter in each year."""
    contract = contract_of(an_order([ramp("120.00", quantities=[1, 1], frequency="Quarterly")], "2026-06-01", 24))
    assert [items(each) for each in contract.phases] == [[(1, "3000")], [(1, "3000")]]


def test_mdq_04_coupons_on_a_ramp() -> None:
    """MDQ-04: the order's coupon is on every phase, the segment's on its item: the first invoice is 120 x 0.75 - 10."""
    line = ramp("120.00", quantities=[1, 1], coupons=[coupon("Quarter off", percent_off="25")])
    bundle = an_order([line], "2026-03-01", 24, coupons=[coupon("Ten off", amount_off="10.00")])
    contract = contract_of(bundle)
    assert [items(each) for each in contract.phases] == [[(1, "12000")], [(1, "12000")]]
    assert [[each.name for each in phase.discounts] for phase in contract.phases] == [["Ten off"], ["Ten off"]]
    assert [[each.name for each in phase.items[0].discounts] for phase in contract.phases] == [["Quarter off"], []]
    assert 12000 * 0.75 - 1000 == 8000


def test_mdq_05_current_segment_is_split_now() -> None:
    """MDQ-05: more units today: the current segment is split, the future one replaced; the started cycle is billed once."""
    bundle = amend(two_years(), "2026-03-01", lines=[change(NAME, 2)], as_of="2026-03-01T15:00:00Z")
    contract = contract_of(bundle)
    (update,) = contract.updates
    assert spans(update.phases) == [("2026-03-01", "now"), ("now", "2027-03-01"), ("2027-03-01", "2028-03-01")]
    assert [each.segment_index for each in update.phases] == [1, 1, 2]
    assert [each.order for each in update.phases] == [contract.order, update.order, update.order]
    assert [each.proration_behavior for each in update.phases] == ["create_prorations", "none", "none"]
    assert [items(each) for each in update.phases[1:]] == [
        [(1, "12000"), (None, "10"), (None, "5"), (1, "12000")],
        [(1, "12000"), (None, "10"), (None, "5"), (1, "12000")],
    ]
    assert [once(each) for each in update.phases] == [[], [(1, "12000")], []]


def test_mdq_05_at_the_first_moment_the_first_cycle_is_billed() -> None:
    """MDQ-05: a plan is carried out after its moment, so at midnight the cycle that begins then is billed already."""
    bundle = amend(two_years(), "2026-03-01", lines=[change(NAME, 2)], as_of="2026-03-01T00:00:00Z")
    (update,) = contract_of(bundle).updates
    assert len(update.phases) == 2 + 1
    assert [once(each) for each in update.phases] == [[], [(1, "12000")], []]


def test_mdq_06_future_segment_is_replaced() -> None:
    """MDQ-06: an amendment of the second year changes its phase in place, and no other."""
    lines = [ramp("120.00", quantities=[1, 1, 1]), ramp("0.10", quantities=[1, 1, 1], name="Metered", metered=True)]
    bundle = an_order(lines, "2026-03-01", 36)
    bundle = amend(bundle, "2027-03-01", lines=[change("Metered", 2, segment=2)])
    bundle = changed(bundle, "OrderItem", 6, SBQQ__SegmentIndex__c=None, SBQQ__SegmentKey__c=None)
    contract = contract_of(bundle)
    (update,) = contract.updates
    assert spans(update.phases) == spans(contract.phases)
    assert [items(each) for each in update.phases] == [
        [(1, "12000"), (None, "10")],
        [(1, "12000"), (None, "10"), (None, "10")],
        [(1, "12000"), (None, "10")],
    ]
    assert [each.order for each in update.phases] == [contract.order, update.order, contract.order]
    assert [each.proration_behavior for each in update.phases] == ["create_prorations", "none", "none"]


def test_mdq_08_amendment_between_segments() -> None:
    """MDQ-08: two days into the third year is no segment's start."""
    bundle = an_order([ramp("120.00", quantities=[1, 1, 1, 1])], "2026-03-01", 48)
    bundle = amend(bundle, "2028-03-03", lines=[change(NAME, 2)])
    assert set(codes(bundle, non_anniversary_amendments=True)) == {"E550"}


def test_mdq_09_start_that_the_contract_does_not_say() -> None:
    """MDQ-09: the contract's amendment start date must be the quote's."""
    bundle = amend(two_years(), "2027-03-01", lines=[change(NAME, 2)])
    bundle = changed(bundle, "Contract", 0, SBQQ__AmendmentStartDate__c="2027-03-02")
    assert codes(bundle) == ["E551"]


def test_full_termination_of_a_started_ramp_cancels() -> None:
    """All lines gone today: the schedule is cancelled."""
    bundle = an_order([ramp("120.00", quantities=[1, 2])], "2026-03-01", 24)
    bundle = amend(bundle, "2026-03-01", lines=[change(NAME, 0)], as_of="2026-03-01T15:00:00Z")
    (update,) = contract_of(bundle).updates
    assert update.action == "cancel"


def test_termination_of_future_segments_ends_before_them() -> None:
    """All lines of the second year gone: the contract ends with the first."""
    bundle = an_order([ramp("120.00", quantities=[1, 2])], "2026-03-01", 24)
    (update,) = contract_of(amend(bundle, "2027-03-01", lines=[change(NAME, 0)])).updates
    assert spans(update.phases) == [("2026-03-01", "2027-03-01")]
    assert update.phases[0].ended_by == update.order


def test_units_taken_from_one_segment() -> None:
    """A reduction of the second year leaves the third as it is."""
    bundle = an_order([ramp("120.00", quantities=[3, 3, 3])], "2026-03-01", 36)
    (update,) = contract_of(amend(bundle, "2027-03-01", lines=[change(NAME, 1, segment=2)])).updates
    assert [items(each) for each in update.phases] == [[(3, "12000")], [(1, "12000")], [(3, "12000")]]


def test_prices_that_rise() -> None:
    """A segment with a price of its own has a line price; the listed one has not."""
    bundle = an_order([ramp("120.00", quantities=[1, 1], prices=["120.00", "132.00"])], "2026-03-01", 24)
    contract = contract_of(bundle)
    assert [items(each) for each in contract.phases] == [[(1, "12000")], [(1, "13200")]]
    assert [each.kind for each in contract.prices] == ["list", "line"]


def test_past_start_that_skips_its_invoices() -> None:
    """The first phase prorates nothing when past invoices are skipped."""
    bundle = an_order([ramp("120.00", quantities=[1, 1])], "2026-01-01", 24, skip_past_invoices=True)
    assert [each.proration_behavior for each in contract_of(bundle).phases] == ["none", "none"]


@pytest.mark.parametrize(("term", "frequency"), [(18, "Annual"), (14, "Quarterly")])
def test_segments_that_no_cycle_fits(term: int, frequency: str) -> None:
    """A last segment that is no whole number of cycles could not be billed within itself."""
    bundle = an_order([ramp("120.00", quantities=[1, 1], frequency=frequency)], "2026-03-01", term)
    assert codes(bundle) == ["E552"]


def test_custom_segments() -> None:
    """A first segment that is shorter than the second is custom."""
    bundle = an_order([ramp("120.00", quantities=[1, 1])], "2026-03-01", 24)
    for number, last in ((0, "2026-08-31"),):
        bundle = changed(bundle, "OrderItem", number, EndDate=last, SBQQ__ProrateMultiplier__c=6, UnitPrice=720)
    bundle = changed(bundle, "OrderItem", 1, ServiceDate="2026-09-01", SBQQ__ProrateMultiplier__c=18, UnitPrice=2160)
    assert codes(bundle) == ["E552"]


def test_products_with_different_segments() -> None:
    """Two ramps of one order share their segments."""
    lines = [ramp("120.00", quantities=[1, 1]), ramp("10.00", quantities=[1] * 8, dimension="Quarter", name="Other")]
    assert codes(an_order(lines, "2026-03-01", 24)) == ["E552"]


def test_line_without_segments_that_an_amendment_adds() -> None:
    """A line that belongs to no segment stands in every phase from the amendment on, and is worth the rest of the term."""
    bundle = amend(two_years(), "2027-03-01", lines=[seat("10.00")])
    (update,) = contract_of(bundle).updates
    assert [len(each.items) for each in update.phases] == [3, 4]
    assert update.phases[1].start == date(2027, 3, 1)


def test_each_segment_of_a_ramp_is_balanced_with_its_first_invoice() -> None:
    """12 × 83.33 are 999.96, and 12 × 166.67 are 2,000.04 for two units."""
    sold = an_order([ramp("1000.00", quantities=[1, 2], frequency="Monthly", product_term=12)], "2026-03-01", 24)
    contract = contract_of(sold, balance_rounding="first_invoice")
    assert [once(each) for each in contract.phases] == [[(1, "4")], [(1, "-4")]]
    assert [once(each) for each in contract_of(sold).phases] == [[], []]


MONTH_ENDS = [
    ("2026-01-31", "Quarter", "Quarterly", 3),
    ("2026-01-31", "Quarter", "Monthly", 3),
    ("2026-08-31", "Month", "Monthly", 1),
    ("2026-12-30", "Month", "Monthly", 1),
]


def of_whole_segments(start: str, dimension: str, frequency: str, step: int) -> dict[str, Any]:
    """A ramp of six segments whose lines are sold for the whole months of a segment, whatever days a month has."""
    line = ramp("120.00", quantities=[1, 2, 3, 1, 2, 3], dimension=dimension, frequency=frequency)
    bundle = an_order([line], start, 6 * step, as_of="2025-11-01T00:00:00Z")
    for item in bundle["records"]["OrderItem"]:
        term = item["SBQQ__DefaultSubscriptionTerm__c"] or 12
        item["SBQQ__ProrateMultiplier__c"] = step / term
        item["UnitPrice"] = round(120 * step / term, 2)
        item["TotalPrice"] = item["UnitPrice"] * item["Quantity"]
    return bundle


@pytest.mark.parametrize(("start", "dimension", "frequency", "step"), MONTH_ENDS)
def test_segments_from_a_month_end_are_whole_cycles(start: str, dimension: str, frequency: str, step: int) -> None:
    """From 30 April to 31 July is a quarter of a contract of the 31st, and bills what it was sold for."""
    document = with_forecast(document_of(of_whole_segments(start, dimension, frequency, step)))
    assert [each["code"] for each in document["diagnostics"]] == []
    bundle = of_whole_segments(start, dimension, frequency, step)
    sold = sum(round(each["TotalPrice"] * 100) for each in bundle["records"]["OrderItem"])
    assert document["forecast"]["total"] == sold


def test_the_end_of_a_segment_may_stand_on_its_quote_line_alone() -> None:
    """An order line without an end has that of its quote line."""
    bundle = an_order([ramp("120.00", quantities=[1, 2, 3])], "2026-03-01", 36)
    whole = contract_of(bundle)
    for each in bundle["records"]["OrderItem"]:
        each["EndDate"] = None
    assert spans(contract_of(bundle).phases) == spans(whole.phases)
    assert spans(whole.phases)[1:] == [("2027-03-01", "2028-03-01"), ("2028-03-01", "2029-03-01")]


def test_a_ramp_that_outlasts_its_term_names_both() -> None:
    """Two years of segments, and a term of one that ends on 28 February."""
    bundle = an_order([ramp("120.00", quantities=[1, 2])], "2026-03-01", 24)
    bundle = changed(bundle, "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=12, SBQQ__EndDate__c=None)
    message = finding(bundle, "E552").message
    assert message.endswith("and the contract from 2026-03-01 to 2027-02-28"), message
