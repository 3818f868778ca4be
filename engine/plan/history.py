"""What earlier plans sent for a contract: worked out again from the records, so that the whole contract can be compared.

An order with a Stripe id was planned before. What was sent then follows from its records and the rules, planned as of that
moment and without what came later. Salesforce does not say when that was; the known state in Stripe does, or the day of
activation, and where neither is told the order is taken to have been planned before it started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from ..dates import midnight
from ..diagnostics import Diagnostic, finding
from ..marks import Marks
from ..parameters import Ref, replaced
from ..program import Run
from ..records import Bundle, Record, relations
from .model import Call, Earlier, Moment, Plan, Reused

BILLING = frozenset({"price", "coupon", "product", "invoice_item", "subscription_schedule", "subscription"})
"""The resources whose calls bear on what a subscription bills; the other calls of an earlier plan are left out."""

_SECOND = timedelta(seconds=1)
_NOON = timedelta(hours=12)

Planned = Callable[[Bundle], Plan]


@dataclass(frozen=True, slots=True)
class _Planned:
    """An order that was planned before, and when."""

    order: Record
    at: datetime
    moment: Moment


def earlier_plans(
    contract: Any, bundle: Bundle, run: Run, marks: Marks, plan: Planned
) -> tuple[tuple[Earlier, ...], list[Diagnostic]]:
    """The plans that were made of a contract's orders before, one an order, by `plan`; or the finding that says why not.

    `plan` makes the plan of a bundle without a history of its own.
    """
    there = [each for each in contract.orders if run.stripe_id(each)]
    out: list[Earlier] = []
    orders = _in_time(there, contract, bundle, run, marks)
    for number, each in enumerate(orders):
        later = [one for one in contract.orders if one not in [two.order for two in orders[: number + 1]]]
        found = plan(_as_it_was(bundle, run, each, later))
        error = next((one for one in found.diagnostics if one.is_error), None)
        calls = tuple(bare(one) for one in found.calls if one.contract == contract.id and one.resource in BILLING)
        if error is not None or not any(one.resource.startswith("subscription") for one in calls):
            return (), [_not_known(each, error)]
        redacted = {one.id: found.redacted[one.id] for one in calls if one.id in found.redacted}
        at = each.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        out.append(Earlier(at, each.moment, contract.id, each.order.id, calls, found.reused, redacted))
    return tuple(out), []


def under_ids_of_today(earlier: Iterable[Earlier], reused: Iterable[Reused]) -> tuple[Earlier, ...]:
    """Earlier plans with the ids in Stripe of what they made, as far as the plan of today uses it again.

    So an item or a coupon that goes on is the same in both.
    """
    ids = {each.call: each.id for each in reused if each.source}
    coupons = {each.id: each.expected.get("coupon") for each in reused if each.resource == "discount" and each.expected}

    def known(value: Any) -> Any:
        if isinstance(value, Ref) and value.field == "id":
            return ids.get(value.call, value)
        return coupons.get(value, value) if isinstance(value, str) else value

    return tuple(
        replace(
            each,
            calls=tuple(
                replace(call, id=ids.get(call.id, call.id), params=replaced(call.params, known)) for call in each.calls
            ),
        )
        for each in earlier
    )


def _in_time(there: list[Record], contract: Any, bundle: Bundle, run: Run, marks: Marks) -> list[_Planned]:
    """The orders with the moments of their plans, each after the one before it and before the plan of today."""
    state = _state_of(contract, bundle, run)
    out: list[_Planned] = []
    for order in there:
        at, moment = _moment(order, contract, bundle, run, state, marks)
        earliest = out[-1].at + _SECOND if out else at
        out.append(_Planned(order, min(max(at, earliest), bundle.as_of - _SECOND), moment))
    return out


def _moment(
    order: Record, contract: Any, bundle: Bundle, run: Run, state: Mapping[str, Any] | None, marks: Marks
) -> tuple[datetime, Moment]:
    """When an order was planned, and what tells it."""
    created = _instant(state.get("created"), bundle) if state and order is contract.order else None
    if created is not None:
        return created, "created"
    phase = _phase_of(order, state, marks)
    began = _instant(phase.get("start_date"), bundle) if phase else None
    if began is not None and began != midnight(began.date(), began.tzinfo) and order is not contract.order:
        return began, "phase"  # it began at the moment of the call
    terms, zone = run.read("contract", order), bundle.as_of.tzinfo
    start = began or _day(terms.get("start"), zone) or _day(contract.start, zone) or bundle.as_of
    activated = _day(terms.get("activated_on"), zone)
    if activated is None:
        return start - _SECOND, "start"
    at = min(activated + _NOON, bundle.as_of - _SECOND)
    ahead = phase is not None and (order is not contract.order or phase.get("proration_behavior") == "none")
    if ahead and at >= start and not (contract.skip_past_invoices and order is contract.order):
        return start - _SECOND, "start"  # its phase starts at midnight, and nothing of it was past
    return at, "activated"


def _state_of(contract: Any, bundle: Bundle, run: Run) -> Mapping[str, Any] | None:
    """The schedule or subscription of a contract, as Stripe has it."""
    found = run.stripe_id(contract.order) or ""
    return bundle.stripe_object("subscription_schedule", found) or bundle.stripe_object("subscription", found)


def _phase_of(order: Record, state: Mapping[str, Any] | None, marks: Marks) -> Mapping[str, Any] | None:
    """The first phase of an order in the schedule of its contract."""
    phases = (each for each in (state or {}).get("phases") or () if isinstance(each, Mapping))
    return next((each for each in phases if marks.of(each.get("metadata"), "order") == order.id), None)


def _as_it_was(bundle: Bundle, run: Run, planned: _Planned, later: list[Record]) -> Bundle:
    """The bundle at the moment of an earlier plan: without the orders that came later, and without the order's Stripe id."""
    gone = {each.id for each in later}
    lines = (
        line.id for each in later for line in relations.referring(bundle.records, run.bindings, "line", "of", each.id)
    )
    field = run.id_field(planned.order)
    blank = {planned.order.id: (field,)} if field else {}
    records = bundle.records.edited(without=gone | set(lines), blank=blank)
    return replace(bundle, as_of=planned.at, order_ids=(planned.order.id,), records=records, stripe={})


def bare(call: Call) -> Call:
    """A call without what a forecast does not need."""
    return replace(call, provenance={}, omitted={}, store=(), alternatives={}, depends_on=())


def _not_known(planned: _Planned, error: Diagnostic | None) -> Diagnostic:
    why = "no call is made for it" if error is None else f"{error.message} ({error.code})"
    return finding(
        "W716",
        f"what was sent to Stripe for {planned.order} cannot be worked out from its records: {why}",
        record=str(planned.order),
        notes=("it was planned earlier, and what its contract has billed so far is not compared",),
        fix="see its invoices in Stripe",
    )


def _day(value: Any, zone: tzinfo | None) -> datetime | None:
    return midnight(value, zone) if isinstance(value, date) else None


def _instant(value: Any, bundle: Bundle) -> datetime | None:
    try:
        return None if value is None else datetime.fromtimestamp(int(value), bundle.as_of.tzinfo)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
