"""Faults of orders and lines: FAIL scenarios, and every other order that is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orderplan.engine.contract import Settings, Target, Terms, assemble
from orderplan.engine.records import Record
from tests.builders import amend, an_order, change, evergreen, seat, setup_fee, usage
from tests.contract.contracts import Document, assembled, changed, codes, contract_of, finding, item_of, loaded, planned
from tests.contract.cpq_reader import CpqReader


def test_fail_01_usage_with_a_quantity() -> None:
    """FAIL-01: a metered line with 2 units is refused."""
    bundle = an_order([usage(quantity=2)])
    found = finding(bundle, "E507")
    assert found.record == f"OrderItem({item_of(bundle)['Id']})"


def test_fail_02_no_start_date() -> None:
    """FAIL-02: a recurring order without a start is refused, naming the field."""
    found = finding(changed(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__StartDate__c=None), "E610")
    assert any("SBQQ__StartDate__c" in each for each in (found.message, *found.notes))


def test_fail_03_no_term() -> None:
    """FAIL-03: a recurring order without a term is refused, naming the field."""
    found = finding(changed(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=None), "E610")
    assert any("SBQQ__SubscriptionTerm__c" in each for each in (found.message, *found.notes))


def test_fail_04_fractional_quantity() -> None:
    """FAIL-04: half a unit is refused."""
    found = finding(an_order([seat(quantity="1.5")]), "E506")
    assert "1.5" in found.message


def test_fractional_term() -> None:
    """A term of 11.5 months is refused."""
    assert "E512" in codes(changed(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=11.5))


@pytest.mark.parametrize("field", ["SBQQ__Activated__c", "IsDeleted"])
def test_line_that_is_inactive_or_deleted(field: str) -> None:
    """Every line of an order must be active and there."""
    bundle = changed(an_order([seat()]), "OrderItem", 0, **{field: field == "IsDeleted"})
    assert "E505" in codes(bundle)


def test_no_quote() -> None:
    """An order that was not made from a quote is refused."""
    assert codes(changed(an_order([seat()]), "Order", 0, SBQQ__Quote__c=None)) == ["E501"]


def test_more_recurring_lines_than_a_subscription_takes() -> None:
    """A subscription takes 20 recurring lines, or as many as the setting says."""
    lines = [seat(name=f"Seat {n}") for n in range(21)]
    assert codes(an_order(lines)) == ["E508"]
    assert len(contract_of(an_order(lines[:20])).items) == 20
    assert len(contract_of(an_order(lines), subscription_items=21).items) == 21


def test_more_recurring_lines_after_an_amendment() -> None:
    """The lines that stand in a phase count, whatever order they came with."""
    bundle = amend(an_order([seat(name=f"Seat {n}") for n in range(20)]), "2026-09-01", lines=[seat(name="One more")])
    assert codes(bundle) == ["E508"]


def test_multiplier_that_disagrees_with_the_dates() -> None:
    """A multiplier of 11 and dates of 12 months are refused, with both."""
    found = finding(changed(an_order([seat()]), "OrderItem", 0, SBQQ__ProrateMultiplier__c=11), "E514")
    assert "is 11 of a product term of 1 months" in found.message
    assert "12 months: 12 with prorate_precision = month_and_day" in found.message


def test_line_that_covers_less_than_its_order() -> None:
    """A line of 6 months on an order of 12 needs another line for the rest of the year."""
    bundle = changed(
        an_order([seat()]), "OrderItem", 0, EndDate="2026-08-31", SBQQ__ProrateMultiplier__c=6, UnitPrice=720
    )
    assert codes(bundle) == ["E584"]


def test_negative_price() -> None:
    """A discount that is a line of its own belongs in a coupon."""
    assert codes(an_order([seat(), setup_fee("-10.00")])) == ["E516"]


def test_negative_quantity_on_a_new_order() -> None:
    """Nothing can be taken away from a new order."""
    assert codes(an_order([seat(), seat(quantity=-1, name="Old seat")])) == ["E558"]


def test_order_without_lines() -> None:
    """An order that bills nothing is refused."""
    assert codes(an_order([])) == ["E559"]


def test_evergreen_and_renewable_lines() -> None:
    """EVG-05: a contract either ends or does not."""
    assert codes(an_order([seat(), evergreen()])) == ["E510"]


def test_line_that_revises_a_skipped_line() -> None:
    """A later line cannot change a line that was left out."""
    bundle = amend(an_order([seat(name="A"), seat(name="B")]), "2026-09-01", lines=[change("A", 3)])
    assert "E528" in codes(changed(bundle, "OrderItem", 0, Skip_Line_Item__c=True))


class LongCycles(CpqReader):
    """Rules that make an annual line one of four years."""

    def read(self, target: Target, record: Record) -> Terms:
        terms = super().read(target, record)
        return replace(terms, values=dict(terms.values) | {"cycle_months": 48}) if target == "line" else terms


def test_unsupported_billing_cycle() -> None:
    """A cycle of 48 months is none that Stripe has."""
    result = assemble(loaded(an_order([seat()])), LongCycles(), Settings())
    assert [each.code for each in result.findings] == ["E519"]


@pytest.mark.parametrize("term", [1.5, 0, -12])
def test_a_product_term_is_a_whole_number_of_months(term: float) -> None:
    """What a list price covers cannot be told otherwise, and the line is not left out in silence."""
    bundle = changed(an_order([seat(frequency="Annual")]), "OrderItem", 0, SBQQ__DefaultSubscriptionTerm__c=term)
    bundle = changed(bundle, "Product2", 0, SBQQ__SubscriptionTerm__c=term)
    said = {each.message for each in assembled(bundle).findings if each.code == "E512"}
    assert said
    assert all("a product term is a whole number of months" in each for each in said)


class LongListCycles(CpqReader):
    """Rules that give every list price a cycle of four years."""

    def read(self, target: Target, record: Record) -> Terms:
        terms = super().read(target, record)
        return replace(terms, values=dict(terms.values) | {"cycle_months": 48}) if target == "price" else terms


def test_what_is_billed_once_has_no_billing_cycle() -> None:
    """A list price of four years is none that Stripe has, unless it is billed once."""
    found = [assemble(loaded(an_order([each])), LongListCycles(), Settings()) for each in (seat(), setup_fee())]
    assert [[each.code for each in one.findings] for one in found] == [["E519"], []]


def test_findings_of_one_bundle_are_all_reported() -> None:
    """Three faults of three lines are three findings."""
    bundle = an_order([seat(name="A", quantity="0.5"), usage(quantity=4), seat(name="C")])
    bundle = changed(bundle, "OrderItem", 2, SBQQ__Activated__c=False)
    assert sorted(codes(bundle)) == ["E505", "E506", "E507"]


def test_order_that_the_sync_rule_leaves_out() -> None:
    """A requested order that is not selected is not planned, with a notice."""
    result = assembled(an_order([seat()]), selected=lambda _order: False)
    assert (result.contracts, [each.code for each in result.findings]) == ((), ["N501"])


def test_account_that_is_not_there() -> None:
    """An order without an account cannot be billed."""
    assert "E556" in codes(changed(an_order([seat()]), "Order", 0, AccountId=None))


def test_initial_order_of_an_amendment_that_is_not_there() -> None:
    """An amendment whose initial order is not in the bundle is refused."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change("Workspace seat", 3)])
    orders = bundle["records"]["Order"]
    lines = [dict(bundle["records"]["OrderItem"][1], SBQQ__RevisedOrderProduct__c=None)]
    records = bundle["records"] | {"Order": orders[1:], "OrderItem": lines, "SBQQ__Subscription__c": []}
    records["Contract"][0]["SBQQ__Order__c"] = orders[1]["Id"]
    assert codes(bundle | {"records": records, "order_ids": [orders[1]["Id"]]}) == ["E502"]


