"""Bundles that are pulled from an org and from Stripe, by the real clients."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.connect import OrgClient, StripeClient, org_login, stripe_login
from orderplan.engine.plan.planner import Planner
from orderplan.engine.pull import Pulled, dumped, fields_of, order_ids_where, pull_contracts, refreshed
from orderplan.engine.sandbox import Sandbox
from tests.apply.platforms import EXAMPLES, VERSION, a_planner, document_of, given, platforms
from tests.cli.commands import invoked

NAMES = sorted(each.stem for each in EXAMPLES.glob("*.json"))
ORDER = "801W00001000001IAA"
AS_OF = datetime.datetime(2026, 2, 16, 9, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def planner() -> Planner:
    return a_planner()


def bundle_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def pulled(planner: Planner, orders: list[str], as_of: datetime.datetime = AS_OF, *, stripe: bool = False) -> Pulled:
    client = StripeClient(stripe_login(), VERSION) if stripe else None
    return pull_contracts(OrgClient(org_login()), client, planner, orders, as_of)


def planned(planner: Planner, bundle: Any) -> Any:
    return planner.plan(planner.bundle(dumped(bundle).encode(), "pulled"))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_pulled_is_planned_as_the_example_is(
    name: str, planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch, name):
        example = bundle_of(name)
        found = pulled(planner, example["order_ids"], datetime.datetime.fromisoformat(example["as_of"]))
        (bundle,) = found.bundles
        known = {each: example[each] for each in ("stripe",) if each in example}
        plan = planned(planner, {**bundle, **known})
        assert plan.digest == document_of(name, planner)["digest"]
        assert found.findings == ()
        assert not any(each.code in ("W731", "W730", "E585") for each in plan.diagnostics)


def test_an_amendment_brings_its_whole_contract(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch, "amendment-upsell"):
        *_, amendment = bundle_of("amendment-upsell")["order_ids"]
        (bundle,) = pulled(planner, [amendment]).bundles
        assert len(bundle["records"]["Order"]) == 2
        assert bundle["order_ids"] == [amendment]


def test_orders_of_one_contract_are_one_bundle_and_others_are_others(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch, "amendment-upsell", "one-time"):
        orders = [*bundle_of("amendment-upsell")["order_ids"], *bundle_of("one-time")["order_ids"]]
        found = pulled(planner, [each[:15] for each in orders])
        assert sorted(each["order_ids"] for each in found.bundles) == sorted([sorted(orders[:-1]), orders[-1:]])


def test_many_orders_take_hardly_more_queries_than_one(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch, *NAMES):
        one = pulled(planner, [ORDER])
        every = pulled(planner, [each for name in NAMES for each in bundle_of(name)["order_ids"]])
        assert one.queries < 20
        assert every.queries < one.queries * 2.5


def test_an_order_that_is_not_there_is_named(planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch):
        found = pulled(planner, [ORDER, "801W00009000009IAA"])
        assert (len(found.bundles), found.unknown) == (1, ("801W00009000009IAA",))


class _Blind:
    """An org that hides a field, or an object."""

    def __init__(self, org: OrgClient, hidden: set[str]) -> None:
        self._org, self._hidden = org, hidden

    def query(self, soql: str) -> Iterator[dict[str, Any]]:
        words = {part for each in re.split(r"[ ,()]+", soql) for part in each.split(".")}
        assert not words & self._hidden
        return self._org.query(soql)

    def visible_fields(self, name: str) -> frozenset[str] | None:
        found = self._org.visible_fields(name)
        return None if name in self._hidden or found is None else found - self._hidden


def test_a_field_that_may_not_be_read_is_named_and_is_no_empty_one(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch):
        org: Any = _Blind(OrgClient(org_login()), {"SBQQ__BillingFrequency__c"})
        found = pull_contracts(org, None, planner, [ORDER], AS_OF)
        assert {each.code for each in found.findings} == {"W950"}
        assert "SBQQ__BillingFrequency__c" not in found.bundles[0]["queried"]["OrderItem"]
        assert "E585" in {each.code for each in planned(planner, found.bundles[0]).diagnostics}


def test_an_object_that_an_org_lacks_is_named(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch):
        org: Any = _Blind(OrgClient(org_login()), {"Opportunity"})
        (found,) = pull_contracts(org, None, planner, [ORDER], AS_OF).findings
        assert "no object Opportunity" in found.message


def test_what_was_applied_is_pulled_with_its_state_and_nothing_is_left_to_plan(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        both.applied(given(document_of("annual-subscription")))
        (bundle,) = pulled(planner, [ORDER], stripe=True).bundles
        assert {each: len(held) for each, held in bundle["stripe"].items()} == {
            "customer": 1,
            "price": 2,
            "product": 2,
            "subscription_schedule": 1,
        }
        assert bundle["stripe_account"] == {"id": "acct_sandbox000001", "livemode": False}
        plan = planned(planner, bundle)
        assert (plan.calls, [each for each in plan.diagnostics if each.is_error]) == ((), [])


def test_an_object_that_is_gone_is_listed_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch):
        client = StripeClient(stripe_login(), VERSION)
        found = refreshed(client, a_planner().schema, [{"Stripe_ID__c": "cus_gone123"}])
        assert found == {"customer": []}


def test_tiers_of_a_price_and_what_a_schedule_leads_to_are_read(
    planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch, "amendment-upsell") as both:
        both.applied(given(document_of("amendment-upsell")))
        (bundle,) = pulled(planner, bundle_of("amendment-upsell")["order_ids"], stripe=True).bundles
        assert len(bundle["stripe"]["subscription"]) == 1
        phases = bundle["stripe"]["subscription_schedule"][0]["phases"]
        used = {item["price"] for phase in phases for item in (*phase["items"], *phase["add_invoice_items"])}
        assert used <= {each["id"] for each in bundle["stripe"]["price"]}


def test_the_rules_say_which_orders(planner: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch, "annual-subscription", "one-time") as both:
        org = OrgClient(org_login())
        both_orders = sorted([ORDER, *bundle_of("one-time")["order_ids"]])
        assert order_ids_where(org, planner) == both_orders
        both.sandbox.org.update("Order", ORDER, {"Status": "Draft"})
        assert order_ids_where(org, planner) == both_orders[1:]


def test_only_what_the_rules_read_is_asked_for(planner: Planner) -> None:
    fields = fields_of(planner.program, planner.catalogue).by_object
    assert "SBQQ__BillingFrequency__c" in fields["OrderItem"]
    assert "Stripe_ID__c" in fields["Account"]
    assert "BillingStreet" in fields["Account"]
    assert "Description" not in fields["OrderItem"]
    assert "Contact" not in fields


def test_numbers_are_written_as_they_are() -> None:
    text = dumped({"records": {"A": [{"n": Decimal("0.10"), "big": Decimal("1E+2"), "none": None, "t": "é"}]}})
    assert '{"big": 100, "n": 0.10, "none": null, "t": "é"}' in text
    assert json.loads(text)


# --- the command --------------------------------------------------------------------------------------------------------


@contextmanager
def a_sandbox(monkeypatch: pytest.MonkeyPatch, *names: str) -> Iterator[Sandbox]:
    with Sandbox(org=[EXAMPLES / f"{each}.json" for each in names]) as sandbox:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        yield sandbox


def test_the_command_writes_a_bundle_that_can_be_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_sandbox(monkeypatch, "annual-subscription"):
        path = tmp_path / "order.json"
        done = invoked("pull", ORDER, "--out", str(path))
        assert done.status == 0, done.err
        assert "1 contract by" in done.err
        assert json.loads(path.read_text(encoding="utf-8"))["as_of"] == "2026-02-16T09:00:00Z"
        assert "6 to create" in invoked("plan", str(path)).out


def test_several_contracts_are_a_bundle_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_sandbox(monkeypatch, "annual-subscription", "one-time"):
        lines = invoked("pull", "--where").out.splitlines()
        assert [json.loads(each)["format"] for each in lines] == ["orderplan.bundle"] * 2


def test_an_unknown_order_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_sandbox(monkeypatch, "annual-subscription"):
        done = invoked("pull", "801W00009000009IAA")
        assert (done.status, "E951" in done.err, done.out) == (1, True, "")


def test_a_bundle_of_other_means_gets_what_stripe_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_sandbox(monkeypatch, "annual-subscription") as sandbox:
        client = StripeClient(stripe_login(), VERSION)
        client.send("POST", "/v1/customers", {"name": "Brightwater"})
        bundle = bundle_of("annual-subscription")
        bundle["records"]["Account"][0]["Stripe_ID__c"] = sandbox.store.all("customer")[0]["id"]
        path = tmp_path / "b.json"
        path.write_text(json.dumps(bundle), encoding="utf-8")
        done = invoked("pull", "--bundle", str(path))
        assert done.status == 0, done.err
        document = json.loads(done.out)
        assert [each["name"] for each in document["stripe"]["customer"]] == ["Brightwater"]
        assert document["records"] == bundle["records"]


@pytest.mark.parametrize("arguments", [(), (ORDER, "--where"), ("--bundle", "x.json", "--no-stripe")])
def test_wrong_usage_is_said(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    with a_sandbox(monkeypatch, "annual-subscription"):
        assert invoked("pull", *arguments).status == 2
