"""Prices of a contract: the list price of an entry, a line's own price where it differs, and what is made of both.

A line that costs a cycle what the list says shares the entry's price; any other gets a line price of its own, flagged
to be archived once it is used. Stripe refuses one price twice in a phase, so the second line that would share it gets a
clone; proration, credit and rounding amounts are one-time prices made from the price of their line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from ..money import Money, billable, divided, plain, rounded, times
from ..records import Record
from .context import Context, whole
from .lines import LONGEST_CYCLE, Line, cycle_origin
from .model import Origin, Price, PriceKind, UsageType
from .terms import Terms
from .tiers import Tiers, line_tiers, product_tiers
from .worth import Worth, product_term

_WHY: dict[PriceKind, str] = {
    "list": "the line costs what the list says",
    "line": "the line has a price of its own: the list says another",
    "clone": "the price stands beside itself, and Stripe takes it once in a phase",
    "proration": "what the line is worth beyond whole cycles is billed once",
    "backend_proration": "what is left after the last whole cycle is billed once",
    "credit": "what was billed ahead is given back once",
    "rounding": "what rounding each invoice gains or loses is billed once",
}
"""Why a price of each kind exists, as explanations say it."""


@dataclass(slots=True)
class PriceBook:
    """The list prices of the entries that a contract uses, each worked out once.

    `said` is where the currency of the contract comes from.
    """

    context: Context
    currency: str
    said: Origin = field(default_factory=Origin)
    _listed: dict[str, Price | None] = field(default_factory=dict)
    _tiers: dict[str, Tiers | None] = field(default_factory=dict)

    def tiers(self, line: Line) -> Tiers | None:
        """The tiers that a recurring line is billed by: its own copy of the schedule, else the product's."""
        if line.record.id not in self._tiers:
            own = line_tiers(self.context, line.record, self.currency)
            self._tiers[line.record.id] = own or self._product_tiers(line.product)
        return self._tiers[line.record.id]

    def price(self, line: Line, worth: Worth) -> Price | None:
        """The price of a line: the list price when it bills the same, else one of its own."""
        tiers = self.tiers(line) if line.recurring else None
        listed = self._list_price(line)
        if listed is None:
            return None
        own = _own_price(line, worth, tiers, self.currency, self.said)
        return listed if _bills_the_same(own, listed) else own

    def listed(self, line: Line) -> Price | None:
        """The list price of a line's entry; None when a finding stands in the way."""
        return self._list_price(line)

    def _product_tiers(self, product: Record) -> Tiers | None:
        if product.id not in self._tiers:
            self._tiers[product.id] = product_tiers(self.context, product, self.currency)
        return self._tiers[product.id]

    def _list_price(self, line: Line) -> Price | None:
        if line.entry.id not in self._listed:
            self._listed[line.entry.id] = self._read_list_price(line)
        return self._listed[line.entry.id]

    def _read_list_price(self, line: Line) -> Price | None:
        context, entry, product = self.context, line.entry, line.product
        since = len(context.findings)
        terms = context.read("price", entry)
        recurring = bool(terms.get("recurring")) or bool(terms.get("evergreen"))
        currency = str(terms.get("currency") or self.currency).lower()
        tiers = self._product_tiers(product) if recurring else None
        cycle = _list_cycle(context, terms) if recurring else 1
        said = terms.get("evergreen")
        divided = recurring and not (line.evergreen if said is None else said)
        amount = _list_amount(context, terms, cycle, is_divided=divided) if tiers is None else None
        if context.stopped(since) or (amount is None and tiers is None):
            return None
        price = Price(
            key=entry.id,
            kind="list",
            entry=entry,
            product=product,
            currency=currency,
            amount=_money(amount[0], currency, metered=bool(terms.get("metered"))) if amount else None,
            recurring=recurring,
            cycle_months=cycle if recurring else None,
            usage_type=_usage(metered=bool(terms.get("metered"))) if recurring else None,
            origin=_origins(line, terms, cycle, self.said, recurring=recurring)
            | {"kind": Origin.itself(entry).since("the price of the price book entry")}
            | ({"amount": _said(amount[1], amount[0], currency, metered=bool(terms.get("metered")))} if amount else {}),
        )
        return _with_tiers(price, tiers)


def _list_cycle(context: Context, terms: Terms) -> int:
    months = terms.get("cycle_months")
    if months is None:
        return 1
    if whole(months) is None or not 1 <= months <= LONGEST_CYCLE:
        context.report(
            "E519",
            f"{terms.source('cycle_months')} gives a billing cycle of {months} months, "
            f"and Stripe has 1 to {LONGEST_CYCLE}",
            terms.record,
            terms=(terms, "cycle_months"),
            fix="use Monthly (1), Quarterly (3), Semiannual (6) or Annual (12)",
        )
        return 1
    return int(months)


