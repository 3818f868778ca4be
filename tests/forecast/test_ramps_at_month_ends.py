"""Ramps that start at the end of a month: their segments end where billing dates are, counted from the ramp's start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import an_order, ramp
from tests.forecast.forecasts import forecast_of
from tests.plan.plans import document_of

STARTS = ("2026-01-29", "2026-01-30", "2026-01-31", "2026-08-31", "2026-11-30")
KINDS = (("Quarter", 4, "Monthly", 12, 3), ("Quarter", 4, "Quarterly", 12, 3), ("Month", 6, "Monthly", 6, 1))


def by_whole_months(bundle: dict[str, Any], months: int) -> dict[str, Any]:
    """The bundle as CPQ prices it that counts a segment as so many months, whatever days its month has."""
    for each in bundle["records"]["OrderItem"]:
        term = each["SBQQ__DefaultSubscriptionTerm__c"] or 12
        each["SBQQ__ProrateMultiplier__c"] = months / term
        each["UnitPrice"] = 120 * months / term
        each["TotalPrice"] = each["UnitPrice"] * each["Quantity"]
    return bundle


def ramped(start: str, kind: tuple[str, int, str, int, int]) -> dict[str, Any]:
    """One unit in the first segment, one more in each other."""
    dimension, count, frequency, term, _ = kind
    lines = [ramp("120.00", quantities=list(range(1, count + 1)), dimension=dimension, frequency=frequency)]
    return an_order(lines, start, term, as_of="2026-01-15T09:00:00Z")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda each: f"{each[0]}-{each[2]}")
def test_a_ramp_of_whole_months_bills_what_was_sold(start: str, kind: tuple[str, int, str, int, int]) -> None:
    """Every segment in its own cycles; after 31 January comes 30 April, and then 31 July."""
    document = forecast_of(by_whole_months(ramped(start, kind), kind[4]))
    assert [each["code"] for each in document["diagnostics"]] == []
    assert document["forecast"]["reconciliation"]["status"] == "reconciled"
    quantities = [each["lines"][0]["quantity"] for each in document["forecast"]["invoices"]]
    each_one = len(quantities) // kind[1]
    assert quantities == [number for number in range(1, kind[1] + 1) for _ in range(each_one)]


def test_a_segment_that_was_sold_by_its_days_is_refused() -> None:
    """CPQ counted one month and three days, and Stripe bills a month: the difference is nobody's guess."""
    document = document_of(ramped("2026-01-31", KINDS[2]))
    found = [each for each in document["diagnostics"] if each["code"] == "E552"]
    assert "is sold for 1.0986" in found[0]["message"]
    assert not document["applyable"]
