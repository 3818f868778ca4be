"""The advice of a finding cures what it is for: the cases of the fault table again, after doing what it says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.builders import amend, an_order, change, coupon, evergreen, ramp, seat, setup_fee, usage, volume
from tests.contract.contracts import changed, planned
from tests.contract.faults import (
    FAULTS,
    OLD,
    RAMP,
    RUNNING,
    SEAT,
    STEPS,
    TODAY,
    Case,
    case,
    ever,
    line,
    more,
    split_orders,
    tiered,
    two_schedules,
)

ROOM = seat(name="Room")
TWO = "SBQQ__OrderItemConsumptionRate__c"


def with_its_lines() -> Any:
    """Split orders of one quote, the lines of the first of which name the contract."""
    bundle = split_orders()
    contract = bundle["records"]["Contract"][0]["Id"]
    for each in bundle["records"]["OrderItem"]:
        if each["OrderId"] == bundle["records"]["Order"][0]["Id"]:
            each["SBQQ__Contract__c"] = contract
    return bundle


CURED: dict[str, Case] = {
    "E501": case(an_order([seat()])),
    "E587": case(an_order([ramp("120.00", quantities=[1] * 12)], "2026-03-01", 144), long_schedules="in_parts"),
    "E588": case(an_order([seat(), *(setup_fee(name=f"Fee {n}") for n in range(21))], as_of="2026-03-01T00:00:00Z")),
    "E502": case(more()),
    "E503": case(more()),
    "E504": case(with_its_lines()),
    "E505": case(line(SBQQ__Activated__c=True)),
    "E506": case(an_order([seat(quantity=2)])),
    "E507": case(an_order([usage(quantity=1)])),
    "E508": case(an_order([seat(name=f"Seat {n}") for n in range(21)]), subscription_items=25),
    "E510": case(an_order([evergreen()], as_of=TODAY)),
    "E511": case(more("2026-09-12")),
    "E512": case(changed(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=12)),
    "E513": case(changed(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__EndDate__c="2027-02-28")),
    "E514": case(line(SBQQ__ProrateMultiplier__c=12)),
    "E515": case(line(EndDate="2027-02-28")),
    "E516": case(an_order([seat()], coupons=[coupon("Less", amount_off="10.00")])),
    "E517": case(line(CurrencyIsoCode="USD")),
    "E518": case(an_order([seat()], currency=None), default_currency="usd"),
    "E520": case(two_schedules(active=False)),
    "E521": case(tiered("ConsumptionSchedule", RatingMethod="Tier")),
    "E522": case(tiered("ConsumptionSchedule", Type="Range")),
    "E523": case(tiered(TWO, SBQQ__PricingMethod__c="PerUnit")),
    "E524": case(tiered(TWO, SBQQ__UpperBound__c=10)),
    "E525": case(an_order([seat("1.00", tiers=volume((10, "10.00"), (None, "9.00")))])),
    "E526": case(tiered(TWO, SBQQ__UpperBound__c=10)),
    "E528": case(amend(an_order([seat(), ROOM]), "2026-09-01", lines=[change("Room", 3)])),
    "E529": case(more("2026-09-01", change(SEAT, 0))),
    "E530": case(more("2026-09-01", change(SEAT, 0))),
    "E531": case(amend(an_order([seat(), setup_fee()]), "2026-09-01", lines=[change(SEAT, 2)])),
    "E532": case(more("2026-09-01")),
    "E533": case(more("2026-09-12"), non_anniversary_amendments=True),
    "E534": case(more("2026-09-12", term=5)),
    "E535": case(more("2026-05-01")),
    "E539": case(more("2026-09-01", change(SEAT, 0))),
    "E543": case(changed(ever(), "OrderItem", 0, SBQQ__SubscriptionTerm__c=1)),
    "E544": case(ever("2026-03-01")),
    "E545": case(amend(ever("2026-03-01"), "2026-03-01", lines=[evergreen(name="Hotline")])),
    "E547": case(ever()),
    "E548": case(amend(ever(), "2026-03-01", lines=[evergreen(name="Hotline")])),
    "E550": case(amend(RAMP, "2027-03-01", lines=[change("Platform licence", 2, segment=2)])),
    "E551": case(amend(RAMP, "2027-03-01", lines=[change("Platform licence", 2)])),
    "E552": case(an_order([ramp("120.00", quantities=[1, 1])], "2026-03-01", 18)),
    "E554": case(an_order([seat(coupons=[coupon("Spring", percent_off="25")])])),
    "E555": case(an_order([seat(coupons=[coupon("Spring", percent_off="100")])])),
    "E556": case(an_order([seat()])),
    "E557": case(an_order([seat()])),
    "E558": case(an_order([seat(), seat(quantity=1, name="Room")])),
    "E560": case(amend(ever("2026-03-01", evergreen(quantity=3)), "2026-03-01", lines=[change("Support plan", 0)])),
    "E564": case(
        amend(
            RUNNING,
            "2026-03-01",
            lines=[evergreen(name="Hotline", coupons=[coupon("10% off", percent_off=10)])],
            as_of=TODAY,
        )
    ),
    "E570": case(line()),
    "E580": case(an_order([seat(), seat(name="Room", frequency="Annual")]), billing_mode="flexible"),
    "E583": case(line(SBQQ__BillingFrequency__c="Monthly")),
    "E585": case(an_order([seat()])),
    "E586": case(an_order([seat()])),
    "E590": case(
        amend(an_order([seat("1.00", 90, tiers=STEPS)]), "2026-09-01", lines=[change(SEAT, 110)]),
        tiered_amendments="together",
    ),
    "E594": case(an_order([seat(), ROOM], coupons=[coupon("Welcome", percent_off=10)]), order_coupons="lines"),
    "N504": case(
        an_order([seat()], "2025-10-01", as_of=TODAY, order=OLD),
        orders_activated_after=date(2026, 3, 1),
        migrate_older_orders=True,
    ),
    "W501": case(ever("2026-03-01", evergreen())),
    "W502": case(
        planned(more(), orders=1)
        | {"stripe": {"subscription_schedule": [{"id": "sub_sched_1", "status": "active", "phases": []}]}}
    ),
    "W503": case(an_order([seat("1.00", frequency="Annual", tiers=STEPS)], "2026-03-01", 24)),
    "W506": case(an_order([seat()], coupons=[coupon("Welcome", percent_off="10")])),
    "W580": case(an_order([seat()], term=24)),
}
"""By code, the case when its advice was followed."""

ELSEWHERE = {
    "E509": "another order takes the lines that do not fit: two orders",
    "E519": "the picklist of CPQ knows no cycle that is too long: rules alone make one",
    "E537": "a new order",
    "E538": "a new order",
    "E540": "a new order",
    "E541": "the id is cleared, and the order planned anew",
    "E546": "a new order",
    "E549": "the bundle is pulled again",
    "E559": "the bundle is pulled again",
    "E561": "by hand",
    "W521": "the cancellation is planned when the subscription is in Stripe: see test_evergreen.py",
    "E562": "a new order",
    "E563": "by hand",
    "E565": "another day",
    "E581": "the subscription is migrated in Stripe",
    "E582": "by hand",
    "E584": "a new order",
    "W522": "what follows is planned later: see test_long_schedules.py",
    "E589": "a new order",
    "N505": "the order is activated",
    "W520": "see E570",
}
"""Codes whose advice is done outside of the order: on another order, another day, or in Stripe."""


def errors(of: Case) -> set[str]:
    """The codes of the errors of a case."""
    return {each.code for each in of().findings if each.is_error}


@pytest.mark.parametrize("code", sorted(CURED))
def test_what_the_advice_says_cures_the_fault(code: str) -> None:
    """The finding was there, is gone, and nothing else stands in the way."""
    assert code in {each.code for each in FAULTS[code]().findings}
    after = CURED[code]()
    assert code not in {each.code for each in after.findings}
    assert errors(CURED[code]) == set()
    assert after.contracts


def test_every_advice_is_followed_somewhere() -> None:
    """A new code brings its cure, or says why there is none to try."""
    advised = {code for code, each in FAULTS.items() if any(one.code == code and one.fix for one in each().findings)}
    assert advised == set(CURED) | set(ELSEWHERE)
    assert not set(CURED) & set(ELSEWHERE)


def test_new_orders_take_what_an_amendment_cannot() -> None:
    """The advice `sell it on a new order`: such an order is planned."""
    for each in ([setup_fee()], [seat(name="Room")], [setup_fee(), setup_fee(name="Training")]):
        assert errors(case(an_order(each))) == set()


def test_an_id_that_leads_nowhere_is_cleared() -> None:
    """E541: the contract is planned anew, with its amendment."""
    assert errors(case(more() | {"stripe": {"subscription_schedule": []}})) == set()
