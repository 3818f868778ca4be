"""A second opinion on the forecast: the next invoice as Stripe itself previews it, for schedules that exist.

Source: docs.stripe.com/api/invoices/create_preview. Stripe previews one invoice, the next; the later ones are the forecast's alone.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from ..connect import Refusal, StripeClient
from ..diagnostics import Diagnostic, finding
from ..forecast import ForecastedPlan, Invoice
from ..plan import Plan
from .journal import Journal

SANDBOX = "acct_sandbox"
_KINDS = ("subscription_schedule", "subscription")


def verified(
    client: StripeClient, journal: Journal, account: str, shown: ForecastedPlan, moment: datetime.datetime, name: str
) -> Iterator[Diagnostic]:
    """Compares the next invoice of each contract with Stripe's preview, to the minor unit: what differs is an error."""
    if account.startswith(SANDBOX):
        yield finding(
            "N970",
            "a sandbox bills nobody, so it previews no invoice: nothing is compared",
            file=name,
            fix="compare with an account in test mode",
        )
        return
    outlook = shown.outlook
    for contract in shown.plan.contracts if outlook is not None else ():
        object_id = _made(journal, account, shown.plan, contract.id)
        if object_id is None:
            yield finding(
                "W970",
                f"the contract {contract.id} is not applied, and Stripe previews only what it holds",
                file=name,
                fix="apply the plan in test mode first",
            )
            continue
        assert outlook is not None  # noqa: S101 - there are contracts only with one
        ahead = [each for each in outlook.forecast.invoices if each.contract == contract.id and _ahead(each, moment)]
        yield from _compared(client, contract.id, object_id, ahead, name)


def _compared(
    client: StripeClient, contract: str, object_id: str, ahead: list[Invoice], name: str
) -> Iterator[Diagnostic]:
    kind = "schedule" if object_id.startswith("sub_sched_") else "subscription"
    found = client.send("POST", "/v1/invoices/create_preview", {kind: object_id})
    if isinstance(found, Refusal):
        if ahead:
            fix = "see what became of the subscription in Stripe"
            yield finding("E970", f"Stripe previews no invoice of {object_id}: {found.message}", file=name, fix=fix)
        return
    preview = found.body
    total, currency = _total(preview), str(preview.get("currency", "")).upper()
    at = datetime.datetime.fromtimestamp(int(preview.get("period_end") or 0), datetime.UTC).date()
    planned = ahead[0] if ahead else None
    if planned is not None and planned.total is None:
        yield finding("W970", f"the next invoice of {contract} has usage or a price that is not known", file=name)
    elif planned is None or (planned.date, planned.total, planned.currency.upper()) != (at, total, currency):
        said = f"{planned.total} on {planned.date}" if planned is not None else "no invoice"
        yield finding(
            "E970",
            f"the next invoice of {contract}: the forecast says {said}, Stripe previews {total} on {at} ({currency}, minor units)",
            file=name,
            notes=tuple(_lines(preview)),
            fix="look at `orderplan drift`; if nothing was changed in Stripe, the forecast is wrong: report it with the plan",
        )


def _made(journal: Journal, account: str, plan: Plan, contract: str) -> str | None:
    """The schedule or subscription of a contract, as the journal or the plan knows it."""
    calls = [each for each in plan.calls if each.contract == contract and each.resource in _KINDS]
    entries = journal.entries(account, [each.idempotency_key for each in calls])
    done = [entry.object_id for each in calls if (entry := entries.get(each.idempotency_key)) and entry.done]
    reused = [each.id for each in plan.reused if each.resource in _KINDS] if len(plan.contracts) == 1 else []
    return next((str(each) for each in (*done, *reused) if each), None)


def _ahead(invoice: Invoice, moment: datetime.datetime) -> bool:
    return not invoice.past and invoice.date >= moment.date()


def _total(preview: Any) -> int | None:
    found = preview.get("total_excluding_tax")
    found = preview.get("total") if found is None else found
    return None if found is None else int(found)


def _lines(preview: Any) -> Iterator[str]:
    for each in ((preview.get("lines") or {}).get("data") or ())[:10]:
        yield f"Stripe's line: {each.get('description') or each.get('id')}: {each.get('amount')}"
