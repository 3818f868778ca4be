"""The generator: from the SDK's source to the committed schema files."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import stripe
from jsonschema import Draft202012Validator

from orderplan.engine.diagnostics import OrderplanError
from orderplan.engine.places import shipped
from orderplan.engine.schema.stripe_annotations import definitions_of
from orderplan.engine.schema.stripe_sdk import RESOURCES, generate, resource_schema, sdk_version

COMMITTED = shipped("schemas", "stripe", "2026-10-28.endive")
REQUEST_OPTIONS = {
    "api_key",
    "stripe_version",
    "stripe_account",
    "stripe_context",
    "max_network_retries",
    "idempotency_key",
    "content_type",
    "headers",
}


def converted(source: str, root: str = "P") -> dict[str, Any]:
    """The definition that the generator makes of one TypedDict, given as source."""
    return definitions_of(ast.parse(source), root)[root]


def a_field(annotation: str, name: str = "x", description: str = "") -> dict[str, Any]:
    """The schema of one parameter with an annotation as the SDK writes it."""
    documentation = f'    """\n    {description}\n    """\n' if description else ""
    source = f"class P(TypedDict):\n    {name}: {annotation}\n{documentation}"
    field: dict[str, Any] = converted(source)["properties"][name]
    return field


def test_the_committed_files_are_what_the_installed_sdk_gives(tmp_path: Path) -> None:
    """Generating again gives the same bytes, so nobody edited a generated file or forgot to commit one."""
    written = generate(tmp_path)
    assert {path.name for path in written} == {path.name for path in COMMITTED.glob("*.json")} - {"constraints.json"}
    for path in written:
        assert path.read_bytes() == (COMMITTED / path.name).read_bytes(), (
            f"{path.name}: run `orderplan schema generate`"
        )


def test_generating_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """The output depends on the SDK alone, not on the order in which classes are met."""
    first = {path.name: path.read_bytes() for path in generate(tmp_path / "a")}
    second = {path.name: path.read_bytes() for path in generate(tmp_path / "b")}
    assert first == second
    assert all(text.endswith(b"}\n") for text in first.values())


@pytest.mark.parametrize("resource", sorted(RESOURCES))
def test_every_file_is_a_valid_schema(resource: str) -> None:
    """Each definition and each file obeys the dialect that it names."""
    document = json.loads((COMMITTED / f"{resource}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"orderplan:stripe/{sdk_version()}/{resource}.json"
    for operation in document["x-operations"].values():
        assert operation["params"]["$ref"].removeprefix("#/$defs/") in document["$defs"]


@pytest.mark.parametrize("resource", sorted(RESOURCES))
def test_every_parameter_of_the_running_sdk_is_there(resource: str) -> None:
    """The names and the required ones agree with the TypedDicts as Python itself sees them."""
    document = resource_schema(resource)
    module = stripe.params.billing if resource == "billing_meter" else stripe.params
    for name, definition in document["$defs"].items():
        seen = getattr(module, name)
        own = set(seen.__annotations__) - REQUEST_OPTIONS
        assert set(definition["properties"]) == own
        assert set(definition.get("required", ())) == set(seen.__required_keys__) - REQUEST_OPTIONS


def test_request_options_are_no_parameters() -> None:
    """`idempotency_key` and the other options of the client are in no definition at all."""
    for resource in RESOURCES:
        for definition in resource_schema(resource)["$defs"].values():
            assert not REQUEST_OPTIONS & definition["properties"].keys()


def test_an_open_enum_keeps_its_literals() -> None:
    """The SDK adds `str` to every enum; the literals are what this version of the API knows."""
    assert a_field("NotRequired[\"Literal['graduated', 'volume']|str\"]") == {"enum": ["graduated", "volume"]}
    assert a_field('Union[Literal["day", "month"], str]') == {"enum": ["day", "month"]}


def test_the_empty_text_is_no_member_of_the_enum() -> None:
    """`Literal['']` clears a parameter, and stands apart from the values that it can have."""
    clear = {"const": "", "x-clearable": True}
    found = a_field("NotRequired[\"Literal['']|Literal['exempt', 'none']|str\"]")
    assert found == {"anyOf": [clear, {"enum": ["exempt", "none"]}]}
    assert a_field("NotRequired[\"Literal['']|str\"]") == {"anyOf": [clear, {"type": "string"}]}
    assert a_field("NotRequired[\"Literal['']\"]") == clear


def test_words_beside_a_number_stay_words() -> None:
    """`now` and `inf` are alternatives to a number, not enums of their own."""
    assert a_field("Union[Literal['inf'], int]", "up_to") == {"anyOf": [{"enum": ["inf"]}, {"type": "integer"}]}
    timestamp = {"type": "integer", "x-stripe-type": "timestamp"}
    assert a_field("NotRequired[\"int|Literal['now']\"]", "start_date") == {"anyOf": [{"enum": ["now"]}, timestamp]}
    cancel_at = "NotRequired[\"Literal['']|int|Literal['max_period_end', 'min_period_end']|str\"]"
    words = [{"const": "", "x-clearable": True}, {"enum": ["max_period_end", "min_period_end"]}]
    assert a_field(cancel_at, "cancel_at") == {"anyOf": [*words, timestamp]}


@pytest.mark.parametrize(
    ("name", "description", "is_timestamp"),
    [
        ("end_date", "", True),
        ("effective_at", "", True),
        ("redeem_by", "", True),
        ("whenever", "The Unix timestamp of it.", True),
        ("divide_by", "Divide usage by this number.", False),
        ("quantity", "", False),
    ],
)
def test_a_timestamp_is_told_from_a_count(name: str, description: str, is_timestamp: bool) -> None:
    """The SDK types both as `int`: the name or the description has to tell."""
    assert (a_field("NotRequired[int]", name, description).get("x-stripe-type") == "timestamp") is is_timestamp


def test_a_map_drops_its_untyped_twin() -> None:
    """`UntypedStripeObject` repeats the `Dict` beside it."""
    found = a_field('NotRequired["Dict[str, str]|UntypedStripeObject[str]"]')
    assert found == {"type": "object", "additionalProperties": {"type": "string"}}


def test_decimals_are_text_and_percentages_are_either() -> None:
    """Amounts must not pass through a binary fraction; Stripe takes percentages as numbers."""
    assert a_field("NotRequired[Decimal]")["type"] == "string"
    assert a_field("NotRequired[float]")["type"] == ["number", "string"]


def test_names_that_are_keywords_are_read_from_the_other_spelling() -> None:
    """A TypedDict with a parameter `from` or `in` can only be written as a call."""
    source = """
