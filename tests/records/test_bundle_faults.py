"""Faults of bundles: each one finding with its JSON path, all at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from orderplan.engine.records import read_bundle
from orderplan.engine.records.findings import LIMIT
from tests.builders import an_order, seat
from tests.builders.bindings import bindings
from tests.contract.contracts import catalogue
from tests.records.bundles import ORDER, a_line, only, said

if TYPE_CHECKING:
    from tests.records.conftest import Load

ACCOUNT = "001000000000001"


def test_all_faults_are_reported_at_once(load: Load) -> None:
    """One run, whatever the stage that finds them."""
    loaded = load(
        {
            "OrderItem": [
                a_line(1, ServiceDate=20260301, OrderId="801000000000009"),
                a_line(1),
                {"Id": "001000000000009"},
                None,
            ],
            "Contact": {},
        },
        as_of="yesterday",
        order_ids=[ORDER, "801000000000007"],
        stripe=[],
    )

    assert loaded.bundle is None
    assert said(loaded) == [
        ("E411", "$.as_of"),
        ("E412", "$.order_ids[1]"),
        ("E408", "$.records.Contact"),
        ("E421", "$.records.OrderItem[0].OrderId"),
        ("E419", "$.records.OrderItem[0].ServiceDate"),
        ("E417", "$.records.OrderItem[1]"),
        ("E416", "$.records.OrderItem[2].Id"),
        ("E413", "$.records.OrderItem[3]"),
        ("E408", "$.stripe"),
    ]


@pytest.mark.parametrize("part", ["format_version", "order_ids", "records"])
def test_a_part_that_is_missing_is_named(load: Load, part: str) -> None:
    """With what it should be."""
    found = next(each for each in load(**{part: ...}).findings if each.code == "E408")

    assert (found.path, found.message[: len(part) + 2]) == (f"$.{part}", f'"{part}"')


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"format_version": "one"}, "$.format_version"),
        ({"format_version": 1.0}, "$.format_version"),
        ({"order_ids": []}, "$.order_ids"),
        ({"order_ids": [ORDER, f"{ORDER}AAA"]}, "$.order_ids[1]"),
        ({"stripe": {"price": {}}}, "$.stripe.price"),
        ({"stripe": {"price": [{"object": "price"}]}}, "$.stripe.price[0].id"),
        ({"stripe": {"price": [None]}}, "$.stripe.price[0]"),
        ({"stripe_account": {"id": "acct_1", "livemode": "no"}}, "$.stripe_account.livemode"),
        ({"stripe_account": {"id": "cus_1", "livemode": True}}, "$.stripe_account.id"),
        ({"stripe_account": {"id": "acct_1"}}, "$.stripe_account.livemode"),
    ],
)
def test_a_part_of_the_wrong_shape_has_its_path(load: Load, parts: dict[str, Any], path: str) -> None:
    """The parts around the records follow the schema of bundles."""
    found = only(load(**parts))

    assert (found.code, found.path) == ("E408", path)


@pytest.mark.parametrize("name", ["", "Order Item", "Ordér", "$.x", "\ud800"])
def test_a_list_of_records_needs_the_name_of_an_object(load: Load, name: str) -> None:
    """Names that no object can have."""
    assert [code for code, _ in said(load({name: []}))][-1] in {"E408", "E426"}


def test_a_bundle_of_a_newer_minor_version_is_read(load: Load) -> None:
    """Parts that it adds are ignored, and said to be."""
    loaded = load(format_version="1.7", weather="fair")

    assert loaded.bundle is not None
    assert said(loaded) == [("W404", "$.weather")]


@pytest.mark.parametrize("version", ["2.0", "10.1", "2", "2.0-beta"])
def test_a_bundle_of_a_newer_major_version_is_refused(load: Load, version: str) -> None:
    """Without guesses about its other parts."""
    assert said(load(format_version=version, as_of=1)) == [("E410", "$.format_version")]


@pytest.mark.parametrize("document", [{"format": "orderplan.plan"}, {"format": 7, "records": {}}, {}])
def test_another_kind_of_file_is_refused_as_such(load: Load, document: dict[str, Any]) -> None:
    """One finding, not one for each part that a bundle has and it has not."""
    absent: dict[str, Any] = dict.fromkeys(["format", "format_version", "as_of", "order_ids", "records"], ...)

    assert said(load(**{**absent, **document})) == [("E409", "$.format")]


def test_records_without_the_name_of_the_format_are_checked_all_the_same(load: Load) -> None:
    """Somebody has made the bundle by hand."""
    assert said(load({"OrderItem": [None]}, format=...)) == [("E409", "$.format"), ("E413", "$.records.OrderItem[0]")]


@pytest.mark.parametrize(
    "moment", [None, 0, "", "2026-03-01", "2026-03-01T09:30:00", "2026-02-30T09:30:00Z", "9999-12-31T23:59:59-14:00"]
)
def test_a_moment_needs_a_day_a_time_and_a_zone(load: Load, moment: object) -> None:
    """What is backdated depends on it."""
    assert said(load(as_of=moment)) == [("E411", "$.as_of")]


@pytest.mark.parametrize("entry", [None, "802000000000001", 1, True, [], [{}]])
def test_an_entry_that_is_no_record_is_found(load: Load, entry: object) -> None:
    """A null in a list as well as an id alone."""
    assert said(load({"OrderItem": [a_line(), entry]})) == [("E413", "$.records.OrderItem[1]")]


@pytest.mark.parametrize("line", [{}, {"Id": None}, {"attributes": {"type": "OrderItem"}}])
def test_a_record_needs_an_id(load: Load, line: dict[str, Any]) -> None:
    """Null is none."""
    assert said(load({"OrderItem": [line]})) == [("E414", "$.records.OrderItem[0]")]


def test_the_address_of_a_record_tells_its_id(load: Load) -> None:
    """The REST API gives it also when the query does not select Id."""
    attributes = {"type": "OrderItem", "url": "/services/data/v62.0/sobjects/OrderItem/802000000000001AAA"}

    loaded = load({"OrderItem": [{"attributes": attributes, "OrderId": ORDER}]})

    assert loaded.bundle is not None
    assert loaded.bundle.records.get("OrderItem", "802000000000001") is not None


@pytest.mark.parametrize(
    "record_id", ["", "802", "80200000000000100", "802 00000000001", "802-0000000000-1", 802, {}, "\uff18" * 15]
)
def test_a_malformed_id_is_found(load: Load, record_id: object) -> None:
    """15 or 18 letters and digits."""
    assert said(load({"OrderItem": [{"Id": record_id}]})) == [("E415", "$.records.OrderItem[0].Id")]


def test_an_id_of_another_object_is_found_by_its_prefix(load: Load) -> None:
    """An order's id among the lines."""
    found = only(load({"OrderItem": [{"Id": "801000000000005"}]}))

    assert (found.code, found.path, found.record) == ("E416", "$.records.OrderItem[0].Id", "OrderItem(801000000000005)")


