"""One contract billed twice: by the forecast of its plan, and by the simulator from the plan's calls."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from tests.plan.plans import document_of, with_forecast
from tests.simulator.clock import Account, Invoice
from tests.simulator.contracts import Case
from tests.simulator.money import minor

Day = dict[str, list[tuple[str, int | None, int]]]
"""By date, what was billed on it: order line, amount, and what coupons took off, in minor units."""

EXPLAINS = ("W802", "W803", "W805", "W806", "W807", "W814")
"""Findings that say with their amounts why a contract bills something else than it was sold for."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What both bill, and what was sold; `refused` are the codes of errors where there is no plan to bill."""

    refused: tuple[str, ...] = ()
    forecast: Day | None = None
    simulated: Day | None = None
    sold: int | None = None
    billed: int | None = None
    explained: tuple[str, ...] = ()

    @property
    def differences(self) -> list[str]:
        """Each day on which the two differ."""
        one, other = self.forecast or {}, self.simulated or {}
        days = sorted(one.keys() | other.keys())
        return [
            f"{day}: forecast {one.get(day)}, simulator {other.get(day)}"
            for day in days
            if one.get(day) != other.get(day)
        ]


def compare(case: Case) -> Comparison:
    """Plan all orders at once, and bill the plan by both."""
    document = document_of(case.bundle, f"settings {{\n{case.settings}\n}}")
    if not document["applyable"]:
        return Comparison(tuple(each["code"] for each in document["diagnostics"] if each["severity"] == "error"))
    document = with_forecast(document)
    account = Account(datetime.fromisoformat(document["as_of"]))
    account.carry_out(document["calls"])
    until = document["forecast"]["until"]
    if until:
        # the forecast of a contract without an end stops before the billing date that it names
        end = datetime.combine(datetime.fromisoformat(until).date(), time(), UTC)
        account.run_to(end if account.ends or account.cancel_at else end - timedelta(microseconds=1))
    return Comparison(
        forecast=_forecast(document),
        simulated=_simulated(account.invoices),
        sold=_sold(case.bundle),
        billed=sum(line.amount or 0 for each in account.invoices for line in each.lines),
        explained=tuple(each["code"] for each in document["diagnostics"] if each["code"] in EXPLAINS),
    )


def _forecast(document: dict[str, Any]) -> Day:
    out: Day = defaultdict(list)
    for invoice in document["forecast"]["invoices"]:
        for line in invoice["lines"]:
            off = sum(each["amount"] for each in line["discounts"])
            out[invoice["date"]].append((line["order_item"], line["amount"], off))
    return {day: sorted(lines, key=str) for day, lines in out.items()}


def _simulated(invoices: list[Invoice]) -> Day:
    out: Day = defaultdict(list)
    for invoice in invoices:
        out[str(invoice.at.date())] += [(each.item.line, each.amount, each.off) for each in invoice.lines]
    return {day: sorted(lines, key=str) for day, lines in out.items()}


def _sold(bundle: dict[str, Any]) -> int | None:
    """What the orders are worth by their records; None where usage, tiers or the absence of an end leave it open."""
    lines = bundle["records"]["OrderItem"]
    if bundle["records"].get("ConsumptionSchedule") or any(
        each["SBQQ__SubscriptionType__c"] == "Evergreen" for each in lines
    ):
        return None
    currency = bundle["records"]["Order"][0].get("CurrencyIsoCode") or "USD"
    return sum(minor(str(each["TotalPrice"]), currency) for each in lines if each["SBQQ__BillingType__c"] != "Arrears")
