"""Paths: from a name in scope, or the settings, through records and model objects to a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..diagnostics import closest
from ..schema.types import Type, field_type, record_type
from ..syntax import ast, printer
from . import ir

if TYPE_CHECKING:
    from .scope import Scope, World

_PACKAGED = re.compile(r"^[A-Za-z0-9]+__(?=.*__)|__[a-z]+$")
"""What a package and a custom field add to a name, before and behind it."""

_NOTHING = frozenset({"null", "none", "nil", "undefined"})


def path(node: ast.Path, scope: Scope, world: World) -> ir.Node | None:
    """The typed walk of a path, or the constant of a setting; a name that means nothing is a fault."""
    root = node.names[0]
    if root.text == "settings" and "settings" not in scope.names:
        return _setting(node, world)
    if root.text not in scope.names:
        _unknown_root(node, scope, world)
        return None
    before = current = scope.names[root.text]
    optional = current.optional and root.text not in scope.narrowed
    steps: list[ir.Step] = []
    written = root.text
    for at, name in enumerate(node.names[1:], 1):
        step = _step(before, current, node, at, world)
        if step is None:
            return None
        written += f".{name.text}"
        optional = (optional or step.type.optional) and written not in scope.narrowed
        steps.append(step)
        before, current = current, step.type
    return ir.Walk(root.text, tuple(steps), current._replace(optional=optional), node.span, scope.names[root.text].name)


def _unknown_root(node: ast.Path, scope: Scope, world: World) -> None:
    root = node.names[0]
    known = [*scope.names, "settings"]
    if root.text == world.row_to_come:
        words = f"there is no `{root.text}` yet: the condition of an `each` decides about the whole list"
        fix = "ask for something of the contract here, and for each row at the assignments inside"
        world.fault("E206", words, root.span, fix=fix)
        return
    near = closest(root.text, [*known, "true", "false"])
    notes: tuple[str, ...] = ()
    if near is not None:
        fix = world.line(root.span, near)
    elif root.text.lower() in _NOTHING:
        fix = "leave the parameter out, or ask whether a value is there: … is set"
    elif (holder := _holder(root.text, scope, world)) is not None:
        fix = world.line(root.span, f"{holder}.{root.text}")
    elif len(node.names) == 1:
        fix = world.line(root.span, printer.quoted(root.text))
        notes = ("a text stands in quotes",)
    else:
        fix = f"the names here are {', '.join(known)}"
    world.fault("E206", f"nothing here is named `{root.text}`", root.span, notes=notes, fix=fix)


def _holder(name: str, scope: Scope, world: World) -> str | None:
    """The model object in scope that has a field of this name, when there is exactly one."""
    models = [(each, type_.name) for each, type_ in scope.names.items() if type_.kind == "model"]
    holders = [each for each, definition in models if name in world.model.definitions[definition].fields]
    return holders[0] if len(holders) == 1 else None


def row_path(row: Type, world: World) -> str | None:
    """The path from the contract to the one row of a type, such as `contract.account`."""
    if (row.kind, row.name) == ("model", "Contract"):
        return "contract"
    fields = world.model.definitions["Contract"].fields
    found = [name for name, each in fields.items() if (each.type.kind, each.type.name) == (row.kind, row.name)]
    return f"contract.{found[0]}" if len(found) == 1 else None


def _setting(node: ast.Path, world: World) -> ir.Node | None:
    known = world.model.settings
    names = node.names[1:]
    if not names:
        world.fault(
            "E310", "`settings` is not a value of its own", node.span, fix="name one of them: settings.default_currency"
        )
        return None
    first = names[0]
    if first.text not in known:
        near = closest(first.text, known)
        fix = world.line(first.span, near) if near else f"the settings are {', '.join(sorted(known))}"
        world.fault("E310", f"there is no setting `{first.text}`", first.span, fix=fix)
        return None
    if len(names) > 1:
        fix = world.line(node.span, f"settings.{first.text}")
        world.fault("E205", f"the setting `{first.text}` has no fields", names[1].span, fix=fix)
        return None
    value = world.settings.get(first.text)
    type_ = known[first.text].type.present
    if type_.kind == "text" and isinstance(value, str):
        type_ = type_._replace(values=(value,), max_length=len(value))
        value = value if value.strip() else None
    return ir.Const(value, type_.may_be_absent(optional=value is None), node.span, setting=first.text)


def _step(before: Type, current: Type, node: ast.Path, at: int, world: World) -> ir.Step | None:
    name = node.names[at]
    if current.kind == "record":
        return _record_step(current, node, at, world)
    if current.kind == "model":
        definition = world.model.definitions[current.name]
        found = definition.fields.get(name.text)
        if found and (found.type.item or found.type).kind == "role":
            unbound(
                f"{_a(current.name)} of the contract model has `{name.text}`",
                found.role or (found.type.item or found.type).name,
                name,
                world,
            )
            return None
        if found:
            return ir.Step("model", name.text, found.type)
        near = closest(name.text, definition.fields)
        fix = world.line(name.span, near) if near else f"it has {', '.join(definition.fields)}"
        world.fault("E205", f"{_a(current.name)} of the contract model has no `{name.text}`", name.span, fix=fix)
        return None
    lookup = _relationship(before, node.names[at - 1].text, world)
    if lookup is not None:
        wrong = node.names[at - 1]
        fix = world.line(wrong.span, lookup)
        world.fault("E205", f"`{wrong.text}` is an id and has no fields; the record is `{lookup}`", name.span, fix=fix)
        return None
    if current.kind == "list":
        fix = f"go over it: each … from {_shown(node, at)} as row {{ … }}"
        world.fault("E205", f"`{_shown(node, at)}` is a list and has no fields of its own", name.span, fix=fix)
        return None
    fix = world.line(node.span, _shown(node, at))
    world.fault("E205", f"`{_shown(node, at)}` is {current.present} and has no fields", name.span, fix=fix)
    return None


def unbound(what: str, role: str, name: ast.Name, world: World) -> None:
    """Records that something is a record whose object no `read` rule says."""
    if any(each.code == "E239" for each in world.findings):
        return  # what the rules must read and do not is said, and this follows from it
    how = _BOUND_BY.get(role, f"read {role} from … as … {{ … }}")
    words = f"{what}, and no `read` rule says which object of the source the {role} is"
    world.fault("E269", words, name.span, fix=f"add: {how}")


_BOUND_BY = {
    "order": "read contract from … as order { … }",
    "entry": "read price from … as entry { … }",
    "account": "account = order.… to `read contract`",
    "quote": "quote = order.… to `read contract`",
    "product": "product = item.… to `read line`",
}


def _record_step(current: Type, node: ast.Path, at: int, world: World) -> ir.Step | None:
    name = node.names[at]
    thing = world.catalogue.objects[current.name]
    found = thing.fields.get(name.text)
    if found:
        return ir.Step("field", name.text, field_type(current.name, found), sensitive=found.sensitive)
    relationship = thing.relationships.get(name.text)
    if relationship:
        lookup = thing.fields.get(relationship.field)
        optional = lookup.nillable if lookup else True
        return ir.Step("follow", name.text, record_type(relationship.targets[0], optional=optional))
    unknown_field(name, current.name, world)
    return None


def unknown_field(name: ast.Name, object_name: str, world: World) -> None:
    """Records that a Salesforce object has no such field or relationship."""
    thing = world.catalogue.objects[object_name]
    names = [*thing.fields, *thing.relationships]
    near = closest(name.text, names) or _spelling(name.text, names)
    pull = "check the field's API name; an org's own fields belong in a copy of the schema file"
    fix = world.line(name.span, near) if near else pull
    words = f"{object_name} has no field or relationship `{name.text}`"
    world.fault("E204", words, name.span, fix=fix, notes=(f"the fields are those of {_schema(world)}",))


def _schema(world: World) -> str:
    """The catalogue's file by its last names, the same on every machine."""
    return "/".join(world.catalogue.path.parts[-3:])


def _spelling(word: str, names: list[str]) -> str | None:
    """The name that differs from the word by the package's prefix or the custom suffix alone."""
    found = [each for each in names if _PACKAGED.sub("", each).lower() == word.lower()]
    return found[0] if len(found) == 1 else None


def _relationship(holder: Type, field_name: str, world: World) -> str | None:
    """The name by which an id field's record is reached."""
    field = world.catalogue.objects[holder.name].fields.get(field_name) if holder.kind == "record" else None
    return field.relationship if field is not None else None


def _shown(node: ast.Path, length: int) -> str:
    return ".".join(printer.name(each) for each in node.names[:length])


def _a(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"
