"""Plans together as text: a table of months and currencies, and a line for each contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..forecast import Billed, Together, major

Paint = Callable[[str, str], str]

_MOST_CONTRACTS = 60
"""Contracts that the text names; the rest is counted."""

_STATUS = {"reconciled": "reconciled", "differs": "not reconciled", "not_compared": "not compared"}


def together_text(view: Together, *, colour: bool = False) -> str:
    """What several plans bill: by month and currency, then by contract."""
    paint: Paint = (lambda style, text: f"\x1b[{style}m{text}\x1b[0m") if colour else (lambda _style, text: text)
    return "\n".join([*_months(view, paint), "", *_contracts(view, paint)]) + "\n"


def _months(view: Together, paint: Paint) -> Iterator[str]:
    count = len(view.contracts)
    yield paint("1", f"forecast of {count} contract{'' if count == 1 else 's'}, before tax")
    currencies = view.currencies
    rows = [(f"{month} (before)", sums) for month, sums in view.months(past=True).items()]
    rows += list(view.months(past=False).items())
    sums = [("total", view.totals(past=False))]
    if view.totals(past=True):
        sums.insert(0, ("total before", view.totals(past=True)))
    cells = {name: [_cell(amounts, each) for each in currencies] for name, amounts in [*rows, *sums]}
    first = max((len(each) for each in cells), default=0)
    widths = [max((len(row[at]) for row in cells.values()), default=0) for at in range(len(currencies))]
    for name, row in cells.items():
        line = f"  {name.ljust(first)}" + "".join(
            f"  {each.rjust(width)}" for each, width in zip(row, widths, strict=True)
        )
        yield paint("1", line) if name.startswith("total") else line
    if not currencies:
        yield "  no invoice"
    if view.usage:
        yield "  and what is used"


def _cell(amounts: dict[str, int | None], currency: str) -> str:
    if currency not in amounts:
        return ""
    amount = amounts[currency]
    return "not known" if amount is None else major(amount, currency)


def _contracts(view: Together, paint: Paint) -> Iterator[str]:
    shown, rest = view.contracts[:_MOST_CONTRACTS], view.contracts[_MOST_CONTRACTS:]
    rows = [(each.contract.id, _count(each), _total(each), _compared(each), each.source) for each in shown]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(4)]
    for name, count, total, compared, source in rows:
        status = paint("33" if compared.startswith("not reconciled") else "32", compared.ljust(widths[3]))
        yield (
            f"  {name.ljust(widths[0])}  {count.rjust(widths[1])}  {total.rjust(widths[2])}  {status}  {source}".rstrip()
        )
    if rest:
        yield f"  and {len(rest)} contracts more: see `--format json`"
    for each in view.failed:
        yield f"  {each} has errors, and bills nothing"


def _count(each: Billed) -> str:
    return f"{len(each.ahead)} invoice{'' if len(each.ahead) == 1 else 's'}"


def _total(each: Billed) -> str:
    return "not known" if each.total is None else major(each.total, each.contract.currency)


def _compared(each: Billed) -> str:
    if each.account is None:
        return "not compared"
    by = each.account.difference if each.account.compared else 0
    words = _STATUS[each.account.status]
    return f"{words}, {major(abs(by), each.account.currency)} {'more' if by > 0 else 'less'}" if by else words
