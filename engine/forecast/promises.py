"""Whether coupons give what they promise: what their terms mean for the lines that they were given for, in money.

A coupon of a quote means a share of what its lines cost, for one invoice, for some months or for good. Stripe counts
otherwise: by invoices, by phases, and over all that stands on an invoice (docs/forecast.md "Coupons").
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..dates import add_months
from ..diagnostics import Diagnostic, finding
from ..parameters import Ref, leaves
from ..plan import ContractSummary, CouponPromise, Plan
from .model import Forecast, Invoice, InvoiceLine
from .prices import rounded

_FULL = 100


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """A coupon with the order lines that it was given for, in one contract; amounts are in minor units."""

    id: str
    name: str
    lines: frozenset[str]
    percent_off: Decimal | None
    amount_off: Decimal | None
    duration: str
    months: int
    most: int | None

    @property
    def words(self) -> str:
        """Its terms as people say them: `10 % for 3 months`."""
        what = f"{self.percent_off} %" if self.percent_off is not None else "an amount"
        lasting = {"once": "once", "forever": "for good"}.get(self.duration, f"for {self.months} months")
        return f"{what} {lasting}"


@dataclass(frozen=True, slots=True)
class KeptPromise:
    """What a coupon promises and gives, in minor units; `elsewhere` is what it takes off lines that it is not for.

    `rounded` is how far rounding each line may take the two apart.
    """

    terms: CouponTerms
    contract: str
    currency: str
    promised: int
    given: int
    elsewhere: int
    rounded: int
    why: str

    @property
    def difference(self) -> int:
        """What it gives beyond what it promises."""
        return self.given - self.promised

    def to_json(self) -> dict[str, Any]:
        """The comparison as `docs/forecast.md` describes it."""
        out = {"coupon": self.terms.id, "name": self.terms.name, "contract": self.contract}
        return out | {"promised": self.promised, "given": self.given, "difference": self.difference}


def kept_promises(plan: Plan, forecast: Forecast) -> list[KeptPromise]:
    """Every coupon of the contracts whose whole billing is in the plan, with what it promises and gives."""
    out: list[KeptPromise] = []
    for contract in plan.contracts:
        courses = [each for each in forecast.courses if each.contract == contract.id]
        if not courses or not all(each.complete for each in courses):
            continue
        invoices = [each for each in forecast.invoices if each.contract == contract.id]
        for terms in _terms(plan, contract.id):
            out.append(_kept(terms, contract, invoices))
    return out


def _terms(plan: Plan, contract: str) -> Iterator[CouponTerms]:
    lines_of: dict[str, set[str]] = {}
    for row in plan.sold:
        lines_of.setdefault(row.order, set()).add(row.order_item)
    found: dict[str, list[CouponPromise]] = {}
    for each in plan.promises:
        if each.contract == contract:
            found.setdefault(each.coupon, []).append(each)
    for name, those in found.items():
        first = those[0]
        lines = {each.order_item for each in those if each.order_item}
        for each in those:
            lines |= lines_of.get(each.order or "", set())
        yield CouponTerms(
            id=name,
            name=first.name or name,
            lines=frozenset(lines),
            percent_off=None if first.percent_off is None else Decimal(first.percent_off),
            amount_off=None if first.amount_off is None else Decimal(first.amount_off),
            duration=first.duration,
            months=first.duration_in_months or 0,
            most=first.max_redemptions,
        )


def _kept(terms: CouponTerms, contract: ContractSummary, invoices: Sequence[Invoice]) -> KeptPromise:
    given = elsewhere = count = 0
    for invoice in invoices:
        for line in invoice.lines:
            off = sum(each.amount for each in line.discounts if each.id == terms.id)
            given += off
            count += line.order_item in terms.lines
            elsewhere += 0 if line.order_item in terms.lines else off
    promised, why = _promised(terms, invoices)
    return KeptPromise(terms, contract.id, contract.currency, promised, given, elsewhere, count, why)


def _promised(terms: CouponTerms, invoices: Sequence[Invoice]) -> tuple[int, str]:
    """What the terms of a coupon mean for its own lines, and what stands in the way of it."""
    own = [(invoice, _own(terms, invoice.lines)) for invoice in invoices]
    own = [(invoice, lines) for invoice, lines in own if lines]
    if not own:
        return 0, "none of its lines is invoiced"
    start = min(line.period.start for _, lines in own for line in lines)
    until = add_months(start, terms.months)
    total, why = Decimal(0), ""
    for number, (invoice, lines) in enumerate(own):
        if terms.duration == "once" and number:
            break
        sums = Decimal(0)
        for line in lines:
            share = _share(terms, line, until)
            sums += share * _left(terms, line)
            if share not in (0, 1) and not why:
                why = _too_long(terms, line, invoice)
        if terms.percent_off is not None:
            total += sums * terms.percent_off / _FULL
        elif sums:
            cycles = max((each.cycles for each in lines), default=1) if terms.duration != "once" else 1
            total += min(sums, (terms.amount_off or Decimal(0)) * cycles)
    return int(rounded(total)), why


def _own(terms: CouponTerms, lines: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    return [
        each for each in lines if each.order_item in terms.lines and (each.amount or 0) > 0 and each.kind != "usage"
    ]


def _left(terms: CouponTerms, line: InvoiceLine) -> Decimal:
    """What other coupons that come first leave of a line."""
    before = 0
    for each in line.discounts:
        if each.id == terms.id:
            break
        before += each.amount
    return Decimal((line.amount or 0) - before)


def _share(terms: CouponTerms, line: InvoiceLine, until: datetime.date) -> Decimal:
    """The part of a line that a coupon is for, by the time that the line bills."""
    if terms.duration == "forever":
        return Decimal(1)
    if terms.duration == "once":
        return Decimal(1) / line.cycles
    if line.period.start >= until:
        return Decimal(0)
    if line.period.end <= until:
        return Decimal(1)
    months, covered = _months(line.period.start, line.period.end), _months(line.period.start, until)
    if months is not None and covered is not None:
        return Decimal(covered) / months
    return Decimal((until - line.period.start).days) / (line.period.end - line.period.start).days


def _too_long(terms: CouponTerms, line: InvoiceLine, invoice: Invoice) -> str:
    months = _months(line.period.start, line.period.end)
    billed = f"{months} months" if months is not None else f"{(line.period.end - line.period.start).days} days"
    if line.cycles > 1:
        return f"the invoice of {invoice.date} bills {line.cycles} cycles of a start that was dated back at once"
    lasts = f"{terms.months} months" if terms.duration == "repeating" else terms.duration
    return f"it lasts {lasts}, and the invoice of {invoice.date} bills {billed} at once"


def _months(start: datetime.date, end: datetime.date) -> int | None:
    """The whole months between two days, None where there are days left over."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if months > 0 and add_months(start, months) == end else None


