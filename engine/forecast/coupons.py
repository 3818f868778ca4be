"""What coupons take off an invoice, and how long they do.

Discounts of items come before discounts of the subscription, those of one level in their given order, each on what the
ones before it have left (https://docs.stripe.com/billing/subscriptions/coupons). Nothing falls below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .cycles import Anchor, Cycle
from .lines import DraftLine, taken_off
from .model import Deduction
from .prices import PlannedCoupon

SUBSCRIPTION = ""
"""The holder of the coupons that belong to a subscription as a whole."""


@dataclass(slots=True)
class Redemptions:
    """When each holder's coupons were redeemed, and which have been spent.

    A coupon that goes on with its item in a later phase is the same discount: its time is not counted anew. `late` are
    those that could not be redeemed any more, with the instant at which a plan would.
    """

    since: dict[tuple[str, str], int] = field(default_factory=dict)
    spent: set[tuple[str, str]] = field(default_factory=set)
    late: dict[str, tuple[PlannedCoupon, int]] = field(default_factory=dict)

    def redeem(self, holder: str, coupons: Sequence[PlannedCoupon], at: int) -> None:
        """Takes up coupons that come into force at an instant."""
        for each in coupons:
            key = (holder, each.id)
            if key not in self.since and each.redeem_by is not None and at > each.redeem_by:
                self.late.setdefault(each.id, (each, at))
                self.spent.add(key)
            self.since.setdefault(key, at)

    def spend(self, holder: str, coupons: Sequence[PlannedCoupon]) -> None:
        """Notes that coupons were on an invoice: those for one invoice have had their turn."""
        self.spent |= {(holder, each.id) for each in coupons if each.duration == "once"}

    def active(self, holder: str, coupons: Sequence[PlannedCoupon], at: int) -> tuple[PlannedCoupon, ...]:
        """The coupons that count for an invoice of an instant."""
        return tuple(each for each in coupons if self._counts((holder, each.id), each, at))

    def _counts(self, key: tuple[str, str], coupon: PlannedCoupon, at: int) -> bool:
        if key in self.spent:
            return False
        if coupon.duration != "repeating":
            return True
        return at < Cycle(months=max(coupon.months, 1)).date(Anchor(self.since.get(key, at)), 1)


def with_invoice_coupons(entries: Sequence[DraftLine], coupons: Sequence[PlannedCoupon]) -> tuple[DraftLine, ...]:
    """The entries of an invoice with what the coupons of its subscription take off their lines.

    A percentage is taken off each line, an amount is spread over the lines in proportion to what is left of them. Credits
    are not discounted, nor lines that say so, nor those of products that a coupon is not for.
    """
    out = list(entries)
    for each in coupons:
        left = [
            max((one.line.amount or 0) - one.line.discount, 0) if one.discountable and each.is_for(one.price) else 0
            for one in out
        ]
        shares = [taken_off(each, part) for part in left] if each.amount_off is None else _spread(each.amount_off, left)
        for position, share in enumerate(shares):
            if share:
                line = out[position].line
                discounts = (*line.discounts, Deduction(each.name, share, each.id))
                out[position] = replace(out[position], line=replace(line, discounts=discounts))
    return tuple(out)


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
