"""The clients against a sandbox: what is sent, what comes back, and what a refusal says."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.connect import Answer, OrgClient, OrgLogin, OrgRefusal, Refusal, StripeClient, StripeLogin, Want
from orderplan.engine.connect.encode import texts
from orderplan.engine.connect.salesforce import refusals_of
from orderplan.engine.connect.stripe import without_keys
from orderplan.engine.diagnostics import OrderplanError
from orderplan.engine.sandbox import SALESFORCE_TOKEN, STRIPE_KEY, Sandbox

ROOT = Path(__file__).resolve().parents[2]
VERSION = "2026-10-28.endive"
ORDER = "801W00001000001IAA"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(org=[ROOT / "examples/orders/annual-subscription.json"], page_size=2) as served:
        yield served


def stripe_of(sandbox: Sandbox, **options: Any) -> StripeClient:
    return StripeClient(StripeLogin(STRIPE_KEY, sandbox.url), VERSION, **options)


def org_of(sandbox: Sandbox, token: str = SALESFORCE_TOKEN) -> OrgClient:
    return OrgClient(OrgLogin(token, sandbox.url))


def answered(found: Answer | Refusal) -> Answer:
    assert isinstance(found, Answer), found
    return found


def refused(found: Answer | Refusal) -> Refusal:
    assert isinstance(found, Refusal)
    return found


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Decimal("1E+2"), "100"),
        (Decimal("0.000000000001"), "0.000000000001"),
        ([True, False], ["true", "false"]),
        ({"a": {"b": 10**22}}, {"a": {"b": "10000000000000000000000"}}),
        ([], ""),
        ({}, ""),
        (None, ""),
        ("now", "now"),
    ],
)
def test_values_are_sent_as_exact_texts(value: object, sent: object) -> None:
    assert texts(value) == sent


def test_a_float_is_not_sent() -> None:
    with pytest.raises(TypeError):
        texts(0.1)


def test_a_call_is_answered_with_its_object_and_stripes_id_of_the_request(sandbox: Sandbox) -> None:
    answer = answered(stripe_of(sandbox).send("POST", "/v1/customers", {"name": "Brightwater"}, "key-1"))
    assert answer.body["name"] == "Brightwater"
    assert answer.request_id.startswith("req_sandbox")
    assert not answer.replayed
    again = answered(stripe_of(sandbox).send("POST", "/v1/customers", {"name": "Brightwater"}, "key-1"))
    assert again.replayed
    assert again.body == answer.body


def test_numbers_of_an_answer_are_exact(sandbox: Sandbox) -> None:
    coupon = {"percent_off": Decimal("12.5"), "duration": "once"}
    body = answered(stripe_of(sandbox).send("POST", "/v1/coupons", coupon)).body
    assert isinstance(body["percent_off"], Decimal)


def test_a_refusal_names_the_parameter_and_waits_for_a_person(sandbox: Sandbox) -> None:
    refusal = refused(stripe_of(sandbox).send("POST", "/v1/customers", {"nmae": "Brightwater"}))
    assert (refusal.status, refusal.code, refusal.param) == (400, "parameter_unknown", "nmae")
    assert refusal.want is Want.PERSON


def test_a_missing_object_is_told_from_other_refusals(sandbox: Sandbox) -> None:
    assert refused(stripe_of(sandbox).get("/v1/customers/cus_none")).is_missing
    assert not refused(stripe_of(sandbox).send("POST", "/v1/customers", {"nmae": "x"})).is_missing


def test_a_list_is_read_page_after_page(sandbox: Sandbox) -> None:
    client = stripe_of(sandbox)
    made = [
        answered(client.send("POST", "/v1/products", {"name": f"Seat {number}"})).body["id"] for number in range(120)
    ]
    found = [each["id"] for each in client.all("/v1/products") if not isinstance(each, Refusal)]
    assert found == made[::-1]


@pytest.mark.parametrize(
    ("fault", "status", "want", "waits"),
    [
        ("429=7", 429, Want.AGAIN, 7.0),
        ("500-before", 500, Want.AGAIN, None),
        ("reset", None, Want.AGAIN, None),
        ("reset-after", None, Want.AGAIN, None),
    ],
)
def test_what_passes_asks_for_the_same_request_again(
    fault: str, status: int | None, want: Want, waits: float | None
) -> None:
    with Sandbox(faults=[fault]) as busy:
        refusal = refused(stripe_of(busy).send("POST", "/v1/customers", {"name": "Brightwater"}, "key"))
    assert (refusal.status, refusal.want, refusal.retry_after) == (status, want, waits)


def test_an_error_that_is_repeated_for_its_key_asks_for_a_look() -> None:
    assert Refusal("api_error", "", 500, replayed=True).want is Want.LOOK


@pytest.mark.parametrize("fault", ["429=0", "500-before", "reset", "reset-after"])
def test_what_is_read_is_read_again_where_it_breaks_off(fault: str) -> None:
    with Sandbox(faults=[f"{fault}:at=1"]) as busy:
        assert answered(stripe_of(busy).get("/v1/customers")).body["data"] == []


def test_a_slow_answer_ends_in_a_refusal() -> None:
    with Sandbox(faults=["slow=5"]) as slow:
        refusal = refused(stripe_of(slow, timeout=0.2).get("/v1/customers"))
    assert refusal.kind == "connection"


def test_the_account_of_the_key_is_told(sandbox: Sandbox) -> None:
    assert stripe_of(sandbox).account().id == "acct_sandbox000001"


def test_a_wrong_key_is_told_without_being_shown(sandbox: Sandbox) -> None:
    client = StripeClient(StripeLogin("sk_live_wrong1234", sandbox.url), VERSION)
    with pytest.raises(OrderplanError) as fault:
        client.account()
    assert fault.value.code == "E922"
    assert "wrong1234" not in fault.value.message


def test_a_message_that_repeats_a_key_loses_it() -> None:
    assert without_keys("Invalid API Key provided: sk_test_abc123") == "Invalid API Key provided: sk_test_…"


def test_the_records_of_a_query_come_page_after_page_with_exact_numbers(sandbox: Sandbox) -> None:
    found = list(org_of(sandbox).query("SELECT Id, UnitPrice, Order.Status FROM OrderItem ORDER BY Id"))
    assert [each["Order"]["Status"] for each in found] == ["Activated"] * len(found)
    assert all(not isinstance(each["UnitPrice"], float) for each in found)


def test_a_refused_query_says_what_the_org_says(sandbox: Sandbox) -> None:
    with pytest.raises(OrderplanError) as fault:
        list(org_of(sandbox).query("SELECT Nmae FROM Order"))
    assert fault.value.code == "E923"
    assert "INVALID_FIELD" in fault.value.message


def test_a_session_that_is_over_says_so(sandbox: Sandbox) -> None:
    with pytest.raises(OrderplanError) as fault:
        org_of(sandbox, "00D!over").describe("Order")
    assert fault.value.hint == "the session is over: log in again"


def test_an_org_out_of_reach_says_so() -> None:
    with pytest.raises(OrderplanError) as fault:
        OrgClient(OrgLogin("t", "http://127.0.0.1:9")).describe("Order")
    assert fault.value.code == "E923"


def test_a_description_names_the_fields(sandbox: Sandbox) -> None:
    assert {"Id", "Status"} <= {each["name"] for each in org_of(sandbox).describe("Order")["fields"]}


def test_a_composite_request_changes_records_and_says_what_it_refuses(sandbox: Sandbox) -> None:
    org = org_of(sandbox)
    parts = [
        {"method": "PATCH", "url": org.path("Order", ORDER), "referenceId": "one", "body": {"Stripe_ID__c": "sub_1"}},
        {"method": "PATCH", "url": org.path("Order", ORDER), "referenceId": "two", "body": {"Nmae": "x"}},
    ]
    answers = org.composite(parts, all_or_none=False)
    assert not isinstance(answers, OrgRefusal)
    assert refusals_of(answers[0]) == ()
    (fault,) = refusals_of(answers[1])
    assert (fault.code, fault.status, fault.passes) == ("INVALID_FIELD", 400, False)


def test_a_busy_org_is_asked_again() -> None:
    with Sandbox(org=[ROOT / "examples/orders/annual-subscription.json"], faults=["429=0:at=1:on=salesforce"]) as busy:
        assert len(list(org_of(busy).query("SELECT Id FROM Order"))) == 1


@pytest.mark.parametrize("fault", ["500-before", "reset", "reset-after"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_query_that_breaks_is_asked_again_and_no_record_is_lost(fault: str, at: int) -> None:
    example = ROOT / "examples/orders/mixed-lines.json"
    with Sandbox(org=[example], page_size=1, faults=[f"{fault}:at={at}:on=salesforce"]) as broken:
        found = [each["Id"] for each in org_of(broken).query("SELECT Id FROM OrderItem ORDER BY Id")]
    assert len(found) == len(set(found)) == 3


def test_the_use_of_the_daily_limit_is_known(sandbox: Sandbox) -> None:
    org = org_of(sandbox)
    assert org.usage is None
    org.describe("Order")
    assert org.usage is not None
    assert 0 < org.usage.used < org.usage.allowed
