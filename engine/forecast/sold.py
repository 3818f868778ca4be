"""What Salesforce says of each order line: what it is worth, and which line of its kind came first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ..money import decimals_of
from ..plan import OrderLineTotal
from .prices import rounded


@dataclass(frozen=True, slots=True)
class SoldLine:
    """What Salesforce says of one order line; `total` is in minor units, negative for units that are taken away."""

    order_item: str
    order: str
    total: int | None
    quantity: Decimal
    origin: str
    recurring: bool
    metered: bool
    evergreen: bool

    @property
    def reduces(self) -> bool:
        """Whether the line takes units away from the line that it revises."""
        return self.quantity < 0


def sold_lines(rows: Iterable[OrderLineTotal]) -> list[SoldLine]:
    """The rows with the first line of their kind: revising lines name it, a renewal's name one of the old contract."""
    origins: dict[str, str] = {}
    out = []
    for row in rows:
        item, revises = row.order_item, row.revises
        origin = origins.get(revises, item) if revises else item
        origins[item] = origin
        if revises:
            origins.setdefault(revises, origin)
        minor = None if row.total is None else int(rounded(Decimal(row.total).scaleb(decimals_of(row.currency))))
        out.append(
            SoldLine(
                item,
                row.order,
                minor,
                Decimal(row.quantity),
                origin,
                row.recurring,
                row.metered,
                row.evergreen,
            )
        )
    return out
