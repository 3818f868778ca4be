"""`schemas/model.json` agrees with the classes: names, types, what may be absent, defaults."""

from __future__ import annotations

import json
import re
import types
from dataclasses import MISSING, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from orderplan.engine.contract import model
from orderplan.engine.contract.settings import Settings, settings_from
from orderplan.engine.contract.terms import TERMS_OF
from orderplan.engine.money import Money
from orderplan.engine.places import shipped
from orderplan.engine.records import Record
from tests.plan.plans import program

DEFS: dict[str, Any] = json.loads(shipped("schemas", "model.json").read_text(encoding="utf-8"))["$defs"]
CLASSES = ("Contract", "Phase", "Item", "OneTimeItem", "Price", "Tier", "Coupon", "Update", "SkippedLine")
PLAIN = {str: "string", int: "integer", bool: "boolean"}


def described(hint: Any) -> dict[str, Any]:
    """The JSON Schema of a type, without its meaning."""
    if hint in PLAIN:
        return {"type": PLAIN[hint]}
    if hint is date:
        return {"type": "string", "format": "date"}
    if hint is datetime:
        return {"type": "string", "format": "date-time"}
    if hint in (Money, Decimal):
        return {"x-type": "money" if hint is Money else "decimal"}
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": sorted(get_args(hint))}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": described(get_args(hint)[0])}
    if hint is Record:
        return {"x-role": "?"}
    return {"$ref": f"#/$defs/{hint.__name__}"}


def as_described(schema: dict[str, Any]) -> dict[str, Any]:
    """A property of the schema in the same form."""
    out = {key: value for key, value in schema.items() if key not in ("description", "default")}
    if "items" in out:
        out["items"] = as_described(out["items"])
    if "enum" in out:
        out["enum"] = sorted(out["enum"])
    return out | ({"x-role": "?"} if "x-role" in out else {})


def parts(hint: Any) -> tuple[Any, bool]:
    """A type without None, and whether None was in it."""
    if get_origin(hint) in (Union, types.UnionType):
        (rest,) = [each for each in get_args(hint) if each is not type(None)]
        return rest, True
    return hint, False


@pytest.mark.parametrize("name", CLASSES)
def test_class_and_schema_agree(name: str) -> None:
    """Every field of a class is described with its type, and only what can be None is optional."""
    cls, schema = getattr(model, name), DEFS[name]
    hints = {key: parts(hint) for key, hint in get_type_hints(cls).items() if key != "origin"}
    assert set(hints) == set(schema["properties"])
    assert {key for key, (_, absent) in hints.items() if not absent} == set(schema.get("required", ()))
    for key, (hint, _) in hints.items():
        expected, found = described(hint), as_described(schema["properties"][key])
        if name == "Coupon" and key == "duration":
            found.pop("enum")
        assert found == expected, key


def test_every_field_says_what_it_means() -> None:
    """Nothing in the model is without a description."""
    silent = [
        f"{name}.{key}"
        for name, schema in DEFS.items()
        for key, each in schema["properties"].items()
        if not each.get("description")
    ]
    assert silent == []


def test_settings_agree() -> None:
    """Every setting has the schema's type and default."""
    schema = DEFS["Settings"]["properties"]
    hints = get_type_hints(Settings)
    assert [each.name for each in fields(Settings)] == list(schema)
    for each in fields(Settings):
        hint, absent = parts(hints[each.name])
        told = {name: value for name, value in as_described(schema[each.name]).items() if name != "x-currency"}
        assert told == described(hint), each.name
        assert each.default is not MISSING
        assert schema[each.name].get("default") == each.default
        assert absent == (each.default is None)


def test_settings_from_values() -> None:
    """Given values stand in place of the defaults; an unknown name is a fault of the program."""
    assert settings_from({"default_currency": "eur"}).default_currency == "eur"
    assert settings_from({}) == Settings()
    with pytest.raises(KeyError, match="colour"):
        settings_from({"colour": 1})


def test_terms_have_a_definition_each() -> None:
    """Every target of `read` rules is declared, for an object."""
    for target, name in TERMS_OF.items():
        assert DEFS[name]["x-read-target"] == target
        assert DEFS[name]["x-role"]


def test_reader_of_the_tests_reads_declared_terms() -> None:
    """The tests read lines in the terms of the model."""
    read = {each.path[0] for node in program().rules.reads if node.target == "line" for each in node.body}
    assert read <= set(DEFS["LineTerms"]["properties"])


def test_every_setting_is_documented() -> None:
    """The page of the contract model has a row for each setting, with its default."""
    text = shipped("docs", "contract-model.md").read_text(encoding="utf-8")
    for name, each in DEFS["Settings"]["properties"].items():
        default = each.get("default")
        shown = "absent" if default is None else f"`{json.dumps(default) if isinstance(default, bool) else default}`"
        assert f"| `{name}` | {shown} |" in text


def test_pages_that_the_documentation_links_to_exist() -> None:
    """No link of the page leads nowhere."""
    text = shipped("docs", "contract-model.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"errors/([EWN]\d{3})\.md", text))
    assert codes
    assert [each for each in codes if not shipped("docs", "errors", f"{each}.md").is_file()] == []