@pytest.mark.parametrize("target", ["003000000000001", "a0z000000000001", "00D000000000001"])
def test_a_lookup_that_holds_the_id_of_another_object_is_found(load: Load, target: str) -> None:
    """By prefix, or because the record with that id is of another object."""
    records = {"Order": [{"Id": ORDER, "AccountId": target}], "SBQQ__Quote__c": [{"Id": "a0z000000000001"}]}

    assert said(load({**records, "Account": [{"Id": ACCOUNT}]})) == [("E416", "$.records.Order[0].AccountId")]


def test_one_id_in_both_forms_is_a_duplicate(load: Load) -> None:
    """Even when the records agree."""
    loaded = load({"OrderItem": [a_line(), {**a_line(), "Id": "802000000000001AAA"}]})

    assert said(loaded) == [("E417", "$.records.OrderItem[1]")]


def test_ids_that_differ_in_case_are_two(load: Load) -> None:
    """Capitals count in the 15-character form."""
    assert load({"OrderItem": [{**a_line(), "Id": "80200000000000a"}, {**a_line(), "Id": "80200000000000A"}]}).bundle


def test_one_id_under_two_objects_is_a_duplicate(load: Load) -> None:
    """Custom objects have no prefix that could tell."""
    loaded = load({"SBQQ__Quote__c": [{"Id": "a0z000000000001"}], "SBQQ__QuoteLine__c": [{"Id": "a0z000000000001"}]})

    assert said(loaded) == [("E417", "$.records.SBQQ__QuoteLine__c[0]")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("UnitPrice", "12.50"),
        ("UnitPrice", True),
        ("UnitPrice", [1]),
        ("UnitPrice", ""),
        ("Quantity", {"value": 1}),
        ("SBQQ__DefaultSubscriptionTerm__c", "12"),
        ("SBQQ__BillingFrequency__c", 1),
        ("SBQQ__BillingFrequency__c", ["Monthly"]),
        ("Description", False),
        ("SBQQ__Activated__c", "true"),
        ("SBQQ__Activated__c", 1),
        ("ServiceDate", 20260301),
        ("ServiceDate", 20260301.5),
        ("ServiceDate", True),
        ("ServiceDate", ""),
        ("LastModifiedDate", 1767225600),
        ("Product2Id", 1),
        ("Product2Id", ["01t000000000001"]),
    ],
)
def test_a_value_of_the_wrong_type_is_found(load: Load, field: str, value: Any) -> None:
    """Nothing is converted silently."""
    found = only(load({"OrderItem": [{**a_line(), field: value}]}))

    assert (found.code, found.path) == ("E419", f"$.records.OrderItem[0].{field}")
    assert found.record == "OrderItem(802000000000001)"


