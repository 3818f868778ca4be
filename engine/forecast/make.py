"""The forecast of a plan: its calls in their order, one contract after the other, and time run to the end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ..diagnostics import Diagnostic, finding
from .cycles import day, seconds
from .model import Course, Forecast, Invoice
from .once import Billing
from .prices import Catalogue
from .subscription import Subscription
from .timeline import MOST_DATES, Timeline

DEFAULT_CYCLES = 12
"""Cycles that are shown of a subscription without an end."""

_SCHEDULE, _SUBSCRIPTION = "subscription_schedule", "subscription"


def forecast(document: Mapping[str, Any], *, cycles: int = DEFAULT_CYCLES) -> Forecast:
    """Every invoice that the calls of a plan document lead to, as Stripe bills them.

    Only the planned parameters count, and what the plan says of reused prices. Contracts without an end are shown for so
    many cycles. A call that cannot be read is a finding in `notes`, and the forecast goes on without its contract.
    """
    catalogue = Catalogue(document)
    now = seconds(datetime.fromisoformat(document["as_of"]))
    notes: list[Diagnostic] = []
    invoices: list[Invoice] = []
    courses: list[Course] = []
    until: list[int] = []
    for contract in document.get("contracts", ()):
        calls = [each for each in document["calls"] if each.get("contract") == contract["id"]]
        run = _Contract(contract, catalogue, now)
        fault = run.take(calls, cycles)
        if fault is not None:
            notes.append(fault)
            continue
        notes += run.notes()
        invoices += run.invoices
        courses += run.courses
        until += [each.until for each in run.subscriptions.values() if each.until is not None]
    notes += _unknown(catalogue)
    invoices.sort(key=lambda each: each.date)
    last = day(max(until)) if until else None
    return Forecast(tuple(invoices), cycles, last, tuple(notes), tuple(courses))


class _Contract:
    """The subscriptions and one-time invoices of one contract while its calls are taken."""

    def __init__(self, contract: Mapping[str, Any], catalogue: Catalogue, now: int) -> None:
        self.contract = contract
        self.catalogue = catalogue
        self.now = now
        self.subscriptions: dict[str, Subscription] = {}
        self.billing = Billing(catalogue, contract["id"], contract["currency"], now)
        self.partial: dict[str, None] = {}

    @property
    def invoices(self) -> list[Invoice]:
        return [*(each for own in self.subscriptions.values() for each in own.invoices), *self.billing.invoices]

    @property
    def courses(self) -> list[Course]:
        own = [each.course() for each in self.subscriptions.values()]
        return [*own, self.billing.course()] if self.billing.invoices or not own else own

    def take(self, calls: list[Mapping[str, Any]], cycles: int) -> Diagnostic | None:
        """Takes the calls, then lets time run; the finding when one of them has parameters that cannot be read."""
        at = "the contract"
        try:
            for call in calls:
                at = call["id"]
                self._take(call)
            for each in {id(one): one for one in self.subscriptions.values()}.values():
                each.run(cycles)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, StopIteration):
            return finding(
                "W809",
                f"{at} has a date, quantity or reference that is redacted or malformed: "
                "what its contract bills is not known",
                path="$.calls",
                fix="plan or show with --reveal when values are redacted, else make the plan again",
            )
        return None

    def notes(self) -> list[Diagnostic]:
        """What the reader of the forecast must know of this contract."""
        out: list[Diagnostic] = []
        for key, each in self.subscriptions.items():
            if not each.complete and not each.over:
                out.append(
                    finding(
                        "N802",
                        f"{key} was planned earlier: its invoices up to {day(self.now)} are not shown",
                        notes=("its billing dates are counted from the start of the contract",),
                    )
                )
            if key in self.partial and not each.over:
                out.append(
                    finding(
                        "N803",
                        f"{key} has items that the plan does not hold: only what it adds is shown",
                        fix="see the subscription in Stripe for the rest",
                    )
                )
            if each.goes_on and each.term_end is not None:
                out.append(
                    finding(
                        "N810",
                        f"{key} goes on after the term of its contract, which ends on {day(each.term_end)}: "
                        "what it bills from then on is not shown, and was not sold",
                    )
                )
            if each.truncated:
                out.append(finding("N804", f"the forecast of {key} stops after {MOST_DATES} billing dates"))
        return out

    def _take(self, call: Mapping[str, Any]) -> None:
        resource, action, params = call["resource"], call["action"], call["params"]
        if resource == "invoice_item" and action == "create":
            self.billing.create_item(params)
        elif resource == "invoice" and action == "create":
            self.billing.create_invoice(call)
        elif resource == _SCHEDULE:
            self._schedule(call, action, params)
        elif resource == _SUBSCRIPTION:
            self._subscription(call, action, params)

    def _schedule(self, call: Mapping[str, Any], action: str, params: Mapping[str, Any]) -> None:
        if action == "create":
            origin = params.get("from_subscription")
            own = self._make() if origin is None else self.subscriptions[_name(origin)]
            self.subscriptions[call["id"]] = own
            if origin is not None:
                del self.subscriptions[_name(origin)]
            own.create_schedule(params)
        elif action == "update":
            self._known(call).update_schedule(params)
        elif action == "cancel":
            self._known(call).cancel(params, by_default=True)

    def _subscription(self, call: Mapping[str, Any], action: str, params: Mapping[str, Any]) -> None:
        if action == "create":
            own = self.subscriptions[call["id"]] = self._make()
            own.create_subscription(params)
        elif action == "update":
            own = self._known(call)
            if not own.complete:
                self.partial[_target(call)] = None
            own.update_subscription(params)
        elif action == "cancel":
            self._known(call).cancel(params, by_default=False)

    def _make(self, *, complete: bool = True) -> Subscription:
        start = self.now
        given = self.contract.get("start")
        if given is not None and not complete:
            start = _midnight(given)
        time = Timeline(start, start)
        ends = self.contract.get("end")
        term_end = None if ends is None else _midnight(ends)
        return Subscription(
            self.catalogue,
            self.contract["id"],
            self.contract["currency"],
            self.now,
            time,
            complete,
            begun=not complete and start <= self.now,
            term_end=term_end,
        )

    def _known(self, call: Mapping[str, Any]) -> Subscription:
        """The subscription that a call acts on: one of the plan, or one that an earlier plan made."""
        target = _target(call)
        if target not in self.subscriptions:
            self.subscriptions[target] = self._make(complete=False)
        return self.subscriptions[target]


def _unknown(catalogue: Catalogue) -> list[Diagnostic]:
    return [
        finding(
            "W804",
            f"{each} is not described in the plan: what it bills is not known",
            path="$.calls",
            fix="make the plan from a bundle that holds its record",
        )
        for each in catalogue.unknown
    ]


def _target(call: Mapping[str, Any]) -> str:
    """What a call acts on: the call that makes it, or its id in Stripe."""
    path = call["path"]
    if isinstance(path, str):
        return path.removesuffix("/cancel").rstrip("/").rpartition("/")[2]
    return _name(path["id"])


def _name(value: Any) -> str:
    return str(value["$ref"]["call"]) if isinstance(value, Mapping) else str(value)


def _midnight(value: str) -> int:
    """Midnight UTC of a date as text."""
    return seconds(datetime.fromisoformat(f"{date.fromisoformat(value)}T00:00:00+00:00"))
