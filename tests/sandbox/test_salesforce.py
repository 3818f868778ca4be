"""The Salesforce side through simple-salesforce: queries, records, composite requests, errors in the org's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError

from orderplan.engine.diagnostics import OrderplanError
from orderplan.engine.sandbox import SALESFORCE_TOKEN, Sandbox
from tests.sandbox.clients import MARCH, ROOT

EXAMPLES = ROOT / "examples/orders"
ANNUAL = EXAMPLES / "annual-subscription.json"
CHOSEN, COUNTED = "SELECT Id FROM OrderItem WHERE", "SELECT COUNT() FROM OrderItem WHERE"
ORDER, ACCOUNT, LINE = "801W00001000001IAA", "001W00001000001IAA", "802W00001000001IAA"


class _ToLoopback(HTTPAdapter):
    """simple-salesforce writes https into every address; this sends it to the sandbox."""

    def __init__(self, target: str) -> None:
        self._target = target
        super().__init__()

    def send(self, request: Any, **options: Any) -> Any:  # type: ignore[override]
        parts = urlsplit(request.url)
        request.url = urlunsplit(("http", self._target, parts.path, parts.query, ""))
        return super().send(request, **options)


def client_of(sandbox: Sandbox, token: str = SALESFORCE_TOKEN) -> Salesforce:
    """simple-salesforce on a sandbox."""
    session = requests.Session()
    session.mount("https://", _ToLoopback(f"127.0.0.1:{sandbox.port}"))
    return Salesforce(
        instance_url=sandbox.url.replace("http:", "https:"), session_id=token, session=session, version="62.0"
    )


@contextmanager
def an_org(*bundles: Path, **options: Any) -> Iterator[Salesforce]:
    """A sandbox filled from bundles, and a client on it."""
    with Sandbox(org=bundles or (ANNUAL,), **options) as sandbox:
        client = client_of(sandbox)
        yield client
        client.session.close()


def _refused(call: Any, *arguments: Any) -> SalesforceError:
    with pytest.raises(SalesforceError) as caught:
        call(*arguments)
    return caught.value


def _records(org: Salesforce, soql: str) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in each.items() if name != "attributes"} for each in org.query(soql)["records"]
    ]


# --- queries --------------------------------------------------------------------------------------------------------


def test_fields_are_selected_through_relationships() -> None:
    with an_org() as org:
        found = org.query(
            "SELECT Id, Account.Name, SBQQ__Quote__r.SBQQ__StartDate__c FROM Order WHERE Status = 'Activated'"
        )
    (order,) = found["records"]
    assert found["totalSize"] == 1
    assert order["attributes"]["type"] == "Order"
    assert order["Account"]["Name"] == "Brightwater Clinics"
    assert order["Account"]["attributes"]["url"].endswith(f"/Account/{ACCOUNT}")
    assert order["SBQQ__Quote__r"]["SBQQ__StartDate__c"] == "2026-03-01"


def test_children_are_selected_in_a_sub_query() -> None:
    with an_org() as org:
        soql = "SELECT Id, (SELECT Id, Product2.Name FROM OrderItems WHERE Quantity > 5) FROM Order"
        (order,) = org.query(soql)["records"]
    assert order["OrderItems"]["totalSize"] == 1
    assert order["OrderItems"]["records"][0]["Product2"]["Name"] == "Workspace seat"


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("Quantity = 10", 1),
        ("Quantity != 10", 1),
        ("Quantity >= 1 AND Quantity < 10", 1),
        ("Quantity = 10 OR Quantity = 1", 2),
        ("NOT Quantity = 10", 1),
        ("(Quantity = 10 OR Quantity = 1) AND Product2.Name LIKE 'work%'", 1),
        ("Product2.Name IN ('Workspace seat', 'Nothing')", 1),
        ("Product2.Name NOT IN ('Workspace seat')", 1),
        ("SBQQ__SubscriptionPricing__c = null", 1),
        ("SBQQ__SubscriptionPricing__c != NULL", 1),
        ("ServiceDate > 2026-02-28", 2),
        ("ServiceDate > 2026-03-01", 0),
        ("LastModifiedDate >= 2026-02-16T08:00:00Z", 2),
        ("LastModifiedDate > 2026-02-16T09:00:01+01:00", 0),
        ("LastModifiedDate >= LAST_N_DAYS:1", 2),
        ("ServiceDate <= TODAY", 0),
        ("SBQQ__Activated__c = TRUE", 2),
        ("OrderId IN (SELECT Id FROM Order WHERE Status = 'activated')", 2),
        (f"Id = '{LINE[:15]}'", 1),
        ("product2.name = 'WORKSPACE SEAT'", 1),
    ],
)
def test_a_condition_chooses(condition: str, count: int) -> None:
    with an_org() as org:
        assert org.query(f"{CHOSEN} {condition}")["totalSize"] == count
        assert org.query(f"{COUNTED} {condition}")["totalSize"] == count


def test_records_are_ordered_and_limited() -> None:
    with an_org(*sorted(EXAMPLES.glob("*.json"))) as org:
        names = [each["Name"] for each in _records(org, "SELECT Name FROM Account ORDER BY Name DESC LIMIT 3")]
        everything = sorted((each["Name"] for each in _records(org, "SELECT Name FROM Account")), reverse=True)
        assert names == everything[:3]
        assert _records(org, "SELECT Name FROM Account ORDER BY Name DESC LIMIT 1 OFFSET 2")[0]["Name"] == names[2]


def test_a_query_comes_in_pages() -> None:
    with an_org(*sorted(EXAMPLES.glob("*.json")), page_size=10) as org:
        first = org.query("SELECT Id FROM OrderItem ORDER BY Id")
        assert (len(first["records"]), first["done"]) == (10, False)
        everything = list(org.query_all_iter("SELECT Id FROM OrderItem ORDER BY Id"))
        assert len({each["Id"] for each in everything}) == first["totalSize"] == len(everything) > 10


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Order WHERE", "MALFORMED_QUERY"),
        ("SELEC Id FROM Order", "MALFORMED_QUERY"),
        ("SELECT Nothing__c FROM Order", "INVALID_FIELD"),
        ("SELECT Account.Nothing__c FROM Order", "INVALID_FIELD"),
        ("SELECT Nothing__r.Name FROM Order", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE Nothing__c = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Nothing__c", "INVALID_TYPE"),
        ("SELECT Id, (SELECT Id FROM Nothings__r) FROM Order", "INVALID_TYPE"),
    ],
)
def test_a_wrong_query_is_refused(soql: str, code: str) -> None:
    with an_org() as org:
        assert _refused(org.query, soql).content[0]["errorCode"] == code


# --- records --------------------------------------------------------------------------------------------------------


def test_a_record_is_read_and_changed() -> None:
    with an_org() as org:
        assert org.Account.update(ACCOUNT, {"Stripe_ID__c": "cus_sandbox_000001"}) == 204
        account = org.Account.get(ACCOUNT)
        assert (account["Name"], account["Stripe_ID__c"]) == ("Brightwater Clinics", "cus_sandbox_000001")
        assert account["LastModifiedDate"] == "2026-02-16T09:00:00.000+0000"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Nothing__c": "x"}, "INVALID_FIELD"),
        ({"Stripe_ID__c": "x" * 256}, "STRING_TOO_LONG"),
        ({"Stripe_ID__c": 5}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_a_wrong_field_is_named(values: dict[str, Any], code: str) -> None:
    with an_org() as org:
        (error,) = _refused(org.Account.update, ACCOUNT, values).content
        assert (error["errorCode"], error["fields"]) == (code, list(values))


def test_a_record_that_is_gone_is_refused() -> None:
    with an_org() as org:
        org.OrderItem.delete(LINE)
        assert _refused(org.OrderItem.get, LINE).content[0]["errorCode"] == "ENTITY_IS_DELETED"
        assert _refused(org.OrderItem.get, "802000000000000AAA").content[0]["errorCode"] == "NOT_FOUND"
        assert org.query("SELECT Id FROM OrderItem")["totalSize"] == 1


def test_a_record_is_made_and_upserted_by_a_field() -> None:
    with an_org() as org:
        made = org.Account.create({"Name": "New", "Stripe_ID__c": "cus_1"})
        assert made["success"]
        assert org.Account.upsert("Stripe_ID__c/cus_1", {"Name": "Changed"}) == 200
        assert org.Account.upsert("Stripe_ID__c/cus_2", {"Name": "Other"}) == 201
        names = _records(org, "SELECT Name FROM Account WHERE Stripe_ID__c != null ORDER BY Name")
        assert [each["Name"] for each in names] == ["Changed", "Other"]


def test_describe_and_limits() -> None:
    with an_org() as org:
        fields = {each["name"]: each for each in org.Order.describe()["fields"]}
        assert fields["AccountId"]["referenceTo"] == ["Account"]
        assert fields["AccountId"]["relationshipName"] == "Account"
        limits = org.limits()["DailyApiRequests"]
        assert limits["Remaining"] == limits["Max"] - 2
        assert org.api_usage["api-usage"].used == 2


def test_a_wrong_session_is_refused() -> None:
    with Sandbox(org=[ANNUAL]) as sandbox:
        wrong = client_of(sandbox, "nonsense")
        assert _refused(wrong.query, "SELECT Id FROM Order").content[0]["errorCode"] == "INVALID_SESSION_ID"


# --- several at once ------------------------------------------------------------------------------------------------


def _composite(org: Salesforce, path: str, body: Any, method: str = "POST") -> Any:
    return org.restful(path, method=method, data=json.dumps(body))


def _change(record_id: str, name: str, **values: Any) -> dict[str, Any]:
    return {
        "method": "PATCH",
        "url": f"/services/data/v62.0/sobjects/{name}/{record_id}",
        "referenceId": name,
        "body": values,
    }


@pytest.mark.parametrize(("whole", "kept"), [(True, None), (False, "cus_1")])
def test_a_composite_request_is_done_in_parts_or_not_at_all(whole: bool, kept: str | None) -> None:
    with an_org() as org:
        parts = [_change(ACCOUNT, "Account", Stripe_ID__c="cus_1"), _change(ORDER, "Order", Nothing__c="x")]
        done = _composite(org, "composite", {"allOrNone": whole, "compositeRequest": parts})["compositeResponse"]
        assert [each["httpStatusCode"] for each in done] == [400 if whole else 204, 400]
        assert done[1]["body"][0]["errorCode"] == "INVALID_FIELD"
        assert org.Account.get(ACCOUNT)["Stripe_ID__c"] == kept


def test_a_part_refers_to_what_an_earlier_one_made() -> None:
    with an_org() as org:
        first = {
            "method": "POST",
            "url": "/services/data/v62.0/sobjects/Account",
            "referenceId": "made",
            "body": {"Name": "N"},
        }
        second = _change("@{made.id}", "Account", Stripe_ID__c="cus_9")
        _composite(org, "composite", {"compositeRequest": [first, second]})
        assert _records(org, "SELECT Name FROM Account WHERE Stripe_ID__c = 'cus_9'") == [{"Name": "N"}]


@pytest.mark.parametrize(("whole", "kept"), [(True, None), (False, "cus_1")])
def test_a_collection_is_changed(whole: bool, kept: str | None) -> None:
    with an_org() as org:
        records = [
            {"attributes": {"type": "Account"}, "id": ACCOUNT, "Stripe_ID__c": "cus_1"},
            {"attributes": {"type": "Order"}, "id": ORDER, "Nothing__c": "x"},
        ]
        done = _composite(org, "composite/sobjects", {"allOrNone": whole, "records": records}, "PATCH")
        assert [each["success"] for each in done] == [not whole, False]
        assert done[1]["errors"][0]["statusCode"] == "INVALID_FIELD"
        assert org.Account.get(ACCOUNT)["Stripe_ID__c"] == kept


# --- bundles and faults ---------------------------------------------------------------------------------------------


def test_nested_records_become_records_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "nested.json"
    lines = {"done": True, "totalSize": 1, "records": [{"Id": LINE, "Quantity": 2.0}]}
    order = {
        "Id": ORDER,
        "Account": {"attributes": {"type": "Account"}, "Id": ACCOUNT, "Name": "N"},
        "OrderItems": lines,
    }
    file.write_text(json.dumps({"records": {"Order": [order]}}))
    with an_org(file, now=MARCH) as org:
        assert _records(org, "SELECT OrderId, Quantity FROM OrderItem") == [{"OrderId": ORDER, "Quantity": 2.0}]
        assert org.query("SELECT Account.Name FROM Order")["records"][0]["Account"]["Name"] == "N"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"records": {"Order": [{"Name": "no id"}]}}'])
def test_a_file_that_is_no_bundle_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)
    with pytest.raises(OrderplanError, match="no bundle"):
        Sandbox(org=[file])


def test_the_clock_starts_when_the_newest_bundle_was_made() -> None:
    with Sandbox(org=[ANNUAL, EXAMPLES / "amended-later.json"]) as sandbox:
        assert sandbox.account.now() == 1_787_216_400


def test_a_busy_org_says_when_to_come_back() -> None:
    with an_org(faults=["429=2:at=1:on=salesforce"]) as org:
        fault = _refused(org.query, "SELECT Id FROM Order")
        assert fault.content[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
        assert org.query("SELECT Id FROM Order")["totalSize"] == 1


def test_records_are_kept_in_a_file_and_a_bundle_does_not_undo_changes(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    with an_org(state=file) as org:
        org.Account.update(ACCOUNT, {"Stripe_ID__c": "cus_1"})
    with an_org(state=file) as org:
        assert org.Account.get(ACCOUNT)["Stripe_ID__c"] == "cus_1"
