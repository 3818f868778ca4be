"""The forecast and its reconciliation as the HTML page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .days import day_words, span_words
from .parameters import money

_KINDS = {
    "one_time": "one-time",
    "proration": "proration",
    "credit": "credit",
    "rounding": "rounding difference",
    "usage": "usage",
}
_MOST_LINES = 5
"""How many lines of an invoice are named before it is unfolded."""

_REASONS = {
    "subscription_create": "first invoice",
    "subscription_cycle": "next cycle",
    "subscription_update": "change",
    "manual": "made by hand or at once",
}
_STATUS = {
    "reconciled": "Reconciled: what is billed is what was sold",
    "differs": "Not reconciled: what is billed differs from what was sold",
    "not_compared": "Not compared: no order line can be, for the reasons given",
}


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of an invoice, in words."""

    name: str
    kind: str
    period: str
    quantity: str
    unit: str
    discounts: tuple[tuple[str, str], ...]
    amount: str


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """One invoice, in words. `usage` says that what is used is billed besides the total."""

    date: str
    iso: str
    due: str
    reason: str
    summary: str
    lines: tuple[LineView, ...]
    discounts: str
    total: str
    usage: bool


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """What some order lines were sold for and what they are billed."""

    names: tuple[str, ...]
    items: tuple[str, ...]
    sold: str
    billed: str
    difference: str
    status: str
    words: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """The reconciliation of one contract."""

    status: str
    words: str
    sold: str
    billed: str
    difference: str
    rows: tuple[ComparisonView, ...]


@dataclass(frozen=True, slots=True)
class ForecastView:
    """The invoices and the accounts.

    `taken_off` is what coupons take off in all; `dues` and `discounted` say whether any invoice has such; `until` says how
    far the forecast looks where a contract has no end; `assumptions` what has to happen besides the plan's calls.
    """

    invoices: tuple[InvoiceView, ...]
    totals: tuple[str, ...]
    taken_off: str
    dues: bool
    discounted: bool
    until: str
    accounts: tuple[AccountView, ...]
    status: str
    status_words: str
    assumptions: tuple[str, ...]


def forecast_view(document: Mapping[str, Any]) -> ForecastView | None:
    """The forecast of a plan document; none where it has none."""
    found = document.get("forecast")
    if not found:
        return None
    invoices = tuple(_invoice(each) for each in found.get("invoices", ()))
    names = _names(found)
    reconciliation = found.get("reconciliation") or {}
    accounts = tuple(_account(each, names) for each in reconciliation.get("contracts", ()))
    endless = any(each["kind"] == "evergreen" for each in document.get("contracts", ()))
    cycles = found.get("cycles")
    status = reconciliation.get("status", "") if accounts else ""
    return ForecastView(
        invoices,
        tuple(_totals(found)),
        _taken_off(found),
        any(each.due for each in invoices),
        any(each.discounts for each in invoices),
        f"The contract has no end; {cycles} billing cycles are shown." if endless and cycles else "",
        accounts,
        status,
        _STATUS.get(status, ""),
        tuple(found.get("assumptions", ())),
    )


def _totals(found: Mapping[str, Any]) -> Iterator[str]:
    for currency, total in sorted((found.get("totals") or {}).items()):
        yield money(total, currency) if total is not None else f"not known in {currency.upper()}"


def _taken_off(found: Mapping[str, Any]) -> str:
    """What coupons take off all invoices, where they are in one currency."""
    invoices = found.get("invoices", ())
    currencies = {each["currency"] for each in invoices}
    off = sum(each.get("discounts") or 0 for each in invoices)
    return money(-off, next(iter(currencies))) if off and len(currencies) == 1 else ""


def _invoice(invoice: Mapping[str, Any]) -> InvoiceView:
    currency = invoice["currency"]
    lines = tuple(_line(each, currency) for each in invoice["lines"])
    total = invoice["total"]
    due = invoice.get("due_date")
    return InvoiceView(
        date=day_words(invoice["date"]),
        iso=invoice["date"],
        due=day_words(due) if due else "",
        reason=_REASONS.get(invoice.get("reason", ""), ""),
        summary=_summary(invoice["lines"]),
        lines=lines,
        discounts=money(-invoice["discounts"], currency) if invoice.get("discounts") else "",
        total=money(total, currency) if total is not None else "not known",
        usage=any(each["kind"] == "usage" for each in invoice["lines"]),
    )


def _summary(lines: Sequence[Mapping[str, Any]]) -> str:
    more = len(lines) - _MOST_LINES
    return "; ".join(_line_words(each) for each in lines[:_MOST_LINES]) + (f"; and {more} more" if more > 0 else "")


def _line_words(line: Mapping[str, Any]) -> str:
    kind = _KINDS.get(line["kind"], "")
    quantity = line.get("quantity")
    words = f"{quantity:,} × {line['description']}" if quantity is not None else str(line["description"])
    return f"{words} ({kind})" if kind else words


def _line(line: Mapping[str, Any], currency: str) -> LineView:
    period = line.get("period") or {}
    quantity, amount, unit = line.get("quantity"), line.get("amount"), line.get("unit_amount")
    usage = line["kind"] == "usage"
    cycles = line.get("cycles", 1)
    counted = "by use" if usage else f"{quantity:,}" if quantity is not None else ""
    return LineView(
        name=str(line["description"]),
        kind=_KINDS.get(line["kind"], ""),
        period=span_words(period["start"], period["end"]) if period else "",
        quantity=f"{counted} × {cycles} cycles" if cycles > 1 else counted,
        unit=money(unit, currency) if unit is not None else "tiers" if amount is not None else "",
        discounts=tuple((str(each["coupon"]), money(-each["amount"], currency)) for each in line.get("discounts", ())),
        amount=money(amount, currency) if amount is not None else "by use" if usage else "not known",
    )


def _names(found: Mapping[str, Any]) -> dict[str, str]:
    """What the lines of the forecast call each order line."""
    return {
        str(line["order_item"]): str(line["description"])
        for invoice in found.get("invoices", ())
        for line in invoice["lines"]
        if line.get("order_item")
    }


def _account(account: Mapping[str, Any], names: Mapping[str, str]) -> AccountView:
    currency = account["currency"]
    return AccountView(
        account["status"],
        _STATUS.get(account["status"], ""),
        money(account["sold"], currency),
        money(account["billed"], currency),
        money(account["difference"], currency),
        tuple(_comparison(each, currency, names) for each in account["lines"]),
    )


def _comparison(found: Mapping[str, Any], currency: str, names: Mapping[str, str]) -> ComparisonView:
    items = tuple(str(each) for each in found["order_items"])
    known = tuple(dict.fromkeys(names[each] for each in items if each in names))
    words = {"equal": "equal", "differs": "differs", "not_compared": "not compared"}[found["status"]]
    why = found.get("reason") or found.get("cause") or ""
    return ComparisonView(
        names=known,
        items=items,
        sold=money(found["sold"], currency) if "sold" in found else "",
        billed=money(found["billed"], currency) if found["billed"] or "sold" in found else "",
        difference=money(found["difference"], currency) if found.get("difference") else "",
        status=found["status"],
        words=f"{words}: {why}" if why else words,
    )
