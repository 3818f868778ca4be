"""What parameters mean beyond their types: units of figures, and the resources that ids name."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from orderplan.engine.places import shipped
from orderplan.engine.schema.stripe import Node, load

VERSION = "2026-10-28.endive"
RAW = json.loads(shipped("schemas", "stripe", VERSION, "constraints.json").read_text("utf-8"))["meanings"]


def parameters() -> Iterator[Node]:
    """Every parameter of every operation."""
    schema = load(VERSION)
    for name in schema.resources():
        resource = schema.resource(name)
        assert resource is not None
        for operation in resource.operations.values():
            yield from inside(operation.params)


def inside(node: Node) -> Iterator[Node]:
    """All parameters inside one."""
    for each in (*node.properties.values(), *filter(None, (node.item, node.value))):
        yield each
        yield from inside(each)


def node(call: str, path: str) -> Node:
    """A parameter of a call such as `price create`."""
    operation = load(VERSION).operation(*call.split())
    found = operation.params.at(path.split("/")) if operation else None
    assert found is not None, path
    return found


@pytest.mark.parametrize("entry", RAW, ids=lambda each: f"{each.get('unit') or each['refers']} {each['parameters'][0]}")
def test_an_entry_says_one_thing_and_its_source(entry: dict[str, object]) -> None:
    """A unit or a resource that the schema has."""
    assert len(entry.keys() & {"unit", "refers"}) == 1
    assert entry.keys() <= {"unit", "refers", "at", "parameters", "source"}
    assert entry.get("unit", "minor") == "minor"
    assert entry.get("refers", "price") in load(VERSION).resources()
    assert len(str(entry["source"])) > 20


def test_every_name_of_an_entry_finds_parameters_of_its_kind() -> None:
    """Amounts are figures, ids are texts; a name that the schema does not have would never say anything."""
    found = list(parameters())
    unused = {(at, name) for at, each in enumerate(load(VERSION).meanings) for name in each.parameters}
    for each in found:
        for at, meaning in enumerate(load(VERSION).meanings):
            if meaning.is_of(each.path):
                kinds = {"integer", "decimal"} if meaning.unit else {"text"}
                assert ({each.kind} | {arm.kind for arm in each.arms}) & kinds, each
                unused.discard((at, each.path[-1]))
    assert unused == set()


def test_every_figure_that_is_called_an_amount_is_one() -> None:
    """An amount that no entry names would be taken in major units."""
    figures = [each for each in parameters() if each.kind in {"integer", "decimal"}]
    amounts = [each for each in figures if "amount" in each.path[-1].split("_")]
    assert amounts
    assert [each for each in amounts if each.unit != "minor"] == []


@pytest.mark.parametrize(
    ("call", "path", "unit"),
    [
        ("price create", "unit_amount_decimal", "minor"),
        ("price create", "tiers/0/flat_amount", "minor"),
        ("price create", "custom_unit_amount/preset", "minor"),
        ("customer create", "balance", "minor"),
        ("subscription_schedule create", "phases/0/end_date", "moment"),
        ("subscription_schedule create", "start_date", "moment"),
        ("invoice_item create", "period/start", "moment"),
        ("price create", "recurring/interval_count", None),
        ("subscription create", "days_until_due", None),
        ("subscription create", "transfer_data/amount_percent", None),
    ],
)
def test_units(call: str, path: str, unit: str | None) -> None:
    """Moments by their type, amounts by the entries."""
    assert node(call, path).unit == unit


@pytest.mark.parametrize(
    ("call", "path", "resource"),
    [
        ("price create", "product", "product"),
        ("price create", "recurring/meter", "billing_meter"),
        ("subscription_schedule create", "phases/0/items/0/price", "price"),
        ("subscription_schedule create", "phases/0/items/0/tax_rates/0", "tax_rate"),
        ("subscription_schedule create", "from_subscription", "subscription"),
        ("product update", "default_price", "price"),
        ("customer create", "name", None),
        ("price create", "metadata/price", None),
    ],
)
def test_references(call: str, path: str, resource: str | None) -> None:
    """Of a list, its elements; a key of metadata is the account's own word."""
    assert node(call, path).refers == resource
