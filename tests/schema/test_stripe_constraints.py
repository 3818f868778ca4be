"""The constraints kept by hand: the file itself, and each kind at work."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orderplan.engine.parameters import Ref
from orderplan.engine.places import shipped
from orderplan.engine.schema.stripe import StripeSchema, load
from orderplan.engine.schema.stripe_check import check_parameters
from orderplan.engine.schema.stripe_limits import KINDS
from orderplan.engine.schema.stripe_node import Node

VERSION = "2026-10-28.endive"
RAW = json.loads(shipped("schemas", "stripe", VERSION, "constraints.json").read_text("utf-8"))
KEYS = {"kind", "resources", "operations", "at", "when", "parameters", "source"}
FIGURES = {"limit", "minimum", "above", "maximum", "key_length", "value_length", "values"}


@pytest.fixture(name="schema")
def the_schema() -> StripeSchema:
    """The schema of the pinned version."""
    return load(VERSION)


def found(schema: StripeSchema, call: str, params: dict[str, Any]) -> list[tuple[str, str]]:
    """Pointer and kind of each violation of a call such as `price create`."""
    resource, operation = call.split()
    return [(each.pointer, each.kind) for each in check_parameters(schema, resource, operation, params)]


def a_price(**changes: Any) -> dict[str, Any]:
    """Parameters that create a price; None removes a parameter."""
    params = {"currency": "usd", "product": "prod_1", "unit_amount_decimal": "1000"} | changes
    return {name: value for name, value in params.items() if value is not None}


def tiered(*tiers: dict[str, Any]) -> dict[str, Any]:
    """Parameters that create a tiered price."""
    return a_price(unit_amount_decimal=None, billing_scheme="tiered", tiers_mode="volume", tiers=list(tiers))


def a_coupon(**changes: Any) -> dict[str, Any]:
    """Parameters that create a coupon of ten percent; None removes a parameter."""
    params = {"percent_off": "10", "duration": "once"} | changes
    return {name: value for name, value in params.items() if value is not None}


def a_schedule(**phase: Any) -> dict[str, Any]:
    """Parameters that create a schedule with one phase."""
    items = [{"price": "price_1", "quantity": 1}]
    return {"customer": "cus_1", "start_date": 0, "phases": [{"items": items, **phase}]}


def a_subscription(**changes: Any) -> dict[str, Any]:
    """Parameters that create a subscription."""
    return {"customer": "cus_1", "items": [{"price": "price_1"}], **changes}


def objects(node: Node, steps: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Node]]:
    """Every object below a node with its place."""
    inner = [(name, each) for name, each in node.properties.items()]
    inner += [("*", each) for each in (node.item, node.value) if each]
    below = [each for name, child in inner for each in objects(child, (*steps, name))]
    return ([(steps, node)] if node.kind == "object" else []) + below


@pytest.mark.parametrize("entry", RAW["constraints"], ids=lambda each: f"{each['kind']} {each['parameters'][0]}")
def test_an_entry_is_of_the_vocabulary_and_has_a_source(entry: dict[str, Any]) -> None:
    """A kind that is known, no misspelt key, and where the rule is from."""
    assert entry["kind"] in KINDS
    assert entry.keys() <= KEYS | FIGURES
    assert len(entry["source"]) > 20


def test_every_entry_finds_its_parameters(schema: StripeSchema) -> None:
    """An entry whose place or parameter the generated schema does not have would never say anything."""
    unused = set(range(len(RAW["constraints"])))
    for name in schema.resources():
        resource = schema.resource(name)
        assert resource is not None
        for operation in resource.operations:
            applying = [
                index
                for index, each in enumerate(RAW["constraints"])
                if name in each.get("resources", [name]) and operation in each.get("operations", [operation])
            ]
            entries = dict(zip(applying, schema.constraints.of(name, operation), strict=True))
            for steps, node in objects(resource.operations[operation].params):
                place = tuple("0" if each == "*" else each for each in steps)
                unused -= {i for i in unused & entries.keys() if _complete(entries[i], node, steps, place)}
    assert [RAW["constraints"][index] for index in unused] == []


def _complete(entry: Any, node: Node, steps: tuple[str, ...], place: tuple[str, ...]) -> bool:
    if not (entry.is_at(steps) or entry.is_at(place)):
        return False
    if not all(each.parameter[0] in node.properties for each in entry.when):
        return False
    exact = entry.at[:1] != ("**",)
    names = [each.split("/")[0] in node.properties for each in entry.parameters]
    return all(names) if exact else any(names)


def test_every_resource_has_its_prefix(schema: StripeSchema) -> None:
    """Given ids are told apart by it; only coupons have none."""
    assert sorted(RAW["resources"]) == list(schema.resources())
    assert [name for name, each in RAW["resources"].items() if each["id_prefix"] is None] == ["coupon"]


def test_currencies_are_lower_case_codes() -> None:
    """Sorted, so that a missing one shows."""
    codes = RAW["currencies"]["values"]
    assert codes == sorted(set(codes))
    assert all(len(each) == 3 and each.islower() for each in codes)
    assert {"usd", "eur", "jpy", "kwd"} <= set(codes)


@pytest.mark.parametrize(
    ("call", "right"),
    [
        ("price create", a_price()),
        ("price create", tiered({"up_to": 5, "unit_amount": 1}, {"up_to": "inf", "unit_amount": 1})),
        ("coupon create", a_coupon()),
        ("coupon create", a_coupon(percent_off=None, amount_off=500, currency="eur")),
        ("subscription_schedule create", a_schedule(end_date=5)),
        ("subscription_schedule create", {"from_subscription": "sub_1"}),
        ("subscription create", a_subscription(collection_method="send_invoice", days_until_due=30)),
        ("invoice_item create", {"customer": "cus_1", "pricing": {"price": "price_1"}, "quantity": 2}),
        ("invoice create", {"customer": "cus_1", "collection_method": "send_invoice", "days_until_due": 30}),
        ("customer create", {"name": "n" * 256, "metadata": {"currency": "U.S. dollars", "quantity": "-1"}}),
        ("product create", {"name": "Seat", "metadata": {}}),
        ("tax_rate create", {"display_name": "VAT", "inclusive": False, "percentage": "19"}),
    ],
)
def test_right_calls_pass(schema: StripeSchema, call: str, right: dict[str, Any]) -> None:
    """The builders of this file start from calls that nothing is wrong with."""
    assert found(schema, call, right) == []


@pytest.mark.parametrize(
    ("call", "params", "pointer", "kind"),
    [
        ("price create", a_price(product=None), "/product", "at_least_one"),
        ("price create", a_price(product_data={"name": "x"}), "/product_data", "at_most_one"),
        ("price create", a_price(unit_amount=1), "/unit_amount_decimal", "at_most_one"),
        ("price create", a_price(unit_amount_decimal=None), "/unit_amount_decimal", "at_least_one"),
        ("price create", a_price(unit_amount_decimal="0.0000000000001"), "/unit_amount_decimal", "decimals"),
        (
            "price create",
            a_price(unit_amount_decimal="-1", recurring={"interval": "month"}),
            "/unit_amount_decimal",
            "range",
        ),
        ("price create", a_price(currency="USD"), "/currency", "currency"),
        ("price create", a_price(currency_options={"xyz": {"unit_amount": 1}}), "/currency_options/xyz", "currency"),
        (
            "price create",
            a_price(recurring={"interval": "year", "interval_count": 4}),
            "/recurring/interval_count",
            "range",
        ),
        (
            "price create",
            a_price(recurring={"interval": "month", "interval_count": 0}),
            "/recurring/interval_count",
            "range",
        ),
        (
            "price create",
            a_price(recurring={"interval": "month", "usage_type": "metered"}),
            "/recurring/meter",
            "required",
        ),
        ("price create", a_price(metadata={"k" * 41: "v"}), f"/metadata/{'k' * 41}", "metadata"),
        ("price create", a_price(metadata={"k": "v" * 501}), "/metadata/k", "metadata"),
        ("price create", a_price(metadata={"k[0]": "v"}), "/metadata/k[0]", "metadata"),
        ("price create", a_price(metadata={str(n): "v" for n in range(51)}), "/metadata", "metadata"),
        ("price create", a_price(lookup_key="k" * 201), "/lookup_key", "max_length"),
        ("price create", tiered({"up_to": "inf"}) | {"unit_amount": 1}, "/unit_amount", "forbidden"),
        ("price create", tiered({"up_to": 5}), "/tiers/0/up_to", "tiers"),
        ("price create", tiered({"up_to": "inf"}, {"up_to": "inf"}), "/tiers/0/up_to", "tiers"),
        ("price create", tiered({"up_to": 5}, {"up_to": 5}, {"up_to": "inf"}), "/tiers/1/up_to", "tiers"),
        ("price create", tiered(), "/tiers", "tiers"),
        (
            "price create",
            tiered({"up_to": "inf", "flat_amount_decimal": "0.5"}),
            "/tiers/0/flat_amount_decimal",
            "decimals",
        ),
        (
            "price create",
            a_price(billing_scheme="tiered", unit_amount_decimal=None, tiers_mode="volume"),
            "/tiers",
            "required",
        ),
        ("product create", {"name": "x", "statement_descriptor": "a<b"}, "/statement_descriptor", "without"),
        ("product create", {"name": "x", "statement_descriptor": "a" * 23}, "/statement_descriptor", "max_length"),
        ("product create", {"name": "x", "images": ["u"] * 9}, "/images", "max_items"),
        ("customer create", {"description": "d" * 351}, "/description", "max_length"),
        ("customer update", {"email": "e" * 513}, "/email", "max_length"),
        ("coupon create", a_coupon(percent_off=None), "/amount_off", "at_least_one"),
        ("coupon create", a_coupon(amount_off=5, currency="usd"), "/percent_off", "at_most_one"),
        ("coupon create", a_coupon(percent_off=None, amount_off=5), "/currency", "required"),
        ("coupon create", a_coupon(percent_off="100.5"), "/percent_off", "range"),
        ("coupon create", a_coupon(percent_off=0), "/percent_off", "range"),
        ("coupon create", a_coupon(duration="repeating"), "/duration_in_months", "required"),
        ("subscription create", a_subscription(collection_method="send_invoice"), "/days_until_due", "required"),
        ("subscription create", a_subscription(days_until_due=30), "/days_until_due", "forbidden"),
        ("subscription create", a_subscription(items=[{"price": "p"}] * 21), "/items", "max_items"),
        ("subscription create", a_subscription(items=[{"quantity": 1}]), "/items/0/price", "at_least_one"),
        ("subscription_schedule create", {"start_date": 0, "phases": []}, "/customer", "at_least_one"),
        ("subscription_schedule create", {"customer": "c", "phases": []}, "/start_date", "required"),
        ("subscription_schedule create", {"from_subscription": "s", "phases": []}, "/phases", "forbidden"),
        (
            "subscription_schedule create",
            a_schedule(end_date=5, duration={"interval": "month"}),
            "/phases/0/duration",
            "at_most_one",
        ),
        ("subscription_schedule create", a_schedule(trial_end=6, end_date=5), "/phases/0/end_date", "ordered"),
        (
            "subscription_schedule create",
            a_schedule(billing_cycle_anchor="phase_start", trial=True),
            "/phases/0/trial",
            "value",
        ),
        (
            "subscription_schedule create",
            a_schedule(add_invoice_items=[{}]),
            "/phases/0/add_invoice_items/0/price",
            "at_least_one",
        ),
        (
            "subscription_schedule create",
            a_schedule(items=[{"price": "p", "quantity": -1}]),
            "/phases/0/items/0/quantity",
            "range",
        ),
        (
            "subscription_schedule create",
            a_schedule() | {"default_settings": {"collection_method": "send_invoice"}},
            "/default_settings/invoice_settings/days_until_due",
            "required",
        ),
        (
            "subscription_schedule update",
            {"phases": [{"items": []}, {"items": []}]},
            "/phases/0/start_date",
            "required",
        ),
        ("invoice_item create", {"pricing": {"price": "p"}}, "/customer", "at_least_one"),
        ("invoice_item create", {"customer": "c", "pricing": {}}, "/pricing/price", "required"),
        (
            "invoice_item create",
            {"customer": "c", "amount": 1, "period": {"start": 2, "end": 1}},
            "/period/end",
            "ordered",
        ),
        ("invoice create", {"customer": "c", "collection_method": "send_invoice"}, "/days_until_due", "at_least_one"),
        ("tax_rate create", {"display_name": "VAT", "inclusive": True, "percentage": 101}, "/percentage", "range"),
    ],
)
def test_each_rule_names_its_parameter(
    schema: StripeSchema, call: str, params: dict[str, Any], pointer: str, kind: str
) -> None:
    """One thing is wrong with each call, and one violation says so."""
    assert found(schema, call, params) == [(pointer, kind)]


def test_a_metered_price_takes_no_quantity_across_a_reference(schema: StripeSchema) -> None:
    """What the price is, only the call that makes it says; of a price that exists nothing is known."""
    reference = Ref("price/1")
    params = a_schedule(
        items=[{"price": reference, "quantity": 1}, {"price": reference}, {"price": "p", "quantity": 1}]
    )
    metered = {"price/1": {"recurring": {"interval": "month", "usage_type": "metered", "meter": "mtr_1"}}}
    (only,) = check_parameters(schema, "subscription_schedule", "create", params, calls=metered)
    assert only.pointer == "/phases/0/items/0/quantity"
    assert only.message == "`quantity` cannot be set when `price.recurring.usage_type` is `metered`"
    licensed = {"price/1": {"recurring": {"interval": "month"}}}
    assert check_parameters(schema, "subscription_schedule", "create", params, calls=licensed) == []


def test_a_trailing_zero_is_no_decimal_place(schema: StripeSchema) -> None:
    """1.5000000000000 is one and a half, however it was written."""
    assert found(schema, "price create", a_price(unit_amount_decimal="1.5000000000000")) == []


def test_a_condition_is_told_with_the_rule(schema: StripeSchema) -> None:
    """The message says when the rule holds, since the parameter alone looks right."""
    params = a_price(recurring={"interval": "month", "interval_count": 37})
    (only,) = check_parameters(schema, "price", "create", params)
    assert only.message == "`interval_count` is 37 and must be at most 36 when `interval` is `month`"


def test_a_currency_in_capitals_is_corrected(schema: StripeSchema) -> None:
    """Salesforce writes `EUR`, Stripe `eur`."""
    (only,) = check_parameters(schema, "price", "create", a_price(currency="EUR"))
    assert only.message == '`currency` is "EUR", which is no currency that Stripe bills, write `eur`'


def test_a_value_of_a_wrong_type_is_told_once(schema: StripeSchema) -> None:
    """The types speak first; a limit has nothing to add to a text where a number belongs."""
    assert found(schema, "coupon create", a_coupon(percent_off="most")) == [("/percent_off", "type")]
    assert found(schema, "coupon create", a_coupon(percent_off=[])) == [("/percent_off", "type")]
