"""The forecast as text: one row an invoice, equal ones in one row, then what was sold against what is billed."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence

from ..forecast import Account, Forecast, ForecastedPlan, Invoice, InvoiceLine, major, total_of
from ..plan import ContractSummary
from .parameters import one_line
from .runs import Repeated, runs

Paint = Callable[[str, str], str]

_MOST_LINES = 3
"""Lines of an invoice that a row names; the rest is counted."""

_MOST_ROWS = 40
"""Rows of one contract; the invoices after them are added up."""

_MOST_DIFFERENCES = 10
_LEAST_ROOM = 30


def render_forecast(view: ForecastedPlan, paint: Paint, width: int | None = None) -> list[str]:
    """The lines of a plan's forecast; none when it has no forecast."""
    if view.outlook is None:
        return []
    forecast = view.outlook.forecast
    accounts = {each.contract: each for each in view.outlook.reconciliation.accounts}
    contracts = view.plan.contracts
    out: list[str] = []
    for contract in contracts:
        invoices = [each for each in forecast.invoices if each.contract == contract.id]
        title = "forecast, before tax" + (f", of order {contract.first_order}" if len(contracts) > 1 else "")
        out.append(paint("1", title + _common_term(invoices)))
        rows = [_row(each, contract.currency, named=bool(_common_term(invoices))) for each in runs(invoices)]
        out += _table(rows, width)
        out += [f"  {line}" for line in _sums(contract, invoices, forecast, paint)]
        out += [f"  {line}" for line in _account(accounts.get(contract.id), invoices, paint)]
        out.append("")
    for each in forecast.assumptions:
        lines = textwrap.wrap(f"assumed: {each}", max(width or 0, _LEAST_ROOM) - 2 if width else 10_000)
        out[-1:] = [*(f"  {line}" for line in lines), ""]
    return out


def forecast_text(view: ForecastedPlan, *, colour: bool = False, width: int | None = None) -> str:
    """The forecast of a plan alone."""
    paint: Paint = (lambda style, text: f"\x1b[{style}m{text}\x1b[0m") if colour else (lambda _style, text: text)
    return "\n".join(render_forecast(view, paint, width)[:-1]) + "\n"


def _table(rows: Sequence[tuple[str, str, str]], width: int | None) -> list[str]:
    """Rows of date, amount and lines, in columns; the last column continues below itself, or on lines of its own."""
    shown, rest = rows[:_MOST_ROWS], rows[_MOST_ROWS:]
    first, second = (max((len(each[column]) for each in shown), default=0) for column in (0, 1))
    indent = 2 + first + 2 + second + 2
    out: list[str] = []
    for when, amount, what in shown:
        head = f"  {when.ljust(first)}  {amount.rjust(second)}"
        if width is None or indent + len(what) <= width:
            out.append(f"{head}  {what}".rstrip())
        elif width - indent >= _LEAST_ROOM:
            pieces = textwrap.wrap(what, width - indent, break_on_hyphens=False)
            out += [f"{head}  {pieces[0]}", *(" " * indent + each for each in pieces[1:])]
        else:
            out.append(head)
            out += [
                f"      {each}" for each in textwrap.wrap(what, max(width - 6, _LEAST_ROOM), break_on_hyphens=False)
            ]
    return [*out, f"  and {len(rest)} rows more: see `--format csv`"] if rest else out


def _row(run: Repeated, currency: str, *, named: bool) -> tuple[str, str, str]:
    """When, how much, and for what."""
    invoice = run.first
    when = f"{run.first.date} to {run.last.date}, {len(run.invoices)} × {run.every}" if run.every else str(invoice.date)
    if invoice.due_date and not named:
        when += f", due in {_term(invoice)} days"
    if all(each.kind == "usage" for each in invoice.lines):
        amount = "usage"
    else:
        amount = "not known" if invoice.total is None else major(invoice.total, currency)
    return when, amount, _what(invoice, currency) + (" (before this plan)" if invoice.past else "")


