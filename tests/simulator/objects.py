"""What the calls of a plan make in Stripe: prices, coupons, and the phases of a schedule, read from its JSON alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.simulator.dates import instant
from tests.simulator.money import whole

Params = dict[str, Any]


class UnknownToSimulatorError(Exception):
    """A call with something that the simulator was not taught: the test that sends it must not count it as agreement."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price: its amount in minor units or its tiers, and the months of its cycle, 0 for a one-time price."""

    id: str
    currency: str
    amount: Fraction | None
    tiers: tuple[tuple[int | None, Fraction, Fraction], ...]
    graduated: bool
    months: int
    metered: bool

    def charge(self, quantity: int, times: Fraction = Fraction(1)) -> int:
        """What so many units cost for so many cycles.

        https://docs.stripe.com/billing/subscriptions/decimal-amounts: the unit amount is multiplied by the quantity, then
        rounded. https://docs.stripe.com/billing/subscriptions/tiers: by volume, the tier of the whole quantity prices
        every unit; graduated, each tier prices its own units, and is a line of its own.
        """
        if self.amount is not None:
            return whole(self.amount * quantity * times)
        below, total = 0, 0
        for up_to, unit, flat in self.tiers:
            inside = quantity - below if up_to is None else min(quantity, up_to) - below
            if self.graduated:
                total += whole((unit * inside + flat) * times)
            elif up_to is None or quantity <= up_to:
                return whole((unit * quantity + flat) * times)
            if up_to is None or quantity <= up_to:
                return total
            below = up_to
        raise UnknownToSimulatorError("tiers without an end")


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon: a share or an amount in minor units, and for how long it counts once it is redeemed."""

    id: str
    percent: Fraction | None
    amount: int
    duration: str
    months: int


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a phase or subscription, or one of its `add_invoice_items`; `line` is the order line in its metadata."""

    price: Price
    quantity: int
    line: str
    coupons: tuple[Coupon, ...]
    proration: bool

    @property
    def name(self) -> tuple[str, str]:
        """By what an item is known from phase to phase."""
        return self.line, self.price.id


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a schedule from `start` to `end` (exclusive); `prorates` is False under `proration_behavior = none`."""

    start: datetime
    end: datetime
    items: tuple[Item, ...]
    extras: tuple[Item, ...]
    coupons: tuple[Coupon, ...]
    prorates: bool


class Objects:
    """The prices and coupons that exist, by id; a call's id stands for the id of what it makes."""

    def __init__(self) -> None:
        self.prices: dict[str, Price] = {}
        self.coupons: dict[str, Coupon] = {}

    def make(self, resource: str, name: str, params: Params) -> None:
        """What a create call makes, where it bears on money."""
        if resource == "price":
            # a later plan names it by its id in Stripe, which the tests make of its call's
            self.prices[name] = self.prices[name.replace("/", "_", 1)] = _price(name, params)
        if resource == "coupon":
            self.coupons[name] = _coupon(name, params)

    def item(self, params: Params) -> Item:
        """An item of a phase, a subscription or an invoice."""
        metadata = params["metadata"]
        price = params["price"] if "price" in params else params["pricing"]["price"]
        return Item(
            price=self.prices[_id(price)],
            quantity=params.get("quantity", 1),
            line=metadata["salesforce_order_item_id"],
            coupons=self.redeemed(params),
            proration="salesforce_proration" in metadata or "salesforce_backend_proration" in metadata,
        )

    def redeemed(self, params: Params) -> tuple[Coupon, ...]:
        """The coupons of an item or a phase."""
        return tuple(self.coupons[_id(each["coupon"])] for each in params.get("discounts") or ())

    def phases(self, params: Params, now: datetime) -> tuple[Phase, ...]:
        """The phases of a schedule: each starts where the one before it ends, `now` is the moment of the call.

        https://docs.stripe.com/api/subscription_schedules/create, `phases`.
        """
        out: list[Phase] = []
        start = _moment(params["start_date"], now) if "start_date" in params else None
        for each in params["phases"]:
            begins = _moment(each["start_date"], now) if "start_date" in each else start
            assert begins is not None
            start = _moment(each["end_date"], now)
            if each.get("trial_end") or each.get("billing_cycle_anchor"):
                raise UnknownToSimulatorError("trials and anchors")
            out.append(
                Phase(
                    start=begins,
                    end=start,
                    items=tuple(self.item(item) for item in each["items"]),
                    extras=tuple(self.item(item) for item in each.get("add_invoice_items") or ()),
                    coupons=self.redeemed(each),
                    prorates=each.get("proration_behavior") != "none",
                )
            )
        return tuple(out)


def _moment(value: Any, now: datetime) -> datetime:
    """A timestamp; `now`, and what an earlier call of the same moment answered, are the moment of the call."""
    return instant(value) if isinstance(value, int) else now


def _id(value: Any) -> str:
    return str(value["$ref"]["call"] if isinstance(value, dict) else value)


def _price(name: str, params: Params) -> Price:
    cycle = params.get("recurring") or {}
    if cycle and cycle["interval"] != "month":
        raise UnknownToSimulatorError(cycle["interval"])
    amount = params.get("unit_amount_decimal")
    tiers = tuple(
        (
            None if each["up_to"] == "inf" else int(each["up_to"]),
            Fraction(each.get("unit_amount_decimal") or 0),
            Fraction(each.get("flat_amount_decimal") or 0),
        )
        for each in params.get("tiers") or ()
    )
    return Price(
        id=name,
        currency=params["currency"],
        amount=None if amount is None else Fraction(amount),
        tiers=tiers,
        graduated=params.get("tiers_mode") == "graduated",
        months=cycle.get("interval_count", 0),
        metered=cycle.get("usage_type") == "metered",
    )


def _coupon(name: str, params: Params) -> Coupon:
    percent = params.get("percent_off")
    return Coupon(
        id=name,
        percent=None if percent is None else Fraction(percent),
        amount=params.get("amount_off") or 0,
        duration=params["duration"],
        months=params.get("duration_in_months") or 0,
    )
