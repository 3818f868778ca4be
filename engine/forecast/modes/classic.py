"""The classic billing mode: what is there now decides, whatever was debited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..lines import DraftLine, cycles_between
from ..planned import BilledItem, ModeName
from .mode import BilledTime, Change


@dataclass(frozen=True, slots=True)
class Classic:
    """Subscriptions of the classic mode."""

    name: ModeName = "classic"
    moves_anchor: bool = True
    bills_usage_that_leaves: bool = False
    most_lines: int | None = None

    def past(self, periods: Sequence[BilledTime]) -> Sequence[BilledTime]:
        """All missed periods and the current one in one line, as the invoices of real subscriptions have them."""
        if not periods:
            return ()
        return (BilledTime(periods[0].start, periods[-1].end, sum(each.cycles for each in periods)),)

    def credits(self, item: BilledItem, change: Change) -> list[DraftLine]:
        """The rest of the cycle at what the item costs now, with the coupons that count now."""
        cycle = item.price.cycle
        if cycle is None:
            return []
        end = cycle.following(change.anchor, change.at)
        part = cycles_between(cycle, change.anchor, change.at, end)
        found = change.whole(item).part_given_back(change.at, end, part)
        return [] if found is None else [found]


CLASSIC = Classic()
