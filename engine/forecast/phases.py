"""The phases of a subscription as the parameters of its calls describe them.

A subscription without a schedule is one phase without an end, so that both are billed in one way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..marks import Marks
from .cycles import Cycle
from .model import Kind
from .prices import Catalogue, Coupon, Price, told

Edge = Literal["phase_start", "phase_end", "min_item_period_end", "timestamp", "none"]


@dataclass(frozen=True, slots=True)
class Item:
    """A recurring item; `quantity` is absent for metered prices."""

    price: Price
    quantity: int | None
    order_item: str | None
    discounts: tuple[Coupon, ...] = ()

    @property
    def holder(self) -> str:
        """What stays the same when the item goes on in another phase: its order line, else its price."""
        return self.order_item or self.price.id


@dataclass(frozen=True, slots=True)
class Extra:
    """An item that is billed once, of `add_invoice_items`.

    `at_once` says that it bears the metadata of a proration, so that an invoice is made for it where it would wait.
    `starts` and `ends` say what its period is, with the instants of `timestamp`.
    """

    price: Price
    quantity: int
    order_item: str | None
    kind: Kind
    at_once: bool
    discounts: tuple[Coupon, ...] = ()
    starts: Edge = "none"
    ends: Edge = "none"
    starts_at: int = 0
    ends_at: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase; `end` is absent when it goes on. `prorates` is absent where Stripe's default, `create_prorations`, holds."""

    start: int
    end: int | None
    items: tuple[Item, ...]
    extras: tuple[Extra, ...] = ()
    prorates: str | None = None
    discounts: tuple[Coupon, ...] = ()
    trial_end: int | None = None
    resets_anchor: bool = False
    days_until_due: int | None = None


def schedule_phases(
    phases: Sequence[Mapping[str, Any]], catalogue: Catalogue, *, start: int, now: int
) -> tuple[Phase, ...]:
    """The phases of a schedule's `create` or `update`; `start` is where the first one starts unless it says so itself.

    A phase that takes no time is left out: `now` is one instant.
    """
    out: list[Phase] = []
    for each in phases:
        items = tuple(item(one, catalogue) for one in each.get("items") or ())
        begins = instant(each.get("start_date"), now, start)
        end = _end(each, begins, items, now)
        phase = _phase(each, catalogue, begins, end, items)
        if end > begins:
            out.append(phase)
        start = end
    return tuple(out)


def subscription_phase(params: Mapping[str, Any], catalogue: Catalogue, *, start: int) -> Phase:
    """The one phase of a subscription without a schedule."""
    items = tuple(item(one, catalogue) for one in params.get("items") or () if not one.get("deleted"))
    phase = _phase(params, catalogue, start, None, items)
    trial = params.get("trial_period_days")
    if trial and phase.trial_end is None:
        phase = replace(phase, trial_end=start + int(trial) * 86_400)
    return phase


def instant(value: Any, now: int, absent: int) -> int:
    """An instant as a parameter gives it: seconds, `now`, or a moment that the answer to an earlier call will tell."""
    if value is None:
        return absent
    return now if value == "now" or (isinstance(value, Mapping) and "$ref" in value) else int(value)


def item(params: Mapping[str, Any], catalogue: Catalogue) -> Item:
    """A recurring item."""
    price = catalogue.price(params)
    quantity = None if price.metered else int(params.get("quantity", 1))
    return Item(price, quantity, catalogue.marks.of(params.get("metadata"), "order_item"), coupons(params, catalogue))


def extra(params: Mapping[str, Any], catalogue: Catalogue) -> Extra:
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
        starts=_edge(starts.get("type")),
        ends=_edge(ends.get("type")),
        starts_at=int(starts.get("timestamp") or 0),
        ends_at=int(ends.get("timestamp") or 0),
    )


def coupons(params: Mapping[str, Any], catalogue: Catalogue) -> tuple[Coupon, ...]:
    """The coupons of an item, phase, subscription or invoice, in their order."""
    found = [catalogue.coupon(each) for each in params.get("discounts") or ()]
    return tuple(each for each in found if each is not None)


def days_until_due(params: Mapping[str, Any]) -> int | None:
    """The payment term that a phase or the default settings of a schedule give."""
    value = params.get("days_until_due")
    if value is None:
        value = (params.get("invoice_settings") or {}).get("days_until_due")
    return None if value is None else int(value)


def _phase(
    params: Mapping[str, Any], catalogue: Catalogue, start: int, end: int | None, items: tuple[Item, ...]
) -> Phase:
    trial_end = params.get("trial_end")
    if params.get("trial"):
        trial_end = end
    return Phase(
        start=start,
        end=end,
        items=items,
        extras=tuple(extra(each, catalogue) for each in params.get("add_invoice_items") or ()),
        prorates=told(params.get("proration_behavior")),
        discounts=coupons(params, catalogue),
        trial_end=None if trial_end in (None, "now") else int(trial_end),
        resets_anchor=params.get("billing_cycle_anchor") == "phase_start",
        days_until_due=days_until_due(params),
    )


def _end(params: Mapping[str, Any], start: int, items: tuple[Item, ...], now: int) -> int:
    duration, iterations = params.get("duration"), params.get("iterations")
    if duration is not None:
        return Cycle.of(duration["interval"], int(duration.get("interval_count") or 1)).date(start, 1)
    if iterations is not None:
        cycle = next(each.price.cycle for each in items if each.price.cycle)
        return cycle.date(start, int(iterations))
    return instant(params["end_date"], now, start)


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
