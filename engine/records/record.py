"""Salesforce records: typed access to their fields, and the way from one to another along its lookups."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from .ids import id_key
from .queried import Queried
from .times import TimeFaultError, parse_date, parse_instant

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ..schema.salesforce import Catalogue


State = Literal["found", "absent", "not queried", "dangling", "elsewhere", "another object"]
"""What a lookup answers: it leads to a record; it is empty; its field was not queried; its record is not in the bundle
although others of its object are; its object is not in the bundle; its record is of an object that it cannot lead to."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """The answer of a lookup: `field` holds the id `value`, which leads to `record`, or not, as `state` says.

    `targets` are the objects that the lookup can lead to, none when the schema does not say.
    """

    state: State
    field: str
    record: Record | None = None
    value: str | None = None
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was read and that the bundle does not tell: a field that was not queried, a lookup that leads nowhere.

    `record` is the first record that it was read from.
    """

    record: Record
    field: str
    state: State
    value: str | None = None
    targets: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str | None]:
        """What makes two gaps one: object and field, and for a lookup the id."""
        return (self.record.object, self.field, self.value)


class Record:
    """One record: its object's name, its id as given, and its fields as JSON values (numbers are int or Decimal).

    Two records are the same only when they are one object in memory; a bundle holds each record once.
    """

    __slots__ = ("_among", "fields", "id", "object")

    def __init__(self, object_name: str, record_id: str, fields: dict[str, Any], among: Records) -> None:
        self.object = object_name
        self.id = record_id
        self.fields = fields
        self._among = among

    def __str__(self) -> str:
        return f"{self.object}({self.id})"

    __repr__ = __str__

    @property
    def among(self) -> Records:
        """The records of the bundle that this one belongs to."""
        return self._among

    def get(self, field: str) -> Any:
        """The value of a field; None when it is null or blank text, or was not queried, which is noted as a gap."""
        value = self._read(field)
        return None if isinstance(value, str) and not value.strip() else value

    def peek(self, field: str) -> Any:
        """Like `get` for what nothing depends on, such as a title: no gap is noted."""
        value = self.fields.get(field)
        return None if isinstance(value, str) and not value.strip() else value

    def fact(self, name: str) -> Any:
        """What every record says of itself: whether it is `deleted`, whether `active`, when it `changed`; no gap is noted."""
        field = self._among.catalogue.facts.get(name)
        return self.peek(field) if field else None

    def lookup(self, relationship: str) -> Lookup:
        """What a lookup answers, by relationship name; no gap is noted."""
        among = self._among
        field, targets = among.link(self.object, relationship)
        value = self.peek(field)
        if not isinstance(value, str):
            queried = field in self.fields or among.queried.has(self.object, field)
            return Lookup("absent" if queried else "not queried", field, None, None, targets)
        found = among.find(value)
        if found is None:
            there = any(among.all(name) for name in targets)
            return Lookup("dangling" if there else "elsewhere", field, None, value, targets)
        if targets and found.object not in targets:
            return Lookup("another object", field, None, value, targets)
        return Lookup("found", field, found, value, targets)

    def named(self, name: str) -> str:
        """A field with its record, `Object(id).Field`; a lookup, asked for by its relationship, by the field that it is."""
        kind = self._among.catalogue.objects.get(self.object)
        declared = kind.relationships.get(name) if kind is not None else None
        return f"{self}.{declared.field if declared is not None else name}"

    def follow(self, relationship: str) -> Record | None:
        """The record that a lookup leads to; None when it leads to none, and a gap is noted unless it is empty."""
        link = self._among.link(self.object, relationship)
        value = self._read(link[0])
        if not isinstance(value, str) or not value.strip():
            return None
        found = self._among.find(value)
        if found is not None and (not link[1] or found.object in link[1]):
            return found
        answer = self.lookup(relationship)
        self._among.note(Gap(self, answer.field, answer.state, answer.value, answer.targets))
        return None

    def _read(self, field: str) -> Any:
        try:
            return self.fields[field]
        except KeyError:
            if not self._among.queried.has(self.object, field):
                self._among.note(Gap(self, field, "not queried"))
            return None

    def date(self, field: str) -> dt.date | None:
        """The calendar date in a field; None when it is absent or holds no date."""
        value = self._read(field)
        if not isinstance(value, str):
            return None
        try:
            return parse_date(value)
        except TimeFaultError:
            return None

    def datetime(self, field: str) -> dt.datetime | None:
        """The moment in a field, in UTC; None when it is absent or holds no moment."""
        value = self._read(field)
        if not isinstance(value, str):
            return None
        try:
            return parse_instant(value)
        except TimeFaultError:
            return None

    def decimal(self, field: str) -> Decimal | None:
        """The number in a field; None when it is absent or holds no number."""
        value = self._read(field)
        if isinstance(value, Decimal):
            return value
        return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None

    def integer(self, field: str) -> int | None:
        """The whole number in a field (12 and 12.0 alike); None when it is absent or holds none."""
        value = self.decimal(field)
        return int(value) if value is not None and value == value.to_integral_value() else None

    def boolean(self, field: str) -> bool | None:
        """The checkbox in a field; None when it is absent or holds none."""
        value = self._read(field)
        return value if isinstance(value, bool) else None


