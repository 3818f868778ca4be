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
"""`text`, `moment`, `whole`, `figure`, `flag`, `texts`, `id`; an object of shapes; a list of one shape; `(shape,)` for an id or
an object of that shape. A list is plain or as Stripe wraps it, `{"object": "list", "data": [...]}`."""

_DISCOUNTS = [({"coupon": "id", "discount": "id", "promotion_code": "id"},)]
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
        "items": [_ITEM],
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
    "id": "an id, or the object itself with its id",
}


def check_stripe(stripe: dict[str, Any], findings: Findings) -> dict[str, list[dict[str, Any]]]:
    """The Stripe objects of a bundle by resource, all lists as plain ones, with a finding for each fault of their shape."""
    out: dict[str, list[dict[str, Any]]] = {}
    checker = _Checker(findings)
    for resource, listed in stripe.items():
        place = member("$.stripe", resource)
        if resource not in RESOURCES:
            near = closest(resource, RESOURCES)
            words = f"Stripe has no resource `{resource}` whose state a bundle holds"
            fix = f"write {near}" if near else f"the resources are {', '.join(RESOURCES)}"
            findings.add("E427", words, place, fix=fix)
            continue
        out[resource] = checker.objects(resource, listed, place)
    return out


class _Checker:
    """Checks values against shapes and gives them back with plain lists."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def objects(self, resource: str, listed: Any, place: str) -> list[dict[str, Any]]:
        """The objects of a resource, each with its id."""
        those, inner = self._list(listed, place)
        if not isinstance(those, list):
            self._findings.add("E408", f"a list of Stripe objects is expected, found {shown(listed)}", place)
            return []
        out = []
        for at, each in enumerate(those):
            here = f"{inner}[{at}]"
            if not isinstance(each, dict):
                self._findings.add("E408", f"a Stripe object with its id is expected, found {shown(each)}", here)
            elif "id" not in each:
                self._findings.add("E408", '"id" is missing: the id of a Stripe object', f"{here}.id")
            elif not isinstance(each["id"], str) or not each["id"]:
                words = f"the id of a Stripe object is expected, found {shown(each['id'])}"
                self._findings.add("E408", words, f"{here}.id")
            else:
                out.append(self._members(each, _SHAPES.get(resource, {}), here))
        return out

    def _list(self, value: Any, place: str) -> tuple[Any, str]:
        """The elements of a list, which Stripe's answers wrap in an object of their own, and their place."""
        if not isinstance(value, dict) or value.get("object") != "list":
            return value, place
        if value.get("has_more") is True:
            fix = "ask for the rest with starting_after, and put all objects here"
            self._findings.add("E423", 'the list was not read to its end: "has_more" is true', place, fix=fix)
        return value.get("data"), f"{place}.data"

    def _members(self, value: dict[str, Any], shapes: dict[str, Shape], place: str) -> dict[str, Any]:
        return {name: self._value(each, shapes.get(name), member(place, name)) for name, each in value.items()}

    def _value(self, value: Any, shape: Shape, place: str) -> Any:
        """A value with plain lists; without a shape, nobody reads it, and it passes as it is."""
        if value is None:
            return None
        if isinstance(shape, tuple) and not isinstance(value, dict):
            shape = "id"
        elif isinstance(shape, tuple):
            shape = shape[0]
        if isinstance(shape, list) or (shape is None and isinstance(value, dict) and value.get("object") == "list"):
            return self._elements(value, shape[0] if shape else None, place)
        if isinstance(value, list) and shape is None:
            return [self._value(each, None, f"{place}[{at}]") for at, each in enumerate(value)]
        if isinstance(shape, dict) and not isinstance(value, dict):
            return self._other("an object", value, place)
        if isinstance(shape, str) and not _fits(shape, value):
            return self._other(_WORDS[shape], value, place)
        if isinstance(value, dict):
            return self._members(value, shape if isinstance(shape, dict) else {}, place)
        return value

    def _elements(self, value: Any, shape: Shape, place: str) -> Any:
        those, inner = self._list(value, place)
        if not isinstance(those, list):
            return self._other("a list", value, place)
        out = []
        for at, each in enumerate(those):
            here = f"{inner}[{at}]"
            if each is None and shape is not None:
                self._other("an element", each, here)
            out.append(self._value(each, shape, here))
        return out

    def _other(self, expected: str, value: Any, place: str) -> None:
        """Another value than is expected; what is no JSON at all has been said already."""
        if not self._findings.says_of(place):
            self._findings.add("E428", f"{expected} is expected, found {shown(value)}", place)


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
            found = value.get("id") if isinstance(value, dict) else value
            return isinstance(found, str) and bool(found)


def _is_figure(text: str) -> bool:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return False
    return number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS and len(text) <= _MOST_DIGITS
