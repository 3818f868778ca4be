"""What is sold on an order line: the small words that tests are written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Figure = Decimal | int | str
Kind = Literal["licensed", "metered", "one_time", "evergreen"]

DIMENSION_MONTHS = {"Year": 12, "Quarter": 3, "Month": 1}


@dataclass(frozen=True, slots=True)
class Tiers:
    """A consumption schedule: `kind` Range prices by volume, Slab is graduated.

    Each rate is (upper bound or None, price, pricing method); a rate begins where the one before it ends.
    """

    kind: str
    rates: tuple[tuple[int | None, Decimal, str], ...]
    rating_method: str = "Tier"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a ramp: its quantity, and its price of one product term where it is not the line's."""

    quantity: int
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A coupon: a percentage or an amount in major units, for invoices that `duration` names."""

    name: str
    percent_off: Decimal | None = None
    amount_off: Decimal | None = None
    duration: str = "once"
    months: int | None = None
    max_redemptions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line to sell.

    `price` is the list price of one unit for one product term of `product_term` months (None: CPQ takes 12), or once.
    `quoted_price` is what sales made of the list price, `discount` a percentage off that. `own_tiers` are the line's
    own copy of `tiers` where they differ. `fields` overrides the order line's fields, `product_fields` and
    `entry_fields` those of its product and pricebook entry. Lines of one name share their product.
    """

    name: str
    price: Decimal
    quantity: Figure = 1
    kind: Kind = "licensed"
    frequency: str | None = None
    product_term: int | None = None
    quoted_price: Decimal | None = None
    discount: Decimal | None = None
    tiers: Tiers | None = None
    own_tiers: Tiers | None = None
    segments: tuple[Segment, ...] = ()
    dimension: str = "Year"
    coupons: tuple[Coupon, ...] = ()
    meter: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    product_fields: Mapping[str, Any] = field(default_factory=dict)
    entry_fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def recurring(self) -> bool:
        """Whether the line is billed again and again."""
        return self.kind != "one_time"


def seat(
    price: Figure = "120.00",
    quantity: Figure = 1,
    *,
    name: str = "Workspace seat",
    frequency: str | None = "Monthly",
    product_term: int | None = None,
    quoted_price: Figure | None = None,
    discount: Figure | None = None,
    **more: Any,
) -> Line:
    """A licensed subscription; a monthly product's list price covers a month, any other's 12 months unless said."""
    return Line(
        name=name,
        price=Decimal(price),
        quantity=quantity,
        frequency=frequency,
        product_term=product_term or (1 if frequency == "Monthly" else None),
        quoted_price=_decimal(quoted_price),
        discount=_decimal(discount),
        **more,
    )


def usage(
    price: Figure = "0.05",
    *,
    name: str = "API requests",
    frequency: str = "Monthly",
    meter: str | None = "mtr_ApiRequestsCounted",
    **more: Any,
) -> Line:
    """A metered subscription, billed in arrears by what the meter counted."""
    term = more.pop("product_term", 1 if frequency == "Monthly" else None)
    quantity = more.pop("quantity", 1)
    return Line(
        name=name,
        price=Decimal(price),
        quantity=quantity,
        kind="metered",
        frequency=frequency,
        product_term=term,
        meter=meter,
        **more,
    )


def setup_fee(price: Figure = "100.00", quantity: Figure = 1, *, name: str = "Onboarding", **more: Any) -> Line:
    """A one-time product."""
    return Line(name=name, price=Decimal(price), quantity=quantity, kind="one_time", **more)


def evergreen(
    price: Figure = "120.00",
    quantity: Figure = 1,
    *,
    name: str = "Support plan",
    product_term: int = 1,
    **more: Any,
) -> Line:
    """A subscription that runs until it is cancelled."""
    return Line(
        name=name,
        price=Decimal(price),
        quantity=quantity,
        kind="evergreen",
        product_term=product_term,
        **more,
    )


def ramp(
    price: Figure = "120.00",
    *,
    quantities: Sequence[int],
    prices: Sequence[Figure] | None = None,
    dimension: str = "Year",
    name: str = "Platform licence",
    **more: Any,
) -> Line:
    """A segmented subscription: for each year, quarter or month a quantity, and perhaps a price of one product term."""
    segments = tuple(
        Segment(quantity, Decimal(prices[index]) if prices else None) for index, quantity in enumerate(quantities)
    )
    if more.pop("metered", False):
        return usage(price, name=name, segments=segments, dimension=dimension, **more)
    return seat(price, name=name, segments=segments, dimension=dimension, **more)


def volume(*rates: tuple[Any, ...]) -> Tiers:
    """Tiers in which the total decides the price of every unit: `volume((100, "1.00"), (None, "0.80"))`."""
    return Tiers("Range", _rates(rates))


def graduated(*rates: tuple[Any, ...]) -> Tiers:
    """Tiers in which each unit has the price of its own tier; a third item names another method than PerUnit."""
    return Tiers("Slab", _rates(rates))


def coupon(
    name: str = "Welcome",
    *,
    percent_off: Figure | None = None,
    amount_off: Figure | None = None,
    duration: str = "once",
    months: int | None = None,
    max_redemptions: int | None = None,
) -> Coupon:
    """A coupon for an order or a line; equal coupons of one quote are one record."""
    return Coupon(
        name=name,
        percent_off=_decimal(percent_off),
        amount_off=_decimal(amount_off),
        duration=duration,
        months=months,
        max_redemptions=max_redemptions,
    )


def _rates(rates: tuple[tuple[Any, ...], ...]) -> tuple[tuple[int | None, Decimal, str], ...]:
    return tuple((rate[0], Decimal(rate[1]), rate[2] if len(rate) > 2 else "PerUnit") for rate in rates)


def _decimal(value: Figure | None) -> Decimal | None:
    return None if value is None else Decimal(value)
