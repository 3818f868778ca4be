"""The forecast as data: invoices, their lines, and what the forecast could not know."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from ..diagnostics import Diagnostic
from ..money import decimals_of, plain

Kind = Literal["recurring", "one_time", "proration", "credit", "rounding", "usage"]
"""What a line bills: a cycle, a one-time product, the part of a cycle, what is given back, a rounding difference, usage."""

Reason = Literal["subscription_create", "subscription_cycle", "manual"]
"""Why there is an invoice, in the words of Stripe's `billing_reason`; `manual` ones are made for one-time orders and for
proration items that wait."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a line bills for; `end` is the day after the last. Both are the same day for something that has no duration."""

    start: datetime.date
    end: datetime.date

    def to_json(self) -> dict[str, str]:
        """`{"start": …, "end": …}` as ISO dates."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}


@dataclass(frozen=True, slots=True)
class Deduction:
    """What one coupon takes off a line, in minor units. `coupon` is its name, else its id; `id` is that of its discount."""

    coupon: str
    amount: int
    id: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an invoice.

    `price` is the id of the call that makes the price, or the id of a price in Stripe. `unit_amount` is the price of one
    unit in minor units, absent for tiers. `amount` is in whole minor units, before discounts; absent for usage and for a
    price that is not known. `exact` is the same before it was rounded. `cycles` are the cycles that it bills at once.
    """

    order_item: str | None
    price: str
    description: str
    kind: Kind
    period: Period
    quantity: int | None
    unit_amount: Decimal | None
    amount: int | None
    exact: Decimal | None = None
    cycles: int = 1
    discounts: tuple[Deduction, ...] = ()

    @property
    def discount(self) -> int:
        """What all coupons take off, in minor units."""
        return sum(each.amount for each in self.discounts)

    def to_json(self) -> dict[str, Any]:
        """The line as `docs/forecast.md` describes it."""
        return {
            "order_item": self.order_item,
            "price": self.price,
            "description": self.description,
            "kind": self.kind,
            "period": self.period.to_json(),
            "quantity": self.quantity,
            "unit_amount": None if self.unit_amount is None else plain(self.unit_amount),
            "cycles": self.cycles,
            "amount": self.amount,
            "discounts": [{"coupon": each.coupon, "amount": each.amount} for each in self.discounts],
        }


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice, dated in UTC. Usage is not in its figures; they are absent when a price is not known.

    One that is `past` follows from earlier plans: it was made before the moment of this one.
    """

    date: datetime.date
    due_date: datetime.date | None
    reason: Reason
    contract: str
    currency: str
    lines: tuple[InvoiceLine, ...]
    past: bool = False

    @property
    def subtotal(self) -> int | None:
        """The sum of the lines before discounts, in minor units."""
        billed = [each.amount for each in self.lines if each.kind != "usage"]
        known = [each for each in billed if each is not None]
        return sum(known) if len(known) == len(billed) else None

    @property
    def discounts(self) -> int:
        """What all coupons take off, in minor units."""
        return sum(each.discount for each in self.lines)

    @property
    def total(self) -> int | None:
        """What the customer pays, in minor units, before taxes; negative when the customer is credited."""
        subtotal = self.subtotal
        return None if subtotal is None else subtotal - self.discounts

    def to_json(self) -> dict[str, Any]:
        """The invoice as `docs/forecast.md` describes it."""
        past = {"past": True} if self.past else {}
        return past | {
            "date": self.date.isoformat(),
            "due_date": self.due_date.isoformat() if self.due_date else None,
            "reason": self.reason,
            "contract": self.contract,
            "currency": self.currency,
            "lines": [each.to_json() for each in self.lines],
            "subtotal": self.subtotal,
            "discounts": self.discounts,
            "total": self.total,
        }


@dataclass(frozen=True, slots=True)
class Course:
    """How the billing of one subscription or invoice runs, to explain its figures.

    `complete` says that the plan makes it, so that nothing was billed before. By order line, with None for items that bear
    none: `short` are those whose term ends before their first cycle, `cut_at` gives the billing date whose cycle is not
    billed because it can't be finished. `spans` say from when to when the plan has a line's items, and `dropped` are lines
    whose items no phase has in the end. `skipped_cycles` are past cycles that a start in the past leaves unbilled. `tiered`
    are order lines whose prices have tiers. `lost` are items that no invoice takes up, `unbilled_usage` metered ones that
    leave within a cycle and are not billed for it.
    """

    contract: str
    currency: str
    complete: bool
    short: frozenset[str | None] = frozenset()
    skipped_cycles: int = 0
    cut_at: Mapping[str | None, datetime.date] = field(default_factory=dict)
    tiered: frozenset[str] = frozenset()
    lost: tuple[InvoiceLine, ...] = ()
    trial_until: datetime.date | None = None
    spans: Mapping[str, tuple[datetime.date, datetime.date | None]] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    unbilled_usage: tuple[InvoiceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """Every invoice that a plan leads to, by date. `until` is the day after the last one that is looked at.

    `assumptions` say what has to happen besides the plan's calls for it to come true.
    """

    invoices: tuple[Invoice, ...]
    cycles: int
    until: datetime.date | None
    notes: tuple[Diagnostic, ...] = ()
    courses: tuple[Course, ...] = field(default=())
    assumptions: tuple[str, ...] = ()

    @property
    def totals(self) -> dict[str, int | None]:
        """What is billed from now on, by currency, in minor units; absent where a price is not known."""
        return self._totals(past=False)

    @property
    def past_totals(self) -> dict[str, int | None]:
        """What earlier plans have billed, likewise."""
        return self._totals(past=True)

    def _totals(self, *, past: bool) -> dict[str, int | None]:
        out: dict[str, int | None] = {}
        for each in self.invoices:
            if each.past is not past:
                continue
            before, total = out.setdefault(each.currency, 0), each.total
            out[each.currency] = None if before is None or total is None else before + total
        return dict(sorted(out.items()))

    def to_json(self) -> dict[str, Any]:
        """The forecast as `docs/forecast.md` describes it; `total` and `currency` where there is one currency."""
        totals = self.totals
        currency = next(iter(totals)) if len(totals) == 1 else None
        return {
            "invoices": [each.to_json() for each in self.invoices],
            "totals": totals,
            **({"past_totals": self.past_totals} if self.past_totals else {}),
            "total": totals[currency] if currency else None,
            "currency": currency,
            "cycles": self.cycles,
            "until": self.until.isoformat() if self.until else None,
            "notes": [each.to_json() for each in self.notes],
            "assumptions": list(self.assumptions),
        }


def total_of(invoices: Iterable[Invoice]) -> int | None:
    """What some invoices of one currency bill in all, in minor units; None where one of them is not known."""
    totals = [each.total for each in invoices]
    known = [each for each in totals if each is not None]
    return sum(known) if len(known) == len(totals) else None


def major(amount: int, currency: str) -> str:
    """An amount in minor units as people write it: `15,750.00 USD`."""
    decimals = decimals_of(currency)
    whole, rest = divmod(abs(amount), 10**decimals)
    text = f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")
    return f"{'-' if amount < 0 else ''}{text} {currency.upper()}"
