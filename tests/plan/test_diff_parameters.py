"""The table of classes: every parameter that the shipped rules can write has one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orderplan.engine.diff.classes import CLASSES, ChangeClass, class_of, class_of_object, gravest, known_class
from orderplan.engine.schema import stripe
from orderplan.engine.validate import ir
from tests.plan.plans import ROOT, VERSION, program

SCHEMA = stripe.load(VERSION)
RESOURCES = sorted({each.resource for each in program().rules.maps})


def _written(body: tuple[Any, ...], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths that statements of a map assign."""
    for each in body:
        if isinstance(each, ir.Assign):
            yield (*above, *(step if isinstance(step, str) else "key" for step in each.path))
        elif isinstance(each, ir.Each):
            yield from _written(each.body, (*above, *(step if isinstance(step, str) else "key" for step in each.path)))


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_parameter_of_a_mapped_resource_has_a_class(resource: str) -> None:
    """A parameter that Stripe adds is billing until somebody has looked at it, and this test asks for the look."""
    definition = SCHEMA.resource(resource)
    assert definition is not None
    names = {name for each in definition.operations.values() for name in each.params.properties}
    assert sorted(name for name in names if known_class(resource, (name,)) is None) == []


def test_every_parameter_that_the_shipped_rules_write_has_a_class() -> None:
    """None of them falls back to the cautious class by accident."""
    written = [(node.resource, path) for node in program().rules.maps for path in _written(node.body)]
    assert len(written) > 50
    assert [each for each in written if known_class(*each) is None] == []


def test_a_name_of_the_table_is_a_parameter_somewhere() -> None:
    """A misspelt row would never be used."""
    known: set[str] = set()

    def gather(node: Any, depth: int) -> None:
        for name, each in node.properties.items():
            known.add(name)
            if depth:
                gather(each, depth - 1)
        if node.item is not None:
            gather(node.item, depth)

    for resource in SCHEMA.resources():
        definition = SCHEMA.resource(resource)
        assert definition is not None
        for operation in definition.operations.values():
            gather(operation.params, 3)
    assert sorted(name for name in CLASSES if name.partition(".")[2] not in known and name not in known) == []


def test_amounts_and_moments_are_billing_wherever_the_schema_has_them() -> None:
    """The table lists none of them: those of tiers and of inline prices are found as well."""
    for steps in (
        ("unit_amount_decimal",),
        ("tiers", "0", "flat_amount_decimal"),
        ("currency_options", "eur", "unit_amount"),
    ):
        assert known_class("price", steps) is ChangeClass.BILLING
    assert known_class("subscription", ("cancel_at",)) is ChangeClass.BILLING
    assert not {"unit_amount", "flat_amount", "cancel_at", "start_date"} & CLASSES.keys()


def test_what_the_table_does_not_know_is_billing() -> None:
    """The cautious class."""
    assert class_of("price", ("a_parameter_of_tomorrow",)) is ChangeClass.BILLING


def test_the_innermost_name_counts() -> None:
    """An item is billed, its metadata is not, and a key of metadata is never taken for a parameter."""
    assert (
        class_of("subscription_schedule", ("phases", "0", "items", "1", "metadata", "quantity")) is ChangeClass.METADATA
    )
    assert class_of("subscription_schedule", ("phases", "0", "items", "1", "tax_rates")) is ChangeClass.BILLING


def test_a_row_of_one_resource_counts_at_its_top_alone() -> None:
    """`id` of a product is its identity; `id` of an item says what is billed."""
    assert class_of("product", ("id",)) is ChangeClass.IDENTITY
    assert class_of("subscription", ("items", "0", "id")) is ChangeClass.BILLING


@pytest.mark.parametrize(
    ("resource", "action", "params", "kind"),
    [
        ("customer", "create", ["name", "metadata"], "identity"),
        ("customer", "create", ["name", "balance"], "billing"),
        ("price", "create", ["unit_amount_decimal"], "identity"),
        ("price", "update", ["active"], "identity"),
        ("product", "update", ["tax_code"], "billing"),
        ("subscription_schedule", "create", ["metadata"], "billing"),
        ("invoice", "finalize", [], "billing"),
    ],
)
def test_a_call_is_as_grave_as_what_it_bills(resource: str, action: str, params: list[str], kind: str) -> None:
    """Prices and products bill nothing by being made; whatever bills names them."""
    assert class_of_object(resource, action, params) == kind


def test_billing_is_the_gravest() -> None:
    """Then identity, then metadata."""
    assert gravest([ChangeClass.METADATA, ChangeClass.BILLING, ChangeClass.IDENTITY]) is ChangeClass.BILLING
    assert gravest([ChangeClass.METADATA, ChangeClass.IDENTITY]) is ChangeClass.IDENTITY


def test_the_documentation_lists_the_table() -> None:
    """A reader finds every name in its row."""
    page = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")
    rows = {each.split("|")[1].strip(" *"): each for each in page.splitlines() if each.startswith("| **")}
    assert [name for name, kind in CLASSES.items() if f"`{name}`" not in rows[kind]] == []
