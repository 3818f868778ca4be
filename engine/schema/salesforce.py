"""The Salesforce end of the type systems: objects, fields, lookups and picklists, read from a catalogue file.

A catalogue is a JSON Schema file in the shape of `schemas/salesforce/cpq.json`: one definition for each object, with
the facts of an org's describe as `x-` keywords. Reading one costs a parse of the file; the fields of an object are made
when the object is first asked for them, since a rule file names few of the objects.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from ..diagnostics import OrderplanError
from ..immutable import Immutable
from ..places import shipped

if TYPE_CHECKING:
    from pathlib import Path

FIELD_TYPES = frozenset(
    {
        "boolean",
        "currency",
        "date",
        "datetime",
        "double",
        "email",
        "id",
        "int",
        "multipicklist",
        "percent",
        "phone",
        "picklist",
        "reference",
        "string",
        "textarea",
        "url",
    }
)
"""The field types that a catalogue may use: those of describe, without compound and binary ones."""

SALESFORCE = "salesforce"
_FACTS = ("deleted", "active", "changed")
_HINT = "restore the file, or name the shipped schemas/salesforce/cpq.json in the rules' `source salesforce`"
_KEYWORDS: dict[str, tuple[type, ...]] = {
    "description": (str,),
    "maxLength": (int,),
    "type": (str, list),
    "x-relationship": (str,),
    "x-restricted": (bool,),
    "x-scale": (int,),
    "x-sensitive": (bool,),
}


class FieldType(Immutable):
    """What is known of one field of an object.

    `picklist` holds the values of a picklist; when it is empty the values are the org's own and any text can stand
    there. `restricted` says that Salesforce refuses values outside it. `length` counts characters, `scale` decimals.
    `reference_to` names every object a lookup can point to, also ones that the catalogue does not describe, and
    `relationship` is the name that the lookup is followed by. `some_orgs` says that the field is there with a feature that
    only some orgs have.
    """

    name: str
    type: str
    nillable: bool
    picklist: tuple[str, ...]
    restricted: bool
    length: int | None
    scale: int | None
    reference_to: tuple[str, ...]
    relationship: str | None
    sensitive: bool
    description: str
    some_orgs: bool = False
    package: bool = False


@dataclass(frozen=True, slots=True)
class Relationship:
    """A way from a record to the one that its lookup `field` names; `targets` are the described objects it can be."""

    name: str
    field: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    """A way from a record to those that point back to it: records of `object` whose `field` holds the record's id."""

    name: str
    object: str
    field: str


@dataclass(frozen=True, slots=True)
class Activation:
    """How records of an object become active: `field` gets `value`; `closed` are values that it never leaves again.

    Where an org has values of its own, `code` is the field that sorts them, `draft` what it says of records that wait and
    `active` of those that are active. `moment` is the field that holds when. `after` is a checkbox that follows
    the activation, and `without` what does not happen while it is not set.
    """

    field: str
    value: str | bool
    closed: tuple[str, ...] = ()
    code: str | None = None
    draft: str | None = None
    active: str | None = None
    moment: str | None = None
    after: str | None = None
    without: str = ""


_ACTIVATION: dict[str, tuple[type, ...]] = {
    "field": (str,),
    "value": (str, bool),
    "closed": (list,),
    "code": (str,),
    "draft": (str,),
    "active": (str,),
    "moment": (str,),
    "after": (str,),
    "without": (str,),
}


class _Fields(Mapping[str, FieldType]):
    """The fields of an object, each made when it is first asked for: rules use few of the hundred that there are."""

    def __init__(self, definitions: Mapping[str, Mapping[str, Any]]) -> None:
        self._definitions = dict(sorted(definitions.items()))
        self._made: dict[str, FieldType] = {}

    def __getitem__(self, name: str) -> FieldType:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = _field(name, self._definitions[name])
        return made

    def __contains__(self, name: object) -> bool:
        return name in self._definitions

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)


