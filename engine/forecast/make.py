"""The forecast of a plan: it is read whole, then its calls are billed, one contract after the other, and time run to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ..diagnostics import Diagnostic, finding
from ..marks import Marks
from ..plan import Call, ContractSummary, Earlier, Plan
from .clock import advance, run
from .cycles import Anchor, day, seconds
from .lines import once as once_line
from .model import Course, Forecast, Invoice
from .not_followed import not_followed
from .notes import assumptions_of, notes_of
from .once import Billing
from .planned import (
    Cancel,
    CreateInvoice,
    CreateInvoiceItem,
    CreateSchedule,
    CreateSubscription,
    PlannedCall,
    PlannedContract,
    UpdateSchedule,
    UpdateSubscription,
)
from .prices import PriceList
from .reading import UNREADABLE, UnreadableCallError, planned_contract, planned_earlier
from .state import BillingFrame, State
from .subscription import cancel, create_schedule, create_subscription, update_schedule, update_subscription
from .timeline import Timeline

DEFAULT_CYCLES = 12
"""Cycles that are shown of a subscription without an end."""


def forecast(plan: Plan, *, cycles: int = DEFAULT_CYCLES) -> Forecast:
    """Every invoice that the calls of a plan lead to, as Stripe bills them.

    Only the planned parameters count, and what the plan says of reused prices. Contracts without an end are shown for so
    many cycles. A call that cannot be read is a finding in `notes`, and the forecast goes on without its contract.
    """
    catalogue = PriceList(plan)
    now = seconds(datetime.fromisoformat(plan.as_of))
    calls: dict[str, list[Call]] = {}
    for each in plan.calls:
        calls.setdefault(each.contract, []).append(each)
    notes: list[Diagnostic] = [*not_followed(plan)]
    found: list[_Billed] = []
    for contract in plan.contracts:
        history = [each for each in plan.history if each.contract == contract.id]
        billed = _billed(plan, contract, calls.get(contract.id, []), history, catalogue, now, cycles)
        notes += billed.notes
        found.append(billed)
    notes += _unknown(catalogue)
    invoices = sorted((each for one in found for each in one.invoices), key=lambda each: each.date)
    until = [each.until for each in found if each.until is not None]
    return Forecast(
        tuple(invoices),
        cycles,
        max(until, default=None),
        tuple(notes),
        tuple(each for one in found for each in one.courses),
        tuple(each for one in found for each in one.assumptions),
    )


@dataclass(frozen=True, slots=True)
class _Billed:
    """What one contract bills."""

    notes: tuple[Diagnostic, ...]
    invoices: tuple[Invoice, ...] = ()
    courses: tuple[Course, ...] = ()
    assumptions: tuple[str, ...] = ()
    until: date | None = None


def _billed(
    plan: Plan,
    contract: ContractSummary,
    calls: list[Call],
    history: Sequence[Earlier],
    catalogue: PriceList,
    now: int,
    cycles: int,
) -> _Billed:
    """What a contract bills, or the finding when a call has parameters that cannot be read."""
    at = "the contract"
    try:
        earlier = planned_earlier(history, plan, catalogue.unknown) if calls else ()
        return _Contract(
            planned_contract(contract, calls, catalogue, now, earlier, day_starts=plan.day_starts), now
        ).billed(cycles, catalogue.marks)
    except UnreadableCallError as fault:
        at = str(fault)
    except UNREADABLE:
        pass  # a date or an amount that no calendar or sum takes
    note = finding(
        "W809",
        f"{at} has a date, quantity or reference that is redacted or malformed: what its contract bills is not known",
        path="$.calls",
        fix="plan or show with --reveal when values are redacted, else make the plan again",
    )
    return _Billed((note,))


@dataclass(slots=True)
class _Contract:
    """The subscriptions and one-time invoices of one contract while its calls are taken."""

    plan: PlannedContract
    now: int
    subscriptions: dict[str, State] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)
    billing: Billing = field(init=False)

    def __post_init__(self) -> None:
        self.billing = Billing(self.plan.id, self.plan.currency, self.now)

    def billed(self, cycles: int, marks: Marks) -> _Billed:
        """Takes the calls, those of earlier plans first and in their time, lets time run, and says what comes of it."""
        self._take_earlier()
        for call in self.plan.calls:
            self._take(call)
        self.billing.finalize()
        states = self.subscriptions
        for state in states.values():
            run(state, cycles)
        courses = [each.course() for each in states.values()]
        if self.billing.invoices or not courses:
            courses.append(self.billing.course())
        own = (each for state in states.values() for each in state.invoicing.invoices)
        ends = [day(each.until) for each in states.values() if each.until is not None]
        return _Billed(
            notes=tuple(
                note
                for name, each in states.items()
                for note in notes_of(name, each, marks, partial=name in self.partial)
            ),
            invoices=(*own, *self.billing.invoices),
            courses=tuple(courses),
            assumptions=(
                *self.plan.assumed,
                *(text for name, each in states.items() for text in assumptions_of(name, each)),
            ),
            until=max(ends, default=None),
        )

    def _take_earlier(self) -> None:
        """What earlier plans sent, each at its moment, and what it has billed until now."""
        now = self.now
        for each in self.plan.earlier:
            self._pass(each.at)
            for call in each.calls:
                self._take(call)
        if self.plan.earlier:
            self._pass(now)
            for state in self.subscriptions.values():
                state.invoicing.close()
                state.seen.hastened.clear()

    def _pass(self, to: int) -> None:
        for state in self.subscriptions.values():
            advance(state, to)
        self.now = to

    def _take(self, call: PlannedCall) -> None:
        match call:
            case CreateInvoiceItem() if call.of_subscription and self.subscriptions:
                state = next(iter(self.subscriptions.values()))  # a contract has one
                state.invoicing.wait([once_line(call.item, call.start, call.end)], at_once=call.item.at_once)
            case CreateInvoiceItem():
                self.billing.create_item(call)
            case CreateInvoice():
                self.billing.create_invoice(call)
            case CreateSchedule():
                state = self._new() if call.of_subscription is None else self._taken(call.of_subscription)
                self.subscriptions[call.id] = state
                create_schedule(state, call)
            case UpdateSchedule():
                update_schedule(self._known(call.target), call)
            case CreateSubscription():
                state = self.subscriptions[call.id] = self._new()
                create_subscription(state, call)
            case UpdateSubscription():
                state = self._known(call.target)
                if not state.frame.complete:
                    self.partial.add(call.target)
                update_subscription(state, call)
            case Cancel():
                cancel(self._known(call.target), call)

    def _new(self) -> State:
        state = self._state(self.now, complete=True)
        state.brought = self.billing.handed_over()
        return state

    def _taken(self, name: str) -> State:
        """The subscription that a schedule is made of, which goes by the schedule's name from then on."""
        found = self._known(name)
        del self.subscriptions[name]
        return found

    def _known(self, target: str) -> State:
        """The subscription that a call acts on: one of the plan, or one that an earlier plan made."""
        if target not in self.subscriptions and self.plan.earlier and len(self.subscriptions) == 1:
            (name,) = (
                self.subscriptions
            )  # an earlier plan made it: the one subscription of the contract, whatever its id
            return self.subscriptions[name]
        if target not in self.subscriptions:
            start = self.now if self.plan.start is None else self.plan.start
            self.subscriptions[target] = self._state(start, complete=False)
        return self.subscriptions[target]

    def _state(self, start: int, *, complete: bool) -> State:
        frame = BillingFrame(self.plan.id, self.plan.currency, self.now, complete, self.plan.end)
        time = Timeline(start, Anchor(start))
        return State.of(frame, time, self.plan.mode, begun=not complete and start <= self.now)


def _unknown(catalogue: PriceList) -> list[Diagnostic]:
    return [
        finding(
            "W804",
            f"{each} is not described in the plan: what it bills is not known",
            path="$.calls",
            fix="make the plan from a bundle that holds its record",
        )
        for each in catalogue.unknown
    ]
