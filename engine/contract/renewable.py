"""Renewable contracts: from an initial order and its amendments to phases, updates, and what they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ..records import Record
from .agreement import Agreement, agreed, begun, currency_origin
from .amendments import AmendmentFrame, Origins, read_amendment
from .billing_mode import billing_mode, check_cycles, is_mixed, mode_origin
from .context import Context
from .coupons import Coupons
from .inventory import with_inventory
from .item_prices import one_time_prices
from .known_state import SCHEDULE, SUBSCRIPTION, KnownSchedule, id_on, known_schedule
from .limits import within_limits
from .lines import OrderLines
from .many_items import with_waiting_items
from .membership import Membership
from .model import Contract, Coupon, OneTimeItem, Origin, Phase, Price, Update
from .months import next_billing_date
from .older_orders import Takeover, check_billing_day, current_phases, mixed_takeover
from .order_coupons import placed
from .prices import PriceBook
from .prorations import debit_item, once, tail_item
from .ramps import check_amendment_starts, segments_of
from .rounding import initial_rounding
from .running_schedule import check_state, contract_start, current_start, first_behavior, first_end, known_starts
from .schedule import PriceOf, check_sequence, scheduled
from .sent_in_parts import unsent
from .sold import Sold, at_its_own_worth, sell
from .timeline import Amendment, Boundary, PhaseDraft, Standing, boundaries, split
from .worth import Coverage


@dataclass(frozen=True, slots=True, eq=False)
class Initial:
    """An initial order, read: its recurring and one-time lines, its frame and its ramp segments."""

    agreement: Agreement
    recurring: tuple[Sold, ...]
    one_time: tuple[Sold, ...]
    segments: Mapping[int, Coverage]


def renewable_contract(
    context: Context, membership: Membership, account: Record, currency: str, lines: OrderLines, takeover: Takeover
) -> Contract | None:
    """A contract with an end; None when a finding stands in the way."""
    since = len(context.findings)
    order = membership.initial
    said = currency_origin(context, order)
    book, coupons = PriceBook(context, currency, said), Coupons(context, currency, said=said)
    initial = _initial(context, order, lines, book, coupons)
    if initial is None:
        coupons.of_order(order)
    if initial is None or context.stopped(since):
        return None
    place = placed(context, order, coupons, initial.recurring, initial.one_time)
    if context.stopped(since):
        return None
    discounts = place.discounts
    initial = replace(initial, recurring=place.recurring, one_time=place.one_time)
    agreement = initial.agreement
    stripe_id = id_on(context, order, SCHEDULE)
    state = known_schedule(context, stripe_id) if stripe_id else None
    if not stripe_id and context.midnight(agreement.end) <= context.as_of:
        _over(context, order, agreement)
        return None
    drafts = _drafts(context, order, initial, state, discounts)
    if context.stopped(since):
        return None
    if not stripe_id and drafts[0].end.instant <= context.as_of and not takeover.migrates:
        _first_phase_over(context, order, drafts[0])
        return None
    origins = Origins()
    origins.start(lines)
    known, ended = known_starts(state), first_end(context, order, state)
    frame = AmendmentFrame(agreement, currency, book, coupons, initial.segments, bool(stripe_id), known, ended)
    amendments = _amendments(context, membership, frame, origins)
    if amendments is None or context.stopped(since):
        return None
    amendments = check_sequence(context, drafts, amendments, initial.one_time)
    joined = [each.line for those in amendments for each in those.additions]
    before = [*lines.recurring, *(each.line for one in amendments if one.planned for each in one.additions)]
    mode = billing_mode(
        context,
        order,
        before,
        [*lines.recurring, *joined],
        state.billing_mode if state else None,
        planned=bool(stripe_id),
    )
    agreement = replace(agreement, mixed=is_mixed([*lines.recurring, *joined]), flexible=mode == "flexible")
    initial = replace(initial, agreement=agreement)
    new = next((each for each in amendments if not each.planned), None)
    lacking = unsent(context, order, agreement, drafts, amendments, stripe_id, state)
    if stripe_id and new is not None:
        check_state(context, order, stripe_id, state)
        if context.midnight(agreement.end) <= context.as_of:
            _ended(context, new.order, agreement)
    if context.stopped(since):
        return None
    next_date = next_billing_date(agreement.start, lines.recurring[0].cycle_months, context.as_of)
    if takeover.migrates:
        drafts, amendments = _taken_over(context, order, agreement, next_date, drafts, amendments, takeover)
        if not drafts:
            return None
    result = scheduled(
        context,
        agreement,
        drafts,
        amendments,
        state.prices if state else {},
        frozenset({each.order.id for each in amendments if each.planned} | ({order.id} if stripe_id else set())),
        lambda price_of: _billed_once(context, initial, drafts, price_of, takeover),
        current_start(context, state),
        lacking,
    )
    head = begun(context, membership, "renewable", account, currency, lines)
    contract = replace(
        head,
        start=agreement.start,
        end=agreement.end,
        term_months=agreement.term_months,
        billing_mode=mode,
        planned=bool(stripe_id),
        starts_today=agreement.start == context.today,
        segmented=bool(initial.segments),
        skip_past_invoices=agreement.skip_past_invoices,
        phases=result.phases,
        discounts=discounts,
        promises=tuple(coupons.promises.values()),
        updates=(*_adoption(next_date, agreement, order, result.phases, takeover), *result.updates),
        skipped=(*origins.left_out, *takeover.skipped),
        migrated=takeover.migrates,
        next_billing_date=next_date,
        origin={
            **agreement.origin,
            **head.origin,
            **mode_origin([*lines.recurring, *joined], mode),
            "next_billing_date": agreement.origin["start"].since(
                f"{next_date} is the first billing date from {context.as_of:%Y-%m-%d %H:%M:%S} on"
            ),
        },
    )
    contract = within_limits(context, with_waiting_items(context, contract), lacking.since if lacking else None)
    return None if context.stopped(since) else with_inventory(context, contract, state)


def _taken_over(
    context: Context,
    order: Record,
    agreement: Agreement,
    next_date: date,
    drafts: Sequence[PhaseDraft],
    amendments: Sequence[Amendment],
    takeover: Takeover,
) -> tuple[tuple[PhaseDraft, ...], list[Amendment]]:
    """The phases of an older contract from now on, and the amendments that are left to plan.

    No phases, and a finding, where it cannot be taken over or nothing is left of it.
    """
    if agreement.mixed:
        mixed_takeover(context, order)
        return (), []
    current, left = takeover.fold(context, drafts, amendments)
    if not current:
        context.report("N504", f"{order} was ended before the integration and is not planned", order)
        return (), []
    if not check_billing_day(context, order, agreement.start, next_date, agreement.end):
        return (), []
    return current_phases(context, current), left


def _initial(context: Context, order: Record, lines: OrderLines, book: PriceBook, coupons: Coupons) -> Initial | None:
    since = len(context.findings)
    check_cycles(context, order, lines.recurring)
    agreement = agreed(context, order)
    segments = segments_of(context, order, lines.recurring, agreement) if agreement else None
    if agreement is None or segments is None or context.stopped(since):
        return None
    span = Coverage(agreement.start, agreement.end, "the order")
    recurring: list[Sold] = []
    for line in lines.recurring:
        own = segments[line.segment_index] if line.segment_index is not None else span
        sold = sell(context, line, own, book, coupons, anchor=agreement.start)
        if sold is None or sold.cycles is None:
            continue
        if sold.cycles.short and context.settings.prorate_short_terms:
            sold = at_its_own_worth(sold, book)
        recurring.append(sold)
    one_time = [sell(context, each, None, book, coupons) for each in lines.one_time]
    if context.stopped(since):
        return None
    _warn_unbilled(context, agreement, recurring)
    return Initial(
        agreement,
        tuple(recurring),
        tuple(each for each in one_time if each),
        segments,
    )


def _warn_unbilled(context: Context, agreement: Agreement, recurring: Sequence[Sold]) -> None:
    """Tiered prices have no part of a cycle: the tail of a term is not billed, a short term is billed a whole cycle."""
    for sold in recurring:
        cycles = sold.cycles
        if cycles is None or not sold.price.tiers or sold.line.metered or not (cycles.short or cycles.tail_start):
            continue
        what = (
            f"a whole cycle of {cycles.months} months is billed for a term of {agreement.term_months}"
            if cycles.short
            else f"nothing is billed from {cycles.tail_start} to {cycles.end - timedelta(days=1)}"
        )
        context.report(
            "W503",
            f"{sold.line} has a tiered price, which cannot be prorated: {what}",
            sold.line.record,
            fix="sell tiered products for whole billing cycles",
        )


def _drafts(
    context: Context, order: Record, initial: Initial, state: KnownSchedule | None, discounts: tuple[Coupon, ...]
) -> tuple[PhaseDraft, ...]:
    """The phases of an initial order: one; one and a tail; or one for each segment of a ramp."""
    agreement = initial.agreement
    start = contract_start(context, agreement, order, state)
    end = Boundary.on(agreement.end, context.as_of.tzinfo, agreement.origin.get("end"))
    everything = tuple(Standing.of(each) for each in initial.recurring)
    behavior, why = first_behavior(context, agreement, order, state)
    if initial.segments:
        drafts = tuple(
            _segment(context, order, initial, index, span, everything, discounts, first=position == 0)
            for position, (index, span) in enumerate(initial.segments.items())
        )
    else:
        origin = {"proration_behavior": why}
        drafts = (
            PhaseDraft(start, end, order, everything, proration_behavior=behavior, discounts=discounts, origin=origin),
        )
    drafts = split(drafts, boundaries(each for each in initial.recurring if each.line.segment_index is None))
    tails = {each.rests_at for each in initial.recurring}
    drafts = tuple(
        replace(
            each,
            standing=tuple(one for one in each.standing if _covers(one.sold, each)),
            backend_proration=each.start.day in tails,
        )
        for each in drafts
    )
    empty = next((each for each in drafts if not each.standing), None)
    if empty is not None:
        context.report(
            "E584",
            f"no line of {order} covers {empty.start.day} to {empty.end.day - timedelta(days=1)}",
            order,
            notes=("a schedule has no phase without an item",),
            fix="let a line of the order cover these days, or sell what comes later on an order of its own",
        )
    return drafts


def _covers(sold: Sold, draft: PhaseDraft) -> bool:
    """Whether a line stands in a phase: from its own first day to its last."""
    cycles = sold.cycles
    return cycles is None or cycles.start <= draft.start.day < cycles.end


def _segment(
    context: Context,
    order: Record,
    initial: Initial,
    index: int,
    span: Coverage,
    everything: tuple[Standing, ...],
    discounts: tuple[Coupon, ...],
    *,
    first: bool,
) -> PhaseDraft:
    named = next((s.sold.line for s in everything if s.sold.line.segment_index == index), None)
    skip = initial.agreement.skip_past_invoices
    began = span.origin.get("start") or Origin()
    skipped = initial.agreement.origin["skip_past_invoices"]
    if not first:
        why = began.since("a later segment: nothing of it is billed when the schedule starts")
    elif skip:
        why = skipped.since("the past is not billed")
    else:
        why = began.beside(skipped).since("the first segment: what is past of it is billed at once")
    return PhaseDraft(
        start=Boundary.on(span.start, context.as_of.tzinfo, span.origin.get("start")),
        end=Boundary.on(span.end, context.as_of.tzinfo, span.origin.get("end")),
        order=order,
        standing=tuple(each for each in everything if each.sold.line.segment_index in (None, index)),
        proration_behavior="create_prorations" if first and not skip else "none",
        segment_index=index,
        segment_label=named.segment_label if named else None,
        discounts=discounts,
        origin={
            "proration_behavior": why,
            **({name: named.terms.origin(name) for name in ("segment_index", "segment_label")} if named else {}),
        },
    )


def _billed_once(
    context: Context, initial: Initial, drafts: Sequence[PhaseDraft], price_of: PriceOf, takeover: Takeover
) -> tuple[tuple[OneTimeItem, ...], ...]:
    """What the initial phases bill once: the one-time lines first, then the rest of each line where its cycles end."""
    out: list[list[OneTimeItem]] = [[] for _ in drafts]
    if not takeover.migrates:
        out[0] += [once(sold, price) for sold, price in one_time_prices(initial.one_time, set())]
    for sold in initial.recurring:
        rest = _rest(initial.agreement, drafts, sold, price_of(sold))
        if rest is not None:
            out[rest[0]].append(rest[1])
        if not takeover.migrates:
            item = rest[1] if rest else None
            first = _first(drafts, sold)
            out[first] += initial_rounding(context, initial.agreement, sold, price_of(sold), item)
    return tuple(tuple(each) for each in out)


def _first(drafts: Sequence[PhaseDraft], sold: Sold) -> int:
    """The first phase of a line: that of its segment, where it has one, else the first of all."""
    index = sold.line.segment_index
    return next((at for at, each in enumerate(drafts) if index is not None and each.segment_index == index), 0)


def _rest(
    agreement: Agreement, drafts: Sequence[PhaseDraft], sold: Sold, price: Price
) -> tuple[int, OneTimeItem] | None:
    """What a line is worth beyond its whole cycles, and the phase that bills it; None when there is none."""
    cycles = sold.cycles
    if cycles is None or sold.line.segment_index is not None:
        return None
    day = sold.rests_at if cycles.from_anchor else cycles.start
    found = next((number for number, each in enumerate(drafts) if each.start.day == day), None)
    if found is None:
        return None
    make = (
        tail_item(agreement, sold, price)
        if cycles.from_anchor
        else debit_item(agreement, None, drafts[found], sold, price)
    )
    return (found, make) if make else None


def _adoption(
    next_date: date, agreement: Agreement, order: Record, phases: tuple[Phase, ...], takeover: Takeover
) -> tuple[Update, ...]:
    """What turns the schedule that Stripe makes from a taken-over subscription into the contract's: its end.

    Stripe's schedule ends with the billing period it finds, so the phases are sent only where the contract goes on longer.
    """
    if not takeover.migrates:
        return ()
    why = agreement.origin["end"].since("the schedule that Stripe makes of a subscription gets the contract's end")
    origin = {"action": why, "proration_behavior": why}
    return (Update(order.id, order, "adopt", () if next_date == agreement.end else phases, "none", origin=origin),)


def _amendments(
    context: Context, membership: Membership, frame: AmendmentFrame, origins: Origins
) -> list[Amendment] | None:
    planned = [each for each in membership.amendments if frame.planned and id_on(context, each, SCHEDULE, SUBSCRIPTION)]
    orders = planned if membership.waiting else membership.amendments
    if frame.segments:
        unplanned = [each for each in orders if each not in planned]
        if not check_amendment_starts(context, unplanned, membership.contract, frame.segments):
            return None
    since = len(context.findings)
    out = [read_amendment(context, each, frame, origins) for each in orders]
    return None if context.stopped(since) else [each for each in out if each is not None and each.changes_something]


def _first_phase_over(context: Context, order: Record, first: PhaseDraft) -> None:
    context.report(
        "E563",
        f"the first phase of {order} ended on {first.end.day - timedelta(days=1)}, before {context.today}",
        order,
        notes=("a schedule can start in the past, and its first phase must go on today",),
        fix="bill what is past by hand, and sell the rest on an order that starts today or later",
    )


def _ended(context: Context, amendment: Record, agreement: Agreement) -> None:
    context.report(
        "E561",
        f"{amendment} amends a contract that ended on {agreement.end - timedelta(days=1)}, before {context.today}",
        amendment,
        notes=("its schedule is completed in Stripe, and cannot be changed",),
        fix="bill what was sold by hand, or sell it on a new order",
    )


def _over(context: Context, order: Record, agreement: Agreement) -> None:
    context.report(
        "E561",
        f"{order} ended on {agreement.end - timedelta(days=1)}, before {context.today}",
        order,
        notes=("Stripe makes no schedule whose end is past",),
        fix="bill the order by hand, or do not let the sync rule select it",
    )
