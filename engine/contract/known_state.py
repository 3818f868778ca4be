"""What is known of the contract's objects in Stripe, as the bundle carries it: when phases started, what their prices are.

Only this module reads the state of Stripe objects; it turns them into dates, ids and figures of the domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

from ..marks import Marks
from ..records import Record
from .context import Context
from .model import ProrationBehavior

SCHEDULE, SUBSCRIPTION, INVOICE = "subscription_schedule", "subscription", "invoice"
_PREFIXES = {SCHEDULE: "sub_sched_", SUBSCRIPTION: "sub_", INVOICE: "in_"}
_SANDBOX_PREFIX = "salesforce_sandbox_"
_FLAGS = ("credit", "backend_proration", "proration")


OneTimeKey = tuple[datetime, str, str]


@dataclass(frozen=True, slots=True)
class KnownPhase:
    """A phase as Stripe has it."""

    start: datetime
    end: datetime
    order_id: str | None
    segment_index: str | None
    proration_behavior: ProrationBehavior | None = None


@dataclass(frozen=True, slots=True)
class KnownSchedule:
    """A subscription schedule as Stripe has it.

    `prices` maps an order line's id to the id of its price. `one_time_prices` maps the start of a phase, the id of a line and
    what is billed once for it there (`proration`, `backend_proration`, `credit`, or nothing) to the ids of the prices.
    """

    id: str
    status: str
    phases: tuple[KnownPhase, ...] = ()
    prices: Mapping[str, str] = field(default_factory=dict)
    one_time_prices: Mapping[OneTimeKey, tuple[str, ...]] = field(default_factory=dict)
    subscription_id: str | None = None
    billing_mode: str | None = None
    released_subscription_id: str | None = None


@dataclass(frozen=True, slots=True)
class KnownSubscription:
    """A subscription as Stripe has it; `items` maps an order line's id to the id of its subscription item.

    Its cycles begin at the time of day of its `anchor`.
    """

    id: str
    status: str
    items: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, str] = field(default_factory=dict)
    cancel_at: datetime | None = None
    billing_mode: str | None = None
    anchor: datetime | None = None


def resource_of(stripe_id: str | None) -> str | None:
    """What an id in an order's Stripe field is the id of; None for garbage, which counts as no id."""
    if not stripe_id or not stripe_id.isascii() or not stripe_id.replace("_", "").isalnum():
        return None
    for resource, prefix in _PREFIXES.items():
        if stripe_id.startswith(prefix):
            return resource if len(stripe_id) > len(prefix) else None
    return None


def known_schedule(context: Context, schedule_id: str) -> KnownSchedule | None:
    """The state of a schedule; None when the bundle does not hold it."""
    state = context.bundle.stripe_object(SCHEDULE, schedule_id)
    if state is None:
        return None
    marks = _marks(context)
    phases = [each for each in state.get("phases") or () if isinstance(each, dict)]
    items = [item for phase in phases for item in phase.get("items") or () if isinstance(item, dict)]
    return KnownSchedule(
        id=schedule_id,
        status=str(state.get("status") or ""),
        phases=tuple(found for each in phases if (found := _phase(context, each)) is not None),
        prices=_by_line(items, marks, "price"),
        one_time_prices=_one_time(context, phases),
        subscription_id=_id(state.get("subscription")),
        billing_mode=_mode(state),
        released_subscription_id=_id(state.get("released_subscription")),
    )


def known_subscription(context: Context, subscription_id: str) -> KnownSubscription | None:
    """The state of a subscription; None when the bundle does not hold it."""
    state = context.bundle.stripe_object(SUBSCRIPTION, subscription_id)
    if state is None:
        return None
    rows = [each for each in state.get("items") or () if isinstance(each, dict)]
    marks = _marks(context)
    return KnownSubscription(
        id=subscription_id,
        status=str(state.get("status") or ""),
        items=_by_line(rows, marks, "id"),
        prices=_by_line(rows, marks, "price"),
        cancel_at=_instant(context, state.get("cancel_at")),
        billing_mode=_mode(state),
        anchor=_instant(context, state.get("billing_cycle_anchor")),
    )


def was_looked_up(context: Context, resource: str) -> bool:
    """Whether the bundle holds the state of such objects at all, so that one that is not there is not in Stripe."""
    return resource in context.bundle.stripe


def coupon_figures(state: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a coupon in Stripe says: name, amount in minor units with currency, percentage, duration, months."""
    amount, percent = state.get("amount_off"), state.get("percent_off")
    return (
        state.get("name"),
        (Decimal(str(amount)), str(state.get("currency")).lower()) if amount is not None else None,
        Decimal(str(percent)) if percent is not None else None,
        state.get("duration"),
        state.get("duration_in_months"),
    )


def subscription_of(state: KnownSchedule) -> str | None:
    """The subscription that a schedule runs or has left behind."""
    return state.released_subscription_id or state.subscription_id


def id_on(context: Context, order: Record, *resources: str) -> str | None:
    """The Stripe id on an order when it is one of these resources; anything else counts as no id."""
    value = context.reader.stripe_id(order)
    return value if resource_of(value) in resources else None


def _phase(context: Context, state: Mapping[str, Any]) -> KnownPhase | None:
    start, end = _instant(context, state.get("start_date")), _instant(context, state.get("end_date"))
    if start is None or end is None:
        return None
    marks, metadata = _marks(context), state.get("metadata")
    order_id = marks.of(metadata, "order")
    said = state.get("proration_behavior")
    behavior = next((each for each in get_args(ProrationBehavior) if each == said), None)
    return KnownPhase(start, end, order_id, marks.of(metadata, "segment_index"), behavior)


def _one_time(context: Context, phases: Iterable[Mapping[str, Any]]) -> dict[OneTimeKey, tuple[str, ...]]:
    marks = _marks(context)
    out: dict[OneTimeKey, tuple[str, ...]] = {}
    for phase in phases:
        start = _instant(context, phase.get("start_date"))
        for item in phase.get("add_invoice_items") or ():
            metadata = item.get("metadata")
            line, price = marks.of(metadata, "order_item"), _id(item.get("price"))
            flag = next((each for each in _FLAGS if marks.has(metadata, each)), "")
            if start and line and price:
                out[start, line, flag] = (*out.get((start, line, flag), ()), price)
    return out


def _mode(state: Mapping[str, Any]) -> str | None:
    found = state.get("billing_mode")
    return str(found.get("type")) if isinstance(found, dict) and found.get("type") else None


def _marks(context: Context) -> Marks:
    """The marks of the rules, and those of objects that a sandbox made in live mode."""
    return context.reader.marks.joined(Marks.prefixed(_SANDBOX_PREFIX))


def _by_line(items: Iterable[Mapping[str, Any]], marks: Marks, what: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for item in items:
        line, value = marks.of(item.get("metadata"), "order_item"), _id(item.get(what))
        if line and value:
            out[line] = value
    return out


def _id(value: Any) -> str | None:
    """An id, given as itself or as the expanded object."""
    found = value.get("id") if isinstance(value, dict) else value
    return str(found) if found else None


def _instant(context: Context, value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(value), context.as_of.tzinfo) if value is not None else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None
