"""The parameters of a call against the types, and against what the rules already say."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from orderplan.engine.parameters import Ref
from orderplan.engine.schema import stripe_check
from orderplan.engine.schema.stripe import OPEN, Possible, StripeSchema, Violation, load
from orderplan.engine.schema.stripe_check import check_parameters, check_shape

REFERENCE = Ref("price/01u000000000001")


@pytest.fixture(name="schema")
def the_schema() -> StripeSchema:
    """The schema of the pinned version."""
    return load("2026-10-28.endive")


def a_price(**changes: Any) -> dict[str, Any]:
    """Parameters that create a monthly price; None removes a parameter."""
    params = {
        "currency": "usd",
        "product": REFERENCE,
        "unit_amount_decimal": "1000",
        "recurring": {"interval": "month"},
    }
    return {name: value for name, value in (params | changes).items() if value is not None}


def a_schedule(*items: dict[str, Any], **phase: Any) -> dict[str, Any]:
    """Parameters that create a schedule with one phase."""
    items = items or ({"price": REFERENCE, "quantity": 2},)
    return {"customer": REFERENCE, "start_date": "now", "phases": [{"items": list(items), "end_date": 1, **phase}]}


def only(violations: list[Violation]) -> Violation:
    """The one violation that was expected."""
    assert len(violations) == 1, violations
    return violations[0]


CASES = [
    ("price", "create", a_price()),
    ("price", "create", a_price(currency=None)),
    ("price", "create", a_price(iterations=3, nick="x")),
    ("price", "create", a_price(unit_amount_decimal="1E+2")),
    ("price", "create", a_price(unit_amount_decimal=1000)),
    ("price", "create", a_price(recurring={"interval": "decade", "count": 1})),
    ("price", "create", a_price(tiers="many")),
    ("price", "create", a_price(metadata={"a": 1, "b": True, "c": "x"})),
    ("price", "create", a_price(currency_options={"eur": {"unit_amount": "1", "tiers": [{}]}})),
    ("price", "update", {"currency": "usd", "nickname": 7}),
    ("subscription_schedule", "create", a_schedule()),
    ("subscription_schedule", "create", a_schedule({"price": REFERENCE, "quantity": "2"}, {"quantity": True})),
    ("subscription_schedule", "create", a_schedule(discounts=[{"coupon": REFERENCE}, {"coupons": 1}], end_date="now")),
    ("subscription_schedule", "create", a_schedule(discounts="")),
    ("subscription_schedule", "create", a_schedule(discounts="none", items=None)),
    ("subscription_schedule", "create", a_schedule() | {"start_date": REFERENCE}),
    ("subscription", "update", {"cancel_at": "", "trial_end": "now", "items": []}),
    ("subscription", "update", {"cancel_at": "tomorrow", "trial_end": 1.5}),
    ("coupon", "create", {"percent_off": "12.5", "duration": "once"}),
    ("coupon", "create", {"percent_off": "a half", "duration": ""}),
    ("customer", "create", {"tax_exempt": "", "address": {"line1": None}}),
    ("customer", "create", {"tax_exempt": "no"}),
    ("invoice_item", "update", {"tax_code": 3}),
]


@pytest.mark.parametrize(("resource", "operation", "params"), CASES)
def test_both_validators_find_the_same(
    schema: StripeSchema, monkeypatch: pytest.MonkeyPatch, resource: str, operation: str, params: dict[str, Any]
) -> None:
    """The fast validator and the one that replaces it agree on every pointer and every word."""
    fast = check_parameters(schema, resource, operation, params)
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    monkeypatch.setattr(stripe_check, "_fast", stripe_check._fast.__wrapped__)
    assert check_parameters(schema, resource, operation, params) == fast


def test_right_parameters_pass(schema: StripeSchema) -> None:
    """A price and a schedule with references where ids will stand."""
    assert check_parameters(schema, "price", "create", a_price()) == []
    assert check_parameters(schema, "subscription_schedule", "create", a_schedule()) == []


def test_an_unknown_parameter_has_its_own_pointer(schema: StripeSchema) -> None:
    """`iterations` went away with an older version of the API."""
    found = only(check_parameters(schema, "subscription_schedule", "create", a_schedule(iterations=3)))
    assert (found.pointer, found.kind) == ("/phases/0/iterations", "unknown")
    assert found.message == "`iterations` is not a parameter of `phases.*`"


def test_a_missing_parameter_has_its_own_pointer(schema: StripeSchema) -> None:
    """The pointer leads to where the parameter belongs."""
    found = only(check_parameters(schema, "price", "create", a_price(currency=None)))
    assert found == Violation("/currency", "`currency` is missing, and Stripe requires it", "required")


def test_an_update_says_what_only_a_creation_takes(schema: StripeSchema) -> None:
    """A parameter that is known elsewhere is not called unknown."""
    found = only(check_parameters(schema, "price", "update", {"recurring": {"interval": "month"}}))
    assert (found.pointer, found.kind) == ("/recurring", "create_only")


def test_a_wrong_type_says_what_was_found_and_expected(schema: StripeSchema) -> None:
    """The message shows the value as JSON, so that a text is told from a number."""
    found = only(
        check_parameters(schema, "subscription_schedule", "create", a_schedule({"price": "p", "quantity": "2"}))
    )
    assert found.pointer == "/phases/0/items/0/quantity"
    assert found.message == '`quantity` is "2", expected a whole number'


def test_an_enum_lists_its_members(schema: StripeSchema) -> None:
    """Case counts."""
    found = only(check_parameters(schema, "price", "create", a_price(tax_behavior="Exclusive")))
    assert found.message == '`tax_behavior` is "Exclusive", expected one of `exclusive`, `inclusive`, `unspecified`'
    assert found.kind == "enum"


def test_a_reference_is_text_and_nothing_else(schema: StripeSchema) -> None:
    """An id that is not known yet fits a text, and no number, enum or amount."""
    found = only(check_parameters(schema, "price", "create", a_price(unit_amount_decimal=REFERENCE)))
    assert found.message == "`unit_amount_decimal` is a reference, expected a decimal number as text"


def test_half_a_surrogate_pair_is_checked_too(schema: StripeSchema) -> None:
    """Python holds text that is no Unicode; it must not end the program."""
    assert check_parameters(schema, "price", "create", a_price(nickname="\ud800")) == []
    assert only(check_parameters(schema, "price", "create", a_price(nickname="\ud800", active=1))).pointer == "/active"


def test_a_number_beyond_every_machine_word_is_checked_too(schema: StripeSchema) -> None:
    """JSON has no largest integer."""
    assert (
        check_parameters(schema, "subscription_schedule", "create", a_schedule({"price": "p", "quantity": 10**40}))
        == []
    )


def test_a_sensitive_value_is_in_no_message(schema: StripeSchema) -> None:
    """Marked values, and those inside a marked object, are told of without being shown."""
    params = a_price(currency="secret", recurring={"interval": "secret"})
    found = check_parameters(schema, "price", "create", params, sensitive={"/currency", "/recurring"})
    assert [each.pointer for each in found] == ["/currency", "/recurring/interval"]
    assert not any("secret" in each.message for each in found)


def test_pointers_are_escaped_and_ordered_by_number(schema: StripeSchema) -> None:
    """A slash in a metadata key is `~1`; the tenth item comes after the second."""
    items = [{"price": "p", "quantity": 1 if index not in {2, 10} else -1} for index in range(11)]
    params = a_schedule(*items) | {"metadata": {"a/b~c": 1}}
    pointers = [each.pointer for each in check_parameters(schema, "subscription_schedule", "create", params)]
    assert pointers == ["/metadata/a~1b~0c", "/phases/0/items/2/quantity", "/phases/0/items/10/quantity"]


def test_an_operation_that_is_not_there_is_a_fault_of_the_program(schema: StripeSchema) -> None:
    """The plan only makes calls that the schema has."""
    with pytest.raises(KeyError):
        check_parameters(schema, "price", "delete", {})


def test_a_shape_lacks_what_no_rule_assigns(schema: StripeSchema) -> None:
    """Known from the rules alone: a phase without items, a price without a product."""
    assert [
        each.pointer for each in check_shape(schema, "price", "create", {"currency": OPEN, "unit_amount": OPEN})
    ] == ["/product"]
    shape = {"customer": OPEN, "start_date": OPEN, "phases": [{"end_date": OPEN}]}
    assert only(check_shape(schema, "subscription_schedule", "create", shape)).pointer == "/phases/0/items"


def test_a_metered_price_without_a_meter_is_seen_in_the_rules(schema: StripeSchema) -> None:
    """The constant in the rules is enough to know."""
    recurring = {"interval": OPEN, "usage_type": "metered"}
    shape = {"currency": OPEN, "product": OPEN, "unit_amount_decimal": OPEN, "recurring": recurring}
    found = only(check_shape(schema, "price", "create", shape))
    assert found.pointer == "/recurring/meter"
    assert found.message == "`meter` is missing, and Stripe requires it when `usage_type` is `metered`"
    assert check_shape(schema, "price", "create", shape | {"recurring": recurring | {"meter": Possible()}}) == []


def test_what_may_be_absent_breaks_no_rule_of_either_kind(schema: StripeSchema) -> None:
    """Two alternatives, each under its own condition, are neither missing nor together."""
    shape = {"currency": OPEN, "unit_amount": Possible(), "unit_amount_decimal": Possible(), "product": OPEN}
    assert check_shape(schema, "price", "create", shape) == []


def test_an_open_value_meets_no_condition(schema: StripeSchema) -> None:
    """Whether a price is tiered is not known, so it may lack its tiers."""
    shape = {"currency": OPEN, "product": OPEN, "billing_scheme": OPEN, "unit_amount_decimal": Possible()}
    assert check_shape(schema, "price", "create", shape) == []


def test_a_shape_knows_the_limits_that_a_constant_breaks(schema: StripeSchema) -> None:
    """A nested block under a condition is looked into all the same."""
    shape = {"invoice_settings": Possible({"custom_fields": [{"name": "n" * 41, "value": OPEN}]})}
    found = only(check_shape(schema, "customer", "create", shape))
    assert (found.pointer, found.kind) == ("/invoice_settings/custom_fields/0/name", "max_length")
