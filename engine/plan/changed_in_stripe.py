"""What somebody changed in Stripe: a schedule as it is, against what an update sends again for phases that it leaves alone.

An update replaces the phases of a schedule as a whole, so what it does not send is dropped: items, discounts, trials,
taxes, collection. Each difference is named with both sides before anything is sent
(https://docs.stripe.com/api/subscription_schedules/update). Discounts that run are sent again by their own id, for a
coupon would start a new one.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..diagnostics import Diagnostic, finding
from ..marks import Marks
from .model import Call
from .spelling import canonical

PHASE_OWN = frozenset(
    {
        "add_invoice_items",
        "coupon",
        "currency",
        "discounts",
        "duration",
        "end_date",
        "items",
        "iterations",
        "metadata",
        "plans",
        "proration_behavior",
        "start_date",
    }
)
"""The members of a phase that are compared otherwise, or that the orders decide."""

ITEM_OWN = frozenset({"id", "object", "metadata", "plan", "price", "quantity", "discounts", "billing_thresholds"})
"""The members of an item that are compared otherwise, or that the orders decide."""

_DEFAULTS = ("automatic", "self")


def changed_in_stripe(
    call: Call, state: Mapping[str, Any], marks: Marks, order: str, *, refuse: bool
) -> Iterator[Diagnostic]:
    """What an update of a schedule would drop or change of the phases that its amendment leaves as they are."""
    planned = [each for each in call.params.get("phases") or () if isinstance(each, Mapping)]
    found = [text for phase, known in _same(planned, state) for text in _differences(phase, known, marks, order)]
    if not found:
        return
    schedule = state.get("id")
    yield finding(
        "E715" if refuse else "W715",
        f"{schedule} was changed in Stripe since the earlier orders made it, and {call.id} would undo that: {found[0]}"
        + (f", and {len(found) - 1} more" if len(found) > 1 else ""),
        record=str(call.source) if call.source else None,
        notes=tuple(found),
        fix="undo the change in Stripe or make it in Salesforce, pull, and plan again; "
        'or set changes_made_in_stripe to "keep" or "overwrite"'
        if refuse
        else "nothing, if what Salesforce says is to count",
    )


def with_live_discounts(params: Any, state: Mapping[str, Any] | None) -> Any:
    """The parameters of an update with the discounts that run by their own ids."""
    if state is None or not isinstance(params.get("phases"), list):
        return params
    phases = []
    for phase in params["phases"]:
        known = _known(phase, state)
        phases.append(phase if known is None else _live(phase, known))
    return {**params, "phases": phases}


def live_discounts(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each discount that runs on a schedule, with the coupon it was made of."""
    for phase in state.get("phases") or ():
        for holder in (phase, *(phase.get("items") or ())):
            for each in holder.get("discounts") or ():
                if isinstance(each, Mapping) and each.get("discount") and each.get("coupon"):
                    yield same_id(each["discount"]), same_id(each["coupon"])


