"""Subscriptions, and schedules that make them and move them through phases as the clock moves."""

from __future__ import annotations

from typing import Any

from .account import CLOCK, Account, later, made_price, merged, period
from .answers import RefusalError
from .invoices import create_item
from .refusals import Billed, check_billed, check_discount, check_first_phase, check_phases
from .store import Record

_ENDED = ("canceled", "completed", "released")


def _listed(data: list[Record], url: str) -> Record:
    return {"object": "list", "data": data, "has_more": False, "total_count": len(data), "url": url}


def _flexible(mode: Any) -> bool:
    return bool((mode or {}).get("type", "flexible") == "flexible")


def _used(phases: list[Record]) -> frozenset[str]:
    items = [item for phase in phases for name in ("items", "add_invoice_items") for item in phase[name]]
    return frozenset(each["price"] for each in items if isinstance(each.get("price"), str))


def _fix_currency(account: Account, customer: str, currency: str | None) -> None:
    held = account.one("customer", customer)
    if currency is not None and held.get("currency") is None:
        account.kept("customer", {**held, "currency": currency})


# --- schedules ------------------------------------------------------------------------------------------------------


def create_schedule(account: Account, params: Record) -> Record:
    """A schedule from phases, or from a subscription that exists."""
    if "from_subscription" in params:
        return _from_subscription(account, params)
    now = account.now(params["customer"])
    start = now if params["start_date"] == "now" else params["start_date"]
    phases = _phases(account, params["phases"], start, now)
    mode = params.get("billing_mode") or {"type": "flexible"}
    currency = _checked(account, params["customer"], phases, mode)
    check_phases(phases, now)
    schedule = account.made(
        "subscription_schedule",
        {
            "end_behavior": "release",
            "default_settings": {},
            **{name: value for name, value in params.items() if name not in ("start_date", "expand")},
            "billing_mode": mode,
            "phases": phases,
            "current_phase": None,
            "status": "not_started",
            "subscription": None,
            "released_subscription": None,
            "released_at": None,
            "canceled_at": None,
            "completed_at": None,
            "test_clock": account.one("customer", params["customer"]).get("test_clock"),
        },
    )
    _fix_currency(account, params["customer"], currency)
    return moved(account, schedule)


def _from_subscription(account: Account, params: Record) -> Record:
    subscription = account.one("subscription", params["from_subscription"], "from_subscription")
    if subscription.get("schedule"):
        raise RefusalError(
            f"Subscription {subscription['id']} is already attached to a schedule: {subscription['schedule']}.",
            param="from_subscription",
        )
    items = [
        {"price": each["price"]["id"], "quantity": each.get("quantity", 1), "metadata": each["metadata"]}
        for each in subscription["items"]["data"]
    ]
    first = subscription["items"]["data"][0]
    phase = _phase({"items": items}, first["current_period_start"], first["current_period_end"])
    schedule = account.made(
        "subscription_schedule",
        {
            "customer": subscription["customer"],
            "end_behavior": "release",
            "default_settings": {},
            "billing_mode": subscription["billing_mode"],
            "phases": [phase],
            "current_phase": {"start_date": phase["start_date"], "end_date": phase["end_date"]},
            "status": "active",
            "subscription": subscription["id"],
            "released_subscription": None,
            "test_clock": subscription.get("test_clock"),
        },
    )
    account.kept("subscription", {**subscription, "schedule": schedule["id"]})
    return schedule


def update_schedule(account: Account, schedule: Record, params: Record) -> Record:
    """New phases and settings; the first phase given is the current one, or the first to come."""
    _check_open(schedule, "update")
    now = account.now(schedule["customer"])
    changed = {name: value for name, value in params.items() if name not in ("phases", "proration_behavior", "expand")}
    if "metadata" in params:
        changed["metadata"] = merged(schedule["metadata"], params["metadata"])
    if "phases" in params:
        start = params["phases"][0].get("start_date", schedule["phases"][0]["start_date"])
        phases = _phases(account, params["phases"], now if start == "now" else start, now)
        check_first_phase(schedule, phases, now)
        known = _used(schedule["phases"])
        _checked(account, schedule["customer"], phases, schedule["billing_mode"], known)
        check_phases(phases, now)
        current = schedule["current_phase"]
        past = [each for each in schedule["phases"] if current and each["end_date"] <= current["start_date"]]
        changed["phases"] = [*past, *phases]
        if current is not None:
            changed["current_phase"] = None
    return moved(account, {**schedule, **changed}, again=True)


def cancel_schedule(account: Account, schedule: Record) -> Record:
    """Ends a schedule and its subscription at once."""
    _check_open(schedule, "cancel")
    now = account.now(schedule["customer"])
    if schedule["subscription"]:
        cancel_subscription(account, account.one("subscription", schedule["subscription"]))
    return account.kept(
        "subscription_schedule", {**schedule, "status": "canceled", "canceled_at": now, "current_phase": None}
    )