class Records:
    """All records of a bundle, found by object, by id, and by what refers to what.

    `gaps` are what was read so far and is not told by the bundle, in the order it was read; `doubtful` are fields that may
    be empty as well, since the bundle leaves empty ones out.
    """

    __slots__ = ("_by_key", "_by_object", "_catalogue", "_links", "_referring", "doubtful", "gaps", "queried")

    def __init__(self, catalogue: Catalogue, queried: Queried) -> None:
        self._catalogue = catalogue
        self.queried = queried
        self.gaps: dict[tuple[str, str, str | None], Gap] = {}
        self.doubtful: dict[tuple[str, str, str | None], Gap] = {}
        self._by_object: dict[str, tuple[Record, ...]] = {}
        self._by_key: dict[str, Record] = {}
        self._links: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
        self._referring: dict[tuple[str, str], dict[str, tuple[Record, ...]]] = {}

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        queried: Mapping[str, Iterable[str]] | None = None,
    ) -> Records:
        """Records from flat rows by object, each with its `Id`: what a loaded bundle ends in, and handy in tests.

        `queried` are the fields that were queried, by object, where the bundle says.
        """
        records = cls(catalogue, Queried(catalogue, rows, queried))
        for name, those in rows.items():
            records._add(name, [Record(name, row["Id"], dict(row), records) for row in those])
        return records

    def changed(self, changes: Mapping[str, Mapping[str, Any]]) -> Records:
        """The same records with other fields on some, by id."""
        out = Records(self._catalogue, self.queried)
        for name, those in self._by_object.items():
            out._add(name, [Record(name, one.id, one.fields | dict(changes.get(one.id, {})), out) for one in those])
        return out

    def _add(self, name: str, those: list[Record]) -> None:
        self._by_object[name] = tuple(those)
        for record in those:
            self._by_key[id_key(record.id)] = record

    def note(self, gap: Gap) -> None:
        """Keeps a gap, once for each object and field.

        Where empty fields are left out of the bundle, a field that stands nowhere may be one of those.
        """
        if gap.state == "not queried" and self.queried.spare:
            self.doubtful.setdefault(gap.key, gap)
        else:
            self.gaps.setdefault(gap.key, gap)

    def noting(self, gaps: dict[tuple[str, str, str | None], Gap]) -> dict[tuple[str, str, str | None], Gap]:
        """Notes gaps in another dictionary from now on; the one that was used so far."""
        before, self.gaps = self.gaps, gaps
        return before

    def edited(self, *, without: Collection[str], blank: Mapping[str, Collection[str]]) -> Records:
        """The same records without some, by id, and with empty fields in others."""
        out = Records(self._catalogue, self.queried)
        for name, those in self._by_object.items():
            kept = (each for each in those if each.id not in without)
            out._add(
                name,
                [Record(name, each.id, each.fields | dict.fromkeys(blank.get(each.id, ())), out) for each in kept],
            )
        return out

    @property
    def objects(self) -> tuple[str, ...]:
        """The names of the objects that have records, in the order of the file."""
        return tuple(self._by_object)

    @property
    def catalogue(self) -> Catalogue:
        """The objects and fields that the records were read by."""
        return self._catalogue

    def get(self, object_name: str, record_id: str) -> Record | None:
        """The record of an object by its id, in the 15- or the 18-character form."""
        found = self.find(record_id)
        return found if found is not None and found.object == object_name else None

    def find(self, record_id: str) -> Record | None:
        """The record with an id, whatever its object."""
        return self._by_key.get(id_key(record_id))

    def all(self, object_name: str) -> tuple[Record, ...]:
        """The records of an object in the order of the file, those that stood nested in others last."""
        return self._by_object.get(object_name, ())

    def referring(self, object_name: str, field: str, record_id: str) -> tuple[Record, ...]:
        """The records of an object whose lookup `field` holds an id, in the order of the file."""
        index = self._referring.get((object_name, field))
        if index is None:
            index = self._referring[object_name, field] = self._index(object_name, field)
        return index.get(id_key(record_id), ())

    def link(self, object_name: str, relationship: str) -> tuple[str, tuple[str, ...]]:
        """The lookup field behind a relationship name, and the objects it can lead to (none: any).

        The catalogue says; for an object it does not know, Salesforce's own way of naming does.
        """
        known = self._links.get((object_name, relationship))
        if known is None:
            known = self._links[object_name, relationship] = lookup_of(self._catalogue, object_name, relationship)
        return known

    def _index(self, object_name: str, field: str) -> dict[str, tuple[Record, ...]]:
        found: dict[str, list[Record]] = {}
        for record in self.all(object_name):
            value = record.get(field)
            if isinstance(value, str):
                found.setdefault(id_key(value), []).append(record)
        return {key: tuple(those) for key, those in found.items()}


def lookup_of(catalogue: Catalogue, object_name: str, relationship: str) -> tuple[str, tuple[str, ...]]:
    """The lookup field behind a relationship name of an object, and the objects it can lead to (none: any)."""
    kind = catalogue.objects.get(object_name)
    declared = kind.relationships.get(relationship) if kind is not None else None
    if kind is not None and declared is not None:
        return declared.field, kind.fields[declared.field].reference_to or declared.targets
    by_name = f"{relationship[:-1]}c" if relationship.endswith("__r") else f"{relationship}Id"
    return by_name, ()
