"""Why more or less is billed than was sold, in words, as far as the forecast shows it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..money import billed_decimals, decimals_of, plain
from .model import Course, InvoiceLine
from .sold import SoldLine

_HALF = Decimal("0.5")

_BALANCE = 'set balance_rounding = "first_invoice"'

_CPQ_PLACES = 2
"""Decimals to which CPQ rounds the price of a unit, also where the currency has more."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause with the code of its warning, and what can be done about it."""

    code: str
    text: str
    fix: str


@dataclass(frozen=True, slots=True)
class Case:
    """Order lines that bill something else than they were sold for, in minor units.

    `lines` are what they bill, `courses` how their contract's billing runs. `ended` says that the contract's amendments
    take away all that it has.
    """

    sold: int
    billed: int
    group: Sequence[SoldLine]
    lines: Sequence[InvoiceLine]
    courses: Sequence[Course]
    currency: str
    ended: bool

    @property
    def order_items(self) -> tuple[str, ...]:
        """The ids of the order lines."""
        return tuple(each.order_item for each in self.group)

    @property
    def cut_at(self) -> datetime.date | None:
        """The first billing date of one of the lines whose cycle is not billed because the contract ends in it."""
        found = (each.cut_at[item] for each in self.courses for item in self.order_items if item in each.cut_at)
        return min(found, default=None)

    @property
    def more(self) -> bool:
        """Whether more is billed than was sold."""
        return self.billed > self.sold


def cause_of(case: Case) -> Cause:
    """The cause of a difference: the first that fits, `W801` when none does."""
    return (
        _nothing(case)
        or _rounding(case)
        or _last_digits(case)
        or _trial(case)
        or _skipped(case)
        or _cut(case)
        or _credit(case)
        or _short(case)
        or Cause("W801", "the cause is not known", "compare the prices and quantities of the plan with the order")
    )


def _nothing(case: Case) -> Cause | None:
    if case.lines or case.cut_at or any(each.skipped_cycles or each.trial_until for each in case.courses):
        return None
    return _lost_phase(case) or Cause(
        "W801",
        "no line of the forecast bears its id",
        "let the rules write the order line's id into the metadata of what they make of it",
    )


def _lost_phase(case: Case) -> Cause | None:
    """The plan has the line, but nowhere where a cycle of it begins."""
    for course in case.courses:
        for item in case.order_items:
            if item in course.spans:
                start, end = course.spans[item]
                until = f" to {end}" if end else " on"
                return Cause(
                    "W814",
                    f"the plan has it from {start}{until}, and no billing cycle of it begins in that time",
                    "let its phase begin on a billing date, or bill it with a one-time item",
                )
            if item in course.dropped:
                return Cause(
                    "W814",
                    "the phase that has it takes no time, or another call replaces it before it is billed",
                    "compare the dates of the phases with those of the order",
                )
    return None


def _last_digits(case: Case) -> Cause | None:
    """In a currency whose last digits must be zero each unit of a cycle is rounded by itself, by half of what they count."""
    places = billed_decimals(case.currency)
    if places is None:
        return None
    step = Decimal(10) ** (decimals_of(case.currency) - places)
    units = max(sum((abs(each.quantity) for each in case.group), Decimal(0)), Decimal(1))
    if abs(case.billed - case.sold) > _HALF * step * units * sum(each.cycles for each in case.lines):
        return None
    word = "whole" if not places else f"with {places} decimals"
    return Cause(
        "W802",
        f"Stripe bills {case.currency.upper()} {word}, so the price of each unit of a cycle is rounded",
        'set balance_rounding = "first_invoice"',
    )


def _rounding(case: Case) -> Cause | None:
    """Rounding explains at most half a minor unit an invoice, and half a hundredth for each unit, whose price CPQ rounds."""
    units = sum((abs(each.quantity) for each in case.group), Decimal(0))
    is_finer = decimals_of(case.currency) > _CPQ_PLACES
    each_unit = _HALF.scaleb(decimals_of(case.currency) - _CPQ_PLACES) if is_finer else _HALF
    if abs(case.billed - case.sold) > _HALF * len(case.lines) + each_unit * units:
        return None
    # the setting balances what is sold, and not what units that are taken away leave
    beyond = any(each.kind == "rounding" for each in case.lines) or any(each.reduces for each in case.group)
    fix = "bill or credit the difference by hand, if it matters" if beyond else _BALANCE
    broken = next((each for each in case.lines if each.exact is not None and each.exact != each.amount), None)
    if broken is not None and broken.exact is not None:
        count = sum(each.exact is not None and each.exact != each.amount for each in case.lines)
        cycle = plain(round((broken.exact / broken.cycles).scaleb(-decimals_of(case.currency)), 8))
        what = f"each of {count} invoice lines is" if count > 1 else "its invoice line is"
        return Cause(
            "W802",
            f"a cycle costs {cycle} {case.currency.upper()}, and {what} rounded",
            fix,
        )
    if units > 1 or len(case.lines) > 1 or is_finer:
        return Cause(
            "W802",
            "Salesforce rounds the price of a unit before it multiplies by the quantity"
            + (f", to {_CPQ_PLACES} decimals" if is_finer else ""),
            fix,
        )
    return None


def _trial(case: Case) -> Cause | None:
    until = next((each.trial_until for each in case.courses if each.trial_until), None)
    if until is None or case.more:
        return None
    return Cause(
        "W822",
        f"a trial until {until} bills nothing",
        "nothing, if the months are free; else take trial_end out of the rules",
    )


def _skipped(case: Case) -> Cause | None:
    count = max((each.skipped_cycles for each in case.courses), default=0)
    if not count or case.more:
        return None
    what = (
        f"{count} billing cycles that began before the plan are"
        if count > 1
        else "a billing cycle that began before the plan is"
    )
    return Cause(
        "W806",
        f"{what} not billed, for past invoices are skipped",
        "nothing, if the past was billed elsewhere; else bill it by hand, or let the order bill its past",
    )


def _cut(case: Case) -> Cause | None:
    cut = case.cut_at
    if cut is None or case.more:
        return None
    return Cause(
        "W807",
        f"nothing is billed for the cycle that starts on {cut}, because the contract ends before it does",
        "bill the rest of the term by hand, or end the contract on a billing date",
    )


def _credit(case: Case) -> Cause | None:
    if not case.more or not any(each.reduces for each in case.group):
        return None
    text = "what was billed ahead for the units that are taken away is not given back"
    if case.ended:
        return Cause(
            "W803",
            f"{text}: a contract that ends as a whole is not credited",
            "give the amount back with a credit note in Stripe, if it is owed",
        )
    return Cause("W803", text, "set credit_terminated_lines or credit_quantity_reductions = true")


def _short(case: Case) -> Cause | None:
    if not case.more or not any(item in each.short for each in case.courses for item in case.order_items):
        return None
    return Cause(
        "W805",
        "the term is shorter than one billing cycle, and a whole cycle is billed",
        "set prorate_short_terms = true, if it is off; what has tiers or another quantity by rule is never prorated",
    )