def release_schedule(account: Account, schedule: Record) -> Record:
    """Ends a schedule and lets its subscription go on."""
    _check_open(schedule, "release")
    held = schedule["subscription"]
    if held:
        account.kept("subscription", {**account.one("subscription", held), "schedule": None})
    ended = {"status": "released", "released_at": account.now(schedule["customer"]), "released_subscription": held}
    return account.kept("subscription_schedule", {**schedule, **ended, "subscription": None, "current_phase": None})


def _check_open(schedule: Record, what: str) -> None:
    """Only a schedule that has not ended can change (SPEC 5.16)."""
    if schedule["status"] in _ENDED:
        raise RefusalError(
            f"You cannot {what} a subscription schedule that is currently in the `{schedule['status']}` status. It can"
            " only be changed when it is in `not_started` or `active`.",
        )


def _phases(account: Account, given: list[Record], start: int, now: int) -> list[Record]:
    """Phases with both their moments: each starts where the one before ends, unless it says otherwise."""
    out = []
    for at, each in enumerate(given):
        begins = each.get("start_date", start) if at else start
        begins = now if begins == "now" else begins
        ends = each.get("end_date")
        ends = now if ends == "now" else ends
        if ends is None:
            rhythm = each.get("duration") or _rhythm(account, each, at)
            ends = later(begins, rhythm["interval"], rhythm.get("interval_count", 1))
        out.append(_phase(each, begins, ends))
        start = ends
    return out


def _phase(given: Record, start: int, end: int) -> Record:
    empty: Record = {
        "add_invoice_items": [],
        "discounts": [],
        "metadata": {},
        "proration_behavior": "create_prorations",
    }
    kept = {name: value for name, value in given.items() if name not in ("duration", "start_date", "end_date")}
    items = [{"metadata": {}, "discounts": [], **each} for each in kept["items"]]
    return {**empty, **kept, "items": items, "start_date": start, "end_date": end}


def _rhythm(account: Account, phase: Record, at: int) -> Record:
    """A phase without an end lasts one billing cycle."""
    item = phase["items"][0]
    price = (
        account.one("price", item["price"], f"phases[{at}][items][0][price]") if "price" in item else item["price_data"]
    )
    rhythm: Record = price.get("recurring") or {"interval": "month"}
    return rhythm


def _checked(
    account: Account, customer: str, phases: list[Record], mode: Any, known: frozenset[str] = frozenset()
) -> str | None:
    items, added = (
        tuple(
            (f"phases[{at}][{name}][{place}]", item)
            for at, phase in enumerate(phases)
            for place, item in enumerate(phase[name])
        )
        for name in ("items", "add_invoice_items")
    )
    for at, phase in enumerate(phases):
        for place, each in enumerate(phase["discounts"] or ()):
            check_discount(account, each, f"phases[{at}][discounts][{place}]")
    return check_billed(account, Billed(customer, items, added, _flexible(mode), known))


def moved(account: Account, schedule: Record, *, again: bool = False) -> Record:
    """A schedule brought to where its clock is: phases that started, ended, and what happens after the last one.

    `again` says that the current phase was just replaced, so that its one-time items were billed before.
    """
    now = account.now(schedule["customer"])
    while schedule["status"] in ("not_started", "active"):
        phases, current = schedule["phases"], schedule["current_phase"]
        at = next((n for n, each in enumerate(phases) if each["start_date"] <= now < each["end_date"]), None)
        reached = phases[-1]["end_date"] <= now
        if at is None and not reached:
            break
        if at is None:
            schedule = _ended(account, schedule)
            break
        phase = phases[at]
        window = {"start_date": phase["start_date"], "end_date": phase["end_date"]}
        if current == window:
            break
        entered = current is not None and current["start_date"] != window["start_date"]
        schedule = {**schedule, "status": "active", "current_phase": window}
        schedule = {**schedule, "subscription": _billed_by(account, schedule, phase)}
        if entered or (again and phase["start_date"] == now):
            _pending_items(account, schedule, phase)
        break
    return account.kept("subscription_schedule", schedule)


