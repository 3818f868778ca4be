"""What Stripe bills for a contract as it is planned: just enough of its rules to add up lines without rounding.

A phase bills each billing date whose cycle it, or the phases after it, can finish; a start in the past bills its past
with the first invoice; what a phase bills once is billed when the phase starts, and only by the call that sends it first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from orderplan.engine.contract import Contract, Phase
from orderplan.engine.contract.model import OneTimeItem
from orderplan.engine.contract.months import billing_dates
from orderplan.engine.dates import add_months, midnight


def billed(contract: Contract, as_of: datetime) -> Decimal:
    """Everything that is billed for a renewable contract which is planned in one go, in major units."""
    total = Decimal(0)
    updates = contract.updates
    last = updates[-1].phases if updates else contract.phases
    if contract.phases[0].proration_behavior is None or midnight(contract.phases[0].start, UTC) >= as_of:
        total += (
            sum((_price(each) for each in contract.phases[0].one_time_items), Decimal(0))
            if _is_past(contract.phases[0], as_of)
            else 0
        )
    for update in updates:
        total += _all(each.one_time_items for each in update.phases if each.start_now)
    total += _all(each.one_time_items for each in last if not _is_past(each, as_of) and not each.start_now)
    assert contract.start is not None
    assert contract.end is not None
    everything = [item for phase in (*contract.phases, *last) for item in phase.items]
    for months in {each.price.cycle_months for each in everything}:
        total += _cycles(contract, last, months or 0, as_of)
    return total


def _cycles(contract: Contract, last: tuple[Phase, ...], months: int, as_of: datetime) -> Decimal:
    """What is billed on the dates of one billing cycle."""
    assert contract.start is not None
    assert contract.end is not None
    total = Decimal(0)
    dates = billing_dates(contract.start, months)
    day = next(dates)
    for following in dates:
        short = add_months(contract.start, months) > contract.end
        if day >= contract.end or (following > contract.end and not (short and day == contract.start)):
            return total
        now = midnight(day, UTC)
        phase = _at(contract.phases, now) if now <= as_of else _at(last, now)
        total += sum(
            (
                each.price.amount.amount * (each.quantity or 0)
                for each in phase.items
                if each.price.amount and each.price.cycle_months == months
            ),
            Decimal(0),
        )
        day = following
    raise AssertionError


def _is_past(phase: Phase, as_of: datetime) -> bool:
    return midnight(phase.start, UTC) <= as_of


def _all(groups: object) -> Decimal:
    return sum((_price(each) for items in groups for each in items), Decimal(0))  # type: ignore[attr-defined]


def _price(item: OneTimeItem) -> Decimal:
    assert item.price.amount is not None
    return item.price.amount.amount * item.quantity


def _at(phases: tuple[Phase, ...], now: datetime) -> Phase:
    return [each for each in phases if midnight(each.start, UTC) <= now or each.start_now][-1]
