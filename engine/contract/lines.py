"""Order lines: read, checked one by one, and sorted into recurring lines, one-time lines and reductions.

The rules of this step (Salesforce CPQ order products, docs/contract-model.md "Lines"): a skipped line is left out and
listed; a deleted or inactive one is an error; quantities are whole; usage has no quantity; free lines stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ..money import plain
from ..records import Record
from .context import Context, whole
from .model import Origin, Origins, SkippedLine, no_origins
from .terms import Terms

LONGEST_CYCLE = 36
"""Months of the longest billing cycle that Stripe has (three years)."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One order line with its terms, checked; two lines are the same only when they are one object.

    `quantity` is the change that the line makes, negative for a reduction. `revises` is the line it changes: always
    the first one of its kind, however often the contract was amended.
    """

    record: Record
    order: Record
    terms: Terms
    entry: Record
    product: Record
    quantity: int
    recurring: bool
    evergreen: bool
    metered: bool
    cycle_months: int
    currency: str
    revises: Record | None = None
    segment_index: int | None = None
    segment_label: str | None = None
    segment_key: str | None = None
    origin: Origins = field(default_factory=no_origins, compare=False)

    def __str__(self) -> str:
        return str(self.record)

    @property
    def service_start(self) -> date | None:
        """First day that the line covers, when it says."""
        day: date | None = self.terms.get("service_start")
        return day

    @property
    def service_end(self) -> date | None:
        """Last day that the line covers, inclusive, when it says."""
        day: date | None = self.terms.get("service_end")
        return day

    @property
    def segment_end_origin(self) -> Origin:
        """Where the end of the segment comes from."""
        name = "service_end" if self.service_end is not None else "segment_end"
        return self.terms.origin(name, f"the day after {self.segment_end}")

    @property
    def segment_end(self) -> date | None:
        """Last day of the ramp segment of the line, inclusive: its own, else its quote line's."""
        if self.service_end is not None:
            return self.service_end
        day: date | None = self.terms.get("segment_end")
        return day


@dataclass(frozen=True, slots=True)
class OrderLines:
    """The lines of one order; `reductions` are recurring lines with a negative quantity, not among `recurring`."""

    recurring: tuple[Line, ...] = ()
    one_time: tuple[Line, ...] = ()
    reductions: tuple[Line, ...] = ()
    skipped: tuple[SkippedLine, ...] = ()

    @property
    def all(self) -> tuple[Line, ...]:
        """Every line that is not left out."""
        return self.recurring + self.one_time + self.reductions

    @property
    def evergreen(self) -> bool:
        """Whether a recurring line has no end."""
        return any(each.evergreen for each in self.recurring + self.reductions)


def read_lines(context: Context, order: Record, currency: str) -> OrderLines:
    """The lines of an order in the order of their numbers, with every fault of one reported."""
    records = context.referring("line", "of", order.id)
    recurring: list[Line] = []
    one_time: list[Line] = []
    reductions: list[Line] = []
    skipped: list[SkippedLine] = []
    for record in sorted(records, key=lambda each: _place(context, each)):
        terms = context.read("line", record)
        if terms.get("skip"):
            skipped.append(SkippedLine(record, f"{terms.source('skip')} is true"))
            continue
        line = _line(context, order, record, terms, currency)
        if line is None:
            continue
        if line.quantity == 0:
            skipped.append(SkippedLine(record, f"{terms.source('quantity')} is 0"))
        elif not line.recurring:
            one_time.append(line)
        elif line.quantity < 0:
            reductions.append(line)
        else:
            recurring.append(line)
    return OrderLines(tuple(recurring), tuple(one_time), tuple(reductions), tuple(skipped))


def _place(context: Context, record: Record) -> tuple[str, str]:
    """The order of lines: their numbers, which count up, and their ids where they have none."""
    return (str(context.read("line", record).peek("number") or ""), record.id)


def _line(context: Context, order: Record, record: Record, terms: Terms, currency: str) -> Line | None:
    since = len(context.findings)
    _check_state(context, record, terms)
    quantity = context.needed(terms, "quantity")
    units = whole(quantity) if quantity is not None else None
    if quantity is not None and units is None:
        context.report(
            "E506",
            f"{terms.source('quantity')} is {plain(Decimal(quantity))}, and Stripe bills whole units only",
            record,
            terms=(terms, "quantity"),
            fix="sell a whole quantity, or a smaller unit of it",
        )
    evergreen = bool(terms.get("evergreen"))
    recurring = bool(terms.get("recurring")) or evergreen
    metered = bool(terms.get("metered")) and recurring
    if metered and units is not None and units > 1:
        context.report(
            "E507",
            f"{terms.source('quantity')} is {units}, and a line that is billed by usage has no quantity",
            record,
            terms=(terms, "quantity"),
            fix="set the quantity to 1: the usage that is reported to Stripe is the quantity",
        )
    if not recurring:
        _check_once(context, record, terms)
    cycle = _cycle(context, record, terms, evergreen=evergreen) if recurring else 1
    entry, product = _sold(context, record)
    _check_currency(context, record, terms, currency)
    if context.stopped(since) or units is None or entry is None or product is None or cycle is None:
        return None
    line = Line(record, order, terms, entry, product, units, recurring, evergreen, metered, cycle, currency)
    return replace(
        line,
        revises=context.follow("line", record, "revises"),
        segment_index=terms.get("segment_index"),
        segment_label=terms.get("segment_label") if terms.get("segment_index") is not None else None,
        segment_key=terms.get("segment_key") if terms.get("segment_index") is not None else None,
        origin={
            "entry": context.followed("line", record, "entry", entry),
            "product": context.followed("line", record, "product", product),
            "cycle_months": cycle_origin(terms, cycle),
        },
    )


