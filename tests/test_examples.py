"""The example orders are what the builders write, and what a bundle has to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.places import shipped
from orderplan.engine.records import load_bundles
from orderplan.engine.schema.salesforce import load_catalogue
from tests.builders import to_json
from tests.builders.bindings import bindings
from tests.builders.examples import EXAMPLES, LATER
from tests.builders.ids import checksum

FOLDER = Path(__file__).resolve().parent.parent / "examples" / "orders"


def _records(name: str) -> list[tuple[str, dict[str, Any]]]:
    bundle = EXAMPLES[name]()
    return [(object_name, record) for object_name, kept in bundle["records"].items() for record in kept]


def test_there_is_a_file_for_every_example_and_no_other() -> None:
    """A file that no builder writes would grow stale."""
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(EXAMPLES)


def test_what_became_of_examples_later_is_what_the_builders_write() -> None:
    """Beside the examples, and nothing else."""
    held = {each.stem: each.read_text(encoding="utf-8") for each in (FOLDER.parent / "later").glob("*.json")}
    assert held == {name: to_json(build()) for name, build in LATER.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_file_is_what_the_builder_writes(name: str) -> None:
    """`python -m tests.builders examples/orders` brings a file up to date."""
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == to_json(EXAMPLES[name]())


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_loads_without_a_finding(name: str) -> None:
    """The examples are bundles that an operator could have pulled."""
    catalogue = load_catalogue(shipped("schemas", "salesforce", "cpq.json"))
    loaded = list(load_bundles(str(FOLDER / f"{name}.json"), catalogue, bindings()))
    assert [each.findings for each in loaded] == [()]
    assert loaded[0].bundle is not None
    assert loaded[0].bundle.as_of.year == 2026


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_use_fields_of_the_catalogue_only(name: str) -> None:
    """An unknown field would be a spelling mistake of the builders."""
    objects = load_catalogue(shipped("schemas", "salesforce", "cpq.json")).objects
    unknown = {
        (kind, field) for kind, record in _records(name) for field in record if field not in objects[kind].fields
    }
    assert unknown == set()


@pytest.mark.parametrize("name", EXAMPLES)
def test_picklist_values_are_of_the_catalogue(name: str) -> None:
    """The examples stay within the values that a rule's lookups have to cover."""
    objects = load_catalogue(shipped("schemas", "salesforce", "cpq.json")).objects
    for kind, record in _records(name):
        for field, value in record.items():
            values = objects[kind].fields[field].picklist
            assert value is None or not values or value in values, (kind, field, value)


@pytest.mark.parametrize("name", EXAMPLES)
def test_ids_have_a_right_checksum(name: str) -> None:
    """The 18-character form of an id ends in the capitals of its 15 characters."""
    wrong = [record["Id"] for _, record in _records(name) if record["Id"][15:] != checksum(record["Id"][:15])]
    assert wrong == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_order_is_worth_its_lines(name: str) -> None:
    """TotalAmount is the sum of the lines, each of which is its unit price times its quantity."""
    records = EXAMPLES[name]()["records"]
    for order in records["Order"]:
        lines = [each for each in records["OrderItem"] if each["OrderId"] == order["Id"]]
        assert lines
        assert order["TotalAmount"] == pytest.approx(sum(each["TotalPrice"] for each in lines), abs=0.001)
        for each in lines:
            assert each["TotalPrice"] == pytest.approx(each["UnitPrice"] * each["Quantity"], abs=0.001)


def test_two_builds_are_the_same() -> None:
    """Builders have no clock and no chance in them."""
    assert json.dumps(EXAMPLES["ramp"]()) == json.dumps(EXAMPLES["ramp"]())


def test_a_checksum_says_where_the_capitals_are() -> None:
    """Each character stands for five: no capital gives A, all five give 5, the first is worth 1 and the fourth 8."""
    assert checksum("001a00000aaaaaa") == "AAA"
    assert checksum("ABCDE0000000000") == "5AA"
    assert checksum("A0000000B0000C0") == "BII"
