"""When a subscription is billed: its phases, its billing dates, its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from .cycles import Cycle
from .phases import Item, Phase

MOST_DATES = 5_000
"""Billing dates after which the forecast of one subscription stops: monthly, more than four hundred years."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The course of a subscription in UTC seconds. `ends` says that it ends with its last phase, else it goes on."""

    start: int
    anchor: int
    phases: tuple[Phase, ...] = ()
    ends: bool = False
    cancel_at: int | None = None

    @property
    def end(self) -> int | None:
        """When the subscription ends, if it does."""
        last = self.phases[-1].end if self.phases and self.ends else None
        known = [each for each in (self.cancel_at, last) if each is not None]
        return min(known, default=None)

    def with_phases(self, phases: tuple[Phase, ...]) -> Timeline:
        """The timeline with other phases from the first of them on."""
        if not phases:
            return self
        first = phases[0].start
        kept = (
            replace(each, end=first if each.end is None else min(each.end, first))
            for each in self.phases
            if each.start < first
        )
        return replace(self, phases=(*kept, *phases))

    def phase(self, at: int) -> Phase | None:
        """The phase of an instant; the last one goes on when the schedule lets its subscription go."""
        found = [each for each in self.phases if each.start <= at]
        if not found:
            return None
        current = found[-1]
        goes_on = current is self.phases[-1] and not self.ends
        return current if current.end is None or at < current.end or goes_on else None

    def items(self, at: int) -> tuple[Item, ...]:
        """The items of an instant."""
        phase = self.phase(at)
        return phase.items if phase else ()

    def bills(self, cycle: Cycle, at: int) -> bool:
        """Whether a cycle starts at an instant."""
        anchor = self.anchor_at(at)
        return at >= anchor and cycle.date(anchor, cycle.number(anchor, at)) == at

    def following(self, cycle: Cycle, at: int) -> int:
        """The next billing date."""
        return cycle.following(self.anchor_at(at), at)

    def is_cut(self, phase: Phase, cycle: Cycle, at: int) -> bool:
        """Whether nothing is billed on a billing date: a schedule without prorations ends before the cycle does.

        The first cycle is billed all the same, and the end of `cancel_at` cuts a cycle instead.
        """
        end = self.end
        if end is None or self.cancel_at is not None or at == self.start:
            return False
        return phase.prorates == "none" and self.following(cycle, at) > end

    def anchor_at(self, at: int) -> int:
        """The billing anchor that counts at an instant."""
        return [anchor for since, anchor in self._anchors() if since <= at or since == self.start][-1]

    def dates(self, after: int, until: int) -> tuple[set[int], bool]:
        """The billing dates after one instant and before another, and whether there are more than are counted."""
        out: set[int] = set()
        for cycle in self._cycles():
            found = list(islice(self._billing_dates(cycle, after, until), MOST_DATES + 1))
            if len(found) > MOST_DATES:
                return set(found[:MOST_DATES]), True
            out |= set(found)
        return out, False

    def horizon(self, after: int, cycles: int) -> int:
        """The billing date before which so many more cycles start; of the shortest, when they differ."""
        ends = [next(islice(self._billing_dates(each, after), max(cycles, 0), None)) for each in self._cycles()]
        return min(ends, default=after)

    def last_date(self, at: int) -> int:
        """The billing date before an instant, or the start."""
        anchor = self.anchor_at(at - 1)
        return max([self.start, *(each.date(anchor, each.number(anchor, at - 1)) for each in self._cycles())])

    def _anchors(self) -> list[tuple[int, int]]:
        """Since when which anchor counts: a phase can set a new one, and so does the end of a trial."""
        out = [(self.start, self.anchor)]
        for each in self.phases[1:]:
            if each.resets_anchor:
                out.append((each.start, each.start))
            elif each.trial_end is not None:
                out.append((each.start, each.trial_end))
        return out

    def _billing_dates(self, cycle: Cycle, after: int, until: int | None = None) -> Iterator[int]:
        anchors = self._anchors()
        for position, (since, anchor) in enumerate(anchors):
            limits = [
                each
                for each in (anchors[position + 1][0] if position + 1 < len(anchors) else None, until)
                if each is not None
            ]
            for each in cycle.dates(anchor, max(after, since - 1, anchor - 1)):
                if limits and each >= min(limits):
                    break
                yield each

    def _cycles(self) -> list[Cycle]:
        prices = {id(each.price): each.price for phase in self.phases for each in phase.items}
        return list(dict.fromkeys(each.cycle for each in prices.values() if each.cycle))
