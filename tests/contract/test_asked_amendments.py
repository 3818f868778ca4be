"""Which of the orders that are asked for are planned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.plan.plans import document_of

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/later/annual-subscription-amended.json"
INITIAL, AMENDMENT = "801W00001000001IAA", "801W00001000002IAA"


def bundle_of(*order_ids: str) -> dict[str, Any]:
    """The initial order does not say that a contract was made of it."""
    bundle: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    bundle["records"]["Order"][0]["SBQQ__Contracted__c"] = False
    return {**bundle, "order_ids": list(order_ids)}


@pytest.mark.parametrize("asked", [(AMENDMENT,), (INITIAL, AMENDMENT), (AMENDMENT, INITIAL)])
def test_an_amendment_that_is_asked_for_is_planned_whatever_its_initial_order_says(asked: tuple[str, ...]) -> None:
    document = document_of(bundle_of(*asked))
    assert document["contract"]["order_ids"] == [INITIAL, AMENDMENT]
    assert f"subscription_schedule/{AMENDMENT}/update" in [each["id"] for each in document["calls"]]
