"""The invoices of one subscription: what waits for one, which coupons count on it, and what it debits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .coupons import SUBSCRIPTION, Redemptions, with_invoice_coupons
from .cycles import day
from .ledger import Ledger
from .lines import DraftLine
from .model import Invoice, Reason
from .prices import PlannedCoupon


@dataclass(frozen=True, slots=True)
class Pending:
    """An item that waits for an invoice; one that is `at_once` gets an invoice of its own."""

    entry: DraftLine
    at_once: bool


@dataclass(slots=True)
class Invoicing:
    """What has been and is to be invoiced. Instants are UTC seconds."""

    contract: str
    currency: str
    invoices: list[Invoice] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    redemptions: Redemptions = field(default_factory=Redemptions)
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def has_urgent(self) -> bool:
        """Whether something waits that is not to wait."""
        return any(each.at_once for each in self.pending)

    def close(self) -> None:
        """What was invoiced so far is past: an earlier plan led to it."""
        self.invoices[:] = [replace(each, past=True) for each in self.invoices]

    def wait(self, entries: Sequence[DraftLine], *, at_once: bool = False) -> None:
        """Items wait for the next invoice."""
        self.ledger.note(entries)
        self.pending += [Pending(each, at_once) for each in entries]

    def issue(
        self,
        at: int,
        billed: Sequence[DraftLine],
        reason: Reason,
        coupons: Sequence[PlannedCoupon],
        *,
        due: int | None,
        usage: Sequence[DraftLine] = (),
        takes_pending: bool = True,
    ) -> None:
        """An invoice of what is billed now, of what waits, and of what was used; none where there is nothing of these."""
        waited: list[DraftLine] = []
        if takes_pending:
            waited, self.pending = [each.entry for each in self.pending], []
        entries = [*billed, *waited, *usage]
        if not entries:
            return
        active = self.redemptions.active(SUBSCRIPTION, coupons, at)
        if any(each.line.amount for each in entries):
            self.redemptions.spend(SUBSCRIPTION, active)
        found = with_invoice_coupons(entries, active)
        self.ledger.note(found[: len(billed)])
        self.ledger.settle(found[len(billed) : len(billed) + len(waited)])
        lines = tuple(each.line for each in found)
        due_date = None if due is None else day(due)
        self.invoices.append(Invoice(day(at), due_date, reason, self.contract, self.currency, lines))
