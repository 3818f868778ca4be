"""What a plan says of prices and coupons, and what a quantity of a price costs.

A price is made by a call of the plan, or reused: then it is what the records say of it. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from ..marks import Marks
from ..parameters import Hidden, Ref
from ..plan import Plan
from .cycles import Cycle

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class PlannedTier:
    """One step of a tiered price, in minor units; `up_to` is absent for the last."""

    up_to: int | None
    unit_amount: Decimal
    flat_amount: Decimal


@dataclass(frozen=True, slots=True)
class PlannedPrice:
    """A price: `id` is that of its call, or of the price in Stripe; without `cycle` it is billed once.

    `product` is the product's name, `product_id` what the price says of it. `unit_amount` is in minor units. A price with
    neither amount nor tiers is not known.
    """

    id: str
    product: str
    product_id: str = ""
    unit_amount: Decimal | None = None
    cycle: Cycle | None = None
    metered: bool = False
    tiers: tuple[PlannedTier, ...] = ()
    graduated: bool = False
    divide_by: int = 1
    round_up: bool = False

    @property
    def known(self) -> bool:
        """Whether the plan says what the price is."""
        return self.unit_amount is not None or bool(self.tiers)

    def cost(self, quantity: int) -> Decimal | None:
        """What a quantity costs for one cycle, in minor units, not rounded; None when the price is not known."""
        if self.divide_by > 1:
            whole, rest = divmod(quantity, self.divide_by)
            quantity = whole + (1 if rest and self.round_up else 0)
        if self.tiers:
            return self._graduated(quantity) if self.graduated else self._volume(quantity)
        return None if self.unit_amount is None else _EXACT.multiply(self.unit_amount, Decimal(quantity))

    def _volume(self, quantity: int) -> Decimal:
        """All units at the price of the tier that the quantity falls into."""
        tier = next((each for each in self.tiers if each.up_to is None or quantity <= each.up_to), self.tiers[-1])
        return tier.flat_amount + tier.unit_amount * quantity

    def _graduated(self, quantity: int) -> Decimal:
        """Each unit at the price of its own tier; Stripe makes a line of each tier, so each is rounded by itself."""
        total, lower = Decimal(0), 0
        for tier in self.tiers:
            upper = quantity if tier.up_to is None else min(quantity, tier.up_to)
            if upper <= lower:
                break
            total += rounded(tier.unit_amount * (upper - lower)) + rounded(tier.flat_amount)
            lower = upper
        return total


@dataclass(frozen=True, slots=True)
class PlannedCoupon:
    """A coupon: a percentage, or an amount in minor units. `months` counts for the duration `repeating`.

    `products` are those that it is limited to, none where it is good for all; `redeem_by` is the last instant at which it
    can be redeemed.
    """

    id: str
    name: str
    percent_off: Decimal | None
    amount_off: int | None
    duration: str
    months: int
    products: frozenset[str] = frozenset()
    redeem_by: int | None = None

    def is_for(self, price: PlannedPrice) -> bool:
        """Whether it takes something off what a price costs."""
        return not self.products or price.product_id in self.products


@dataclass(slots=True)
class PriceList:
    """The prices and coupons of a plan by reference; `unknown` gathers the ids of which it says nothing."""

    plan: Plan
    unknown: dict[str, None] = field(default_factory=dict)
    _calls: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _reused: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _prices: dict[str, PlannedPrice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._calls = {each.id: each.params for each in self.plan.calls if each.action == "create"}
        self._reused = {each.id: each.expected or {} for each in self.plan.reused}

    @property
    def marks(self) -> Marks:
        """The metadata keys by which the plan's objects say what they are."""
        return self.plan.marks

    def price(self, holder: Mapping[str, Any]) -> PlannedPrice:
        """The price of an item: a reference to one, or its own `price_data`."""
        inline = holder.get("price_data")
        if inline is not None:
            return self._read("price_data", inline)
        value = holder.get("price")
        if value is None:
            value = holder.get("pricing", {})["price"]
        name = reference(value)
        found = self._prices.get(name)
        if found is None:
            found = self._prices[name] = self._read(name, self._calls.get(name, self._reused.get(name, {})))
        if not found.known:
            self.unknown[name] = None
        return found

    def _read(self, name: str, params: Mapping[str, Any]) -> PlannedPrice:
        recurring = params.get("recurring") or {}
        transform = params.get("transform_quantity") or {}
        interval = told(recurring.get("interval"))
        return PlannedPrice(
            id=name,
            product=self._product(name, params),
            product_id="" if params.get("product") is None else reference(params["product"]),
            unit_amount=_amount(params, "unit_amount"),
            cycle=Cycle.of(interval, int(recurring.get("interval_count") or 1)) if interval else None,
            metered=told(recurring.get("usage_type")) == "metered",
            tiers=_tiers(params.get("tiers") or ()),
            graduated=told(params.get("tiers_mode")) == "graduated",
            divide_by=int(transform.get("divide_by") or 1),
            round_up=transform.get("round") == "up",
        )

    def _product(self, price: str, params: Mapping[str, Any]) -> str:
        """The name of a price's product, or its id where the plan does not say."""
        product = params.get("product")
        if product is None:
            return str((params.get("product_data") or {}).get("name") or price)
        name = reference(product)
        known = self._calls.get(name) or self._reused.get(name) or {}
        given = known.get("name")
        return given if isinstance(given, str) else name

    def coupon(self, discount: Mapping[str, Any]) -> PlannedCoupon | None:
        """The coupon of a discount; None, and an entry in `unknown`, when the plan does not say what it takes off."""
        value = discount.get("coupon")
        if value is None:
            value = discount.get("promotion_code") or discount.get("discount")
        name = reference(value)
        params = self._calls.get(name, self._reused.get(name, {}))
        redeemed = (params.get("promotion") or {}).get("coupon")
        if redeemed is not None:
            return self.coupon({"coupon": redeemed})
        percent, amount = _decimal(params.get("percent_off")), _decimal(params.get("amount_off"))
        if percent is None and amount is None:
            self.unknown[name] = None
            return None
        return PlannedCoupon(
            id=str(params.get("coupon") or name),  # a live discount goes on with its coupon
            name=params["name"] if isinstance(params.get("name"), str) else name,
            percent_off=percent,
            amount_off=None if amount is None else int(amount),
            duration=str(told(params.get("duration")) or "once"),
            months=int(params.get("duration_in_months") or 0),
            products=frozenset(map(reference, (params.get("applies_to") or {}).get("products") or ())),
            redeem_by=None if params.get("redeem_by") is None else int(params["redeem_by"]),
        )


