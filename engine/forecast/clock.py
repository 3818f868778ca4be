"""Time runs for one subscription: its first invoice, its billing dates, the starts of its phases, its end."""

from __future__ import annotations

import itertools
from dataclasses import replace

from . import lines
from .cycles import Anchor, Cycle
from .lines import DraftLine
from .modes import BilledTime
from .planned import BilledItem, BilledPhase
from .state import State


def begin(state: State, at: int) -> None:
    """The first invoice: the cycles that start, or those that a start in the past has missed."""
    state.begun = True
    time = state.time
    first, end = time.phases[0], time.end
    if end is not None:
        cycles = ((each.order_item, each.price.cycle) for each in first.items)
        state.seen.short |= {item for item, cycle in cycles if cycle and time.following(cycle, time.start) > end}
    current = time.phase(at) or first
    state.redeem(current, at)
    state.meter(first.items, time.start)
    if first.trial_end is not None and first.trial_end > at:
        state.time = replace(time, anchor=Anchor(first.trial_end))
        state.seen.trial_until = first.trial_end
        billed = [lines.trial(each, at, first.trial_end) for each in first.items if not each.price.metered]
    elif time.anchor.at > at:
        billed = _until_anchor(state, first, at)
    elif max(time.anchor.at, at) > time.start:
        billed = _missed(state, first, at)
    else:
        billed = bill_cycles(state, first, at)
    billed += [entry for entry, _ in state.extras(first, first.start)]
    billed += state.brought
    for each in time.phases[1:]:
        if each.start > at:
            break
        state.enter(each, at)
        state.meter(each.items, each.start)
    state.invoice(at, billed, "subscription_create", current.discounts, takes_pending=False)


def advance(state: State, to: int) -> None:
    """Time runs from the moment of one plan to that of a later one, which is carried out after the billing of its moment."""
    now = state.frame.now
    state.flush(now)
    if not state.over and state.time.phases:
        at = now
        if not state.begun and state.time.start <= to:
            at = state.time.start
            begin(state, at)
        if state.begun:
            _pass(state, at, to + 1)
        end = state.time.end
        if end is not None and at < end <= to:
            _finish(state, end)
            state.over = True
    state.frame = replace(state.frame, now=to)


def run(state: State, cycles: int) -> None:
    """Time runs from the moment of the plan to the end; so many cycles when there is none."""
    now = state.frame.now
    state.flush(now)
    if state.over or not state.time.phases:
        state.until = now
        return
    at = now if state.begun else state.time.start
    invoiced = state.frame.complete or not state.begun
    if not state.begun:
        begin(state, at)
    time, term_end = state.time, state.frame.term_end
    end = time.end
    state.goes_on = end is None and term_end is not None and term_end > at
    ahead = term_end if state.goes_on else None
    state.until = ahead or (time.horizon(at, cycles - invoiced) if end is None else end)
    _pass(state, at, state.until)
    if end is not None and end > at:
        _finish(state, end)


def _pass(state: State, after: int, until: int) -> None:
    """What happens after one instant and before another, and before the subscription ends."""
    end = state.time.end
    until = until if end is None else min(until, end)
    dates, truncated = state.time.dates(after, until)
    state.truncated |= truncated
    starts = {each.start for each in state.time.phases if after < each.start < until}
    for each in sorted(dates | starts):
        _step(state, each, starts=each in starts, bills=each in dates)


def _finish(state: State, end: int) -> None:
    """The subscription ends: what waits and what was used is billed."""
    state.invoice(end, (), "subscription_cycle", (), usage=state.usage(end, last=True))


