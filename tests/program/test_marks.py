"""Which metadata keys mark what the program makes: read off the rules, whatever they are called."""

from __future__ import annotations

from orderplan.engine.marks import Marks
from tests.builders import amend, an_order, change, seat
from tests.plan.plans import Document, document_of, plan_in, program, with_forecast

RENAMED = """
override part recurring_item {
  drop metadata.salesforce_order_item_id
  metadata.acme_line = item.order_item.Id
}

override part one_time_item {
  drop metadata.salesforce_order_item_id
  drop metadata.salesforce_proration
  metadata.acme_line = item.order_item.Id
  metadata.acme_part = "true"  when item.proration
}
"""
OWN = """
override part recurring_item { metadata.a_order_item_id = item.order_item.OrderItemNumber }
override part one_time_item { metadata.a_order_item_id = item.order_item.OrderItemNumber }
"""


def amended() -> Document:
    bundle = an_order([seat("120.00", 2, frequency="Annual", product_term=12)], as_of="2026-02-01T00:00:00Z")
    return amend(bundle, "2026-09-01", lines=[change("Workspace seat", 3)])


def invoices(document: Document) -> list[tuple[str, int]]:
    return [(each["date"], each["total"]) for each in with_forecast(document)["forecast"]["invoices"]]


def test_the_shipped_rules_mark_lines_orders_and_flags() -> None:
    """Under the prefix of the settings."""
    assert program().marks.keys == Marks.prefixed("salesforce_").keys
    assert program().marks.objects == {"order_item": "OrderItem", "order": "Order"}


def test_a_renamed_key_is_followed() -> None:
    """In the marks of the plan, and in the forecast that reads them."""
    document = document_of(amended(), RENAMED)
    assert document["marks"]["order_item"] == ["acme_line", "salesforce_order_item_id"]  # the second of invoice items
    assert document["marks"]["proration"] == ["acme_part"]
    assert invoices(document) == invoices(document_of(amended()))


def test_a_key_of_the_teams_own_that_looks_like_ours_changes_nothing() -> None:
    """Its value is no id of a line, so it marks nothing."""
    document = document_of(amended(), OWN)
    assert document["marks"] == document_of(amended())["marks"]
    assert invoices(document) == invoices(document_of(amended()))


def test_a_later_plan_finds_what_a_renamed_key_marks() -> None:
    """The running price of a line is known from the schedule in Stripe."""
    bundle = amended()
    line = bundle["records"]["OrderItem"][0]["Id"]
    order = bundle["records"]["Order"][0]
    order["Stripe_ID__c"] = "sub_sched_1"
    item = {"price": "price_running", "quantity": 2, "metadata": {"acme_line": line}}
    phase = {
        "start_date": 1772323200,
        "end_date": 1803859200,
        "items": [item],
        "metadata": {"salesforce_order_id": order["Id"]},
    }
    state = {"id": "sub_sched_1", "status": "active", "phases": [phase]}
    plan = document_of(bundle | {"stripe": {"subscription_schedule": [state]}}, RENAMED)
    (update,) = (each for each in plan["calls"] if each["resource"] == "subscription_schedule")
    assert update["params"]["phases"][0]["items"][0]["price"] == "price_running"


def test_plans_of_format_1_0_had_one_prefix() -> None:
    """They state no marks; the prefix of the first key that ends as theirs did is taken for all."""
    document = document_of(amended())
    del document["marks"]
    assert plan_in(document).marks.keys == Marks.prefixed("salesforce_").keys
