"""Orders from before the integration: left alone, or taken over without billing their past.

`orders_activated_after` sets the first day of the integration. An older order is not planned, and neither are its
amendments; with `migrate_older_orders` it becomes a subscription that is dated back and billed from its next cycle on,
with the quantities that its older amendments have left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..records import Record
from .context import Context
from .membership import Membership
from .model import SkippedLine
from .timeline import Amendment, PhaseDraft, apply

_BILLED = "billed before the integration"


@dataclass(slots=True)
class Takeover:
    """How an older contract is taken over; `migrates` is False for every contract of the integration's own time."""

    migrates: bool = False
    skipped: tuple[SkippedLine, ...] = ()

    def fold(
        self, context: Context, drafts: Sequence[PhaseDraft], amendments: Sequence[Amendment]
    ) -> tuple[tuple[PhaseDraft, ...], list[Amendment]]:
        """The initial phases with what older amendments changed, and the amendments that are left to plan."""
        current, left = tuple(drafts), list(amendments)
        while left and left[0].starts_now and is_older(context, left[0].order):
            old = left.pop(0)
            step = apply(current, replace(old, boundary=current[0].start))
            self.skipped += tuple(SkippedLine(each.line.record, _BILLED) for each in old.one_time)
            if step.ended:
                return (), []
            current = tuple(
                after.unprorated(order=before.order, discounts=before.discounts)
                for after, before in zip(step.drafts, current, strict=False)
            )
        return current, left


def current_phases(context: Context, drafts: Sequence[PhaseDraft]) -> tuple[PhaseDraft, ...]:
    """The phases that are not over, the first of them as the one in which the subscription is taken over.

    Stripe dates the subscription back to the start of the contract; what the phase billed once was billed before.
    """
    left = [each for each in drafts if each.end.instant > context.as_of]
    if len(left) == len(drafts):
        return tuple(drafts)
    return (replace(left[0], start=drafts[0].start, one_time=()), *left[1:])


def check_billing_day(context: Context, order: Record, start: date, next_date: date, end: date | None) -> bool:
    """Whether a subscription that is taken over goes on billing on the day of its contract; reported when it does not.

    Stripe counts billing dates from the anchor that it is given, the next date, and keeps the day of a shorter month.
    """
    if next_date.day >= start.day or (end is not None and next_date >= end):
        return True
    context.report(
        "E565",
        f"{order} is billed on day {start.day}, and its next billing date is {next_date}: taken over today, it would be "
        f"billed on day {next_date.day} from then on",
        order,
        notes=("Stripe counts billing dates from the one that a subscription is taken over at",),
        fix=f"take the order over when its next billing date is on day {start.day} again, from {next_date} on at the earliest",
    )
    return False


def is_older(context: Context, order: Record) -> bool:
    """Whether an order was activated before the first day of the integration."""
    first: date | None = context.settings.orders_activated_after
    activated: date | None = context.read("contract", order).get("activated_on")
    return first is not None and activated is not None and activated < first


def mixed_takeover(context: Context, order: Record) -> None:
    """Report an older order whose lines are billed in several cycles."""
    context.report(
        "E582",
        f"{order} is from before the integration, and its lines are billed in several cycles",
        order,
        notes=("a subscription that is taken over is billed from one date on, which such lines do not share",),
        fix="leave the order to the old billing until it ends, or take it over in Stripe by hand and write the "
        "schedule's id into the order",
    )


def takeover_of(context: Context, membership: Membership, *, planned: bool, one_time: bool) -> Takeover | None:
    """How a contract is taken over; None, with a notice, for one that is left alone."""
    order = membership.initial
    if planned or not is_older(context, order):
        return Takeover()
    start: date | None = context.read("contract", order).get("start")
    if context.settings.migrate_older_orders and not one_time:
        return Takeover(migrates=start is not None and context.midnight(start) < context.as_of)
    why = "a one-time order from before the integration" if one_time else "an order from before the integration"
    activated = context.read("contract", order).get("activated_on")
    context.report(
        "N504",
        f"{order} was activated on {activated}, before {context.settings.orders_activated_after}: {why} is not planned",
        order,
        fix=None if one_time else "set migrate_older_orders = true to take it over",
    )
    return None
