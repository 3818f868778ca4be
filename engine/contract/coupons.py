"""Coupons: of an order for its phases, of a line for its items, in the order of their records.

A coupon cannot be changed in Stripe once it exists: it is used again while its figures agree, and made anew otherwise
(https://docs.stripe.com/api/coupons). Coupons that were copied from one quote coupon and say the same are one coupon.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from ..money import Money, billable, billed_decimals, plain
from ..records import Record
from .context import Context, whole
from .known_state import coupon_figures
from .model import Coupon, Origin, Promise
from .terms import Terms

DURATIONS = ("once", "repeating", "forever")
_FULL = 100


@dataclass(slots=True)
class Coupons:
    """The coupons of one contract, each read once; `said` is where the currency of the contract comes from."""

    context: Context
    currency: str
    promises: dict[tuple[str, str], Promise] = field(default_factory=dict)
    said: Origin = field(default_factory=Origin)
    _read: dict[str, Coupon | None] = field(default_factory=dict)

    def of_order(self, order: Record) -> tuple[Coupon, ...]:
        """The coupons of an order, which are not a line's."""
        found = self.context.referring("coupon", "of", order.id)
        out = self._all([each for each in found if not self.context.named("coupon", each, "line")])
        self.promises |= {(each.key, order.id): Promise(each, order=order) for each in out}
        return out

    def of_line(self, line: Record) -> tuple[Coupon, ...]:
        """The coupons of an order line."""
        out = self._all(self.context.referring("coupon", "line", line.id))
        self.promises |= {(each.key, line.id): Promise(each, order_item=line) for each in out}
        return out

    def _all(self, records: Iterable[Record]) -> tuple[Coupon, ...]:
        there = [each for each in records if not self.context.read("coupon", each).peek("deleted")]
        coupons = [self._one(each) for each in sorted(there, key=lambda each: each.id)]
        return tuple(dict.fromkeys(each for each in coupons if each is not None))

    def _one(self, record: Record) -> Coupon | None:
        if record.id not in self._read:
            self._read[record.id] = self._shared(self._said(_coupon(self.context, record, self.currency)))
        return self._read[record.id]

    def _said(self, coupon: Coupon | None) -> Coupon | None:
        """The coupon with where its currency comes from: its own field, else the contract's."""
        if coupon is None or coupon.origin.get("currency") is not None:
            return coupon
        return replace(coupon, origin={**coupon.origin, "currency": self.said})

    def _shared(self, coupon: Coupon | None) -> Coupon | None:
        """An earlier coupon of the same quote coupon that says the same, instead of a second one."""
        if coupon is None or coupon.quote_coupon is None:
            return coupon
        for other in self._read.values():
            if other and other.quote_coupon is coupon.quote_coupon and _figures(other) == _figures(coupon):
                return other
        return coupon


def _coupon(context: Context, record: Record, currency: str) -> Coupon | None:
    coupon = _valid_coupon(context, context.read("coupon", record), currency)
    return replace(coupon, existing_id=_existing(context, coupon, currency)) if coupon else None


def _valid_coupon(context: Context, terms: Terms, currency: str) -> Coupon | None:
    since = len(context.findings)
    coupon = _read_coupon(context, terms, currency)
    months = _count(context, terms, "duration_in_months")
    redemptions = _count(context, terms, "max_redemptions")
    if coupon.duration not in DURATIONS:
        context.report(
            "E555",
            f"{terms.source('duration')} is {coupon.duration}, and a coupon lasts {', '.join(DURATIONS)}",
            terms.record,
            terms=(terms, "duration"),
            fix=f"fill one of {', '.join(DURATIONS)}; an empty duration is once",
        )
    elif coupon.duration == "repeating" and not months:
        context.report(
            "E555",
            f"{terms.record} repeats and has no number of months",
            terms.record,
            terms=(terms, "duration_in_months"),
            fix=f"fill {terms.source('duration_in_months')}",
        )
    if context.stopped(since):
        return None
    return replace(coupon, duration_in_months=months, max_redemptions=redemptions)


