"""What the reader of a forecast must know of one subscription: what is not shown, what is assumed, what nobody bills."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic, finding
from ..marks import Marks
from .cycles import day
from .model import major
from .modes import DEFAULT
from .state import State
from .timeline import MOST_DATES


def notes_of(name: str, state: State, marks: Marks, *, partial: bool) -> Iterator[Diagnostic]:
    """The notes of a subscription or schedule; `partial` where the plan adds items to others that it does not hold."""
    seen, frame = state.seen, state.frame
    if not frame.complete and not state.over:
        yield finding(
            "N802",
            f"{name} was planned earlier: its invoices up to {day(frame.now)} are not shown",
            notes=("its billing dates are counted from the start of the contract",),
        )
    if partial and not state.over:
        yield finding(
            "N803",
            f"{name} has items that the plan does not hold: only what it adds is shown",
            fix="see the subscription in Stripe for the rest",
        )
    if state.goes_on and frame.term_end is not None:
        yield finding(
            "N810",
            f"{name} goes on after the term of its contract, which ends on {day(frame.term_end)}: "
            "what it bills from then on is not shown, and was not sold",
        )
    if state.truncated:
        yield finding("N804", f"the forecast of {name} stops after {MOST_DATES} billing dates")
    if seen.mode_matters and not state.mode_given:
        yield finding(
            "N811",
            f"the plan does not say the billing mode of {name}: it is taken for {DEFAULT}, as Stripe takes it",
            fix=f'let the rules write billing_mode.type, "classic" or "{DEFAULT}"',
        )
    if seen.changes_unknown:
        yield finding(
            "W812",
            f"{name} was planned earlier and its items change within a cycle: what is prorated is not known",
            fix='let the rules write proration_behavior = "none", or see the invoice in Stripe',
        )
    yield from _of_coupons(state)
    yield from _of_usage(name, state, marks)
    yield from _crowded(name, state)


def _of_coupons(state: State) -> Iterator[Diagnostic]:
    for coupon, at in state.invoicing.redemptions.late.values():
        assert coupon.redeem_by is not None  # noqa: S101 - else it is never late
        yield finding(
            "W813",
            f"the coupon {coupon.name} can be redeemed until {day(coupon.redeem_by)}, and the plan redeems it on {day(at)}: "
            "it takes nothing off",
            fix="take the coupon out, or give it another redeem_by",
        )


def _of_usage(name: str, state: State, marks: Marks) -> Iterator[Diagnostic]:
    for each in state.seen.unbilled_usage:
        yield finding(
            "W811",
            f"{each.line.description} leaves {name} within a cycle: in the classic billing mode its usage from "
            f"{each.line.period.start} to {each.line.period.end} is not billed",
            record=marks.line(each.line.order_item),
            fix='end it on a billing date, bill the usage by hand, or set billing_mode = "flexible"',
        )


def assumptions_of(name: str, state: State) -> Iterator[str]:
    """What the forecast takes for granted of a subscription: that prorations which would wait are invoiced at once.

    And with which cycle it ends where `cancel_at_period_end` does not tell.
    """
    end = state.time.end
    if state.seen.mixed_end and end is not None:
        yield (
            f"{name} ends with the longest of its cycles, on {day(end)}: Stripe does not say with which of several "
            "`cancel_at_period_end` ends a subscription"
        )
    found = state.seen.hastened
    if not found:
        return
    at, _ = found[0]
    amount = sum(line.amount or 0 for _, lines in found for line in lines)
    phase = state.time.phase(at)
    ahead = [state.time.following(each, at) for each in (phase.cycles if phase else ())]
    waits = min([*ahead, *([] if end is None else [end])], default=None)
    until = "nothing bills them" if waits is None else f"they wait, the first until {day(waits)}"
    yield (
        f"prorations of {major(amount, state.frame.currency)} are invoiced when they arise, the first on {day(at)}; "
        f"unless an invoice is made for them then, {until}"
    )


def _crowded(name: str, state: State) -> Iterator[Diagnostic]:
    most = state.mode.most_lines
    for each in state.invoicing.invoices:
        if most is not None and len(each.lines) > most:
            yield finding(
                "E810",
                f"the invoice of {name} on {each.date} has {len(each.lines)} lines, and Stripe takes {most}",
                fix="skip past invoices, split the order, or sell fewer lines on one order",
            )
