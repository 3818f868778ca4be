"""When the phases of a schedule are: from the parameters of its calls, as Stripe will read them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..parameters import Ref
from ..plan import Call, Plan
from .parameters import moment


@dataclass(frozen=True, slots=True)
class SentPhase:
    """One phase as a call sends it; `start` and `end` (exclusive) are Unix seconds, None where the plan does not say.

    `pointer` is its place in the parameters of the call.
    """

    pointer: str
    start: int | None
    end: int | None
    params: Mapping[str, Any]

    @property
    def words(self) -> str:
        """Its period for people: `2026-03-01 to 2026-09-01`."""
        if self.start is None:
            return f"to {moment(self.end)}" if self.end is not None else ""
        return f"{moment(self.start)} to {moment(self.end)}" if self.end is not None else f"from {moment(self.start)}"


def phases_of(call: Call, plan: Plan) -> tuple[SentPhase, ...]:
    """The phases that a call sends, in their order; none for other calls than those on schedules."""
    given = call.params.get("phases")
    if call.resource != "subscription_schedule" or not isinstance(given, list):
        return ()
    now = as_of(plan)
    out: list[SentPhase] = []
    before = instant(call.params.get("start_date"), now)
    for at, each in enumerate(given):
        start = instant(each.get("start_date"), now)
        start = before if start is None else start
        end = instant(each.get("end_date"), now)
        out.append(SentPhase(f"/phases/{at}", start, end, each))
        before = end
    return tuple(out)


def phase_periods(plan: Plan) -> dict[str, dict[str, str]]:
    """The periods of all phases in words, by call and by pointer."""
    return {
        call.id: {each.pointer: each.words for each in phases}
        for call in plan.calls
        if (phases := phases_of(call, plan))
    }


def instant(value: Any, now: int | None) -> int | None:
    """A moment parameter as Unix seconds: `now`, and what only Stripe's answer tells, is the moment of the plan."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return now if value == "now" or isinstance(value, Ref) else None


def as_of(plan: Plan) -> int | None:
    """The moment of the plan in Unix seconds."""
    return int(datetime.datetime.fromisoformat(plan.as_of).timestamp()) if plan.as_of else None


def final_phases(calls: Sequence[Call], plan: Plan) -> tuple[SentPhase, ...]:
    """The phases of one contract's schedule after all its calls.

    An update sends the phases that are not over: what an earlier call sent stays as far as it lies before them.
    """
    out: tuple[SentPhase, ...] = ()
    for call in calls:
        sent = phases_of(call, plan)
        if not sent:
            continue
        first = sent[0].start
        kept = tuple(each for each in out if first is not None and each.end is not None and each.end <= first)
        out = (*kept, *sent)
    return out
