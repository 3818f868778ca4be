"""No finding about a bundle shows a value of a field that is sensitive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from orderplan.engine.diagnostics import render_text
from orderplan.engine.records import read_bundle
from orderplan.engine.schema.salesforce import load_catalogue
from tests.builders.bindings import bindings
from tests.plan.plans import program
from tests.records.bundles import ORDER, a_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from orderplan.engine.schema.salesforce import Catalogue

WORDS = "7h4t-15-m1n3"
HIDDEN = {("Order", "PoNumber"), ("Order", "EffectiveDate"), ("Order", "TotalAmount"), ("Order", "AccountId")}


def shown(text: str, catalogue: Catalogue, code: str) -> str:
    """All findings as they are printed; one of them has the code."""
    findings = read_bundle(text.encode(), "order.json", catalogue, bindings(), sensitive=HIDDEN).findings
    assert code in {each.code for each in findings}
    return "".join(render_text(each, {}) for each in findings)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"EffectiveDate": WORDS}, "E420"),
        ({"EffectiveDate": f"2026-03-01T{WORDS}"}, "E420"),
        ({"TotalAmount": WORDS}, "E419"),
        ({"PoNumber": 715_142_857}, "E419"),
        ({"AccountId": WORDS}, "E415"),
        ({"PoNumber": WORDS + "\ud800"}, "E426"),
    ],
)
def test_a_value_that_is_wrong_is_not_shown(catalogue: Catalogue, order: dict[str, Any], code: str) -> None:
    """Its place and what it should be are enough to find it."""
    text = shown(json.dumps(a_bundle({"Order": [{"Id": ORDER, **order}]})), catalogue, code)

    assert WORDS not in text
    assert "715142857" not in text


def test_values_of_two_copies_are_not_shown(catalogue: Catalogue) -> None:
    """Only that they differ."""
    lines = [{"Id": "802000000000001", "Order": {"Id": ORDER, "PoNumber": WORDS}}]
    records = {"Order": [{"Id": ORDER, "PoNumber": "another"}], "OrderItem": lines}
    text = shown(json.dumps(a_bundle(records)), catalogue, "E418")

    assert WORDS not in text
    assert "another value in this copy" in text
    assert '"another"' not in text


def test_a_broken_text_is_not_shown(catalogue: Catalogue) -> None:
    """A quote inside a text ends it, and what follows is the rest of the value."""
    text = json.dumps(a_bundle({"Order": [{"Id": ORDER, "PoNumber": "broken"}]}))

    assert WORDS not in shown(text.replace('"broken"', f'"a"{WORDS}"'), catalogue, "E401")


def test_what_the_schema_marks_is_hidden_too(tmp_path: Path) -> None:
    """Without a word of the rules."""
    field = {"type": "string", "format": "date", "x-type": "date", "x-sensitive": True}
    definition = {"type": "object", "properties": {"Id": {"type": "string", "x-type": "id"}, "Birthday__c": field}}
    path = tmp_path / "org.json"
    path.write_text(json.dumps({"$defs": {"Order": definition}}))
    text = json.dumps(a_bundle({"Order": [{"Id": ORDER, "Birthday__c": WORDS}]}))

    assert WORDS not in shown(text, load_catalogue(path), "E420")


PACKAGE = {("Order_Stripe_Coupon__c", "Amount_Off__c"), ("Order_Stripe_Coupon__c", "Name__c")}


@pytest.mark.parametrize(
    ("coupons", "code"),
    [
        ([{"acme__Amount_Off__c": WORDS}], "E419"),
        ([{"acme__Name__c": 715_142_857}], "E419"),
        ([{"acme__Name__c": WORDS + "\ud800"}], "E426"),
        ([{"acme__Name__c": WORDS}, {"acme__Name__c": "another"}], "E418"),
    ],
)
def test_a_package_s_namespace_hides_as_much(catalogue: Catalogue, coupons: list[dict[str, Any]], code: str) -> None:
    """The rules mark a field by its bare name, and the bundle has it with the prefix of the package."""
    first, *more = ({"Id": "a0C000000000001", **each} for each in coupons)
    order = {"Id": ORDER, "acme__Order_Stripe_Coupons__r": {"totalSize": len(more), "done": True, "records": more}}
    records = {"Order": [order if more else {"Id": ORDER}], "acme__Order_Stripe_Coupon__c": [first]}
    text = json.dumps(a_bundle(records))
    findings = read_bundle(
        text.encode(), "order.json", catalogue, bindings(), namespace="acme", sensitive=PACKAGE
    ).findings
    printed = "".join(render_text(each, {}) for each in findings)

    assert code in {each.code for each in findings}
    assert [each for each in (WORDS, "715142857", 'another"') if each in printed] == []


def test_rules_with_a_namespace_mark_fields_by_their_bare_names(catalogue: Catalogue) -> None:
    """What the rules of an org with the package mark is what a prefixed bundle is checked with."""
    rules = program(
        'source salesforce "schemas/salesforce/cpq.json" namespace "acme"\n'
        "override customer { metadata.payment = contract.order.Stripe_Invoice_Payment_Link__c  sensitive }"
    ).rules
    assert ("Order", "Stripe_Invoice_Payment_Link__c") in rules.sensitive_fields
    text = json.dumps(a_bundle({"Order": [{"Id": ORDER, "acme__Stripe_Invoice_Payment_Link__c": 715_142_857}]}))
    findings = read_bundle(
        text.encode(), "order.json", catalogue, bindings(), namespace="acme", sensitive=rules.sensitive_fields
    ).findings

    assert "E419" in {each.code for each in findings}
    assert "715142857" not in "".join(render_text(each, {}) for each in findings)
