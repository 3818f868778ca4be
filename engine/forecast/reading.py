"""Reading a plan whole, into the types that are billed; nothing else in the forecast knows how calls are spelled."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from ..parameters import CallPath
from ..plan import Call, ContractSummary, Earlier, Plan
from .cycles import Anchor, moment, seconds
from .phases import coupons, days_until_due, extra, instant, schedule_phases, subscription_phase
from .planned import (
    CallSettings,
    Cancel,
    CreateInvoice,
    CreateInvoiceItem,
    CreateSchedule,
    CreateSubscription,
    ModeName,
    PlannedCall,
    PlannedContract,
    PlannedEarlier,
    Stop,
    UpdateSchedule,
    UpdateSubscription,
)
from .prices import PriceList, reference, told

_DAY = 86_400

_MOMENTS = {
    "created": "when its object in Stripe was created",
    "phase": "when its phase in Stripe began",
    "activated": "the day it was activated",
    "start": "before it started",
}
"""What tells when an order was planned, in words."""

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, StopIteration)
"""What reading a call raises whose parameters are redacted or damaged."""


class UnreadableCallError(Exception):
    """A call that cannot be read; its text is the call's id."""


def planned_contract(
    contract: ContractSummary,
    calls: list[Call],
    catalogue: PriceList,
    now: int,
    earlier: tuple[PlannedEarlier, ...] = (),
    *,
    day_starts: int = 0,
) -> PlannedContract:
    """The calls of a contract that bill something, after those of earlier plans; `day_starts` is the plan's.

    Raises:
        UnreadableCallError: for a call whose date, quantity or reference is redacted or malformed.
    """
    return PlannedContract(
        id=contract.id,
        currency=contract.currency,
        start=_beginning(contract.start, day_starts),
        end=_beginning(contract.end, day_starts),
        mode=_mode(contract.billing_mode) if contract.billing_mode else None,
        calls=_planned_calls(calls, catalogue, now),
        earlier=earlier,
    )


def planned_earlier(history: Iterable[Earlier], plan: Plan, unknown: dict[str, None]) -> tuple[PlannedEarlier, ...]:
    """The calls of the earlier plans of a contract; prices that nothing describes are added to `unknown`.

    Raises:
        UnreadableCallError: as `planned_contract`.
    """
    out = []
    for each in history:
        # What the plan of today makes or uses again is known by its id in Stripe, or by the call that makes it.
        known = replace(plan, calls=(*plan.calls, *each.calls), reused=(*each.reused, *plan.reused))
        catalogue = PriceList(known, unknown)
        at = seconds(datetime.fromisoformat(each.as_of))
        told = f"order {each.order} was planned on {each.as_of[:10]}, {_MOMENTS[each.moment]}"
        out.append(PlannedEarlier(at, told, _planned_calls(each.calls, catalogue, at)))
    return tuple(out)


def _planned_calls(calls: Iterable[Call], catalogue: PriceList, now: int) -> tuple[PlannedCall, ...]:
    out: list[PlannedCall] = []
    for call in calls:
        try:
            found = planned_call(call, catalogue, now)
        except UNREADABLE as fault:
            raise UnreadableCallError(call.id) from fault
        if found is not None:
            out.append(found)
    return tuple(out)


def planned_call(call: Call, catalogue: PriceList, now: int) -> PlannedCall | None:
    """What one call asks for; None when it bills nothing and changes nothing that is billed."""
    params = call.params
    match call.resource, call.action:
        case "invoice_item", "create":
            return _invoice_item(params, catalogue, now)
        case "invoice", "create":
            return _invoice(call.id, params, catalogue, now)
        case "subscription_schedule", "create":
            return _new_schedule(call.id, params, catalogue, now)
        case "subscription_schedule", "update":
            phases = schedule_phases(params["phases"], catalogue, now=now) if "phases" in params else None
            return UpdateSchedule(_target(call), _settings(params), phases, told(params.get("proration_behavior")))
        case "subscription", "create":
            return _new_subscription(call.id, params, catalogue, now)
        case "subscription", "update":
            phase = subscription_phase(params, catalogue, start=now)
            return UpdateSubscription(_target(call), _settings(params), phase, "discounts" in params, _stop(params))
        case "subscription_schedule" | "subscription" as resource, "cancel":
            default = resource == "subscription_schedule"
            prorates, invoices = (told(params.get(each, default)) for each in ("prorate", "invoice_now"))
            return Cancel(_target(call), bool(prorates), bool(invoices))
    return None


