"""What Stripe refuses of a call for its moments and for how it is collected: rules that one parameter alone does not show.

https://docs.stripe.com/api/subscriptions/create (`backdate_start_date`, `billing_cycle_anchor`, `cancel_at`, `trial_end`),
https://docs.stripe.com/api/subscription_schedules/create (`phases`), https://docs.stripe.com/api/coupons/create (`redeem_by`).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..dates import add_months
from ..diagnostics import Diagnostic, finding
from ..parameters import Ref
from .model import Call

LONGEST_TRIAL = datetime.timedelta(days=730)
"""The longest trial that Stripe takes: two years."""

_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}

Told = tuple[str, str, str, str]
"""A fault: its code, the pointer of the parameter, what is wrong, what to do."""


def refused(calls: Sequence[Call], as_of: datetime.datetime) -> Iterator[Diagnostic]:
    """What Stripe would refuse, with the rule that wrote it."""
    by_id = {each.id: each for each in calls}
    for call in calls:
        check = _CHECKS.get(call.resource)
        if check is None or call.action not in ("create", "update"):
            continue
        for code, pointer, message, fix in check(call, by_id, as_of):
            yield finding(
                code,
                f"{call.id}: {message}",
                path=pointer,
                record=str(call.source) if call.source else None,
                rule=call.rule(pointer),
                fix=fix,
            )


def _coupon(call: Call, _calls: Mapping[str, Call], as_of: datetime.datetime) -> Iterator[Told]:
    until = _moment(call.params.get("redeem_by"), as_of)
    if until is not None and until <= as_of:
        yield _past(
            "redeem_by", until, as_of, "nobody can redeem the coupon", "let the coupon be redeemable in the future"
        )


def _subscription(call: Call, calls: Mapping[str, Call], as_of: datetime.datetime) -> Iterator[Told]:
    params = call.params
    began = _moment(params.get("backdate_start_date"), as_of)
    if began is not None and began > as_of:
        yield (
            "E727",
            "/backdate_start_date",
            f"backdate_start_date is {_spelled(began)}, after {_spelled(as_of)} (as_of): it dates a start back",
            "make a schedule for a start that is ahead",
        )
    ends = _moment(params.get("cancel_at"), as_of)
    if ends is not None and ends <= as_of:
        yield _past("cancel_at", ends, as_of, "a subscription ends in the future", "cancel it at once, or later")
    yield from _trial(params, "", as_of, as_of)
    days = params.get("trial_period_days")
    if isinstance(days, int) and days > LONGEST_TRIAL.days:
        yield _long_trial("/trial_period_days", f"trial_period_days is {days}")
    if call.action == "create":
        yield from _anchor(call, calls, as_of)


def _anchor(call: Call, calls: Mapping[str, Call], as_of: datetime.datetime) -> Iterator[Told]:
    anchor = _moment(call.params.get("billing_cycle_anchor"), as_of)
    if anchor is None:
        return
    if anchor < as_of:
        yield _past(
            "billing_cycle_anchor", anchor, as_of, "the first billing date lies ahead", "take the next billing date"
        )
        return
    cycles = [_next_after(each, calls, as_of) for each in call.params.get("items", ()) if isinstance(each, Mapping)]
    known = [each for each in cycles if each is not None]
    if known and len(known) == len(cycles) and anchor > max(known):
        yield (
            "E727",
            "/billing_cycle_anchor",
            f"billing_cycle_anchor is {_spelled(anchor)}, later than the first billing cycle, to {_spelled(max(known))}",
            "take a billing date within the first cycle, or a trial for what comes before",
        )


def _next_after(
    item: Mapping[str, Any], calls: Mapping[str, Call], as_of: datetime.datetime
) -> datetime.datetime | None:
    """The end of a billing cycle of an item that starts now; None where its price is not made by the plan."""
    price = item.get("price")
    made = calls.get(price.call) if isinstance(price, Ref) else None
    cycle = made.params.get("recurring") if made else None
    if not isinstance(cycle, Mapping):
        return None
    count, interval = int(cycle.get("interval_count") or 1), str(cycle.get("interval"))
    if interval in _DAYS:
        return as_of + datetime.timedelta(days=_DAYS[interval] * count)
    day = add_months(as_of.date(), _MONTHS.get(interval, 1) * count)
    return datetime.datetime.combine(day, as_of.timetz())


def _schedule(call: Call, calls: Mapping[str, Call], as_of: datetime.datetime) -> Iterator[Told]:
    params = call.params
    defaults = params.get("default_settings")
    days = _days(defaults if isinstance(defaults, Mapping) else {})
    start = _moment(params.get("start_date"), as_of)
    phases = params.get("phases")
    for number, phase in enumerate(phases if isinstance(phases, Sequence) else ()):
        if not isinstance(phase, Mapping):
            continue
        at = f"/phases/{number}"
        start = _moment(phase.get("start_date"), as_of) or start
        if phase.get("collection_method") == "send_invoice" and days is None and _days(phase) is None:
            yield (
                "E728",
                f"{at}/collection_method",
                f"phase {number + 1} is collected by invoice, and says nowhere in how many days one is due",
                "map invoice_settings.days_until_due of the phase, or of default_settings",
            )
        yield from _trial(phase, at, start, as_of)
        yield from _currency(phase, at, calls)
        start = _moment(phase.get("end_date"), as_of)


def _days(holder: Mapping[str, Any]) -> Any:
    """The days until invoices are due that a phase or the settings of a schedule have."""
    settings = holder.get("invoice_settings")
    return settings.get("days_until_due") if isinstance(settings, Mapping) else None


def _trial(
    holder: Mapping[str, Any], at: str, start: datetime.datetime | None, as_of: datetime.datetime
) -> Iterator[Told]:
    raw = holder.get("trial_end")
    until = _moment(raw, as_of)
    if until is None or raw == "now":
        return
    pointer = f"{at}/trial_end"
    if start is not None and until < start:
        yield (
            "E727",
            pointer,
            f"trial_end is {_spelled(until)}, before {_spelled(start)}, where the trial starts",
            "let the trial end after its start, or leave it out",
        )
    elif start is not None and until - start > LONGEST_TRIAL:
        yield _long_trial(pointer, f"trial_end is {_spelled(until)}, {(until - start).days} days after the start")


def _long_trial(pointer: str, what: str) -> Told:
    return (
        "E727",
        pointer,
        f"{what}: a trial of Stripe takes at most {LONGEST_TRIAL.days} days",
        "shorten the trial; what is free for longer is a price of 0",
    )


def _currency(phase: Mapping[str, Any], at: str, calls: Mapping[str, Call]) -> Iterator[Told]:
    own = phase.get("currency")
    if not isinstance(own, str):
        return
    for item in phase.get("items") or ():
        price = item.get("price") if isinstance(item, Mapping) else None
        made = calls.get(price.call) if isinstance(price, Ref) else None
        other = made.params.get("currency") if made else None
        if isinstance(other, str) and other != own:
            yield (
                "E729",
                f"{at}/currency",
                f"the phase is in {own}, and its price {price.call if isinstance(price, Ref) else price} in {other}",
                "leave the currency of the phase out: it is that of its prices",
            )
            return


def _past(name: str, moment: datetime.datetime, as_of: datetime.datetime, why: str, fix: str) -> Told:
    return "E727", f"/{name}", f"{name} is {_spelled(moment)}, not after {_spelled(as_of)} (as_of): {why}", fix


def _moment(value: Any, as_of: datetime.datetime) -> datetime.datetime | None:
    """A moment of a call; `now`, and what only an answer tells, are the moment of the plan."""
    if isinstance(value, Ref) or value == "now":
        return as_of
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    try:
        return datetime.datetime.fromtimestamp(value, datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _spelled(moment: datetime.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


_CHECKS: dict[str, Callable[[Call, Mapping[str, Call], datetime.datetime], Iterator[Told]]] = {
    "coupon": _coupon,
    "subscription": _subscription,
    "subscription_schedule": _schedule,
}
