"""What a subscription has debited so far, by item: what is credited in the flexible billing mode comes from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .lines import DraftLine
from .planned import Key


@dataclass(slots=True)
class Ledger:
    """The debits that still cover some time, as they stand on their invoices, coupons of the subscription included."""

    _debits: dict[Key, list[DraftLine]] = field(default_factory=dict)

    def note(self, entries: Iterable[DraftLine]) -> None:
        """Takes up new debits, as far as they bill time of an item."""
        for each in entries:
            if _bills_time(each):
                kept = [one for one in self._debits.get(each.key, ()) if one.end > each.start]
                self._debits[each.key] = [*kept, each]

    def settle(self, entries: Iterable[DraftLine]) -> None:
        """Takes up what an invoice takes off debits that waited for it, unless they were given back by then."""
        for each in entries:
            debits = self._debits.get(each.key, [])
            self._debits[each.key] = [each if (one.start, one.end) == (each.start, each.end) else one for one in debits]

    def give_back(self, key: Key, since: int) -> list[DraftLine]:
        """The credits of what an item was debited for the time from an instant on; it counts as given back from then on."""
        out: list[DraftLine] = []
        kept: list[DraftLine] = []
        for each in self._debits.get(key, ()):
            credit = each.given_back(since)
            left = each if credit is None else _until(each, since, credit)
            if credit is not None:
                out.append(credit)
            if left.end > left.start:
                kept.append(left)
        self._debits[key] = kept
        return out


def _until(entry: DraftLine, end: int, credit: DraftLine) -> DraftLine:
    """What is left of a debit whose later part was given back."""
    line, back = entry.line, credit.line
    left = {each.id: each.amount for each in back.discounts}
    rest = replace(
        line,
        amount=(line.amount or 0) + (back.amount or 0),
        discounts=tuple(replace(each, amount=each.amount + left.get(each.id, 0)) for each in line.discounts),
    )
    return replace(entry, line=rest, end=end)


def _bills_time(entry: DraftLine) -> bool:
    return entry.line.kind in ("recurring", "proration") and bool(entry.line.amount) and entry.end > entry.start
