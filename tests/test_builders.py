"""The builders write the figures that CPQ would: each asserted by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import (
    add_months,
    amend,
    an_order,
    change,
    coupon,
    covered_months,
    evergreen,
    graduated,
    patched,
    ramp,
    renew,
    seat,
    setup_fee,
    usage,
)


def _items(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return list(bundle["records"]["OrderItem"])


def test_a_monthly_price_is_multiplied_by_the_months() -> None:
    """A monthly product's list price covers one month of the term."""
    (item,) = _items(an_order([seat("45.00", 25)], term=12))
    assert (item["SBQQ__ProrateMultiplier__c"], item["UnitPrice"], item["TotalPrice"]) == (12.0, 540.0, 13500.0)


def test_an_annual_price_covers_twelve_months() -> None:
    """Without a product term CPQ takes 12 months: 18 of them are one and a half terms."""
    (item,) = _items(an_order([seat("1200.00", frequency="Annual")], term=18))
    assert (item["SBQQ__ProrateMultiplier__c"], item["UnitPrice"]) == (1.5, 1800.0)


def test_the_last_day_of_a_line_is_inclusive() -> None:
    """Twelve months from the first of March end on the last day of February."""
    (item,) = _items(an_order([seat()], start="2026-03-01", term=12))
    assert (item["ServiceDate"], item["EndDate"]) == ("2026-03-01", "2027-02-28")


def test_one_time_and_evergreen_lines_are_priced_once() -> None:
    """Neither has a term to multiply by; an evergreen line has no last day."""
    fee, plan = _items(an_order([setup_fee("500.00"), evergreen("89.00", 3)], term=1))
    assert (fee["SBQQ__ProrateMultiplier__c"], fee["UnitPrice"]) == (1.0, 500.0)
    assert (plan["SBQQ__ProrateMultiplier__c"], plan["TotalPrice"], plan["EndDate"]) == (1.0, 267.0, None)


def test_days_of_a_part_month_count_by_the_mean_month() -> None:
    """Nine months and 21 days are 0.8075 of a year, as CPQ's precision Month + Day has it."""
    months = covered_months(date(2023, 6, 1), date(2024, 3, 22))
    assert round(months / 12, 6) == Decimal("0.807534")


def test_a_part_month_counts_whole_with_the_other_precision() -> None:
    """CPQ's precision Month rounds a part of a month up."""
    assert covered_months(date(2023, 6, 1), date(2024, 3, 22), "month") == 10


@pytest.mark.parametrize(("months", "day"), [(1, date(2026, 2, 28)), (2, date(2026, 3, 31)), (25, date(2028, 2, 29))])
def test_months_end_with_their_last_day(months: int, day: date) -> None:
    """A month too short for the day gives its last one, counted from the first date every time."""
    assert add_months(date(2026, 1, 31), months) == day


def test_a_unit_price_is_rounded_to_cents() -> None:
    """118.88 for 11 months and 27 days of a list price of 120 a year."""
    sold = an_order([seat("120.00", frequency="Annual")], start="2026-03-01", end="2027-02-27", term=11)
    assert _items(sold)[0]["UnitPrice"] == 118.88


def test_a_negotiated_price_stands_beside_the_list_price() -> None:
    """The entry keeps the list price, the line is priced by what was quoted."""
    (item,) = _items(an_order([seat("120.00", quoted_price="150.00")]))
    assert (item["ListPrice"], item["SBQQ__QuotedListPrice__c"], item["UnitPrice"]) == (120.0, 150.0, 1800.0)


def test_a_discount_shows_in_the_net_price() -> None:
    """Ten percent off 30 a month are 27 a month, 324 a year."""
    (item,) = _items(an_order([seat("30.00", discount=10)]))
    assert (item["SBQQ__UnproratedNetPrice__c"], item["UnitPrice"]) == (27.0, 324.0)


def test_an_amendment_holds_the_change() -> None:
    """From 10 to 15 with six months to go: five more units at half the year's price, against the first line."""
    sold = an_order([seat("1200.00", 10, frequency="Annual")])
    first, delta = _items(amend(sold, "2026-09-01", lines=[change("Workspace seat", 15)]))
    assert (delta["Quantity"], delta["UnitPrice"], delta["TotalPrice"]) == (5.0, 600.0, 3000.0)
    assert delta["SBQQ__RevisedOrderProduct__c"] == first["Id"]


def test_every_amendment_revises_the_first_line() -> None:
    """Also the third change names the line that was sold first, and counts from what the others left."""
    bundle = an_order([seat("1200.00", 1, frequency="Annual")])
    for month, quantity in ((5, 3), (6, 6), (7, 1)):
        bundle = amend(bundle, f"2026-0{month}-01", lines=[change("Workspace seat", quantity)])
    first, *deltas = _items(bundle)
    assert [each["Quantity"] for each in deltas] == [2.0, 3.0, -5.0]
    assert {each["SBQQ__RevisedOrderProduct__c"] for each in deltas} == {first["Id"]}


