"""The catalogue of a bundle: accounts, products and list prices, without an order.

A list price is per billing cycle of its product, as it is for the lines that are sold at it (docs/contract-model.md).
"""

from __future__ import annotations

from collections.abc import Callable

from ..records import Bundle, Record
from .assemble import Assembly
from .context import Context
from .lines import Line
from .model import Contract, Origin, Price
from .prices import PriceBook
from .settings import Settings
from .terms import Reader


def catalogued(bundle: Bundle, reader: Reader, settings: Settings, selected: Callable[[Record], bool]) -> Assembly:
    """One contract without orders for each account that is selected, and one for all products with their list prices."""
    context = Context(bundle, reader, settings, selected)
    currency = settings.default_currency
    out = [_bare(each, currency) for each in _chosen(context, reader.bindings.own("account"))]
    products = {each.id: each for each in _chosen(context, reader.bindings.own("product"))}
    prices: list[Price] = []
    for entry in _chosen(context, reader.bindings.own("entry")):
        product = context.follow("price", entry, "product")
        if product is None or product.id not in products or entry.fact("active") is False:
            continue
        price = PriceBook(context, currency).listed(_line(context, entry, product, currency))
        if price is not None:
            prices.append(price)
    for first in list(products.values())[:1]:
        out.append(_bare(first, currency, tuple(products.values()), tuple(prices)))
    return Assembly(tuple(out), tuple(dict.fromkeys(context.findings)))


def _chosen(context: Context, name: str) -> list[Record]:
    """The records of an object that its `sync` predicate takes, by id."""
    found = (each for each in context.bundle.records.all(name) if not each.fact("deleted"))
    return sorted((each for each in found if context.selected(each)), key=lambda each: each.id)


def _bare(record: Record, currency: str, products: tuple[Record, ...] = (), prices: tuple[Price, ...] = ()) -> Contract:
    """What the map rules see of a record of the catalogue: no order, no phase, nothing to bill."""
    return Contract(
        id=record.id,
        kind="catalogue",
        order=record,
        account=record,
        orders=(),
        currency=currency,
        products=products,
        prices=prices,
        origin={"account": Origin.itself(record), "id": Origin.itself(record)},
    )


def _line(context: Context, entry: Record, product: Record, currency: str) -> Line:
    """The entry as a line that is sold at it, by which its list price is worked out."""
    terms = context.read("price", entry)
    evergreen = bool(terms.get("evergreen"))
    recurring = bool(terms.get("recurring")) or evergreen
    return Line(
        entry,
        entry,
        terms,
        entry,
        product,
        1,
        recurring,
        evergreen,
        bool(terms.get("metered")),
        1,
        currency,
        origin={"product": context.followed("price", entry, "product", product)},
    )