def _live(phase: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(phase)
    if out.get("discounts"):
        out["discounts"] = _by_id(out["discounts"], known)
    items = []
    standing = list(known.get("items") or ())
    for item in out.get("items") or ():
        same = next((each for each in standing if same_id(each.get("price")) == item.get("price")), None)
        items.append({**item, "discounts": _by_id(item["discounts"], same)} if same and item.get("discounts") else item)
    if items:
        out["items"] = items
    return out


def _by_id(discounts: Sequence[Any], known: Mapping[str, Any]) -> list[Any]:
    running = {
        same_id(each["coupon"]): same_id(each["discount"])
        for each in known.get("discounts") or ()
        if isinstance(each, Mapping) and each.get("coupon") and each.get("discount")
    }
    out = []
    for each in discounts:
        coupon = each.get("coupon")
        live = running.get(coupon) if isinstance(coupon, str) else None
        out.append({"discount": live} if live else each)
    return out


def _same(
    planned: Sequence[Mapping[str, Any]], state: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each phase that is sent again with the one that Stripe has."""
    for phase in planned:
        known = _known(phase, state)
        if known is not None:
            yield phase, known


def _known(phase: Mapping[str, Any], state: Mapping[str, Any]) -> Mapping[str, Any] | None:
    start = phase.get("start_date")
    phases = [each for each in state.get("phases") or () if isinstance(each, Mapping)]
    return next((each for each in phases if each.get("start_date") == start and isinstance(start, int)), None)


def _differences(phase: Mapping[str, Any], known: Mapping[str, Any], marks: Marks, order: str) -> Iterator[str]:
    changed = marks.of(phase.get("metadata"), "order") == order
    where = f"the phase from {start_of(phase['start_date'])}"
    for name in sorted(set(known) - PHASE_OWN):
        if not is_empty(known[name]) and not _means(phase.get(name), known[name]):
            yield f"{where}: Stripe has {name} = {told(name, known[name])}, the plan {told(name, phase.get(name))}"
    yield from _coupons(where, phase, known)
    lines = {marks.of(each.get("metadata"), "order_item"): each for each in phase.get("items") or ()}
    sent = {each.get("price") for each in phase.get("items") or () if isinstance(each.get("price"), str)}
    for item in known.get("items") or ():
        line = marks.of(item.get("metadata"), "order_item")
        words = amount_of_item(item)
        own = lines.get(line) if line else None
        if line is None and same_id(item.get("price") or item.get("plan")) in sent:
            continue
        if line is None or (own is None and not changed):
            yield f"{where}: Stripe has an item of {words}, which no order line made"
            continue
        if own is None:
            continue
        if not changed and item.get("quantity") is not None and item.get("quantity") != own.get("quantity"):
            yield f"{where}: Stripe has {words} for {marks.line(line)}, the plan a quantity of {own.get('quantity')}"
        for name in sorted(set(item) - ITEM_OWN):
            if not is_empty(item[name]) and not _means(own.get(name), item[name]):
                yield f"{where}: Stripe has {name} = {shown(item[name])} on {marks.line(line)}, the plan {shown(own.get(name))}"
        yield from _coupons(f"{where}, {marks.line(line)}", own, item)


def _coupons(where: str, planned: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    names = ("coupon", "discount", "promotion_code")
    held = [each.get(name) for each in planned.get("discounts") or () for name in names]
    sent = {each for each in held if isinstance(each, str)}
    for each in known.get("discounts") or ():
        ids = [each] if isinstance(each, str) else [each[name] for name in names if each.get(name)]
        found = {str(same_id(one)) for one in ids}
        if found and not found & sent:
            yield f"{where}: Stripe has the discount {', '.join(sorted(found))}, the plan has not"


def _means(planned: Any, known: Any) -> bool:
    """Whether a planned value says what Stripe has, what is empty left out on either side."""
    if isinstance(known, Mapping):
        own = planned if isinstance(planned, Mapping) else {}
        return all(is_empty(value) or _means(own.get(name), value) for name, value in known.items())
    if isinstance(known, list):
        return canonical([same_id(each) for each in known]) == canonical([same_id(each) for each in planned or ()])
    return bool(planned == same_id(known))


def amount_of_item(item: Mapping[str, Any]) -> str:
    """An item in Stripe in words: `2 × price_added`."""
    return f"{item.get('quantity') or 'usage'} × {same_id(item.get('price') or item.get('plan'))}"


def is_empty(value: Any) -> bool:
    """Whether Stripe says nothing with a value: null, empty, off, or what it does by itself."""
    if isinstance(value, Mapping):
        return all(is_empty(each) for each in value.values())
    return not value or value in _DEFAULTS


def same_id(value: Any) -> Any:
    """An id, given as itself or as the expanded object; anything else as text, so that it can be compared."""
    if isinstance(value, Mapping):
        return value["id"] if isinstance(value.get("id"), str) else canonical(value)
    return canonical(value) if isinstance(value, list) else value


def start_of(at: int) -> str:
    """The day of a moment, by which a phase is named."""
    return datetime.datetime.fromtimestamp(at, datetime.UTC).date().isoformat()


def told(name: str, value: Any) -> str:
    """A member of a phase as people read it: moments as days."""
    return start_of(value) if name == "trial_end" and isinstance(value, int) and value else shown(value)


def shown(value: Any) -> str:
    """A value of Stripe's as findings show it."""
    return "nothing" if is_empty(value) else canonical(value)
