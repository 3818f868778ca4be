"""Amendments: their dates against the contract's, and their lines as additions, one-time lines and reductions.

Salesforce CPQ writes the change of a quantity on the amendment's order line, negative for a reduction, and names the
first line of its kind (`line.revises`) however often the contract was amended. Every amendment ends
with the contract (co-termination).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ..dates import midnight
from ..records import Record
from .agreement import Agreement, currency_of
from .co_termination import co_terminating_start
from .context import Context
from .coupons import Coupons
from .known_state import SCHEDULE, SUBSCRIPTION, id_on
from .lines import Line, OrderLines, read_lines
from .model import SkippedLine
from .order_coupons import placed
from .prices import PriceBook
from .sold import Sold, at_its_own_worth, sell
from .timeline import Amendment, Boundary, Reduction
from .worth import Coverage


@dataclass(slots=True)
class Origins:
    """Which line started each kind of line of a contract, and which lines are left out; grows from order to order."""

    first: dict[str, Line] = field(default_factory=dict)
    left_out: list[SkippedLine] = field(default_factory=list)
    _alias: dict[str, str] = field(default_factory=dict)

    def start(self, lines: OrderLines) -> None:
        """Take the lines of the initial order; a renewal's also answer for the lines that they continue."""
        for line in lines.all:
            self.first[line.record.id] = line
            self._alias[line.record.id] = line.record.id
        for line in lines.all:
            if line.revises is not None:
                self._alias.setdefault(line.revises.id, line.record.id)
        self.skip(lines)

    def skip(self, lines: OrderLines) -> None:
        """Note the lines of an order that are left out."""
        self.left_out += lines.skipped

    def is_left_out(self, record: Record) -> bool:
        """Whether a line is left out."""
        return any(each.order_item.id == record.id for each in self.left_out)

    def of(self, line: Line) -> str | None:
        """The id of the first line of a kind; None when what the line revises is not of this contract."""
        if line.revises is None:
            return None
        return self._alias.get(line.revises.id)

    def add(self, line: Line, origin_id: str) -> None:
        """Take a line of an amendment; one that revises nothing is the first of its kind."""
        self._alias[line.record.id] = origin_id
        if origin_id == line.record.id:
            self.first[line.record.id] = line


@dataclass(frozen=True, slots=True, eq=False)
class AmendmentFrame:
    """What amendments are read against: the agreement, the price book, and the segments of a ramp by number.

    `planned` says that the initial order is in Stripe; `known` is where Stripe says that the phase of an order starts,
    and `first_end` where it says that the first phase of the initial order itself has ended.
    """

    agreement: Agreement
    currency: str
    book: PriceBook
    coupons: Coupons
    segments: Mapping[int, Coverage]
    planned: bool
    known: Mapping[str, Boundary]
    first_end: Boundary | None = None


def read_amendment(context: Context, order: Record, frame: AmendmentFrame, origins: Origins) -> Amendment | None:
    """One amendment of a renewable contract; None when a finding stands in the way."""
    since = len(context.findings)
    if not same_currency(context, order, frame.currency):
        return None
    lines = read_lines(context, order, frame.currency)
    origins.skip(lines)
    planned = frame.planned and id_on(context, order, SCHEDULE, SUBSCRIPTION) is not None
    start = co_terminating_start(context, order, frame.agreement)
    if start is None or context.stopped(since):
        return None
    if not _is_sound(context, order, lines):
        return None
    spans = {each.record.id: _segment(context, each, frame, origins) for each in lines.recurring + lines.reductions}
    if context.stopped(since):
        return None
    boundary = _boundary(context, order, frame, start, planned=planned)
    unbegun = boundary.is_start_of(frame.agreement.start)
    additions: list[Sold] = []
    for line in lines.recurring:
        origin = origin_of(context, line, origins)
        if origin is None:
            continue
        span = _span(spans[line.record.id], frame, start)
        sold = sell(context, line, span, frame.book, frame.coupons, origin, frame.agreement.start)
        short = sold is not None and sold.cycles is not None and sold.cycles.short
        if sold is not None and unbegun and short and context.settings.prorate_short_terms:
            sold = at_its_own_worth(sold, frame.book)
        if sold is not None:
            origins.add(line, origin)
            additions.append(sold)
            _check_tiers(context, order, sold, boundary)
    reductions = [_reduction(context, each, frame, origins, spans[each.record.id], start) for each in lines.reductions]
    one_time = [sell(context, each, None, frame.book, frame.coupons) for each in lines.one_time]
    place = placed(context, order, frame.coupons, additions, [each for each in one_time if each is not None])
    if context.stopped(since):
        return None
    return Amendment(
        order=order,
        start=start,
        boundary=boundary,
        additions=place.recurring,
        one_time=place.one_time,
        reductions=tuple(each for each in reductions if each is not None),
        planned=planned,
        together=context.settings.tiered_amendments == "together",
        discounts=place.discounts,
        segments={line: index for line, index in spans.items() if index is not None},
    )