def _billed_by(account: Account, schedule: Record, phase: Record) -> str:
    """The id of the schedule's subscription, with the items of a phase."""
    settings = {**schedule["default_settings"], **{k: phase[k] for k in ("collection_method",) if k in phase}}
    values = {
        "collection_method": settings.get("collection_method", "charge_automatically"),
        "days_until_due": (settings.get("invoice_settings") or {}).get("days_until_due"),
        "discounts": phase["discounts"],
        "metadata": phase["metadata"],
    }
    held = schedule["subscription"] and account.one("subscription", schedule["subscription"])
    if not held:
        values |= {
            "customer": schedule["customer"],
            "billing_mode": schedule["billing_mode"],
            "schedule": schedule["id"],
        }
        held = _new_subscription(account, values, phase["start_date"])
    items = _items(account, held, phase["items"], held["billing_cycle_anchor"])
    metadata = merged(held["metadata"], phase["metadata"])
    account.kept("subscription", {**held, **values, "metadata": metadata, "items": items})
    return str(held["id"])


def _pending_items(account: Account, schedule: Record, phase: Record) -> None:
    """A phase that starts after the first puts its one-time items on the customer, to wait for an invoice (SPEC 5.12)."""
    for each in phase["add_invoice_items"]:
        start = phase["start_date"]
        price = {"pricing": {"price": each["price"]}} if "price" in each else {"price_data": each["price_data"]}
        values = {"customer": schedule["customer"], "subscription": schedule["subscription"], **price}
        values |= {"quantity": each.get("quantity", 1), "metadata": each.get("metadata", {})}
        create_item(account, {**values, "period": {"start": start, "end": phase["end_date"]}}, archived=True)


def _ended(account: Account, schedule: Record) -> Record:
    now = account.now(schedule["customer"])
    if schedule["end_behavior"] == "cancel":
        if schedule["subscription"]:
            cancel_subscription(account, account.one("subscription", schedule["subscription"]))
        return {**schedule, "status": "completed", "completed_at": now, "current_phase": None}
    if not schedule["subscription"]:  # it started and ended between two looks at the clock
        schedule = {**schedule, "subscription": _billed_by(account, schedule, schedule["phases"][-1])}
    return release_schedule(account, {**schedule, "status": "active"})


def advance(account: Account, clock: str) -> None:
    """Moves all that follows a clock to its time."""
    for schedule in account.store.all("subscription_schedule"):
        if (schedule.get("test_clock") or CLOCK) == clock:
            for phase in schedule["phases"]:  # one phase after the other, as time does
                if phase["end_date"] <= account.now(schedule["customer"]):
                    _through(account, schedule["id"], phase)
            moved(account, account.one("subscription_schedule", schedule["id"]))
    for subscription in account.store.all("subscription"):
        if (subscription.get("test_clock") or CLOCK) == clock and subscription["status"] == "active":
            _renewed(account, subscription)


def _through(account: Account, schedule_id: str, phase: Record) -> None:
    """Enters a phase that has ended since the clock was last looked at."""
    schedule = account.one("subscription_schedule", schedule_id)
    current = schedule["current_phase"]
    if schedule["status"] in _ENDED or (current is not None and current["start_date"] >= phase["start_date"]):
        return
    window = {"start_date": phase["start_date"], "end_date": phase["end_date"]}
    schedule = {**schedule, "status": "active", "current_phase": window}
    schedule["subscription"] = _billed_by(account, schedule, phase)
    if current is not None:
        _pending_items(account, schedule, phase)
    account.kept("subscription_schedule", schedule)


# --- subscriptions --------------------------------------------------------------------------------------------------


def _new_subscription(account: Account, values: Record, start: int) -> Record:
    customer = account.one("customer", values["customer"])
    record_id = account.new_id("subscription")
    return account.made(
        "subscription",
        {
            "status": "active",
            "start_date": start,
            "billing_cycle_anchor": start,
            "cancel_at": None,
            "cancel_at_period_end": False,
            "canceled_at": None,
            "collection_method": "charge_automatically",
            "currency": customer.get("currency"),
            "discounts": [],
            "ended_at": None,
            "items": _listed([], f"/v1/subscription_items?subscription={record_id}"),
            "latest_invoice": None,
            "schedule": None,
            "test_clock": customer.get("test_clock"),
            **values,
        },
        record_id,
    )


def _items(account: Account, subscription: Record, given: list[Record], anchor: int) -> Record:
    """Subscription items; one whose price was there before keeps its id."""
    before = {each["price"]["id"]: each for each in subscription["items"]["data"]}
    now = max(account.now(subscription["customer"]), anchor)
    data = []
    for each in given:
        price = account.one("price", each["price"]) if "price" in each else made_price(account, each["price_data"])
        held = before.get(price["id"])
        rhythm = price["recurring"]
        start, end = period(anchor, now, rhythm["interval"], rhythm["interval_count"])
        item = {
            "id": held["id"] if held else account.new_id("subscription_item"),
            "object": "subscription_item",
            "created": held["created"] if held else now,
            "current_period_start": start,
            "current_period_end": end,
            "discounts": each.get("discounts", []),
            "metadata": each.get("metadata", {}),
            "price": price,
            "subscription": subscription["id"],
        }
        if rhythm["usage_type"] != "metered":
            item["quantity"] = each.get("quantity", 1)
        data.append(item)
    return _listed(data, str(subscription["items"]["url"]))


