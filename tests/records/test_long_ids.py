"""Ids of 15 characters are brought to their form of 18, wherever they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderplan.engine.records.ids import long_id
from tests.records.bundles import a_line

if TYPE_CHECKING:
    from tests.records.conftest import Load


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("801000000000001", "801000000000001AAA"),
        ("001D000000IRFma", "001D000000IRFmaIAH"),  # an id as Salesforce's documentation has it
        ("a0DEaXdKkPqZzYx", "a0DEaXdKkPqZzYxMVK"),
        ("801000000000001AAA", "801000000000001AAA"),
    ],
)
def test_the_long_form_says_which_letters_are_capitals(short: str, long: str) -> None:
    """Five characters at a time, the first one counting one."""
    assert long_id(short) == long


def test_every_id_of_a_record_is_long(load: Load) -> None:
    """Its own, those of its lookups, and those to plan."""
    lines = [a_line(1, Product2Id="01tD000000IRFma"), a_line(2, OrderId="801000000000001AAA")]
    bundle = load({"OrderItem": lines}).bundle

    assert bundle is not None
    assert bundle.order_ids == ("801000000000001AAA",)
    first, second = bundle.records.all("OrderItem")
    assert (first.id, first.get("OrderId"), first.get("Product2Id")) == (
        "802000000000001AAA",
        "801000000000001AAA",
        "01tD000000IRFmaIAH",
    )
    assert bundle.records.referring("OrderItem", "OrderId", "801000000000001") == (first, second)


def test_a_lookup_takes_the_form_of_its_record(load: Load) -> None:
    """Also where somebody made up the last three characters."""
    bundle = load({"Product2": [{"Id": "01t000000000001XYZ"}], "OrderItem": [a_line(Product2Id="01t000000000001")]})

    assert bundle.bundle is not None
    assert bundle.bundle.records.all("OrderItem")[0].get("Product2Id") == "01t000000000001XYZ"


def test_an_id_in_the_metadata_of_stripe_is_the_record_s(load: Load) -> None:
    """Else a line would not be found again in what runs; a text that is no id of a record stays."""
    metadata = {"line": "802000000000001", "other": "802000000000009", "note": "twelve months"}
    item = {"price": "price_1", "metadata": metadata}
    state = {"id": "sub_sched_1", "phases": [{"items": [item], "metadata": {"order": "801000000000001AAA"}}]}
    bundle = load({"OrderItem": [a_line()]}, stripe={"subscription_schedule": [state]}).bundle

    assert bundle is not None
    found = bundle.stripe_object("subscription_schedule", "sub_sched_1")
    assert found is not None
    (phase,) = found["phases"]
    assert phase["items"][0]["metadata"] == metadata | {"line": "802000000000001AAA"}
    assert phase["metadata"] == {"order": "801000000000001AAA"}
