"""Phases and items from the parameters of calls.

A subscription without a schedule is one phase without an end, so that both are billed in one way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..marks import Marks
from ..parameters import Ref
from .cycles import Cycle
from .model import Kind
from .planned import BilledItem, BilledPhase, Edge, Extra, Lasting, PlannedPhase
from .prices import PlannedCoupon, PriceList, told

_DAY = 86_400


def schedule_phases(phases: Sequence[Mapping[str, Any]], catalogue: PriceList, *, now: int) -> tuple[PlannedPhase, ...]:
    """The phases of a schedule's `create` or `update`."""
    return tuple(_planned(each, catalogue, now) for each in phases)


def subscription_phase(params: Mapping[str, Any], catalogue: PriceList, *, start: int) -> BilledPhase:
    """The one phase of a subscription without a schedule."""
    items = tuple(item(one, catalogue) for one in params.get("items") or () if not one.get("deleted"))
    phase = _phase(params, catalogue, start, None, items)
    trial = params.get("trial_period_days")
    if trial and phase.trial_end is None:
        phase = replace(phase, trial_end=start + int(trial) * _DAY)
    return phase


def instant(value: Any, now: int, absent: int) -> int:
    """An instant as a parameter gives it: seconds, `now`, or a moment that the answer to an earlier call will tell."""
    if value is None:
        return absent
    return now if value == "now" or isinstance(value, Ref) else int(value)


def item(params: Mapping[str, Any], catalogue: PriceList) -> BilledItem:
    """A recurring item."""
    price = catalogue.price(params)
    quantity = None if price.metered else int(params.get("quantity", 1))
    return BilledItem(
        price, quantity, catalogue.marks.of(params.get("metadata"), "order_item"), coupons(params, catalogue)
    )


def extra(params: Mapping[str, Any], catalogue: PriceList) -> Extra:
    """An item that is billed once."""
    period = params.get("period") or {}
    starts, ends = period.get("start") or {}, period.get("end") or {}
    kind = _kind(params, catalogue.marks)
    return Extra(
        price=catalogue.price(params),
        quantity=int(params.get("quantity", 1)),
        order_item=catalogue.marks.of(params.get("metadata"), "order_item"),
        kind=kind,
        at_once=catalogue.marks.has(params.get("metadata"), "proration"),
        discounts=coupons(params, catalogue),
        discountable=told(params.get("discountable")) is not False,
        starts=_edge(starts.get("type")),
        ends=_edge(ends.get("type")),
        starts_at=int(starts.get("timestamp") or 0),
        ends_at=int(ends.get("timestamp") or 0),
    )


def coupons(params: Mapping[str, Any], catalogue: PriceList) -> tuple[PlannedCoupon, ...]:
    """The coupons of an item, phase, subscription or invoice, in their order."""
    found = [catalogue.coupon(each) for each in params.get("discounts") or ()]
    return tuple(each for each in found if each is not None)


def days_until_due(params: Mapping[str, Any]) -> int | None:
    """The payment term that a phase or the default settings of a schedule give."""
    value = params.get("days_until_due")
    if value is None:
        value = (params.get("invoice_settings") or {}).get("days_until_due")
    return None if value is None else int(value)


def _planned(params: Mapping[str, Any], catalogue: PriceList, now: int) -> PlannedPhase:
    items = tuple(item(one, catalogue) for one in params.get("items") or ())
    starts = None if params.get("start_date") is None else instant(params["start_date"], now, now)
    duration, iterations = params.get("duration"), params.get("iterations")
    lasts = end = None
    if duration is not None:
        lasts = Lasting(Cycle.of(duration["interval"], int(duration.get("interval_count") or 1)))
    elif iterations is not None:
        lasts = Lasting(next(each.price.cycle for each in items if each.price.cycle), int(iterations))
    else:
        end = instant(params["end_date"], now, now)
    return PlannedPhase(_phase(params, catalogue, 0, end, items), starts, lasts, free=bool(told(params.get("trial"))))


def _phase(
    params: Mapping[str, Any], catalogue: PriceList, start: int, end: int | None, items: tuple[BilledItem, ...]
) -> BilledPhase:
    trial_end, anchor = params.get("trial_end"), told(params.get("billing_cycle_anchor"))
    return BilledPhase(
        start=start,
        end=end,
        items=items,
        extras=tuple(extra(each, catalogue) for each in params.get("add_invoice_items") or ()),
        prorates=told(params.get("proration_behavior")),
        discounts=coupons(params, catalogue),
        trial_end=None if trial_end in (None, "", "now") else int(trial_end),
        resets_anchor=anchor == "phase_start" if anchor in ("phase_start", "automatic") else None,
        days_until_due=days_until_due(params),
    )


def _edge(name: Any) -> Edge:
    if name == "phase_start":
        return "phase_start"
    if name == "phase_end":
        return "phase_end"
    if name in ("min_item_period_end", "subscription_period_end"):  # the latter in plans of format 1.0
        return "min_item_period_end"
    return "timestamp" if name == "timestamp" else "none"


def _kind(params: Mapping[str, Any], marks: Marks) -> Kind:
    flags = marks.flags(params.get("metadata"))
    if "rounding" in flags:
        return "rounding"
    if "credit" in flags:
        return "credit"
    return "proration" if "proration" in flags or "backend_proration" in flags else "one_time"
