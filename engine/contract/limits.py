"""Stripe's limits of a subscription schedule, checked before anything is sent (https://docs.stripe.com/api/subscription_schedules)."""

from __future__ import annotations

from collections.abc import Sequence

from ..dates import midnight
from ..records import Record
from .context import Context
from .model import Contract, Phase

MOST_PHASES = 10
"""The current and future phases that a schedule takes."""


def check_limits(context: Context, contract: Contract) -> None:
    """Report what Stripe would refuse of a contract's schedule after other calls were made."""
    if not contract.planned:
        _check(context, contract.order, contract.phases)
    for update in contract.updates:
        _check(context, update.order, update.phases)


def _check(context: Context, order: Record, phases: Sequence[Phase]) -> None:
    ahead = [each for each in phases if each.end_now or midnight(each.end) > context.as_of]
    if len(ahead) > MOST_PHASES:
        context.report(
            "E587",
            f"{order} makes a schedule of {len(ahead)} current and future phases, and Stripe takes {MOST_PHASES}",
            order,
            notes=(f"the {MOST_PHASES + 1}th starts on {ahead[MOST_PHASES].start}",),
            fix=f"sell what starts from {ahead[MOST_PHASES].start} on as an amendment that is planned later, "
            "or use longer segments",
        )
