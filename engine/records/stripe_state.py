"""The shape of Stripe's answers, as far as the program reads them: what is known of objects is checked when it is loaded.

A member that is not listed here is read by nobody and passes as it is. null stands for what Stripe does not say.
(https://docs.stripe.com/api: subscription schedules, subscriptions, customers, products, prices, coupons, invoices.)
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..diagnostics import closest
from .findings import Findings, member, shown

RESOURCES = (
    "coupon",
    "customer",
    "discount",
    "invoice",
    "invoiceitem",
    "price",
    "product",
    "promotion_code",
    "subscription",
    "subscription_item",
    "subscription_schedule",
)
"""The resources whose state a bundle may hold."""

_LAST_SECOND = 253_402_300_799
_MOST_DIGITS = 40

Shape = Any
"""`text`, `moment`, `whole`, `figure`, `flag`, `texts`, `id`; an object of shapes; a list of one shape; `(shape,)` for Stripe's lists."""

_DISCOUNTS = ["discount"]
_ITEM: dict[str, Shape] = {
    "id": "text",
    "price": "id",
    "plan": "id",
    "quantity": "whole",
    "metadata": "texts",
    "discounts": _DISCOUNTS,
    "tax_rates": ["id"],
}
_PHASE: dict[str, Shape] = {
    "start_date": "moment",
    "end_date": "moment",
    "trial_end": "moment",
    "items": [_ITEM],
    "add_invoice_items": [_ITEM],
    "discounts": _DISCOUNTS,
    "metadata": "texts",
    "proration_behavior": "text",
    "collection_method": "text",
    "description": "text",
    "coupon": "id",
    "default_tax_rates": ["id"],
    "invoice_settings": {"days_until_due": "whole"},
}
_MODE: dict[str, Shape] = {"type": "text"}
_TIER: dict[str, Shape] = {"up_to": "whole", "unit_amount_decimal": "figure", "flat_amount_decimal": "figure"}
_SHAPES: dict[str, dict[str, Shape]] = {
    "subscription_schedule": {
        "status": "text",
        "phases": [_PHASE],
        "current_phase": {"start_date": "moment", "end_date": "moment"},
        "subscription": "id",
        "released_subscription": "id",
        "customer": "id",
        "end_behavior": "text",
        "metadata": "texts",
        "billing_mode": _MODE,
        "default_settings": {
            "collection_method": "text",
            "description": "text",
            "invoice_settings": {"days_until_due": "whole"},
        },
    },
    "subscription": {
        "status": "text",
        "items": ([_ITEM],),
        "cancel_at": "moment",
        "canceled_at": "moment",
        "trial_end": "moment",
        "customer": "id",
        "schedule": "id",
        "metadata": "texts",
        "discounts": _DISCOUNTS,
        "billing_mode": _MODE,
    },
    "customer": {
        "name": "text",
        "currency": "text",
        "metadata": "texts",
        "deleted": "flag",
        "address": {},
        "shipping": {},
    },
    "product": {"name": "text", "active": "flag", "deleted": "flag", "metadata": "texts"},
    "price": {
        "currency": "text",
        "active": "flag",
        "deleted": "flag",
        "unit_amount": "figure",
        "unit_amount_decimal": "figure",
        "recurring": {"interval": "text", "interval_count": "whole", "usage_type": "text", "meter": "text"},
        "tiers": [_TIER],
        "tiers_mode": "text",
        "billing_scheme": "text",
        "product": "id",
        "metadata": "texts",
    },
    "coupon": {
        "name": "text",
        "amount_off": "figure",
        "percent_off": "figure",
        "currency": "text",
        "duration": "text",
        "duration_in_months": "whole",
        "max_redemptions": "whole",
        "times_redeemed": "whole",
        "deleted": "flag",
    },
    "invoice": {"status": "text", "metadata": "texts"},
}

_WORDS = {
    "text": "a text",
    "moment": "whole seconds since 1970",
    "whole": "a whole number",
    "figure": "a number, or a decimal as text",
    "flag": "true or false",
    "texts": "an object of texts",
    "id": "an id, or the object itself",
    "discount": "a discount with its coupon, or its id",
}


def check_stripe(stripe: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """The Stripe objects of a bundle as plain lists by resource, with a finding for each member of another shape."""
    out: dict[str, Any] = {}
    for resource, listed in stripe.items():
        place = member("$.stripe", resource)
        if resource not in RESOURCES:
            near = closest(resource, RESOURCES)
            words = f"Stripe has no resource `{resource}` whose state a bundle holds"
            fix = f"write {near}" if near else f"the resources are {', '.join(RESOURCES)}"
            findings.add("E427", words, place, fix=fix)
            continue
        for at, each in enumerate(listed):
            _check(each, _SHAPES.get(resource, {}), f"{place}[{at}]", findings)
        out[resource] = listed
    return out


def unwrapped(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the lists of its part `stripe` taken out of the objects that Stripe's answers wrap them in."""
    stripe = document.get("stripe")
    if not isinstance(stripe, dict):
        return document
    plain = {
        name: each["data"] if isinstance(each, dict) and each.get("object") == "list" and "data" in each else each
        for name, each in stripe.items()
    }
    return {**document, "stripe": plain}


def _check(value: Any, shape: Shape, place: str, findings: Findings) -> None:
    if value is None:
        return
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            findings.add("E428", f"an object is expected, found {shown(value)}", place)
            return
        for name, inner in shape.items():
            if name in value:
                _check(value[name], inner, member(place, name), findings)
    elif isinstance(shape, tuple):
        those = value.get("data") if isinstance(value, dict) else value
        _check(those, shape[0], f"{place}.data" if isinstance(value, dict) else place, findings)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            findings.add("E428", f"a list is expected, found {shown(value)}", place)
            return
        for at, each in enumerate(value):
            if each is None:
                findings.add("E428", "an element is expected, found null", f"{place}[{at}]")
            _check(each, shape[0], f"{place}[{at}]", findings)
    elif not _fits(shape, value):
        findings.add("E428", f"{_WORDS[shape]} is expected, found {shown(value)}", place)


def _fits(shape: str, value: Any) -> bool:
    number = isinstance(value, int) and not isinstance(value, bool)
    match shape:
        case "text":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "moment":
            return number and 0 <= value <= _LAST_SECOND
        case "whole":
            return number and len(str(value)) <= _MOST_DIGITS
        case "figure":
            return (number or isinstance(value, Decimal | str)) and _is_figure(str(value))
        case "texts":
            return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
        case _:
            identified = isinstance(value, dict) and isinstance(value.get("id", ""), str)
            return (isinstance(value, str) and bool(value)) or identified


def _is_figure(text: str) -> bool:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return False
    return number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS and len(text) <= _MOST_DIGITS
