"""A Salesforce org: the records of bundles, what its describe says, and queries and changes of records."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import OrderplanError
from ..reading import read_bytes
from ..schema.salesforce import Catalogue, FieldType
from .account import Account
from .queries import Compared, Joined, Literal, Path_, Query
from .store import Record, Store

_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_KEPT_BY_THE_ORG = {
    "Id",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
    "IsDeleted",
}
_NUMBERS = ("currency", "double", "int", "percent")
_TEXTS = ("email", "id", "multipicklist", "phone", "picklist", "reference", "string", "textarea", "url")


@dataclass(frozen=True, slots=True)
class Fault:
    """One error in Salesforce's shape."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


class OrgError(Exception):
    """A request that Salesforce would refuse."""

    def __init__(self, status: int, *faults: Fault) -> None:
        super().__init__(faults[0].message)
        self.status = status
        self.faults = faults


def long_id(record_id: str) -> str:
    """The 18-character form of an id."""
    if len(record_id) != 15:  # noqa: PLR2004 - ids have 15 characters, and 3 that check them
        return record_id
    groups = (record_id[at : at + 5] for at in (0, 5, 10))
    return record_id + "".join(
        _CHARACTERS[sum(1 << at for at, each in enumerate(group) if "A" <= each <= "Z")] for group in groups
    )