def _list_amount(context: Context, terms: Terms, cycle: int, *, is_divided: bool) -> tuple[Decimal, Origin] | None:
    """The list price per cycle, and how it was worked out: a list price covers the product's term, not one cycle.

    That of an evergreen product is not divided, as that of its line is not.
    """
    own = terms.get("price")
    name = "unit_price" if own is None else "price"
    amount = context.needed(terms, name)
    if amount is None:
        return None
    source, rule = terms.source(name), terms.rules.get(name)
    if amount < 0:
        context.report("E516", f"{source} is {plain(amount)}, below zero", terms.record, terms=(terms, name))
        return None
    if not is_divided or own is not None:
        return amount, Origin(source, rule)
    term = product_term(context, terms)
    if term is None:
        return None
    per_cycle = divided(times(amount, cycle), term)
    formula = f"{plain(amount)} ÷ {term} months × {cycle} = {plain(rounded(per_cycle, 6))}"
    months = (terms.origin("product_term"), cycle_origin(terms, cycle))
    return per_cycle, Origin(source, rule, formula).beside(*months)


def _own_price(line: Line, worth: Worth, tiers: Tiers | None, currency: str, said: Origin) -> Price:
    why = Origin.itself(line.record).since(_WHY["line"])
    price = Price(
        key=line.record.id,
        kind="line",
        entry=line.entry,
        product=line.product,
        currency=currency,
        order_item=line.record,
        amount=_money(worth.cycle, currency, metered=line.metered) if tiers is None else None,
        recurring=line.recurring,
        cycle_months=line.cycle_months if line.recurring else None,
        usage_type=_usage(metered=line.metered) if line.recurring else None,
        auto_archive=True,
        origin=_origins(line, line.terms, line.cycle_months, said, recurring=line.recurring)
        | {"kind": why, "auto_archive": why}
        | ({"amount": _said(worth.cycle_origin, worth.cycle, currency, metered=line.metered)} if tiers is None else {}),
    )
    return _with_tiers(price, tiers)


def _money(amount: Decimal, currency: str, *, metered: bool = False) -> Money:
    """An amount as it is billed. The price of a unit of usage stays exact: what is rounded is what the units add up to."""
    return Money(amount if metered else billable(amount, currency), currency)


def _said(origin: Origin, amount: Decimal, currency: str, *, metered: bool = False) -> Origin:
    """Where an amount comes from, with the rounding that its currency asks for."""
    billed = amount if metered else billable(amount, currency)
    if billed == amount:
        return origin
    sum_ = origin.formula or plain(rounded(amount, 6))
    return origin.since(f"{sum_}, as Stripe bills {currency}: {plain(billed)}")


def _origins(line: Line, terms: Terms, cycle: int, said: Origin, *, recurring: bool) -> dict[str, Origin]:
    """Where what a price repeats of its entry or line was read; `said` is where the contract's currency was."""
    out = {
        "product": line.origin["product"],
        "currency": terms.origin("currency") if terms.values.get("currency") else said,
        "recurring": terms.origin("recurring"),
    }
    if recurring:
        out |= {"cycle_months": cycle_origin(terms, cycle), "usage_type": terms.origin("metered")}
    return out


def _with_tiers(price: Price, tiers: Tiers | None) -> Price:
    if tiers is None:
        return price
    origin = {**price.origin, "tiers_mode": tiers.mode_origin, "consumption_schedule": tiers.schedule_origin}
    return replace(price, tiers=tiers.steps, tiers_mode=tiers.mode, consumption_schedule=tiers.schedule, origin=origin)


def _usage(*, metered: bool) -> UsageType:
    return "metered" if metered else "licensed"


def _bills_the_same(one: Price, other: Price) -> bool:
    """Whether two prices bill the same amount in the same cycle, currency and way, to the twelfth decimal."""
    amounts = [each.amount.minor_amount if each.amount else None for each in (one, other)]
    rest = [
        (each.currency, each.recurring, each.cycle_months, each.usage_type, each.tiers, each.tiers_mode)
        for each in (one, other)
    ]
    return amounts[0] == amounts[1] and rest[0] == rest[1]


def clone_of(price: Price, line: Record) -> Price:
    """The same price once more, for a line that stands in a phase with another line of that price."""
    return replace(
        price,
        key=f"{line.id}/duplicate",
        kind="clone",
        auto_archive=True,
        duplicate=True,
        original=price,
        existing_id=None,
        origin=dict(price.origin) | _made_from(price, "clone", "auto_archive", "duplicate"),
    )


def part_of(price: Price, key: str, kind: PriceKind, amount: Decimal, origin: Origin, *, credit: bool = False) -> Price:
    """A one-time price made from the recurring price of a line: a remainder, a credit, a rounding difference."""
    return replace(
        price,
        key=key,
        kind=kind,
        amount=_money(amount, price.currency),
        recurring=False,
        cycle_months=None,
        usage_type=None,
        tiers=(),
        tiers_mode=None,
        consumption_schedule=None,
        auto_archive=True,
        duplicate=True,
        proration=kind != "rounding",
        credit=credit,
        original=price,
        existing_id=None,
        origin={
            **{name: each for name, each in price.origin.items() if name in ("currency", "product")},
            **_made_from(price, kind, "auto_archive", "duplicate", "proration", "credit"),
            "amount": _said(origin, amount, price.currency),
        },
    )


def _made_from(price: Price, kind: PriceKind, *flags: str) -> dict[str, Origin]:
    """Why a price is made from another: what its kind, its flags and its original come from."""
    why = Origin.itself(price.order_item or price.entry).since(_WHY[kind])
    return dict.fromkeys(("kind", "original", *flags), why)


def price_origin(line: Line, price: Price) -> Origin:
    """Why an item of a line has its price: the price book entry that the line names, and what was made of its price."""
    return line.origin["entry"].since(_WHY[price.kind])
