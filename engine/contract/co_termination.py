"""Co-termination: every amendment ends when its contract ends, whatever day it starts on.

On the contract's day of the month the term or the end date is enough; on another day both must be right, and the setting
`non_anniversary_amendments` must allow it (docs/contract-model.md "Co-termination").
"""

from __future__ import annotations

from datetime import date, timedelta

from ..dates import add_months, is_month_end
from ..records import Record
from .agreement import Agreement, whole_term
from .context import Context
from .months import MONTH_END_SLACK, whole_months
from .terms import Terms


def co_terminating_start(context: Context, order: Record, agreement: Agreement) -> date | None:
    """The first day of an amendment that ends with its contract; None and a finding when it does not."""
    terms = context.read("contract", order)
    start: date | None = context.needed(terms, "start")
    if start is None:
        return None
    if not agreement.start <= start < agreement.end:
        last = agreement.end - timedelta(days=1)
        context.report(
            "E535",
            f"{terms.source('start')} is {start}, and the contract runs from {agreement.start} to {last}",
            order,
            terms=(terms, "start"),
            fix="amend the contract within its term",
        )
        return None
    anniversary = is_anniversary(agreement.start, start)
    check = _ends_on_anniversary if anniversary else _ends_off_anniversary
    return start if check(context, terms, start, agreement) else None


def is_anniversary(first: date, start: date) -> bool:
    """Whether a day is the start of a month of the contract, clamped to the month's end as billing dates are."""
    months = (start.year - first.year) * 12 + start.month - first.month
    return add_months(first, months) == start


def _ends_on_anniversary(context: Context, terms: Terms, start: date, agreement: Agreement) -> bool:
    last: date | None = terms.get("end_date")
    if terms.get("term_months") is None and last is None:
        return context.needed(terms, "term_months") is not None
    if terms.get("term_months") is not None:
        term = whole_term(context, terms)
        if term is None:
            return False
        months = (start.year - agreement.start.year) * 12 + start.month - agreement.start.month
        end = add_months(agreement.start, months + term)
        if end != agreement.end:
            return _not_co_terminating(context, terms, "term_months", f"{term} months from {start}", end, agreement)
    if last is not None and not _snaps(start, last + timedelta(days=1), agreement.end):
        return _not_co_terminating(context, terms, "end_date", str(start), last + timedelta(days=1), agreement)
    return True


def _snaps(start: date, end: date, wanted: date) -> bool:
    """Whether an end means the contract's: to the day, or as the end of a month has moved the start's day."""
    clamped = is_month_end(start) or is_month_end(end - timedelta(days=1)) or is_month_end(end)
    return end == wanted or (clamped and abs((end - wanted).days) <= MONTH_END_SLACK)


def _ends_off_anniversary(context: Context, terms: Terms, start: date, agreement: Agreement) -> bool:
    if not context.settings.non_anniversary_amendments:
        context.report(
            "E533",
            f"{terms.source('start')} is {start}, and the months of the contract start on day {agreement.start.day}",
            terms.record,
            terms=(terms, "start"),
            fix="start the amendment on that day of the month, or set non_anniversary_amendments = true",
        )
        return False
    last: date | None = context.needed(terms, "end_date")
    if last is None:
        return False
    end = last + timedelta(days=1)
    if end != agreement.end:
        return _not_co_terminating(context, terms, "end_date", str(start), end, agreement)
    if terms.get("term_months") is None:
        return True
    term = whole_term(context, terms, least=0)
    months = whole_months(start, end)[0]
    if term is not None and term != months:
        context.report(
            "E534",
            f"{terms.source('term_months')} is {term}, and {start} to {last} are {months} whole months",
            terms.record,
            terms=(terms, "term_months"),
            fix=f"set the subscription term of the amendment's quote to {months}, or leave it empty",
        )
        return False
    return term is not None


def _not_co_terminating(context: Context, terms: Terms, name: str, what: str, end: date, agreement: Agreement) -> bool:
    context.report(
        "E532",
        f"{terms.record} ends on {end - timedelta(days=1)} ({what}), "
        f"and its contract on {agreement.end - timedelta(days=1)}",
        terms.record,
        terms=(terms, name),
        fix="let every amendment end with the contract: correct the term or the end date of its quote",
    )
    return False
