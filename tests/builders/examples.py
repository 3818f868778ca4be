"""The example orders of `examples/orders`, one for each situation that a team meets first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderplan.engine.places import shipped
from orderplan.engine.schema.salesforce import load_catalogue
from tests.builders.amendments import amend, change
from tests.builders.lines import coupon, evergreen, graduated, ramp, seat, setup_fee, usage, volume
from tests.builders.orders import an_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.builders.org import Bundle, Fields


def _annual_subscription() -> Bundle:
    """Ten seats for a year, billed yearly, and a one-time onboarding; starts in the future."""
    return an_order(
        [seat("1200.00", 10, frequency="Annual"), setup_fee("2500.00")],
        number=1,
        account={"Name": "Brightwater Clinics"},
    )


def _annual_subscription_amended() -> Bundle:
    """The first example half a year later: two seats more, sold in an amendment. Nothing of it is in Stripe, as far as it says."""
    return amend(
        _annual_subscription(), start="2026-09-01", lines=[change("Workspace seat", 12)], as_of="2026-08-20T09:00:00Z"
    )


def _monthly_seats() -> Bundle:
    """Two monthly products at their list prices."""
    return an_order(
        [seat("45.00", 25), seat("15.00", 100, name="Viewer seat")],
        number=2,
        account={"Name": "Copperleaf Studios"},
    )


def _mixed_lines() -> Bundle:
    """Licensed seats, metered usage and a one-time fee on one order."""
    return an_order(
        [seat("120.00", 5), usage("0.05"), setup_fee("450.00")],
        number=3,
        account={"Name": "Halden Logistics"},
    )


def _one_time() -> Bundle:
    """Only one-time lines: an invoice, no subscription; the quote has neither start nor term."""
    return an_order(
        [setup_fee("1500.00", 3, name="Workshop day"), setup_fee("800.00", name="Data import")],
        start=None,
        term=None,
        number=4,
        account={"Name": "Orchard Lane Schools"},
    )


def _graduated_tiers() -> Bundle:
    """Metered usage in which each unit has the price of its own tier, beside a flat platform fee."""
    tiers = graduated((10_000, "0.03"), (100_000, "0.02"), (None, "0.01"))
    return an_order(
        [seat("250.00", name="Platform fee"), usage("0.00", name="Messages", tiers=tiers)],
        number=5,
        account={"Name": "Larkspur Media"},
    )


def _volume_tiers() -> Bundle:
    """Seats whose total decides the price of every one of them."""
    tiers = volume((50, "30.00"), (200, "25.00"), (None, "20.00"))
    return an_order([seat("25.00", 60, tiers=tiers)], number=6, account={"Name": "Quayside Insurance"})


def _negotiated_price() -> Bundle:
    """A list price that sales changed on the quote, and a line with a discount."""
    return an_order(
        [seat("120.00", 20, quoted_price="99.00"), seat("30.00", 20, name="Analytics add-on", discount=10)],
        number=7,
        account={"Name": "Tamarind Foods"},
    )


def _eighteen_months_annual() -> Bundle:
    """A yearly price for a year and a half: the last half year is billed by itself."""
    return an_order([seat("1200.00", 4, frequency="Annual")], term=18, number=8, account={"Name": "Ferrous Works"})


def _nine_months_annual() -> Bundle:
    """A yearly price for nine months: the term is shorter than one billing cycle."""
    return an_order([seat("1200.00", 4, frequency="Annual")], term=9, number=9, account={"Name": "Sable Aviation"})


def _quarterly_eur() -> Bundle:
    """Quarterly billing in euros; the list price covers a year."""
    return an_order(
        [seat("1440.00", 8, frequency="Quarterly")],
        start="2026-04-01",
        currency="EUR",
        number=10,
        account=_company("Ahornwerk GmbH", "+49 341 5550142", "Lindenhof 12", "Leipzig", "Sachsen", "04109", "DE"),
    )


def _yen() -> Bundle:
    """A currency without decimals."""
    return an_order(
        [seat("1200", 30), setup_fee("50000")],
        currency="JPY",
        number=11,
        account=_company("Kawabe Kiki", "+81 52 555 0142", "2-9-4 Sakuradai", "Nagoya", "Aichi", "460-0008", "JP"),
    )


def _backdated() -> Bundle:
    """An order that started two months before it was planned: the past is billed with the first invoice."""
    return an_order(
        [seat("80.00", 12)],
        start="2026-01-15",
        as_of="2026-03-20T10:00:00Z",
        number=12,
        account={"Name": "Pinnock Surveyors"},
    )


def _amendment_upsell() -> Bundle:
    """Five seats more in the middle of a yearly cycle, and another product with them."""
    sold = an_order([seat("1200.00", 10, frequency="Annual")], number=13, account={"Name": "Greyfriars Press"})
    return amend(
        sold,
        start="2026-09-01",
        lines=[change("Workspace seat", 15), seat("300.00", 15, name="Archive", frequency="Annual")],
        as_of="2026-08-20T14:00:00Z",
    )


def _ramp() -> Bundle:
    """Three years with more licences each year, and a support line that stays the same."""
    return an_order(
        [
            ramp("600.00", quantities=[50, 100, 150], frequency="Annual"),
            seat("2400.00", name="Premium support", frequency="Annual"),
        ],
        term=36,
        number=14,
        account={"Name": "Nordhavn Energy"},
    )


def _evergreen() -> Bundle:
    """Subscriptions that run until they are cancelled; they start in the future."""
    return an_order(
        [evergreen("89.00", 3), evergreen("19.00", name="Status page")],
        term=1,
        number=15,
        account={"Name": "Juniper Analytics"},
    )


def _coupons() -> Bundle:
    """A quarter off one line and fifty off the order, both once; and a coupon that repeats."""
    return an_order(
        [
            seat("120.00", 4, coupons=(coupon("Quarter off", percent_off=25),)),
            seat(
                "30.00",
                4,
                name="Analytics add-on",
                coupons=(coupon("Spring", percent_off=10, duration="repeating", months=3),),
            ),
        ],
        coupons=(coupon("Fifty off", amount_off="50.00"),),
        number=16,
        account={"Name": "Rookery Games"},
    )


def _amended_later() -> Bundle:
    """An amendment of an order that is in Stripe: planned and applied half a year ago, as the bundle says."""
    bundle = amend(
        an_order([seat("120.00", 10)], number=17, account={"Name": "Fennel and Rye"}),
        start="2026-09-01",
        lines=[change("Workspace seat", 12)],
        as_of="2026-08-20T09:00:00Z",
    )
    records = bundle["records"]
    ids = {"Account": "cus_Q17a", "Product2": "prod_Q17b", "PricebookEntry": "price_1Q17c", "Order": "sub_sched_1Q17d"}
    for name, stripe_id in ids.items():
        records[name][0]["Stripe_ID__c"] = stripe_id
    order, line = records["Order"][0]["Id"], records["OrderItem"][0]["Id"]
    phase = {
        "start_date": 1772323200,
        "end_date": 1803859200,
        "proration_behavior": "none",
        "metadata": {"salesforce_order_id": order},
        "items": [{"price": ids["PricebookEntry"], "quantity": 10, "metadata": {"salesforce_order_item_id": line}}],
        "add_invoice_items": [],
        "discounts": [],
    }
    schedule = {
        "id": ids["Order"],
        "status": "active",
        "created": 1771232400,
        "end_behavior": "cancel",
        "billing_mode": {"type": "classic"},
        "current_phase": {"start_date": 1772323200, "end_date": 1803859200},
        "subscription": "sub_1Q17e",
        "phases": [phase],
    }
    return bundle | {"stripe": {"subscription_schedule": [schedule]}}


def _company(name: str, phone: str, *address: str) -> Fields:
    """An account elsewhere: name, phone, and its address in the order street, city, state, postal code, country."""
    parts = dict(zip(("Street", "City", "State", "PostalCode", "Country"), address, strict=True))
    places = {f"{kind}{part}": value for kind in ("Billing", "Shipping") for part, value in parts.items()}
    return {"Name": name, "Phone": phone} | places


def _whole(build: Callable[[], Bundle]) -> Callable[[], Bundle]:
    """The bundle as a query of every field gives it: null for what is empty.

    Fields that only some orgs have are left out.
    """

    def built() -> Bundle:
        bundle = build()
        kinds = load_catalogue(shipped("schemas", "salesforce", "cpq.json")).objects
        records = {}
        for name, rows in bundle["records"].items():
            fields = kinds[name].fields.values() if name in kinds else ()
            empty = {each.name: None for each in fields if each.nillable and not each.some_orgs}
            records[name] = [dict(sorted((empty | row).items())) for row in rows]
        return bundle | {"records": records}

    return built


EXAMPLES: dict[str, Callable[[], Bundle]] = {
    "amendment-upsell": _whole(_amendment_upsell),
    "amended-later": _whole(_amended_later),
    "annual-subscription": _whole(_annual_subscription),
    "backdated": _whole(_backdated),
    "coupons": _whole(_coupons),
    "eighteen-months-annual": _whole(_eighteen_months_annual),
    "evergreen": _whole(_evergreen),
    "graduated-tiers": _whole(_graduated_tiers),
    "mixed-lines": _whole(_mixed_lines),
    "monthly-seats": _whole(_monthly_seats),
    "negotiated-price": _whole(_negotiated_price),
    "nine-months-annual": _whole(_nine_months_annual),
    "one-time": _whole(_one_time),
    "quarterly-eur": _whole(_quarterly_eur),
    "ramp": _whole(_ramp),
    "volume-tiers": _whole(_volume_tiers),
    "yen": _whole(_yen),
}
"""Builders of the example orders, by file name without its suffix."""

LATER: dict[str, Callable[[], Bundle]] = {"annual-subscription-amended": _whole(_annual_subscription_amended)}
"""Builders of what became of an example later; beside the examples, for a contract stands in one of those once."""
