"""Invoices for prorations that wait: Stripe puts the one-time items of a later phase on the customer, and bills them a cycle later.

One invoice is made and finalized for each subscription, of the items that carry the mark of a proration. An item that stands there
twice (same subscription, price, period and order line) is left and reported. Source: SPEC of the connector, "Auto invoices";
docs.stripe.com/billing/invoices/subscription "Pending invoice items".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from ..connect import Answer, Refusal, StripeClient
from ..marks import Marks

_FLAGS = ("proration", "backend_proration", "credit")


def invoice_waiting(client: StripeClient, marks: Marks) -> Iterator[dict[str, Any]]:
    """Invoices what waits; what was done, and what was left, as events."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for item in client.all("/v1/invoiceitems", {"pending": "true"}):
        if isinstance(item, Refusal):
            yield {"event": "prorations", "state": "interrupted", "message": item.message}
            return
        subscription = _subscription(item)
        if subscription and not item.get("invoice") and any(marks.has(item.get("metadata"), flag) for flag in _FLAGS):
            groups.setdefault(subscription, []).append(item)
    for subscription, items in sorted(groups.items()):
        kept, doubled = _once(items, marks)
        for each in doubled:
            words = "it stands there twice: same price, period and order line"
            yield {"event": "proration left", "subscription": subscription, "item": each["id"], "message": words}
        yield _invoiced(client, subscription, kept)


def _invoiced(client: StripeClient, subscription: str, items: list[Mapping[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "event": "proration invoice",
        "subscription": subscription,
        "items": sorted(str(each["id"]) for each in items),
    }
    key = "op1-sync-" + hashlib.sha256("\n".join(told["items"]).encode()).hexdigest()[:32]
    customer = items[0]["customer"]
    params = {"customer": customer, "subscription": subscription, "pending_invoice_items_behavior": "exclude"}
    made = client.send("POST", "/v1/invoices", params, key)
    if isinstance(made, Refusal):
        return {**told, "state": "refused", "message": made.message}
    invoice = str(made.body["id"])
    there = {_item_of(each) for each in (made.body.get("lines") or {}).get("data") or ()}
    if there - set(told["items"]):
        # It took up what was to be left: a draft that is deleted lets its items wait again.
        client.send("DELETE", f"/v1/invoices/{invoice}", {})
        return {
            **told,
            "state": "refused",
            "message": "the invoice takes up items that stand there twice; delete one of them",
        }
    lines = [{"invoice_item": each} for each in told["items"] if each not in there]
    steps: list[tuple[str, dict[str, Any]]] = [("add_lines", {"lines": lines})] if lines else []
    for name, step in (*steps, ("finalize", {})):
        found = client.send("POST", f"/v1/invoices/{invoice}/{name}", step, f"{key}-{name}")
        if not isinstance(found, Answer):
            return {**told, "state": "refused", "invoice": invoice, "message": found.message}
    return {**told, "state": "done", "invoice": invoice}


def _item_of(line: Mapping[str, Any]) -> str:
    """The invoice item behind a line of an invoice."""
    parent = (line.get("parent") or {}).get("invoice_item_details") or {}
    return str(line.get("invoice_item") or parent.get("invoice_item") or line.get("id"))


def _once(items: list[Mapping[str, Any]], marks: Marks) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    seen: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    doubled = []
    for each in sorted(items, key=lambda item: (item.get("date") or item.get("created") or 0, str(item["id"]))):
        period, price = each.get("period") or {}, _price(each)
        flags = marks.flags(each.get("metadata"))
        key = (price, period.get("start"), period.get("end"), marks.of(each.get("metadata"), "order_item"), flags)
        if key in seen:
            doubled.append(each)
        else:
            seen[key] = each
    return list(seen.values()), doubled


def _subscription(item: Mapping[str, Any]) -> str | None:
    parent = (item.get("parent") or {}).get("subscription_details") or {}
    found = item.get("subscription") or parent.get("subscription")
    found = found.get("id") if isinstance(found, Mapping) else found
    return str(found) if found else None


def _price(item: Mapping[str, Any]) -> Any:
    details = (item.get("pricing") or {}).get("price_details") or {}
    found = details.get("price") or item.get("price") or (item.get("pricing") or {}).get("price")
    return found.get("id") if isinstance(found, Mapping) else found
