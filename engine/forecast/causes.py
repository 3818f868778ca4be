"""Why more or less is billed than was sold, in words, as far as the forecast shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from engine.contract.money import decimals_of
from engine.forecast.model import Course, Line, plain

if TYPE_CHECKING:
    from engine.forecast.reconcile import Sold


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause with the code of its warning, and what can be done about it."""

    code: str
    text: str
    fix: str | None


_HALF = Decimal("0.5")


def cause_of(
    sold: int, billed: int, group: Sequence[Sold], lines: Sequence[Line], courses: Sequence[Course], currency: str
) -> Cause:
    """The cause of a difference between what was sold and what is billed, both in minor units."""
    more = billed > sold
    rounding = _rounding(sold, billed, group, lines, currency)
    if rounding is not None:
        return rounding
    skipped = max((each.skipped_cycles for each in courses), default=0)
    if skipped and not more:
        cycles = f"{skipped} billing cycle{'s' if skipped > 1 else ''}"
        return Cause("W806", f"{cycles} that began before the plan are not billed, for past invoices are skipped",
                     "bill the past by hand, or take the skip off the order")  # fmt: skip
    if more and any(each.reduces for each in group):
        return Cause("W803", "what was billed ahead for the units that are taken away is not given back",
                     "set credit_terminated_lines or credit_quantity_reductions = true; a contract that ends as a whole "
                     "is never credited")  # fmt: skip
    if more and any(each.short for each in courses):
        return Cause("W805", "the term is shorter than one billing cycle, and a whole cycle is billed",
                     "set prorate_short_terms = true")  # fmt: skip
    cut = next((each.cut_at for each in courses if each.cut_at), None)
    if cut is not None and not more:
        return Cause("W807", f"nothing is billed for the cycle that starts on {cut}, because the contract ends before it does",
                     "bill the rest of the term by hand")  # fmt: skip
    if not lines:
        return Cause("W801", "no line of the forecast bears its id",
                     "let the rules write the order line's id into the metadata of what they make of it")  # fmt: skip
    return Cause("W801", "the cause is not known", "compare the prices and quantities of the plan with the order")


def _rounding(
    sold: int, billed: int, group: Sequence[Sold], lines: Sequence[Line], currency: str
) -> Cause | None:
    """The cause when rounding explains it: each invoice rounds by half a minor unit at most, and CPQ every unit price."""
    units = sum((abs(each.quantity) for each in group), Decimal(0))
    if abs(billed - sold) > _HALF * (len(lines) + units):
        return None
    broken = next((each for each in lines if each.exact is not None and each.exact != each.amount), None)
    if broken is not None and broken.exact is not None:
        count = sum(each.exact == broken.exact for each in lines)
        cycle = plain(round((broken.exact / broken.cycles).scaleb(-decimals_of(currency)), 8))
        text = f"a cycle costs {cycle} {currency.upper()}, and each of {count} invoice{'s' if count > 1 else ''} is rounded"
        return Cause("W802", text, 'set balance_rounding = "first_invoice"')
    if units > 1 or len(lines) > 1:
        return Cause("W802", "Salesforce rounds the price of a unit before it multiplies by the quantity",
                     'set balance_rounding = "first_invoice"')  # fmt: skip
    return None
