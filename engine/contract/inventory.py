"""What a contract uses: products, prices and coupons, in the order of first use, a price after the one it is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..records import Record
from .context import Context
from .known_state import KnownSchedule, OneTimeKey
from .model import Contract, Coupon, Item, OneTimeItem, Phase, Price, Update


def with_inventory(context: Context, contract: Contract, state: KnownSchedule | None = None) -> Contract:
    """The contract with its lists of what it uses, and each update with those that it needs first.

    A contract that is planned already uses only what its updates do.
    """
    known = state.one_time_prices if state else {}
    updates = [_known_parts(context, each, known, contract) for each in contract.updates]
    first = contract.phases[0] if contract.phases else None
    waiting = tuple(each for each in contract.invoice_items if each.waits_after is None)
    items = contract.items or (first.items if first else ())
    one_time = contract.one_time_items or (first.one_time_items if first else ())
    prices: dict[str, Price] = {}
    temporary: dict[str, Price] = {}
    coupons: dict[str, Coupon] = {}
    if not contract.planned:
        made = [*_used(contract.phases, (*items,), (*one_time, *waiting))]
        _add(prices, made)
        temporary |= {each.key: each for each in prices.values() if _is_temporary(each)}
        _add_coupons(coupons, contract.phases, items, (*one_time, *waiting))
        coupons |= {each.key: each for each in contract.discounts if each.key not in coupons}
    done: list[Update] = []
    for update in updates:
        needed: dict[str, Price] = {}
        once = (*update.one_time_items, *(each for each in contract.invoice_items if each.waits_after == update.key))
        _add(needed, _used(update.phases, update.items, once))
        new = {key: each for key, each in needed.items() if key not in prices}
        passing = {
            key: each
            for key, each in new.items()
            if _is_temporary(each) and not _is_older(context, each, contract, update)
        }
        done.append(replace(update, prices=tuple(new.values()), temporary_prices=tuple(passing.values())))
        prices |= new
        temporary |= passing
        _add_coupons(coupons, update.phases, update.items, once)
    products: dict[str, Record] = {}
    for price in prices.values():
        products.setdefault(price.product.id, price.product)
    return replace(
        contract,
        items=tuple(items),
        one_time_items=tuple(one_time),
        updates=tuple(done),
        products=tuple(products.values()),
        prices=tuple(prices.values()),
        temporary_prices=tuple(temporary.values()),
        coupons=tuple(coupons.values()),
    )


def _used(phases: Iterable[Phase], items: Iterable[Item], one_time: Iterable[OneTimeItem]) -> Iterable[Price]:
    for phase in phases:
        for each in phase.items:
            yield each.price
        for extra in phase.one_time_items:
            yield extra.price
    for each in items:
        yield each.price
    for extra in one_time:
        yield extra.price


def _add(prices: dict[str, Price], used: Iterable[Price]) -> None:
    for price in used:
        if price.key in prices:
            continue
        if price.original is not None and price.existing_id is None:
            _add(prices, (price.original,))
        prices[price.key] = price


def _is_temporary(price: Price) -> bool:
    return price.auto_archive and price.existing_id is None


def _is_older(context: Context, price: Price, contract: Contract, update: Update) -> bool:
    """Whether a line price was made, and archived, by an earlier plan."""
    if price.kind != "line" or price.order_item is None or not contract.planned:
        return False
    order_id = context.named("line", price.order_item, "of")
    return order_id not in {each.order.id for each in contract.updates} and order_id != update.order.id


def _add_coupons(
    coupons: dict[str, Coupon], phases: Iterable[Phase], items: Iterable[Item], one_time: Iterable[OneTimeItem]
) -> None:
    holders: list[Phase | Item | OneTimeItem] = []
    for phase in phases:
        holders += [phase, *phase.items, *phase.one_time_items]
    for holder in (*holders, *items, *one_time):
        for coupon in holder.discounts:
            coupons.setdefault(coupon.key, coupon)


def _known_parts(
    context: Context, update: Update, known: Mapping[OneTimeKey, tuple[str, ...]], contract: Contract
) -> Update:
    """The update with the ids of one-time prices that an earlier plan has made for phases that are sent again.

    Where a phase bills several of a kind for one line, which is which is not known, and the prices are made again.
    """
    new = {each.key for each in contract.updates}
    return (
        replace(update, phases=tuple(_with_known(context, each, known, new) for each in update.phases))
        if known
        else update
    )


def _with_known(context: Context, phase: Phase, known: Mapping[OneTimeKey, tuple[str, ...]], new: set[str]) -> Phase:
    start = phase.started_at or context.midnight(phase.start)
    older = [
        each
        for each in phase.one_time_items
        if context.named("line", each.reduced_by or each.order_item, "of") not in new
    ]
    count = Counter((each.order_item.id, _flag(each)) for each in older)

    def with_id(item: OneTimeItem) -> OneTimeItem:
        of_line = (item.order_item.id, _flag(item))
        found = known.get((start, *of_line), ())
        if len(found) != 1 or count[of_line] != 1 or item not in older or not item.price.auto_archive:
            return item
        return replace(item, price=replace(item.price, existing_id=found[0]))

    return replace(phase, one_time_items=tuple(with_id(each) for each in phase.one_time_items))


def _flag(item: OneTimeItem) -> str:
    """What an item bills once, as its metadata says."""
    if not (item.proration or item.credit):
        return ""
    return "credit" if item.credit else "backend_proration" if item.backend_proration else "proration"
