"""Nested SOQL results become flat records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.records.bundles import ORDER, a_line, only, said

if TYPE_CHECKING:
    from orderplan.engine.records import Loaded, Record
    from tests.records.conftest import Load

ACCOUNT = "001000000000001"
LONG = "AAA"
"""What an id of digits gets for its form of 18 characters."""


def attributes(object_name: str, record_id: str) -> dict[str, str]:
    """What the REST API puts beside the fields of a record."""
    return {"type": object_name, "url": f"/services/data/v62.0/sobjects/{object_name}/{record_id}"}


def an_order(**fields: Any) -> dict[str, Any]:
    """The lists of a bundle with one order."""
    return {"Order": [{"Id": ORDER, **fields}]}


def first(loaded: Loaded, object_name: str) -> Record:
    """The first record of an object of a bundle without faults."""
    assert loaded.findings == ()
    assert loaded.bundle is not None
    return loaded.bundle.records.all(object_name)[0]


def test_a_parent_becomes_a_record_of_its_own(load: Load) -> None:
    """Its lookup is filled when the query did not select it, and nothing nested is left."""
    account = {"attributes": attributes("Account", ACCOUNT), "Id": ACCOUNT, "Name": "Larch & Sons"}
    loaded = load(an_order(attributes=attributes("Order", ORDER), Account=account))
    order = first(loaded, "Order")

    assert order.fields == {"Id": ORDER + LONG, "AccountId": ACCOUNT + LONG}
    assert first(loaded, "Account").fields == {"Id": ACCOUNT + LONG, "Name": "Larch & Sons"}
    assert order.follow("Account") is first(loaded, "Account")


@pytest.mark.parametrize(
    "order",
    [
        {"AccountId": ACCOUNT, "Account": {"Name": "Larch & Sons"}},
        {"Account": {"Name": "Larch & Sons", "attributes": attributes("Account", ACCOUNT)}},
        {"Account": {"Name": "Larch & Sons", "Id": ACCOUNT}},
    ],
    ids=["lookup", "address", "id"],
)
def test_the_id_of_a_parent_is_found_where_it_stands(load: Load, order: dict[str, Any]) -> None:
    """A query seldom selects all three."""
    assert first(load(an_order(**order)), "Account").id == ACCOUNT + LONG


def test_parents_of_parents_are_found(load: Load) -> None:
    """As deep as SOQL goes."""
    parent = {"Id": "001000000000002", "Parent": {"Id": "001000000000003", "Name": "Larch Group"}}
    loaded = load(an_order(Account={"Id": ACCOUNT, "Parent": parent}))

    top = first(loaded, "Order")
    for relationship in ("Account", "Parent", "Parent"):
        step = top.follow(relationship)
        assert step is not None
        top = step
    assert top.get("Name") == "Larch Group"


def test_an_empty_parent_is_no_record(load: Load) -> None:
    """SOQL writes null for it, and thereby that its lookup is empty."""
    order = first(load(an_order(Account=None)), "Order")

    assert order.fields == {"Id": ORDER + LONG, "AccountId": None}
    assert order.lookup("Account").state == "absent"


def test_the_records_of_a_sub_query_point_back_to_their_record(load: Load) -> None:
    """Also when the query did not select the lookup."""
    lines = {"totalSize": 2, "done": True, "records": [{"Id": "802000000000002"}, a_line(1)]}
    loaded = load(an_order(OrderItems=lines))

    order = first(loaded, "Order")
    assert order.fields == {"Id": ORDER + LONG}
    assert loaded.bundle is not None
    found = loaded.bundle.records.referring("OrderItem", "OrderId", ORDER)
    assert [each.id for each in found] == ["802000000000002AAA", "802000000000001AAA"]


def test_a_plain_list_of_children_is_a_sub_query_too(load: Load) -> None:
    """People write it so by hand."""
    assert first(load(an_order(OrderItems=[{"Id": "802000000000001"}])), "OrderItem").get("OrderId") == ORDER + LONG


def test_a_list_of_an_object_may_be_the_result_of_a_query(load: Load) -> None:
    """Pasted as it was returned."""
    lines = {"totalSize": 1, "done": True, "records": [a_line()]}

    assert first(load({"OrderItem": lines}), "OrderItem").id == "802000000000001AAA"


def test_values_of_nested_records_are_checked_where_they_stand(load: Load) -> None:
    """The path leads through the sub-query."""
    lines = {"records": [{"Id": "802000000000001", "Product2": {"Id": "01t000000000001", "IsActive": "yes"}}]}

    assert said(load(an_order(OrderItems=lines))) == [
        ("E419", "$.records.Order[0].OrderItems.records[0].Product2.IsActive")
    ]


def test_copies_that_agree_are_one_record_with_the_fields_of_all(load: Load) -> None:
    """Every line of a query holds its product again."""
    lines = [
        a_line(1, Product2={"Id": "01t000000000001AAA", "Name": "Seat"}),
        a_line(2, Product2={"Id": "01t000000000001", "Name": "Seat", "ProductCode": "SEAT"}),
    ]
    loaded = load({"OrderItem": lines, "Product2": [{"Id": "01t000000000001", "IsActive": True}]})
    product = first(loaded, "Product2")

    assert product.fields == {"Id": "01t000000000001AAA", "IsActive": True, "Name": "Seat", "ProductCode": "SEAT"}
    assert loaded.bundle is not None
    assert len(loaded.bundle.records.all("Product2")) == 1


def test_copies_that_disagree_are_a_finding_with_both_values(load: Load) -> None:
    """And both places."""
    found = only(
        load({**an_order(Account={"Id": ACCOUNT, "Name": "Elm"}), "Account": [{"Id": ACCOUNT, "Name": "Larch"}]})
    )

    assert (found.code, found.path) == ("E418", "$.records.Order[0].Account.Name")
    assert '"Elm"' in found.message
    assert '"Larch" at $.records.Account[0]' in found.message


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [(1, 1.0, True), (1, True, False), (0, False, False), (None, 0, False), ("", None, False)],
)
def test_copies_agree_as_values_do(load: Load, one: object, other: object, agree: bool) -> None:
    """Numbers by value; a checkbox is no number."""
    records = {**an_order(Account={"Id": ACCOUNT, "Extra__c": one}), "Account": [{"Id": ACCOUNT, "Extra__c": other}]}

    assert said(load(records)) == ([] if agree else [("E418", "$.records.Order[0].Account.Extra__c")])


def test_a_sub_query_that_was_not_read_to_its_end_is_refused(load: Load) -> None:
    """Lines would be missing from the bill."""
    lines = {"totalSize": 900, "done": False, "nextRecordsUrl": "/services/data/…", "records": [a_line()]}

    assert said(load(an_order(OrderItems=lines))) == [("E423", "$.records.Order[0].OrderItems")]


def test_a_null_in_a_sub_query_is_found(load: Load) -> None:
    """As in the lists."""
    loaded = load(an_order(OrderItems={"records": [None]}))

    assert said(loaded) == [("E413", "$.records.Order[0].OrderItems.records[0]")]


def test_a_nested_record_of_an_unknown_relationship_says_its_object(load: Load) -> None:
    """By its attributes; without them nobody knows."""
    region = {"attributes": attributes("Region__c", "a1B000000000001"), "Name": "North"}

    assert said(load(an_order(Region__r={"Id": "a1B000000000001"}))) == [("E424", "$.records.Order[0].Region__r")]
    loaded = load(an_order(Region__r=region))
    assert said(loaded) == [("W401", "$.records.Order[0].Region__r")]
    assert loaded.bundle is not None
    north = loaded.bundle.records.all("Order")[0].follow("Region__r")
    assert north is not None
    assert north.get("Name") == "North"


def test_the_records_of_an_unknown_sub_query_say_their_object(load: Load) -> None:
    """By their attributes."""
    loaded = load(an_order(Regions__r={"records": [{"Id": "a1B000000000001"}]}))

    assert said(loaded) == [("E424", "$.records.Order[0].Regions__r.records[0]")]


def test_a_lookup_to_several_objects_is_told_by_the_id(load: Load) -> None:
    """An owner is a user or a group."""
    assert first(load(an_order(Owner={"Id": "005000000000001", "Name": "Kim"})), "User").get("Name") == "Kim"


def test_an_owner_is_of_the_object_that_its_address_says(load: Load) -> None:
    """The REST API calls the object of a lookup to several ones Name."""
    owner = {"attributes": attributes("User", "005000000000001") | {"type": "Name"}, "Name": "Kim"}
    loaded = load(an_order(Owner=owner))

    assert first(loaded, "User").get("Name") == "Kim"
    assert first(loaded, "Order").follow("Owner") is first(loaded, "User")


def test_an_owner_may_be_a_queue(load: Load) -> None:
    """A lookup leads to every object that the schema lists, described there or not."""
    owner = {"attributes": attributes("Group", "00G000000000001"), "Name": "Billing"}
    loaded = load(an_order(Owner=owner))

    queue = first(loaded, "Order").follow("Owner")
    assert queue is not None
    assert (queue.object, queue.get("Name")) == ("Group", "Billing")


def test_a_parent_of_an_object_that_the_lookup_cannot_lead_to_is_found(load: Load) -> None:
    """An account under the quote."""
    loaded = load(an_order(SBQQ__Quote__r={"attributes": attributes("Account", ACCOUNT)}))

    assert said(loaded) == [("E416", "$.records.Order[0].SBQQ__Quote__r")]


def test_a_nested_record_that_is_not_the_one_its_lookup_names_is_found(load: Load) -> None:
    """For parents as for children."""
    accounts = {"Account": [{"Id": ACCOUNT}]}
    parent = load({**an_order(AccountId=ACCOUNT, Account={"Id": "001000000000002"}), **accounts})
    orders = [{"Id": ORDER, "OrderItems": [a_line(OrderId="801000000000002")]}, {"Id": "801000000000002"}]
    child = load({"Order": orders})

    assert said(parent) == [("E425", "$.records.Order[0].Account")]
    assert said(child) == [("E425", "$.records.Order[0].OrderItems[0]")]


def test_a_compound_value_is_no_record(load: Load) -> None:
    """The REST API returns addresses so."""
    address = {"city": "Lyon", "country": "France"}

    assert first(load(an_order(BillingAddress=address)), "Order").get("BillingAddress") == address


def test_an_object_in_a_plain_field_is_a_wrong_value(load: Load) -> None:
    """Only relationships hold records."""
    assert said(load(an_order(Status={"Id": ACCOUNT}))) == [("E419", "$.records.Order[0].Status")]
