"""A bundle as it would be if its draft orders were activated: what `plan --preview` plans, and what is still missing.

Salesforce activates an order by its status, and a line with its order (SBQQ__Activated__c); CPQ makes a contract of an order
whose SBQQ__Contracted__c is set.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bundle import Bundle
    from .record import Record

ACTIVATED = "Activated"


@dataclass(frozen=True, slots=True)
class Missing:
    """What an order lacks before it can be planned in earnest; `draft` says that it is not activated."""

    order: str
    draft: bool
    what: tuple[str, ...]


def as_if_activated(bundle: Bundle) -> tuple[Bundle, tuple[Missing, ...]]:
    """The bundle with its draft orders and their lines activated, and what each of its orders lacks."""
    changes: dict[str, dict[str, Any]] = {}
    missing: list[Missing] = []
    for order in bundle.records.all("Order"):
        if order.peek("IsDeleted"):
            continue
        what: list[str] = []
        draft = _is_draft(order)
        if draft:
            what.append(f"its Status is {order.peek('Status') or 'empty'}, not {ACTIVATED}")
            changes[order.id] = _activated(order, f"{bundle.as_of:%Y-%m-%dT%H:%M:%S.000+0000}")
        lines = [
            each
            for each in bundle.records.referring("OrderItem", "OrderId", order.id)
            if each.peek("SBQQ__Activated__c") is False and not each.peek("IsDeleted")
        ]
        if lines:
            what.append(f"{len(lines)} of its lines are not activated: {', '.join(str(each) for each in lines)}")
            changes |= {each.id: {"SBQQ__Activated__c": True} for each in lines}
        if order.peek("SBQQ__Contracted__c") is False:
            what.append("SBQQ__Contracted__c is not set: CPQ has made no contract of it, and nobody can amend it yet")
        if what:
            missing.append(Missing(order.id, draft, tuple(what)))
    return replace(bundle, records=bundle.records.changed(changes)), tuple(missing)


def _is_draft(order: Record) -> bool:
    """Whether an order waits for its activation; statuses of an org's own belong to one of Salesforce's three codes."""
    code = order.peek("StatusCode")
    return bool(code == "Draft") if code else order.peek("Status") not in (ACTIVATED, "Canceled", "Cancelled")


def _activated(order: Record, moment: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"Status": ACTIVATED}
    if "StatusCode" in order.fields:
        fields["StatusCode"] = ACTIVATED
    if "ActivatedDate" in order.fields and not order.peek("ActivatedDate"):
        fields["ActivatedDate"] = moment
    return fields
