"""Which price each recurring line has in its phases: its own, or a clone where another line stands there with it.

Stripe refuses one price twice in a phase, and an item keeps its price for good. So the first line keeps the price, and
every line that stands beside it at any time gets a clone. Amendments that were planned before come first: their items
exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .context import Context
from .model import Price
from .prices import clone_of
from .sold import Sold
from .timeline import PhaseDraft

Prices = Mapping[Sold, Price]
"""The price of each line, by the identity of the `Sold`."""


def item_prices(
    context: Context, timelines: Iterable[Sequence[PhaseDraft]], planned: frozenset[str], known: Mapping[str, str]
) -> dict[Sold, Price]:
    """A price for every line that stands in a phase of any of the time lines.

    `planned` are the ids of the orders that were planned before, `known` the ids in Stripe of the prices of lines.
    """
    standing: dict[Sold, set[int]] = {}
    number = 0
    for drafts in timelines:
        for draft in drafts:
            for each in draft.standing:
                standing.setdefault(each.sold, set()).add(number)
            number += 1
    holders: dict[str, list[Sold]] = {}
    out: dict[Sold, Price] = {}
    for sold in sorted(standing, key=lambda each: each.line.order.id not in planned):
        with_it = holders.setdefault(sold.price.key, [])
        price = sold.price
        if any(standing[sold] & standing[each] for each in with_it):
            price = clone_of(price, sold.line.record)
        else:
            with_it.append(sold)
        out[sold] = _as_in_stripe(context, price, sold, known)
    return out


def _as_in_stripe(context: Context, price: Price, sold: Sold, known: Mapping[str, str]) -> Price:
    """The price with the id that the state of Stripe shows for the line, where it is another than its record holds."""
    stripe_id = known.get(sold.line.record.id)
    if stripe_id is None:
        return price
    if price.kind != "clone":
        source = price.order_item or price.entry
        if context.reader.stripe_id(source) == stripe_id:
            return price
        price = clone_of(price, sold.line.record)
    return replace(price, existing_id=stripe_id)


def one_time_prices(lines: Iterable[Sold], used: set[str]) -> list[tuple[Sold, Price]]:
    """One-time lines of a phase with their prices; `used` are the keys of the prices that the phase bills once already."""
    out: list[tuple[Sold, Price]] = []
    for sold in lines:
        price = sold.price
        if price.key in used:
            price = clone_of(price, sold.line.record)
        used.add(price.key)
        out.append((sold, price))
    return out
