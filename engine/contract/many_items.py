"""More one-time items than a phase takes: the others become invoice items that wait for the same invoice.

What waits on a customer is taken up by the first invoice of its next subscription, and what names a subscription by the next
invoice of that one (https://docs.stripe.com/billing/invoices/subscription#adding-upcoming-invoice-items). So the moment of the
call decides which invoice it is: a phase that starts with the call has its invoice next, one that starts later has not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ..records import Record
from .context import Context
from .model import Contract, OneTimeItem, Phase, Update

MOST_ONE_TIME_ITEMS = 20
"""The `add_invoice_items` that a phase or a subscription takes."""


def with_waiting_items(context: Context, contract: Contract) -> Contract:
    """The contract with what its phases have no room for among its invoice items, or a finding where that can't be."""
    phases, own = contract.phases, contract.one_time_items
    waiting: tuple[OneTimeItem, ...] = ()
    if not contract.planned and not contract.migrated:
        phases, own, waiting = _of_first_invoice(context, contract)
    updates: list[Update] = []
    later: list[OneTimeItem] = []
    for update in contract.updates:
        found, items = _of_update(context, update)
        updates.append(found)
        later += [replace(each, waits_after=update.key) for each in items]
    if not waiting and not later:
        return contract
    items = (*contract.invoice_items, *waiting, *later)
    return replace(contract, phases=phases, one_time_items=own, updates=tuple(updates), invoice_items=items)


def _of_first_invoice(
    context: Context, contract: Contract
) -> tuple[tuple[Phase, ...], tuple[OneTimeItem, ...], tuple[OneTimeItem, ...]]:
    """The phases, the items of a subscription without phases, and what waits on the customer for the first invoice."""
    start = contract.start
    if not contract.phases:
        kept, waiting = _parted(contract.one_time_items)
        _check(context, contract.order, start, kept)
        return (), kept, waiting
    first, rest = contract.phases[0], contract.phases[1:]
    for each in rest:
        _check(context, contract.order, each.start, each.one_time_items)
    # an earlier plan that is worked out again was made by the start, or it would have been refused
    if not context.whole and (start is None or context.midnight(start) > context.as_of):
        _check(context, contract.order, first.start, first.one_time_items, plan_on=first.start)
        return contract.phases, contract.one_time_items, ()
    kept, waiting = _parted(first.one_time_items)
    _check(context, contract.order, first.start, kept)
    return (replace(first, one_time_items=kept), *rest), contract.one_time_items, waiting


def _of_update(context: Context, update: Update) -> tuple[Update, tuple[OneTimeItem, ...]]:
    """The update with what fits, and what waits for the next invoice of its subscription."""
    own, waiting = _parted(update.one_time_items)
    _check(context, update.order, None, own)
    phases: list[Phase] = []
    for phase in update.phases:
        if not phase.start_now:
            _check(context, update.order, phase.start, phase.one_time_items, plan_on=phase.start)
            phases.append(phase)
            continue
        kept, more = _parted(phase.one_time_items)
        _check(context, update.order, phase.start, kept)
        phases.append(replace(phase, one_time_items=kept))
        waiting = (*waiting, *more)
    return replace(update, phases=tuple(phases), one_time_items=own), waiting


def _parted(items: Sequence[OneTimeItem]) -> tuple[tuple[OneTimeItem, ...], tuple[OneTimeItem, ...]]:
    """What stays with the phase and what waits: what covers a period of the phase stays, and the first of the others."""
    room = max(MOST_ONE_TIME_ITEMS - sum(each.period_start is not None for each in items), 0)
    free = [number for number, each in enumerate(items) if each.period_start is None]
    waiting = set(free[room:])
    return (
        tuple(each for number, each in enumerate(items) if number not in waiting),
        tuple(each for number, each in enumerate(items) if number in waiting),
    )


def _check(
    context: Context, order: Record, start: date | None, items: Sequence[OneTimeItem], *, plan_on: date | None = None
) -> None:
    """Report items that a phase has no room for and that can't wait for its invoice either."""
    if len(items) <= MOST_ONE_TIME_ITEMS:
        return
    where = f"with the phase from {start}" if start else "at once"
    note = "what is more waits for the next invoice, and that is not the one of this phase"
    if plan_on is None:
        note = "what is more would wait for another invoice, or covers a period of this phase"
    context.report(
        "E588",
        f"{order} bills {len(items)} one-time items {where}, and Stripe takes {MOST_ONE_TIME_ITEMS}",
        order,
        notes=(note,),
        fix=f"plan the order on {plan_on} or later, when its invoice comes next; "
        "or sell the others on an order of their own, which is billed by an invoice"
        if plan_on
        else "sell the others on an order of their own, which is billed by an invoice",
    )