def test_split_orders_of_one_quote() -> None:
    """The contract came from the order whose lines an amendment revises; where none tells, nobody can."""
    told = split(amend(an_order([seat()]), "2026-09-01", lines=[change("Workspace seat", 3)]))
    (contract,) = (each for each in assembled(told).contracts if each.updates)
    assert contract.order.id == told["records"]["Order"][0]["Id"]
    untold = split(amend(an_order([seat()]), "2026-09-01", lines=[seat(name="Room")]))
    for each in untold["records"]["OrderItem"]:
        each["SBQQ__Contract__c"] = None
    assert codes(untold) == ["E504"]


def test_a_split_order_without_the_amended_lines_is_a_contract_of_its_own() -> None:
    """It came of the same quote, and the amendment of the other order does not touch it."""
    bundle = split(amend(an_order([seat()]), "2026-09-01", lines=[change("Workspace seat", 3)]))
    other = bundle["records"]["Order"][-1]["Id"]
    line = bundle["records"]["OrderItem"][0] | {"Id": "802W00001000009IAA", "OrderId": other, "SBQQ__Contract__c": None}
    bundle = bundle | {"order_ids": [other]}
    contract = contract_of(changed_rows(bundle, "OrderItem", [*bundle["records"]["OrderItem"], line]))
    assert (contract.order.id, contract.updates) == (other, ())


