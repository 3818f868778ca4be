"""What an initial order agrees on: first day, end, currency; each line has a billing cycle of its own.

The end is the day after the quote's end date, else the start plus the term's months, clamped to the month's last day
(docs/contract-model.md "Start, term and end").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from ..dates import add_months
from ..money import plain
from ..records import Record
from .context import Context, whole
from .lines import OrderLines
from .membership import Membership
from .model import Contract, ContractKind, Origin, Origins
from .months import LONGEST_TERM, MONTH_END_SLACK, whole_months
from .terms import Terms


@dataclass(frozen=True, slots=True)
class Agreement:
    """The frame of a renewable contract; `end` is exclusive.

    `term_months` are the whole months between both; `mixed` says that its lines are billed in
    several cycles, `flexible` that its subscription is in the flexible billing mode.
    """

    start: date
    end: date
    term_months: int
    skip_past_invoices: bool
    mixed: bool = False
    flexible: bool = False
    origin: Mapping[str, Origin] = field(default_factory=dict, compare=False)


def agreed(context: Context, order: Record) -> Agreement | None:
    """The frame of an initial order with recurring lines; None and findings when it cannot be told.

    The end date of the quote comes before its term, which CPQ rounds up to whole months or leaves empty.
    """
    terms = context.read("contract", order)
    since = len(context.findings)
    start: date | None = context.needed(terms, "start")
    last: date | None = terms.get("end_date")
    term: int | None = None
    if terms.get("term_months") is not None or last is None:
        term = whole_term(context, terms) if context.needed(terms, "term_months") is not None else None
    if context.stopped(since) or start is None:
        return None
    by_term = add_months(start, term) if term is not None else None
    skip = bool(terms.get("skip_past_invoices"))
    began, skipped = terms.origin("start"), terms.origin("skip_past_invoices")
    if by_term is not None and (last is None or _same_end(start, by_term, last + timedelta(days=1))):
        ended = began.beside(terms.origin("term_months")).since(f"{start} + {term} months = {by_term}")
        origin = {
            "start": began,
            "end": ended,
            "term_months": terms.origin("term_months"),
            "skip_past_invoices": skipped,
        }
        return Agreement(start, by_term, whole_months(start, by_term)[0], skip, origin=origin)
    if last is None:
        return None
    end = last + timedelta(days=1)
    if end <= start or whole_months(start, end)[0] > LONGEST_TERM:
        context.report(
            "E513",
            f"{terms.source('end_date')} is {last}, "
            + (
                f"before the contract starts on {start}" if end <= start else f"more than a hundred years after {start}"
            ),
            order,
            terms=(terms, "end_date"),
            fix="correct the start or the end date of the quote",
        )
        return None
    _compare_term(context, order, terms, start, end, term)
    ended, months = terms.origin("end_date", f"the day after {last}"), whole_months(start, end)[0]
    length = began.beside(terms.origin("end_date")).since(f"{start} to {last} are {months} whole months")
    origin = {"start": began, "end": ended, "term_months": length, "skip_past_invoices": skipped}
    return Agreement(start, end, months, skip, origin=origin)


def _compare_term(context: Context, order: Record, terms: Terms, start: date, end: date, term: int | None) -> None:
    """Say where the term is more than the end date rounded to months: the end date decides."""
    months, days = whole_months(start, end)
    if term is None or months <= term <= months + bool(days):
        return
    more = f" and {days} days" if days else ""
    context.report(
        "W580",
        f"{terms.source('term_months')} is {term}, and {start} to {end - timedelta(days=1)} are {months} months{more}",
        order,
        terms=(terms, "term_months"),
        notes=("the end date decides: what is billed is what the lines are worth until then",),
        fix="if the term is right, correct the end date of the quote",
    )


def whole_term(context: Context, terms: Terms, least: int = 1) -> int | None:
    """A term as a whole number of months, at least `least`; None and a finding when it is none."""
    value = terms.get("term_months")
    months = whole(value)
    if months is None or not least <= months <= LONGEST_TERM:
        context.report(
            "E512",
            f"{terms.source('term_months')} is {plain(Decimal(value))}, "
            f"and a term is a whole number of months from {least} to {LONGEST_TERM}",
            terms.record,
            terms=(terms, "term_months"),
            fix="set the subscription term of the quote to whole months",
        )
        return None
    return months


def _same_end(start: date, end: date, given: date) -> bool:
    """Whether an end date means the same end: to the day, or clamped another way at the end of a month."""
    return given == end or (start.day > 31 - MONTH_END_SLACK - 1 and abs((given - end).days) <= MONTH_END_SLACK)


def currency_of(context: Context, order: Record) -> str | None:
    """The lower-case currency of an order; None and a finding when it is no ISO code."""
    terms = context.read("contract", order)
    code = str(terms.get("currency") or context.settings.default_currency).lower()
    if len(code) == 3 and code.isascii() and code.isalpha():  # noqa: PLR2004 - ISO 4217 codes have three letters
        return code
    context.report(
        "E518",
        f"{terms.source('currency')} is {code!r}, and a currency is a code of three letters",
        order,
        terms=(terms, "currency"),
        fix="set the setting default_currency or the currency of the order to an ISO 4217 code",
    )
    return None


def currency_origin(context: Context, order: Record) -> Origin:
    """Where the currency of an order comes from."""
    terms = context.read("contract", order)
    if terms.get("currency"):
        return terms.origin("currency")
    return terms.origin("currency", f"it is empty: settings.default_currency = {context.settings.default_currency}")


def begun(
    context: Context, membership: Membership, kind: ContractKind, account: Record, currency: str, lines: OrderLines
) -> Contract:
    """What every contract says, whatever its kind: of which order it is, whom it bills, how that is collected."""
    order = membership.initial
    terms = context.read("contract", order)
    return Contract(
        id=order.id,
        kind=kind,
        order=order,
        account=account,
        orders=(order,) if kind == "one_time" else (order, *membership.amendments),
        currency=currency,
        collection_method=terms.get("collection_method"),
        days_until_due=terms.get("days_until_due"),
        quote=membership.quote,
        agreement=membership.contract,
        origin=_head_origin(context, order, kind, lines),
    )


def _head_origin(context: Context, order: Record, kind: ContractKind, lines: OrderLines) -> Origins:
    """Where it comes from: the kind, the currency, whom it bills."""
    if kind == "one_time":
        first, *rest = (each.terms.origin("recurring") for each in lines.all)
        why = first.beside(*rest).since("no line recurs: one_time")
    else:
        line = lines.recurring[0]
        what = "has no end" if kind == "evergreen" else "recurs until an end"
        why = line.terms.origin("recurring").beside(line.terms.origin("evergreen")).since(f"{line} {what}: {kind}")
    return {
        "id": Origin.itself(order),
        "kind": why,
        "account": context.followed("contract", order, "account"),
        "currency": currency_origin(context, order),
        **{name: _collected(context.read("contract", order), name) for name in ("collection_method", "days_until_due")},
    }


def _collected(terms: Terms, name: str) -> Origin:
    """Where it comes from how an order is collected; where its terms do not say, the map rules do."""
    return terms.origin(name) if terms.rules.get(name) else Origin().since(f"the terms of the order give no {name}")


def mixed_kinds(context: Context, order: Record, lines: OrderLines) -> bool:
    """Whether an order mixes lines with and without an end, which is reported."""
    endless = [each for each in lines.recurring if each.evergreen]
    if not endless or len(endless) == len(lines.recurring):
        return False
    ending = [each for each in lines.recurring if not each.evergreen]
    context.report(
        "E510",
        f"{order} has evergreen lines ({', '.join(map(str, endless))}) "
        f"and renewable ones ({', '.join(map(str, ending))})",
        order,
        fix="sell them on orders of their own",
    )
    return True
