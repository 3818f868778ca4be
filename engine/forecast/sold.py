"""What Salesforce says of each order line: what it is worth, and which line of its kind came first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..money import decimals_of
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


def sold_lines(rows: Iterable[Mapping[str, Any]]) -> list[SoldLine]:
    """The rows with the first line of their kind: revising lines name it, a renewal's name one of the old contract."""
    origins: dict[str, str] = {}
    out = []
    for row in rows:
        item, revises = str(row["order_item"]), row.get("revises")
        origin = origins.get(str(revises), item) if revises else item
        origins[item] = origin
        if revises:
            origins.setdefault(str(revises), origin)
        total = row.get("total")
        minor = None if total is None else int(rounded(Decimal(str(total)).scaleb(decimals_of(str(row["currency"])))))
        out.append(
            SoldLine(
                item,
                str(row["order"]),
                minor,
                Decimal(str(row.get("quantity") or 0)),
                origin,
                bool(row.get("recurring")),
                bool(row.get("metered")),
                bool(row.get("evergreen")),
            )
        )
    return out