def _new_schedule(name: str, params: Mapping[str, Any], catalogue: PriceList, now: int) -> CreateSchedule:
    origin = params.get("from_subscription")
    if origin is not None:
        return CreateSchedule(name, _settings(params), now, of_subscription=reference(origin))
    start = instant(params.get("start_date"), now, now)
    return CreateSchedule(name, _settings(params), start, schedule_phases(params["phases"], catalogue, now=now))


def _new_subscription(name: str, params: Mapping[str, Any], catalogue: PriceList, now: int) -> CreateSubscription:
    start = instant(params.get("backdate_start_date"), now, now)
    given, config = params.get("billing_cycle_anchor"), params.get("billing_cycle_anchor_config")
    anchor = None if given is None else Anchor(instant(given, now, start))
    if config is not None:
        anchor = configured_anchor(config, now)
    phase = subscription_phase(params, catalogue, start=start)
    return CreateSubscription(name, _settings(params), phase, anchor, _stop(params))


def configured_anchor(config: Mapping[str, Any], now: int) -> Anchor:
    """The next occurrence of a day of the month, at the time of day that is given or that it is now."""
    at, wanted = moment(now), int(config["day_of_month"])
    month = None if config.get("month") is None else int(config["month"])
    hour, minute, second = (
        getattr(at, name) if config.get(name) is None else int(config[name]) for name in ("hour", "minute", "second")
    )
    for ahead in range(25):  # a day of a month comes within two years
        year, index = divmod(at.year * 12 + at.month - 1 + ahead, 12)
        if month is not None and index + 1 != month:
            continue
        shown = min(wanted, monthrange(year, index + 1)[1])
        found = seconds(at.replace(year=year, month=index + 1, day=shown, hour=hour, minute=minute, second=second))
        if found >= now:
            return Anchor(found, wanted if shown < wanted else None)
    raise ValueError(config)


def _invoice_item(params: Mapping[str, Any], catalogue: PriceList, now: int) -> CreateInvoiceItem:
    named, period = params.get("invoice"), params.get("period") or {}
    start, end = int(period.get("start") or now), int(period.get("end") or now)
    # A period of an invoice item is two instants; that of an added item names them.
    item = extra({name: value for name, value in params.items() if name != "period"}, catalogue)
    of_subscription = named is None and params.get("subscription") is not None
    return CreateInvoiceItem(item, start, end, None if named is None else reference(named), of_subscription)


def _invoice(name: str, params: Mapping[str, Any], catalogue: PriceList, now: int) -> CreateInvoice:
    term, due = params.get("days_until_due"), params.get("due_date")
    return CreateInvoice(
        id=name,
        takes_pending=told(params.get("pending_invoice_items_behavior")) == "include",
        discounts=coupons(params, catalogue),
        due=now + int(term) * _DAY if term is not None else None if due is None else int(due),
    )


def _settings(params: Mapping[str, Any]) -> CallSettings:
    """What a call sets for good; `default_settings` of a schedule come before parameters of its own."""
    defaults = params.get("default_settings") or {}
    mode = told((params.get("billing_mode") or {}).get("type"))
    anchor = told(defaults.get("billing_cycle_anchor"))
    terms = [found for each in (defaults, params) if (found := days_until_due(each)) is not None]
    return CallSettings(
        ends=told(params["end_behavior"]) == "cancel" if "end_behavior" in params else None,
        days_until_due=terms[0] if terms else None,
        mode=None if mode is None else _mode(mode),
        resets_anchor=None if anchor is None else anchor == "phase_start",
    )


def _stop(params: Mapping[str, Any]) -> Stop | None:
    value = told(params.get("cancel_at"))
    if value in ("min_period_end", "max_period_end", "max_billed_until"):
        return Stop(with_period="shortest" if value == "min_period_end" else "longest")
    if told(params.get("cancel_at_period_end")) is True:
        return Stop(with_period="current")
    return None if value in (None, "") else Stop(at=int(value))


def _mode(value: str) -> ModeName:
    return "classic" if value == "classic" else "flexible"


def _target(call: Call) -> str:
    """What a call acts on: the call that makes it, or its id in Stripe."""
    if isinstance(call.path, CallPath):
        return reference(call.path.id)
    return call.path.removesuffix("/cancel").rstrip("/").rpartition("/")[2]


def _beginning(value: str | None, day_starts: int) -> int | None:
    """When the day of a date as text begins: so many seconds after midnight UTC."""
    if value is None:
        return None
    return seconds(datetime.fromisoformat(f"{date.fromisoformat(value)}T00:00:00+00:00")) + day_starts
