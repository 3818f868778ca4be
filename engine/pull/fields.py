"""The fields that a rule set and the contract model read, by object, and the relations that lead to further records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..bindings import Bindings
from ..program import Program
from ..program.gaps import Reading
from ..schema.salesforce import Catalogue, ObjectType
from ..validate import ir

BACKWARD: tuple[tuple[str, str], ...] = (
    ("line", "of"),
    ("contract", "quote"),
    ("contract", "amends"),
    ("agreement", "quote"),
    ("coupon", "of"),
    ("coupon", "line"),
    ("coupon", "copied_from"),
    ("offer", "quote"),
    ("offer", "quote_line"),
    ("schedule", "of"),
    ("schedule_use", "of"),
    ("rate", "of"),
)
"""The relations that the contract model follows from their end: an order's lines, a contract's amendments."""


@dataclass(frozen=True, slots=True)
class Back:
    """Records that point to others: those of `object` whose field behind a path of lookups names one of `target`.

    `steps` are the fields on the way, each with its object.
    """

    object: str
    path: str
    target: str
    steps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """What is read: fields by object, lookups by object (field to the objects that it leads to), and what points back.

    `orders` is the object of orders.
    """

    by_object: dict[str, tuple[str, ...]]
    lookups: dict[str, dict[str, tuple[str, ...]]]
    back: tuple[Back, ...]
    orders: str


def fields_of(program: Program, catalogue: Catalogue) -> Fields:
    """What a compiled rule set reads of the objects of a schema."""
    rules, reading = program.rules, Reading(program.rules, catalogue)
    wanted: dict[str, set[str]] = {name: set(fields) for name, fields in reading.read_fields.items()}
    for name, field in _stored(rules):
        wanted.setdefault(name, set()).add(field)
    back = tuple(dict.fromkeys(_back(rules.bindings)))
    for name, field in (step for each in back for step in each.steps):
        wanted.setdefault(name, set()).add(field)
    for roles in rules.bindings.roles.values():
        for name in roles:
            wanted.setdefault(name, set())
    lookups: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, fields in wanted.items():
        kind = catalogue.objects.get(name)
        if kind is None:
            continue
        fields |= {each for each in _by_itself(kind, catalogue) if each in kind.fields}
        links = {each.field: each.targets for each in kind.relationships.values() if each.field in fields}
        lookups[name] = {
            field: kept for field, targets in links.items() if (kept := tuple(t for t in targets if t in wanted))
        }
    by_object = {
        name: ("Id", *sorted(fields - {"Id"})) for name, fields in sorted(wanted.items()) if name in catalogue.objects
    }
    return Fields(by_object, lookups, back, rules.bindings.own("order"))


def _stored(rules: ir.CheckedRules) -> Iterator[tuple[str, str]]:
    """The fields that rules write ids to: by them a plan knows what is made already."""
    for rule in rules.maps:
        for each in rule.body:
            if isinstance(each, ir.Store):
                yield each.holder.type.name, each.field


def _back(bindings: Bindings) -> Iterator[Back]:
    for target, term in BACKWARD:
        for name, way in bindings.declared(target, term):
            path = ".".join([*(hop.relationship for hop in way[:-1]), way[-1].field])
            yield Back(name, path, way[-1].target, tuple((hop.object, hop.field) for hop in way))


def _by_itself(kind: ObjectType, catalogue: Catalogue) -> Iterator[str]:
    """What the program reads of every record: its title, its facts, its activation."""
    yield from kind.title
    yield from catalogue.facts.values()
    known = kind.activation
    for name in (known.field, known.code, known.moment, known.after) if known is not None else ():
        if name:
            yield name
