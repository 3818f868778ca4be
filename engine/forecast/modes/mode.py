"""What a billing mode decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..cycles import Anchor
from ..ledger import Ledger
from ..lines import DraftLine
from ..planned import BilledItem, ModeName


@dataclass(frozen=True, slots=True)
class BilledTime:
    """A time that one line bills, in UTC seconds, and the cycles that lie in it."""

    start: int
    end: int
    cycles: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """The moment at which items change within their cycles.

    `anchor` is the one that counted until then; `whole` gives an item for one cycle with the coupons that count now.
    """

    at: int
    anchor: Anchor
    ledger: Ledger
    whole: Callable[[BilledItem], DraftLine]


class Mode(Protocol):
    """Where the billing modes differ."""

    @property
    def name(self) -> ModeName:
        """The mode in Stripe's words."""

    @property
    def moves_anchor(self) -> bool:
        """Whether the billing anchor moves by itself, to where the cycle of the items changes."""

    @property
    def bills_usage_that_leaves(self) -> bool:
        """Whether a metered item that leaves within a cycle is billed for what was used until then."""

    @property
    def most_lines(self) -> int | None:
        """The most lines that an invoice takes."""

    def past(self, periods: Sequence[BilledTime]) -> Sequence[BilledTime]:
        """What the lines of a start in the past bill, for one item whose missed periods these are, in their order."""

    def credits(self, item: BilledItem, change: Change) -> list[DraftLine]:
        """What is given back of an item that leaves, for the rest of its cycle."""
