"""What a bundle knows of Stripe: checked against the shape of Stripe's answers, whatever stands in it."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from orderplan.engine.plan import make_plan
from orderplan.engine.records import read_bundle
from orderplan.engine.schema import stripe
from tests.builders import amend, an_order, change, coupon, evergreen, seat
from tests.builders.bindings import bindings
from tests.contract.contracts import at, contract_of, planned, schedule_state
from tests.plan.plans import VERSION, catalogue, program

Document = dict[str, Any]

VALUES: tuple[Any, ...] = (None, True, -1, 10**40, "", "x", [], [None], [[]], {}, {"id": 1}, "1e9999")


def amended() -> Document:
    """An order in Stripe with a new amendment, and the whole state of its schedule, customer, price and coupon."""
    bundle = an_order([seat("10.00", 3, coupons=(coupon("Spring", percent_off=10),))], "2026-03-01")
    bundle = amend(bundle, "2026-09-01", lines=[change("Workspace seat", 5)], as_of="2026-04-01T10:00:00Z")
    before = planned(bundle, orders=0)
    state = schedule_state(at(contract_of(before), "2026-02-01T00:00:00Z"))
    customer = {"id": "cus_1", "currency": "usd", "metadata": {"a": "b"}}
    price = {"id": "price_1", "active": True, "currency": "usd", "recurring": {"interval": "month"}}
    discount = {"id": "c1", "duration": "once", "percent_off": 10}
    known = {"subscription_schedule": [state], "customer": [customer], "price": [price], "coupon": [discount]}
    return planned(bundle, orders=1) | {"stripe": known}


def running() -> Document:
    """An evergreen order in Stripe with a new amendment, and the state of its subscription."""
    bundle = an_order([evergreen(quantity=2)], "2026-02-01", as_of="2026-02-01T00:00:00Z")
    bundle = amend(bundle, "2026-03-01", lines=[evergreen(name="Hotline")], as_of="2026-03-01T09:00:00Z")
    item = {"id": "si_1", "price": {"id": "price_1"}, "metadata": {"salesforce_order_item_id": "802"}}
    state = {"id": "sub_1", "status": "active", "items": {"object": "list", "data": [item]}, "cancel_at": None}
    return planned(bundle, "sub_1", orders=1) | {"stripe": {"subscription": [state]}}


def places(value: Any) -> list[tuple[Any, Any]]:
    own = [(value, key) for key in value] if isinstance(value, dict) else []
    own += [(value, each) for each in range(len(value))] if isinstance(value, list) else []
    return own + [each for holder, key in own for each in places(holder[key])]


@pytest.mark.parametrize("build", [amended, running])
def test_a_damaged_state_is_a_finding_or_is_planned_with(build: Any) -> None:
    """Never an exception, whatever value stands where."""
    whole = build()
    schema = stripe.load(VERSION)
    for seed in range(200):
        chance = random.Random(seed)  # noqa: S311 - the same damage in every run
        damaged = copy.deepcopy(whole)
        holder, key = chance.choice(places(damaged["stripe"]))
        holder[key] = chance.choice(VALUES)
        loaded = read_bundle(json.dumps(damaged, default=str).encode(), "bundle.json", catalogue(), bindings())
        if loaded.bundle is None:
            assert any(each.path and each.path.startswith("$.stripe") for each in loaded.findings)
        else:
            make_plan(loaded.bundle, program(), schema, loaded.findings)


def test_a_list_as_stripe_wraps_it_is_read() -> None:
    """`{"object": "list", "data": [...]}` is what a call of the API returns."""
    bundle = an_order([seat()]) | {"stripe": {"customer": {"object": "list", "data": [{"id": "cus_1"}]}}}
    loaded = read_bundle(json.dumps(bundle).encode(), "bundle.json", catalogue(), bindings())
    assert loaded.bundle is not None
    assert loaded.bundle.stripe_object("customer", "cus_1") == {"id": "cus_1"}


def test_a_misspelt_resource_is_an_error_with_the_right_name() -> None:
    """Else nothing would seem to be known."""
    bundle = an_order([seat()]) | {"stripe": {"subscription_shedule": []}}
    (found,) = read_bundle(json.dumps(bundle).encode(), "bundle.json", catalogue(), bindings()).findings
    assert (found.code, found.fix) == ("E427", "write subscription_schedule")
