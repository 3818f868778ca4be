"""Amendments of evergreen contracts: lines added today, whole lines taken away, the subscription cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ..records import Record
from .amendments import Origins, check_one_time, origin_of, same_currency
from .billing_mode import check_cycles
from .context import Context
from .coupons import Coupons
from .evergreen_items import check_terms, item_of, prices_of
from .item_prices import one_time_prices
from .known_state import SCHEDULE, SUBSCRIPTION, KnownSubscription, id_on
from .lines import OrderLines, read_lines
from .membership import Membership
from .model import Contract, Item, Origin, Price, Update
from .months import next_billing_date
from .older_orders import is_older
from .order_coupons import placed
from .prices import PriceBook
from .prorations import once
from .sold import Sold, sell


@dataclass(slots=True)
class Changes:
    """What the amendments of an evergreen contract are read against; `standing` changes from one to the next.

    `taken_over` are the items that amendments from before the integration leave, when such a contract is taken over.
    """

    contract: Contract
    membership: Membership
    lines: OrderLines
    recurring: Sequence[Sold]
    prices: dict[Sold, Price]
    book: PriceBook
    coupons: Coupons
    stripe_id: str | None
    state: KnownSubscription | None
    standing: dict[Sold, int] = field(default_factory=dict)
    origins: Origins = field(default_factory=Origins)
    joined: list[Sold] = field(default_factory=list)
    planned: set[str] = field(default_factory=set)
    cancelled_by: Record | None = None
    taken_over: tuple[Item, ...] | None = None

    def __post_init__(self) -> None:
        self.standing = {each: each.line.quantity for each in self.recurring}
        self.origins.start(self.lines)


def evergreen_updates(context: Context, changes: Changes) -> list[Update] | None:
    """The updates of the amendments that are not planned yet; None when a finding stands in the way."""
    since = len(context.findings)
    out: list[Update] = []
    planned = bool(changes.stripe_id)
    for order in changes.membership.amendments:
        folded = changes.contract.migrated and is_older(context, order)
        done = folded or (planned and id_on(context, order, SCHEDULE, SUBSCRIPTION) is not None)
        if changes.membership.waiting and not done:
            continue
        if done:
            changes.planned.add(order.id)
        if not done and not _can_change(context, changes, order):
            return None
        updates = _amend(context, changes, order, done=done)
        if context.stopped(since):
            return None
        out += [] if done else updates
        if folded:
            changes.taken_over = tuple(item_of(each, changes.prices[each]) for each in changes.standing)
    return out


def _can_change(context: Context, changes: Changes, order: Record) -> bool:
    """Whether the subscription can be changed at all; reported when not."""
    since = len(context.findings)
    contract, state = changes.contract, changes.state
    if changes.cancelled_by is not None or (state and (state.status == "canceled" or state.cancel_at)):
        stripe_id = state.id if state else ""
        by = changes.cancelled_by
        what = f"which {by} cancels" if by else f"whose subscription {stripe_id} is cancelled"
        context.report(
            "E546",
            f"{order} amends a contract {what}",
            order,
            fix="sell what is added on a new order",
        )
    elif contract.start is not None and contract.start > context.today:
        context.report(
            "E545",
            f"{order} amends {contract.order}, which starts on {contract.start}",
            order,
            notes=("an evergreen contract can be amended once it has started",),
            fix=f"plan the amendment on {contract.start} or later",
        )
    elif changes.stripe_id and contract.subscription_id is None:
        context.report(
            "E549",
            f"{contract.order} names the schedule {changes.stripe_id}, and the subscription that it started is not known",
            order,
            fix="pull the order, so that the bundle holds its schedule",
        )
    return not context.stopped(since)


def _amend(context: Context, changes: Changes, order: Record, *, done: bool) -> list[Update]:
    since = len(context.findings)
    if not same_currency(context, order, changes.contract.currency):
        return []
    lines = read_lines(context, order, changes.contract.currency)
    changes.origins.skip(lines)
    terms = context.read("contract", order)
    start: date | None = context.needed(terms, "start")
    began = terms.origin("start")
    _check(context, changes, order, lines)
    if start is None or context.stopped(since):
        return []
    origins = [(each, origin_of(context, each, changes.origins)) for each in lines.recurring]
    additions = [sell(context, line, None, changes.book, changes.coupons, origin) for line, origin in origins if origin]
    one_time = [sell(context, each, None, changes.book, changes.coupons) for each in lines.one_time]
    removed = _take(context, changes, lines)
    if context.stopped(since):
        return []
    place = placed(
        context, order, changes.coupons, [each for each in additions if each], [each for each in one_time if each]
    )
    new, extras = list(place.recurring), list(place.one_time)
    if not removed and not new:
        return []
    if removed and not new and not changes.standing:
        return _cancel(context, changes, order, start, extras, done=done)
    if not done and new and place.discounts:
        context.report(
            "E564",
            f"{order} has a coupon for the whole order, and amends an evergreen contract",
            order,
            notes=("a subscription's discounts are replaced as a whole: what is redeemed already would count anew",),
            fix="put the coupon on the lines that are added",
        )
    if not done:
        _check_day(context, order, start, adds=bool(new))
    added = _add(changes, new)
    items = [] if done else _removed_items(context, changes, order, removed)
    updates = []
    if added or extras:
        bought = one_time_prices(extras, set())
        bills = tuple(once(each, price) for each, price in bought)
        updates.append(
            Update(
                order.id, order, "update", items=tuple(added), one_time_items=bills, origin=_why(began, "it adds lines")
            )
        )
    if items:
        key = f"{order.id}/removal" if updates else order.id
        updates.append(
            Update(
                key,
                order,
                "update",
                proration_behavior="none",
                removed_items=tuple(items),
                origin=_why(began, "it takes whole lines away"),
            )
        )
    return updates


def _why(began: Origin, what: str) -> Mapping[str, Origin]:
    """Why an update of a subscription does what it does; `began` is where the amendment's start comes from."""
    return {
        "action": began.since(what),
        "proration_behavior": began.since(f"{what}: nothing is given back for the month that is paid"),
        "cancel_date": began,
    }


