"""When a subscription is billed: its phases, its billing dates, its end."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, pairwise

from .cycles import Anchor, Cycle
from .planned import BilledItem, BilledPhase, Stop

MOST_DATES = 5_000
"""Billing dates after which the forecast of one subscription stops: monthly, more than four hundred years."""


@dataclass(frozen=True)
class Timeline:
    """The course of a subscription in UTC seconds. `ends` says that it ends with its last phase, else it goes on.

    Every item is billed on the dates of its own cycle, all counted from one anchor. `resets` says that the anchor moves by
    itself to where the cycle of the items changes, as in the classic billing mode. What is derived from the phases is kept,
    for a schedule may have thousands of them.
    """

    start: int
    anchor: Anchor
    phases: tuple[BilledPhase, ...] = ()
    ends: bool = False
    cancel_at: int | None = None
    resets: bool = False

    @property
    def end(self) -> int | None:
        """When the subscription ends, if it does."""
        last = self.phases[-1].end if self.phases and self.ends else None
        known = [each for each in (self.cancel_at, last) if each is not None]
        return min(known, default=None)

    def with_phases(self, phases: tuple[BilledPhase, ...]) -> Timeline:
        """The timeline with other phases from the first of them on."""
        if not phases:
            return self
        first = phases[0].start
        kept = self.phases[: bisect_left(self._starts, first)]
        if kept and (kept[-1].end is None or kept[-1].end > first):
            kept = (*kept[:-1], replace(kept[-1], end=first))
        return replace(self, phases=(*kept, *phases))

    def stopped(self, stop: Stop, at: int) -> Timeline:
        """The timeline with what a call of an instant says of its end."""
        if stop.with_period is None:
            return replace(self, cancel_at=stop.at)
        phase = self.phase(at)
        ends = [self.following(each, at) for each in (phase.cycles if phase else ())]
        if not ends:
            return self
        return replace(self, cancel_at=min(ends) if stop.with_period == "shortest" else max(ends))

    def phase(self, at: int) -> BilledPhase | None:
        """The phase of an instant; the last one goes on when the schedule lets its subscription go."""
        found = bisect_right(self._starts, at)
        if not found:
            return None
        current = self.phases[found - 1]
        goes_on = found == len(self.phases) and not self.ends
        return current if current.end is None or at < current.end or goes_on else None

    def items(self, at: int) -> tuple[BilledItem, ...]:
        """The items of an instant."""
        phase = self.phase(at)
        return phase.items if phase else ()

    def bills(self, cycle: Cycle, at: int) -> bool:
        """Whether a cycle starts at an instant."""
        return cycle.bills(self.anchor_at(at), at)

    def following(self, cycle: Cycle, at: int) -> int:
        """The next billing date of a cycle."""
        return cycle.following(self.anchor_at(at), at)

    def previous(self, cycle: Cycle, at: int) -> int:
        """The billing date of a cycle before an instant, or the start."""
        anchor = self.anchor_at(at - 1)
        return max(self.start, cycle.date(anchor, cycle.number(anchor, at - 1)))

    def ends_cycle(self, cycle: Cycle, at: int) -> bool:
        """Whether a cycle that began earlier is over at an instant, also where a new anchor begins there."""
        return cycle.bills(self.anchor_at(at - 1), at)

    def is_cut(self, phase: BilledPhase, cycle: Cycle, at: int) -> bool:
        """Whether nothing is billed on a billing date: a schedule without prorations ends before the cycle does.

        The first cycle is billed all the same, and the end of `cancel_at` cuts a cycle instead.
        """
        end = self.end
        if end is None or self.cancel_at is not None or at == self.start:
            return False
        return phase.prorates == "none" and self.following(cycle, at) > end

    def anchor_at(self, at: int) -> Anchor:
        """The billing anchor that counts at an instant."""
        return self._anchors[max(bisect_right(self._since, at) - 1, 0)][1]

    def is_reset(self, at: int) -> bool:
        """Whether a new anchor counts from an instant on, which is not the start."""
        return at != self.start and at in self._resets

    def dates(self, after: int, until: int) -> tuple[set[int], bool]:
        """The billing dates after one instant and before another, and whether there are more than are counted."""
        out: set[int] = set()
        for cycle in self._cycles:
            found = list(islice(self._billing_dates(cycle, after, until), MOST_DATES + 1))
            if len(found) > MOST_DATES:
                return set(found[:MOST_DATES]), True
            out |= set(found)
        return out, False

    def horizon(self, after: int, cycles: int) -> int:
        """The billing date before which so many more cycles start; of the shortest, when they differ."""
        ends = [next(islice(self._billing_dates(each, after), max(cycles, 0), None)) for each in self._cycles]
        return min(ends, default=after)

    @cached_property
    def _starts(self) -> list[int]:
        return [each.start for each in self.phases]

    @cached_property
    def _anchors(self) -> list[tuple[int, Anchor]]:
        """Since when which anchor counts: a phase can set a new one, and so does the end of a trial."""
        out = [(self.start, self.anchor)]
        for before, each in pairwise(self.phases):
            changes = self.resets and bool(before.cycles and each.cycles) and before.cycles != each.cycles
            if each.trial_end is not None:
                out.append((each.start, Anchor(each.trial_end)))
            elif each.resets_anchor or changes:
                out.append((each.start, Anchor(each.start)))
        return out

    @cached_property
    def _since(self) -> list[int]:
        return [since for since, _ in self._anchors]

    @cached_property
    def _resets(self) -> frozenset[int]:
        return frozenset(since for since, anchor in self._anchors[1:] if anchor.at == since)

    @cached_property
    def _cycles(self) -> list[Cycle]:
        prices = {id(each.price): each.price for phase in self.phases for each in phase.items}
        return list(dict.fromkeys(each.cycle for each in prices.values() if each.cycle))

    def _billing_dates(self, cycle: Cycle, after: int, until: int | None = None) -> Iterator[int]:
        first = max(bisect_right(self._since, after) - 1, 0)
        for position in range(first, len(self._anchors)):
            since, anchor = self._anchors[position]
            limits = [
                each
                for each in (self._since[position + 1] if position + 1 < len(self._since) else None, until)
                if each is not None
            ]
            for each in cycle.dates(anchor, max(after, since - 1, anchor.at - 1)):
                if limits and each >= min(limits):
                    break
                yield each
