"""Plans as files for `stripe fixtures`: the documented format, every reference, no surprise in a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from orderplan.engine.render.fixtures import fixture_names, render_fixtures
from tests.builders import an_order, seat, setup_fee
from tests.builders.examples import EXAMPLES
from tests.plan.plans import Document, document_of, seen

FORMAT = {
    "type": "object",
    "required": ["_meta", "fixtures"],
    "additionalProperties": False,
    "properties": {
        "_meta": {"type": "object", "required": ["template_version"], "properties": {"template_version": {"const": 0}}},
        "fixtures": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "path", "method"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "pattern": "^[A-Za-z0-9_]+$"},
                    "path": {"type": "string", "pattern": "^/v1/"},
                    "method": {"enum": ["get", "post", "delete"]},
                    "params": {"type": "object"},
                },
            },
        },
    },
}
"""The format as https://docs.stripe.com/cli/fixtures and the Stripe CLI's wiki describe it."""

REFERENCE = re.compile(r"\$\{([A-Za-z0-9_]+):([a-z_.]+)\}")
EMAIL = "override customer { email = contract.order.BillToContact.Email  sensitive }"


def _fixtures(document: Document) -> Any:
    text, faults = render_fixtures(seen(document), "plan.json")
    assert faults == []
    assert text is not None
    return json.loads(text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """The references of a plan's call, as call id and field."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]["call"], value["$ref"]["field"]
        for name, each in value.items():
            if name != "$ref":
                yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_file_has_the_documented_format(name: str) -> None:
    """Every example order gives a file that the Stripe CLI accepts."""
    jsonschema.validate(_fixtures(document_of(EXAMPLES[name]())), FORMAT)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_reference_survives(name: str) -> None:
    """Call by call, in parameters and in paths, with the same field."""
    document = document_of(EXAMPLES[name]())
    names = fixture_names([each["id"] for each in document["calls"]])
    for call, fixture in zip(document["calls"], _fixtures(document)["fixtures"], strict=True):
        wanted = sorted(
            (names[target], field) for part in (call["params"], call["path"]) for target, field in _references(part)
        )
        assert (
            sorted(
                found for text in _texts([fixture["path"], fixture.get("params")]) for found in REFERENCE.findall(text)
            )
            == wanted
        )


@pytest.mark.parametrize("name", EXAMPLES)
def test_references_point_backwards(name: str) -> None:
    """The Stripe CLI knows only answers that it has."""
    before: set[str] = set()
    for fixture in _fixtures(document_of(EXAMPLES[name]()))["fixtures"]:
        used = {
            found[0] for text in _texts([fixture["path"], fixture.get("params")]) for found in REFERENCE.findall(text)
        }
        assert used <= before
        before.add(fixture["name"])


def test_parameters_are_the_plan_s() -> None:
    """Numbers stay numbers, decimals texts, flags flags."""
    document = document_of(an_order([seat(quantity=10)]))
    price = next(each for each in _fixtures(document)["fixtures"] if each["path"] == "/v1/prices")
    call = next(each for each in document["calls"] if each["resource"] == "price")
    assert price["method"] == "post"
    assert price["params"]["unit_amount_decimal"] == call["params"]["unit_amount_decimal"]
    assert price["params"]["recurring"] == call["params"]["recurring"]


def test_an_act_on_an_object_that_is_made_has_the_reference_in_its_path() -> None:
    """An invoice is finalised under the id that it gets."""
    fixtures = _fixtures(document_of(an_order([setup_fee()], start=None, term=None)))["fixtures"]
    last = next(each for each in fixtures if each["path"].endswith("/finalize"))
    assert re.fullmatch(r"/v1/invoices/\$\{invoice_\w+:id\}/finalize", last["path"])
    assert "params" not in last


def test_a_field_of_an_answer_keeps_its_path() -> None:
    """`current_phase.start_date` is looked up in the answer."""
    document = document_of(an_order([seat()]))
    moment = {"$ref": {"call": document["calls"][-1]["id"], "field": "current_phase.start_date"}}
    path = {
        "template": "/v1/subscription_schedules/{id}",
        "id": {"$ref": {"call": document["calls"][-1]["id"], "field": "id"}},
    }
    document["calls"].append(
        {**document["calls"][-1], "id": "next", "path": path, "params": {"phases": [{"start_date": moment}]}}
    )
    fixture = _fixtures(document)["fixtures"][-1]
    assert re.fullmatch(r"\$\{\w+:current_phase\.start_date\}", fixture["params"]["phases"][0]["start_date"])


def test_names_are_unique() -> None:
    """Ids that differ in signs alone do not share a name."""
    assert list(fixture_names(["price/a-b", "price/a.b", "price/a_b", "price/a_b_2"]).values()) == [
        "price_a_b",
        "price_a_b_2",
        "price_a_b_3",
        "price_a_b_2_2",
    ]


def test_sensitive_values_need_to_be_asked_for() -> None:
    """Digests must never reach Stripe."""
    bundle = an_order([seat()], contact={"Email": "ines@example.com"})
    text, faults = render_fixtures(seen(document_of(bundle, EMAIL)), "plan.json")
    assert text is None
    assert [each.code for each in faults] == ["E724"]
    assert "email" in faults[0].message


def test_revealed_values_are_sent() -> None:
    """A file of fixtures holds the values themselves."""
    bundle = an_order([seat()], contact={"Email": "ines@example.com"})
    fixtures = _fixtures(document_of(bundle, EMAIL, reveal=True))["fixtures"]
    assert fixtures[0]["params"]["email"] == "ines@example.com"


def test_a_plan_with_errors_is_not_exported() -> None:
    """It is not to be run by anything."""
    document = document_of(
        an_order([seat()]), 'override customer { fail CPQ-900 "not today" when contract.term_months > 1 }'
    )
    text, faults = render_fixtures(seen(document), "plan.json")
    assert (text, [each.code for each in faults]) == (None, ["E725"])


@pytest.mark.parametrize("text", ["${.env:STRIPE_API_KEY}", "a ${customer:id} b", "${"])
def test_a_text_that_the_stripe_cli_would_replace_is_refused(text: str) -> None:
    """A record must not read the environment of whoever runs the file."""
    document = document_of(an_order([seat()], account={"Description": text}))
    found, faults = render_fixtures(seen(document), "plan.json")
    assert (found, [each.code for each in faults]) == (None, ["E726"])
    assert "description" in faults[0].message


def test_a_sensitive_text_that_would_be_replaced_is_not_shown() -> None:
    """The refusal names the parameter, not the value."""
    bundle = an_order([seat()], contact={"Email": "${ines}@example.com"})
    _, faults = render_fixtures(seen(document_of(bundle, EMAIL, reveal=True)), "plan.json")
    assert [each.code for each in faults] == ["E726"]
    assert "ines" not in faults[0].message
