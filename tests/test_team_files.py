"""The two team files beside the shipped rules: they plan every example order, and change what they say they change."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.places import shipped
from orderplan.engine.plan import make_plan, to_document
from orderplan.engine.program import Program
from orderplan.engine.records import load_bundles
from orderplan.engine.schema import stripe
from orderplan.engine.schema.salesforce import load_catalogue
from orderplan.engine.validate import check_file
from tests.builders.bindings import bindings

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples" / "orders").glob("*.json"))


@cache
def _program(team: str) -> Program:
    rules = check_file(str(shipped("rules", f"{team}.rules"))).rules
    assert rules is not None
    return Program(rules)


def _planned(team: str, example: str) -> dict[str, Any]:
    """The plan of an example, with its sensitive values."""
    catalogue = load_catalogue(shipped("schemas", "salesforce", "cpq.json"))
    (loaded,) = load_bundles(str(EXAMPLES[0].with_name(f"{example}.json")), catalogue, bindings())
    assert loaded.bundle is not None
    program = _program(team)
    return to_document(make_plan(loaded.bundle, program, stripe.load(program.rules.stripe_version)), reveal=True)


def _params(document: dict[str, Any], resource: str) -> dict[str, Any]:
    params: dict[str, Any] = next(each for each in document["calls"] if each["resource"] == resource)["params"]
    return params


@pytest.mark.parametrize("example", [each.stem for each in EXAMPLES])
@pytest.mark.parametrize("team", ["globex", "initech"])
def test_a_team_file_plans_every_example(team: str, example: str) -> None:
    """Nothing that a team changes breaks a kind of order."""
    document = _planned(team, example)
    assert document["calls"]
    assert [each["message"] for each in document["diagnostics"] if each["severity"] == "error"] == []


def test_globex_bills_by_invoice_with_the_terms_of_the_order() -> None:
    """The days come from the order's payment terms, the purchase order stands in the metadata."""
    settings = _params(_planned("globex", "annual-subscription"), "subscription_schedule")["default_settings"]
    assert settings == {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 30}}


def test_globex_sends_terms_again_with_an_amendment() -> None:
    """An update of a schedule carries the terms too."""
    calls = _planned("globex", "amendment-upsell")["calls"]
    update = next(each for each in calls if each["resource"] == "subscription_schedule" and each["action"] == "update")
    assert update["params"]["default_settings"]["collection_method"] == "send_invoice"


def test_globex_drops_the_description_and_marks_the_telephone_number() -> None:
    """What a team drops is gone, and what it marks is redacted wherever it stands."""
    document = _planned("globex", "annual-subscription")
    customer = next(each for each in document["calls"] if each["resource"] == "customer")
    assert "description" not in customer["params"]
    assert {"/phone", "/shipping/phone", "/email"} <= set(customer["sensitive"])


def test_initech_names_metadata_in_its_own_way_and_keeps_no_links() -> None:
    """The prefix is a setting, and inherited assignments are dropped under the new name, in phases and items too."""
    document = _planned("initech", "annual-subscription")
    customer, schedule = _params(document, "customer"), _params(document, "subscription_schedule")
    assert set(customer["metadata"]) == {"crm_account_id"}
    assert set(schedule["metadata"]) == {"crm_order_id"}
    assert set(schedule["phases"][0]["metadata"]) == {"crm_order_id"}
    assert set(schedule["phases"][0]["items"][0]["metadata"]) == {"crm_order_item_id"}
    assert set(schedule["phases"][0]["add_invoice_items"][0]["metadata"]) == {"crm_order_item_id"}
