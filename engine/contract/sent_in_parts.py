"""A schedule whose last phases are still to be sent, because Stripe took the first ten at once (see `limits`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..records import Record
from .agreement import Agreement
from .context import Context
from .known_state import KnownSchedule
from .running_schedule import check_state
from .schedule import Unsent, lacks_phases
from .timeline import Amendment, PhaseDraft


def unsent(
    context: Context,
    order: Record,
    agreement: Agreement,
    drafts: Sequence[PhaseDraft],
    amendments: Sequence[Amendment],
    stripe_id: str | None,
    state: KnownSchedule | None,
) -> Unsent | None:
    """Where the schedule in Stripe ends before its contract does, when nothing new would send what it lacks.

    It can be sent while the schedule runs; where it does not, or is not known, that is reported.
    """
    if (
        not stripe_id
        or context.midnight(agreement.end) <= context.as_of
        or any(not each.planned for each in amendments)
    ):
        return None
    shown = state.phases[-1].end if state and state.phases else None
    if not lacks_phases(drafts, amendments, shown):
        return None
    since = len(context.findings)
    check_state(context, order, stripe_id, state)
    if shown is None or context.stopped(since):
        return None
    if shown <= context.as_of:
        _too_late(context, order, stripe_id, shown)
        return None
    return Unsent(order, shown)


def _too_late(context: Context, order: Record, schedule: str, shown: datetime) -> None:
    context.report(
        "E540",
        f"the schedule {schedule} of {order} ended on {shown:%Y-%m-%d}, before its last phases were sent",
        order,
        notes=("it is completed in Stripe, and cannot be changed",),
        fix="sell what is left on a new order",
    )
