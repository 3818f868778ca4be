"""Evergreen contracts: no end, one month at a time, a subscription instead of phases.

A contract that starts today is a subscription; one that starts later a schedule of one second, which Stripe then
releases into a subscription. Amendments add lines today, take whole lines away, or cancel.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta, tzinfo

from ..dates import midnight
from ..records import Record
from .agreement import begun, currency_origin
from .billing_mode import billing_mode, check_cycles, is_mixed, mode_origin
from .context import Context
from .coupons import Coupons
from .evergreen_changes import Changes, evergreen_updates
from .evergreen_items import check_terms, item_of, prices_of
from .inventory import with_inventory
from .item_prices import one_time_prices
from .known_state import (
    SCHEDULE,
    SUBSCRIPTION,
    id_on,
    known_schedule,
    known_subscription,
    subscription_of,
    was_looked_up,
)
from .lines import OrderLines
from .many_items import with_waiting_items
from .membership import Membership
from .model import Contract, Coupon, Item, OneTimeItem, Origin, Phase
from .months import next_billing_date
from .older_orders import Takeover, check_billing_day, mixed_takeover
from .order_coupons import placed
from .prices import PriceBook
from .prorations import once
from .sold import sell

RELEASE_AFTER = timedelta(seconds=1)
"""How long the phase of a schedule lasts that is only there to start a subscription later."""


def evergreen_contract(
    context: Context, membership: Membership, account: Record, currency: str, lines: OrderLines, takeover: Takeover
) -> Contract | None:
    """A contract without an end; None when a finding stands in the way."""
    since = len(context.findings)
    order = membership.initial
    stripe_id = id_on(context, order, SCHEDULE, SUBSCRIPTION)
    start: date | None = context.needed(context.read("contract", order), "start")
    check_terms(context, lines)
    check_cycles(context, order, lines.recurring)
    if start is not None and start < context.today and not stripe_id and not takeover.migrates:
        _backdated(context, order, start)
    said = currency_origin(context, order)
    book, coupons = PriceBook(context, currency, said), Coupons(context, currency, said=said)
    sold = [sell(context, each, None, book, coupons) for each in lines.recurring]
    one_time = [sell(context, each, None, book, coupons) for each in lines.one_time]
    place = placed(context, order, coupons, [each for each in sold if each], [each for each in one_time if each])
    if start is None or context.stopped(since):
        return None
    recurring, discounts = list(place.recurring), place.discounts
    subscription_id, released = _subscription(context, order, stripe_id)
    state = known_subscription(context, subscription_id) if subscription_id else None
    prices = prices_of(recurring, {}, state)
    items = tuple(item_of(each, prices[each]) for each in recurring)
    extras = tuple(once(each, price) for each, price in one_time_prices(place.one_time, set()))
    starts_today = start == context.today
    began = context.read("contract", order).origin("start")
    next_date = next_billing_date(start, lines.recurring[0].cycle_months, context.as_of)
    if takeover.migrates and not check_billing_day(context, order, start, next_date, None):
        return None
    head = begun(context, membership, "evergreen", account, currency, lines)
    contract = replace(
        head,
        start=start,
        planned=bool(stripe_id),
        starts_today=starts_today,
        phases=(_waiting_phase(context.as_of.tzinfo, order, start, began, items, extras, discounts),)
        if start > context.today
        else (),
        items=items,
        one_time_items=() if takeover.migrates else extras,
        discounts=discounts,
        subscription_id=subscription_id,
        released=released,
        migrated=takeover.migrates,
        next_billing_date=next_date,
        origin={
            **head.origin,
            "start": began,
            "next_billing_date": began.since(
                f"{next_date} is the first billing date from {context.as_of:%Y-%m-%d %H:%M:%S} on"
            ),
        },
    )
    changes = Changes(contract, membership, lines, recurring, prices, book, coupons, stripe_id, state)
    updates = evergreen_updates(context, changes)
    if updates is None or context.stopped(since):
        return None
    joined = [each.line for each in changes.joined]
    mode = billing_mode(
        context,
        order,
        [*lines.recurring, *(each for each in joined if each.order.id in changes.planned)],
        [*lines.recurring, *joined],
        state.billing_mode if state else None,
        planned=bool(stripe_id),
    )
    if takeover.migrates and is_mixed([*lines.recurring, *joined]):
        mixed_takeover(context, order)
    if context.stopped(since):
        return None
    if changes.taken_over == ():
        context.report("N504", f"{order} was ended before the integration and is not planned", order)
        return None
    items = changes.taken_over or items
    left_out = tuple(changes.origins.left_out)
    contract = with_waiting_items(
        context,
        replace(
            contract,
            origin={**contract.origin, **mode_origin([*lines.recurring, *joined], mode)},
            billing_mode=mode,
            promises=tuple(coupons.promises.values()),
            items=items,
            updates=tuple(updates),
            skipped=left_out,
        ),
    )
    return None if context.stopped(since) else with_inventory(context, contract)


def _waiting_phase(
    zone: tzinfo | None,
    order: Record,
    start: date,
    began: Origin,
    items: tuple[Item, ...],
    extras: tuple[OneTimeItem, ...],
    discounts: tuple[Coupon, ...],
) -> Phase:
    after = began.since(f"a second after {start}: the phase is only there to start the subscription")
    return Phase(
        start=start,
        end=start,
        order=order,
        items=items,
        one_time_items=extras,
        proration_behavior="none",
        ends_at=midnight(start, zone) + RELEASE_AFTER,
        discounts=discounts,
        origin={
            "start": began,
            "end": began,
            "ends_at": after,
            "proration_behavior": began.since(f"{start} is ahead: nothing is past"),
        },
    )


def _backdated(context: Context, order: Record, start: date) -> None:
    context.report(
        "E544",
        f"{order} is evergreen and starts on {start}, before {context.today}",
        order,
        notes=("an evergreen subscription is created on the day it starts, or before",),
        fix="start the order today or later",
    )


def _subscription(context: Context, order: Record, stripe_id: str | None) -> tuple[str | None, bool]:
    """The id of the subscription behind an order's Stripe id, and whether a released schedule led to it."""
    if stripe_id is None:
        return None, False
    if not stripe_id.startswith("sub_sched_"):
        return stripe_id, False
    state = known_schedule(context, stripe_id)
    if state is None:
        if was_looked_up(context, SCHEDULE):
            context.report(
                "E541",
                f"{order} names the schedule {stripe_id}, which is not found in Stripe",
                order,
                fix="clear the Stripe id of the order to plan it anew, or correct it",
            )
        return None, False
    return subscription_of(state), state.released_subscription_id is not None
