"""Renewals: REN scenarios; orders from before the integration: MIG scenarios."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.builders import amend, an_order, change, evergreen, ramp, renew, seat, setup_fee
from tests.contract.contracts import assembled, codes, contract_of, items, minor, once, planned, spans

SEAT = "Workspace seat"


def test_ren_02_renewal_is_a_contract_of_its_own() -> None:
    """REN-02: a renewal starts at the old contract's end, as new lines, and the old contract stays as it is."""
    bundle = renew(an_order([seat("10.00")], "2026-03-01"), [seat("10.00")], 12)
    renewal = contract_of(bundle)
    assert spans(renewal.phases) == [("2027-03-01", "2028-03-01")]
    assert (items(renewal.phases[0]), renewal.updates) == ([(1, "1000")], ())
    initial = contract_of(bundle | {"order_ids": [bundle["records"]["Order"][0]["Id"]]})
    assert (spans(initial.phases), initial.updates) == ([("2026-03-01", "2027-03-01")], ())


def test_ren_02_both_contracts_of_one_bundle() -> None:
    """REN-02: asked for both orders, the plan has two contracts, in the order that was asked."""
    bundle = renew(an_order([seat("10.00")], "2026-03-01"), [seat("10.00")], 12)
    ids = [each["Id"] for each in bundle["records"]["Order"]]
    assert [each.id for each in assembled(bundle | {"order_ids": ids}).contracts] == ids
    assert [each.id for each in assembled(bundle | {"order_ids": ids[::-1]}).contracts] == ids[::-1]


def test_ren_03_renewal_is_amended() -> None:
    """REN-03: an amendment of the renewal changes the renewal's phases."""
    bundle = renew(an_order([seat("10.00")], "2026-03-01"), [seat("10.00")], 12)
    bundle = amend(bundle, "2027-05-01", 10, lines=[change(SEAT, 3)])
    (update,) = contract_of(bundle).updates
    assert spans(update.phases) == [("2027-03-01", "2027-05-01"), ("2027-05-01", "2028-03-01")]
    assert [items(each) for each in update.phases] == [[(1, "1000")], [(1, "1000"), (2, "1000")]]
    assert [once(each) for each in update.phases] == [[], []]


def test_ren_03_amendment_that_names_the_old_contracts_line() -> None:
    """REN-03: where the amendment's line names the line that the renewal continues, it means the renewal's."""
    bundle = renew(an_order([seat("10.00", 5)], "2026-03-01"), [seat("10.00", 5)], 12)
    bundle = amend(bundle, "2027-05-01", 10, lines=[change(SEAT, 3)])
    lines = bundle["records"]["OrderItem"]
    lines[2]["SBQQ__RevisedOrderProduct__c"] = lines[0]["Id"]
    (update,) = contract_of(bundle).updates
    assert [items(each) for each in update.phases] == [[(5, "1000")], [(3, "1000")]]


def test_ren_05_new_order_whose_line_revises_another_contracts_line() -> None:
    """REN-05: a line of an initial order counts as new, whatever it names."""
    bundle = renew(an_order([seat("10.00")], "2026-03-01"), [seat("10.00")], 12, quote={"SBQQ__Type__c": "Quote"})
    assert items(contract_of(bundle).phases[0]) == [(1, "1000")]


def test_ren_06_renewal_is_terminated_on_its_first_day() -> None:
    """REN-06: a future renewal that is terminated on the day it starts is cancelled."""
    bundle = renew(an_order([seat("10.00")], "2026-03-01"), [seat("10.00")], 12)
    (update,) = contract_of(amend(bundle, "2027-03-01", lines=[change(SEAT, 0)])).updates
    assert update.action == "cancel"


FIRST = date(2026, 3, 1)
AS_OF = "2026-03-01T00:00:00Z"


def older(*lines: Any) -> dict[str, Any]:
    """MIG-01: an annual order of 100, activated and started five months ago."""
    return an_order(
        list(lines) or [seat("100.00", frequency="Annual")],
        "2025-10-01",
        as_of=AS_OF,
        order={"ActivatedDate": "2025-09-20T10:00:00.000+0000"},
    )


