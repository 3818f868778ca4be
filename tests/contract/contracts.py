"""What the tests of the contract model share: contracts of bundles, their figures in few words, and a Stripe that has run."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from orderplan.engine.contract import Assembly, Contract, Phase, Price, Settings, assemble, minor_units
from orderplan.engine.contract.model import Item, OneTimeItem
from orderplan.engine.dates import midnight
from orderplan.engine.places import shipped
from orderplan.engine.records import Bundle, Record, read_bundle
from orderplan.engine.schema.salesforce import Catalogue, load_catalogue
from tests.builders.bindings import bindings
from tests.contract.cpq_reader import CpqReader

Document = dict[str, Any]


@cache
def catalogue() -> Catalogue:
    return load_catalogue(shipped("schemas", "salesforce", "cpq.json"))


def loaded(bundle: Document) -> Bundle:
    """The bundle as the loader gives it; it must be without errors."""
    result = read_bundle(json.dumps(bundle, default=str).encode(), "bundle.json", catalogue(), bindings())
    assert result.bundle is not None, [each.message for each in result.findings]
    return result.bundle


def assembled(
    bundle: Document,
    prices: dict[str, Decimal] | None = None,
    selected: Callable[[Record], bool] = lambda _order: True,
    **settings: Any,
) -> Assembly:
    """What the contract model makes of a bundle with these settings."""
    return assemble(loaded(bundle), CpqReader(prices), Settings(**settings), selected)


def contract_of(bundle: Document, **more: Any) -> Contract:
    """The one contract of a bundle in which nothing is wrong."""
    result = assembled(bundle, **more)
    assert [each for each in result.findings if each.is_error] == []
    (contract,) = result.contracts
    return contract


def codes(bundle: Document, **more: Any) -> list[str]:
    """The codes of everything that was found."""
    return [each.code for each in assembled(bundle, **more).findings]


def finding(bundle: Document, code: str, **more: Any) -> Any:
    """The one finding with a code."""
    (found,) = [each for each in assembled(bundle, **more).findings if each.code == code]
    return found


def minor(price: Price) -> str:
    """The amount of a price in minor units."""
    assert price.amount is not None
    return minor_units(price.amount)


def items(phase: Phase) -> list[tuple[int | None, str]]:
    """Quantity and price of each item, tiered prices as `tiers`."""
    return [(each.quantity, _amount(each)) for each in phase.items]


def once(phase: Phase) -> list[tuple[int, str]]:
    """Quantity and price of what a phase bills once."""
    return [(each.quantity, _amount(each)) for each in phase.one_time_items]


def _amount(item: Item | OneTimeItem) -> str:
    return "tiers" if item.price.tiers else minor(item.price)


def spans(phases: tuple[Phase, ...]) -> list[tuple[str, str]]:
    """Start and end of each phase, `now` where it is the moment of the call."""
    return [("now" if each.start_now else str(each.start), "now" if each.end_now else str(each.end)) for each in phases]


def item_of(bundle: Document, number: int = 0) -> dict[str, Any]:
    """An order line's record, to read or to change."""
    found: dict[str, Any] = bundle["records"]["OrderItem"][number]
    return found


def changed(bundle: Document, object_name: str, number: int = 0, /, **fields: Any) -> Document:
    """The bundle with other fields on one record."""
    copy = deepcopy(bundle)
    copy["records"][object_name][number] |= fields
    return copy


def planned(
    bundle: Document, schedule: str | None = "sub_sched_1", orders: int | None = None, **parts: Any
) -> Document:
    """The bundle after its first `orders` orders were planned and applied: they carry the id of the schedule."""
    copy = deepcopy(bundle)
    for order in copy["records"]["Order"][:orders]:
        order["Stripe_ID__c"] = schedule
    return copy | parts


def schedule_state(contract: Contract, stripe_id: str = "sub_sched_1", before: Document | None = None) -> Document:
    """The schedule as Stripe would have it after the contract was applied at the moment of its plan.

    `before` is the state that the contract was planned from.
    """
    state = deepcopy(before) if before else {"id": stripe_id, "status": "active", "phases": []}
    now = contract_now(contract)
    if not contract.planned:
        state["phases"] = [_phase(each, now) for each in contract.phases]
    for update in contract.updates:
        if update.action == "cancel":
            state["status"] = "canceled"
            return state
        new = [_phase(each, now) for each in update.phases]
        now_starts = new[0]["start_date"]
        # a phase that began and ended at one moment is past as well
        past = [each for each in state["phases"] if each["start_date"] < now_starts or each["end_date"] <= now_starts]
        state["phases"] = [each | {"end_date": min(each["end_date"], now_starts)} for each in past] + new
    return state


_NOW: dict[str, datetime] = {}


def at(contract: Contract, moment: str) -> Contract:
    """Note the moment at which a contract was planned, for `schedule_state`."""
    _NOW[contract.id] = datetime.fromisoformat(moment)
    return contract


def contract_now(contract: Contract) -> datetime:
    return _NOW[contract.id]


def _phase(phase: Phase, now: datetime) -> Document:
    def instant(day: date, exact: datetime | None, *, is_now: bool) -> int:
        moment = now if is_now else exact or midnight(day, UTC)
        return int(moment.timestamp())

    started = phase.start_now or phase.started_by is not None
    return {
        "start_date": instant(phase.start, phase.started_at, is_now=started),
        "end_date": instant(phase.end, phase.ends_at, is_now=phase.end_now),
        "metadata": {"salesforce_order_id": phase.order.id},
        "items": [
            {
                "price": each.price.existing_id or f"price_{each.price.key}",
                "quantity": each.quantity,
                "metadata": {"salesforce_order_item_id": each.order_item.id},
            }
            for each in phase.items
        ],
        "add_invoice_items": [
            {
                "price": each.price.existing_id or f"price_{each.price.key}",
                "quantity": each.quantity,
                "metadata": _flags(each),
            }
            for each in phase.one_time_items
        ],
    }


def _flags(item: OneTimeItem) -> Document:
    flags = {name: "true" for name in ("proration", "backend_proration", "credit") if getattr(item, name)}
    return {"salesforce_order_item_id": item.order_item.id} | {f"salesforce_{name}": on for name, on in flags.items()}
