"""The forecast and its reconciliation of a plan, with what they find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..diagnostics import Diagnostic, finding, ordered
from ..marks import Marks
from ..plan import BILLING, Plan
from .make import forecast
from .model import Forecast, InvoiceLine, major
from .promises import KeptPromise, kept_promises
from .promises import findings as promise_findings
from .reconcile import Account, Comparison, Reconciliation, reconcile


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan bills: the forecast, its comparison with what was sold, and what is to be said of both.

    `coupons` says of each coupon what its terms promise and what the forecast takes off. `findings` hold the notes of the
    forecast too; with `strict`, money that is not what was sold is an error among them.
    """

    forecast: Forecast
    reconciliation: Reconciliation
    coupons: tuple[KeptPromise, ...]
    findings: tuple[Diagnostic, ...]
    strict: bool = False

    def to_json(self) -> dict[str, Any]:
        """The part `forecast` of a plan document."""
        return (
            self.forecast.to_json()
            | {"reconciliation": self.reconciliation.to_json() | {"coupons": [each.to_json() for each in self.coupons]}}
            | ({"strict_money": True} if self.strict else {})
        )


def outlook(plan: Plan, *, cycles: int, strict: bool) -> Outlook | None:
    """What a plan bills; None for a plan with errors: it is not applied, so it bills nothing."""
    if not plan.sound:
        return None
    found = forecast(plan, cycles=cycles)
    later = forecast(_whole(plan), cycles=cycles) if plan.follows else None
    accounts = reconcile(plan, found, later)
    kept = kept_promises(plan, found)
    findings = [
        *promise_findings(plan, kept, major),
        *found.notes,
        *_lost(plan, found),
        *_following(plan, accounts),
        *_differences(plan, accounts, strict=strict),
    ]
    return Outlook(found, accounts, tuple(kept), tuple(ordered(findings)), strict)


def _whole(plan: Plan) -> Plan:
    """The plan as it would be if Stripe took all phases of a schedule at once."""
    calls = {each.contract: each.calls for each in plan.follows if each.calls}
    kept = [each for each in plan.calls if each.contract not in calls or each.resource not in BILLING]
    return replace(plan, calls=(*kept, *(one for each in calls.values() for one in each)), follows=())


def _following(plan: Plan, accounts: Reconciliation) -> Iterator[Diagnostic]:
    for account in accounts.accounts:
        part = next((each for each in plan.follows if each.contract == account.contract), None)
        if part is not None and account.follows:
            yield finding(
                "N812",
                f"{major(account.follows, account.currency)} of what was sold is billed by phases that follow, "
                f"from {part.phases[0][0]} on",
                record=f"{plan.marks.objects.get('order', 'order')}({account.contract})",
                notes=(
                    f"they are not in this plan: a later one sends them, from {part.since} on and before {part.by}",
                ),
                fix="nothing, if `orderplan sync` sends what follows; else plan the order again in that time",
            )


def _differences(plan: Plan, accounts: Reconciliation, *, strict: bool) -> Iterator[Diagnostic]:
    for account in accounts.accounts:
        for each in account.compared:
            if each.difference and each.cause:
                yield _difference(account, each, plan.marks, strict=strict)


def _difference(account: Account, comparison: Comparison, marks: Marks, *, strict: bool) -> Diagnostic:
    cause = comparison.cause
    assert cause is not None  # noqa: S101 - every difference has one
    sold, billed = (major(each, account.currency) for each in (comparison.sold, comparison.billed))
    by = major(abs(comparison.difference), account.currency)
    names = ", ".join(each.order_item for each in comparison.lines)
    what = f"{names} {'is' if len(comparison.lines) == 1 else 'are'} worth {sold} and billed {billed}"
    message = f"{what}, {by} {'more' if comparison.difference > 0 else 'less'}: {cause.text}"
    return finding(
        "E801" if strict else cause.code, message, record=marks.line(comparison.lines[0].order_item), fix=cause.fix
    )


def _lost(plan: Plan, found: Forecast) -> Iterator[Diagnostic]:
    for course in found.courses:
        for line in course.lost:
            yield finding(
                "W808",
                f"{_what(line, course.currency)} waits for an invoice that never comes",
                record=plan.marks.line(line.order_item),
                fix="bill it by hand, or sell it on an order of its own",
            )


def _what(line: InvoiceLine, currency: str) -> str:
    return f"{line.description}, {major(line.amount, currency)}," if line.amount is not None else line.description
