"""The forecast and its reconciliation as a part of a plan document, with what they find among its diagnostics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import FORECAST_GROUP, Diagnostic, diagnostic_from_json, finding, ordered
from .make import DEFAULT_CYCLES, forecast
from .model import Forecast, Line, major
from .promises import Kept, kept_promises
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
    coupons: tuple[Kept, ...]
    findings: tuple[Diagnostic, ...]
    strict: bool = False

    def to_json(self) -> dict[str, Any]:
        """The part `forecast` of a plan document."""
        return (
            self.forecast.to_json()
            | {"reconciliation": self.reconciliation.to_json() | {"coupons": [each.to_json() for each in self.coupons]}}
            | ({"strict_money": True} if self.strict else {})
        )


def outlook(document: Mapping[str, Any], *, cycles: int = DEFAULT_CYCLES, strict: bool = False) -> Outlook | None:
    """What the plan of a document bills; None for a plan with errors: it is not applied, so it bills nothing."""
    own = [each for each in document["diagnostics"] if each["code"][1:2] != FORECAST_GROUP]
    if "as_of" not in document or any(each["severity"] == "error" for each in own):
        return None
    found = forecast(document, cycles=cycles)
    accounts = reconcile(document, found)
    kept = kept_promises(document, found)
    findings = [
        *promise_findings(document, kept, major),
        *found.notes,
        *_lost(found),
        *_differences(accounts, strict=strict),
    ]
    return Outlook(found, accounts, tuple(kept), tuple(ordered(findings)), strict)


def with_forecast(
    document: Mapping[str, Any], *, cycles: int | None = None, strict: bool | None = None
) -> dict[str, Any]:
    """The plan document with its forecast; one that was there is made again.

    `cycles` are shown of contracts without an end, 12 unless the document has a forecast that says otherwise. With
    `strict` money that is not what was sold is an error; unless given, it stays as the document's forecast has it. A plan
    with other errors gets no forecast.
    """
    before = document.get("forecast") or {}
    own = [each for each in document["diagnostics"] if each["code"][1:2] != FORECAST_GROUP]
    out = {**document, "diagnostics": own}
    out.pop("forecast", None)
    strict = bool(before.get("strict_money")) if strict is None else strict
    found = outlook(document, cycles=cycles or before.get("cycles") or DEFAULT_CYCLES, strict=strict)
    if found is None:
        return {**out, "applyable": False}
    everything = ordered([*(diagnostic_from_json(each) for each in own), *found.findings])
    out["diagnostics"] = [each.to_json() for each in everything]
    out["applyable"] = not any(each.is_error for each in everything)
    out["forecast"] = found.to_json()
    return out


def _differences(accounts: Reconciliation, *, strict: bool) -> Iterator[Diagnostic]:
    for account in accounts.accounts:
        for each in account.compared:
            if each.difference and each.cause:
                yield _difference(account, each, strict=strict)


def _difference(account: Account, comparison: Comparison, *, strict: bool) -> Diagnostic:
    cause = comparison.cause
    assert cause is not None  # noqa: S101 - every difference has one
    sold, billed = (major(each, account.currency) for each in (comparison.sold, comparison.billed))
    by = major(abs(comparison.difference), account.currency)
    names = ", ".join(each.order_item for each in comparison.lines)
    what = f"{names} {'is' if len(comparison.lines) == 1 else 'are'} worth {sold} and billed {billed}"
    message = f"{what}, {by} {'more' if comparison.difference > 0 else 'less'}: {cause.text}"
    return finding(
        "E801" if strict else cause.code, message, record=f"OrderItem({comparison.lines[0].order_item})", fix=cause.fix
    )


def _lost(found: Forecast) -> Iterator[Diagnostic]:
    for course in found.courses:
        for line in course.lost:
            yield finding(
                "W808",
                f"{_what(line, course.currency)} waits for an invoice that never comes",
                record=f"OrderItem({line.order_item})" if line.order_item else None,
                fix="bill it by hand, or sell it on an order of its own",
            )


def _what(line: Line, currency: str) -> str:
    return f"{line.description}, {major(line.amount, currency)}," if line.amount is not None else line.description
