"""Real clients on a sandbox, and plans sent through them call by call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import stripe

from orderplan.engine.plan import make_plan, to_document
from orderplan.engine.program import Program
from orderplan.engine.records import load_bundles
from orderplan.engine.sandbox import STRIPE_KEY, Sandbox
from orderplan.engine.schema.salesforce import load_catalogue
from orderplan.engine.schema.stripe import load
from orderplan.engine.validate import check_file
from tests.builders.bindings import bindings

ROOT = Path(__file__).resolve().parents[2]
MARCH = 1_772_323_200
"""2026-03-01T00:00:00Z."""
DAY = 86_400


def client_of(sandbox: Sandbox, key: str = STRIPE_KEY) -> stripe.StripeClient:
    """Stripe's own client, with nothing of a sandbox but the address."""
    stripe.enable_telemetry = False
    return stripe.StripeClient(key, base_addresses={"api": sandbox.url})


@contextmanager
def a_stripe(**options: Any) -> Iterator[stripe.StripeClient]:
    """A sandbox whose clock stands at the first of March 2026, and a client on it."""
    with Sandbox(**{"now": MARCH, **options}) as sandbox:
        yield client_of(sandbox)


def a_customer(client: stripe.StripeClient, name: str = "Brightwater Clinics") -> str:
    """A customer's id."""
    return client.v1.customers.create({"name": name}).id


def a_price(client: stripe.StripeClient, cents: int = 1000, months: int | None = 1, currency: str = "usd") -> str:
    """A price's id: by months, or once."""
    product = client.v1.products.create({"name": "Workspace seat"}).id
    rhythm: Any = {"recurring": {"interval": "month", "interval_count": months}} if months else {}
    return client.v1.prices.create(
        {"product": product, "currency": currency, "unit_amount_decimal": Decimal(cents), **rhythm}
    ).id


def a_schedule(client: stripe.StripeClient, phases: list[Any], start: int = MARCH, **more: Any) -> Any:
    """A schedule of a new customer."""
    customer = more.pop("customer", None) or a_customer(client)
    return client.v1.subscription_schedules.create(
        {"customer": customer, "start_date": start, "phases": phases, "end_behavior": "cancel", **more}
    )


def a_phase(price: str, days: int, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A phase that ends some days into March 2026."""
    return {"items": [{"price": price, "quantity": quantity}], "end_date": MARCH + days * DAY, **more}


def plan_of(path: Path) -> dict[str, Any]:
    """The plan of an example, as its document has it."""
    rules = check_file(str(ROOT / "rules/cpq.rules")).rules
    assert rules is not None
    catalogue = load_catalogue(ROOT / "schemas/salesforce/cpq.json")
    loaded = next(iter(load_bundles(str(path), catalogue, bindings())))
    assert loaded.bundle is not None
    plan = make_plan(loaded.bundle, Program(rules), load(rules.stripe_version))
    return json.loads(json.dumps(to_document(plan)))  # type: ignore[no-any-return]


def send(client: stripe.StripeClient, plan: dict[str, Any]) -> dict[str, Any]:
    """Sends every call of a plan in order; the answers by call id."""
    answers: dict[str, Any] = {}
    for call in plan["calls"]:
        path = call["path"]
        if isinstance(path, dict):
            path = path["template"].replace("{id}", _resolved(path["id"], answers))
        params = _resolved(call["params"], answers)
        done = client.raw_request(call["method"].lower(), path, idempotency_key=call["idempotency_key"], **params)
        answers[call["id"]] = json.loads(done.body)
    return answers


def _resolved(value: Any, answers: dict[str, Any]) -> Any:
    if isinstance(value, dict) and "$ref" in value:
        return answers[value["$ref"]["call"]][value["$ref"]["field"]]
    if isinstance(value, dict):
        return {name: _resolved(each, answers) for name, each in value.items()}
    return [_resolved(each, answers) for each in value] if isinstance(value, list) else value
