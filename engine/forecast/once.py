"""Invoices of orders that are billed once: invoice items, and the invoice that takes them up."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import lines
from .coupons import with_invoice_coupons
from .cycles import day
from .lines import DraftLine
from .model import Course, Invoice
from .planned import CreateInvoice, CreateInvoiceItem


@dataclass(frozen=True, slots=True)
class _Draft:
    """An invoice that is not finalized yet: items that name it may still come."""

    call: CreateInvoice
    at: int
    taken: list[DraftLine]


@dataclass(slots=True)
class Billing:
    """The invoice items of one contract that wait for an invoice, and the invoices that have taken them up."""

    contract: str
    currency: str
    now: int
    invoices: list[Invoice] = field(default_factory=list)
    _waiting: list[tuple[str | None, DraftLine]] = field(default_factory=list)
    _drafts: dict[str, _Draft] = field(default_factory=dict)

    def create_item(self, call: CreateInvoiceItem) -> None:
        """An invoice item waits for an invoice, or goes to the one that it names, where that is there already."""
        entry = lines.once(call.item, call.start, call.end)
        draft = self._drafts.get(call.invoice) if call.invoice is not None else None
        if draft is not None:
            draft.taken.append(entry)
        else:
            self._waiting.append((call.invoice, entry))

    def handed_over(self) -> list[DraftLine]:
        """What waits for no invoice by name: a subscription that is made takes it up with its first."""
        taken = [entry for named, entry in self._waiting if named is None]
        self._waiting = [each for each in self._waiting if each[0] is not None]
        return taken

    def create_invoice(self, call: CreateInvoice) -> None:
        """An invoice takes the items that wait, where it says so, and those that name it, now or later."""
        wanted = {call.id} | ({None} if call.takes_pending else set())
        taken = [entry for named, entry in self._waiting if named in wanted]
        self._waiting = [each for each in self._waiting if each[0] not in wanted]
        self._drafts[call.id] = _Draft(call, self.now, taken)

    def finalize(self) -> None:
        """What the invoices have taken up is billed: on the day on which each was made."""
        for draft in self._drafts.values():
            self.invoices.append(
                Invoice(
                    date=day(draft.at),
                    due_date=None if draft.call.due is None else day(draft.call.due),
                    reason="manual",
                    contract=self.contract,
                    currency=self.currency,
                    lines=tuple(each.line for each in with_invoice_coupons(draft.taken, draft.call.discounts)),
                ),
            )
        self._drafts.clear()

    def course(self) -> Course:
        """How the billing ran: what no invoice has taken up."""
        lost = tuple(entry.line for _, entry in self._waiting)
        return Course(self.contract, self.currency, complete=True, lost=lost)