def test_mig_01_older_order_is_taken_over_without_its_past() -> None:
    """MIG-01: the order is dated back and billed from its next cycle; an amendment bills 50 for each unit of six months."""
    settings: dict[str, Any] = {"orders_activated_after": FIRST, "migrate_older_orders": True}
    bundle = amend(
        older(), "2026-04-01", 6, lines=[change(SEAT, 4)], order={"ActivatedDate": "2026-03-01T09:00:00.000+0000"}
    )
    contract = contract_of(bundle, **settings)
    assert (contract.migrated, contract.start, contract.next_billing_date) == (
        True,
        date(2025, 10, 1),
        date(2026, 10, 1),
    )
    assert [once(each) for each in contract.phases] == [[]]
    adoption, update = contract.updates
    assert (adoption.action, adoption.phases) == ("adopt", ())
    assert once(update.phases[-1]) == [(3, "5000")]


def test_mig_01_monthly_order_keeps_its_end() -> None:
    """A monthly contract goes on after the period that Stripe finds, so its phases are sent."""
    settings: dict[str, Any] = {"orders_activated_after": FIRST, "migrate_older_orders": True}
    (adoption,) = contract_of(older(seat("100.00")), **settings).updates
    assert (adoption.action, [each.end for each in adoption.phases]) == ("adopt", [date(2026, 10, 1)])


def test_mig_01_older_amendments_are_part_of_what_is_taken_over() -> None:
    """MIG-01: units that an older amendment added are taken over too, and not billed again."""
    settings: dict[str, Any] = {"orders_activated_after": FIRST, "migrate_older_orders": True}
    old = {"ActivatedDate": "2025-12-20T10:00:00.000+0000"}
    bundle = older(seat("100.00", frequency="Annual"), setup_fee("500.00"))
    bundle = amend(bundle, "2026-01-01", lines=[change(SEAT, 4)], order=old)
    contract = contract_of(bundle, **settings)
    assert [items(each) for each in contract.phases] == [[(1, "10000"), (3, "10000")]]
    assert [once(each) for each in contract.phases] == [[]]
    assert [each.action for each in contract.updates] == ["adopt"]
    assert contract.phases[0].order == contract.order


def test_mig_03_older_order_that_is_not_selected() -> None:
    """MIG-03: the sync rule comes first: an amendment of an order that it leaves out is an error."""
    bundle = amend(older(), "2026-04-01", 6, lines=[change(SEAT, 4)])
    initial = bundle["records"]["Order"][0]["Id"]
    assert codes(bundle, orders_activated_after=FIRST, selected=lambda order: order.id != initial) == ["E503"]


def test_mig_04_older_order_is_left_alone() -> None:
    """MIG-04: without the setting an older contract is not planned, with a notice, and neither are its amendments."""
    bundle = amend(older(), "2026-04-01", 6, lines=[change(SEAT, 4)])
    result = assembled(bundle, orders_activated_after=FIRST)
    assert (result.contracts, [each.code for each in result.findings]) == ((), ["N504"])


def test_older_order_that_was_planned_goes_on() -> None:
    """An older order that carries the id of a schedule is of the integration."""
    assert contract_of(planned(older()), orders_activated_after=FIRST).planned


def test_older_one_time_order_is_not_billed_again() -> None:
    """An invoice of before is not made again, also when older orders are taken over."""
    bundle = an_order([setup_fee()], "2025-10-01", as_of=AS_OF, order={"ActivatedDate": "2025-09-20T10:00:00.000+0000"})
    assert codes(bundle, orders_activated_after=FIRST, migrate_older_orders=True) == ["N504"]


def test_older_order_that_starts_later_is_an_order_like_any_other() -> None:
    """An order that was activated before the first day and starts after it has no past."""
    bundle = an_order([seat()], "2026-05-01", as_of=AS_OF, order={"ActivatedDate": "2025-09-20T10:00:00.000+0000"})
    contract = contract_of(bundle, orders_activated_after=FIRST, migrate_older_orders=True)
    assert not contract.migrated
    assert contract.phases[0].proration_behavior == "none"


def test_older_evergreen_order_is_taken_over() -> None:
    """An evergreen order of before is not refused as backdated when it is taken over."""
    bundle = older(evergreen())
    contract = contract_of(bundle, orders_activated_after=FIRST, migrate_older_orders=True)
    assert (contract.kind, contract.migrated) == ("evergreen", True)


