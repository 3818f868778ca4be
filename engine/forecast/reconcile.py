"""Whether what is billed is what was sold: order line by order line, order by order, contract by contract.

What is compared, and why a line is not, stands in docs/forecast.md. Amounts are in minor units and before discounts, for
the totals of CPQ know no coupons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..plan import ContractSummary, Plan
from .causes import Case, Cause, cause_of
from .model import Course, Forecast, InvoiceLine
from .sold import SoldLine, sold_lines


@dataclass(frozen=True, slots=True)
class Comparison:
    """Order lines that are compared in one sum, in minor units; `reason` says why they are not.

    `follows` is what phases bill that a later plan sends.
    A line stands alone unless a reduction touches its kind: then it is compared with all lines of its kind.
    """

    lines: tuple[SoldLine, ...]
    sold: int
    billed: int
    reason: str | None = None
    follows: int = 0
    cause: Cause | None = None

    @property
    def difference(self) -> int:
        """What is billed beyond what was sold, now and by phases that follow; negative when less is billed."""
        return 0 if self.reason else self.billed + self.follows - self.sold

    @property
    def status(self) -> str:
        """`equal`, `differs`, or `not_compared`."""
        return "not_compared" if self.reason else "differs" if self.difference else "equal"

    @property
    def order_items(self) -> tuple[str, ...]:
        """The ids of the lines."""
        return tuple(each.order_item for each in self.lines)

    def to_json(self) -> dict[str, Any]:
        """The comparison as `docs/forecast.md` describes it."""
        out: dict[str, Any] = {
            "order_items": list(self.order_items),
            "orders": list(dict.fromkeys(each.order for each in self.lines)),
        }
        if self.reason:
            return out | {"status": self.status, "reason": self.reason, "billed": self.billed}
        out |= {
            "status": self.status,
            "sold": self.sold,
            "billed": self.billed,
            "difference": self.difference,
        }
        out |= {"follows": self.follows} if self.follows else {}
        return out | ({"cause": self.cause.text, "code": self.cause.code} if self.cause else {})


@dataclass(frozen=True, slots=True)
class Account:
    """The comparisons of one contract."""

    contract: str
    currency: str
    comparisons: tuple[Comparison, ...]

    @property
    def compared(self) -> tuple[Comparison, ...]:
        """Those that can be compared."""
        return tuple(each for each in self.comparisons if not each.reason)

    @property
    def sold(self) -> int:
        """What the compared lines are worth."""
        return sum(each.sold for each in self.compared)

    @property
    def billed(self) -> int:
        """What the compared lines bill, before discounts."""
        return sum(each.billed for each in self.compared)

    @property
    def follows(self) -> int:
        """What phases bill of the compared lines that a later plan sends."""
        return sum(each.follows for each in self.compared)

    @property
    def difference(self) -> int:
        """What the compared lines bill beyond what they are worth, now and by phases that follow."""
        return self.billed + self.follows - self.sold

    @property
    def status(self) -> str:
        """`reconciled`, `differs`, or `not_compared` when no line can be."""
        if not self.compared:
            return "not_compared"
        return "differs" if any(each.difference for each in self.compared) else "reconciled"

    def to_json(self) -> dict[str, Any]:
        """The account as `docs/forecast.md` describes it."""
        return {
            "contract": self.contract,
            "currency": self.currency,
            "status": self.status,
            "sold": self.sold,
            "billed": self.billed,
            "difference": self.difference,
            **({"follows": self.follows} if self.follows else {}),
            "lines": [each.to_json() for each in self.comparisons],
            "orders": list(self._orders()),
        }

    def _orders(self) -> Iterable[dict[str, Any]]:
        """Each order in sum, where none of its lines is compared together with those of another order."""
        for order in dict.fromkeys(line.order for each in self.comparisons for line in each.lines):
            own = [each for each in self.comparisons if any(line.order == order for line in each.lines)]
            if any(each.reason for each in own):
                yield {"order": order, "status": "not_compared", "reason": "some of its lines are not compared"}
            elif any(line.order != order for each in own for line in each.lines):
                yield {
                    "order": order,
                    "status": "not_compared",
                    "reason": "lines of it are compared together with lines of other orders",
                }
            else:
                sold, billed = sum(each.sold for each in own), sum(each.billed for each in own)
                follows = sum(each.follows for each in own)
                yield {
                    "order": order,
                    "status": "differs" if sold != billed + follows else "equal",
                    "sold": sold,
                    "billed": billed,
                    "difference": billed + follows - sold,
                    **({"follows": follows} if follows else {}),
                }


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The accounts of all contracts of a plan."""

    accounts: tuple[Account, ...]

    @property
    def status(self) -> str:
        """`reconciled` when nothing that is compared differs, `differs`, or `not_compared`."""
        found = {each.status for each in self.accounts}
        if "differs" in found:
            return "differs"
        return "reconciled" if "reconciled" in found else "not_compared"

    def to_json(self) -> dict[str, Any]:
        """The reconciliation as `docs/forecast.md` describes it."""
        return {"status": self.status, "contracts": [each.to_json() for each in self.accounts]}


