"""The flexible billing mode: what was debited decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..lines import DraftLine
from ..planned import BilledItem, ModeName
from .mode import BilledTime, Change


@dataclass(frozen=True, slots=True)
class Flexible:
    """Subscriptions of the flexible mode."""

    name: ModeName = "flexible"
    moves_anchor: bool = False
    bills_usage_that_leaves: bool = True
    most_lines: int | None = 250

    def past(self, periods: Sequence[BilledTime]) -> Sequence[BilledTime]:
        """A line for each missed period, so that each is rounded for itself."""
        return periods

    def credits(self, item: BilledItem, change: Change) -> list[DraftLine]:
        """What the item was debited for the rest of its cycle, net of the discounts that it had then."""
        return change.ledger.give_back(item.key, change.at)


FLEXIBLE = Flexible()
