"""Invoices of orders that are billed once: invoice items, and the invoice that takes them up."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import lines
from .coupons import with_invoice_coupons
from .cycles import day
from .lines import Entry
from .model import Course, Invoice
from .planned import CreateInvoice, CreateInvoiceItem


@dataclass(slots=True)
class Billing:
    """The invoice items of one contract that wait for an invoice, and the invoices that have taken them up."""

    contract: str
    currency: str
    now: int
    invoices: list[Invoice] = field(default_factory=list)
    _waiting: list[tuple[str | None, Entry]] = field(default_factory=list)

    def create_item(self, call: CreateInvoiceItem) -> None:
        """An invoice item waits for an invoice, or for the one that it names."""
        self._waiting.append((call.invoice, lines.once(call.item, call.start, call.end)))

    def create_invoice(self, call: CreateInvoice) -> None:
        """An invoice takes the items that name it, and those that wait, where it says so."""
        wanted = {call.id} | ({None} if call.takes_pending else set())
        taken = [entry for named, entry in self._waiting if named in wanted]
        self._waiting = [each for each in self._waiting if each[0] not in wanted]
        self.invoices.append(
            Invoice(
                date=day(self.now),
                due_date=None if call.due is None else day(call.due),
                reason="manual",
                contract=self.contract,
                currency=self.currency,
                lines=tuple(each.line for each in with_invoice_coupons(taken, call.discounts)),
            ),
        )

    def course(self) -> Course:
        """How the billing ran: what no invoice has taken up."""
        lost = tuple(entry.line for _, entry in self._waiting)
        return Course(self.contract, self.currency, complete=True, lost=lost)