def reconcile(plan: Plan, forecast: Forecast, whole: Forecast | None = None) -> Reconciliation:
    """What the lines of a plan's orders are worth in Salesforce, against what they bill in the forecast.

    `whole` is the forecast with what later plans send, where this one sends parts of schedules.
    """
    billed = _by_line(forecast)
    later = _by_line(whole) if whole is not None else billed
    accounts = []
    for contract in plan.contracts:
        rows = sold_lines(each for each in plan.sold if each.contract == contract.id)
        courses = [each for each in forecast.courses if each.contract == contract.id]
        if rows and courses:
            planned = _planned(plan, contract, courses)
            ended = not sum(each.quantity for each in rows if each.recurring)
            compared = tuple(_compared(each, billed, later, courses, planned, ended=ended) for each in _groups(rows))
            accounts.append(Account(contract.id, contract.currency, compared))
    return Reconciliation(tuple(accounts))


def _by_line(forecast: Forecast) -> dict[str, list[InvoiceLine]]:
    out: dict[str, list[InvoiceLine]] = {}
    for invoice in forecast.invoices:
        for line in invoice.lines:
            if line.order_item is not None:
                out.setdefault(line.order_item, []).append(line)
    return out


def _groups(rows: Sequence[SoldLine]) -> list[tuple[SoldLine, ...]]:
    """What is compared in one sum: a line alone; all lines of a kind when one of them takes units away."""
    reduced = {each.origin for each in rows if each.reduces}
    out: dict[str, list[SoldLine]] = {}
    for each in rows:
        out.setdefault(each.origin if each.origin in reduced else each.order_item, []).append(each)
    return [tuple(each) for each in out.values()]


def _planned(plan: Plan, contract: ContractSummary, courses: Sequence[Course]) -> frozenset[str]:
    """The orders whose calls are in the plan or its history: the first where one of them makes the subscription."""
    calls = [each for each in plan.calls if each.contract == contract.id]
    if not calls:
        return frozenset()
    sources = (each.source for each in calls if each.resource.startswith("subscription"))
    out = {each.id for each in sources if each is not None and each.id in contract.order_ids}
    out |= {each.order for each in plan.history if each.contract == contract.id}
    first = contract.first_order
    return frozenset(out | {first} if all(each.complete for each in courses) else out - {first})


def _compared(
    group: tuple[SoldLine, ...],
    billed: Mapping[str, list[InvoiceLine]],
    later: Mapping[str, list[InvoiceLine]],
    courses: Sequence[Course],
    planned: frozenset[str],
    *,
    ended: bool,
) -> Comparison:
    lines = [line for each in group for line in billed.get(each.order_item, ())]
    worth = sum(each.total or 0 for each in group)
    total = sum(each.amount or 0 for each in lines)
    in_all = sum(line.amount or 0 for each in group for line in later.get(each.order_item, ()))
    reason = _incomparable(group, lines, courses, planned)
    case = Case(worth, in_all, group, lines, courses, courses[0].currency, ended)
    cause = cause_of(case) if reason is None and in_all != worth else None
    return Comparison(group, worth, total, reason, 0 if reason else in_all - total, cause)


def _incomparable(
    group: Sequence[SoldLine], lines: Sequence[InvoiceLine], courses: Sequence[Course], planned: frozenset[str]
) -> str | None:
    """Why lines are not compared; None when they are."""
    if any(each.order not in planned for each in group):
        return "planned earlier: what was invoiced before is not in this plan"
    if any(each.metered for each in group):
        return "metered: billed by what is used"
    if any(each.evergreen for each in group):
        return "evergreen: billed until it is cancelled"
    if any(each.order_item in course.tiered for each in group for course in courses):
        return "tiered: the total of an order line knows no tiers"
    if any(each.total is None for each in group):
        return "no total in Salesforce"
    if any(each.amount is None for each in lines):
        return "its price is not known"
    return None