def reference(value: Any) -> str:
    """The id that a parameter holds: of the call that it refers to, or of an object in Stripe."""
    return value.call if isinstance(value, Ref) else str(value)


def told(value: Any) -> Any:
    """A value that the forecast decides by. One that is redacted cannot be decided by.

    Raises:
        TypeError: when it is redacted.
    """
    if isinstance(value, Hidden):
        raise TypeError(value)
    return value


def rounded(amount: Decimal) -> Decimal:
    """An amount in whole minor units, halves away from zero, as Stripe rounds every line."""
    return amount.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=_EXACT)


def _tiers(tiers: Any) -> tuple[PlannedTier, ...]:
    found = [
        PlannedTier(
            up_to=None if each.get("up_to") in (None, "inf") else int(each["up_to"]),
            unit_amount=_amount(each, "unit_amount") or Decimal(0),
            flat_amount=_amount(each, "flat_amount") or Decimal(0),
        )
        for each in tiers
    ]
    return tuple(sorted(found, key=lambda each: (each.up_to is None, each.up_to or 0)))


def _amount(params: Mapping[str, Any], name: str) -> Decimal | None:
    exact = _decimal(params.get(f"{name}_decimal"))
    return exact if exact is not None else _decimal(params.get(name))


def _decimal(value: Any) -> Decimal | None:
    """A figure as a plan spells it; a value that is redacted is not known."""
    return None if value is None or isinstance(value, Mapping | Ref | Hidden) else Decimal(str(value))