class Org:
    """The records of one org in a store, by object and id."""

    def __init__(self, store: Store, catalogue: Catalogue, clock: Account) -> None:
        self._store = store
        self._catalogue = catalogue
        self._clock = clock
        self._extra: dict[str, set[str]] = {}
        for name in self.objects():
            self._learn(name, store.all(f"org.{name}"))

    # --- what there is ----------------------------------------------------------------------------------------------

    def objects(self) -> tuple[str, ...]:
        """The names of all objects: those of the schema, and those that have records."""
        held = (each.removeprefix("org.") for each in self._store.kinds() if each.startswith("org."))
        return tuple(sorted({*self._catalogue.objects, *held}))

    def object(self, name: str) -> str:
        """The name of an object as it is spelled, whatever the case that is asked for."""
        for each in self.objects():
            if each.lower() == name.lower():
                return each
        raise OrgError(404, Fault("NOT_FOUND", f"The requested resource does not exist: {name}"))

    def fields(self, name: str) -> dict[str, FieldType | None]:
        """The fields of an object; None for those that only records know."""
        kind = self._catalogue.objects.get(name)
        known: dict[str, FieldType | None] = dict(kind.fields) if kind is not None else {}
        return {**dict.fromkeys(sorted(self._extra.get(name, ()))), **known}

    def load(self, path: str) -> int | None:
        """Fills the org from a bundle file; gives the moment that the bundle was made, where it says one.

        Raises:
            OrderplanError: E901 when the file cannot be read or holds no records.
        """
        hint = "name a bundle: a JSON file with records by object"
        try:
            document = json.loads(read_bytes(path))
            records = document["records"]
            with self._store.change():
                moment = document.get("as_of")
                at = None if moment is None else datetime.datetime.fromisoformat(moment)
                made = f"{at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%S.000+0000}" if at is not None else None
                for name, those in records.items():
                    self._take(name, those["records"] if isinstance(those, dict) else those, made)
                return None if at is None else int(at.timestamp())
        except OSError as fault:
            raise OrderplanError(
                "E901", f"cannot read {path}: {(fault.strerror or str(fault)).lower()}", hint
            ) from fault
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
            raise OrderplanError("E901", f"cannot read {path}: it is no bundle of records", hint) from fault

    def _stamps(self, moment: str | None = None) -> Record:
        return dict.fromkeys(("LastModifiedDate", "SystemModstamp"), moment or self._now())

    def _take(self, name: str, records: Iterable[Record], made: str | None = None) -> None:
        """Keeps records, and on their own what a query nested in them; `made` is when, for those that do not say it."""
        kind = self._catalogue.objects.get(name)
        for record in records:
            flat: Record = {}
            for field, value in record.items():
                child = kind.children.get(field) if kind is not None else None
                way = kind.relationships.get(field) if kind is not None else None
                if field == "attributes":
                    continue
                if child is not None and isinstance(value, dict):
                    self._take(child.object, [{child.field: record["Id"], **each} for each in value["records"]], made)
                elif way is not None and isinstance(value, dict):
                    target = (value.get("attributes") or {}).get("type") or way.targets[0]
                    parent = {"Id": value.get("Id") or record.get(way.field), **value}
                    flat.setdefault(way.field, parent["Id"])
                    self._take(target, [parent], made)
                elif not (way is not None and value is None):
                    flat[field] = value
            flat["Id"] = long_id(flat["Id"])
            # A record that the org has keeps what it has: a bundle that is loaded again undoes no change.
            held = self._store.get(f"org.{name}", flat["Id"]) or {}
            flat = {**flat, **held}
            if not held:
                flat |= {field: flat.get(field) or at for field, at in self._stamps(made).items()}
            self._store.put(f"org.{name}", flat["Id"], flat)
            self._learn(name, [flat])

    def _learn(self, name: str, records: Iterable[Record]) -> None:
        extra = self._extra.setdefault(name, set())
        for each in records:
            extra |= each.keys()

    # --- queries ----------------------------------------------------------------------------------------------------

    def answered(self, query: Query) -> list[Record]:
        """The records of a query, in its order, each with the fields that it selects."""
        records = self._chosen(query)
        return [self._shown(query, each) for each in records]

    def _chosen(self, query: Query, among: Iterable[Record] | None = None) -> list[Record]:
        name = self._queried(query.object)
        for path in (*query.fields, *(each for each, _, _ in query.order)):
            self._check(name, path)
        self._check_condition(name, query.where)
        records = [
            each
            for each in (self._store.all(f"org.{name}") if among is None else among)
            if not each.get("IsDeleted") and (query.where is None or self._holds(name, each, query.where))
        ]
        for path, descending, last in reversed(query.order):
            values = {each["Id"]: self._value(name, each, path) for each in records}
            filled = [each for each in records if values[each["Id"]] is not None]
            filled.sort(key=lambda each, held=values: _key(held[each["Id"]]), reverse=descending)  # type: ignore[misc]
            empty = [each for each in records if values[each["Id"]] is None]
            records = [*filled, *empty] if last else [*empty, *filled]
        end = None if query.limit is None else query.offset + query.limit
        return records[query.offset : end]

    def _queried(self, name: str) -> str:
        try:
            return self.object(name)
        except OrgError:
            words = f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append"
            raise OrgError(400, Fault("INVALID_TYPE", f"{words} the '__c' after the entity name.")) from None

    def _field(self, name: str, field: str) -> str:
        for each in self.fields(name):
            if each.lower() == field.lower():
                return each
        raise OrgError(
            400,
            Fault(
                "INVALID_FIELD",
                f"No such column '{field}' on entity '{name}'. If you are attempting to use a custom"
                " field, be sure to append the '__c' after the custom field name.",
            ),
        )

    def _way(self, name: str, relationship: str) -> tuple[str, tuple[str, ...]]:
        kind = self._catalogue.objects.get(name)
        for each in kind.relationships.values() if kind is not None else ():
            if each.name.lower() == relationship.lower():
                return each.field, each.targets
        raise OrgError(
            400, Fault("INVALID_FIELD", f"Didn't understand relationship '{relationship}' in field path of {name}.")
        )

    def _check(self, name: str, path: Path_) -> None:
        *ways, field = path
        for way in ways:
            name = self._way(name, way)[1][0]
        self._field(name, field)

    def _check_condition(self, name: str, condition: Any) -> None:
        for part in condition.parts if isinstance(condition, Joined) else ():
            self._check_condition(name, part)
        if isinstance(condition, Compared):
            self._check(name, condition.path)

    def _followed(self, name: str, record: Record, way: str) -> tuple[str, Record | None]:
        field, targets = self._way(name, way)
        held = record.get(field)
        for target in targets:
            found = self._store.get(f"org.{target}", long_id(held)) if held else None
            if found is not None:
                return target, found
        return targets[0], None

    def _value(self, name: str, record: Record, path: Path_) -> Any:
        *ways, field = path
        held: Record | None = record
        for way in ways:
            name, held = self._followed(name, held or {}, way)
        return None if held is None else held.get(self._field(name, field))

    def _shown(self, query: Query, record: Record) -> Record:
        name = self.object(query.object)
        out: Record = {"attributes": _attributes(name, record["Id"])}
        for path in query.fields:
            self._put(out, name, record, path)
        for child in query.children:
            found = self._children(name, record["Id"], child)
            out[child.object] = {"totalSize": len(found), "done": True, "records": found} if found else None
        return out

    def _put(self, out: Record, name: str, record: Record, path: Path_) -> None:
        way, *rest = path
        if not rest:
            field = self._field(name, way)
            out[field] = record.get(field)
            return
        target, held = self._followed(name, record, way)
        if held is None:
            out.setdefault(way, None)
            return
        inner = out.setdefault(way, {"attributes": _attributes(target, held["Id"])})
        self._put(inner, target, held, tuple(rest))

    def _children(self, name: str, record_id: str, query: Query) -> list[Record]:
        kind = self._catalogue.objects.get(name)
        ways = kind.children if kind is not None else {}
        way = next((each for each in ways.values() if each.name.lower() == query.object.lower()), None)
        if way is None:
            words = f"Didn't understand relationship '{query.object}' in FROM part of query call."
            raise OrgError(400, Fault("INVALID_TYPE", words))
        inner = Query(
            way.object,
            query.fields,
            query.children,
            where=query.where,
            order=query.order,
            limit=query.limit,
            offset=query.offset,
        )
        held = self._store.all(f"org.{way.object}")
        mine = [each for each in held if long_id(each.get(way.field) or "") == record_id]
        return [self._shown(inner, each) for each in self._chosen(inner, mine)]

    # --- conditions -------------------------------------------------------------------------------------------------

    def _holds(self, name: str, record: Record, condition: Any) -> bool:
        if isinstance(condition, Joined):
            held = (self._holds(name, record, each) for each in condition.parts)
            return not next(held) if condition.word == "NOT" else all(held) if condition.word == "AND" else any(held)
        value = self._value(name, record, condition.path)
        if condition.operator in ("IN", "NOT IN"):
            found = any(self._equal(value, each) for each in self._set(condition.value))
            return found is (condition.operator == "IN")
        return self._compared(value, condition.operator, condition.value)

    def _set(self, value: Any) -> Iterator[Literal]:
        if not isinstance(value, Query):
            yield from value
            return
        for each in self._chosen(value):
            yield Literal("text", self._value(self.object(value.object), each, value.fields[0]))

    def _equal(self, value: Any, literal: Literal) -> bool:
        return self._compared(value, "=", literal)

    def _compared(self, value: Any, operator: str, literal: Literal) -> bool:
        other = self._moment(literal) if literal.kind == "relative" else literal.value
        if operator == "LIKE":
            pattern = "".join({"%": ".*", "_": "."}.get(each, re.escape(each)) for each in str(other))
            return value is not None and re.fullmatch(pattern, str(value), re.IGNORECASE | re.DOTALL) is not None
        if value is None or other is None:
            return operator == ("=" if value == other else "!=")
        if _ID.fullmatch(str(value)) and _ID.fullmatch(str(other)) and operator in ("=", "!="):
            value, other = long_id(str(value)), long_id(str(other))
        left, right = _key(value), _key(other)
        if isinstance(left, bool) is not isinstance(right, bool) or isinstance(left, str) is not isinstance(right, str):
            raise OrgError(
                400, Fault("INVALID_FIELD", f"value of filter criterion must be of the field's type, not {other!r}")
            )
        less, equal = bool(left < right), bool(left == right)
        held = {
            "=": equal,
            "!=": not equal,
            "<": less,
            "<=": less or equal,
            ">": not less and not equal,
            ">=": not less,
        }
        return held[operator]

    def _moment(self, literal: Literal) -> str:
        today = datetime.datetime.fromtimestamp(self._clock.now(), datetime.UTC).date()
        word, _, count = literal.value.partition(":")
        days = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}.get(word)
        if days is None:
            days = -int(count) if word.startswith("LAST") else int(count)
        return (today + datetime.timedelta(days=days)).isoformat()

    # --- records ----------------------------------------------------------------------------------------------------

    def one(self, name: str, record_id: str) -> Record:
        """A record by its id.

        Raises:
            OrgError: when there is none, or it was deleted.
        """
        name = self.object(name)
        if not _ID.fullmatch(record_id):
            raise OrgError(400, Fault("MALFORMED_ID", f"{name} ID: id value of incorrect type: {record_id}", ("Id",)))
        found = self._store.get(f"org.{name}", long_id(record_id))
        if found is None:
            raise OrgError(
                404, Fault("NOT_FOUND", "Provided external ID field does not exist or is not accessible: " + record_id)
            )
        if found.get("IsDeleted"):
            raise OrgError(404, Fault("ENTITY_IS_DELETED", "entity is deleted"))
        return {"attributes": _attributes(name, found["Id"]), **dict.fromkeys(self.fields(name)), **found}

    def update(self, name: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Changes fields of a record."""
        name = self.object(name)
        held = self.one(name, record_id)
        self._write(name, held, values)

    def create(self, name: str, values: Mapping[str, Any]) -> str:
        """Makes a record; its id."""
        name = self.object(name)
        kind = self._catalogue.objects.get(name)
        prefix = (kind.key_prefix if kind is not None else None) or "a9S"
        record_id = long_id(f"{prefix}Sandbox{self._store.number(f'org.{name}'):05d}")
        self._write(name, {"Id": record_id, "IsDeleted": False, "CreatedDate": self._now()}, values)
        return record_id

    def upsert(self, name: str, field: str, value: str, values: Mapping[str, Any]) -> tuple[str, bool]:
        """Changes the record whose field has a value, or makes one; its id, and whether it is new."""
        name = self.object(name)
        field = self._field(name, field)
        found = [
            each for each in self._store.all(f"org.{name}") if each.get(field) == value and not each.get("IsDeleted")
        ]
        if len(found) > 1:
            raise OrgError(
                300, Fault("DUPLICATE_EXTERNAL_ID", f"more than one record found for {field} {value}", (field,))
            )
        if found:
            self._write(name, found[0], values)
            return str(found[0]["Id"]), False
        return self.create(name, {**values, field: value}), True

    def delete(self, name: str, record_id: str) -> None:
        """Puts a record into the recycle bin."""
        name = self.object(name)
        held = {field: value for field, value in self.one(name, record_id).items() if field != "attributes"}
        self._store.put(f"org.{name}", held["Id"], {**held, "IsDeleted": True})

    def _write(self, name: str, held: Record, values: Mapping[str, Any]) -> None:
        faults = [
            each
            for field, value in values.items()
            if field != "attributes"
            for each in self._refused(name, field, value)
        ]
        if faults:
            raise OrgError(400, *faults)
        changed = {self._field(name, field): value for field, value in values.items() if field != "attributes"}
        kept = {field: value for field, value in held.items() if field != "attributes"}
        self._store.put(f"org.{name}", held["Id"], {**kept, **changed, **self._stamps()})

    def _now(self) -> str:
        moment = datetime.datetime.fromtimestamp(self._clock.now(), datetime.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def _refused(self, name: str, field: str, value: Any) -> Iterator[Fault]:
        """What Salesforce would refuse of one field."""
        known = {each.lower(): (each, kind) for each, kind in self.fields(name).items()}
        if field.lower() not in known:
            yield Fault("INVALID_FIELD", f"No such column '{field}' on sobject of type {name}", (field,))
            return
        field, kind = known[field.lower()]
        if field in _KEPT_BY_THE_ORG:
            words = f"Unable to create/update fields: {field}. Please check the security settings of this field."
            yield Fault("INVALID_FIELD_FOR_INSERT_UPDATE", words, (field,))
        if kind is None or value is None:
            return
        wrong = (
            (kind.type == "boolean" and not isinstance(value, bool))
            or (kind.type in _NUMBERS and not _is_number(value))
            or (kind.type in (*_TEXTS, "date", "datetime") and not isinstance(value, str))
        )
        if wrong:
            words = f"{field}: value not of required type: {json.dumps(value)}"
            yield Fault("INVALID_TYPE_ON_FIELD_IN_RECORD", words, (field,))
        elif isinstance(value, str) and kind.length is not None and len(value) > kind.length:
            yield Fault("STRING_TOO_LONG", f"{field}: data value too large: (max length={kind.length})", (field,))
        elif kind.type == "picklist" and kind.restricted and kind.picklist and value not in kind.picklist:
            words = f"{field}: bad value for restricted picklist field: {value}"
            yield Fault("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, (field,))

    # --- describe ---------------------------------------------------------------------------------------------------

    def describe(self, name: str) -> Record:
        """What the org's describe says of an object."""
        name = self.object(name)
        kind = self._catalogue.objects.get(name)
        children = kind.children.values() if kind is not None else ()
        return {
            "name": name,
            "label": name,
            "keyPrefix": kind.key_prefix if kind is not None else None,
            "custom": name.endswith("__c"),
            "queryable": True,
            "updateable": True,
            "fields": [_described(field, each) for field, each in self.fields(name).items()],
            "childRelationships": [
                {"childSObject": each.object, "field": each.field, "relationshipName": each.name} for each in children
            ],
        }


def _described(name: str, kind: FieldType | None) -> Record:
    known = kind is not None
    return {
        "name": name,
        "label": name,
        "type": kind.type if kind is not None else "string",
        "nillable": kind.nillable if kind is not None else True,
        "length": (kind.length if kind is not None else None) or 0,
        "scale": (kind.scale if kind is not None else None) or 0,
        "custom": name.endswith("__c"),
        "updateable": name not in _KEPT_BY_THE_ORG,
        "restrictedPicklist": bool(kind is not None and kind.restricted),
        "picklistValues": [
            {"value": each, "label": each, "active": True} for each in (kind.picklist if kind is not None else ())
        ],
        "referenceTo": list(kind.reference_to) if kind is not None else [],
        "relationshipName": kind.relationship if known and kind is not None else None,
    }


def _attributes(name: str, record_id: str) -> Record:
    return {"type": name, "url": f"/services/data/v62.0/sobjects/{name}/{record_id}"}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key(value: Any) -> Any:
    """What values of one type are compared by: text whatever its case, moments as moments."""
    if not isinstance(value, str):
        return value
    if re.match(r"\d{4}-\d\d-\d\d(T|$)", value):
        moment = datetime.datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    return value.casefold()
