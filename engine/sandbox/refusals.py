"""What Stripe refuses though the types and the constraints file allow it: small checks, each of one rule.

A check of a phase takes the account and the facts of the call, and raises. They look at the state of the account, which
no schema knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .account import Account
from .answers import RefusalError
from .store import Record

MOST_PHASES = 10
MOST_LINES = 250


@dataclass(frozen=True, slots=True)
class Billed:
    """What a subscription or a schedule is to bill: its customer, its items and its one-time items, with their places.

    `known` are the ids of prices that the object used before the call.
    """

    customer: str
    items: tuple[tuple[str, Record], ...]
    added: tuple[tuple[str, Record], ...]
    flexible: bool
    known: frozenset[str] = frozenset()
    most_items: int = 20


def check_billed(account: Account, billed: Billed) -> str | None:
    """All checks of items; gives the currency that is billed.

    Raises:
        RefusalError: the first rule that is broken.
    """
    for check in (_unknown, _inactive, _twice, _kinds, _metered, _too_many, _intervals):
        check(account, billed)
    return _currency(account, billed)


def _priced(account: Account, places: tuple[tuple[str, Record], ...]) -> Iterator[tuple[str, Record, Record]]:
    for place, item in places:
        if isinstance(item.get("price"), str):
            yield place, item, account.one("price", item["price"], f"{place}[price]")
        elif isinstance(item.get("price_data"), dict):
            data = item["price_data"]
            kind = "recurring" if "recurring" in data else "one_time"
            yield place, item, {"id": place, "active": True, "type": kind, **data}


def _unknown(account: Account, billed: Billed) -> None:
    """Prices, products and coupons that are named must exist (SPEC 13: what Stripe would refuse, it refuses)."""
    for place, item in (*billed.items, *billed.added):
        for at, each in enumerate(item.get("discounts") or ()):
            check_discount(account, each, f"{place}[discounts][{at}]")
    for _, _, price in _priced(account, (*billed.items, *billed.added)):
        account.one("product", price["product"], "price_data[product]")


def check_discount(account: Account, discount: Record, place: str) -> None:
    """A discount names a coupon or a promotion code that exists."""
    for name, resource in (("coupon", "coupon"), ("promotion_code", "promotion_code")):
        if isinstance(discount.get(name), str):
            account.one(resource, discount[name], f"{place}[{name}]")


def _inactive(account: Account, billed: Billed) -> None:
    """A price or product that is inactive is not used anew; what an object has already stays (SPEC 5.16)."""
    for place, _, price in _priced(account, (*billed.items, *billed.added)):
        product = account.one("product", price["product"], f"{place}[price]")
        if price["id"] not in billed.known and not price["active"]:
            raise RefusalError(
                f"The price specified is inactive. This field only accepts active prices: '{price['id']}'",
                param=f"{place}[price]",
            )
        if price["id"] not in billed.known and not product["active"]:
            raise RefusalError(
                f"The price specified belongs to an inactive product: '{product['id']}'", param=f"{place}[price]"
            )


def _twice(_: Account, billed: Billed) -> None:
    """One price stands in a phase or subscription once (SPEC 5.3, 5.16)."""
    seen: set[tuple[str, Any]] = set()
    for place, item in billed.items:
        key = place.rpartition("[")[0], item.get("price")
        if item.get("price") and key in seen:
            raise RefusalError(
                f"Cannot use the same price '{item['price']}' in two items: change the quantity instead.",
                param=f"{place}[price]",
            )
        seen.add(key)


def _kinds(account: Account, billed: Billed) -> None:
    """Items are recurring, and what is added to an invoice is billed once (SPEC 5.16)."""
    for places, kind, words in (
        (billed.items, "recurring", "The price specified is set to `type=one_time` but this field only accepts prices"),
        (billed.added, "one_time", "The price specified is set to `type=recurring` but this field only accepts prices"),
    ):
        for place, _, price in _priced(account, places):
            if price["type"] != kind:
                raise RefusalError(f"{words} with `type={kind}`.", param=f"{place}[price]")


def _metered(account: Account, billed: Billed) -> None:
    """A metered price takes no quantity (SPEC 5.2)."""
    for place, item, price in _priced(account, billed.items):
        if (price.get("recurring") or {}).get("usage_type") == "metered" and "quantity" in item:
            raise RefusalError(
                "You cannot specify a quantity for a price with `usage_type=metered`.", param=f"{place}[quantity]"
            )


def _too_many(_: Account, billed: Billed) -> None:
    """The items of a subscription, and of each phase, are limited; 20 unless an account has more (SPEC 5.2, 5.16)."""
    counts: dict[str, int] = {}
    for place, _item in billed.items:
        holder = place.rpartition("[")[0]
        counts[holder] = counts.get(holder, 0) + 1
        if counts[holder] > billed.most_items:
            raise RefusalError(f"A subscription can have at most {billed.most_items} items.", param=holder)


def _intervals(account: Account, billed: Billed) -> None:
    """Classic billing has one interval; in flexible each is a multiple of the shortest (SPEC 5.2)."""
    holders: dict[str, set[tuple[str, int]]] = {}
    for place, _, price in _priced(account, billed.items):
        rhythm = price.get("recurring") or {}
        days = {"day": ("day", 1), "week": ("day", 7), "month": ("month", 1), "year": ("month", 12)}
        unit, times = days[rhythm.get("interval", "month")]
        holders.setdefault(place.rpartition("[")[0], set()).add((unit, times * rhythm.get("interval_count", 1)))
    for holder, found in holders.items():
        shortest = min(count for _, count in found)
        units = {unit for unit, _ in found}
        if len(found) > 1 and not billed.flexible:
            raise RefusalError(
                "All prices on a subscription must have the same `recurring.interval` and `recurring.interval_count`"
                " when `billing_mode[type]=classic`.",
                param=holder,
            )
        if len(units) > 1 or any(count % shortest for _, count in found):
            raise RefusalError("Every billing interval must be a whole multiple of the shortest one.", param=holder)


def _currency(account: Account, billed: Billed) -> str | None:
    """All prices have one currency, which is the customer's once it was billed (SPEC 5.16)."""
    customer = account.one("customer", billed.customer, "customer")
    fixed = customer.get("currency")
    for place, _, price in _priced(account, (*billed.items, *billed.added)):
        if fixed is not None and price["currency"] != fixed:
            check_currency(customer, price["currency"], f"{place}[price]", fixed)
        fixed = price["currency"]
    return fixed


