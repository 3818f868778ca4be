"""What somebody added to a schedule in Stripe, carried over into an update that would drop it.

An update replaces the phases of a schedule as a whole (https://docs.stripe.com/api/subscription_schedules/update). With
`changes_made_in_stripe = "keep"` it sends again what Stripe has and the orders say nothing about: settings of a phase or an
item, discounts, items that no order line made. Where an order says something else, the order counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..marks import Marks
from .changed_in_stripe import ITEM_OWN, PHASE_OWN, amount_of_item, is_empty, same_id, shown, start_of, told

_ONCE = frozenset({"billing_cycle_anchor"})
"""What a phase does when it starts, and a later part of it does not do again."""

_DISCOUNT = ("discount", "promotion_code", "coupon")


@dataclass(frozen=True, slots=True)
class KeptChanges:
    """The parameters of an update with what it carries over, and what that is, in words."""

    params: Mapping[str, Any]
    carried: tuple[str, ...] = ()


def with_kept_changes(params: Mapping[str, Any], state: Mapping[str, Any], marks: Marks, as_of: int) -> KeptChanges:
    """The parameters of an update of a schedule with what Stripe has beyond what the orders say."""
    planned = params.get("phases")
    if not isinstance(planned, list):
        return KeptChanges(params)
    carried: list[str] = []
    out: list[Any] = []
    own: dict[int, set[str]] = {}
    for phase in planned:
        start = phase.get("start_date")
        at = start if isinstance(start, int) else as_of
        known = _covering(state, at)
        if known is None:
            out.append(phase)
            continue
        began = int(known["start_date"])
        # What the orders discount is told by the part that starts where Stripe's phase does: later parts follow it.
        ours = own.setdefault(began, _sent(phase))
        out.append(_phase(phase, known, marks, ours, at, carried))
    return KeptChanges({**params, "phases": out}, tuple(dict.fromkeys(carried)))


def _phase(
    phase: Mapping[str, Any], known: Mapping[str, Any], marks: Marks, ours: set[str], at: int, carried: list[str]
) -> dict[str, Any]:
    out = dict(phase)
    where = f"the phase from {start_of(at)}"
    for name in sorted(set(known) - PHASE_OWN):
        if name in out or is_empty(known[name]) or (name in _ONCE and known["start_date"] != at):
            continue
        value = _sendable(known[name])
        if name == "trial_end":
            end = out.get("end_date")
            value = min(value, end) if isinstance(end, int) else value
            if value <= at:
                continue
        out[name] = value
        carried.append(f"{where}: {name} = {told(name, value)}")
    more = _discounts(known, ours | _sent(phase))
    if more:
        out["discounts"] = [*(out.get("discounts") or ()), *more]
        carried += [f"{where}: the discount {shown(each)}" for each in more]
    out["items"] = _items(out.get("items") or (), known, marks, where, carried)
    return out


def _items(
    items: Sequence[Mapping[str, Any]], known: Mapping[str, Any], marks: Marks, where: str, carried: list[str]
) -> list[Any]:
    there = {marks.of(each.get("metadata"), "order_item"): each for each in known.get("items") or ()}
    out: list[Any] = []
    for item in items:
        line = marks.of(item.get("metadata"), "order_item")
        found = there.get(line) if line else None
        out.append(item if found is None else _item(item, found, f"{where}, {marks.line(line)}", carried))
    for each in known.get("items") or ():
        price = same_id(each.get("price") or each.get("plan"))
        if marks.of(each.get("metadata"), "order_item") or any(one.get("price") == price for one in out):
            continue
        added = {"price": price}
        for name in ("quantity", "metadata", *sorted(set(each) - ITEM_OWN)):
            if not is_empty(each.get(name)):
                added[name] = _sendable(each[name])
        more = _discounts(each, set())
        out.append({**added, "discounts": more} if more else added)
        carried.append(f"{where}: an item of {amount_of_item(each)}")
    return out


def _item(item: Mapping[str, Any], known: Mapping[str, Any], where: str, carried: list[str]) -> dict[str, Any]:
    out = dict(item)
    for name in sorted(set(known) - ITEM_OWN):
        if name not in out and not is_empty(known[name]):
            out[name] = _sendable(known[name])
            carried.append(f"{where}: {name} = {shown(known[name])}")
    more = _discounts(known, _sent(item))
    if more:
        out["discounts"] = [*(out.get("discounts") or ()), *more]
        carried += [f"{where}: the discount {shown(each)}" for each in more]
    return out


def _discounts(known: Mapping[str, Any], sent: set[str]) -> list[dict[str, str]]:
    """The discounts that Stripe has and the orders do not: one that runs goes by its own id."""
    out = []
    for each in known.get("discounts") or ():
        ids = {"discount": each} if isinstance(each, str) else {name: each.get(name) for name in _DISCOUNT}
        held = {name: str(same_id(value)) for name, value in ids.items() if value}
        if held and not set(held.values()) & sent:
            name = next(one for one in _DISCOUNT if one in held)
            out.append({name: held[name]})
    return out


def _sent(holder: Mapping[str, Any]) -> set[str]:
    held: Iterable[Any] = (each.get(name) for each in holder.get("discounts") or () for name in _DISCOUNT)
    return {each for each in held if isinstance(each, str)}


def _covering(state: Mapping[str, Any], at: int) -> Mapping[str, Any] | None:
    """The phase of a schedule in Stripe that a moment lies in."""
    for phase in state.get("phases") or ():
        start, end = phase.get("start_date"), phase.get("end_date")
        if isinstance(start, int) and start <= at and (not isinstance(end, int) or at < end):
            found: Mapping[str, Any] = phase
            return found
    return None


def _sendable(value: Any) -> Any:
    """A value as it is sent: ids for expanded objects, and nothing that is empty."""
    if isinstance(value, Mapping):
        if isinstance(value.get("id"), str):
            return value["id"]
        return {name: _sendable(each) for name, each in value.items() if not is_empty(each)}
    return [_sendable(each) for each in value] if isinstance(value, list) else value
