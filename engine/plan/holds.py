"""Until when a plan holds: the earliest moment at which one of its calls would no longer do what it was planned for."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..contract import Contract
from ..dates import add_months, midnight
from .model import Call

_MOMENTS = ("trial_end", "cancel_at", "billing_cycle_anchor", "redeem_by", "due_date")
"""Parameters of a call that must lie ahead when it is made."""

_RECURRING = ("subscription_schedule", "subscription")


@dataclass(frozen=True, slots=True)
class Holds:
    """The moment until which a plan holds, exclusive, and what happens then."""

    until: datetime.datetime
    why: str

    @property
    def at(self) -> str:
        """The moment in ISO 8601."""
        return self.until.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def holds_until(calls: Sequence[Call], contracts: Iterable[Contract], as_of: datetime.datetime) -> Holds | None:
    """The earliest moment that passes something by that the calls were worked out for; None where nothing does.

    A phase that starts or ends by then is a past one, of which Stripe bills or takes something else; a trial or coupon is
    over; and what was decided by the current billing cycle, or by the day of the plan, is decided otherwise.
    """
    by_id = {each.id: each for each in contracts}
    found = [
        Holds(until, f"{call.id}: {why}")
        for call in calls
        for until, why in (*_ahead(call), *_cycles(call, by_id.get(call.contract), as_of), *_today(call, as_of))
        if until > as_of
    ]
    found += [Holds(until, f"{call.id}: {why}") for call in calls for until, why in _start(call) if until >= as_of]
    return min(found, key=lambda each: each.until, default=None)


def _ahead(call: Call) -> Iterator[tuple[datetime.datetime, str]]:
    """The moments that the parameters of a call name."""
    params = call.params
    for name in _MOMENTS:
        yield from _named(params, name, f"{name} passes")
    phases = params.get("phases")
    if call.resource != "subscription_schedule" or not isinstance(phases, Sequence):
        return
    for number, phase in enumerate(each for each in phases if isinstance(each, Mapping)):
        yield from _named(phase, "start_date", f"phase {number + 1} starts")
        yield from _named(phase, "end_date", f"phase {number + 1} ends")
        yield from _named(phase, "trial_end", f"the trial of phase {number + 1} ends")


def _start(call: Call) -> Iterator[tuple[datetime.datetime, str]]:
    """The start of a schedule that bills nothing of a past one; with prorations it is billed from its start on all the same."""
    phases = call.params.get("phases")
    first = phases[0] if isinstance(phases, Sequence) and phases and isinstance(phases[0], Mapping) else {}
    skips = call.resource == "subscription_schedule" and call.action == "create"
    if skips and first.get("proration_behavior") == "none":
        yield from _named(call.params, "start_date", "its start passes, and what is past by then is not billed")


def _cycles(call: Call, contract: Contract | None, as_of: datetime.datetime) -> Iterator[tuple[datetime.datetime, str]]:
    """The next billing date, where the call was worked out for the billing cycle of the plan's moment."""
    if contract is None or contract.start is None or not _counts_on_cycle(call, as_of):
        return
    months = min((each for each in _months(contract)), default=None)
    if months is None:
        return
    number = max(0, ((as_of.year - contract.start.year) * 12 + as_of.month - contract.start.month) // months - 1)
    while (until := midnight(add_months(contract.start, months * number), as_of.tzinfo)) <= as_of:
        number += 1
    yield until, "the next billing cycle begins"


def _counts_on_cycle(call: Call, as_of: datetime.datetime) -> bool:
    """Whether a call takes effect at once, or leaves out what is past: what it bills depends on the current cycle."""
    if call.resource not in _RECURRING:
        return False
    if call.action not in ("create", "update"):
        return True
    params = call.params
    phases = [each for each in params.get("phases") or () if isinstance(each, Mapping)]
    if any(each.get(name) == "now" for each in phases for name in ("start_date", "end_date")):
        return True
    started = params.get("start_date")
    skips = bool(phases) and phases[0].get("proration_behavior") == "none"
    return call.action == "create" and skips and isinstance(started, int) and started < as_of.timestamp()


def _today(call: Call, as_of: datetime.datetime) -> Iterator[tuple[datetime.datetime, str]]:
    """The end of the plan's day, where a subscription starts, or gets items, at the moment of the call."""
    if call.resource != "subscription" or call.params.get("backdate_start_date") is not None:
        return
    if call.action == "create" or (call.action == "update" and call.params.get("items")):
        yield (
            midnight(as_of.date() + datetime.timedelta(days=1), as_of.tzinfo),
            "it was planned to take effect on this day",
        )


def _months(contract: Contract) -> Iterator[int]:
    """The billing cycles of a contract, in months."""
    phases = (*contract.phases, *(each for update in contract.updates for each in update.phases))
    items = (*contract.items, *(item for each in phases for item in each.items))
    changed = (item for each in contract.updates for item in (*each.items, *each.removed_items))
    return (each.price.cycle_months for each in (*items, *changed) if each.price.cycle_months)


def _named(holder: Mapping[str, Any], name: str, why: str) -> Iterator[tuple[datetime.datetime, str]]:
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            yield datetime.datetime.fromtimestamp(value, datetime.UTC), why
        except (OverflowError, ValueError, OSError):
            return
