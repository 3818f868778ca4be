"""The catalogue alone: accounts, products and list prices, without an order."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

import orderplan
from orderplan.engine.forecast import forecasted
from orderplan.engine.plan import Plan
from orderplan.engine.plan.make import make_catalogue_plan
from orderplan.engine.schema import stripe
from tests.builders import an_order, seat, setup_fee, to_json, volume
from tests.cli.commands import invoked
from tests.plan.plans import VERSION, Document, clean_plan, ids, loaded, program


def catalogue(bundle: Document, team: str = "") -> Plan:
    plan = make_catalogue_plan(loaded(bundle), program(team), stripe.load(VERSION))
    assert [each.message for each in plan.diagnostics if each.is_error] == []
    return plan


def shop() -> Document:
    """An account and two products, with an order that nobody has activated."""
    lines = [seat("120.00", name="Seat"), setup_fee(name="Setup")]
    return an_order(lines, order={"Status": "Draft", "StatusCode": "Draft"})


def made(plan: Plan, resource: str) -> list[Any]:
    return [each.params for each in plan.calls if each.resource == resource]


def test_accounts_products_and_list_prices_are_planned() -> None:
    """Whatever the orders are; nothing is billed."""
    plan = catalogue(shop())
    assert [each.split("/")[0] for each in ids(plan)] == ["customer", "product", "product", "price", "price"]
    assert plan.contracts == ()
    outlook = forecasted(plan).outlook
    assert outlook is not None
    assert outlook.forecast.invoices == ()


def test_the_calls_are_those_of_an_order_that_sells_at_list_price() -> None:
    """So that what is planned now and what an order plans later are one call each, with one key."""
    bundle = an_order([seat("120.00", name="Seat")])
    of_order = {each.id: each for each in clean_plan(bundle).calls}
    for each in catalogue(bundle).calls:
        assert (each.params, each.idempotency_key) == (of_order[each.id].params, of_order[each.id].idempotency_key)


@pytest.mark.parametrize("order_ids", [[], None])
def test_no_order_is_needed(tmp_path: Any, order_ids: Any) -> None:
    """A bundle of products and prices alone, which names no order."""
    bundle = deepcopy(shop())
    names = ("Product2", "PricebookEntry", "Pricebook2")
    bundle |= {"order_ids": order_ids, "records": {name: bundle["records"][name] for name in names}}
    path = tmp_path / "shop.json"
    path.write_text(json.dumps({name: each for name, each in bundle.items() if each is not None}), encoding="utf-8")
    shown = invoked("plan", "--catalog", str(path))
    assert (shown.status, shown.out.splitlines()[-1]) == (0, "Plan: 4 to create, 0 to update, 0 to cancel.")
    assert invoked("plan", str(path)).status == 1


def test_each_object_has_a_filter_of_its_own() -> None:
    """No account, and of the products one: the price of the other is not planned either."""
    team = 'sync Account as account when account.Name == "nobody"\nsync Product2 as product when product.Name == "Seat"'
    plan = catalogue(shop(), team)
    assert [each["name"] for each in made(plan, "product")] == ["Seat"]
    assert (len(made(plan, "price")), made(plan, "customer")) == (1, [])
    assert len(made(catalogue(shop(), "sync PricebookEntry as entry when entry.UnitPrice > 110"), "price")) == 1


def test_entries_that_are_not_active_are_left_out() -> None:
    """Nobody is to be sold at an old price."""
    bundle = deepcopy(shop())
    bundle["records"]["PricebookEntry"][0]["IsActive"] = False
    assert len(made(catalogue(bundle), "price")) == 1


def test_tiers_belong_to_the_list_price() -> None:
    """The steps of a consumption schedule."""
    (price,) = made(catalogue(an_order([seat("1.00", tiers=volume((10, "5.00"), (None, "4.00")))])), "price")
    assert [each["up_to"] for each in price["tiers"]] == [10, "inf"]


def test_what_is_in_stripe_already_is_used_again() -> None:
    """An id in the record: no second product."""
    bundle = deepcopy(shop())
    bundle["records"]["Product2"][0]["Stripe_ID__c"] = "prod_known"
    plan = catalogue(bundle)
    assert len(made(plan, "product")) == 1
    assert "prod_known" in [each.id for each in plan.reused]


def test_the_command(tmp_path: Any) -> None:
    """`plan --catalog` ends well with calls, and says when there is nothing."""
    path = tmp_path / "shop.json"
    path.write_text(to_json(shop()), encoding="utf-8")
    shown = invoked("plan", "--catalog", str(path))
    assert (shown.status, shown.out.splitlines()[-1]) == (0, "Plan: 5 to create, 0 to update, 0 to cancel.")
    document = json.loads(invoked("plan", "--catalog", "--format", "json", str(path)).out)
    assert (document["applyable"], document["contracts"]) == (True, [])
    assert invoked("show", str(path)).status == 1


def test_a_program_plans_the_catalogue() -> None:
    """The same from Python, of a bundle that names no order."""
    bundle = deepcopy(shop())
    bundle |= {"order_ids": []}
    rules = orderplan.load_rules()
    found = orderplan.load_bundle(bundle, rules, orders=False)
    plan = orderplan.plan(found, rules, catalogue=True)
    assert [each.resource for each in plan.calls] == ["customer", "product", "product", "price", "price"]
    assert orderplan.load_bundle(bundle, rules).bundle is None
