"""Which objects and lookups the `read` rules bind to the roles and relations of the contract model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..bindings import Bindings, Hop, Place, Way
from ..syntax import ast

if TYPE_CHECKING:
    from ..schema.model import Definition, ModelField, ModelSchema
    from ..schema.salesforce import Catalogue
    from .entries import BlockEntry
    from .merge import Merged
    from .scope import World

_ORDER = "order"
_ORIGINAL = "original_"


def bind(merged: Merged, model: ModelSchema, catalogue: Catalogue) -> Bindings:
    """The bindings of a merged rule set. What cannot be bound is left out: checking says why.

    A role is bound by the `read` rules of its terms; one that has no terms, by the first relation that leads to it. Where
    an object is read as the copy of another (`copied_from`), it is the role's own, and the other the `original_` of it.
    """
    roles: dict[str, list[str]] = {}
    led_to: dict[str, str] = {}
    ways: dict[Place, tuple[Way, ...]] = {}
    needed: set[tuple[str, str]] = set()
    for (target, name), (node, entries) in merged.reads.items():
        terms = model.terms(target)
        if terms is None or name not in catalogue.objects:
            continue
        copied = False
        for entry in entries:
            field = terms.fields.get(entry.label)
            if field is None or not field.role or not isinstance(entry.node, ast.Assign):
                continue
            found = _ways(entry.node.value, node, catalogue)
            if not found:
                _meant(entry.node.value, node, catalogue, led_to, field.role)
                continue
            ways[target, name, entry.label] = found
            led_to.setdefault(field.role, found[0][-1].target)
            copied = copied or field.role.startswith(_ORIGINAL)
            if field.needed:
                needed |= {(hop.object, hop.field) for way in found for hop in way}
        role = roles.setdefault(terms.role, [])
        role.insert(0 if copied else len(role), name)
    for role_name, target in led_to.items():
        roles.setdefault(role_name, [target])
    for role_name in list(roles):
        roles.setdefault(f"{_ORIGINAL}{role_name}", roles[role_name])
    if merged.sync is not None:
        roles.setdefault(_ORDER, [merged.sync.object.text])
    return Bindings({name: tuple(dict.fromkeys(each)) for name, each in roles.items()}, ways, frozenset(needed))


def _meant(value: ast.Expression, read: ast.Read, catalogue: Catalogue, led_to: dict[str, str], role: str) -> None:
    """Binds the role of a relation that names the id of a record instead of the record, so that this alone is said."""
    if isinstance(value, ast.Path):
        field = catalogue.objects[read.object.text].fields.get(value.names[-1].text)
        if field is not None and field.reference_to and field.reference_to[0] in catalogue.objects:
            led_to.setdefault(role, field.reference_to[0])


def check_relation(entry: BlockEntry, node: ast.Assign, field: ModelField, read: ast.Read, world: World) -> None:
    """Checks a term that is a relation: lookups alone, whatever the record holds, to a record of the right object."""
    ways = _ways(node.value, read, world.catalogue)
    wanted = world.bindings.roles.get(field.role, ())
    right = _lookup(read, wanted, world)
    always = not entry.conditions and node.default is None and node.required is None and not node.sensitive
    if not ways or not always:
        words = f"the term `{entry.label}` says which record belongs to this one: it is a lookup, and nothing else"
        notes = ("it is followed in both directions, so that no condition, default or function but `first` fits there",)
        fix = f"{'set ' * node.replaces}{entry.label} = {right or f'{read.name.text}.…'}"
        world.fault("E268", words, node.value.span, notes=notes, fix=fix)
        return
    ends = [way[-1].target for way in ways if way[-1].target not in wanted]
    if ends:
        words = f"the term `{entry.label}` leads to {_any(wanted)}, and this to {_any((ends[0],))}"
        own = f"{'set ' * node.replaces}{entry.label} = {right}"
        fix = own if right else f"name a lookup of {read.object.text} that leads there"
        world.fault("E267", words, node.value.span, fix=fix)


def check_belongs(read: ast.Read, terms: Definition, world: World) -> None:
    """Checks that terms which several objects may have belong to something: they would be read, and never found."""
    relations = [name for name, each in terms.fields.items() if each.role and not each.role.startswith(_ORIGINAL)]
    if not relations or any(not terms.fields[name].type.optional for name in relations):
        return
    name = read.object.text
    own = [each for each in relations if world.bindings.of(read.target.text, name, each)]
    led_to = {way[-1].target for ways in world.bindings.ways.values() for way in ways}
    if not own and name not in led_to:
        words = f"nothing says to what {_any((name,))} belongs, so that no {read.target.text} is ever found"
        fix = f"add: {relations[0]} = {read.name.text}.…"
        notes = (f"its relations are {', '.join(relations)}; or another object leads to it",)
        world.fault("E270", words, read.target.span, notes=notes, fix=fix)


def _lookup(read: ast.Read, wanted: tuple[str, ...], world: World) -> str | None:
    """A lookup of the object that leads to one of these objects, as it is written; the one that is named like it first."""
    ways = world.catalogue.objects[read.object.text].relationships.values()
    fits = [each.name for each in ways if each.targets[0] in wanted]
    named = sorted(fits, key=lambda each: (each not in wanted, each))
    return f"{read.name.text}.{named[0]}" if named else None


def _any(objects: tuple[str, ...]) -> str:
    shown = " or ".join(objects) or "nothing"
    return f"{'an' if shown[:1] in 'AEIOU' else 'a'} {shown}"


def _ways(node: ast.Expression, read: ast.Read, catalogue: Catalogue) -> tuple[Way, ...]:
    """The ways that an expression says, none where it says something else."""
    if isinstance(node, ast.Call) and node.function.text == "first":
        ways = [_ways(each, read, catalogue) for each in node.arguments]
        return tuple(way for each in ways for way in each) if all(ways) else ()
    if not isinstance(node, ast.Path) or node.names[0].text != read.name.text:
        return ()
    at, hops = read.object.text, []
    for name in node.names[1:]:
        found = catalogue.objects[at].relationships.get(name.text)
        if found is None:
            return ()
        hops.append(Hop(at, name.text, found.field, found.targets[0]))
        at = found.targets[0]
    return (tuple(hops),) if hops else ()
