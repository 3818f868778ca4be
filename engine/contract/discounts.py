"""What coupons took off a billed cycle: discounts of what the model adds to a line, and credits net of them.

Stripe discounts no negative item, so a credit is worked out of what was paid: a percentage exactly, an amount in proportion
to the items that it was taken off (https://docs.stripe.com/billing/subscriptions/coupons).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from ..dates import add_months
from ..money import divided, plain, times, total
from .model import Coupon
from .sold import Sold

_WHOLE = Decimal(1)
_FULL = 100


def still_running(coupons: Iterable[Coupon], since: date, day: date) -> tuple[Coupon, ...]:
    """The coupons of a line, redeemed on a day, that are still on an invoice of another day."""
    return tuple(each for each in coupons if _runs(each, since, day))


def _runs(coupon: Coupon, since: date, day: date) -> bool:
    if coupon.duration == "forever":
        return True
    if coupon.duration == "repeating":
        return day < add_months(since, coupon.duration_in_months or 1)
    return day == since


def paid_share(
    sold: Sold, units: int, since: date, billed: date, order: Sequence[Coupon], together: Sequence[tuple[Sold, int]]
) -> tuple[Decimal, str]:
    """The part of a line's billed cycle that was paid, from 0 to 1, and the coupons that took the rest, in words.

    `units` of it were billed on the day `billed`, beside the lines `together` with theirs; `since` is when its coupons and
    those of its `order` were redeemed.
    """
    share, words = _WHOLE, []
    own = times(sold.worth.cycle, units)
    for coupon in still_running(sold.discounts, since, billed):
        share = _less(share, coupon, own)
        words.append(_named(coupon))
    everything = total(times(each.worth.cycle, count) for each, count in together if each.can_be_prorated)
    for coupon in still_running(order, since, billed):
        share = _less(share, coupon, everything)
        words.append(_named(coupon))
    return share, ", ".join(words)


def _less(share: Decimal, coupon: Coupon, base: Decimal) -> Decimal:
    """What a coupon leaves of a share, an amount being spread over all that it was taken off."""
    if coupon.percent_off is not None:
        left = _WHOLE - divided(Decimal(coupon.percent_off), _FULL)
    elif coupon.amount_off is not None and base > 0:
        left = max(_WHOLE - divided(coupon.amount_off.amount, times(base, share)), Decimal(0)) if share else Decimal(0)
    else:
        left = _WHOLE
    return times(share, max(left, Decimal(0)))


def _named(coupon: Coupon) -> str:
    what = f"{plain(Decimal(coupon.percent_off))} %" if coupon.percent_off is not None else str(coupon.amount_off)
    return f"{coupon.name or coupon.key} ({what})"