def create_subscription(account: Account, params: Record) -> Record:
    """A subscription that starts now, or is backdated; it makes no invoices."""
    mode = params.get("billing_mode") or {"type": "flexible"}
    items = tuple((f"items[{at}]", each) for at, each in enumerate(params.get("items") or ()))
    added = tuple((f"add_invoice_items[{at}]", each) for at, each in enumerate(params.get("add_invoice_items") or ()))
    if not items:
        raise RefusalError("Missing required param: items.", code="parameter_missing", param="items")
    for at, each in enumerate(params.get("discounts") or ()):
        check_discount(account, each, f"discounts[{at}]")
    _fix_currency(
        account,
        params["customer"],
        check_billed(account, Billed(params["customer"], items, added, _flexible(mode))),
    )
    now = account.now(params["customer"])
    start = params.get("backdate_start_date", now)
    for name in ("cancel_at", "trial_end"):
        if isinstance(params.get(name), int) and params[name] <= now:
            raise RefusalError(f"The {name} timestamp must be in the future.", param=name)
    if start > now:
        raise RefusalError("`backdate_start_date` cannot be in the future.", param="backdate_start_date")
    kept = {n: v for n, v in params.items() if n not in ("items", "add_invoice_items", "expand", "proration_behavior")}
    held = _new_subscription(account, {**kept, "billing_mode": mode}, start)
    anchor = min(held["billing_cycle_anchor"], now)
    return account.kept("subscription", {**held, "items": _items(account, held, params["items"], anchor)})


def update_subscription(account: Account, subscription: Record, params: Record) -> Record:
    """Changes settings and items: an item with an id changes or goes, one without is added."""
    if subscription["status"] == "canceled":
        raise RefusalError("A canceled subscription can only update its cancellation_details and metadata.")
    kept = {n: v for n, v in params.items() if n not in ("items", "add_invoice_items", "expand", "proration_behavior")}
    if "metadata" in params:
        kept["metadata"] = merged(subscription["metadata"], params["metadata"])
    changed = {**subscription, **kept}
    if "items" in params:
        if subscription.get("schedule"):
            raise RefusalError("The subscription is managed by a schedule: update the schedule instead.", param="items")
        changed["items"] = _changed_items(account, subscription, params["items"])
    return account.kept("subscription", changed)


def _changed_items(account: Account, subscription: Record, given: list[Record]) -> Record:
    held = {
        each["id"]: {name: each[name] for name in ("quantity", "metadata", "discounts") if name in each}
        | {"price": each["price"]["id"]}
        for each in subscription["items"]["data"]
    }
    for at, each in enumerate(given):
        name = each.get("id") or f"new {at}"
        if "id" in each and name not in held:
            account.one("subscription_item", name, f"items[{at}][id]")
        if each.get("deleted"):
            held.pop(name)
        else:
            held[name] = {**held.get(name, {}), **{key: value for key, value in each.items() if key != "id"}}
    used = frozenset(each["price"]["id"] for each in subscription["items"]["data"])
    items = tuple((f"items[{at}]", each) for at, each in enumerate(held.values()))
    mode = _flexible(subscription["billing_mode"])
    check_billed(account, Billed(subscription["customer"], items, (), mode, used))
    return _items(account, subscription, list(held.values()), subscription["billing_cycle_anchor"])


def cancel_subscription(account: Account, subscription: Record) -> Record:
    """Ends a subscription now."""
    if subscription["status"] == "canceled":
        raise RefusalError(
            f"No such subscription: '{subscription['id']}'", code="resource_missing", param="id", status=404
        )
    now = account.now(subscription["customer"])
    return account.kept("subscription", {**subscription, "status": "canceled", "canceled_at": now, "ended_at": now})


def _renewed(account: Account, subscription: Record) -> None:
    """Periods after the clock moved, and the end that was set."""
    now = account.now(subscription["customer"])
    end = subscription.get("cancel_at")
    if subscription.get("cancel_at_period_end"):
        end = min(each["current_period_end"] for each in subscription["items"]["data"])
    if isinstance(end, int) and end <= now:
        cancel_subscription(account, subscription)
        return
    for each in subscription["items"]["data"]:
        rhythm = each["price"]["recurring"]
        anchor = subscription["billing_cycle_anchor"]
        start, until = period(anchor, max(now, anchor), rhythm["interval"], rhythm["interval_count"])
        each |= {"current_period_start": start, "current_period_end": until}
    account.kept("subscription", subscription)
