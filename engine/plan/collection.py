"""How an order is collected, from one place in the rules: its terms, whatever bills it.

A schedule says so in its default settings, a subscription and an invoice of one-time lines by themselves
(https://docs.stripe.com/api/subscription_schedules/create, `default_settings`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..program import Made, Trace

_SENT, _DUE = "send_invoice", "days_until_due"
_COLLECTED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "subscription_schedule": (
        ("default_settings", "collection_method"),
        ("default_settings", "invoice_settings", _DUE),
    ),
    "subscription": (("collection_method",), (_DUE,)),
    "invoice": (("collection_method",), (_DUE,)),
}
"""Where the resources that bill an order say how they are collected, and in how many days an invoice is due."""


def settle_collection(made: Made, params: dict[str, Any], contract: Any) -> None:
    """Writes how an order is collected where its terms say so and the rules write nothing: one place for all that bills it."""
    places = _COLLECTED.get(made.rule.resource)
    if places is None or made.rule.operation != "create" or contract.collection_method is None:
        return
    if params.get("from_subscription") is not None or params.get("subscription") is not None:
        return
    figures = (contract.collection_method, contract.days_until_due if contract.collection_method == _SENT else None)
    for place, name, value in zip(places, ("collection_method", _DUE), figures, strict=True):
        if value is not None:
            _settle(made, params, contract, place, name, value)


def _settle(made: Made, params: dict[str, Any], contract: Any, place: tuple[str, ...], name: str, value: Any) -> None:
    holder: Any = params
    for step in place[:-1]:
        holder = holder.setdefault(step, {}) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or place[-1] in holder:
        return
    holder[place[-1]] = value
    span = made.rule.span
    trace = Trace("mapped", str(span), span, made.rule.resource, (name,))
    made.result.traces["/" + "/".join(place)] = (trace, (contract,))