def _step(state: State, at: int, *, starts: bool, bills: bool) -> None:
    """A billing date, the start of a phase, or both."""
    time = state.time
    phase = time.phase(at)
    if phase is None:
        return
    usage = state.usage(at)
    billed: list[DraftLine] = []
    if starts:
        before = time.phase(at - 1)
        if before is not None:
            state.change(before.items, phase.items, phase.prorates, at, is_billed=False, discounts=before.discounts)
        state.enter(phase, at)
        state.meter(phase.items, at)
    if bills:
        billed = bill_cycles(state, phase, at)
    if starts:
        state.flush(at, even_alone=phase.prorates == "always_invoice", hastens=not billed)
    if bills or usage:
        state.invoice(at, billed, "subscription_cycle", phase.discounts, usage=usage)


# --- lines ------------------------------------------------------------------------------------------------------------


def _missed(state: State, first: BilledPhase, at: int) -> list[DraftLine]:
    """What a start in the past has missed: each item's periods up to its next billing date, in the lines of the mode."""
    time = state.time
    periods: dict[tuple[object, ...], tuple[BilledItem, list[BilledTime]]] = {}
    dates, state.truncated = time.dates(time.start - 1, at + 1)
    for date in sorted(dates):
        phase = time.phase(date)
        for item in phase.items if phase else ():
            cycle = item.price.cycle
            if phase is None or cycle is None or item.price.metered or not time.bills(cycle, date):
                continue
            if not time.is_cut(phase, cycle, date):
                _, spans = periods.setdefault((item.key, item.quantity), (item, []))
                spans.append(BilledTime(date, time.following(cycle, date)))
    most = max((len(spans) for _, spans in periods.values()), default=0)
    state.seen.mode_matters |= most > 1
    if first.prorates == "none":
        state.seen.skipped_cycles = most
        return []
    return [
        state.billed(item, span.start, span.end, span.cycles, at)
        for item, spans in periods.values()
        for span in state.mode.past(spans)
    ]


def _until_anchor(state: State, first: BilledPhase, at: int) -> list[DraftLine]:
    """The cycles, or the part of one, before an anchor that lies ahead."""
    start, anchor = state.time.start, state.time.anchor
    out: list[DraftLine] = []
    for item in first.items:
        cycle = item.price.cycle
        if cycle is None or item.price.metered:
            continue
        spans = _counted_back(cycle, anchor, start)
        state.seen.mode_matters |= len(spans) > 1
        if first.prorates == "none":
            state.seen.skipped_cycles = max(state.seen.skipped_cycles, len(spans))
            continue
        for span in state.mode.past(spans):
            part = lines.cycles_between(cycle, anchor, span.start, span.end)
            out.append(state.part_billed(item, span.start, span.end, part, at))
    return out


def _counted_back(cycle: Cycle, anchor: Anchor, start: int) -> list[BilledTime]:
    """The periods from a start to an anchor, the first of which may be a part of a cycle."""
    edges = [anchor.at]
    while edges[-1] > start:
        edges.append(max(start, cycle.date(anchor, -len(edges))))
    edges.reverse()
    return [BilledTime(begins, ends) for begins, ends in itertools.pairwise(edges)]


def bill_cycles(state: State, phase: BilledPhase, at: int) -> list[DraftLine]:
    """The licensed items of a phase whose cycles start at an instant."""
    time, out = state.time, []
    for item in phase.items:
        cycle = item.price.cycle
        if not item.price.known and cycle is None and not item.price.metered:
            out.append(state.billed(item, at, at, 1, at))
        if item.price.metered or cycle is None or not time.bills(cycle, at):
            continue
        following = time.following(cycle, at)
        if time.is_cut(phase, cycle, at):
            state.seen.cut.setdefault(item.order_item, at)
        elif time.cancel_at is not None and at < time.cancel_at < following and _is_prorated(state, phase, at):
            part = lines.cycles_between(cycle, time.anchor_at(at), at, time.cancel_at)
            out.append(state.part_billed(item, at, time.cancel_at, part, at))
        else:
            out.append(state.billed(item, at, following, 1, at))
    return out


def _is_prorated(state: State, phase: BilledPhase, at: int) -> bool:
    """Whether a cancellation within a cycle takes the rest of it off: always for a later cycle, by its call for the first."""
    return at > state.time.start or phase.prorates != "none"