def _check(context: Context, changes: Changes, order: Record, lines: OrderLines) -> None:
    renewable = [each for each in lines.recurring if not each.evergreen]
    if renewable:
        names = ", ".join(map(str, renewable))
        context.report(
            "E547",
            f"{order} adds renewable lines to an evergreen contract: {names}",
            order,
            fix="sell them on an order of their own",
        )
        return
    check_one_time(context, order, lines)
    check_terms(context, lines)
    standing = [sold.line for sold in changes.standing]
    check_cycles(context, order, [*standing, *lines.recurring])


def _take(context: Context, changes: Changes, lines: OrderLines) -> list[Sold]:
    """The lines that reductions take away, the newest of a kind first; only all units of a kind can go."""
    gone: list[Sold] = []
    for line in lines.reductions:
        origin = origin_of(context, line, changes.origins)
        if origin is None:
            continue
        same = [pair for pair in changes.standing.items() if pair[0].origin_id == origin]
        there = sum(units for _, units in same)
        if there != -line.quantity:
            code = "E530" if there < -line.quantity else "E560"
            context.report(
                code,
                f"{line} takes away {-line.quantity}, and the contract has {there}",
                line.record,
                notes=() if code == "E530" else ("an evergreen line is kept as it is or taken away as a whole",),
                fix="set the quantity on the amendment's quote to 0",
            )
            continue
        for sold, _ in same:
            del changes.standing[sold]
            gone.append(sold)
    return gone


def _add(changes: Changes, new: Sequence[Sold]) -> list[Item]:
    standing = {key: changes.prices[key] for key in changes.standing}
    prices = prices_of(new, standing, changes.state)
    changes.prices |= prices
    changes.joined += new
    for sold in new:
        changes.standing[sold] = sold.line.quantity
        changes.origins.add(sold.line, sold.origin_id)
    return [item_of(each, prices[each]) for each in new]


