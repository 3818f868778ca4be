"""What the calls of a plan do to a subscription. They take effect at the moment of the plan, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .clock import begin, bill_cycles
from .coupons import SUBSCRIPTION
from .cycles import Anchor
from .modes import MODES
from .planned import (
    BilledPhase,
    CallSettings,
    Cancel,
    CreateSchedule,
    CreateSubscription,
    PlannedPhase,
    UpdateSchedule,
    UpdateSubscription,
)
from .state import State
from .timeline import Timeline


def create_schedule(state: State, call: CreateSchedule) -> None:
    """A schedule is made: one that starts in the past starts its subscription at once.

    One that is made from a subscription goes on with what that has, until an update gives it phases.
    """
    _settle(state, call.settings)
    if call.of_subscription is not None:
        return
    phases = _placed(state, call.phases, call.start)
    state.time = replace(state.time, start=call.start, anchor=Anchor(call.start), phases=phases)
    if call.start <= state.frame.now and phases:
        begin(state, state.frame.now)


def update_schedule(state: State, call: UpdateSchedule) -> None:
    """A schedule is changed. Its phases replace those from the first of them on."""
    now = state.frame.now
    _settle(state, call.settings)
    if call.phases is None:
        if call.settings.ends:
            _end_with_period(state)
        return
    phases = _placed(state, call.phases, state.time.start)
    known = state.frame.complete or bool(state.time.phases)
    if not known:
        _take_over(state, phases, ends=call.settings.ends is None or state.time.ends)
    before = state.time.phase(now)
    state.time = state.time.with_phases(phases)
    if not state.begun:
        start = state.time.phases[0].start
        state.time = replace(state.time, start=start, anchor=Anchor(start))
        return
    current = state.time.phase(now)
    if current is None:
        return
    starts = current.start == now
    prorates = current.prorates if starts else call.prorates
    if known:
        _change(state, before, current, prorates)
    else:
        state.seen.changes_unknown |= prorates != "none"
        state.meter(current.items, state.time.start)
    if starts:
        state.enter(current, now)
        if state.time.is_reset(now):
            state.invoice(now, bill_cycles(state, current, now), "subscription_cycle", current.discounts)


def _end_with_period(state: State) -> None:
    """A schedule that was made from a subscription, and got no phases, ends with the billing period that it found.

    https://docs.stripe.com/billing/subscriptions/subscription-schedules/use-cases, "Add a schedule to an existing
    subscription": its one phase ends with the current period.
    """
    time, now = state.time, state.frame.now
    if not time.phases or time.phases[-1].end is not None:
        return
    last = time.phases[-1]
    ends = [time.following(cycle, now) for cycle in last.cycles]
    if ends:
        state.time = replace(time, phases=(*time.phases[:-1], replace(last, end=min(ends))), ends=True)


def create_subscription(state: State, call: CreateSubscription) -> None:
    """A subscription without a schedule is made, and starts at once."""
    _settle(state, call.settings)
    start = call.phase.start
    time = Timeline(start, call.anchor or Anchor(start), (call.phase,), resets=state.time.resets)
    if call.stop is not None:
        _notice_mixed_end(state, call.phase, given=call.stop.with_period)
        time = time.stopped(call.stop, state.frame.now)
    state.time = time
    begin(state, state.frame.now)


def update_subscription(state: State, call: UpdateSubscription) -> None:
    """Items are added to a subscription, or it is told when to end."""
    now = state.frame.now
    _settle(state, call.settings)
    if not state.time.phases:
        state.begun = True
        state.time = replace(state.time, phases=(BilledPhase(state.time.start, None, ()),))
    last, change = state.time.phases[-1], call.phase
    phase = replace(
        last,
        start=now,
        items=(*last.items, *change.items),
        extras=change.extras,
        discounts=change.discounts if call.discounts_given else last.discounts,
    )
    state.time = state.time.with_phases((phase,))
    if call.stop is not None:
        _notice_mixed_end(state, phase, given=call.stop.with_period)
        state.time = state.time.stopped(call.stop, now)
    _change(state, last, phase, change.prorates)
    state.enter(phase, now)


def cancel(state: State, call: Cancel) -> None:
    """The subscription is cancelled now."""
    now = state.frame.now
    state.over = True
    if not state.begun:
        return
    phase = state.time.phase(now)
    if call.prorates and phase is not None:
        state.change(phase.items, (), "create_prorations", now, is_billed=True, discounts=phase.discounts)
    if call.invoices and state.time.phases:
        state.invoice(now, (), "manual", (), usage=state.usage(now, last=True, is_billed=True))


def _settle(state: State, settings: CallSettings) -> None:
    """Settings that hold until another call changes them."""
    if settings.mode is not None:
        state.mode, state.mode_given = MODES[settings.mode], True
        state.time = replace(state.time, resets=state.mode.moves_anchor)
    if settings.ends is not None:
        state.time = replace(state.time, ends=settings.ends)
    if settings.days_until_due is not None:
        state.days_until_due = settings.days_until_due
    if settings.resets_anchor is not None:
        state.resets_anchor = settings.resets_anchor


def _placed(state: State, phases: Sequence[PlannedPhase], start: int) -> tuple[BilledPhase, ...]:
    """Phases in time, each from where the one before it ends. One that takes no time is left out: `now` is one instant."""
    out: list[BilledPhase] = []
    for each in phases:
        phase = each.placed(start)
        if phase.resets_anchor is None and phase.trial_end is None:
            phase = replace(phase, resets_anchor=state.resets_anchor)
        if phase.end is None or phase.end > phase.start:
            out.append(phase)
        start = phase.start if phase.end is None else phase.end
        state.seen.planned |= {item.order_item for item in phase.items if item.order_item is not None}
    return tuple(out)


def _change(state: State, before: BilledPhase | None, after: BilledPhase, prorates: str | None) -> None:
    """The items of the moment of the plan change."""
    now = state.frame.now
    items, discounts = (before.items, before.discounts) if before else ((), ())
    state.seen.changes_unknown |= prorates != "none" and not state.frame.complete
    state.change(items, after.items, prorates, now, is_billed=True, discounts=discounts)
    state.meter(after.items, now)


def _take_over(state: State, phases: Sequence[BilledPhase], *, ends: bool) -> None:
    """A schedule that an earlier plan made: what it has billed is not known, and its coupons have had their turn.

    Unless the update tells how the schedule ends, it ends as the rules end every schedule: with its last phase.
    """
    redemptions = state.invoicing.redemptions
    state.time = replace(state.time, ends=ends)
    state.begun = state.time.start <= state.frame.now
    for each in phases:
        if each.start < state.frame.now:
            state.redeem(each, each.start)
            redemptions.spend(SUBSCRIPTION, each.discounts)
            for item in each.items:
                redemptions.spend(item.holder, item.discounts)


def _notice_mixed_end(state: State, phase: BilledPhase, *, given: str | None) -> None:
    """Where items have several cycles, Stripe does not say with which of them `cancel_at_period_end` ends."""
    state.seen.mixed_end |= given == "current" and len(phase.cycles) > 1
