"""Where the coupons of an order stand, and whether the order has those that its quote offers.

A discount of a phase is on every invoice item of it, whichever order it came with, and ends with the phase; a discount of an
item travels with its line (https://docs.stripe.com/billing/subscriptions/coupons). `settings.order_coupons` chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..records import Record, id_key
from .context import Context
from .coupons import Coupons
from .known_state import INVOICE, SCHEDULE, SUBSCRIPTION, id_on
from .model import Coupon
from .sold import Sold


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """The lines of an order with their discounts, and what is left for its phase, invoice or subscription."""

    recurring: tuple[Sold, ...]
    one_time: tuple[Sold, ...]
    discounts: tuple[Coupon, ...] = ()


def placed(
    context: Context, order: Record, coupons: Coupons, recurring: Sequence[Sold], one_time: Sequence[Sold]
) -> Placed:
    """The coupons of an order where the setting `order_coupons` wants them: on its first phase, or on its own lines."""
    if id_on(context, order, INVOICE, SCHEDULE, SUBSCRIPTION) is None:
        _report_uncopied(context, order, [*recurring, *one_time])
    found = coupons.of_order(order)
    if not found or context.settings.order_coupons == "first_phase":
        return Placed(tuple(recurring), tuple(one_time), found)
    _check_lines(context, order, found, [*recurring, *one_time])
    return Placed(tuple(_with(each, found) for each in recurring), tuple(_with(each, found) for each in one_time))


def _with(sold: Sold, coupons: Iterable[Coupon]) -> Sold:
    """A line with further discounts behind its own, as those of its phase would come behind."""
    return replace(sold, discounts=tuple(dict.fromkeys((*sold.discounts, *coupons))))


def _check_lines(context: Context, order: Record, coupons: Sequence[Coupon], lines: Sequence[Sold]) -> None:
    for coupon in coupons:
        if not lines:
            why = "adds no line that it could be taken off"
        elif coupon.amount_off is not None and len(lines) > 1:
            why = f"has {len(lines)} lines, each of which {coupon.amount_off} would be taken off"
        else:
            continue
        context.report(
            "E594",
            f"the coupon {coupon.name or coupon.key} is for {order} as a whole, which {why}",
            order,
            notes=('settings.order_coupons is "lines"',),
            fix="put the coupon on the line that it is meant for, or use a coupon with a percentage"
            if lines
            else "take the coupon off the order",
        )


def _report_uncopied(context: Context, order: Record, lines: Sequence[Sold]) -> None:
    """The coupons that the quote or its lines offer and that were not copied when the order was made."""
    quote = context.peeked("contract", order, "quote")
    if quote is None:
        return
    # where a quote is split into several orders, any of them may bear its coupon
    siblings = context.referring("contract", "quote", quote)
    whole = {copy for each in siblings for copy in _copied(context, "of", each)}
    missing = [(each, order) for each in _offered(context, "quote", quote) if each not in whole]
    for sold in lines:
        record = sold.line.record
        origin = context.peeked("line", record, "quoted")
        if origin is not None:
            own = set(_copied(context, "line", record))
            missing += [(each, record) for each in _offered(context, "quote_line", origin) if each not in own]
    for offered, holder in missing:
        offer = context.bundle.records.find(offered)
        named = context.read("coupon", offer).peek("name") if offer else None
        context.report(
            "W506",
            f"the quote offers the coupon {named or offered} for {holder}, which has no copy of it: "
            "the full price is billed",
            holder,
            fix="copy the coupon to the order, or take it off the quote if it was not meant",
        )


def _offered(context: Context, term: str, record_id: str) -> Iterator[str]:
    """The coupons that a quote or a line of it is given."""
    for each in context.referring("offer", term, record_id):
        given = context.peeked("offer", each, "coupon")
        if given is not None and not context.read("offer", each).peek("deleted"):
            yield id_key(given)


def _copied(context: Context, term: str, record: Record) -> Iterator[str]:
    """The quote coupons that an order or a line has copies of."""
    for each in context.referring("coupon", term, record.id):
        origin = context.peeked("coupon", each, "copied_from")
        if origin is not None and not context.read("coupon", each).peek("deleted"):
            yield id_key(origin)
