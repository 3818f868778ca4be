"""The mapping of rules/cpq.rules for initial orders, as someone would write it in Python: the floor of `mapping.py`."""

from __future__ import annotations

import datetime
from typing import Any

from orderplan.engine.contract import minor_units

PREFIX = "salesforce_"
URL = "https://login.salesforce.com"

_PARTS = {"line1": "Street", "city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country"}
CUSTOMER_PATHS = {
    "name": "r.Name",
    "phone": "r.Phone[:20]",
    "description": "r.Description[:350]",
    **{f"address.{name}": f"r.Billing{part}" for name, part in _PARTS.items()},
    "shipping.name": "r.Name",
    "shipping.phone": "r.Phone[:20]",
    **{f"shipping.address.{name}": f"r.Shipping{part}" for name, part in _PARTS.items()},
    "metadata.salesforce_account_id": "r.Id",
    "metadata.salesforce_account_link": "url ~ '/' ~ r.Id",
}
PRODUCT_PATHS = {
    "name": "r.Name",
    "description": "r.Description",
    "metadata.salesforce_product2_id": "r.Id",
    "metadata.salesforce_product2_link": "url ~ '/' ~ r.Id",
}
"""The same for peers that take one expression for each parameter."""


def customer(account: Any, url: str = URL) -> dict[str, Any]:
    """The parameters of a customer, from a dictionary or a record."""
    get = account.get
    name, phone = get("Name"), (get("Phone") or "")[:20].rstrip()
    out = _present(name=name, phone=phone, description=(get("Description") or "")[:350].rstrip())
    if get("BillingStreet") or get("BillingCity") or get("BillingCountry"):
        out["address"] = _address(get, "Billing")
    if get("ShippingStreet") or get("ShippingCity") or get("ShippingCountry"):
        out["shipping"] = _present(name=name, phone=phone, address=_address(get, "Shipping"))
    out["metadata"] = {f"{PREFIX}account_id": get("Id"), f"{PREFIX}account_link": f"{url}/{get('Id')}"}
    return out


def product(record: Any, url: str = URL) -> dict[str, Any]:
    """The parameters of a product."""
    get = record.get
    out = _present(name=get("Name"), description=get("Description"))
    out["metadata"] = {f"{PREFIX}product2_id": get("Id"), f"{PREFIX}product2_link": f"{url}/{get('Id')}"}
    return out


def contract(whole: Any) -> dict[str, dict[str, Any]]:
    """All parameters of a renewable contract without amendments, by call id; references are call ids."""
    out = {f"customer/{whole.account.id}": customer(whole.account)}
    out |= {f"product/{each.id}": product(each) for each in whole.products}
    out |= {f"price/{each.key}": price(each) for each in whole.prices}
    order = _linked("order", whole.order)
    schedule: dict[str, Any] = {
        "customer": f"customer/{whole.account.id}",
        "start_date": _unix(whole.start),
        "end_behavior": "cancel",
        "metadata": order,
    }
    schedule["phases"] = [_phase(each) for each in whole.phases]
    out[f"subscription_schedule/{whole.id}"] = schedule
    out |= {f"price/{each.key}": {"active": False} for each in whole.temporary_prices}
    return out


def price(each: Any) -> dict[str, Any]:
    """The parameters of a price without tiers."""
    out: dict[str, Any] = {"product": f"product/{each.product.id}", "currency": each.currency}
    if each.amount is not None:
        out["unit_amount_decimal"] = minor_units(each.amount)
    if each.recurring:
        out["recurring"] = {"interval": "month", "interval_count": each.cycle_months, "usage_type": each.usage_type}
    named = ("order_item", each.order_item) if each.order_item is not None else ("pricebook_entry", each.entry)
    metadata = _linked(*named)
    for flag in ("auto_archive", "duplicate", "proration", "credit"):
        if getattr(each, flag):
            metadata[f"{PREFIX}{flag}"] = "true"
    if each.original is not None:
        metadata[f"{PREFIX}original_stripe_price_id"] = f"price/{each.original.key}"
    out["metadata"] = metadata
    return out


def _phase(phase: Any) -> dict[str, Any]:
    out: dict[str, Any] = {"end_date": _unix(phase.end), "items": [_item(each) for each in phase.items]}
    if phase.proration_behavior is not None:
        out["proration_behavior"] = phase.proration_behavior
    out["metadata"] = _linked("order", phase.order)
    return out


def _item(item: Any) -> dict[str, Any]:
    out: dict[str, Any] = {"price": f"price/{item.price.key}", "metadata": _linked("order_item", item.order_item)}
    if item.quantity is not None:
        out["quantity"] = item.quantity
    return out


def _linked(name: str, record: Any) -> dict[str, Any]:
    return {f"{PREFIX}{name}_id": record.id, f"{PREFIX}{name}_link": f"{URL}/{record.id}"}


def _address(get: Any, kind: str) -> dict[str, Any]:
    return _present(**{name: get(f"{kind}{part}") for name, part in _PARTS.items()})


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _unix(day: datetime.date) -> int:
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC).timestamp())
