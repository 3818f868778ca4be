"""Nested SOQL results to flat rows: parents under a relationship name, children as the result of a sub-query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .findings import Findings, member, shown
from .ids import id_in_url, id_key, is_api_name, is_id, object_in_url
from .record import lookup_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..schema.salesforce import Catalogue, ObjectType

_CONTAINERS = (dict, list)
_ANY_OWNER = "Name"
"""What the REST API calls the object of a lookup to several objects, such as Owner; the address has the real one."""
_UNDESCRIBED = {"00G": "Group"}
"""The id prefixes of objects that own records and that a schema need not describe: queues are groups."""


@dataclass(frozen=True, slots=True)
class RecordCopy:
    """One copy of a record: its object, its fields without what was nested in them, and where it stood.

    `fields["Id"]` is a well-formed id. A bundle can hold several copies of one record, of which one is not nested.
    """

    object: str
    fields: dict[str, Any]
    path: str
    nested: bool

    @property
    def id(self) -> str:
        """The id as it was given."""
        record_id: str = self.fields["Id"]
        return record_id

    def __str__(self) -> str:
        return f"{self.object}({self.id})"


def flatten(records: dict[str, Any], catalogue: Catalogue, findings: Findings) -> list[RecordCopy]:
    """The rows of a bundle's `records`: those of the lists in their order, then those that stood nested in others.

    Entries that are no records, or have no usable id, become findings.
    """
    flattener = _Flattener(catalogue, findings)
    for name, those in records.items():
        if not is_api_name(name):
            words = f"records are listed by the API name of their object, found {shown(name)}"
            findings.add("E408", words, member("$.records", name))
            continue
        flattener.add_all(name, those, member("$.records", name))
    return flattener.flat + flattener.nested


class _Flattener:
    """The rows found so far."""

    def __init__(self, catalogue: Catalogue, findings: Findings) -> None:
        self._catalogue = catalogue
        self._findings = findings
        self.flat: list[RecordCopy] = []
        self.nested: list[RecordCopy] = []

    def add_all(self, name: str, those: Any, path: str) -> None:
        """The list of one object; what is neither a list nor a query result is the document schema's to refuse."""
        for at, entry in self._entries(those, path):
            if isinstance(entry, dict):
                self._add(name, entry, at, nested=False)
            else:
                self._no_record(entry, at, name)

    def _entries(self, those: Any, path: str) -> Iterator[tuple[str, Any]]:
        """The entries of a list or of a query result, each with its path."""
        if _is_query_result(those):
            if those.get("done", True) is not True:
                words = f'the query gave {len(those["records"])} of {shown(those.get("totalSize"))} records, "done" is '
                words += f"{shown(those['done'])}"
                fix = "read on along nextRecordsUrl until done is true, and put all records here"
                self._findings.add("E423", words, path, fix=fix)
            those, path = those["records"], f"{path}.records"
        if isinstance(those, list):
            for index, entry in enumerate(those):
                yield f"{path}[{index}]", entry

    def _add(
        self, name: str, entry: dict[str, Any], path: str, *, nested: bool, given_id: str | None = None
    ) -> str | None:
        """One record with all that is nested in it; its id, when it has a usable one.

        `given_id` is what the lookup says that it is nested in.
        """
        record_id = self._id(name, entry, path, given_id)
        fields = entry
        if any(type(value) in _CONTAINERS for value in entry.values()):
            fields = self._unpack(name, entry, path, record_id)
        kind = self._catalogue.objects.get(name)
        if kind is not None and not kind.relationships.keys().isdisjoint(fields):
            fields = _without_empty_parents(kind, fields)
        if record_id is not None:
            if "Id" not in fields:
                fields = {"Id": record_id, **fields}
            (self.nested if nested else self.flat).append(RecordCopy(name, fields, path, nested))
        return record_id

    def _id(self, name: str, entry: dict[str, Any], path: str, given_id: str | None) -> str | None:
        """The id of a record: its field, the end of its address, or what the lookup that it was nested in says."""
        attributes = entry.get("attributes")
        record_id = entry.get("Id")
        if record_id is None:
            record_id = id_in_url(attributes.get("url")) if isinstance(attributes, dict) else None
        record_id = given_id if record_id is None else record_id
        if record_id is None:
            fix = "select Id in the query that the record came from"
            self._findings.add("E414", f"this {name} has no Id", path, fix=fix)
            return None
        if not is_id(record_id):
            words = f"a record id of 15 or 18 letters and digits is expected, found {shown(record_id)}"
            self._findings.add("E415", words, f"{path}.Id", record=name)
            return None
        found: str = record_id
        return found

    def _unpack(self, name: str, entry: dict[str, Any], path: str, record_id: str | None) -> dict[str, Any]:
        """The fields of a record without its nested ones, which are added as rows of their own."""
        kind = self._catalogue.objects.get(name)
        fields: dict[str, Any] = {}
        inner: list[tuple[str, Any, bool]] = []
        for field, value in entry.items():
            if type(value) not in _CONTAINERS:
                fields[field] = value
            elif field == "attributes" and isinstance(value, dict):
                continue
            elif not is_api_name(field):
                fields[field] = value
            elif _is_query_result(value) or (kind is not None and field in kind.children and _holds_records(value)):
                inner.append((field, value, False))
            elif isinstance(value, dict) and self._is_parent(name, field, value):
                inner.append((field, value, True))
            else:
                fields[field] = value  # a compound value, such as an address, or a list of ids
        for field, value, is_parent in inner:
            if is_parent:
                self._parent(name, fields, field, value, member(path, field))
            else:
                self._children(name, record_id, field, value, member(path, field))
        return fields

    def _is_parent(self, name: str, field: str, value: dict[str, Any]) -> bool:
        kind = self._catalogue.objects.get(name)
        declared = kind is not None and field in kind.relationships
        return declared or isinstance(value.get("attributes"), dict) or field.endswith("__r")

    def _parent(self, name: str, fields: dict[str, Any], relationship: str, value: dict[str, Any], path: str) -> None:
        """A record nested under the relationship of a lookup, whose field is filled from it when it is absent."""
        lookup, targets = lookup_of(self._catalogue, name, relationship)
        named = fields.get(lookup)
        named = named if is_id(named) else None
        found = value.get("Id") or named
        target = self._object_of(value, targets, found if isinstance(found, str) else None)
        if target is None:
            words = f"the record under {relationship} does not say what object it is of"
            self._findings.add("E424", words, path, fix='give it "attributes": {"type": …}, as the REST API does')
            return
        if targets and target not in targets:
            words = f"{relationship} of {name} leads to {' or '.join(targets)}, found a nested record of {target}"
            self._findings.add("E416", words, path)
            return
        nested_id = self._add(target, value, path, nested=True, given_id=named)
        if nested_id is None:
            return
        if named is None and fields.get(lookup) is None:
            fields[lookup] = nested_id
        elif named is not None and id_key(named) != id_key(nested_id):
            words = f"{lookup} is {named}, but the record nested under {relationship} is {nested_id}"
            self._findings.add("E425", words, path, fix="keep the one that is right")

    def _children(self, name: str, record_id: str | None, relationship: str, value: Any, path: str) -> None:
        """The records of a sub-query, each pointing back to the record that they are nested in."""
        kind = self._catalogue.objects.get(name)
        declared = kind.children.get(relationship) if kind is not None else None
        for at, entry in self._entries(value, path):
            if not isinstance(entry, dict):
                self._no_record(entry, at, declared.object if declared else "the sub-query's object")
                continue
            targets = (declared.object,) if declared is not None else ()
            target = self._object_of(entry, targets, entry.get("Id"))
            if target is None:
                words = f"a record of the sub-query {relationship} does not say what object it is of"
                self._findings.add("E424", words, at, fix='give it "attributes": {"type": …}, as the REST API does')
                continue
            if declared is not None and target == declared.object and record_id is not None:
                entry = self._pointing_back(entry, declared.field, record_id, relationship, at)  # noqa: PLW2901
            self._add(target, entry, at, nested=True)

    def _pointing_back(
        self, entry: dict[str, Any], lookup: str, parent_id: str, relationship: str, path: str
    ) -> dict[str, Any]:
        named = entry.get(lookup)
        if named is None:
            return {**entry, lookup: parent_id}
        if is_id(named) and id_key(named) != id_key(parent_id):
            words = f"{lookup} is {named}, but the record is nested under {relationship} of {parent_id}"
            self._findings.add("E425", words, path, fix="keep the one that is right")
        return entry

    def _object_of(self, entry: dict[str, Any], targets: tuple[str, ...], record_id: object) -> str | None:
        """The object of a nested record: as its attributes say, as its lookup says, or by the prefix of its id."""
        attributes = entry.get("attributes")
        stated = attributes.get("type") if isinstance(attributes, dict) else None
        if stated == _ANY_OWNER and stated not in targets:
            stated = object_in_url(attributes.get("url")) if isinstance(attributes, dict) else None
        if isinstance(stated, str) and is_api_name(stated):
            return stated
        if len(targets) == 1:
            return targets[0]
        if not isinstance(record_id, str) or not is_id(record_id):
            return None
        return self._catalogue.object_of_id(record_id) or _UNDESCRIBED.get(record_id[:3])

    def _no_record(self, entry: Any, path: str, name: str) -> None:
        words = f"a record of {name} is expected, found {shown(entry)}"
        self._findings.add("E413", words, path, fix="remove it" if entry is None else None)


def _without_empty_parents(kind: ObjectType, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with an empty lookup in place of each parent that a query gave as null: it was queried."""
    empty = [each for each in kind.relationships if each in fields and fields[each] is None]
    lookups = {kind.relationships[each].field: None for each in empty}
    return {**lookups, **{name: value for name, value in fields.items() if name not in empty}}


def _is_query_result(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("records"), list)


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)