def test_a_whole_number_may_have_a_decimal_point_but_no_fraction(load: Load) -> None:
    """The REST API writes 3.0 for a whole number in a number field."""
    whole = {"SBQQ__LineItemCount__c": 3.0, "Id": "a0z000000000001"}

    assert load({"SBQQ__Quote__c": [whole]}).bundle is not None


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2026-13-01",
        "26-03-01",
        "2026-3-1",
        "01/03/2026",
        "2026-03-01T00:00:00Z",
        "0000-01-01",
        "9999-12-31",
    ],
)
def test_a_date_must_exist(load: Load, text: str) -> None:
    """And be written as Salesforce writes it."""
    assert said(load({"OrderItem": [a_line(EndDate=text)]})) == [("E420", "$.records.OrderItem[0].EndDate")]


@pytest.mark.parametrize("text", ["2026-03-01", "2026-03-01T09:30:00", "2026-03-01T25:00:00Z", "2026-03-01 09:30:00Z"])
def test_a_moment_must_exist(load: Load, text: str) -> None:
    """With its time and zone."""
    loaded = load({"OrderItem": [a_line(LastModifiedDate=text)]})

    assert said(loaded) == [("E420", "$.records.OrderItem[0].LastModifiedDate")]


def test_a_date_with_a_time_is_corrected(load: Load) -> None:
    """The fix is the date alone."""
    found = only(load({"OrderItem": [a_line(EndDate="2026-03-01T00:00:00.000+0000")]}))

    assert found.fix == 'write only the date: "2026-03-01"'


def test_null_is_right_for_every_field(load: Load) -> None:
    """Absent is absent, also where an org would never leave a field empty."""
    fields = [
        "UnitPrice",
        "ServiceDate",
        "SBQQ__Activated__c",
        "Product2Id",
        "SBQQ__BillingFrequency__c",
        "LastModifiedDate",
    ]

    assert load({"OrderItem": [{**a_line(), **dict.fromkeys(fields)}]}).findings == ()


