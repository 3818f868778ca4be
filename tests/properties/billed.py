"""What Stripe would bill for a planned schedule, worked out from the plan's parameters alone: cents for each order line."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.builders import add_months

Document = dict[str, Any]


def billed(document: Document) -> dict[str, Fraction]:
    """Cents by order line until the schedule ends. Only licensed prices without tiers, which the caller sees to.

    Stripe bills a cycle of every item at each billing date of the subscription; a phase that follows with
    `proration_behavior` `none` bills no cycle that the schedule ends before, and one-time items when their phase starts.
    """
    prices = {
        each["id"]: each["params"]
        for each in document["calls"]
        if each["resource"] == "price" and each["action"] == "create"
    }
    (schedule,) = [each["params"] for each in document["calls"] if each["resource"] == "subscription_schedule"]
    begin = _day(schedule["start_date"])
    end = _day(schedule["phases"][-1]["end_date"])
    out: dict[str, Fraction] = {}
    starts = begin
    for at, phase in enumerate(schedule["phases"]):
        ends = _day(phase["end_date"])
        for item in phase["items"]:
            price = prices[item["price"]["$ref"]["call"]]
            cycle = price["recurring"]["interval_count"]
            assert price["recurring"]["interval"] == "month"
            dates = [each for each in _dates(begin, cycle, end) if starts <= each < ends]
            if at > 0:
                dates = [each for each in dates if _cycle_end(begin, cycle, each) <= end]
            _add(out, item, price, len(dates))
        for item in phase.get("add_invoice_items", ()):
            _add(out, item, prices[item["price"]["$ref"]["call"]], 1)
        starts = ends
    return out


def _add(out: dict[str, Fraction], item: Document, price: Document, times: int) -> None:
    line = item["metadata"]["salesforce_order_item_id"]
    amount = Fraction(Decimal(price["unit_amount_decimal"]))
    out[line] = out.get(line, Fraction(0)) + amount * item["quantity"] * times


def _dates(begin: datetime.date, cycle: int, end: datetime.date) -> list[datetime.date]:
    """The billing dates: whole cycles after the start, each clamped to its month's last day."""
    out: list[datetime.date] = []
    while (day := add_months(begin, cycle * len(out))) < end:
        out.append(day)
    return out


def _cycle_end(begin: datetime.date, cycle: int, day: datetime.date) -> datetime.date:
    months = (day.year - begin.year) * 12 + day.month - begin.month
    return add_months(begin, months + cycle)


def _day(moment: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).date()
