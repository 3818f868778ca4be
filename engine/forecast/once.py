"""Invoices of orders that are billed once: invoice items, and the invoice that takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import lines
from .coupons import with_invoice_coupons
from .cycles import day
from .model import Course, Invoice, Line
from .phases import coupons, extra
from .prices import Catalogue, reference

_DAY = 86_400


@dataclass(slots=True)
class Billing:
    """The invoice items of one contract that wait for an invoice, and the invoices that have taken them up."""

    catalogue: Catalogue
    contract: str
    currency: str
    now: int
    invoices: list[Invoice] = field(default_factory=list)
    _waiting: list[tuple[str | None, Line]] = field(default_factory=list)

    def create_item(self, params: Mapping[str, Any]) -> None:
        """An invoice item waits for an invoice, or for the one that it names."""
        item = extra(params, self.catalogue)
        named = params.get("invoice")
        period = params.get("period") or {}
        start, end = int(period.get("start") or self.now), int(period.get("end") or self.now)
        self._waiting.append((reference(named) if named is not None else None, lines.once(item, start, end)))

    def create_invoice(self, call: Mapping[str, Any]) -> None:
        """An invoice takes the items that name it, and those that wait, where it says so."""
        params = call["params"]
        wanted = {call["id"]} | ({None} if params.get("pending_invoice_items_behavior") == "include" else set())
        taken = [line for named, line in self._waiting if named in wanted]
        self._waiting = [each for each in self._waiting if each[0] not in wanted]
        found = with_invoice_coupons(taken, coupons(params, self.catalogue))
        term, due = params.get("days_until_due"), params.get("due_date")
        moment = self.now + int(term) * _DAY if term is not None else None if due is None else int(due)
        self.invoices.append(
            Invoice(
                date=day(self.now),
                due_date=None if moment is None else day(moment),
                reason="manual",
                contract=self.contract,
                currency=self.currency,
                lines=found,
            ),
        )

    def course(self) -> Course:
        """How the billing ran: what no invoice has taken up."""
        return Course(self.contract, self.currency, complete=True, lost=tuple(line for _, line in self._waiting))
