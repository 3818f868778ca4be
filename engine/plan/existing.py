"""Objects that exist in Stripe: whether they still say what the records say, and what an update would change."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from ..diagnostics import Diagnostic, finding
from ..program import Made, Reference, record_name

_BILLING_FIGURES = ("unit_amount_decimal", "currency", "recurring", "tiers", "tiers_mode")
_RECURRING = ("interval", "interval_count", "usage_type")


def check_state(
    made: Made,
    params: dict[str, Any],
    known: str,
    state: dict[str, Any] | None,
    currency: str,
    hidden: Collection[str] = (),
) -> list[Diagnostic]:
    """Faults of an object that is to be used again: deleted, not active, billed otherwise than the records say.

    `hidden` are the parameters that hold sensitive values.
    """
    if state is None:
        return []
    record, resource = record_name(made.row), made.rule.resource
    if state.get("deleted"):
        return [
            finding(
                "E706",
                f"the {resource} {known} was deleted in Stripe",
                record=record,
                fix="clear the id on the record, so that a new one is made",
            )
        ]
    if resource in ("price", "product") and state.get("active") is False:
        return [
            finding(
                "E713",
                f"the {resource} {known} is not active in Stripe, which sells nothing with it",
                record=record,
                fix="make it active again in Stripe, or clear the id on the record, so that a new one is made",
            )
        ]
    billed = state.get("currency")
    if resource == "customer" and billed and str(billed).lower() != currency:
        return [
            finding(
                "E712",
                f"the customer {known} is billed in {billed}, and the order is in {currency}",
                record=record,
                notes=("the first invoice or subscription fixes the currency of a customer in Stripe",),
                fix="sell in that currency, or make customers by account and currency: give the map of customer another key",
            )
        ]
    if resource != "price":
        return []
    changed = [each for each in _BILLING_FIGURES if not _same_figure(each, params.get(each), state.get(each))]
    if not changed:
        return []
    shown = "; ".join(
        f"{each}: Stripe has another value than the records (sensitive)"
        if each in hidden
        else f"{each}: Stripe has {_shown(each, state)}, the records say {_shown(each, params)}"
        for each in changed
    )
    return [
        finding(
            "E705",
            f"the price {known} no longer says what the records say",
            record=record,
            notes=(shown,),
            fix="clear the Stripe id on the record and plan again: a new price is made",
        )
    ]


def difference(params: dict[str, Any], state: dict[str, Any] | None) -> dict[str, Any]:
    """The parameters that differ from the state; all of them when the state is not known."""
    if state is None:
        return params
    out: dict[str, Any] = {}
    for name, value in params.items():
        current = state.get(name)
        if isinstance(value, dict) and not isinstance(value, Reference):
            inner = difference(value, current if isinstance(current, dict) else {})
            if inner:
                # Stripe replaces an address as a whole, and merges metadata key by key.
                out[name] = inner if name == "metadata" else value
        elif not _same(value, current):
            out[name] = value
    return out


def _same_figure(name: str, planned: Any, current: Any) -> bool:
    if name == "recurring":
        if not planned or not current:
            return not planned and not current
        defaults = {"interval_count": 1, "usage_type": "licensed"}
        months = [_months(each) for each in (planned, current)]
        usage = [each.get("usage_type", defaults["usage_type"]) for each in (planned, current)]
        return bool(months[0] == months[1] and usage[0] == usage[1])
    if name == "tiers":
        # The tiers of a price are in its state only when they were asked for.
        return current is None or sorted(map(_tier, planned or ())) == sorted(map(_tier, current))
    if name == "unit_amount_decimal" and planned is None:
        return True
    return _same(planned, current)


def _months(recurring: dict[str, Any]) -> Any:
    count = int(recurring.get("interval_count") or 1)
    interval = recurring.get("interval")
    return count * 12 if interval == "year" else count if interval == "month" else (interval, count)


def _tier(tier: dict[str, Any]) -> tuple[str, str, str]:
    up_to = tier.get("up_to")
    bound = "inf" if up_to in (None, "inf") else str(up_to)
    unit, flat = (_number(tier.get(each)) for each in ("unit_amount_decimal", "flat_amount_decimal"))
    return bound, unit, flat


def _number(value: Any) -> str:
    try:
        return str(Decimal(str(value)).normalize()) if value is not None and Decimal(str(value)) != 0 else "0"
    except InvalidOperation:
        return str(value)


def _same(planned: Any, current: Any) -> bool:
    if isinstance(planned, list) and isinstance(current, list):
        return len(planned) == len(current) and all(_same(a, b) for a, b in zip(planned, current, strict=True))
    if isinstance(planned, bool) or isinstance(current, bool):
        return planned is current
    if planned == current:
        return True
    try:
        return Decimal(str(planned)) == Decimal(str(current))
    except InvalidOperation:
        return False


def _shown(name: str, holder: dict[str, Any]) -> str:
    value = holder.get(name)
    if name == "recurring" and value:
        return " ".join(f"{each} {value[each]}" for each in _RECURRING if value.get(each) is not None)
    if name == "tiers" and value:
        return f"{len(value)} tiers"
    return str(value) if value is not None else "none"