def _check_tiers(context: Context, order: Record, sold: Sold, boundary: Boundary) -> None:
    """Tiered units that an amendment adds: tiered for themselves, and never billed for a part of a cycle."""
    if not sold.price.tiers or sold.line.metered or context.settings.tiered_amendments != "refuse":
        return
    apart = sold.origin_id != sold.line.record.id
    cycles = sold.cycles
    begun = (
        cycles is not None
        and midnight(cycles.next_after(boundary.bills_from), boundary.instant.tzinfo) != boundary.instant
    )
    if not apart and not begun:
        return
    why = "they would be tiered apart from those that are there" if apart else ""
    part = "nothing is billed for them until the next billing date" if begun else ""
    context.report(
        "E590",
        f"{order} adds {sold.line.quantity} units of a tiered price with {sold.line}: "
        + "; ".join(each for each in (why, part) if each),
        sold.line.record,
        fix='set tiered_amendments = "together" (one quantity) or "separate" (each item tiered for itself), '
        "whichever was sold",
    )


def same_currency(context: Context, order: Record, currency: str) -> bool:
    """Whether an amendment is in the currency of its contract, which is reported when not."""
    own = currency_of(context, order)
    if own is None or own == currency:
        return own is not None
    terms = context.read("contract", order)
    context.report(
        "E517",
        f"{terms.source('currency')} is {own}, and the contract is in {currency}",
        order,
        terms=(terms, "currency"),
        fix="sell it as a contract of its own",
    )
    return False


def origin_of(context: Context, line: Line, origins: Origins) -> str | None:
    """The id of the first line of a line's kind; None and a finding when it revises a line that it cannot."""
    revised = context.named("line", line.record, "revises")
    if revised is None and line.quantity > 0:
        return line.record.id
    if line.revises is not None and origins.is_left_out(line.revises):
        context.report(
            "E528",
            f"{line} revises {line.revises}, which is left out",
            line.record,
            fix="leave the revising line out too, or plan the line that it revises",
        )
        return None
    origin = origins.of(line)
    if origin is None:
        what = "no line" if revised is None else f"{line.record.object}({revised}), which is no line of its contract"
        name = context.lookup_field("line", line.record, "revises")
        context.report(
            "E529",
            f"{line} has the quantity {line.quantity} and revises {what}",
            line.record,
            notes=(f"{name} must name the first line of its kind in the contract",),
            fix=f"amend the contract that holds the line, or clear {name} on a new line",
        )
    return origin


def _reduction(
    context: Context, line: Line, frame: AmendmentFrame, origins: Origins, segment: int | None, start: date
) -> Reduction | None:
    origin = origin_of(context, line, origins)
    if origin is None:
        return None
    span = _span(segment, frame, start)
    sold = sell(context, line, span, frame.book, frame.coupons, origin, frame.agreement.start)
    return Reduction(sold, line.record, origin, -line.quantity, segment) if sold else None


def _span(segment: int | None, frame: AmendmentFrame, start: date) -> Coverage:
    if segment is not None:
        return frame.segments[segment]
    return Coverage(start, frame.agreement.end, "the amendment")


def _segment(context: Context, line: Line, frame: AmendmentFrame, origins: Origins) -> int | None:
    """The ramp segment of an amendment's line: by its first day, for its own number can count from the amendment."""
    first = origins.first.get(origins.of(line) or "")
    if not frame.segments or (line.segment_index is None and (first is None or first.segment_index is None)):
        return None
    if line.service_start is None and first is not None and first.segment_index is not None:
        return first.segment_index
    found = next((index for index, each in frame.segments.items() if each.start == line.service_start), None)
    if found is None:
        starts = ", ".join(str(each.start) for each in frame.segments.values())
        context.report(
            "E550",
            f"{line} starts on {line.service_start}, and the segments of the contract on {starts}",
            line.record,
            fix="let the amendment start with a segment",
        )
    return found


def _boundary(context: Context, order: Record, frame: AmendmentFrame, start: date, *, planned: bool) -> Boundary:
    known = frame.known.get(order.id)
    origin = context.read("contract", order).origin("start")
    if planned:
        # what started with the contract and left the first phase to the initial order took effect when that ended
        later = frame.first_end if start == frame.agreement.start else None
        return known or later or Boundary.on(start, context.as_of.tzinfo, origin)
    if start <= context.today:
        return Boundary(context.today, context.as_of, now_by=order.id, origin=origin)
    return Boundary.on(start, context.as_of.tzinfo, origin)


def _is_sound(context: Context, order: Record, lines: OrderLines) -> bool:
    """What an amendment as a whole must not be."""
    since = len(context.findings)
    endless = [each for each in lines.recurring + lines.reductions if each.evergreen]
    if endless:
        names = ", ".join(map(str, endless))
        context.report(
            "E510",
            f"{order} adds evergreen lines to a contract with an end: {names}",
            order,
            fix="sell them on an order of their own",
        )
    check_one_time(context, order, lines)
    return not context.stopped(since)


def check_one_time(context: Context, order: Record, lines: OrderLines) -> None:
    """One-time lines of an amendment: never alone, never taken back."""
    for line in lines.one_time:
        if line.quantity < 0:
            context.report(
                "E531",
                f"{line} has the quantity {line.quantity}, and a one-time line is billed once it is sold",
                line.record,
                fix="give the amount back with a credit note in Stripe, and remove the line",
            )
    if lines.one_time and not lines.recurring and not lines.reductions:
        context.report(
            "E537",
            f"{order} amends its contract with one-time lines alone: {', '.join(map(str, lines.one_time))}",
            order,
            fix="sell them on a new order",
        )