def changed_rows(bundle: Document, name: str, rows: list[Document]) -> Document:
    """The bundle with other records of an object."""
    return bundle | {"records": bundle["records"] | {name: rows}}


def split(bundle: Document) -> Document:
    """The bundle with a second order of the first quote, without lines of the contract."""
    first = bundle["records"]["Order"][0]
    other = first | {"Id": "801W00001000009IAA", "OrderNumber": "00000109"}
    return bundle | {"records": bundle["records"] | {"Order": [*bundle["records"]["Order"], other]}}


def test_amendment_of_a_one_time_order() -> None:
    """An invoice cannot be amended."""
    bundle = amend(
        an_order([setup_fee()], "2026-03-01", 12), "2026-09-01", end="2027-02-28", lines=[setup_fee(name="More")]
    )
    assert codes(bundle) == ["E562"]


def test_planned_order_with_a_cancelled_schedule() -> None:
    """An amendment of a schedule that was cancelled in Stripe is refused; one that is missing likewise."""
    bundle = planned(amend(an_order([seat()]), "2026-09-01", lines=[change("Workspace seat", 3)]), orders=1)
    state = {"id": "sub_sched_1", "status": "canceled", "phases": []}
    assert codes(bundle | {"stripe": {"subscription_schedule": [state]}}) == ["E540"]
    assert codes(bundle | {"stripe": {"subscription_schedule": []}}) == ["E541"]
    assert codes(bundle) == ["W502"]


def test_an_amendment_of_a_contract_that_is_over() -> None:
    """Its schedule is completed, whether or not that is known."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change("Workspace seat", 3)], as_of="2027-03-01T09:00:00Z")
    found = finding(planned(bundle, orders=1), "E561")
    assert "2027-02-28" in found.message
    assert found.record == f"Order({bundle['records']['Order'][1]['Id']})"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"SBQQ__SubscriptionType__c": "Renewable"}, "renews"),
        ({"SBQQ__SubscriptionTerm__c": 12}, "how long"),
        ({"SBQQ__BillingFrequency__c": "Monthly"}, "how often"),
    ],
)
def test_what_is_called_a_subscription_is_not_billed_once(fields: Document, says: str) -> None:
    """A type, a term or a frequency without subscription pricing: all cycles but the first would be lost."""
    silent = {"SBQQ__SubscriptionType__c": None, "SBQQ__SubscriptionTerm__c": None, "SBQQ__BillingFrequency__c": None}
    bundle = changed(an_order([setup_fee("50.00")]), "OrderItem", 0, **(silent | fields))
    assert says in finding(bundle, "E570").message


def test_a_one_time_line_that_says_nothing_of_cycles_is_billed_once() -> None:
    """The type One-time is no subscription."""
    bundle = changed(an_order([setup_fee("50.00")]), "OrderItem", 0, SBQQ__SubscriptionType__c="One-time")
    assert codes(bundle) == []
