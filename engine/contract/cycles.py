"""The billing cycles of a line: what whole cycles a contract has for it, and where they leave a rest.

Billing dates are counted from the contract's start, whatever day a line joins it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from .months import add_months, cycles_billed, next_billing_date, whole_months


@dataclass(frozen=True, slots=True)
class Cycles:
    """Billing every `months` from the start of a contract to its end, which is exclusive."""

    start: date
    end: date
    months: int

    @property
    def whole(self) -> int:
        """The billing cycles that fit into the contract."""
        return whole_months(self.start, self.end)[0] // self.months

    @property
    def short(self) -> bool:
        """Whether not one cycle fits."""
        return self.whole == 0

    @property
    def tail_start(self) -> date | None:
        """The first day that no whole cycle fills; None when cycles fill the contract, or when not one fits."""
        rest = add_months(self.start, self.whole * self.months)
        return None if self.short or rest == self.end else rest

    def billed_from(self, since: datetime, end: date | None = None) -> int:
        """The whole cycles that Stripe bills by itself from an instant to the end, or to that of a segment."""
        return cycles_billed(self.start, self.months, since, end or self.end)

    def next_after(self, since: datetime) -> date:
        """The first billing date at or after an instant."""
        return next_billing_date(self.start, self.months, since)