def _check_state(context: Context, record: Record, terms: Terms) -> None:
    state = ""
    if terms.get("deleted"):
        state = "is deleted"
    elif "activated" in terms.values and not terms.get("activated"):
        state = "is not activated"
    if state:
        name = "deleted" if terms.get("deleted") else "activated"
        context.report(
            "E505",
            f"{terms.source(name)} is {str(bool(terms.get(name))).lower()}: the line {state}",
            record,
            terms=(terms, name),
            fix="activate the line, or remove it from the order",
        )


def _check_once(context: Context, record: Record, terms: Terms) -> None:
    """A line that bills once and is described as a subscription: either its pricing or its description is wrong.

    Billing it once would lose every cycle but the first. Where a bundle leaves empty fields out, a frequency alone is a
    warning: what else is empty is not known there.
    """
    says = [name for name in ("renewable", "term", "cycle_months") if terms.get(name)]
    if not says:
        return
    facts = ", ".join(f"{terms.source(name)} says {words}" for name, words in _SAYS.items() if name in says)
    pricing = terms.sources.get("recurring")
    known = says != ["cycle_months"] or not context.bundle.records.queried.spare
    context.report(
        "E570" if known else "W520",
        f"{record} is billed once" + (f", since {pricing} is empty" if pricing else "") + f", and {facts}",
        record,
        terms=(terms, "recurring"),
        fix="give the product its subscription pricing, or empty what calls the line a subscription; where that has no "
        "meaning in your org, read the term in your rules only when the line recurs",
    )


_SAYS = {"renewable": "that it renews", "term": "for how long it runs", "cycle_months": "how often it is billed"}


def _cycle(context: Context, record: Record, terms: Terms, *, evergreen: bool) -> int | None:
    """The months of a line's billing cycle; an evergreen line, which runs a month at a time, may leave it out."""
    months = terms.get("cycle_months")
    if months is None and evergreen:
        return 1
    if months is None:
        said = terms.sources.get("cycle_months")
        context.report(
            "E583",
            f"{record} recurs and has no billing cycle" + (f": {said} is empty" if said else ""),
            record,
            terms=(terms, "cycle_months"),
            fix=f"fill {said}; or give cycle_months a default in the rules, if an empty one has a meaning"
            if said
            else "read cycle_months from a field of the line",
        )
        return None
    if whole(months) is None or not 1 <= months <= LONGEST_CYCLE:
        context.report(
            "E519",
            f"{terms.source('cycle_months')} gives a billing cycle of {months} months, "
            f"and Stripe has 1 to {LONGEST_CYCLE}",
            record,
            terms=(terms, "cycle_months"),
            fix="use Monthly (1), Quarterly (3), Semiannual (6) or Annual (12)",
        )
        return None
    return int(months)


def cycle_origin(terms: Terms, months: int) -> Origin:
    """Where the months of a billing cycle come from, those of a month also where they are taken for granted."""
    taken = terms.values.get("cycle_months") is None
    return terms.origin("cycle_months", f"it is empty: {months} month" if taken else None)


def _sold(context: Context, record: Record) -> tuple[Record | None, Record | None]:
    entry = context.follow("line", record, "entry")
    product = context.follow("line", record, "product")
    for name, term, found in (("price book entry", "entry", entry), ("product", "product", product)):
        if found is None:
            field_name = context.lookup_field("line", record, term)
            value = context.named("line", record, term)
            what = f"{field_name} {value} is not among the records" if value else f"{field_name} is empty"
            context.report(
                "E557",
                f"{record} has no {name}: {what}",
                record,
                fix=f"add the record that {field_name} names to the bundle",
            )
    return entry, product


def _check_currency(context: Context, record: Record, terms: Terms, currency: str) -> None:
    own = terms.get("currency")
    if own is not None and str(own).lower() != currency:
        context.report(
            "E517",
            f"{terms.source('currency')} is {str(own).lower()}, and the contract is in {currency}",
            record,
            terms=(terms, "currency"),
            fix="one contract has one currency: sell the line on an order of its own",
        )