def test_older_evergreen_amendments_are_part_of_what_is_taken_over() -> None:
    """Lines that an older amendment added are items from the start; a contract that it ended is left alone."""
    settings: dict[str, Any] = {"orders_activated_after": FIRST, "migrate_older_orders": True}
    old = {"ActivatedDate": "2025-12-20T10:00:00.000+0000"}
    grown = amend(older(evergreen()), "2026-01-01", lines=[evergreen("30.00", name="Hotline")], order=old)
    contract = contract_of(grown, **settings)
    assert [minor(each.price) for each in contract.items] == ["12000", "3000"]
    assert contract.updates == ()
    ended = amend(older(evergreen()), "2026-01-01", lines=[change("Support plan", 0)], order=old)
    assert codes(ended, **settings) == ["N504"]


def test_older_contract_that_was_ended_is_left_alone() -> None:
    """An older termination leaves nothing to take over."""
    settings: dict[str, Any] = {"orders_activated_after": FIRST, "migrate_older_orders": True}
    old = {"ActivatedDate": "2025-12-20T10:00:00.000+0000"}
    assert codes(amend(older(), "2026-01-01", lines=[change(SEAT, 0)], order=old), **settings) == ["N504"]


LONG_AGO = {"ActivatedDate": "2026-02-20T10:00:00.000+0000"}
TAKE_OVER: dict[str, Any] = {"orders_activated_after": date(2027, 6, 1), "migrate_older_orders": True}


def test_a_ramp_is_taken_over_in_its_current_segment() -> None:
    """In the second year the second year's three units are taken over, and no phase of the past is sent."""
    lines = [ramp("120.00", quantities=[1, 3, 5])]
    contract = contract_of(an_order(lines, "2026-03-01", 36, as_of="2027-07-10T10:00:00Z", order=LONG_AGO), **TAKE_OVER)
    assert [items(each) for each in contract.phases] == [[(3, "12000")], [(5, "12000")]]
    assert spans(contract.phases) == [("2026-03-01", "2028-03-01"), ("2028-03-01", "2029-03-01")]
    assert items(contract.phases[0]) == [(each.quantity, minor(each.price)) for each in contract.items]
    assert [each.phases for each in contract.updates] == [contract.phases]


def test_a_tail_is_taken_over_without_what_it_has_billed() -> None:
    """The rest of a term that began before was billed when it began; the subscription only ends."""
    lines = [seat("120.00", 3, frequency="Annual")]
    contract = contract_of(an_order(lines, "2026-03-01", 14, as_of="2027-03-10T10:00:00Z", order=LONG_AGO), **TAKE_OVER)
    assert spans(contract.phases) == [("2026-03-01", "2027-05-01")]
    assert ([once(each) for each in contract.phases], contract.one_time_items) == ([[]], ())


@pytest.mark.parametrize(
    ("as_of", "found"),
    [("2027-04-10", ["E565"]), ("2027-05-10", []), ("2027-02-10", ["E565"])],
    ids=["to 30 April", "to 31 May", "to 28 February"],
)
def test_a_contract_of_the_31st_is_taken_over_to_a_31st(as_of: str, found: list[str]) -> None:
    """Stripe would go on with the 30th, which a month of 31 days avoids."""
    bundle = an_order([seat("120.00")], "2026-08-31", 24, as_of=f"{as_of}T10:00:00Z", order=LONG_AGO)
    assert codes(bundle, **TAKE_OVER) == found
    endless = an_order([evergreen()], "2026-08-31", 1, as_of=f"{as_of}T10:00:00Z", order=LONG_AGO)
    assert codes(endless, **TAKE_OVER) == found


@pytest.mark.parametrize(("term", "found"), [(6, []), (7, ["E565"])])
def test_the_end_of_a_contract_that_is_taken_over_may_be_on_a_shorter_day(term: int, found: list[str]) -> None:
    """From 31 August: where 28 February is the end nothing is billed from then on, and else on the 28th."""
    bundle = an_order([seat("10.00")], "2025-08-31", term, as_of="2026-02-16T09:00:00Z")
    settings: dict[str, Any] = {"orders_activated_after": date(2030, 1, 1), "migrate_older_orders": True}
    assert [each for each in codes(bundle, **settings) if each.startswith("E")] == found
