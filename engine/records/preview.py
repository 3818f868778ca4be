"""A bundle as it would be if its draft orders were activated: what `plan --preview` plans, and what is still missing.

How an order and its lines are activated stands in the schema of the source (`x-activation`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from .relations import referring

if TYPE_CHECKING:
    from ..bindings import Bindings
    from ..schema.salesforce import Activation
    from .bundle import Bundle
    from .record import Record, Records


@dataclass(frozen=True, slots=True)
class Missing:
    """What an order lacks before it can be planned in earnest; `draft` says that it is not activated."""

    order: str
    draft: bool
    what: tuple[str, ...]


def as_if_activated(bundle: Bundle, bindings: Bindings) -> tuple[Bundle, tuple[Missing, ...]]:
    """The bundle with its draft orders and their lines activated, and what each of its orders lacks."""
    changes: dict[str, dict[str, Any]] = {}
    missing: list[Missing] = []
    moment = f"{bundle.as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000+0000}"
    for order in bundle.records.all(bindings.own("order")):
        known = _activation(bundle.records, order.object)
        if known is None or order.fact("deleted"):
            continue
        what: list[str] = []
        draft = _is_draft(order, known)
        if draft:
            what.append(f"its {known.field} is {order.peek(known.field) or 'empty'}, not {known.value}")
            changes[order.id] = _activated(order, known, moment)
        waiting = {each: step for each in _lines(bundle.records, bindings, order) if (step := _waits(each))}
        if waiting:
            what.append(f"{len(waiting)} of its lines are not activated: {', '.join(map(str, waiting))}")
            changes |= {each.id: {step.field: step.value} for each, step in waiting.items()}
        if known.after and order.peek(known.after) is False:
            what.append(f"{known.after} is not set: {known.without}")
        if what:
            missing.append(Missing(order.id, draft, tuple(what)))
    return replace(bundle, records=bundle.records.changed(changes)), tuple(missing)


def _activation(records: Records, object_name: str) -> Activation | None:
    kind = records.catalogue.objects.get(object_name)
    return kind.activation if kind is not None else None


def _lines(records: Records, bindings: Bindings, order: Record) -> list[Record]:
    return [each for each in referring(records, bindings, "line", "of", order.id) if not each.fact("deleted")]


def _waits(line: Record) -> Activation | None:
    """The activation that a line waits for."""
    known = _activation(line.among, line.object)
    value = line.peek(known.field) if known is not None else None
    return known if known is not None and value not in (None, known.value, *known.closed) else None


def _is_draft(order: Record, known: Activation) -> bool:
    """Whether an order waits for its activation."""
    code = order.peek(known.code) if known.code else None
    if code:
        return bool(code == known.draft)
    return order.peek(known.field) not in (known.value, *known.closed)


def _activated(order: Record, known: Activation, moment: str) -> dict[str, Any]:
    fields: dict[str, Any] = {known.field: known.value}
    if known.code and known.code in order.fields:
        fields[known.code] = known.active
    if known.moment and known.moment in order.fields and not order.peek(known.moment):
        fields[known.moment] = moment
    return fields
