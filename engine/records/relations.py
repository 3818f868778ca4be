"""Relations followed from record to record, in both directions, along the lookups that the rules bind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..bindings import Bindings, Way
    from .record import Record, Records


def follow(record: Record, ways: Sequence[Way]) -> Record | None:
    """The record that the first way of some leads to; what the bundle does not tell is noted as a gap."""
    for way in ways:
        at: Record | None = record
        for hop in way:
            at = at.follow(hop.relationship) if at is not None else None
        if at is not None:
            return at
    return None


def named(record: Record, ways: Sequence[Way]) -> str | None:
    """The id that the first way names that names one, also when its record is not in the bundle."""
    for way in ways:
        holder = _holder(record, way)
        value = holder.get(way[-1].field) if holder is not None else None
        if value:
            return str(value)
    return None


def peeked(record: Record, ways: Sequence[Way]) -> str | None:
    """Like `named` for what nothing depends on: no gap is noted."""
    for way in ways:
        at: Record | None = record
        for hop in way[:-1]:
            at = at.lookup(hop.relationship).record if at is not None else None
        value = at.peek(way[-1].field) if at is not None else None
        if value:
            return str(value)
    return None


def place(record: Record, ways: Sequence[Way], found: Record | None = None) -> str:
    """The field that a relation was read from, `Object(id).Field`: of the way that leads to `found`, else of the first."""
    for way in ways:
        at: Record | None = record
        for hop in way[:-1]:
            at = at.lookup(hop.relationship).record if at is not None else None
        if at is not None and (found is None or at.lookup(way[-1].relationship).record is found):
            return f"{at}.{way[-1].field}"
    return f"{record}.{ways[0][0].field}" if ways else str(record)


def referring(records: Records, bindings: Bindings, target: str, term: str, record_id: str) -> list[Record]:
    """The records whose relation leads to an id, each once, in the order of the rules and of the bundle."""
    found: dict[Record, None] = {}
    for name, way in bindings.declared(target, term):
        found |= dict.fromkeys(each for each in _back(records, way, record_id) if each.object == name)
    return list(found)


def _back(records: Records, way: Way, record_id: str) -> Iterable[Record]:
    *before, last = way
    ends = list(records.referring(last.object, last.field, record_id))
    for hop in reversed(before):
        ends = [each for end in ends for each in records.referring(hop.object, hop.field, end.id)]
    return ends


def _holder(record: Record, way: Way) -> Record | None:
    at: Record | None = record
    for hop in way[:-1]:
        at = at.follow(hop.relationship) if at is not None else None
    return at