def findings(plan: Plan, kept: Iterable[KeptPromise], words: Any) -> Iterator[Diagnostic]:
    """A finding for each coupon that gives something else than it promises, with the money; `words` spells amounts."""
    for each in kept:
        places = _places(plan, each.terms.id)
        record = next((one for one in sorted(each.terms.lines)), None)
        about = plan.marks.line(record)
        if each.terms.most is not None and places > each.terms.most:
            yield finding(
                "W821",
                f"the coupon {each.terms.name} allows {each.terms.most} redemptions, and the plan redeems it "
                f"in {places} places: Stripe refuses those beyond",
                record=about,
                fix="raise the redemptions of the coupon, or give it in as many places as it allows",
            )
        if abs(each.difference) > each.rounded:
            yield finding("W820", _message(each, words), record=about, fix=_FIX)


_FIX = "is that what was meant? If not, change the coupon or where it stands, or set order_coupons"


def _message(kept: KeptPromise, words: Any) -> str:
    promised, given = (words(each, kept.currency) for each in (kept.promised, kept.given))
    by = words(abs(kept.difference), kept.currency)
    more = "more" if kept.difference > 0 else "less"
    reasons = []
    if kept.elsewhere:
        reasons.append(f"it takes {words(kept.elsewhere, kept.currency)} off lines that it was not given for")
    if kept.why:
        reasons.append(kept.why)
    if not reasons and kept.difference < 0:
        reasons.append("it is not on all phases or items that bill them")
    if not reasons:
        reasons.append("it is on more invoices than it is for")
    return (
        f"the coupon {kept.terms.name}, {kept.terms.words}, promises {promised} off its lines and gives {given}, "
        f"{by} {more}: {'; '.join(reasons)}"
    )


def _places(plan: Plan, coupon: str) -> int:
    """In how many places the calls of a plan redeem a coupon."""
    held = (value for call in plan.calls for at, value in leaves(call.params) if at.endswith("/coupon"))
    return sum((each.call if isinstance(each, Ref) else each) == coupon for each in held)
