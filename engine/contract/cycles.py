"""The billing cycles of a line: what whole cycles it has in its contract, and where they leave a rest.

Billing dates are counted from the contract's start, the anchor, whatever day a line joins it: a line that is added is
billed on the dates of its own cycle, as Stripe bills the items of one subscription
(https://docs.stripe.com/billing/subscriptions/mixed-interval).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from ..dates import add_months, midnight
from .model import Origin
from .months import billing_date, cycles_billed, next_billing_date, whole_months


@dataclass(frozen=True, slots=True)
class Cycles:
    """Billing every `months`, counted from `anchor`, of a line that covers the days from `start` to `end` (exclusive).

    `months_origin` is where the months of the cycle come from.
    """

    anchor: date
    start: date
    end: date
    months: int
    months_origin: Origin = field(default_factory=Origin, compare=False)

    @property
    def whole(self) -> int:
        """The billing cycles that fit between the anchor and the end."""
        return whole_months(self.anchor, self.end)[0] // self.months

    @property
    def from_anchor(self) -> bool:
        """Whether the line starts with its contract."""
        return self.start == self.anchor

    @property
    def short(self) -> bool:
        """Whether the line starts with its contract, and not one cycle fits."""
        return self.from_anchor and self.whole == 0

    @property
    def tail_start(self) -> date | None:
        """The first day that no whole cycle fills; None when cycles fill the line, or when not one begins in it."""
        rest = add_months(self.anchor, self.whole * self.months)
        return None if self.whole == 0 or rest == self.end or rest < self.start else rest

    @property
    def tail_origin(self) -> Origin | None:
        """Where the first day that no whole cycle fills comes from."""
        rest = self.tail_start
        if rest is None:
            return None
        return self.months_origin.since(f"{self.anchor} + {self.whole} × {self.months} months = {rest}")

    def billed_from(self, since: datetime, end: date | None = None) -> int:
        """The whole cycles that Stripe bills by itself from an instant to the end, or to that of a segment."""
        return cycles_billed(self.anchor, self.months, since, end or self.end)

    def last_before(self, since: datetime) -> date:
        """The last billing date before an instant, the anchor at the earliest."""
        day, number = self.anchor, 0
        while midnight(following := billing_date(self.anchor, self.months, number + 1), since.tzinfo) < since:
            day, number = following, number + 1
        return day

    def next_after(self, since: datetime) -> date:
        """The first billing date at or after an instant."""
        return next_billing_date(self.anchor, self.months, since)


def smallest_that_divides(months: set[int]) -> bool:
    """Whether Stripe bills such cycles in one subscription: every one is a whole multiple of the shortest."""
    return all(each % min(months) == 0 for each in months)
