"""Records: typed values of fields, and the way along lookups."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from orderplan.engine.records import Records
from tests.records.bundles import ORDER, a_line

if TYPE_CHECKING:
    from orderplan.engine.records import Record
    from orderplan.engine.schema.salesforce import Catalogue
    from tests.records.conftest import Load


def an_order(catalogue: Catalogue, **fields: object) -> Record:
    """The only record of a set."""
    return Records.of(catalogue, {"Order": [{"Id": ORDER, **fields}]}).all("Order")[0]


@pytest.mark.parametrize("value", [None, "", "  \t"])
def test_null_and_blank_text_are_absent_like_a_missing_field(catalogue: Catalogue, value: object) -> None:
    """There is one notion of absent."""
    order = an_order(catalogue, PoNumber=value)

    assert order.get("PoNumber") is None
    assert order.get("Description") is None


@pytest.mark.parametrize("value", [False, 0, Decimal("0.0"), "0"])
def test_false_and_zero_are_values(catalogue: Catalogue, value: object) -> None:
    """Only nothing is absent."""
    assert an_order(catalogue, Field__c=value).get("Field__c") == value


def test_a_date_is_a_calendar_date(catalogue: Catalogue) -> None:
    """Date fields have no time of day and no zone."""
    assert an_order(catalogue, EffectiveDate="2026-03-01").date("EffectiveDate") == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["2023-09-22T17:43:22.000+0000", "2023-09-22T17:43:22Z", "2023-09-22T19:43:22+02:00"])
def test_a_moment_is_in_utc_however_it_is_written(catalogue: Catalogue, text: str) -> None:
    """The REST API writes the offset without a colon; other exports do not."""
    moment = an_order(catalogue, ActivatedDate=text).datetime("ActivatedDate")

    assert moment == datetime(2023, 9, 22, 17, 43, 22, tzinfo=UTC)
    assert moment is not None
    assert moment.tzinfo is UTC


def test_a_number_is_an_exact_decimal(load: Load) -> None:
    """Money never passes through a float: 0.1 stays 0.1."""
    loaded = load({"OrderItem": [a_line(UnitPrice=0.1)], "Account": []})

    assert loaded.bundle is not None
    assert loaded.bundle.records.all("OrderItem")[0].decimal("UnitPrice") == Decimal("0.1")


@pytest.mark.parametrize(("value", "whole"), [(12, 12), (Decimal("12.0"), 12), (Decimal("1.5"), None), (True, None)])
def test_an_integer_is_whole_however_it_is_written(catalogue: Catalogue, value: object, whole: int | None) -> None:
    """Number fields without decimals come as 12.0; a fraction or a checkbox is no integer."""
    assert an_order(catalogue, Term__c=value).integer("Term__c") == whole


def test_a_checkbox_is_not_a_number(catalogue: Catalogue) -> None:
    """True is not 1."""
    order = an_order(catalogue, SBQQ__Contracted__c=True)

    assert order.boolean("SBQQ__Contracted__c") is True
    assert order.decimal("SBQQ__Contracted__c") is None


def test_a_record_is_written_as_its_object_and_id(catalogue: Catalogue) -> None:
    """Messages and provenance name records so."""
    assert str(an_order(catalogue)) == "Order(801000000000001)"


def test_records_with_equal_fields_are_still_two(catalogue: Catalogue) -> None:
    """Records are told apart by identity, so that they can be keys."""
    assert an_order(catalogue) != an_order(catalogue)


def test_a_relationship_leads_to_the_record_of_its_lookup(catalogue: Catalogue) -> None:
    """Standard and custom lookups are followed by their relationship names, in both forms of the id."""
    records = Records.of(
        catalogue,
        {
            "Order": [{"Id": ORDER, "AccountId": "001000000000001AAA", "SBQQ__Quote__c": "a0z000000000001"}],
            "Account": [{"Id": "001000000000001"}],
            "SBQQ__Quote__c": [{"Id": "a0z000000000001AAA"}],
        },
    )
    order = records.all("Order")[0]

    assert order.follow("Account") is records.all("Account")[0]
    assert order.follow("SBQQ__Quote__r") is records.all("SBQQ__Quote__c")[0]


def test_an_empty_lookup_leads_nowhere(catalogue: Catalogue) -> None:
    """So does one whose record is not there."""
    order = an_order(catalogue, SBQQ__Quote__c="a0z000000000001")

    assert order.follow("Account") is None
    assert order.follow("SBQQ__Quote__r") is None


def test_a_custom_lookup_that_the_schema_does_not_know_is_followed_by_its_name(catalogue: Catalogue) -> None:
    """Region__r stands for the lookup Region__c."""
    rows = {"Order": [{"Id": ORDER, "Region__c": "a1B000000000001"}], "Region__c": [{"Id": "a1B000000000001"}]}
    records = Records.of(catalogue, rows)

    assert records.all("Order")[0].follow("Region__r") is records.all("Region__c")[0]


def test_a_relationship_leads_only_to_the_objects_it_can_lead_to(catalogue: Catalogue) -> None:
    """An account's id in the quote's lookup is no quote."""
    rows = {"Order": [{"Id": ORDER, "SBQQ__Quote__c": "001000000000001"}], "Account": [{"Id": "001000000000001"}]}

    assert Records.of(catalogue, rows).all("Order")[0].follow("SBQQ__Quote__r") is None


def test_a_record_is_found_by_either_form_of_its_id(catalogue: Catalogue) -> None:
    """And keeps the one that it was given."""
    records = Records.of(catalogue, {"Order": [{"Id": "801000000000001AAA"}]})
    order = records.get("Order", "801000000000001")

    assert order is records.get("Order", "801000000000001AAA")
    assert order is not None
    assert order.id == "801000000000001AAA"
    assert records.get("Account", "801000000000001") is None


def test_referring_records_come_in_the_order_of_the_file(catalogue: Catalogue) -> None:
    """Lines of an order are found from it, whichever form of the id they hold."""
    lines = [a_line(2), a_line(1, OrderId=f"{ORDER}AAA"), a_line(3, OrderId="801000000000009"), a_line(4, OrderId=None)]
    records = Records.of(catalogue, {"Order": [{"Id": ORDER}], "OrderItem": lines})

    assert [each.id for each in records.referring("OrderItem", "OrderId", ORDER)] == [
        "802000000000002",
        "802000000000001",
    ]
    assert records.referring("OrderItem", "OrderId", "801000000000008") == ()