def check_currency(customer: Record, currency: str, param: str, fixed: str | None = None) -> None:
    """A customer's currency is fixed by the first invoice or subscription (SPEC 5.16)."""
    fixed = customer.get("currency") or fixed
    if fixed is not None and currency != fixed:
        raise RefusalError(
            "You cannot combine currencies on a single customer. This customer has an active subscription, subscription"
            f" schedule, or invoice item with currency {fixed}; this is in {currency}.",
            param=param,
        )


def check_phases(phases: list[Record], now: int) -> None:
    """At most ten current and future phases, each after the one before, none in the past (SPEC 5.16)."""
    if sum(each["end_date"] > now for each in phases) > MOST_PHASES:
        raise RefusalError(f"A schedule can have at most {MOST_PHASES} current and future phases.", param="phases")
    for at, each in enumerate(phases):
        if each["end_date"] <= each["start_date"]:
            raise RefusalError("A phase must end after it starts.", param=f"phases[{at}][end_date]")
        if each["end_date"] < now:  # one that ends `now` is the current one, cut short
            raise RefusalError("A phase cannot end in the past.", param=f"phases[{at}][end_date]")
        if at and each["start_date"] != phases[at - 1]["end_date"]:
            raise RefusalError("A phase must start when the phase before it ends.", param=f"phases[{at}][start_date]")


def check_first_phase(schedule: Record, phases: list[Record], now: int) -> None:
    """The first phase of an update repeats the start of the current one (SPEC 5.16)."""
    current = schedule.get("current_phase")
    if current is not None and phases[0]["start_date"] != current["start_date"]:
        raise RefusalError(
            "You can not modify the start date of the current phase: it is"
            f" {current['start_date']}, and the first phase given starts at {phases[0]['start_date']}.",
            param="phases[0][start_date]",
        )
    if current is None and phases[0]["start_date"] < min(now, schedule["phases"][0]["start_date"]):
        raise RefusalError("A phase cannot be moved into the past.", param="phases[0][start_date]")


def check_lines(lines: list[Record]) -> None:
    """An invoice has at most 250 lines (SPEC 5.16)."""
    if len(lines) > MOST_LINES:
        raise RefusalError(f"An invoice can have at most {MOST_LINES} lines.", param="lines")