def test_an_amendment_leads_back_to_the_initial_order() -> None:
    """Its opportunity names the contract, and the contract's quote is the initial order's."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change("Workspace seat", 2)])
    initial, amendment = bundle["records"]["Order"]
    (contract,) = bundle["records"]["Contract"]
    assert bundle["records"]["Opportunity"][1]["SBQQ__AmendedContract__c"] == contract["Id"]
    assert contract["SBQQ__Quote__c"] == initial["SBQQ__Quote__c"]
    assert bundle["order_ids"] == [amendment["Id"]]
    assert initial["LastModifiedDate"] < amendment["LastModifiedDate"]


def test_an_amendment_leaves_the_bundle_that_went_in_alone() -> None:
    """Builders are pure: one initial order can be amended in two ways."""
    sold = an_order([seat()])
    before = str(sold)
    amend(sold, "2026-09-01", lines=[change("Workspace seat", 2)])
    assert str(sold) == before


def test_a_ramp_has_a_line_for_each_segment() -> None:
    """Two years: each line covers its year with its quantity, under one key."""
    first, second = _items(an_order([ramp("600.00", quantities=[50, 100], frequency="Annual")], term=24))
    assert (first["EndDate"], second["ServiceDate"], second["EndDate"]) == ("2027-02-28", "2027-03-01", "2028-02-29")
    assert (first["UnitPrice"], second["TotalPrice"]) == (600.0, 60000.0)
    assert (first["SBQQ__SegmentIndex__c"], second["SBQQ__SegmentIndex__c"]) == (1, 2)
    assert first["SBQQ__SegmentKey__c"] == second["SBQQ__SegmentKey__c"]


def test_an_amendment_reaches_the_segments_to_come_only() -> None:
    """A change at the start of the second year leaves the first year's line alone."""
    sold = an_order([ramp(quantities=[2, 5])], term=24)
    *_, delta = items = _items(amend(sold, "2027-03-01", lines=[change("Platform licence", 8)]))
    assert len(items) == 3
    assert (delta["Quantity"], delta["SBQQ__SegmentIndex__c"], delta["ServiceDate"]) == (3.0, 2, "2027-03-01")


def test_tiers_are_copied_to_the_order_line() -> None:
    """CPQ gives each line its own copy; a rate begins where the one before ends."""
    records = an_order([usage("0.00", tiers=graduated((100, "2.00"), (None, "1.00")))])["records"]
    rates = [(each["LowerBound"], each["UpperBound"], each["Price"]) for each in records["ConsumptionRate"]]
    copies = [
        (each["SBQQ__LowerBound__c"], each["SBQQ__UpperBound__c"], each["SBQQ__Price__c"])
        for each in records["SBQQ__OrderItemConsumptionRate__c"]
    ]
    assert rates == copies == [(1, 100, 2.0), (100, None, 1.0)]


def test_one_coupon_on_two_lines_is_one_offer() -> None:
    """The quote offers it once, the order holds a copy for each line."""
    off = coupon(amount_off="55.00", duration="forever")
    records = an_order([seat(coupons=(off,)), seat(name="Viewer seat", coupons=(off,))])["records"]
    assert len(records["Quote_Stripe_Coupon__c"]) == 1
    assert [each["Order_Item__c"] for each in records["Order_Stripe_Coupon__c"]] == [
        each["Id"] for each in records["OrderItem"]
    ]


def test_a_renewal_starts_when_the_contract_has_ended() -> None:
    """It is an order of its own, whose lines name the old ones."""
    records = renew(an_order([seat()]), [seat(quantity=3)])["records"]
    assert records["Order"][1]["EffectiveDate"] == "2027-03-01"
    assert records["SBQQ__Quote__c"][1]["SBQQ__Type__c"] == "Renewal"
    assert records["OrderItem"][1]["SBQQ__RevisedOrderProduct__c"] == records["OrderItem"][0]["Id"]


def test_an_amendment_after_a_renewal_amends_the_renewal() -> None:
    """The renewed contract counts its own units, not those of the old one."""
    renewed = renew(an_order([seat(quantity=7)]), [seat(quantity=1)])
    bundle = amend(renewed, "2027-05-01", lines=[change("Workspace seat", 3)])
    assert len(bundle["records"]["Contract"]) == 2
    assert _items(bundle)[-1]["Quantity"] == 2.0
    assert _items(bundle)[-1]["EndDate"] == "2028-02-29"


def test_an_org_with_one_currency_has_no_currency_fields() -> None:
    """Such orgs lack CurrencyIsoCode altogether."""
    records = an_order([seat()], currency=None)["records"]
    assert not any("CurrencyIsoCode" in each for kept in records.values() for each in kept)


def test_a_patch_changes_a_copy() -> None:
    """A test can alter one field of one record and keep the original."""
    sold = an_order([seat()])
    assert _items(patched(sold, "OrderItem", 0, Skip_Line_Item__c=True))[0]["Skip_Line_Item__c"] is True
    assert _items(sold)[0]["Skip_Line_Item__c"] is False


def test_what_is_known_of_stripe_stays_in_the_bundle() -> None:
    """An amendment of a contract that Stripe has already is planned with its schedule."""
    known = {"subscription_schedule": [{"id": "sub_sched_made", "phases": []}]}
    bundle = amend(an_order([seat()]) | {"stripe": known}, "2026-09-01", lines=[change("Workspace seat", 2)])
    assert bundle["stripe"] == known
