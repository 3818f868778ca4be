"""Where a parameter came from, as a plan tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..contract import NO_ORIGINS, Origin, Origins
from ..program import Alternative, Trace, plain, record_name
from ..records import Record
from .model import Provenance, Untaken

_NAMES = ("id", "key")
"""Fields of the contract model that name a thing by the id of the record that it stands for."""


def provenance(trace: Trace, holders: tuple[Any, ...]) -> Provenance:
    """How a value was made, by which rule, from which fields, through which functions.

    A field of a record is named as `Object(id).Field`; a figure of the contract model as `Price.amount`, with the fields
    it was worked out from and the sum with its numbers.
    """
    sources: list[str] = []
    model: list[str] = []
    formulas: list[str] = []
    read_by: list[str] = []
    for holder, name in zip(holders, trace.fields, strict=True):
        if holder is None:
            continue
        if isinstance(holder, Record):
            sources.append(holder.named(name))
            continue
        model.append(f"{type(holder).__name__}.{name}")
        for each in _origin(holder, name, trace).flat():
            sources += [each.source] if each.source else []
            formulas += [each.formula] if each.formula else []
            read_by += [each.rule] if each.rule else []
    return Provenance(
        trace.how,
        trace.rule,
        source=", ".join(dict.fromkeys(sources)),
        model=", ".join(dict.fromkeys(model)),
        formula="" if trace.sensitive else "; ".join(dict.fromkeys(formulas)),
        read_by=tuple(dict.fromkeys(read_by)),
        via=tuple(trace.via),
    )


def _origin(holder: Any, name: str, trace: Trace) -> Origin:
    """Where a figure of the contract model comes from: what it says itself, else the record that it stands for."""
    said: Origins = getattr(holder, "origin", NO_ORIGINS)
    if "currency" in trace.via and "currency" in said:
        return said["currency"]
    value = getattr(holder, name)
    if name in said:
        return said[name]
    if isinstance(value, Record):
        return Origin.itself(value)
    record = record_name(holder)
    return Origin(f"{record}.Id" if record and name in _NAMES else record)


def alternatives(untaken: Sequence[tuple[str, Alternative, tuple[Any, ...]]]) -> dict[str, tuple[Untaken, ...]]:
    """What the rules would have written elsewhere or otherwise, by JSON pointer: each with its rule and why not."""
    out: dict[str, list[Untaken]] = {}
    for pointer, note, holders in untaken:
        out.setdefault(pointer, []).append(Untaken(note.rule, _why_not(note, holders)))
    return {pointer: tuple(out[pointer]) for pointer in sorted(out)}


def _why_not(note: Alternative, holders: tuple[Any, ...]) -> str:
    if note.why == "default":
        return f"the default {note.text} was not needed"
    found = [(*each, holder) for each, holder in zip(note.fields, holders, strict=True) if holder is not None]
    if note.why == "absent":
        empty = [_named(holder, name) for _, name, _, holder in found if _found(holder, name) is None]
        return f"{' and '.join(dict.fromkeys(empty)) or note.text} is absent"
    said = [f"{words} is {_told(holder, name, told=told)}" for words, name, told, holder in found]
    values = ", ".join(dict.fromkeys(said))
    return f"its condition is false: {note.text}" + (f", where {values}" if values else "")


def _named(holder: Any, name: str) -> str:
    return holder.named(name) if isinstance(holder, Record) else f"{type(holder).__name__}.{name}"


def _found(holder: Any, name: str) -> Any:
    if isinstance(holder, Record):
        return holder.peek(holder.named(name).rpartition(".")[2])
    return getattr(holder, name)


def _told(holder: Any, name: str, *, told: bool) -> str:
    """A value as an explanation may show it; of texts and records only whether they are there."""
    value = _found(holder, name)
    if value is None or value == ():
        return "absent"
    if not told:
        return "set"
    return f'"{value}"' if isinstance(value, str) else plain(value)
