"""One contract billed twice: by the forecast of its plan, and by the simulator from the plan's calls."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from tests.contract.contracts import at, contract_of, planned, schedule_state
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
    """What both bill, and what was sold; `refused` are the codes of errors where there is no plan to bill.

    `idle` says that the last plan had nothing left to change.
    """

    refused: tuple[str, ...] = ()
    idle: bool = False
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
        return Comparison(_errors(document))
    account = Account(datetime.fromisoformat(document["as_of"]))
    account.carry_out(document["calls"])
    return _compared(case, with_forecast(document), account)


def _compared(case: Case, document: dict[str, Any], account: Account, since: datetime | None = None) -> Comparison:
    """Let the clock of the account run as far as the forecast goes, and put both beside each other.

    Where the forecast says that it does not know the past, they are compared `since` the moment of its plan.
    """
    codes = {each["code"] for each in document["diagnostics"]}
    knows = not codes & {"W716", "N802"}
    until = document["forecast"]["until"]
    if until:
        # the forecast of a contract without an end stops before the billing date that it names
        end = datetime.combine(datetime.fromisoformat(until).date(), time(), UTC)
        begins = document.get("day_starts", 0)  # the clock strikes at a time of day only before the moment it runs to
        end += timedelta(seconds=begins, microseconds=1 if begins else 0)
        account.run_to(end if account.ends or account.cancel_at else end - timedelta(microseconds=1))
    return Comparison(
        forecast=_forecast(document),
        simulated=_simulated([each for each in account.invoices if knows or since is None or each.at >= since]),
        sold=_sold(case.bundle) if knows else None,
        billed=sum(line.amount or 0 for each in account.invoices for line in each.lines),
        explained=tuple(each["code"] for each in document["diagnostics"] if each["code"] in EXPLAINS),
    )


def compare_in_steps(case: Case) -> Comparison:
    """Plan the orders one after the other, each at its own moment, and compare the last plan's whole contract.

    The simulator carries each plan out and goes on from there; the forecast has only the last plan.
    """
    moment = datetime.fromisoformat(case.bundle["as_of"])
    account, state, ready = Account(moment), None, case.bundles[0]
    document: dict[str, Any] = {}
    activated: list[str] = []
    for finished, bundle in enumerate(case.bundles):
        moment += timedelta(days=case.pauses[finished] if finished else 0, minutes=finished)
        activated.append(moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"))
        orders = [
            order | ({"ActivatedDate": activated[place]} if place < len(activated) else {})
            for place, order in enumerate(bundle["records"]["Order"])
        ]
        ready = planned(bundle | {"records": bundle["records"] | {"Order": orders}}, orders=finished)
        ready |= {"as_of": moment.isoformat()} | ({"stripe": {"subscription_schedule": [state]}} if state else {})
        document = document_of(ready, f"settings {{\n{case.settings}\n}}")
        if not document["applyable"]:
            return Comparison(_errors(document))
        account.run_to(moment)
        account.now = moment
        account.carry_out(document["calls"])
        contract = contract_of(
            ready, credit_terminated_lines=True, credit_quantity_reductions=True, billing_mode=case.mode
        )
        state = schedule_state(at(contract, ready["as_of"]), before=state)
        state.setdefault("created", int(moment.timestamp()))
    if not any(each["resource"] == "subscription_schedule" for each in document["calls"]):
        return Comparison(idle=True)
    return _compared(case, with_forecast(document), account, since=moment)


def _errors(document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(each["code"] for each in document["diagnostics"] if each["severity"] == "error")


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
