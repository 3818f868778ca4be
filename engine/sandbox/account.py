"""The account: its objects by the names of the schema, its clocks, and how long a month is."""

from __future__ import annotations

import calendar
import datetime
import time
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..schema.stripe import StripeSchema
from .answers import missing
from .store import Record, Store

ACCOUNT = "acct_sandbox000001"
CLOCK = "clock_sandbox_account"
"""The test clock that every object follows whose customer has none of its own."""

OBJECTS = {"billing_meter": "billing.meter", "invoice_item": "invoiceitem"}
_PREFIXES = {"coupon": "coupon_", "test_clock": "clock_"}
_TIMES = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


class Account:
    """The objects of one Stripe account in a store."""

    def __init__(self, store: Store, schema: StripeSchema, now: int | None, url: str) -> None:
        self.store = store
        self.schema = schema
        self.url = url
        with store.change():
            if store.get("test_clock", CLOCK) is None:
                clock: Record = {"id": CLOCK, "object": "test_helpers.test_clock", "name": "the sandbox's own"}
                clock |= {"created": int(time.time()), "frozen_time": now, "livemode": False, "status": "ready"}
                store.put("test_clock", CLOCK, clock)

    def start(self, moment: int) -> None:
        """Sets the account's clock, unless it was set before."""
        clock = self.one("test_clock", CLOCK)
        if clock["frozen_time"] is None:
            with self.store.change():
                self.kept("test_clock", {**clock, "frozen_time": moment})

    def has_meters(self, ids: Iterable[str]) -> None:
        """Gives the account billing meters that others made: rules name them by their ids."""
        with self.store.change():
            for each in ids:
                if self.store.get("billing_meter", each) is None:
                    self.made("billing_meter", {"status": "active", "display_name": each, "event_name": each}, each)

    def now(self, customer: str | None = None) -> int:
        """Seconds since 1970 by the clock of a customer; real time until the account's own clock was set."""
        held = self.store.get("customer", customer) if customer else None
        clock = self.store.get("test_clock", (held or {}).get("test_clock") or CLOCK) or {}
        frozen = clock.get("frozen_time")
        return int(time.time()) if frozen is None else int(frozen)

    def new_id(self, resource: str) -> str:
        """An id that says where it comes from."""
        prefix = _PREFIXES.get(resource) or self.schema.constraints.id_prefix(resource) or f"{resource}_"
        return f"{prefix}sandbox_{self.store.number(resource):06d}"

    def made(self, resource: str, values: Mapping[str, Any], record_id: str | None = None) -> Record:
        """A new object, kept."""
        record = {
            "id": record_id or self.new_id(resource),
            "object": OBJECTS.get(resource, resource),
            "created": self.now(values.get("customer")),
            "livemode": False,
            "metadata": {},
            **values,
        }
        return self.kept(resource, record)

    def kept(self, resource: str, record: Record) -> Record:
        """Keeps the new state of an object."""
        self.store.put(resource, record["id"], record)
        return record

    def one(self, resource: str, record_id: str, param: str | None = None) -> Record:
        """An object by its id.

        Raises:
            RefusalError: `resource_missing` when there is none; `param` is the parameter that names it.
        """
        found = self.store.get(resource, record_id)
        if found is None or (found.get("deleted") and param is not None):
            name = "subscription_schedule" if resource == "subscription_schedule" else resource.replace("_", " ")
            name = {"invoice item": "invoiceitem", "promotion code": "promotion code"}.get(name, name)
            raise missing(name, record_id, param or "id", 404 if param is None else 400)
        return found


def later(moment: int, interval: str, count: int) -> int:
    """A moment some intervals later; the day of a shorter month is its last one."""
    start = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    if interval in _TIMES:
        return int((start + datetime.timedelta(days=_TIMES[interval] * count)).timestamp())
    months = start.year * 12 + start.month - 1 + _MONTHS[interval] * count
    year, month = divmod(months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def period(anchor: int, now: int, interval: str, count: int) -> tuple[int, int]:
    """The billing period of an anchor in which a moment lies."""
    times, start, end = 1, anchor, later(anchor, interval, count)
    while end <= now:
        times += 1
        start, end = end, later(anchor, interval, count * times)
    return start, end


def whole(amount: Decimal) -> int:
    """An amount in a currency's smallest unit, rounded half up as Stripe does."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def made_price(account: Account, data: Record) -> Record:
    """The price that `price_data` makes on the way."""
    rhythm = data.get("recurring")
    values = {"active": False, "billing_scheme": "per_unit", "type": "recurring" if rhythm else "one_time", **data}
    values["recurring"] = {"interval_count": 1, "usage_type": "licensed", **rhythm} if rhythm else None
    return account.made("price", values)


def merged(before: Record, given: Any) -> Record:
    """Metadata after an update: keys are added, changed, or with an empty text removed; an empty text clears all."""
    return {name: value for name, value in {**before, **given}.items() if value != ""} if given else {}
