"""What Stripe knows of the objects that records point to, in the shape of a bundle's `stripe` part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..connect import Refusal, StripeClient
from ..diagnostics import OrderplanError
from ..plan.drafts import resource_of
from ..records.stripe_state import RESOURCES
from ..schema.stripe import StripeSchema

_KEYS = {"invoice_item": "invoiceitem"}
_EXPANDED = {"price": ["tiers"]}


def refreshed(client: StripeClient, schema: StripeSchema, records: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The objects that fields of records name by their ids, and those that a schedule leads to.

    A resource is listed where an id of it was asked for, so that one which is not there is known to be gone.

    Raises:
        OrderplanError: E922, when Stripe does not answer.
    """
    found: dict[str, dict[str, Any]] = {}
    waiting = list(dict.fromkeys(_ids(records, schema)))
    while waiting:
        resource, object_id = waiting.pop(0)
        held = found.setdefault(resource, {})
        if object_id in held:
            continue
        held[object_id] = _asked(client, schema, resource, object_id)
        waiting += [each for each in _inside(held[object_id], schema) if each[1] not in found.get(each[0], {})]
    return {
        _KEYS.get(resource, resource): [each for each in held.values() if each is not None]
        for resource, held in sorted(found.items())
    }


def _ids(records: Iterable[Mapping[str, Any]], schema: StripeSchema) -> Iterator[tuple[str, str]]:
    for record in records:
        for value in record.values():
            if isinstance(value, str) and "_" in value:
                resource = resource_of(value, schema)
                if resource is not None and _KEYS.get(resource, resource) in RESOURCES:
                    yield resource, value


def _inside(held: Any, schema: StripeSchema) -> Iterator[tuple[str, str]]:
    """The subscription, prices and coupons that a schedule or subscription names."""
    if not isinstance(held, Mapping) or held.get("object") not in ("subscription_schedule", "subscription"):
        return
    names = ("subscription", "released_subscription", "schedule", "customer", "price", "coupon")
    waiting: list[Any] = [{name: held.get(name) for name in ("phases", "items", "discounts", *names)}]
    while waiting:
        at = waiting.pop()
        if isinstance(at, Mapping):
            for name, value in at.items():
                text = value.get("id") if isinstance(value, Mapping) and name in names else value
                if name in names and isinstance(text, str):
                    resource = resource_of(text, schema) or ("coupon" if name == "coupon" else None)
                    if resource is not None:
                        yield resource, text
                elif name not in ("metadata", *names):
                    waiting.append(value)
        elif isinstance(at, list):
            waiting += at


def _asked(client: StripeClient, schema: StripeSchema, resource: str, object_id: str) -> Any:
    operation = schema.operation(resource, "create")
    if operation is None:
        return None
    expand = _EXPANDED.get(resource)
    found = client.get(f"{operation.path}/{object_id}", {"expand": expand} if expand else None)
    if not isinstance(found, Refusal):
        return dict(found.body)
    if found.is_missing:
        return None
    raise OrderplanError(
        "E922", f"Stripe does not show the {resource} {object_id}: {found.message}", "look at the key's permissions"
    )
