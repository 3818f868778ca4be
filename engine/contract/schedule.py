"""The phases of a renewable contract: how it is created, and what each amendment changes.

The time line is built again for each update from the orders that are in Stripe by then, so that planning order by order
and planning all at once end in the same phases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from ..dates import midnight
from ..records import Record
from .agreement import Agreement
from .billing_mode import check_cycles
from .context import Context
from .item_prices import item_prices, one_time_prices
from .limits import MOST_PHASES
from .model import Item, OneTimeItem, Origin, Origins, Phase, Price, Update
from .prices import price_origin
from .prorations import credit_item, debit_item, once, without_pending
from .rounding import amendment_rounding
from .sold import Sold
from .timeline import Amendment, Boundary, PhaseDraft, Reduction, Standing, Taken, TimelineStep, apply, sent

PriceOf = Callable[[Sold], Price]


@dataclass(frozen=True, slots=True, eq=False)
class BuiltTimeline:
    """A built time line: its drafts with what they bill once, who took lines away, and what became of the contract."""

    drafts: tuple[PhaseDraft, ...]
    removed: Mapping[Sold, Record]
    ended: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scheduled:
    """A renewable contract as phases and updates; `amendments` are in the order in which they take effect."""

    phases: tuple[Phase, ...]
    updates: tuple[Update, ...]


@dataclass(frozen=True, slots=True)
class Unsent:
    """A schedule in Stripe that ends where a phase of it is to start, and the order that it is of."""

    order: Record
    since: datetime


def in_effect(amendments: Sequence[Amendment]) -> list[Amendment]:
    """Amendments in the order in which they take effect; those of one instant in the order of their dates."""
    return sorted(amendments, key=lambda each: each.boundary.instant)


def check_sequence(
    context: Context, drafts: Sequence[PhaseDraft], amendments: Sequence[Amendment], one_time: Sequence[Sold]
) -> list[Amendment]:
    """The amendments that can be applied one after the other; the first that cannot stops the rest, with a finding."""
    out: list[Amendment] = []
    ended: Amendment | None = None
    current = tuple(drafts)
    once_at = [(drafts[0].start.instant, each) for each in one_time]
    for amendment in in_effect(amendments):
        if ended is not None:
            context.report(
                "E539",
                f"{amendment.order} amends a contract that {ended.order} has ended",
                amendment.order,
                fix="delete the termination, or the amendments after it",
            )
            return out
        step = apply(current, amendment)
        if not _applies(context, amendment, step):
            return out
        if step.ended and not amendment.planned and _loses(context, amendment, once_at):
            return out
        once_at += [(amendment.boundary.instant, each) for each in amendment.one_time]
        since = len(context.findings)
        for draft in step.drafts[step.first :]:
            check_cycles(context, amendment.order, [each.sold.line for each in sent(draft)])
            if context.stopped(since):
                return out
        out.append(amendment)
        current = step.drafts
        ended = amendment if step.ended else None
    return out


def _loses(context: Context, amendment: Amendment, once_at: Sequence[tuple[datetime, Sold]]) -> bool:
    """Whether a termination comes before one-time lines are billed, which would vanish with their phase."""
    lost = [sold for at, sold in once_at if at >= amendment.boundary.instant and at > context.as_of]
    if lost:
        context.report(
            "E589",
            f"{amendment.order} ends its contract before one-time lines of it are billed: "
            f"{', '.join(str(each.line) for each in lost)}",
            amendment.order,
            notes=("they were sold and are not taken back, and no phase is left to bill them with",),
            fix="bill them on an order of their own, and leave them out of this one; or delete them, if they are not owed",
        )
    return bool(lost)


def _applies(context: Context, amendment: Amendment, step: TimelineStep) -> bool:
    for reduction, units in step.lacking:
        context.report(
            "E530",
            f"{reduction.record} takes away {reduction.units}, and the contract has {reduction.units - units} left",
            reduction.record,
            fix="set the quantity on the amendment's quote to 0 or more",
        )
    if step.ended and amendment.one_time:
        names = ", ".join(str(each.line) for each in amendment.one_time)
        context.report(
            "E538",
            f"{amendment.order} ends its contract and adds one-time lines: {names}",
            amendment.order,
            fix="sell them on a new order",
        )
        return False
    empty = next((each for each in step.drafts if not each.standing), None)
    if empty is not None and not step.lacking and not step.ended:
        context.report(
            "E552",
            f"{amendment.order} leaves nothing to bill from {empty.start.day} to {empty.end.day}, between other phases",
            amendment.order,
            fix="end the contract there, or keep a line",
        )
        return False
    return not step.lacking


def scheduled(
    context: Context,
    agreement: Agreement,
    initial: Sequence[PhaseDraft],
    amendments: Sequence[Amendment],
    known_prices: Mapping[str, str],
    planned: frozenset[str],
    initial_once: Callable[[PriceOf], tuple[tuple[OneTimeItem, ...], ...]],
    running: Boundary | None = None,
    unsent: Unsent | None = None,
) -> Scheduled:
    """The phases that the schedule is created with, and the updates of the amendments that are not planned yet.

    `initial_once` gives what each initial phase bills once, when it is told the prices of the lines. `running` is where the
    current phase starts that Stripe shows without saying whose it is. `unsent` says that the schedule in Stripe lacks its
    last phases, though nothing is new.
    """
    before = [each for each in amendments if each.planned]
    new = [each for each in in_effect(amendments) if not each.planned]
    sets = [in_effect([*before, *new[: count + 1]]) for count in range(len(new))]
    bare = [
        tuple(initial),
        *((_bare(initial, in_effect(before)),) if unsent else ()),
        *(_bare(initial, each) for each in sets),
    ]
    prices = item_prices(context, bare, planned, known_prices)

    def price_of(sold: Sold) -> Price:
        return prices.get(sold, sold.price)

    billed_once = initial_once(price_of)
    drafts = tuple(replace(each, one_time=items) for each, items in zip(initial, billed_once, strict=True))
    phases = tuple(_phase(each, price_of, {}, None, None) for each in drafts)
    updates: list[Update] = []
    done: list[str] = []
    for amendment, those in zip(new, sets, strict=True):
        line = _built(context, agreement, drafts, those, price_of)
        updates.append(_update(context, amendment, line, price_of, tuple(done), running))
        done.append(amendment.key)
    if unsent is not None and not new:
        line = _built(context, agreement, drafts, in_effect(before), price_of)
        updates.append(_rest(context, agreement, unsent, line, price_of, running))
    return Scheduled(phases, tuple(updates))


def lacks_phases(drafts: Sequence[PhaseDraft], amendments: Sequence[Amendment], shown: datetime | None) -> bool:
    """Whether a schedule that was sent in parts ends in Stripe, at `shown`, where a phase of it is to start.

    Where it is not known what Stripe has, every schedule of more phases than were sent at once may.
    """
    line = _bare(drafts, in_effect(amendments))
    return len(line) > MOST_PHASES and (shown is None or any(each.start.instant == shown for each in line))


def _rest(
    context: Context,
    agreement: Agreement,
    unsent: Unsent,
    line: BuiltTimeline,
    price_of: PriceOf,
    running: Boundary | None,
) -> Update:
    """The update that sends the phases for which there was no room, after those that are not over."""
    phases: list[Phase] = []
    for position, draft in enumerate(line.drafts):
        if draft.end.instant <= context.as_of:
            continue
        following = line.drafts[position + 1] if position + 1 < len(line.drafts) else None
        begun = draft.start.instant <= context.as_of
        sent = replace(draft, one_time=()) if begun else draft
        if begun and running is not None:
            sent = replace(sent, start=running)
        phases.append(_phase(sent, price_of, line.removed, following, None))
    why = agreement.origin["end"].since("the schedule in Stripe lacks the last phases of the contract")
    return Update(
        key=f"{unsent.order.id}/{unsent.since:%Y-%m-%d}",
        order=unsent.order,
        action="update",
        phases=tuple(phases),
        proration_behavior="none",
        origin={"action": why, "proration_behavior": why},
    )


def _bare(drafts: Sequence[PhaseDraft], amendments: Sequence[Amendment]) -> tuple[PhaseDraft, ...]:
    current = tuple(drafts)
    for amendment in amendments:
        current = apply(current, amendment).drafts
    return current


def _built(
    context: Context,
    agreement: Agreement,
    drafts: Sequence[PhaseDraft],
    amendments: Sequence[Amendment],
    price_of: PriceOf,
) -> BuiltTimeline:
    current = tuple(drafts)
    removed: dict[Sold, Record] = {}
    step = TimelineStep(current)
    for amendment in amendments:
        step = apply(current, amendment)
        for those in step.taken.values():
            removed |= {each.sold: amendment.order for each in those if not each.left}
        current = step.drafts if step.ended else _billing_once(context, agreement, amendment, step, price_of)
    return BuiltTimeline(current, removed, step.ended, step.cancelled)


def _billing_once(
    context: Context, agreement: Agreement, amendment: Amendment, step: TimelineStep, price_of: PriceOf
) -> tuple[PhaseDraft, ...]:
    """The drafts of a step with what the amendment bills once: its one-time lines, debits and credits."""
    out = list(step.drafts)
    entered: set[Sold] = set()
    credited: set[tuple[Reduction, Sold]] = set()
    for position in range(step.first, len(out)):
        draft = out[position]
        if draft.order is not amendment.order:
            continue
        new = position == step.first and not step.in_place
        kept, settled = ((), set()) if new else without_pending(draft.one_time, step.taken.get(position, ()))
        items: list[OneTimeItem] = list(kept)
        there = draft.lines()
        if position == step.first:
            used = {each.price.key for each in items}
            items += [once(sold, price) for sold, price in one_time_prices(amendment.one_time, used)]
        for sold in amendment.additions:
            if sold in there and sold not in entered:
                entered.add(sold)
                item = debit_item(agreement, amendment, draft, sold, price_of(sold))
                items += [item] if item else []
                items += amendment_rounding(context, draft, sold, price_of(sold), item)
        for taken in step.taken.get(position, ()):
            mark = (taken.reduction, taken.sold)
            done = taken in settled or mark in credited
            credited.add(mark)
            if done:
                continue
            pending = _pending(out[position + 1 :], taken)
            billed = step.before if step.before is not None and position == step.first else draft
            item = credit_item(context, agreement, amendment, draft, taken, price_of(taken.sold), pending, billed)
            items += [item] if item else []
        out[position] = replace(draft, one_time=tuple(items))
    return tuple(out)


def _pending(later: Sequence[PhaseDraft], taken: Taken) -> Decimal:
    """What later phases would bill once for a unit that is taken away: it falls away with the unit, and is not credited."""
    record = taken.sold.line.record
    items = (item for draft in later for item in draft.one_time)
    amounts = (item.price.amount for item in items if item.order_item is record and item.backend_proration)
    return sum((each.amount for each in amounts if each is not None), Decimal(0))


def _update(
    context: Context,
    amendment: Amendment,
    line: BuiltTimeline,
    price_of: PriceOf,
    done: tuple[str, ...],
    running: Boundary | None,
) -> Update:
    """An amendment as an update: the phases that are not over, the started ones without what they have billed once.

    The first of them repeats the start of the current one (https://docs.stripe.com/api/subscription_schedules/update).
    """
    phases: list[Phase] = []
    for position, draft in enumerate(line.drafts):
        if _is_over(context.as_of, draft, amendment):
            continue
        following = line.drafts[position + 1] if position + 1 < len(line.drafts) else None
        sent = draft
        if draft.start.instant <= context.as_of and draft.start.now_by != amendment.key:
            sent = replace(draft, one_time=())
            if running is not None and not phases and draft.start.now_by is None:
                sent = replace(sent, start=running)
        phases.append(_phase(sent, price_of, line.removed, following, amendment.key, done))
    return Update(
        key=amendment.key,
        order=amendment.order,
        action="cancel" if line.cancelled else "update",
        phases=tuple(phases),
        proration_behavior=None if line.cancelled else "none",
        origin=_update_origins(amendment, line),
    )


def _update_origins(amendment: Amendment, line: BuiltTimeline) -> Origins:
    """Why an update does what it does."""
    at = amendment.boundary.origin or Origin()
    what = "nothing is left to bill" if line.cancelled else "the contract goes on with other phases"
    return {
        "action": at.since(what),
        "proration_behavior": at.since(
            "what an amendment changes is billed by items of its own: Stripe prorates nothing"
        ),
    }


def _is_over(as_of: datetime, draft: PhaseDraft, amendment: Amendment) -> bool:
    """Whether a phase has ended before the update: at a past instant, or now by an earlier update of the same plan."""
    if draft.end.now_by is not None:
        return draft.end.now_by != amendment.key
    return draft.end.instant <= as_of


def _phase(
    draft: PhaseDraft,
    price_of: PriceOf,
    removed: Mapping[Sold, Record],
    following: PhaseDraft | None,
    key: str | None,
    done: tuple[str, ...] = (),
) -> Phase:
    start, end = draft.start, draft.end
    leaving = draft.lines() - following.lines() if following else frozenset()

    def ended_by(sold: Sold) -> Record | None:
        """The order that takes a line away, on the last phase in which it stands."""
        return draft.ended_by or (removed.get(sold) if sold in leaving else None)

    return Phase(
        start=start.day,
        end=end.day,
        order=draft.order,
        items=tuple(_item(each, price_of, ended_by(each.sold)) for each in sent(draft)),
        one_time_items=draft.one_time,
        proration_behavior=draft.proration_behavior,
        start_now=start.now_by is not None and start.now_by == key,
        end_now=end.now_by is not None and end.now_by == key,
        started_at=start.instant
        if start.exact and start.instant != midnight(start.day, start.instant.tzinfo)
        else None,
        ends_at=end.instant if end.exact and end.instant != midnight(end.day, end.instant.tzinfo) else None,
        started_by=start.now_by if start.now_by in done else None,
        backend_proration=draft.backend_proration,
        segment_index=draft.segment_index,
        segment_label=draft.segment_label,
        discounts=draft.discounts,
        ended_by=draft.ended_by,
        origin=_phase_origins(draft),
    )


def _phase_origins(draft: PhaseDraft) -> Origins:
    """Where what a phase says comes from: its boundaries by whatever name they are told."""
    boundaries = {
        **dict.fromkeys(("start", "start_now", "started_at", "started_by"), draft.start.origin),
        **dict.fromkeys(("end", "end_now", "ends_at"), draft.end.origin),
    }
    return {**draft.origin, **{name: each for name, each in boundaries.items() if each}}


def _item(standing: Standing, price_of: PriceOf, ended_by: Record | None) -> Item:
    sold = standing.sold
    price = price_of(sold)
    terms = sold.line.terms
    return Item(
        order_item=sold.line.record,
        price=price,
        quantity=None if sold.line.metered else standing.units,
        metered=sold.line.metered,
        segment_key=sold.line.segment_key,
        discounts=sold.discounts,
        ended_by=ended_by,
        origin={
            "quantity": standing.origin,
            "price": price_origin(sold.line, price),
            "metered": terms.origin("metered"),
            "segment_key": terms.origin("segment_key"),
        },
    )
