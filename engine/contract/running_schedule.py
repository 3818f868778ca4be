"""What Stripe shows of a schedule that runs: where its phases began and ended, and whether it can be changed at all."""

from __future__ import annotations

from datetime import UTC, datetime

from ..dates import midnight
from ..records import Record
from .agreement import Agreement
from .context import Context
from .known_state import SCHEDULE, KnownPhase, KnownSchedule, was_looked_up
from .model import Origin, ProrationBehavior
from .timeline import Boundary

_ENDED = ("canceled", "completed", "released")


def check_state(context: Context, order: Record, schedule_id: str, state: KnownSchedule | None) -> None:
    """What must hold of a schedule that amendments change."""
    if state is None and was_looked_up(context, SCHEDULE):
        context.report(
            "E541",
            f"{order} names the schedule {schedule_id}, which is not found in Stripe",
            order,
            fix="clear the Stripe id of the order to plan its schedule anew, or correct it",
        )
    elif state is None:
        context.report(
            "W502",
            f"the phases of {schedule_id} in Stripe are not known, and were worked out from the records of {order}",
            order,
            notes=(
                "a phase that started at the moment of an earlier plan is taken to have started on its amendment's date",
                "a price that an earlier plan cloned is made again, for the same amount",
            ),
            fix="pull the order, so that the bundle holds its schedule",
        )
    elif state.status in _ENDED:
        context.report(
            "E540",
            f"the schedule {schedule_id} of {order} is {state.status} in Stripe and cannot be changed",
            order,
            fix="sell what is added on a new order",
        )


def contract_start(context: Context, agreement: Agreement, order: Record, state: KnownSchedule | None) -> Boundary:
    """The start of the contract, or the instant at which Stripe says that its first phase began."""
    first = _first(order, state)
    if first is None or first.start == context.midnight(agreement.start):
        return Boundary.on(agreement.start, context.as_of.tzinfo, agreement.origin.get("start"))
    return Boundary(agreement.start, first.start, exact=True, origin=_in_stripe(state, "start", first.start))


def first_behavior(
    context: Context, agreement: Agreement, order: Record, state: KnownSchedule | None
) -> tuple[ProrationBehavior | None, Origin]:
    """What Stripe prorates when the first phase starts, and why.

    Nothing is prorated at a start that is not past, or whose past is not billed; a past start bills its past. A plan whose
    start is its own moment holds no longer than that.

    A phase that is in Stripe is sent again as it was created: its start was not past then, though it may be by now.
    """
    first = _first(order, state)
    if state and first is not None and first.proration_behavior is not None:
        found = f"subscription_schedule({state.id}).phases"
        return first.proration_behavior, Origin(found, None, "as the phase was created")
    began, skipped = agreement.origin["start"], agreement.origin["skip_past_invoices"]
    moment = f"{context.as_of.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC (as_of)"
    if context.midnight(agreement.start) >= context.as_of:
        where = "after" if context.midnight(agreement.start) > context.as_of else "at"
        return "none", began.since(f"{agreement.start} is {where} {moment}: nothing is past")
    if agreement.skip_past_invoices:
        return "none", skipped.since("the past is not billed")
    return None, began.since(f"{agreement.start} is before {moment}: Stripe bills what is past")


def known_starts(state: KnownSchedule | None) -> dict[str, Boundary]:
    """Where Stripe says that the first phase of each order starts."""
    out: dict[str, Boundary] = {}
    for phase in state.phases if state else ():
        if phase.order_id:
            out.setdefault(phase.order_id, _boundary(state, "start", phase.start))
    return out


def current_start(context: Context, state: KnownSchedule | None) -> Boundary | None:
    """Where the current phase starts that carries no order in Stripe, so that no order tells its start."""
    now = context.as_of
    found = next((each for each in (state.phases if state else ()) if each.start <= now < each.end), None)
    return None if found is None or found.order_id is not None else _boundary(state, "start", found.start)


def first_end(context: Context, order: Record, state: KnownSchedule | None) -> Boundary | None:
    """Where Stripe says that the first phase has ended, when no amendment had replaced it before it began."""
    first = _first(order, state)
    return None if first is None or first.end > context.as_of else _boundary(state, "end", first.end)


def _first(order: Record, state: KnownSchedule | None) -> KnownPhase | None:
    """The first phase in Stripe, while it is the initial order's."""
    first = state.phases[0] if state and state.phases else None
    return first if first is not None and first.order_id == order.id else None


def _boundary(state: KnownSchedule | None, what: str, at: datetime) -> Boundary:
    """The day of an instant that Stripe shows, exact where it is no midnight."""
    day = at.date()
    return Boundary(day, at, exact=at != midnight(day, at.tzinfo), origin=_in_stripe(state, what, at))


def _in_stripe(state: KnownSchedule | None, what: str, at: datetime) -> Origin:
    """Where an instant comes from that Stripe shows of a schedule."""
    found = f"subscription_schedule({state.id}).phases" if state else None
    return Origin(found, None, f"Stripe shows the {what} of the phase at {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