def _what(invoice: Invoice, currency: str) -> str:
    words = [_words(each) for each in invoice.lines]
    if len(words) > _MOST_LINES + 1:
        words = [*words[:_MOST_LINES], f"{len(words) - _MOST_LINES} lines more"]
    text = ", ".join(words)
    return f"{text}; less {major(invoice.discounts, currency)} of coupons" if invoice.discounts else text


def _words(line: InvoiceLine) -> str:
    """A line in few words: `5 × Workspace seat`, `credit for 3 × Workspace seat`."""
    name = one_line(line.description)
    counted = name if line.quantity in (None, 1) and line.kind != "recurring" else f"{line.quantity} × {name}"
    if line.kind == "recurring":
        return counted + (f" for {line.cycles} cycles" if line.cycles > 1 else "")
    return {
        "usage": f"usage of {name}",
        "credit": f"credit for {counted}",
        "rounding": f"rounding of {name}",
        "proration": f"part of a cycle of {counted}",
    }.get(line.kind, counted)


def _common_term(invoices: Sequence[Invoice]) -> str:
    """The payment term, where all invoices have the same."""
    terms = {_term(each) for each in invoices}
    term = next(iter(terms)) if len(terms) == 1 else None
    return "" if term is None else f", each invoice due in {term} days"


def _term(invoice: Invoice) -> int | None:
    """The days in which an invoice is due, where it has such."""
    return (invoice.due_date - invoice.date).days if invoice.due_date else None


def _sums(contract: ContractSummary, invoices: Sequence[Invoice], forecast: Forecast, paint: Paint) -> Iterator[str]:
    if not invoices:
        yield "no invoice"
        return
    past, ahead = ([each for each in invoices if each.past is before] for before in (True, False))
    words, before = (_total(each, contract.currency) for each in (ahead, past))
    count = _count(ahead)
    more = ", and what is used" if any(line.kind == "usage" for each in invoices for line in each.lines) else ""
    endless = contract.kind == "evergreen" and contract.end is None
    until = f" in the first {forecast.cycles} billing cycles" if endless else ""
    after = f", after {_count(past)} of {before} before this plan" if past else ""
    yield paint("1", f"{count}, {words} in total{more}{until}{after}")


def _count(invoices: Sequence[Invoice]) -> str:
    return f"{len(invoices) or 'no'} invoice{'' if len(invoices) == 1 else 's'}"


def _total(invoices: Sequence[Invoice], currency: str) -> str:
    total = total_of(invoices)
    return "not known" if total is None else major(total, currency)


def _account(account: Account | None, invoices: Sequence[Invoice], paint: Paint) -> Iterator[str]:
    """What was sold against what is billed, as a finance person reads it."""
    if account is None:
        return
    currency = account.currency
    sums = f"{major(account.sold, currency)} sold, {major(account.billed, currency)} billed"
    if account.follows:
        sums += f" now, {major(account.follows, currency)} by phases that follow"
    coupons = ", before coupons" if any(each.discounts for each in invoices) else ""
    if account.status == "reconciled":
        yield paint("32", f"reconciled: {sums}{coupons}")
    elif account.status == "differs":
        by = account.difference
        tail = f", {major(abs(by), currency)} {'more' if by > 0 else 'less'}" if by else ", the same in sum only"
        yield paint("33", f"not reconciled: {sums}{coupons}{tail}")
    differing = [each for each in account.compared if each.difference]
    for each in differing[:_MOST_DIFFERENCES]:
        yield (
            f"  {', '.join(each.order_items)}: {major(each.sold, currency)} sold, "
            f"{major(each.billed, currency)} billed: {each.cause.text if each.cause else ''}"
        )
    if len(differing) > _MOST_DIFFERENCES:
        yield f"  and {len(differing) - _MOST_DIFFERENCES} lines more that differ"
    reasons: dict[str, int] = {}
    for each in account.comparisons:
        if each.reason:
            reasons[each.reason] = reasons.get(each.reason, 0) + len(each.order_items)
    for reason, count in reasons.items():
        yield f"not compared: {count} order line{'s' if count > 1 else ''} ({reason})"
