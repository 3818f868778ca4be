"""Lines of an evergreen contract as items of a subscription, with their prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .context import Context
from .known_state import KnownSubscription
from .lines import Line, OrderLines
from .model import Item, Origin, Price
from .prices import clone_of, price_origin
from .sold import Sold


def check_terms(context: Context, lines: OrderLines) -> None:
    """An evergreen line runs a month at a time: its term and its product's are 1."""
    for line in lines.recurring:
        for name in ("term", "product_term"):
            term = line.terms.get(name)
            if term is not None and term != 1:
                context.report(
                    "E543",
                    f"{line.terms.source(name)} is {term}, and an evergreen line has a term of 1 month",
                    line.record,
                    terms=(line.terms, name),
                    fix="set the subscription term of the evergreen product to 1",
                )
                break
        _warn_cycle(context, line)


def _warn_cycle(context: Context, line: Line) -> None:
    if line.cycle_months > 1 and line.terms.get("price") is None:
        context.report(
            "W501",
            f"{line.terms.source('unit_price')} is billed as it stands every {line.cycle_months} months",
            line.record,
            notes=("the price of an evergreen line is taken to be the price of a billing cycle",),
            fix="bill evergreen lines monthly, or read the price of a cycle from a field of its own",
        )


def prices_of(
    sold: Sequence[Sold], standing: Mapping[Sold, Price], state: KnownSubscription | None
) -> dict[Sold, Price]:
    """The prices of lines beside those that stand already: a clone where a price is taken."""
    taken = {each.key for each in standing.values()}
    known = state.prices if state else {}
    out: dict[Sold, Price] = {}
    for each in sold:
        price = each.price
        if price.key in taken:
            price = clone_of(price, each.line.record)
        taken.add(price.key)
        stripe_id = known.get(each.line.record.id)
        out[each] = replace(price, existing_id=stripe_id) if stripe_id and price.kind == "clone" else price
    return out


def item_of(sold: Sold, price: Price, existing_id: str | None = None, found: Origin | None = None) -> Item:
    """A line as an item of a subscription; `found` is where the id of one that exists comes from."""
    terms = sold.line.terms
    return Item(
        order_item=sold.line.record,
        price=price,
        quantity=sold.units,
        metered=sold.line.metered,
        discounts=sold.discounts,
        existing_id=existing_id,
        origin={
            "quantity": terms.origin("quantity"),
            "metered": terms.origin("metered"),
            "price": price_origin(sold.line, price),
            **({"existing_id": found} if found else {}),
        },
    )
