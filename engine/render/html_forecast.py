"""The forecast and its reconciliation as the HTML page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..forecast import Account, Comparison, Forecast, ForecastedPlan, Invoice, InvoiceLine
from ..money import plain
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
    """One invoice, in words. `usage` says that what is used is billed besides the total; `past` that it was billed before."""

    date: str
    iso: str
    due: str
    reason: str
    summary: str
    lines: tuple[LineView, ...]
    discounts: str
    total: str
    usage: bool
    past: bool


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
    follows: str
    difference: str
    rows: tuple[ComparisonView, ...]


@dataclass(frozen=True, slots=True)
class ForecastView:
    """The invoices and the accounts. `totals` are of what is to come, `past_totals` of what earlier plans have billed.

    `taken_off` is what coupons take off in all; `dues` and `discounted` say whether any invoice has such; `until` says how
    far the forecast looks where a contract has no end; `assumptions` what has to happen besides the plan's calls.
    """

    invoices: tuple[InvoiceView, ...]
    totals: tuple[str, ...]
    past_totals: tuple[str, ...]
    taken_off: str
    dues: bool
    discounted: bool
    until: str
    accounts: tuple[AccountView, ...]
    status: str
    status_words: str
    assumptions: tuple[str, ...]


def forecast_view(view: ForecastedPlan) -> ForecastView | None:
    """The forecast of a plan; none where it has none."""
    if view.outlook is None:
        return None
    found, reconciliation = view.outlook.forecast, view.outlook.reconciliation
    invoices = tuple(_invoice(each) for each in found.invoices)
    names = _names(found)
    accounts = tuple(_account(each, names) for each in reconciliation.accounts)
    endless = any(each.kind == "evergreen" for each in view.plan.contracts)
    status = reconciliation.status if accounts else ""
    return ForecastView(
        invoices,
        tuple(_totals(found.totals)),
        tuple(_totals(found.past_totals)),
        _taken_off(found),
        any(each.due for each in invoices),
        any(each.discounts for each in invoices),
        f"The contract has no end; {found.cycles} billing cycles are shown." if endless else "",
        accounts,
        status,
        _STATUS.get(status, ""),
        found.assumptions,
    )


def _totals(totals: Mapping[str, int | None]) -> Iterator[str]:
    for currency, total in totals.items():
        yield money(total, currency) if total is not None else f"not known in {currency.upper()}"


def _taken_off(found: Forecast) -> str:
    """What coupons take off all invoices, where they are in one currency."""
    currencies = {each.currency for each in found.invoices}
    off = sum(each.discounts for each in found.invoices)
    return money(-off, next(iter(currencies))) if off and len(currencies) == 1 else ""


def _invoice(invoice: Invoice) -> InvoiceView:
    currency, total = invoice.currency, invoice.total
    lines = tuple(_line(each, currency) for each in invoice.lines)
    return InvoiceView(
        date=day_words(invoice.date),
        iso=invoice.date.isoformat(),
        due=day_words(invoice.due_date) if invoice.due_date else "",
        reason=_REASONS.get(invoice.reason, ""),
        summary=_summary(invoice.lines),
        lines=lines,
        discounts=money(-invoice.discounts, currency) if invoice.discounts else "",
        total=money(total, currency) if total is not None else "not known",
        usage=any(each.kind == "usage" for each in invoice.lines),
        past=invoice.past,
    )


def _summary(lines: Sequence[InvoiceLine]) -> str:
    more = len(lines) - _MOST_LINES
    return "; ".join(_line_words(each) for each in lines[:_MOST_LINES]) + (f"; and {more} more" if more > 0 else "")


def _line_words(line: InvoiceLine) -> str:
    kind = _KINDS.get(line.kind, "")
    words = f"{line.quantity:,} × {line.description}" if line.quantity is not None else line.description
    return f"{words} ({kind})" if kind else words


def _line(line: InvoiceLine, currency: str) -> LineView:
    amount = line.amount
    usage = line.kind == "usage"
    counted = "by use" if usage else f"{line.quantity:,}" if line.quantity is not None else ""
    return LineView(
        name=line.description,
        kind=_KINDS.get(line.kind, ""),
        period=span_words(line.period.start.isoformat(), line.period.end.isoformat()),
        quantity=f"{counted} × {line.cycles} cycles" if line.cycles > 1 else counted,
        unit=_unit(line, currency),
        discounts=tuple((each.coupon, money(-each.amount, currency)) for each in line.discounts),
        amount=money(amount, currency) if amount is not None else "by use" if usage else "not known",
    )


def _unit(line: InvoiceLine, currency: str) -> str:
    if line.unit_amount is not None:
        return money(plain(line.unit_amount), currency)
    return "tiers" if line.amount is not None else ""


def _names(found: Forecast) -> dict[str, str]:
    """What the lines of the forecast call each order line."""
    return {
        line.order_item: line.description for invoice in found.invoices for line in invoice.lines if line.order_item
    }


def _account(account: Account, names: Mapping[str, str]) -> AccountView:
    currency = account.currency
    return AccountView(
        account.status,
        _STATUS.get(account.status, ""),
        money(account.sold, currency),
        money(account.billed, currency),
        money(account.follows, currency) if account.follows else "",
        money(account.difference, currency),
        tuple(_comparison(each, currency, names) for each in account.comparisons),
    )


def _comparison(found: Comparison, currency: str, names: Mapping[str, str]) -> ComparisonView:
    items = found.order_items
    known = tuple(dict.fromkeys(names[each] for each in items if each in names))
    words = found.status.replace("_", " ")
    why = found.reason or (found.cause.text if found.cause else "")
    if found.follows:
        why = "; ".join([f"{money(found.follows, currency)} by phases that follow", *([why] if why else [])])
    return ComparisonView(
        names=known,
        items=items,
        sold="" if found.reason else money(found.sold, currency),
        billed=money(found.billed, currency) if found.billed or not found.reason else "",
        difference=money(found.difference, currency) if found.difference else "",
        status=found.status,
        words=f"{words}: {why}" if why else words,
    )
