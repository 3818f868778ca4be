"""The forecast for a spreadsheet: one row an invoice line, amounts in major units."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from itertools import chain
from typing import Any

from ..forecast import Invoice
from ..money import decimals_of, plain

COLUMNS = (
    "contract",
    "invoice_date",
    "due_date",
    "reason",
    "order_item",
    "price",
    "description",
    "kind",
    "period_start",
    "period_end",
    "quantity",
    "unit_amount",
    "amount",
    "discount",
    "total",
    "currency",
    "before",
)
"""The first row. `period_end` is the day after the last; `total` is the amount less the discount;
`before` is `yes` for what earlier plans have billed."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def forecast_csv(*invoices: Iterable[Invoice]) -> str:
    """The lines of invoices as CSV; amounts that are not known are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for invoice in chain(*invoices):
        decimals = decimals_of(invoice.currency)
        for line in invoice.lines:
            unit = None if line.unit_amount is None else Decimal(plain(line.unit_amount))
            writer.writerow(
                [
                    _text(invoice.contract),
                    invoice.date,
                    invoice.due_date or "",
                    invoice.reason,
                    _text(line.order_item),
                    _text(line.price),
                    _text(line.description),
                    line.kind,
                    line.period.start,
                    line.period.end,
                    "" if line.quantity is None else line.quantity,
                    "" if unit is None else format(unit.scaleb(-decimals), "f"),
                    _major(line.amount, decimals),
                    _major(line.discount, decimals),
                    "" if line.amount is None else _major(line.amount - line.discount, decimals),
                    invoice.currency.upper(),
                    "yes" if invoice.past else "",
                ]
            )
    return out.getvalue()


def _major(amount: int | None, decimals: int) -> str:
    return "" if amount is None else format(Decimal(amount).scaleb(-decimals), "f")


def _text(value: Any) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
