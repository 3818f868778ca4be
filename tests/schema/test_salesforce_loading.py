"""Reading a catalogue file: what it gives, and how a bad one is refused."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from orderplan.engine.diagnostics import OrderplanError
from orderplan.engine.schema.salesforce import FieldType, load_catalogue

if TYPE_CHECKING:
    from pathlib import Path

TEXT: dict[str, Any] = {"type": ["string", "null"], "x-type": "string", "maxLength": 80}


def _written(folder: Path, **objects: Any) -> Path:
    path = folder / "org.json"
    path.write_text(json.dumps({"$defs": objects}), encoding="utf-8")
    return path


def _object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"Id": {"type": "string", "x-type": "id"}} | fields}


def _refusal(path: Path) -> str:
    with pytest.raises(OrderplanError) as caught:
        load_catalogue(path)
    assert caught.value.code == "E903"
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value.message


def test_a_field_keeps_what_describe_said(tmp_path: Path) -> None:
    """Type, length, values, nillability and meaning of a field come through."""
    status = {
        "type": "string",
        "x-type": "picklist",
        "x-picklist": ["New", "Old"],
        "x-restricted": True,
        "maxLength": 40,
        "description": "Stage of the thing",
    }
    catalogue = load_catalogue(_written(tmp_path, Thing__c=_object(Status__c=status)))
    assert catalogue.objects["Thing__c"].fields["Status__c"] == FieldType(
        name="Status__c",
        type="picklist",
        nillable=False,
        picklist=("New", "Old"),
        restricted=True,
        length=40,
        scale=None,
        reference_to=(),
        relationship=None,
        sensitive=False,
        description="Stage of the thing",
    )


def test_a_lookup_to_several_objects_keeps_the_described_ones(tmp_path: Path) -> None:
    """An owner can be a user or a queue; only the described one can be followed to its fields."""
    owner = {
        "type": "string",
        "x-type": "reference",
        "x-reference-to": ["Group", "User"],
        "x-relationship": "Owner",
    }
    catalogue = load_catalogue(_written(tmp_path, Thing__c=_object(OwnerId=owner), User=_object()))
    thing = catalogue.objects["Thing__c"]
    assert thing.fields["OwnerId"].reference_to == ("Group", "User")
    assert thing.relationships["Owner"].targets == ("User",)


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    """A plan can name the exact catalogue that it was made with."""
    path = _written(tmp_path, Thing__c=_object(Name=TEXT))
    assert load_catalogue(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message names the file and what the system said."""
    assert "no such file" in _refusal(tmp_path / "absent.json")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_not_json_is_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, cut off, not UTF-8 or nested without end: refused, never a traceback."""
    path = tmp_path / "org.json"
    path.write_bytes(content)
    assert "is not JSON" in _refusal(path)


@pytest.mark.parametrize("content", ["[]", "{}", '{"$defs": []}', '{"$defs": {}}', "null"])
def test_a_document_without_objects_is_refused(tmp_path: Path, content: str) -> None:
    """Other JSON is no catalogue."""
    path = tmp_path / "org.json"
    path.write_text(content, encoding="utf-8")
    assert "holds no objects" in _refusal(path)


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ([], "expected a JSON object"),
        ({}, 'expected fields in "properties"'),
        (_object(Place__c={"x-type": "address"}), 'field Place__c has the "x-type" "address"'),
        (_object(Place__c="text"), 'field Place__c has the "x-type" null'),
        (_object(Place__c=TEXT | {"x-picklist": "New"}), '"x-picklist" that is no list of texts'),
        (_object(Place__c=TEXT | {"x-reference-to": [1]}), '"x-reference-to" that is no list of texts'),
        (_object(Place__c=TEXT | {"x-relationship": []}), '"x-relationship" of the wrong type: []'),
        (_object(Place__c=TEXT | {"type": 5}), '"type" of the wrong type: 5'),
        (_object() | {"x-key-prefix": 801}, '"x-key-prefix" is no text'),
        (_object() | {"x-child-relationships": {"Parts": "Part"}}, '"x-child-relationships" need'),
    ],
)
def test_a_wrong_description_is_named(tmp_path: Path, definition: Any, said: str) -> None:
    """The message names the object, and the field where it is one, and what was expected."""
    message = _refusal(_written(tmp_path, Thing__c=definition))
    assert "describes Thing__c wrongly" in message
    assert said in message
