"""Every parameter of the schema that bears on money is followed, named, or outside of what an invoice says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orderplan.engine.diff.classes import CLASSES, ChangeClass, known_class
from orderplan.engine.forecast.followed import FREE, NOT_FOLLOWED, PATTERNS, Bearing, bearing_of
from orderplan.engine.schema import stripe
from orderplan.engine.schema.stripe_node import Node
from tests.forecast.forecasts import Document, call, codes, item, phase, plan, price, schedule, seconds

SCHEMA = stripe.load("2026-10-28.endive")
MONTHLY = price("monthly", "1000", 1)

Steps = tuple[str, ...]


def _leaves(node: Node, steps: Steps = ()) -> Iterator[Steps]:
    """The names on the way to every parameter that holds a value, without places in lists."""
    inner = [(name, each) for name, each in node.properties.items() if name not in FREE]
    inner += [("", each) for each in (node.item, *node.arms) if each is not None]
    if not inner:
        yield steps
    for name, each in inner:
        yield from _leaves(each, (*steps, name) if name else steps)


PARAMETERS = sorted(
    {
        (resource, operation, steps)
        for resource in SCHEMA.resources()
        for operation, found in (SCHEMA.resource(resource) or pytest.fail(resource)).operations.items()
        for steps in _leaves(found.params)
        if steps
    }
)
"""Every parameter of the pinned version: resource, operation, names on the way."""


UNBILLED = {
    "customer invoice_settings.rendering_options.amount_tax_display",  # how an invoice looks
    "customer invoice_settings.rendering_options.template",
    "price recurring.meter",  # which usage is counted, and usage is not known
    "price recurring.trial_period_days",  # counts with `trial_from_plan` alone, which is named
    "subscription billing_mode.flexible.proration_discounts",  # how a discount of a proration is shown
    "subscription items.id",
    "subscription_schedule billing_mode.flexible.proration_discounts",
}
"""Parameters below one that alters billing which do not alter what is billed."""


def test_every_parameter_is_in_the_table() -> None:
    """A parameter of a new version has to be thought about."""
    unknown = [
        f"{resource}.{operation} {'.'.join(steps)}"
        for resource, operation, steps in PARAMETERS
        if f"{resource}.{operation}" not in NOT_FOLLOWED and bearing_of(resource, operation, steps) is None
    ]
    assert unknown == []


def test_the_table_holds_nothing_that_the_schema_lacks() -> None:
    """A row that nothing fits is a slip, or a parameter that went away."""
    fits = {
        (resource, first, *steps[:length])
        for resource, operation, steps in PARAMETERS
        for length in range(1, len(steps) + 1)
        for first in ("", f"{operation}:")
    }
    rows = {(resource, *pattern) for resource, patterns in PATTERNS.items() for pattern in patterns}
    assert rows - fits == set()


def test_operations_that_are_not_followed_exist() -> None:
    """Each is one of the schema's."""
    known = {f"{resource}.{operation}" for resource, operation, _ in PARAMETERS} | {
        f"{name}.{each}"
        for name in SCHEMA.resources()
        for each in (SCHEMA.resource(name) or pytest.fail(name)).operations
    }
    assert known >= NOT_FOLLOWED


def test_what_a_difference_of_plans_calls_billing_is_never_without_money() -> None:
    """The two tables of the program agree: 96 names alter billing besides amounts and moments, and each is followed, named, tax or payment."""
    names = {name.rpartition(".")[2] for name, kind in CLASSES.items() if kind is ChangeClass.BILLING}
    assert len({each for each, kind in CLASSES.items() if kind is ChangeClass.BILLING}) == 96
    without = {
        f"{resource} {'.'.join(steps)}"
        for resource, operation, steps in PARAMETERS
        if known_class(resource, steps) is ChangeClass.BILLING
        and f"{resource}.{operation}" not in NOT_FOLLOWED
        and (bearing_of(resource, operation, steps) or ("", Bearing.NONE))[1] is Bearing.NONE
    }
    assert without == UNBILLED
    assert names <= {step for _, _, steps in PARAMETERS for step in steps}


def test_the_table_is_counted() -> None:
    """How many parameters of the pinned version are followed, and how many are named instead."""
    found = {
        bearing: len(
            {
                (resource, name)
                for resource, operation, steps in PARAMETERS
                for name, kind in _bearing(resource, operation, steps)
                if kind is bearing
            }
        )
        for bearing in Bearing
    }
    assert found == {
        Bearing.FOLLOWED: 70,
        Bearing.NAMED: 51,
        Bearing.TAX: 40,
        Bearing.PAYMENT: 48,
        Bearing.NONE: 88,
    }


def _bearing(resource: str, operation: str, steps: Steps) -> list[tuple[str, Bearing]]:
    found = bearing_of(resource, operation, steps)
    return [] if found is None else [found]


# --- what a plan says of them ---


def _schedule(**more: object) -> Document:
    return schedule("2026-03-01", phase("2027-03-01", item("monthly")), **more)


@pytest.mark.parametrize(
    "params",
    [
        {"pause_schedules": [{"pause": {"pause_at": {"type": "timestamp", "timestamp": seconds("2026-05-01")}}}]},
        {"default_settings": {"billing_thresholds": {"amount_gte": 100}}},
        {"end_behavior": "renew"},
    ],
)
def test_what_is_not_followed_is_named(params: Document) -> None:
    """The finding has the parameter's name and the call that has it."""
    found = plan(MONTHLY, _schedule(**params))
    assert codes(found) == ["W810"]
    assert "subscription_schedule/1" in found["diagnostics"][0]["message"]


def test_a_parameter_that_changes_nothing_is_not_named() -> None:
    """Cleared, absent or false it does nothing; taxes and payment are not what the forecast is of."""
    settings = {"billing_thresholds": "", "collection_method": "send_invoice", "automatic_tax": {"enabled": True}}
    assert codes(plan(MONTHLY, _schedule(default_settings=settings))) == []


def test_another_currency_than_the_contracts_is_named() -> None:
    """Its amounts would be added up as if they were the contract's."""
    euro = price("monthly", "1000", 1, currency="eur")
    found = plan(euro, _schedule())
    assert [each["message"] for each in found["diagnostics"]] == [
        "the forecast does not follow `currency`, which price/monthly sets"
    ]


def test_a_parameter_of_several_calls_is_named_once() -> None:
    """With the first of them, and how many there are."""
    prices = [price(each, "1000", 1, custom_unit_amount={"enabled": True}) for each in ("a", "b", "c")]
    found = plan(*prices, schedule("2026-03-01", phase("2027-03-01", item("a"), item("b"), item("c"))))
    assert [each["message"] for each in found["diagnostics"]] == [
        "the forecast does not follow `custom_unit_amount`, which price/a and 2 calls more set"
    ]


def test_an_operation_that_is_not_followed_is_named() -> None:
    """A pause by a call of its own."""
    pause = call("pause", "subscription", "pause", {"type": "subscription"}, "/v1/subscriptions/sub_1/pause")
    assert codes(plan(MONTHLY, _schedule(), pause)) == ["W810"]