@pytest.mark.parametrize("value", [["800000000000001"], {"city": "Lyon"}, 1, "x", [{"a": 1}]])
def test_a_field_that_the_schema_does_not_know_is_kept_as_it_is(load: Load, value: object) -> None:
    """Orgs have fields of their own, and integrations add lists of ids."""
    loaded = load({"OrderItem": [a_line(Extra__c=value)]})

    assert loaded.findings == ()
    assert loaded.bundle is not None
    assert loaded.bundle.records.all("OrderItem")[0].get("Extra__c") == value


def test_an_object_that_the_schema_does_not_know_is_kept_with_a_warning(load: Load) -> None:
    """Once, not for every record."""
    loaded = load({"Region__c": [{"Id": "a1B000000000001"}, {"Id": "a1B000000000002", "Since__c": 7}]})

    assert said(loaded) == [("W401", "$.records.Region__c")]
    assert loaded.bundle is not None
    assert len(loaded.bundle.records.all("Region__c")) == 2


@pytest.mark.parametrize(
    ("object_name", "record", "field", "target"),
    [
        ("OrderItem", a_line(OrderId="801000000000009"), "OrderId", None),
        ("OrderItem", a_line(Product2Id="01t000000000009"), "Product2Id", ("Product2", "01t000000000001")),
        (
            "OrderItem",
            a_line(PricebookEntryId="01u000000000009"),
            "PricebookEntryId",
            ("PricebookEntry", "01u000000000001"),
        ),
        (
            "PricebookEntry",
            {"Id": "01u000000000001", "Product2Id": "01t000000000009"},
            "Product2Id",
            ("Product2", "01t000000000001"),
        ),
        (
            "Opportunity",
            {"Id": "006000000000001", "SBQQ__AmendedContract__c": "800000000000009"},
            "SBQQ__AmendedContract__c",
            ("Contract", "800000000000001"),
        ),
    ],
)
def test_a_lookup_that_planning_needs_must_not_dangle(
    load: Load, object_name: str, record: dict[str, Any], field: str, target: tuple[str, str] | None
) -> None:
    """When other records of the object are there."""
    others = {target[0]: [{"Id": target[1]}]} if target else {}

    assert said(load({**others, object_name: [record]})) == [("E421", f"$.records.{object_name}[0].{field}")]


def test_a_lookup_to_an_object_without_records_is_left_alone(load: Load) -> None:
    """The object was not exported."""
    assert load({"OrderItem": [a_line(Product2Id="01t000000000009")]}).findings == ()


def test_a_lookup_that_nobody_needs_may_dangle_with_a_warning(load: Load) -> None:
    """The parent of an account is rarely in a bundle."""
    loaded = load({"Account": [{"Id": ACCOUNT, "ParentId": "001000000000002"}]})

    assert loaded.bundle is not None
    assert said(loaded) == [("W402", "$.records.Account[0].ParentId")]


def test_who_made_a_record_need_not_be_in_the_bundle(load: Load) -> None:
    """Every record names users."""
    records = {"User": [{"Id": "005000000000001"}], "OrderItem": [a_line(CreatedById="005000000000002")]}

    assert load(records).findings == ()


def test_the_only_account_stands_in_for_one_that_is_missing(load: Load) -> None:
    """With a warning that says whose bill it is."""
    loaded = load({"Order": [{"Id": ORDER, "AccountId": "001000000000009"}], "Account": [{"Id": ACCOUNT}]})

    assert said(loaded) == [("W403", "$.records.Order[0].AccountId")]
    assert loaded.bundle is not None
    order = loaded.bundle.records.all("Order")[0]
    assert str(order.follow("Account")) == f"Account({ACCOUNT}AAA)"


def test_no_account_stands_in_when_there_are_two(load: Load) -> None:
    """Nobody can tell which."""
    accounts = [{"Id": ACCOUNT}, {"Id": "001000000000002"}]
    loaded = load({"Order": [{"Id": ORDER, "AccountId": "001000000000009"}], "Account": accounts})

    assert said(loaded) == [("E421", "$.records.Order[0].AccountId")]