class ObjectType:
    """One Salesforce object; its fields are made on first use."""

    def __init__(self, name: str, definition: Mapping[str, Any], described: frozenset[str]) -> None:
        self.name = name
        self.key_prefix: str | None = definition.get("x-key-prefix")
        self.package: bool = bool(definition.get("x-package"))
        self.description: str = definition.get("description", "")
        self.read: str | None = definition.get("x-read")
        """The kind of terms that rules must read from it, since orders with such records are billed otherwise."""
        self.title: tuple[str, ...] = tuple(definition.get("x-title", ()))
        """The fields that people know a record by, the first that holds something."""
        activation = definition.get("x-activation")
        self.activation = (
            Activation(**{**activation, "closed": tuple(activation.get("closed", ()))}) if activation else None
        )
        self._definition = definition
        self._described = described

    def __repr__(self) -> str:
        return f"ObjectType({self.name!r})"

    @cached_property
    def fields(self) -> Mapping[str, FieldType]:
        """The fields by API name, sorted."""
        return _Fields(self._definition["properties"])

    @cached_property
    def relationships(self) -> dict[str, Relationship]:
        """The lookups by the name they are followed by; only those that lead to an object of the catalogue."""
        found = {}
        for name, definition in sorted(self._definition["properties"].items()):
            relationship = definition.get("x-relationship")
            targets = tuple(each for each in definition.get("x-reference-to", ()) if each in self._described)
            if relationship and targets:
                found[relationship] = Relationship(relationship, name, targets)
        return found

    @cached_property
    def children(self) -> dict[str, ChildRelationship]:
        """The subqueries by relationship name: which records point back to one of this object."""
        listed = self._definition.get("x-child-relationships", {})
        return {name: ChildRelationship(name, each["object"], each["field"]) for name, each in sorted(listed.items())}


