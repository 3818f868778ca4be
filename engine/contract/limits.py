"""Stripe's limit of a schedule's phases: ten current and future ones (https://docs.stripe.com/api/subscription_schedules).

With the setting `long_schedules = in_parts` the first ten are sent, and the contract says what follows. A part ends as the
contract would, by cancelling: it never bills what was not sold. So what follows must be sent before the part ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ..records import Record
from .context import Context
from .model import Contract, Following, Phase, Update

MOST_PHASES = 10
"""The current and future phases that a schedule takes."""


def within_limits(context: Context, contract: Contract, known_end: datetime | None) -> Contract:
    """The contract with no more phases than its schedule takes, or a finding where the settings want it refused.

    `known_end` is where the schedule in Stripe ends too early: an update that only sends the rest is left out while
    there is no room for more than it has.
    """
    if context.whole:
        return contract
    phases, follows = contract.phases, None
    if not contract.planned:
        phases, follows = _part(context, contract.order, phases)
    updates: list[Update] = []
    for each in contract.updates:
        sent, follows = _part(context, each.order, each.phases)
        if known_end is None or context.midnight(sent[-1].end) > known_end:
            updates.append(replace(each, phases=sent))
    if follows is not None:
        _say(context, contract, follows)
    return replace(contract, phases=phases, updates=tuple(updates), follows=follows)


def _part(context: Context, order: Record, phases: Sequence[Phase]) -> tuple[tuple[Phase, ...], Following | None]:
    """The phases that fit, and those that follow."""
    ahead = [each for each in phases if each.end_now or context.midnight(each.end) > context.as_of]
    if len(ahead) <= MOST_PHASES:
        return tuple(phases), None
    if context.settings.long_schedules == "refuse":
        _refuse(context, order, ahead)
        return tuple(phases), None
    rest = ahead[MOST_PHASES:]
    room = next(each.end for each in ahead if not each.end_now)
    return tuple(phases[: len(phases) - len(rest)]), Following(tuple(rest), room, rest[0].start)


def _refuse(context: Context, order: Record, ahead: Sequence[Phase]) -> None:
    context.report(
        "E587",
        f"{order} makes a schedule of {len(ahead)} current and future phases, and Stripe takes {MOST_PHASES}",
        order,
        notes=(f"the {MOST_PHASES + 1}th starts on {ahead[MOST_PHASES].start}",),
        fix='set long_schedules = "in_parts": the first ten are sent, and the others when there is room; '
        "or use longer segments",
    )


def _say(context: Context, contract: Contract, follows: Following) -> None:
    count = len(follows.phases)
    what = "a phase that starts" if count == 1 else f"{count} phases that start"
    days = ", ".join(str(each.start) for each in follows.phases)
    context.report(
        "W522",
        f"the schedule of {contract.order} ends on {follows.by} until {what} on {days} {'is' if count == 1 else 'are'} sent",
        contract.order,
        notes=(
            f"Stripe takes {MOST_PHASES} current and future phases: there is room from {follows.room} on",
            "a schedule that ends cancels its subscription",
        ),
        fix=f"let `orderplan sync` send what follows, or plan the order again, from {follows.room} on "
        f"and before {follows.by}",
    )