def test_no_account_stands_in_for_two(load: Load) -> None:
    """Two customers' orders are not billed to one."""
    orders = [{"Id": ORDER, "AccountId": "001000000000008"}, {"Id": "801000000000002", "AccountId": "001000000000009"}]
    loaded = load({"Order": orders, "Account": [{"Id": ACCOUNT}]})

    assert [code for code, _ in said(loaded)] == ["E421", "E421"]


def test_a_circle_of_lookups_is_one_finding(load: Load) -> None:
    """Named from the first of its records; what leads into it is not part of it."""
    lines = [
        a_line(1, SBQQ__RequiredBy__c="802000000000002"),
        a_line(2, SBQQ__RequiredBy__c="802000000000003AAA"),
        a_line(3, SBQQ__RequiredBy__c="802000000000002"),
        a_line(4, SBQQ__RequiredBy__c="802000000000001"),
    ]
    found = only(load({"OrderItem": lines}))

    assert (found.code, found.path) == ("E422", "$.records.OrderItem[1].SBQQ__RequiredBy__c")
    assert "OrderItem(802000000000002) → OrderItem(802000000000003) → OrderItem(802000000000002)" in found.message


def test_a_record_that_looks_up_itself_is_a_circle(load: Load) -> None:
    """Of one."""
    found = only(load({"Account": [{"Id": ACCOUNT, "ParentId": ACCOUNT}]}))

    assert (found.code, found.path) == ("E422", "$.records.Account[0].ParentId")


def test_a_chain_of_lookups_is_fine(load: Load) -> None:
    """Also when it is long."""
    lines = [a_line(number, SBQQ__RequiredBy__c=f"802{number - 1:012}") for number in range(2, 3000)]

    assert load({"OrderItem": [a_line(1), *lines]}).bundle is not None


def test_two_records_that_look_up_each_other_by_different_fields_are_fine(load: Load) -> None:
    """A quote names its opportunity, and the opportunity its primary quote."""
    records = {
        "SBQQ__Quote__c": [{"Id": "a0z000000000001", "SBQQ__Opportunity2__c": "006000000000001"}],
        "Opportunity": [{"Id": "006000000000001", "SBQQ__PrimaryQuote__c": "a0z000000000001"}],
    }

    assert load(records).findings == ()


def test_one_stripe_object_is_listed_once(load: Load) -> None:
    """Two states of it could disagree."""
    assert said(load(stripe={"price": [{"id": "price_1"}, {"id": "price_1"}]})) == [("E417", "$.stripe.price[1]")]


def test_the_list_of_findings_is_bounded(load: Load) -> None:
    """Errors go first; the rest is counted."""
    warned = [{"Id": f"001{at:012}", "ParentId": f"001{at + 5000:012}"} for at in range(1500)]

    loaded = load({"OrderItem": [None] * (LIMIT - 1), "Account": warned})
    codes = [each.code for each in loaded.findings]

    assert loaded.bundle is None
    assert (codes.count("E413"), codes.count("W402"), codes.count("N401")) == (LIMIT - 1, 1, 1)
    assert "1499 more" in next(each.message for each in loaded.findings if each.code == "N401")


@pytest.mark.parametrize("value", ["1" + "0" * 39, "-1e30", "1e-400", "0." + "0" * 40 + "1"])
def test_a_number_that_salesforce_cannot_hold_is_named(value: str) -> None:
    """Arithmetic with it would refuse or take all memory."""
    text = json.dumps(an_order([seat()])).replace('"Quantity": 1', f'"Quantity": {value}')
    assert value in text
    result = read_bundle(text.encode(), "bundle.json", catalogue(), bindings())
    assert result.bundle is None
    assert {each.code for each in result.findings} <= {"E401", "E419"}
