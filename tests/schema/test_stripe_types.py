"""The loader: the schema files as typed nodes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orderplan.engine.diagnostics import CODES, OrderplanError
from orderplan.engine.schema.stripe import Node, StripeSchema, load, versions

VERSION = "2026-10-28.endive"


@pytest.fixture(name="schema")
def the_schema() -> StripeSchema:
    """The schema of the pinned version."""
    return load(VERSION)


def node(schema: StripeSchema, resource: str, operation: str, *path: str) -> Node:
    """The type of one parameter, `*` for the elements of a list or the values of a map."""
    found = schema.resource(resource)
    assert found is not None
    return found.operations[operation].params.below(path)


def test_the_pinned_version_is_known() -> None:
    """The folder's name is the version."""
    assert VERSION in versions()


def test_an_unknown_version_names_the_known_ones() -> None:
    """The message says what was asked for and the hint what there is."""
    with pytest.raises(OrderplanError) as caught:
        load("2019-01-01")
    assert caught.value.code == "E902"
    assert "'2019-01-01'" in caught.value.message
    assert VERSION in (caught.value.hint or "")
    assert caught.value.code in CODES


def test_loading_again_gives_the_same_schema(schema: StripeSchema) -> None:
    """Validators and nodes are made once a process."""
    assert load(VERSION) is schema


def test_an_unknown_resource_is_none(schema: StripeSchema) -> None:
    """The rules' validator makes its own finding of it."""
    assert schema.resource("plan") is None
    assert schema.resource("constraints") is None


def test_a_resource_has_its_prefix_and_operations(schema: StripeSchema) -> None:
    """Prefixes tell a schedule's id from a subscription's; coupons have ids of the account's choice."""
    schedule, coupon = schema.resource("subscription_schedule"), schema.resource("coupon")
    assert schedule is not None
    assert coupon is not None
    assert schedule.id_prefix == "sub_sched_"
    assert set(schedule.operations) == {"create", "update", "cancel", "release"}
    assert schedule.operations["update"].path == "/v1/subscription_schedules/{id}"
    assert coupon.id_prefix is None


@pytest.mark.parametrize(
    ("resource", "path", "kind"),
    [
        ("customer", "name", "text"),
        ("customer", "address", "object"),
        ("customer", "metadata", "map"),
        ("customer", "preferred_locales", "list"),
        ("customer", "tax_exempt", "enum"),
        ("price", "active", "boolean"),
        ("price", "unit_amount", "integer"),
        ("price", "unit_amount_decimal", "decimal"),
        ("price", "currency_options", "map"),
        ("price", "tiers/*/up_to", "integer"),
        ("coupon", "percent_off", "number"),
        ("coupon", "redeem_by", "timestamp"),
        ("subscription_schedule", "start_date", "timestamp"),
        ("subscription_schedule", "phases/*/discounts", "list"),
        ("subscription_schedule", "phases/*/items/*/quantity", "integer"),
        ("subscription", "cancel_at", "timestamp"),
    ],
)
def test_kinds(schema: StripeSchema, resource: str, path: str, kind: str) -> None:
    """A union with the empty text or with words has the kind of its one type."""
    assert node(schema, resource, "create", *path.split("/")).kind == kind


def test_words_and_clearing_are_kept_apart(schema: StripeSchema) -> None:
    """Constants stand in place of a number, `clearable` says that the empty text removes what was set."""
    cancel_at = node(schema, "subscription", "update", "cancel_at")
    assert cancel_at.constants == ("max_billed_until", "max_period_end", "min_period_end")
    assert cancel_at.clearable
    assert cancel_at.values == ()
    tax_exempt = node(schema, "customer", "create", "tax_exempt")
    assert tax_exempt.values == ("exempt", "none", "reverse")
    assert tax_exempt.constants == ()
    assert tax_exempt.clearable
    assert not node(schema, "price", "create", "nickname").clearable


def test_a_parameter_that_can_only_be_cleared_is_an_enum_without_members(schema: StripeSchema) -> None:
    """Nothing can be written into it but the empty text."""
    rules = node(schema, "invoice_item", "update", "invoicing_rules")
    assert (rules.kind, rules.values, rules.clearable) == ("enum", (), True)


def test_maps_and_lists_lead_on(schema: StripeSchema) -> None:
    """The value of a map and the item of a list are nodes; of other kinds they are None."""
    options = node(schema, "price", "create", "currency_options")
    assert options.value is not None
    assert "unit_amount" in options.value.properties
    assert options.item is None
    assert options.properties == {}


def test_required_joins_the_types_with_the_hand_kept_entries(schema: StripeSchema) -> None:
    """`price` of an invoice item's pricing is optional to the SDK and required by Stripe."""
    assert node(schema, "price", "create").required == {"currency"}
    assert node(schema, "invoice_item", "create", "pricing").required == {"price"}
    assert node(schema, "invoice_item", "create", "pricing").raw_required == frozenset()


def test_limits_come_from_the_hand_kept_entries(schema: StripeSchema) -> None:
    """A conditional limit is none that always holds."""
    assert node(schema, "customer", "create", "description").max_length == 350
    assert node(schema, "subscription_schedule", "update", "phases", "*", "add_invoice_items").max_items == 20
    assert node(schema, "customer", "create", "address", "line1").max_length is None


def test_create_only(schema: StripeSchema) -> None:
    """Lost on the update operation, so marked on the create operation."""
    assert node(schema, "subscription_schedule", "create", "start_date").create_only
    assert not node(schema, "subscription_schedule", "create", "phases").create_only


@pytest.mark.parametrize(
    ("resource", "path", "words"),
    [
        ("subscription_schedule", "start_date", "whole seconds since 1970 or `now`"),
        ("price", "tiers_mode", "one of `graduated`, `volume`"),
        ("customer", "phone", "text"),
        ("subscription_schedule", "phases/*/discounts", "a list or an empty text, which clears it"),
    ],
)
def test_expectations_in_words(schema: StripeSchema, resource: str, path: str, words: str) -> None:
    """Messages of the validator and of the plan say the same of a parameter."""
    assert node(schema, resource, "create", *path.split("/")).expectation() == words


def test_every_node_has_a_known_kind(schema: StripeSchema) -> None:
    """No parameter of any resource is left without a type, and none is a union of several."""
    kinds = {"text", "integer", "decimal", "number", "boolean", "enum", "timestamp", "object", "map", "list"}
    waiting = [each.params for name in schema.resources() for each in schema.resource(name).operations.values()]  # type: ignore[union-attr]
    seen = 0
    while waiting:
        found = waiting.pop()
        seen += 1
        assert found.kind in kinds, found
        waiting += [*found.properties.values(), *filter(None, (found.item, found.value))]
    assert seen > 1000


def test_neither_the_sdk_nor_a_validator_is_loaded_for_the_types() -> None:
    """A start of the program must not pay for what only a plan or the generator needs."""
    code = (
        f"import sys; from orderplan.engine.schema.stripe import load; load({VERSION!r}).resource('price');"
        "print([each for each in ('stripe', 'requests', 'jsonschema', 'jsonschema_rs') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
