"""The example orders: each bills exactly what was sold, or says why it is not compared."""

from __future__ import annotations

import pytest

from tests.builders.examples import EXAMPLES
from tests.forecast.forecasts import account, codes, forecast_of

NOT_COMPARED = {
    "evergreen": "evergreen",
    "graduated-tiers": "metered",
    "mixed-lines": "metered",
    "volume-tiers": "tiered",
}
"""Why an example has a line that is not compared."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_reconciled_or_names_its_reason(name: str) -> None:
    """No line differs, and no example has a finding of the forecast."""
    found = forecast_of(EXAMPLES[name]())
    assert codes(found) == []
    lines = account(found)["lines"]
    assert {each["status"] for each in lines} <= {"equal", "not_compared"}
    assert {each["reason"].partition(":")[0] for each in lines if "reason" in each} == (
        {NOT_COMPARED[name]} if name in NOT_COMPARED else set()
    )


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("annual-subscription", 1_450_000),
        ("amendment-upsell", 1_725_000),
        ("amended-later", 864_000),
        ("coupons", 699_400),
        ("ramp", 18_720_000),
        ("eighteen-months-annual", 720_000),
        ("nine-months-annual", 360_000),
        ("yen", 482_000),
        ("evergreen", 343_200),
    ],
)
def test_an_example_bills_its_figure(name: str, total: int) -> None:
    """In minor units, to the end of the contract or for twelve months of one without an end."""
    assert forecast_of(EXAMPLES[name]())["forecast"]["total"] == total
