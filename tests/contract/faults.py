"""One bundle for each code of the contract model: the faults that its pages show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from orderplan.engine.contract import Assembly, Settings, Target, Terms, assemble
from orderplan.engine.records import Record, as_if_activated
from tests.builders import amend, an_order, change, coupon, evergreen, ramp, seat, setup_fee, usage, volume
from tests.contract.contracts import Document, assembled, changed, loaded, planned
from tests.contract.cpq_reader import CpqReader

SEAT = "Workspace seat"
TODAY = "2026-03-01T09:00:00Z"
SOLD_ONCE = {
    "SBQQ__SubscriptionPricing__c": None,
    "SBQQ__SubscriptionType__c": None,
    "SBQQ__SubscriptionTerm__c": None,
    "SBQQ__BillingFrequency__c": None,
}
STEPS = volume((10, "10.00"), (None, "8.00"))
Case = Callable[[], Assembly]


def case(bundle: Document, **settings: Any) -> Case:
    return lambda: assembled(bundle, **settings)


def preview(bundle: Document) -> Assembly:
    """What the contract model makes of a bundle whose draft orders are taken for activated."""
    changed_bundle, missing = as_if_activated(loaded(bundle), CpqReader().bindings)
    return assemble(changed_bundle, CpqReader(), Settings(), missing=missing)


def line(**fields: Any) -> Document:
    return changed(an_order([seat()]), "OrderItem", 0, **fields)


def more(start: str = "2026-09-01", *lines: Any, **given: Any) -> Document:
    """A monthly order with one amendment: two more seats unless other lines are given."""
    return amend(an_order([seat()]), start, lines=lines or [change(SEAT, 3)], **given)


def second(bundle: Document, object_name: str, **fields: Any) -> Document:
    """The bundle with a second record like the first of an object."""
    first = bundle["records"][object_name][0]
    bundle["records"][object_name].append(first | {"Id": first["Id"][:9] + "ZZZZZZAAA"} | fields)
    return bundle


def without_initial_order() -> Document:
    bundle = more()
    orders, lines = bundle["records"]["Order"], bundle["records"]["OrderItem"]
    records = bundle["records"] | {"Order": orders[1:], "OrderItem": lines[1:], "SBQQ__Subscription__c": []}
    lines[1]["SBQQ__RevisedOrderProduct__c"] = None
    records["Contract"][0]["SBQQ__Order__c"] = orders[1]["Id"]
    return bundle | {"records": records}


def without(bundle: Document, object_name: str, field: str) -> Document:
    """The bundle as it is when a field was not queried."""
    rows = [{name: value for name, value in each.items() if name != field} for each in bundle["records"][object_name]]
    return bundle | {"records": bundle["records"] | {object_name: rows}}


def without_object(bundle: Document, object_name: str) -> Document:
    """The bundle without the records of an object."""
    return bundle | {"records": {name: each for name, each in bundle["records"].items() if name != object_name}}


def without_empty_fields(bundle: Document) -> Document:
    """The bundle as somebody wrote it who left out what is empty."""
    rows = {
        name: [{field: value for field, value in each.items() if value is not None} for each in those]
        for name, those in bundle["records"].items()
    }
    return bundle | {"records": rows}


def split_orders() -> Document:
    """Two orders of one quote, neither of which the contract or an amendment names."""
    bundle = more("2026-09-01", seat(name="Room"))
    for each in bundle["records"]["OrderItem"]:
        each["SBQQ__Contract__c"] = None
    return second(bundle, "Order", OrderNumber="00000109")


class LongCycles(CpqReader):
    """Rules that make every line one of four years."""

    def read(self, target: Target, record: Record) -> Terms:
        terms = super().read(target, record)
        return replace(terms, values=dict(terms.values) | {"cycle_months": 48}) if target == "line" else terms


class OddCycles(CpqReader):
    """Rules that make a quarterly line one of three months and a monthly one of two, which have no common cycle."""

    def read(self, target: Target, record: Record) -> Terms:
        terms = super().read(target, record)
        odd = {1: 2}.get(terms.get("cycle_months"))
        return replace(terms, values=dict(terms.values) | {"cycle_months": odd}) if odd else terms


def two_schedules(*, active: bool = True) -> Document:
    bundle = second(an_order([seat("1.00", tiers=STEPS)]), "ConsumptionSchedule", IsActive=active)
    schedule = bundle["records"]["ConsumptionSchedule"][1]["Id"]
    return second(bundle, "ProductConsumptionSchedule", ConsumptionScheduleId=schedule)


def tiered(object_name: str, **fields: Any) -> Document:
    bundle = an_order([seat("1.00", tiers=STEPS)])
    for name in (object_name, {"ConsumptionRate": "SBQQ__OrderItemConsumptionRate__c"}.get(object_name, object_name)):
        own = name.startswith("SBQQ__") and not object_name.startswith("SBQQ__")
        bundle = changed(bundle, name, 0, **{f"SBQQ__{key}__c" if own else key: each for key, each in fields.items()})
    return bundle


def ever(start: str = "2026-03-01", *lines: Any, as_of: str = TODAY) -> Document:
    return an_order(list(lines) or [evergreen()], start, as_of=as_of)


def ended_schedule(**stripe: Any) -> Document:
    return planned(more(), orders=1) | {"stripe": {"subscription_schedule": [], **stripe}}


def cancelled() -> Document:
    state = {"id": "sub_sched_1", "status": "canceled", "phases": []}
    return planned(more(), orders=1) | {"stripe": {"subscription_schedule": [state]}}


def replaced_line(number: int, bundle: Document, **fields: Any) -> Document:
    return changed(bundle, "OrderItem", number, **fields)


OLD = {"ActivatedDate": "2025-09-20T10:00:00.000+0000"}
RUNNING = planned(ever("2026-02-01", as_of="2026-02-01T00:00:00Z"), "sub_1")
RAMP = an_order([ramp("120.00", quantities=[1, 1])], "2026-03-01", 24)

FAULTS: dict[str, Case] = {
    "E501": case(changed(an_order([seat()]), "Order", 0, SBQQ__Quote__c=None)),
    "E502": case(without_initial_order()),
    "E503": case(more(), selected=lambda order: order.get("Type") == "Amendment"),
    "E504": case(split_orders()),
    "E505": case(line(SBQQ__Activated__c=False)),
    "E506": case(an_order([seat(quantity="1.5")])),
    "E507": case(an_order([usage(quantity=2)])),
    "E508": case(an_order([seat(name=f"Seat {n}") for n in range(21)])),
    "E509": lambda: assemble(
        loaded(an_order([seat(), seat(name="Room", frequency="Quarterly")])), OddCycles(), Settings()
    ),
    "E510": case(an_order([seat(), evergreen()])),
    "E511": case(changed(more("2026-09-12"), "SBQQ__Quote__c", 1, SBQQ__EndDate__c=None)),
    "E512": case(changed(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=11.5)),
    "E513": case(changed(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__EndDate__c="2026-02-14")),
    "E514": case(line(SBQQ__ProrateMultiplier__c=11)),
    "E515": case(line(EndDate="2027-08-31", SBQQ__ProrateMultiplier__c=18, UnitPrice=2160)),
    "E516": case(an_order([seat(), setup_fee("-10.00")])),
    "E517": case(line(CurrencyIsoCode="GBP")),
    "E518": case(an_order([seat()], currency=None), default_currency="dollars"),
    "E519": lambda: assemble(loaded(an_order([seat()])), LongCycles(), Settings()),
    "E520": case(two_schedules()),
    "E521": case(tiered("ConsumptionSchedule", RatingMethod="Flat")),
    "E522": case(tiered("ConsumptionSchedule", Type="Band")),
    "E523": case(tiered("SBQQ__OrderItemConsumptionRate__c", SBQQ__PricingMethod__c="Percent")),
    "E524": case(tiered("SBQQ__OrderItemConsumptionRate__c", SBQQ__UpperBound__c=2.5)),
    "E525": case(an_order([seat("1.00", tiers=volume((10, "10.00")))])),
    "E526": case(tiered("SBQQ__OrderItemConsumptionRate__c", SBQQ__UpperBound__c=25)),
    "E528": case(
        changed(
            amend(an_order([seat(), seat(name="Room")]), "2026-09-01", lines=[change("Room", 3)]),
            "OrderItem",
            1,
            Skip_Line_Item__c=True,
        )
    ),
    "E529": case(replaced_line(1, more("2026-09-01", change(SEAT, 0)), SBQQ__RevisedOrderProduct__c=None)),
    "E530": case(more("2026-09-01", change(SEAT, -1))),
    "E531": case(
        amend(an_order([seat(), setup_fee()]), "2026-09-01", lines=[change(SEAT, 2), change("Onboarding", 0)])
    ),
    "E532": case(more("2026-09-01", term=7, end="2027-03-31")),
    "E533": case(more("2026-09-12"), non_anniversary_amendments=False),
    "E534": case(more("2026-09-12", term=7)),
    "E535": case(more("2026-02-01", term=13)),
    "E537": case(more("2026-09-01", setup_fee())),
    "E538": case(more("2026-09-01", change(SEAT, 0), setup_fee())),
    "E539": case(amend(more("2026-09-01", change(SEAT, 0)), "2026-10-01", lines=[seat(name="Room")])),
    "E540": case(cancelled()),
    "E541": case(ended_schedule()),
    "E543": case(changed(ever(), "OrderItem", 0, SBQQ__SubscriptionTerm__c=2)),
    "E544": case(ever("2026-02-01")),
    "E545": case(amend(ever("2026-03-06"), "2026-03-07", lines=[evergreen(name="Hotline")])),
    "E546": case(
        amend(
            amend(ever("2026-03-01", evergreen(quantity=2)), "2026-03-01", lines=[change("Support plan", 0)]),
            "2026-03-11",
            lines=[change("Support plan", -1)],
        )
    ),
    "E547": case(amend(ever(), "2026-03-01", end="2027-02-28", lines=[seat()])),
    "E548": case(amend(ever(), "2026-03-05", lines=[evergreen(name="Hotline")])),
    "E549": case(
        amend(ever("2026-03-01", evergreen(), evergreen(name="Hotline")), "2026-03-01", lines=[change("Hotline", 0)])
    ),
    "E550": case(amend(RAMP, "2026-05-01", lines=[change("Platform licence", 2, segment=2)])),
    "E551": case(
        changed(
            amend(RAMP, "2027-03-01", lines=[change("Platform licence", 2)]),
            "Contract",
            0,
            SBQQ__AmendmentStartDate__c="2027-03-02",
        )
    ),
    "E552": case(an_order([ramp("120.00", quantities=[1, 1], frequency="Annual")], "2026-03-01", 18)),
    "E554": case(
        changed(
            an_order([seat(coupons=[coupon("Spring", percent_off="25")])]),
            "Order_Stripe_Coupon__c",
            0,
            Amount_Off__c=10,
        )
    ),
    "E555": case(
        changed(
            an_order([seat(coupons=[coupon("Spring", percent_off="25")])]),
            "Order_Stripe_Coupon__c",
            0,
            Percent_Off__c=120,
        )
    ),
    "E556": case(changed(an_order([seat()]), "Order", 0, AccountId=None)),
    "E557": case(line(PricebookEntryId=None)),
    "E558": case(an_order([seat(), seat(quantity=-1, name="Room")])),
    "E559": case(an_order([])),
    "E560": case(amend(ever("2026-03-01", evergreen(quantity=3)), "2026-03-01", lines=[change("Support plan", 1)])),
    "E561": case(an_order([seat()], "2024-01-01", as_of=TODAY)),
    "E562": case(amend(an_order([setup_fee()]), "2026-09-01", end="2027-02-28", lines=[setup_fee(name="Training")])),
    "E563": case(an_order([seat("120.00", frequency="Annual")], "2025-01-01", 18, as_of=TODAY)),
    "E564": case(
        amend(
            RUNNING,
            "2026-03-01",
            lines=[evergreen(name="Hotline")],
            coupons=[coupon("10% off", percent_off=10)],
            as_of=TODAY,
        )
    ),
    "E594": case(
        an_order([seat(), seat(name="Room")], coupons=[coupon("Welcome", amount_off="10.00")]),
        order_coupons="lines",
    ),
    "W506": case(
        without_object(an_order([seat()], coupons=[coupon("Welcome", percent_off="10")]), "Order_Stripe_Coupon__c")
    ),
    "E565": case(
        an_order([seat()], "2025-10-31", as_of="2026-04-01T09:00:00Z", order=OLD),
        orders_activated_after=date(2026, 3, 1),
        migrate_older_orders=True,
    ),
    "W501": case(ever("2026-03-01", evergreen(frequency="Quarterly"))),
    "W502": case(planned(more(), orders=1)),
    "W503": case(an_order([seat("1.00", frequency="Annual", tiers=STEPS)], "2026-03-01", 18)),
    "W504": case(amend(RUNNING, "2026-02-27", lines=[change("Support plan", 0)], as_of=TODAY)),
    "W505": case(line(ServiceDate="2026-04-01", EndDate="2027-03-31")),
    "N505": lambda: preview(
        an_order([seat()], order={"Status": "Draft", "StatusCode": "Draft", "SBQQ__Contracted__c": True})
    ),
    "N501": case(an_order([seat()]), selected=lambda _order: False),
    "N502": case(more(), selected=lambda order: order.get("Type") == "New"),
    "N503": case(two_schedules(active=False)),
    "N504": case(an_order([seat()], "2025-10-01", as_of=TODAY, order=OLD), orders_activated_after=date(2026, 3, 1)),
    "E570": case(line(SBQQ__SubscriptionPricing__c=None)),
    "W520": case(
        without_empty_fields(
            line(SBQQ__SubscriptionPricing__c=None, SBQQ__SubscriptionType__c=None, SBQQ__SubscriptionTerm__c=None)
        )
    ),
    "W521": case(amend(ever("2026-03-01"), "2026-06-01", lines=[change("Support plan", 0)])),
    "E580": case(an_order([seat(), seat(name="Room", frequency="Annual")]), billing_mode="classic"),
    "W580": case(
        changed(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=24, SBQQ__EndDate__c="2027-02-28")
    ),
    "E581": case(
        planned(amend(an_order([seat()]), "2026-09-01", lines=[seat(name="Room", frequency="Quarterly")]), orders=1)
        | {"stripe": {"subscription_schedule": [{"id": "sub_sched_1", "status": "active", "phases": []}]}}
    ),
    "E582": case(
        changed(an_order([seat(), seat(name="Room", frequency="Annual")], "2026-02-01"), "Order", 0, **OLD),
        orders_activated_after=date(2026, 1, 1),
        migrate_older_orders=True,
    ),
    "E583": case(line(SBQQ__BillingFrequency__c=None)),
    "E584": case(line(ServiceDate="2026-06-01", SBQQ__ProrateMultiplier__c=9, UnitPrice=1080)),
    "E585": case(without(an_order([seat()]), "OrderItem", "SBQQ__BillingFrequency__c")),
    "E586": case(without_object(an_order([seat()]), "Opportunity")),
    "E587": case(an_order([ramp("120.00", quantities=[1] * 12)], "2026-03-01", 144)),
    "W522": case(an_order([ramp("120.00", quantities=[1] * 12)], "2026-03-01", 144), long_schedules="in_parts"),
    "E588": case(an_order([seat(), *(setup_fee(name=f"Fee {n}") for n in range(21))])),
    "E589": case(amend(an_order([seat(), setup_fee()], "2026-06-01"), "2026-06-01", lines=[change(SEAT, 0)])),
    "E590": case(amend(an_order([seat("1.00", 90, tiers=STEPS)]), "2026-09-01", lines=[change(SEAT, 110)])),
}
