"""What the shipped catalogue of Salesforce objects says."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from orderplan.engine.places import shipped
from orderplan.engine.schema.salesforce import Catalogue, load_catalogue

PATH = shipped("schemas", "salesforce", "cpq.json")
FREQUENCIES = ("Monthly", "Quarterly", "Semiannual", "Annual", "Invoice Plan")


@pytest.fixture(scope="module", name="catalogue")
def _catalogue() -> Catalogue:
    return load_catalogue(PATH)


@pytest.fixture(scope="module", name="definitions")
def _definitions() -> dict[str, Any]:
    return json.loads(PATH.read_text(encoding="utf-8"))["$defs"]  # type: ignore[no-any-return]


def test_the_file_is_a_json_schema() -> None:
    """Editors and validators can use the catalogue as it is."""
    jsonschema.Draft202012Validator.check_schema(json.loads(PATH.read_text(encoding="utf-8")))


def test_the_file_is_written_canonically() -> None:
    """Keys are sorted, so that a difference between two catalogues shows what differs and nothing else."""
    text = PATH.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", ["OrderItem", "Product2", "SBQQ__Quote__c", "SBQQ__QuoteLine__c"])
def test_billing_frequencies_are_those_of_cpq(catalogue: Catalogue, name: str) -> None:
    """A lookup over the billing frequency has to cover exactly the five values that CPQ offers."""
    assert catalogue.objects[name].fields["SBQQ__BillingFrequency__c"].picklist == FREQUENCIES


@pytest.mark.parametrize(
    ("name", "field", "values"),
    [
        ("OrderItem", "SBQQ__BillingType__c", ("Advance", "Arrears")),
        ("OrderItem", "SBQQ__SubscriptionPricing__c", ("Fixed Price", "Percent Of Total")),
        ("OrderItem", "SBQQ__SubscriptionType__c", ("Renewable", "Evergreen", "One-time")),
        ("SBQQ__Quote__c", "SBQQ__Type__c", ("Quote", "Amendment", "Renewal", "Requote")),
        ("ConsumptionSchedule", "Type", ("Range", "Slab")),
        ("ConsumptionRate", "PricingMethod", ("PerUnit", "FlatFee")),
        ("SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__Type__c", ("Range", "Slab")),
        ("SBQQ__OrderItemConsumptionRate__c", "SBQQ__PricingMethod__c", ("PerUnit", "FlatFee")),
        ("Order_Stripe_Coupon__c", "Duration__c", ("once", "repeating", "forever")),
    ],
)
def test_picklists_that_decide_billing(catalogue: Catalogue, name: str, field: str, values: tuple[str, ...]) -> None:
    """The picklists that decide how a line is billed have the values that orgs have."""
    assert catalogue.objects[name].fields[field].picklist == values


def test_every_object_has_an_id_and_a_description(catalogue: Catalogue) -> None:
    """An object without them could be neither joined nor understood."""
    assert [each.name for each in catalogue.objects.values() if "Id" not in each.fields or not each.description] == []


def test_booleans_are_never_absent(catalogue: Catalogue) -> None:
    """A checkbox is true or false in Salesforce, never blank."""
    fields = [field for each in catalogue.objects.values() for field in each.fields.values() if field.type == "boolean"]
    assert fields
    assert [field.name for field in fields if field.nillable] == []


def test_required_fields_are_those_that_cannot_be_null(definitions: dict[str, Any]) -> None:
    """`required` and the null type say the same thing in two places, and agree."""
    for name, definition in definitions.items():
        never_null = {field for field, each in definition["properties"].items() if "null" not in each["type"]}
        assert set(definition["required"]) == never_null, name


def test_lookups_are_followed_by_the_names_of_soql(catalogue: Catalogue) -> None:
    """A custom lookup is followed by its name in __r, a standard one by its name without Id."""
    order = catalogue.objects["Order"].relationships
    assert order["SBQQ__Quote__r"].targets == ("SBQQ__Quote__c",)
    assert order["SBQQ__Quote__r"].field == "SBQQ__Quote__c"
    assert order["BillToContact"].field == "BillToContactId"


def test_a_lookup_to_objects_that_are_not_described_cannot_be_followed(catalogue: Catalogue) -> None:
    """The field is known with its targets, but there is no relationship whose fields could be named."""
    item = catalogue.objects["OrderItem"]
    assert item.fields["SBQQ__DiscountSchedule__c"].reference_to == ("SBQQ__DiscountSchedule__c",)
    assert "SBQQ__DiscountSchedule__r" not in item.relationships


def test_every_relationship_leads_to_described_objects(catalogue: Catalogue) -> None:
    """Whoever follows a relationship finds the object that it leads to."""
    targets = {
        target for each in catalogue.objects.values() for way in each.relationships.values() for target in way.targets
    }
    assert targets
    assert targets <= set(catalogue.objects)


def test_every_child_relationship_is_a_lookup_back(catalogue: Catalogue) -> None:
    """A subquery's records hold the id of the record that they were asked of."""
    for each in catalogue.objects.values():
        for child in each.children.values():
            assert each.name in catalogue.objects[child.object].fields[child.field].reference_to, child.name


def test_key_prefixes_are_of_three_characters_and_differ(catalogue: Catalogue) -> None:
    """An id says which standard object it belongs to."""
    prefixes = [each.key_prefix for each in catalogue.objects.values() if each.key_prefix]
    assert {len(each) for each in prefixes} == {3}
    assert len(set(prefixes)) == len(prefixes)


def test_custom_objects_have_no_key_prefix(catalogue: Catalogue) -> None:
    """Each org gives its custom objects prefixes of its own."""
    assert [name for name, each in catalogue.objects.items() if name.endswith("__c") and each.key_prefix] == []


@pytest.mark.parametrize(
    ("record_id", "name"),
    [("801W00001000001IAA", "Order"), ("01uW00001000001IAA", "PricebookEntry"), ("a0QW00001000001MAA", None)],
)
def test_an_id_names_its_object(catalogue: Catalogue, record_id: str, name: str | None) -> None:
    """Standard objects are known by the prefix, custom ones are not."""
    assert catalogue.object_of_id(record_id) == name


def test_emails_and_phones_of_people_are_sensitive(catalogue: Catalogue) -> None:
    """Outputs hide how a person is reached; the switchboard of a company is no secret."""
    contact = catalogue.objects["Contact"].fields
    assert all(field.sensitive for field in contact.values() if field.type in ("email", "phone"))
    assert catalogue.objects["Account"].fields["PersonEmail"].sensitive
    assert not catalogue.objects["Account"].fields["Phone"].sensitive


@pytest.mark.parametrize(
    "name", ["Account", "Product2", "PricebookEntry", "Order", "OrderItem", "Order_Stripe_Coupon__c"]
)
def test_stripe_ids_are_texts(catalogue: Catalogue, name: str) -> None:
    """Each record that a Stripe object can stand for has a field for its id."""
    field = catalogue.objects[name].fields["Stripe_ID__c"]
    assert (field.type, field.length, field.nillable) == ("string", 255, True)
