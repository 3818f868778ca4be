"""One-time orders: no recurring line, so an invoice instead of a schedule; neither start nor term is needed."""

from __future__ import annotations

from dataclasses import replace

from ..records import Record
from .agreement import begun, currency_origin
from .context import Context
from .coupons import Coupons
from .inventory import with_inventory
from .known_state import INVOICE, id_on
from .lines import OrderLines
from .membership import Membership
from .model import Contract, Origin
from .order_coupons import placed
from .prices import PriceBook
from .prorations import once
from .sold import sell


def one_time_contract(
    context: Context, membership: Membership, account: Record, currency: str, lines: OrderLines
) -> Contract | None:
    """An order that is billed once; None when a finding stands in the way."""
    since = len(context.findings)
    order = membership.initial
    said = currency_origin(context, order)
    book, coupons = PriceBook(context, currency, said), Coupons(context, currency, said=said)
    sold = [sell(context, each, None, book, coupons) for each in lines.one_time]
    place = placed(context, order, coupons, (), [each for each in sold if each is not None])
    if context.stopped(since):
        return None
    items = tuple(once(each, each.price) for each in place.one_time)
    own_items_only, why = _own_items_only(context, account)
    head = begun(context, membership, "one_time", account, currency, lines)
    contract = replace(
        head,
        planned=id_on(context, order, INVOICE) is not None,
        own_items_only=own_items_only,
        invoice_items=items,
        discounts=place.discounts,
        promises=tuple(coupons.promises.values()),
        skipped=lines.skipped,
        origin={**head.origin, "own_items_only": why},
    )
    return with_inventory(context, contract)


def _own_items_only(context: Context, account: Record) -> tuple[bool, Origin]:
    """Whether the invoice must be kept from taking up what else waits on its customer, and why.

    Nothing waits on a customer that is new and has no other order in the plan.
    """
    known = context.reader.stripe_id(account)
    if context.settings.one_time_invoices == "own_items":
        return True, Origin().since("the setting one_time_invoices is own_items")
    if known is not None:
        return True, Origin.itself(account).since("the customer is in Stripe, and other items may wait on it")
    if len(context.bundle.order_ids) > 1:
        return True, Origin.itself(account).since("the plan has other orders, whose items may wait on the customer")
    return False, Origin.itself(account).since("the customer is new: nothing waits on it but the items of this order")
