"""Coupons as parameters: where the discounts of an order and of its lines stand, whatever the order is billed by."""

from __future__ import annotations

from typing import Any

from tests.builders import amend, an_order, coupon, evergreen, setup_fee
from tests.plan.plans import clean_plan, params, phases, target

TODAY = "2026-03-01T00:00:00Z"
LINE, ORDER = coupon("Line", percent_off="25"), coupon("Order", amount_off="10.00")


def names(plan: Any, holder: Any) -> list[str]:
    """The names of the coupons that something is discounted by."""
    return [params(plan, target(each["coupon"]))["name"] for each in holder.get("discounts", ())]


def test_a_one_time_order_is_invoiced_with_its_coupons() -> None:
    """ONE-01, COUP-04: the line's coupon is on its invoice item, the order's on the invoice."""
    plan = clean_plan(an_order([setup_fee("100.00", coupons=[LINE])], None, None, coupons=[ORDER]))
    assert names(plan, params(plan, "invoice_item")) == ["Line"]
    assert names(plan, params(plan, "invoice")) == ["Order"]


def test_an_evergreen_order_that_starts_later_keeps_its_coupons() -> None:
    """EVG-02, COUP-04: the phase that waits for the start has the discounts that the subscription is to have."""
    plan = clean_plan(an_order([evergreen(coupons=[LINE])], "2026-03-06", as_of=TODAY, coupons=[ORDER]))
    (phase,) = phases(plan)
    assert (names(plan, phase), names(plan, phase["items"][0])) == (["Order"], ["Line"])


def test_a_one_time_line_that_an_evergreen_amendment_adds_keeps_its_coupon() -> None:
    """EVG-10, COUP-04: what an amendment bills once is discounted by the line's coupon."""
    bundle = an_order([evergreen()], "2026-03-01", as_of=TODAY)
    bundle = amend(bundle, "2026-03-01", 1, lines=[evergreen(name="Other plan"), setup_fee(coupons=[LINE])])
    plan = clean_plan(bundle)
    (extra,) = params(plan, "subscription update")["add_invoice_items"]
    assert names(plan, extra) == ["Line"]
