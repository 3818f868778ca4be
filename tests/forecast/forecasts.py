"""What the forecast's tests share: forecasts of built bundles, their figures in few words, and plans written by hand."""

from __future__ import annotations

from typing import Any

from tests.plan.plans import document_of, with_forecast

Document = dict[str, Any]


def forecast_of(bundle: Document, *settings: str, cycles: int | None = None, strict: bool | None = None) -> Document:
    """The plan document of a bundle with its forecast; `settings` are lines of a settings block."""
    team = "settings {\n" + "\n".join(settings) + "\n}" if settings else ""
    document = document_of(bundle, team)
    assert document["applyable"], [each["message"] for each in document["diagnostics"]]
    return with_forecast(document, cycles=cycles, strict=strict)


def invoices(document: Document) -> list[tuple[str, int | None]]:
    """Date and total of every invoice."""
    return [(each["date"], each["total"]) for each in document["forecast"]["invoices"]]


def lines(document: Document, number: int) -> list[tuple[str, int | None, int | None]]:
    """Kind, quantity and amount of the lines of an invoice."""
    return [
        (each["kind"], each["quantity"], each["amount"]) for each in document["forecast"]["invoices"][number]["lines"]
    ]


def account(document: Document) -> Document:
    """The reconciliation of the one contract of a plan."""
    (found,) = document["forecast"]["reconciliation"]["contracts"]
    return dict(found)


def is_reconciled(document: Document) -> bool:
    """Whether every line of the contract was compared, and bills what it was sold for."""
    found = account(document)
    return found["status"] == "reconciled" and all(each["status"] == "equal" for each in found["lines"])


def codes(document: Document) -> list[str]:
    """The codes of the diagnostics."""
    return [each["code"] for each in document["diagnostics"]]


def seconds(day: str) -> int:
    """Midnight UTC of a day, or an instant, as Stripe counts it."""
    import datetime

    at = datetime.datetime.fromisoformat(day if "T" in day else f"{day}T00:00:00+00:00")
    return int(at.timestamp())


def price(name: str, amount: str | None, months: int = 0, **more: Any) -> Document:
    """A call that makes a price, billed once unless it has months."""
    params: Document = {"currency": "usd", "product_data": {"name": name}, "unit_amount_decimal": amount} | more
    if months:
        params["recurring"] = {"interval": "month", "interval_count": months} | more.get("recurring", {})
    return call(f"price/{name}", "price", "create", params)


def coupon(name: str, **params: Any) -> Document:
    """A call that makes a coupon."""
    return call(f"coupon/{name}", "coupon", "create", {"name": name, "duration": "once"} | params)


def item(name: str, quantity: int | None = 1, *coupons: str, line: str | None = None, **more: Any) -> Document:
    """An item with the price of that name, sold on the order line `line` (or `name`)."""
    out: Document = {"price": ref(f"price/{name}"), "metadata": {"salesforce_order_item_id": line or name}} | more
    if quantity is not None:
        out["quantity"] = quantity
    if coupons:
        out["discounts"] = [{"coupon": ref(f"coupon/{each}")} for each in coupons]
    return out


def proration(name: str, quantity: int = 1, **more: Any) -> Document:
    """A one-time item that bears the metadata of a proration."""
    out = item(name, quantity, **more)
    out["metadata"]["salesforce_proration"] = "true"
    return out


def phase(end: str, *items: Document, **more: Any) -> Document:
    """A phase that ends on a day; `none` is its proration behaviour unless another is given."""
    until = end if end == "now" else seconds(end)
    return {"end_date": until, "items": list(items), "proration_behavior": "none"} | more


def schedule(start: str, *phases: Document, **more: Any) -> Document:
    """A call that makes a schedule that ends with its last phase."""
    params = {"start_date": seconds(start), "end_behavior": "cancel", "phases": list(phases)} | more
    return call("subscription_schedule/1", "subscription_schedule", "create", params)


def update(*phases: Document, target: str | None = None, **more: Any) -> Document:
    """A call that changes the schedule, or one that an earlier plan made."""
    params = {"phases": list(phases), "proration_behavior": "none"} | more
    path = {"template": "/v1/subscription_schedules/{id}", "id": ref("subscription_schedule/1")}
    where: Any = path if target is None else f"/v1/subscription_schedules/{target}"
    return call("subscription_schedule/1/update", "subscription_schedule", "update", params, where)


def call(name: str, resource: str, action: str, params: Document, path: Any = "/v1/objects") -> Document:
    """One call of a plan."""
    return {"id": name, "resource": resource, "action": action, "params": params, "path": path, "contract": "C"}


def ref(name: str) -> Document:
    """The id that a call gives."""
    return {"$ref": {"call": name, "field": "id"}}


def plan(*calls: Document, as_of: str = "2026-02-16T09:00:00Z", start: str | None = None, **more: Any) -> Document:
    """A plan document of one contract with its forecast."""
    contract = {"id": "C", "kind": "renewable", "order_ids": ["O"], "currency": "usd"} | (
        {"start": start} if start else {}
    )
    document = {
        "as_of": as_of,
        "contracts": [contract],
        "calls": list(calls),
        "diagnostics": [],
        "applyable": True,
        "objects": {"order_item": "OrderItem"},
    } | more
    return with_forecast(document)
