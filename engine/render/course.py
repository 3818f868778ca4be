"""How a contract runs over time: its phases after all calls of the plan, with what is billed in each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..parameters import Ref
from ..plan import Call, Plan
from .parameters import money
from .phases import as_of, final_phases, instant


@dataclass(frozen=True, slots=True)
class PricedItem:
    """Something in a phase: `price` is the call or object it is priced by; `quantity` is absent for usage."""

    price: str
    name: str
    priced: str
    quantity: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase: Unix seconds, `end` exclusive and None where nothing ends it."""

    label: str
    start: int
    end: int | None
    items: tuple[PricedItem, ...]
    one_time: tuple[PricedItem, ...]


class Names:
    """What people call the prices of a plan, and what they cost."""

    def __init__(self, plan: Plan) -> None:
        self._calls = {each.id: each for each in plan.calls}
        self._reused = {each.id: each for each in plan.reused}

    def product(self, price: str) -> str:
        """The product's name; the price's id where the plan does not say."""
        call = self._calls.get(price)
        if call is None:
            return price
        made = self._calls.get(_target(call.params.get("product")))
        name = made.params.get("name") if made else None
        return name if isinstance(name, str) else call.title or price

    def cost(self, price: str) -> str:
        """The price in words: `1,200.00 USD every 12 months`."""
        call = self._calls.get(price)
        if call is not None:
            return price_words(call.params)
        reused = self._reused.get(price)
        return price_words(reused.expected or {}) if reused else ""


def price_words(params: Mapping[str, Any]) -> str:
    """What a price costs and how often: `1,200.00 USD every 12 months`, `3 volume tiers every month`."""
    currency, amount = params.get("currency"), params.get("unit_amount_decimal", params.get("unit_amount"))
    cost = money(amount, currency) if isinstance(currency, str) and isinstance(amount, str | int) else ""
    tiers = params.get("tiers")
    if tiers:
        cost = f"{len(tiers)} {params.get('tiers_mode', '')} tiers".replace("  ", " ")
    recurring = params.get("recurring")
    if not isinstance(recurring, Mapping):
        return cost
    count, unit = recurring.get("interval_count") or 1, recurring.get("interval", "cycle")
    often = f"every {unit}" if count == 1 else f"every {count} {unit}s"
    used = " by usage" if recurring.get("usage_type") == "metered" else ""
    return f"{cost} {often}{used}".strip()


def stretches(plan: Plan, contract: str) -> tuple[Stretch, ...]:
    """The course of one contract; empty when it is billed once, or when the plan only ends it."""
    calls = [each for each in plan.calls if each.contract == contract]
    names, now = Names(plan), as_of(plan)
    schedules = [each for each in calls if each.resource == "subscription_schedule"]
    out = tuple(_scheduled(schedules, plan, names))
    if not out:
        out = tuple(_subscribed([each for each in calls if each.resource == "subscription"], names, now))
    ended = _ended(calls, now)
    if ended is None:
        return out
    return tuple(
        Stretch(each.label, each.start, ended if each.end is None else min(each.end, ended), each.items, each.one_time)
        for each in out
        if each.start < ended
    )


def _scheduled(calls: Sequence[Call], plan: Plan, names: Names) -> Iterator[Stretch]:
    phases = final_phases(calls, plan)
    goes_on = any(each.params.get("end_behavior") == "release" for each in calls)
    for at, phase in enumerate(phases):
        if phase.start is None:
            continue
        last = at == len(phases) - 1
        label = plan.marks.of(phase.params.get("metadata"), "segment_label") or f"Phase {at + 1}"
        end = None if last and goes_on else phase.end
        yield Stretch(label, phase.start, end, *_both(phase.params, names))


def _subscribed(calls: Sequence[Call], names: Names, now: int | None) -> Iterator[Stretch]:
    """A subscription without a schedule: one stretch from now on for each call that changes its items."""
    changes = [each for each in calls if each.params.get("items")]
    if now is None:
        return
    for at, call in enumerate(changes):
        label = "Subscription" if call.action == "create" else "Added"
        start = instant(call.params.get("backdate_start_date"), now) or now
        yield Stretch(label if at == 0 else f"{label} {at + 1}", start, None, *_both(call.params, names))


def _ended(calls: Sequence[Call], now: int | None) -> int | None:
    """When the plan ends the contract, if it does."""
    for call in calls:
        if call.resource in ("subscription", "subscription_schedule"):
            if call.action in ("cancel", "delete"):
                return now
            moment = instant(call.params.get("cancel_at"), now)
            if moment is not None:
                return moment
    return None


def _both(params: Mapping[str, Any], names: Names) -> tuple[tuple[PricedItem, ...], tuple[PricedItem, ...]]:
    return (
        tuple(_item(each, names) for each in params.get("items") or () if not each.get("deleted")),
        tuple(_item(each, names) for each in params.get("add_invoice_items") or ()),
    )


def _item(params: Mapping[str, Any], names: Names) -> PricedItem:
    price = _target(params.get("price"))
    quantity = params.get("quantity")
    return PricedItem(price, names.product(price), names.cost(price), quantity if isinstance(quantity, int) else None)


def _target(value: Any) -> str:
    """The call a parameter refers to, or the id that it holds."""
    return value.call if isinstance(value, Ref) else str(value)
