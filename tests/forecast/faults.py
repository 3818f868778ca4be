"""For every code of the forecast, a plan that gives it alone. The pages in `docs/errors` show what is said of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orderplan.engine.diagnostics import Diagnostic, diagnostic_from_json
from tests.builders import amend, an_order, change, coupon, ramp, seat
from tests.forecast.forecasts import call, forecast_of, item, phase, plan, price, ref, schedule, seconds, update
from tests.forecast.forecasts import coupon as a_coupon

Document = dict[str, Any]

_MONTHLY = price("monthly", "1000", 1)
_UNEVEN = seat("1000.00", frequency="Monthly", product_term=36)
_HALF_YEAR = coupon("Half a year", percent_off=10, duration="repeating", months=6)
_RARE = coupon("Rare", percent_off=10, duration="forever", max_redemptions=1)
_YEARLY = seat("1200.00", frequency="Annual")


def _sold(total: str) -> list[Document]:
    return [
        {
            "order_item": "monthly",
            "order": "O",
            "contract": "C",
            "currency": "usd",
            "total": total,
            "quantity": "1",
            "recurring": True,
        }
    ]


def _mispriced() -> Document:
    return plan(_MONTHLY, schedule("2026-03-01", phase("2027-03-01", item("monthly"))), sold=_sold("100"))


def _upsell() -> Document:
    sold = an_order([_YEARLY], start="2026-03-01")
    return forecast_of(
        amend(
            sold,
            start="2026-05-01",
            lines=[change("Workspace seat", 0), seat("2400.00", name="Gold", frequency="Annual")],
        )
    )


def _damaged() -> Document:
    return plan(_MONTHLY, schedule("2026-03-01", phase("2027-03-01", item("monthly")) | {"end_date": "soon"}))


def _unknown_price() -> Document:
    return plan(schedule("2026-03-01", phase("2027-03-01", item("monthly") | {"price": "price_1PaQ"})))


def _cut() -> Document:
    yearly = price("monthly", "12000", 12)
    return plan(yearly, schedule("2026-03-01", phase("2027-05-01", item("monthly"))), sold=_sold("140"))


def _lost() -> Document:
    end = call(
        "cancel",
        "subscription_schedule",
        "cancel",
        {"invoice_now": False, "prorate": False},
        {"template": "/v1/subscription_schedules/{id}/cancel", "id": ref("subscription_schedule/1")},
    )
    running = phase("now", item("monthly"), start_date=seconds("2026-03-01"))
    added = phase("2026-09-01", item("monthly"), start_date="now", add_invoice_items=[item("Onboarding")])
    made = schedule("2026-03-01", phase("2026-09-01", item("monthly"), proration_behavior=None))
    return plan(_MONTHLY, price("Onboarding", "50000"), made, update(running, added), end, as_of="2026-03-16T12:00:00Z")


def _earlier() -> Document:
    later = phase("2026-09-01", item("monthly"), start_date=seconds("2026-03-01"))
    return plan(_MONTHLY, update(later, target="sub_sched_1PaQ"), as_of="2026-05-10T12:00:00Z", start="2026-03-01")


def _partial() -> Document:
    change_ = call(
        "subscription/1/update",
        "subscription",
        "update",
        {"items": [item("monthly")], "proration_behavior": "none"},
        "/v1/subscriptions/sub_1PaQ",
    )
    return plan(_MONTHLY, change_, as_of="2026-03-10T00:00:00Z", start="2026-02-01")


def _endless() -> Document:
    daily = price("daily", "100", 1, recurring={"interval": "day"})
    return plan(daily, schedule("2026-03-01", phase("2126-03-01", item("daily"))))


_FLEXIBLE = {"billing_mode": {"type": "flexible"}}
_CLASSIC = {"billing_mode": {"type": "classic"}}
_USAGE = price("usage", "5", 1, recurring={"usage_type": "metered"})


def _crowded() -> Document:
    days = price("daily", "100", 1, recurring={"interval": "day"})
    made = schedule("2026-03-01", phase("2027-03-01", item("daily"), proration_behavior=None), **_FLEXIBLE)
    return plan(days, made, as_of="2026-12-01T12:00:00Z")


def _usage_that_leaves() -> Document:
    usage, seat_ = item("usage", None), item("monthly")
    return plan(
        _MONTHLY,
        _USAGE,
        schedule("2026-03-01", phase("2026-03-16", seat_, usage), phase("2027-03-01", seat_), **_CLASSIC),
    )


def _earlier_prorations() -> Document:
    more = phase("2027-03-01", item("monthly", 3), start_date=seconds("2026-03-01"))
    call_ = update(more, target="sub_sched_1PaQ", proration_behavior="create_prorations")
    return plan(_MONTHLY, call_, as_of="2026-05-10T12:00:00Z", start="2026-03-01")


def _no_date() -> Document:
    long = phase("2026-03-11", item("monthly"))
    short = phase("2026-03-21", item("monthly"), item("extra"))
    rest = phase("2027-03-01", item("monthly"))
    sold = [*_sold("120"), _sold("10")[0] | {"order_item": "extra"}]
    return plan(_MONTHLY, price("extra", "1000", 1), schedule("2026-03-01", long, short, rest), sold=sold)


FAULTS: dict[str, Callable[[], Document]] = {
    "E801": lambda: forecast_of(an_order([_UNEVEN], term=36), strict=True),
    "W801": _mispriced,
    "W802": lambda: forecast_of(an_order([_UNEVEN], term=36)),
    "W803": _upsell,
    "W804": _unknown_price,
    "W805": lambda: forecast_of(an_order([_YEARLY], term=9), "prorate_short_terms = false"),
    "W806": lambda: forecast_of(
        an_order([seat("10.00")], start="2026-01-01", as_of="2026-02-16T09:00:00Z", skip_past_invoices=True)
    ),
    "W807": _cut,
    "W808": _lost,
    "W809": _damaged,
    "E810": _crowded,
    "W810": lambda: plan(
        _MONTHLY,
        schedule("2026-03-01", phase("2027-03-01", item("monthly"), billing_thresholds={"amount_gte": 5000})),
    ),
    "W811": _usage_that_leaves,
    "W812": _earlier_prorations,
    "W813": lambda: plan(
        _MONTHLY,
        a_coupon("Spring", percent_off="10", duration="forever", redeem_by=seconds("2026-02-20")),
        schedule("2026-03-01", phase("2027-03-01", item("monthly", 1, "Spring"))),
    ),
    "W814": _no_date,
    "N802": _earlier,
    "N803": _partial,
    "N804": _endless,
    "N810": lambda: plan(
        _MONTHLY,
        schedule("2026-03-01", phase("2027-03-01", item("monthly")), end_behavior="release"),
        sold=_sold("120"),
        contracts=[{"id": "C", "kind": "renewable", "order_ids": ["O"], "currency": "usd", "end": "2027-03-01"}],
    ),
    "N812": lambda: forecast_of(
        an_order([ramp("120.00", quantities=[1] * 12)], "2026-03-01", 144), 'long_schedules = "in_parts"'
    ),
    "N811": lambda: plan(
        _MONTHLY,
        schedule("2026-03-01", phase("2027-03-01", item("monthly"), proration_behavior=None)),
        as_of="2026-05-10T12:00:00Z",
    ),
    "W822": lambda: plan(
        _MONTHLY,
        schedule("2026-03-01", phase("2027-03-01", item("monthly"), trial_end=seconds("2026-06-01"))),
        sold=_sold("120"),
    ),
    "W820": lambda: forecast_of(an_order([seat("1200.00", frequency="Annual", coupons=(_HALF_YEAR,))])),
    "W821": lambda: forecast_of(
        an_order([seat("10.00", coupons=(_RARE,)), seat("20.00", name="Room", coupons=(_RARE,))])
    ),
}
"""A plan document with its forecast, by code."""

WITH_OTHERS = frozenset({"N803", "N812", "W812"})
"""Codes that never come alone: what is not known only where a subscription was planned earlier, what follows in parts."""


def findings(code: str) -> list[Diagnostic]:
    """What is said of a code's plan."""
    found = [diagnostic_from_json(each) for each in FAULTS[code]()["diagnostics"]]
    return [each for each in found if each.code == code] if code in WITH_OTHERS else found