PBase = TypedDict("P", {"from": NotRequired[int], "in": NotRequired["Q"]})
class Q(TypedDict):
    pass
class P(PBase):
    to: str
"""
    found = converted(source)
    assert sorted(found["properties"]) == ["from", "in", "to"]
    assert found["required"] == ["to"]


def test_keyword_names_of_the_sdk_itself_are_read() -> None:
    """Tax registrations have a country `in` and `is`."""
    file = Path(stripe.__file__).parent / "params" / "tax" / "_registration_create_params.py"
    found = definitions_of(ast.parse(file.read_text("utf-8")), "RegistrationCreateParamsCountryOptions")
    assert {"in", "is"} <= found["RegistrationCreateParamsCountryOptions"]["properties"].keys()


def test_an_annotation_of_a_new_kind_is_refused() -> None:
    """A later SDK that types something differently stops the generator, and is never written as `anything`."""
    with pytest.raises(OrderplanError, match="tuple\\[int\\]"):
        a_field("NotRequired[tuple[int]]")


def test_operations_are_named_after_what_they_do() -> None:
    """The resource's own name leaves the operation's, and the path parameter is always `{id}`."""
    operations = resource_schema("invoice")["x-operations"]
    assert operations["finalize"]["path"] == "/v1/invoices/{id}/finalize"
    assert operations["void"]["path"] == "/v1/invoices/{id}/void"
    cancel = resource_schema("subscription")["x-operations"]["cancel"]
    assert (cancel["method"], cancel["path"]) == ("DELETE", "/v1/subscriptions/{id}")
    create = resource_schema("price")["x-operations"]["create"]
    assert (create["method"], create["path"]) == ("POST", "/v1/prices")


def test_reads_and_previews_are_no_operations() -> None:
    """Only what writes the object itself is there: no list, no preview, no removal of a discount below it."""
    for resource in RESOURCES:
        names = resource_schema(resource)["x-operations"].keys()
        assert not {"list", "retrieve", "search", "create_preview", "delete_discount"} & names


def test_what_an_update_does_not_take_is_create_only() -> None:
    """The mark goes as deep as the two parameter sets run side by side."""
    price = resource_schema("price")["$defs"]["PriceCreateParams"]["properties"]
    assert price["currency"]["x-create-only"]
    assert "x-create-only" not in price["nickname"]
    restrictions = resource_schema("promotion_code")["$defs"]["PromotionCodeCreateParamsRestrictions"]["properties"]
    assert restrictions["minimum_amount"]["x-create-only"]
    assert "x-create-only" not in restrictions["currency_options"]


def test_descriptions_come_along() -> None:
    """Nearly every parameter carries Stripe's own words, which only the source has."""
    fields = [
        each for d in resource_schema("subscription_schedule")["$defs"].values() for each in d["properties"].values()
    ]
    assert sum("description" in each for each in fields) / len(fields) > 0.95