def _cancel(
    context: Context, changes: Changes, order: Record, start: date, extras: Sequence[Sold], *, done: bool
) -> list[Update]:
    """All quantities 0: the end of the subscription, today or on the day."""
    began = context.read("contract", order).origin("start")
    changes.cancelled_by = order
    if extras and not done:
        context.report(
            "E538",
            f"{order} ends its contract and adds one-time lines: {', '.join(str(each.line) for each in extras)}",
            order,
            fix="sell them on a new order",
        )
        return []
    if start > context.today:
        origin = _why(began, f"every line is taken away, on {start}")
        end = _cycle_end(context, changes, order, start)
        if end is not None:
            origin = {**origin, "cancels_at": began.since(f"a billing cycle ends at {end:%Y-%m-%d %H:%M:%S}")}
        return [
            Update(
                order.id,
                order,
                "cancel_at",
                proration_behavior="none",
                cancel_date=start,
                cancels_at=end,
                origin=origin,
            )
        ]
    if start < context.today and not done:
        _late(context, order, start)
    return [Update(order.id, order, "cancel", origin=_why(began, "every line is taken away"))]


def _cycle_end(context: Context, changes: Changes, order: Record, day: date) -> datetime | None:
    """The instant of a day at which a billing cycle ends; None where none does then, or at midnight.

    Cycles begin at the time of day at which the subscription was made. Stripe prorates the last cycle when `cancel_at`
    comes before its end (API reference, `cancel_at`).
    """
    start = changes.contract.start
    months = {each.line.cycle_months for each in (*changes.recurring, *changes.joined)}
    if start is None or not months or next_billing_date(start, min(months), context.midnight(day)) != day:
        return None
    anchor = changes.state.anchor if changes.state else None
    if anchor is not None:
        end = anchor.replace(year=day.year, month=day.month, day=day.day)
        return None if end == context.midnight(day) else end
    if changes.state is None:  # made by a schedule, a subscription starts at midnight
        if not changes.contract.starts_today:
            return None
        context.report(
            "W521",
            f"{order} ends its subscription at 00:00 of {day}, and the last billing cycle ends later on that day, at the time at "
            "which the subscription is made",
            order,
            notes=("Stripe gives back the hours between",),
            fix="plan the cancellation when the subscription is in Stripe and in the bundle: it is then ended with its cycle",
        )
    return None


def _late(context: Context, order: Record, start: date) -> None:
    context.report(
        "W504",
        f"{order} was to take effect on {start}, and takes effect on {context.today}",
        order,
        notes=("nothing is given back for the days between",),
    )


def _check_day(context: Context, order: Record, start: date, *, adds: bool) -> None:
    """Lines are added today only; they are taken away today, or now when that is overdue."""
    if start > context.today or (adds and start < context.today):
        what = "adds lines" if adds else "takes lines away"
        context.report(
            "E548",
            f"{order} {what} on {start}, and an evergreen subscription can only be changed today ({context.today})",
            order,
            fix=f"plan the amendment on {start}" if start > context.today else "start the amendment today",
        )
    elif start < context.today:
        _late(context, order, start)


def _removed_items(context: Context, changes: Changes, order: Record, removed: Sequence[Sold]) -> list[Item]:
    known = changes.state.items if changes.state else {}
    out: list[Item] = []
    for sold in removed:
        item_id = known.get(sold.line.record.id)
        if item_id is None:
            context.report(
                "E549",
                f"{order} takes {sold.line} away, and its subscription item is not known",
                order,
                fix="pull the order, so that the bundle holds its subscription, or plan the initial order first",
            )
            continue
        found = Origin(f"subscription({changes.state.id}).items") if changes.state else None
        out.append(item_of(sold, changes.prices[sold], item_id, found))
    return out
