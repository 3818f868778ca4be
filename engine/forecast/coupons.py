"""What coupons take off an invoice, and how long they do.

Discounts of items come before discounts of the subscription, those of one level in their given order, each on what the
ones before it have left (https://docs.stripe.com/billing/subscriptions/coupons). Nothing falls below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .cycles import Cycle
from .model import Deduction, Line
from .prices import Coupon, rounded

SUBSCRIPTION = ""
"""The holder of the coupons that belong to a subscription as a whole."""


@dataclass(slots=True)
class Redemptions:
    """When each holder's coupons were redeemed, and which have been spent.

    A coupon that goes on with its item in a later phase is the same discount: its time is not counted anew.
    """

    since: dict[tuple[str, str], int] = field(default_factory=dict)
    spent: set[tuple[str, str]] = field(default_factory=set)

    def redeem(self, holder: str, coupons: Sequence[Coupon], at: int) -> None:
        """Takes up coupons that come into force at an instant."""
        for each in coupons:
            self.since.setdefault((holder, each.id), at)

    def spend(self, holder: str, coupons: Sequence[Coupon]) -> None:
        """Notes that coupons were on an invoice: those for one invoice have had their turn."""
        self.spent |= {(holder, each.id) for each in coupons if each.duration == "once"}

    def active(self, holder: str, coupons: Sequence[Coupon], at: int) -> tuple[Coupon, ...]:
        """The coupons that count for an invoice of an instant."""
        return tuple(each for each in coupons if self._counts((holder, each.id), each, at))

    def _counts(self, key: tuple[str, str], coupon: Coupon, at: int) -> bool:
        if key in self.spent:
            return False
        if coupon.duration != "repeating":
            return True
        return at < Cycle(months=max(coupon.months, 1)).date(self.since.get(key, at), 1)


def with_item_coupons(line: Line, coupons: Sequence[Coupon]) -> Line:
    """A line with what its own coupons take off."""
    if not line.amount or line.amount < 0:
        return line
    left, out = line.amount, list(line.discounts)
    for each in coupons:
        off = min(left, _off(each, left))
        if off:
            out.append(Deduction(each.name, off, each.id))
            left -= off
    return replace(line, discounts=tuple(out))


def with_invoice_coupons(lines: Sequence[Line], coupons: Sequence[Coupon]) -> tuple[Line, ...]:
    """The lines of an invoice with what the coupons of its subscription take off them.

    A percentage is taken off each line, an amount is spread over the lines in proportion to what is left of them. Credits
    are not discounted.
    """
    out = list(lines)
    for each in coupons:
        left = [max((line.amount or 0) - line.discount, 0) for line in out]
        shares = [_off(each, part) for part in left] if each.amount_off is None else _spread(each.amount_off, left)
        for position, share in enumerate(shares):
            if share:
                line = out[position]
                out[position] = replace(line, discounts=(*line.discounts, Deduction(each.name, share, each.id)))
    return tuple(out)


def _off(coupon: Coupon, amount: int) -> int:
    if coupon.amount_off is not None:
        return coupon.amount_off
    return int(rounded(Decimal(amount) * (coupon.percent_off or Decimal(0)) / 100))


def _spread(amount: int, parts: Sequence[int]) -> list[int]:
    """An amount, or as much of it as there is, divided in proportion; what rounding leaves goes to the largest rests."""
    whole = sum(parts)
    amount = min(amount, whole)
    if not whole:
        return [0] * len(parts)
    out = [amount * part // whole for part in parts]
    by_rest = sorted(range(len(parts)), key=lambda each: (-(amount * parts[each] % whole), each))
    for position in by_rest[: amount - sum(out)]:
        out[position] += 1
    return out