class Catalogue:
    """The objects of one catalogue file, by API name."""

    def __init__(
        self,
        path: Path,
        sha256: str,
        objects: dict[str, ObjectType],
        facts: Mapping[str, str] | None = None,
        bookkeeping: Iterable[str] = (),
        system: str = SALESFORCE,
    ) -> None:
        self.path = path
        self.system = system
        """The name that rules call the source by."""
        self.sha256 = sha256
        self.objects = objects
        self.facts: Mapping[str, str] = facts or {}
        """The fields that say the same of every record: whether it is `deleted`, whether `active`, when it `changed`."""
        self.bookkeeping = frozenset(bookkeeping)
        """The objects that say who made a record and of what layout: never billed."""
        self._by_prefix = {each.key_prefix: each.name for each in objects.values() if each.key_prefix}

    def __repr__(self) -> str:
        return f"Catalogue({str(self.path)!r}, {len(self.objects)} objects)"

    @cached_property
    def package_names(self) -> frozenset[str]:
        """The names of the objects, fields and relationships that came with the connector's package."""
        objects = {each.name for each in self.objects.values() if each.package}
        fields = {field.name for each in self.objects.values() for field in each.fields.values() if field.package}
        named = objects | fields
        ways = {f"{each[:-1]}r" for each in named if each.endswith("__c")}
        return frozenset(named | ways | {f"{each[:-3]}s__r" for each in objects})

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all objects, fields and relationships."""
        fields = {name for each in self.objects.values() for name in each.fields}
        ways = {name for each in self.objects.values() for name in each.relationships}
        return frozenset({*self.objects, *fields, *ways})

    def hides(self, object_name: str, field: str) -> bool:
        """Whether a field is marked as sensitive."""
        kind = self.objects.get(object_name)
        return kind is not None and field in kind.fields and kind.fields[field].sensitive

    def object_of_id(self, record_id: str) -> str | None:
        """The object that an id belongs to by its first three characters.

        None when the prefix is no described object's. Custom objects have a prefix that each org gives anew, so theirs
        are never known.
        """
        return self._by_prefix.get(record_id[:3])


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue in a file.

    Raises:
        OrderplanError: E903, when the file cannot be read or is no catalogue.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        _refuse(
            path,
            f"cannot be read: {reason}",
            "name a catalogue file that can be read in the rules' `source salesforce`",
        )
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        _refuse(path, f"is not JSON: {error}")
    definitions = document.get("$defs") if isinstance(document, dict) else None
    if not isinstance(definitions, dict) or not definitions:
        _refuse(path, 'holds no objects: expected a JSON object with a non-empty "$defs"')
    if not path.is_relative_to(shipped("schemas")):  # the shipped catalogue is held right by its own tests
        for name, definition in definitions.items():
            fault = _fault(definition)
            if fault:
                _refuse(path, f"describes {name} wrongly: {fault}")
    facts, bookkeeping = document.get("x-facts", {}), document.get("x-bookkeeping", [])
    if not _is_facts(facts):
        _refuse(path, f'has "x-facts" that are no fields for {", ".join(_FACTS)}')
    system = document.get("x-system", SALESFORCE)
    if not isinstance(system, str) or not system.isidentifier():
        _refuse(path, 'has an "x-system" that is no name')
    if not _is_text_list(bookkeeping):
        _refuse(path, 'has an "x-bookkeeping" that is no list of objects')
    described = frozenset(definitions)
    objects = {name: ObjectType(name, definition, described) for name, definition in sorted(definitions.items())}
    return Catalogue(path, hashlib.sha256(content).hexdigest(), objects, facts, bookkeeping, system)


def _refuse(path: Path, fault: str, hint: str = _HINT) -> NoReturn:
    raise OrderplanError("E903", f"the Salesforce catalogue {path} {fault}", hint)


def _fault(definition: object) -> str | None:
    """What keeps a definition from describing an object, or None."""
    if not isinstance(definition, dict):
        return "expected a JSON object"
    fields = definition.get("properties")
    if not isinstance(fields, dict) or not fields:
        return 'expected fields in "properties"'
    for keyword in ("description", "x-key-prefix", "x-read"):
        if not isinstance(definition.get(keyword, ""), str):
            return f'"{keyword}" is no text'
    if not _is_text_list(definition.get("x-title", [])):
        return '"x-title" is no list of fields'
    if "x-activation" in definition and not _is_activation(definition["x-activation"]):
        return '"x-activation" needs a "field" and its "value", and may have ' + ", ".join([*_ACTIVATION][2:])
    children = definition.get("x-child-relationships", {})
    if not isinstance(children, dict) or not all(map(_is_child, children.values())):
        return '"x-child-relationships" need an "object" and a "field" each'
    return next(filter(None, (_field_fault(name, field) for name, field in fields.items())), None)


def _field_fault(name: str, field: object) -> str | None:
    """What keeps a definition from describing a field, or None."""
    kind = field.get("x-type") if isinstance(field, dict) else None
    if not isinstance(field, dict) or not isinstance(kind, str) or kind not in FIELD_TYPES:
        return f'field {name} has the "x-type" {json.dumps(kind)}, expected one of {", ".join(sorted(FIELD_TYPES))}'
    for keyword in ("x-picklist", "x-reference-to"):
        if not _is_text_list(field.get(keyword, [])):
            return f'field {name} has a "{keyword}" that is no list of texts'
    for keyword, types in _KEYWORDS.items():
        if keyword in field and not isinstance(field[keyword], types):
            return f'field {name} has a "{keyword}" of the wrong type: {json.dumps(field[keyword])}'
    return None


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_facts(value: object) -> bool:
    return isinstance(value, dict) and all(name in _FACTS and isinstance(field, str) for name, field in value.items())


def _is_activation(value: object) -> bool:
    return (
        isinstance(value, dict)
        and {"field", "value"} <= value.keys() <= _ACTIVATION.keys()
        and all(isinstance(each, _ACTIVATION[name]) for name, each in value.items())
        and _is_text_list(value.get("closed", []))
    )


def _is_child(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("object"), str) and isinstance(value.get("field"), str)


def _field(name: str, definition: Mapping[str, Any]) -> FieldType:
    return FieldType(
        name=name,
        type=definition["x-type"],
        nillable="null" in definition.get("type", ()),
        some_orgs=bool(definition.get("x-some-orgs")),
        package=bool(definition.get("x-package")),
        picklist=tuple(definition.get("x-picklist", ())),
        restricted=definition.get("x-restricted", False),
        length=definition.get("maxLength"),
        scale=definition.get("x-scale"),
        reference_to=tuple(definition.get("x-reference-to", ())),
        relationship=definition.get("x-relationship"),
        sensitive=definition.get("x-sensitive", False),
        description=definition.get("description", ""),
    )
