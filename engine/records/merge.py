"""Rows to records: one record an id, from its copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .findings import Findings, member, shown
from .ids import id_key, is_id

if TYPE_CHECKING:
    from .flatten import RecordCopy


def merge(rows: list[RecordCopy], findings: Findings) -> list[RecordCopy]:
    """The rows with the copies of one record made into one.

    A nested copy agrees with the others when the fields that both have are equal. Two rows of the lists with one id
    are a finding even when they agree.
    """
    first: dict[str, RecordCopy] = {}
    for row in rows:
        known = first.setdefault(id_key(row.id), row)
        if known is row:
            continue
        if known.object != row.object:
            words = f"the id {row.id} is a {row.object}'s here and a {known.object}'s at {known.path}"
            findings.add("E417", words, row.path, record=str(row))
        elif not row.nested:
            words = f"{row} is here a second time, the first is at {known.path}"
            findings.add("E417", words, row.path, record=str(row), fix="keep one of them")
        else:
            first[id_key(row.id)] = _united(known, row, findings)
    return list(first.values())


def _united(known: RecordCopy, copy: RecordCopy, findings: Findings) -> RecordCopy:
    fields = known.fields
    added = {}
    for field, value in copy.fields.items():
        if field not in fields:
            added[field] = value
        elif not _same(fields[field], value) and field != "Id":
            words = f"{field} is {shown(value)} in this copy of {copy}, and {shown(fields[field])} at {known.path}"
            if findings.hides(copy.object, field):
                words = f"{field} (sensitive) is another value in this copy of {copy} than at {known.path}"
            findings.add("E418", words, member(copy.path, field), record=str(copy), fix="keep the one that is right")
    return type(known)(known.object, {**fields, **added}, known.path, known.nested) if added else known


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if is_id(one) and is_id(other):
        return id_key(one) == id_key(other)
    return bool(one == other)
