"""Ids in one form: a bundle may give one id with 15 and with 18 characters, and everything that is made of it has 18."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .ids import id_key, is_id, long_id

if TYPE_CHECKING:
    from ..schema.salesforce import Catalogue
    from .flatten import RecordCopy
    from .record import Records


def with_long_ids(rows: list[RecordCopy], catalogue: Catalogue) -> list[RecordCopy]:
    """The rows, which hold each record once, with the ids of records and lookups in the form of 18 characters.

    A lookup to a record of the bundle holds the id as that record has it.
    """
    known = {id_key(row.id): long_id(row.id) for row in rows}
    lookups: dict[str, list[str]] = {}
    out: list[RecordCopy] = []
    for row in rows:
        names = lookups.get(row.object)
        if names is None:
            kind = catalogue.objects.get(row.object)
            fields = kind.fields.values() if kind is not None else ()
            names = lookups[row.object] = ["Id", *(each.name for each in fields if each.type == "reference")]
        changed = {}
        for name in names:
            value = row.fields.get(name)
            if isinstance(value, str) and is_id(value):
                form = known.get(id_key(value)) or long_id(value)
                if form != value:
                    changed[name] = form
        out.append(replace(row, fields={**row.fields, **changed}) if changed else row)
    return out


def with_known_ids(
    stripe: dict[str, tuple[dict[str, Any], ...]], records: Records
) -> dict[str, tuple[dict[str, Any], ...]]:
    """The Stripe objects with each record's id in their metadata in the form that the record has."""
    return {resource: tuple(_with_known(each, records) for each in those) for resource, those in stripe.items()}


def _with_known(value: Any, records: Records) -> Any:
    if isinstance(value, list):
        return [_with_known(each, records) for each in value]
    if not isinstance(value, dict):
        return value
    out = {name: _with_known(each, records) for name, each in value.items()}
    metadata = out.get("metadata")
    if isinstance(metadata, dict):
        out["metadata"] = {name: _known(each, records) for name, each in metadata.items()}
    return out


def _known(value: Any, records: Records) -> Any:
    found = records.find(value) if isinstance(value, str) and is_id(value) else None
    return found.id if found is not None else value
