"""Initial recurring orders: INIT scenarios."""

from __future__ import annotations

from datetime import date

import pytest

from tests.builders import an_order, seat, setup_fee, usage
from tests.contract.contracts import changed, codes, contract_of, finding, item_of, items, minor, once, planned, spans


def test_init_01_backdated_order_is_one_phase_that_bills_its_past() -> None:
    """INIT-01: a start two months ago leaves the proration behaviour to Stripe, which bills the past."""
    bundle = an_order([seat("10.00")], "2026-01-01", as_of="2026-03-01T00:00:00Z")
    contract = contract_of(bundle)
    (phase,) = contract.phases
    assert spans(contract.phases) == [("2026-01-01", "2027-01-01")]
    assert items(phase) == [(1, "1000")]
    assert phase.proration_behavior is None
    assert phase.order is contract.order
    (price,) = contract.prices
    assert (price.kind, price.cycle_months, price.usage_type, price.recurring) == ("list", 1, "licensed", True)
    assert price.entry.id == item_of(bundle)["PricebookEntryId"]
    assert contract.temporary_prices == ()


def test_init_01_planned_order_has_nothing_left_to_plan() -> None:
    """INIT-01: an order that carries the id of its schedule makes no price and no update."""
    contract = contract_of(planned(an_order([seat("10.00")])))
    assert contract.planned
    assert (contract.updates, contract.prices, contract.products) == ((), (), ())


@pytest.mark.parametrize(
    ("as_of", "behavior"),
    [
        ("2026-02-01T12:00:00Z", "none"),
        ("2026-02-28T23:59:59Z", "none"),
        ("2026-03-01T00:00:00Z", "none"),
        ("2026-03-01T00:00:01Z", None),
    ],
)
def test_start_from_the_moment_of_planning_prorates_nothing(as_of: str, behavior: str | None) -> None:
    """A phase that starts at or after the moment of planning has no past to bill."""
    (phase,) = contract_of(an_order([seat()], "2026-03-01", as_of=as_of)).phases
    assert phase.proration_behavior == behavior


def test_init_02_free_line_stays() -> None:
    """INIT-02: a line that costs nothing is an item like any other."""
    contract = contract_of(an_order([seat("120.00"), seat("0.00", name="Free seat")]))
    assert items(contract.phases[0]) == [(1, "12000"), (1, "0")]
    assert once(contract.phases[0]) == []
    assert contract.prices[1].kind == "list"


def test_init_03_skipped_line_is_left_out_and_listed() -> None:
    """INIT-03: the checkbox on the order line leaves it out of the phases, and the plan can say so."""
    bundle = an_order([seat(name="A"), seat(name="B"), seat(name="C")])
    bundle = changed(bundle, "OrderItem", 1, Skip_Line_Item__c=True)
    contract = contract_of(bundle)
    skipped = item_of(bundle, 1)["Id"]
    assert [each.order_item.id for each in contract.phases[0].items] == [
        item_of(bundle, 0)["Id"],
        item_of(bundle, 2)["Id"],
    ]
    assert [each.order_item.id for each in contract.skipped] == [skipped]


def test_init_04_mixed_lines() -> None:
    """INIT-04: usage has no quantity, a one-time line is billed with the first phase, all by list prices."""
    contract = contract_of(an_order([seat("120.00", 5), usage("55.00"), setup_fee("45.00")], "2026-03-01"))
    (phase,) = contract.phases
    assert items(phase) == [(5, "12000"), (None, "5500")]
    assert [each.metered for each in phase.items] == [False, True]
    assert once(phase) == [(1, "4500")]
    assert [each.kind for each in contract.prices] == ["list", "list", "list"]
    assert contract.prices[2].recurring is False
    assert [each.id for each in contract.products] == [each.product.id for each in contract.prices]


def test_init_06_annual_is_twelve_months() -> None:
    """INIT-06: a yearly price of 120 is one of 12 months, never of a year."""
    contract = contract_of(an_order([seat("120.00", frequency="Annual", product_term=12)]))
    assert contract.prices[0].cycle_months == 12
    assert items(contract.phases[0]) == [(1, "12000")]


def test_init_08_mixed_billing_frequencies_are_one_subscription_in_flexible_mode() -> None:
    """INIT-08, as Stripe takes it since 2025-07-30: each line keeps its own cycle; classic mode is refused by line."""
    bundle = an_order([seat(name="Monthly seat"), seat(name="Annual seat", frequency="Annual")])
    contract = contract_of(bundle)
    assert contract.billing_mode == "flexible"
    assert [each.price.cycle_months for each in contract.phases[0].items] == [1, 12]
    found = finding(bundle, "E580", billing_mode="classic")
    assert item_of(bundle, 0)["Id"] in found.notes[0]
    assert item_of(bundle, 1)["Id"] in found.notes[1]


def test_init_11_garbage_in_the_id_field_counts_as_no_id() -> None:
    """INIT-11: a text that is no id of Stripe does not keep the order from being planned."""
    contract = contract_of(planned(an_order([seat()]), "G7Kdgv7XfMirVlLR"))
    assert not contract.planned
    assert len(contract.prices) == 1


def test_init_12_id_of_another_type_counts_as_no_id() -> None:
    """INIT-12: the id of a customer is not the id of a schedule."""
    assert not contract_of(planned(an_order([seat()]), "cus_123")).planned


def test_end_is_the_start_plus_whole_months_clamped() -> None:
    """A term of 18 months from 31 August ends before the last day of February."""
    contract = contract_of(an_order([seat()], "2026-08-31", 18, as_of="2026-08-01T00:00:00Z"))
    assert contract.end == date(2028, 2, 29)


def test_end_date_decides_and_a_term_that_says_otherwise_is_named() -> None:
    """The last day on the quote is the day before the end, whatever the term says."""
    assert contract_of(an_order([seat()], "2026-03-01", 12, end="2027-02-28")).end == date(2027, 3, 1)
    two_years = changed(an_order([seat()], end="2027-02-28"), "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=24)
    assert codes(two_years) == ["W580"]
    assert contract_of(two_years).end == date(2027, 3, 1)
    no_term = changed(an_order([seat()], end="2027-02-28"), "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=None)
    assert contract_of(no_term).term_months == 12
    assert codes(an_order([seat()], "2026-03-01", 12, end="2026-02-28")) == ["E513"]


def test_contract_that_is_over_is_refused() -> None:
    """Stripe makes no schedule whose end is past."""
    assert codes(an_order([seat()], "2024-01-01", 12, as_of="2025-01-01T00:00:00Z")) == ["E561"]


def test_every_amount_says_how_it_was_worked_out() -> None:
    """A line price carries its source, the rule that read it, and the sum with its numbers."""
    bundle = an_order([seat("120.00", frequency="Quarterly", quoted_price="110.00")])
    (price,) = contract_of(bundle).prices
    origin = price.origin["amount"]
    assert minor(price) == "2750"
    assert origin.formula == "110 ÷ 12 months × 3 = 27.5"
    assert origin.source == f"OrderItem({item_of(bundle)['Id']}).SBQQ__QuotedListPrice__c"
    assert origin.rule is not None


def test_order_of_the_records_changes_nothing() -> None:
    """Lines stand in the order of their numbers, however the records were read."""
    bundle = an_order([seat(name=f"Seat {n}") for n in range(4)])
    shuffled = bundle | {"records": {name: rows[::-1] for name, rows in reversed(bundle["records"].items())}}
    assert [each.order_item.id for each in contract_of(shuffled).items] == [
        each.order_item.id for each in contract_of(bundle).items
    ]