def _read_coupon(context: Context, terms: Terms, currency: str) -> Coupon:
    record = terms.record
    amount, percent = terms.get("amount_off"), terms.get("percent_off")
    if (amount is None) == (percent is None):
        what = "neither an amount nor a percentage" if amount is None else "both an amount and a percentage"
        context.report(
            "E554",
            f"{record} has {what}",
            record,
            terms=(terms, "amount_off"),
            fix="fill either the amount off or the percentage off",
        )
    if amount is not None:
        own = str(terms.get("currency") or currency).lower()
        if own != currency:
            context.report(
                "E517",
                f"{terms.source('currency')} is {own}, and the contract is in {currency}",
                record,
                terms=(terms, "currency"),
                fix="use a coupon with a percentage, or one in the currency of the contract",
            )
        if amount <= 0:
            context.report(
                "E555",
                f"{terms.source('amount_off')} is {plain(amount)}, and must be above 0",
                record,
                fix="what does the coupon take off? Fill the amount, or take the coupon off",
            )
        elif billable(amount, currency) != amount:
            context.report(
                "E555",
                f"{terms.source('amount_off')} is {plain(amount)}, and an amount in {currency} has at most "
                f"{billed_decimals(currency)} decimals in Stripe",
                record,
                fix=f"use {plain(billable(amount, currency))}, or another amount without further decimals",
            )
    if percent is not None and not 0 < percent <= _FULL:
        context.report(
            "E555",
            f"{terms.source('percent_off')} is {plain(Decimal(percent))}, and must be above 0, at most 100",
            record,
            fix="what does the coupon take off? Fill a percentage from 0 to 100, or take the coupon off",
        )
    quote_id = context.named("coupon", record, "copied_from")
    quote = context.bundle.records.find(quote_id) if quote_id else None
    return Coupon(
        key=record.id,
        coupon=record,
        name=terms.get("name"),
        quote_coupon=quote,
        amount_off=Money(amount, currency) if amount is not None else None,
        percent_off=percent,
        duration=terms.get("duration") or "once",
        origin=_origins(terms),
    )


def _origins(terms: Terms) -> dict[str, Origin]:
    """Where each figure of a coupon was read; its currency only where it says one."""
    out = {name: terms.origin(name) for name in terms.rules if name != "currency" or terms.values.get("currency")}
    if terms.values.get("duration") is None:
        out["duration"] = terms.origin("duration", "it is empty: once")
    return out


def _count(context: Context, terms: Terms, name: str) -> int | None:
    value = terms.get(name)
    if value is None:
        return None
    number = whole(value)
    if number is None or number < 1:
        context.report(
            "E555",
            f"{terms.source(name)} is {plain(Decimal(value))}, and must be a whole number, at least 1",
            terms.record,
            terms=(terms, name),
            fix="fill a whole number, or leave it empty where the coupon does not need one",
        )
    return number


def _figures(coupon: Coupon) -> tuple[Any, ...]:
    """What makes two coupons the same to the customer: name, amounts, duration; the amount carries its currency."""
    amount = coupon.amount_off
    return (
        coupon.name,
        (amount.minor_amount, amount.currency) if amount else None,
        coupon.percent_off,
        coupon.duration,
        coupon.duration_in_months if coupon.duration == "repeating" else None,
    )


def _existing(context: Context, coupon: Coupon, currency: str) -> str | None:
    """The coupon in Stripe that the record or its quote coupon names, while it says the same.

    What Stripe has is known from its state, else from the other coupons that were copied from the same quote coupon.
    """
    own = context.reader.stripe_id(coupon.coupon)
    if own:
        return own
    quote = coupon.quote_coupon
    known = context.reader.stripe_id(quote) if quote else None
    if not known or quote is None:
        return None
    state = context.bundle.stripe_object("coupon", known)
    if state is not None:
        return known if coupon_figures(state) == _figures(coupon) else None
    silent = Context(context.bundle, context.reader, context.settings, context.selected)
    copies = context.referring("coupon", "copied_from", quote.id)
    shared = [quote, *(each for each in copies if context.reader.stripe_id(each) == known)]
    read = [silent.read("coupon", each) for each in shared]
    said = [_valid_coupon(silent, each, currency) for each in read if each.values]
    agree = all(each is not None and _figures(each) == _figures(coupon) for each in said)
    return known if agree else None
