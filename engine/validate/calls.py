"""Calls: functions of the language, lookups, and references."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..diagnostics import Label, closest
from ..functions import FUNCTIONS, Function
from ..schema.types import DATE, DECIMAL, TEXT, TIMESTAMP, Type
from ..syntax import ast, printer
from . import ir
from .paths import row_path
from .scope import Scope, World, set_paths, unset_paths

if TYPE_CHECKING:
    from collections.abc import Sequence

Check = Callable[[ast.Expression, Scope, World], "ir.Node | None"]
"""Checks an argument: the function of engine/validate/expressions.py, which calls back into this file."""

KIND_NAMES = {
    "int": "Int",
    "decimal": "Decimal",
    "text": "Text",
    "bool": "Bool",
    "date": "Date",
    "datetime": "DateTime",
    "timestamp": "Timestamp",
    "money": "Money",
    "minor": "MinorUnits",
    "ref": "a reference",
    "record": "a record",
}
"""Kinds of type in the words of the language."""

_SAME_TEXT: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "trim": str.strip}
_REF_ARGUMENTS = 2
_ANSWER_ARGUMENTS = 4
_ANSWER_EXAMPLE = 'write it as answer(subscription_schedule, update, phase.started_by, "current_phase.start_date")'


def call(node: ast.Call, scope: Scope, world: World, check: Check) -> ir.Node | None:
    """A typed call; an unknown function and arguments that do not fit are faults."""
    name = node.function.text
    if name == "ref":
        return _reference(node, scope, world, check)
    if name == "answer":
        return _answer(node, scope, world, check)
    if name in world.lookups:
        return _lookup(node, scope, world, check)
    function = FUNCTIONS.get(name)
    if function is None:
        near = closest(name, [*FUNCTIONS, *world.lookups, "ref", "answer"])
        fix = world.line(node.function.span, near) if near else f"the functions are {', '.join(sorted(FUNCTIONS))}"
        world.fault("E207", f"there is no function or lookup `{name}`", node.function.span, fix=fix)
        return None
    if not _counted(node, function, world):
        return None
    arguments = _arguments(node, function, scope, world, check)
    return _applied(node, function, arguments, world) if arguments is not None else None


def _counted(node: ast.Call, function: Function, world: World) -> bool:
    given, most = len(node.arguments), len(function.parameters)
    least = most if function.least is None else function.least
    if least <= given and (given <= most or function.variadic):
        return True
    wanted = f"{least} or more" if function.variadic else str(most) if least == most else f"{least} or {most}"
    plural = "" if wanted == "1" else "s"
    words = f"`{function.name}` takes {wanted} argument{plural}, not {given}"
    world.fault("E208", words, node.span, fix=f"write it as {function.example}")
    return False


def _arguments(node: ast.Call, function: Function, scope: Scope, world: World, check: Check) -> list[ir.Node] | None:
    checked = [check(each, _inner(node, function, at, scope), world) for at, each in enumerate(node.arguments)]
    out: list[ir.Node] = []
    for at, (each, written) in enumerate(zip(checked, node.arguments, strict=True)):
        parameter = function.parameters[min(at, len(function.parameters) - 1)]
        if each is None:
            return None
        if each.type.kind not in parameter.kinds:
            wanted = " or ".join(KIND_NAMES[kind] for kind in parameter.kinds)
            words = f"`{function.name}` takes {wanted} as its {parameter.name}, this is {each.type.present}"
            right = _converted(parameter.kinds, each.type, printer.expression(written))
            fix = world.line(written.span, right) if right else f"write it as {function.example}"
            world.fault("E209", words, written.span, fix=fix)
            return None
        if parameter.constant and not isinstance(each, ir.Const):
            words = f"the {parameter.name} of `{function.name}` is written out in the rules"
            world.fault("E245", words, written.span, fix=f"write it as {function.example}")
            return None
        out.append(each)
    return out


def _inner(node: ast.Call, function: Function, at: int, scope: Scope) -> Scope:
    """The scope of an argument: the values of `if` know how its condition came out."""
    if function.name != "if" or at == 0:
        return scope
    return scope.narrow((set_paths if at == 1 else unset_paths)(node.arguments[0]))


def _applied(node: ast.Call, function: Function, arguments: list[ir.Node], world: World) -> ir.Node | None:
    if function.result is None:
        return _chosen(node, function, arguments, world)
    if function.name == "date":
        return _written_date(node, arguments[0], world)
    if function.name == "minor_units" and arguments[0].type.kind != "money" and len(arguments) == 1:
        fix = world.line(node.span, f"minor_units({printer.expression(node.arguments[0])}, contract.currency)")
        world.fault("E208", "a plain number has no currency, so `minor_units` needs one", node.span, fix=fix)
        return None
    result = function.result
    if function.name == "truncate":
        length = arguments[1].value if isinstance(arguments[1], ir.Const) else 0
        if length is None or length < 1:
            words = "a text cannot be cut to nothing"
            world.fault("E209", words, node.arguments[1].span, fix="write the length as a whole number above 0")
            return None
        result = result._replace(max_length=min(length, arguments[0].type.max_length or length))
    if function.name in _SAME_TEXT:
        given = arguments[0].type
        values = None if given.values is None else tuple(dict.fromkeys(map(_SAME_TEXT[function.name], given.values)))
        result = result._replace(max_length=given.max_length, values=values)
    optional = any(each.type.optional for each in arguments)
    return ir.Apply(function.name, tuple(arguments), result.may_be_absent(optional=optional), node.span)


def _chosen(node: ast.Call, function: Function, arguments: list[ir.Node], world: World) -> ir.Node | None:
    """`first` and `if`, whose type is the common one of their values."""
    values = arguments if function.name == "first" else arguments[1:]
    common = _common([each.type for each in values])
    if common is None:
        kinds = ", ".join(dict.fromkeys(str(each.type.present) for each in values))
        words = f"the values of `{function.name}` have different types: {kinds}"
        world.fault("E209", words, node.span, fix="convert them to one type")
        return None
    optional = (all if function.name == "first" else any)(each.type.optional for each in values)
    return ir.Apply(function.name, tuple(arguments), common.may_be_absent(optional=optional), node.span)


def _common(types: Sequence[Type]) -> Type | None:
    """The type that all of these are of, without its being absent."""
    kinds = {each.kind for each in types}
    if kinds == {"int", "decimal"}:
        return DECIMAL
    if kinds == {"text", "ref"}:
        # The id of an object that exists, or of one that is made: both are ids of the reference's resource.
        return _common([each for each in types if each.kind == "ref"])
    first = types[0].present
    if len(kinds) > 1 or (first.kind == "ref" and len({each.name for each in types}) > 1):
        return None
    if first.kind != "text":
        return first
    values = None
    if all(each.values is not None for each in types):
        values = tuple(dict.fromkeys(value for each in types for value in each.values or ()))
    lengths = [each.max_length for each in types if each.max_length is not None]
    return Type("text", values=values, max_length=max(lengths) if len(lengths) == len(types) else None)


def _written_date(node: ast.Call, argument: ir.Node, world: World) -> ir.Node | None:
    text = str(argument.value) if isinstance(argument, ir.Const) else ""
    try:
        date = datetime.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar date has no time zone
    except ValueError:
        fix = 'write it as year, month and day: date("2026-01-31")'
        world.fault("E247", f"{printer.quoted(text)} is no date", argument.span, fix=fix)
        return None
    return ir.Const(date, DATE, node.span)


def _converted(wanted: tuple[str, ...], given: Type, written: str) -> str | None:
    """The argument with the conversion that makes it fit."""
    if given.kind == "text":
        return f"number({written})" if "decimal" in wanted else f"whole(number({written}))" if "int" in wanted else None
    if given.kind == "decimal" and "int" in wanted:
        return f"whole({written})"
    if given.kind == "datetime" and "date" in wanted:
        return f"day({written})"
    if given.kind == "money" and "decimal" in wanted:
        return f"amount({written})"
    return f"text({written})" if "text" in wanted and given.kind in {"int", "decimal", "date", "bool"} else None


# --- lookups ----------------------------------------------------------------------------------------------------------


def _lookup(node: ast.Call, scope: Scope, world: World, check: Check) -> ir.Node | None:
    name = node.function.text
    world.used_lookups.add(name)
    lookup = world.lookups[name]
    source = f"{lookup.object.text}.{lookup.field.text}"
    if len(node.arguments) != 1:
        words = f"the lookup `{name}` takes 1 argument, not {len(node.arguments)}"
        world.fault("E208", words, node.span, fix=f"{name}(….{lookup.field.text})")
        return None
    argument = check(node.arguments[0], scope, world)
    result = world.lookup_types.get(name)
    if argument is None or result is None:
        return None
    if argument.type.kind != "text":
        words = f"the lookup `{name}` takes a value of {source}, this is {argument.type.present}"
        world.fault("E209", words, node.arguments[0].span, fix=f"{name}(….{lookup.field.text})")
        return None
    if not _covers(node, lookup, argument, source, world):
        return None
    return ir.UseLookup(name, argument, result.may_be_absent(optional=argument.type.optional), node.span)


def _covers(node: ast.Call, lookup: ast.Lookup, argument: ir.Node, source: str, world: World) -> bool:
    """Whether the lookup knows every value of its argument, which may be another field than its own."""
    if argument.type.name == source or any(not arm.keys for arm in lookup.arms):
        return True
    labels = (Label(lookup.name.span, f"it covers {source}"),)
    where = node.arguments[0].span
    if argument.type.values is None:
        words = f"the lookup `{lookup.name.text}` covers the picklist {source}, and this may be any text"
        world.fault("E217", words, where, fix="add an `else` line to the lookup", labels=labels)
        return False
    known = {key.value for arm in lookup.arms for key in arm.keys}
    left = [each for each in argument.type.values if each not in known]
    if not left:
        return True
    what = argument.type.name or printer.expression(node.arguments[0])
    words = f"the lookup `{lookup.name.text}` does not cover {_quoted(left)} of {what}"
    fix = "\n".join(f"{printer.quoted(each)} => …" for each in left)
    world.fault("E217", words, where, fix=fix, labels=labels)
    return False


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(printer.quoted(each) for each in values)


# --- references -------------------------------------------------------------------------------------------------------


def _reference(node: ast.Call, scope: Scope, world: World, check: Check) -> ir.Node | None:
    resource = node.arguments[0] if node.arguments else None
    if len(node.arguments) != _REF_ARGUMENTS or not isinstance(resource, ast.Path) or len(resource.names) != 1:
        words = "`ref` takes a Stripe resource and the row it is made from"
        world.fault("E208", words, node.span, fix="write it as ref(price, item.price)")
        return None
    name = resource.names[0]
    row = check(node.arguments[1], scope, world)
    if name.text not in world.made:
        mapped = {resource for resource, action in world.mapped if action == "create"}
        if name.text in mapped or closest(name.text, mapped - set(world.resources)):
            return None  # the map that makes it has a fault of its own
        near = closest(name.text, world.made)
        made = ", ".join(sorted(world.made)) or "nothing"
        fix = world.line(name.span, near) if near else f"write a rule for it: map {name.text} from … {{ … }}"
        notes = () if near else (f"the rules make {made}",)
        world.fault("E223", f"no rule makes a `{name.text}`", name.span, fix=fix, notes=notes)
        return None
    if row is None:
        return None
    wanted = world.made[name.text]
    if (row.type.kind, row.type.name) != (wanted.kind, wanted.name):
        words = f"a {name.text} is made from {wanted.present} rows, this is {row.type.present}"
        fix = f"name the {wanted.name} that it is made from: ref({name.text}, …)"
        others = [each for each, made in world.made.items() if (made.kind, made.name) == (row.type.kind, row.type.name)]
        right = row_path(wanted, world)
        if len(others) == 1:
            fix = world.line(name.span, others[0])
        elif right is not None:
            fix = world.line(node.arguments[1].span, right)
        world.fault("E224", words, node.arguments[1].span, fix=fix)
        return None
    world.references.append((world.scope_name or "", name.text, node.span))
    return ir.Ref(name.text, row, Type("ref", name.text, optional=row.type.optional), node.span)


def _answer(node: ast.Call, scope: Scope, world: World, check: Check) -> ir.Node | None:
    """`answer(resource, operation, key, "field")`: what Stripe says in answer to another call of the plan."""
    names = [each.names[0] for each in node.arguments[:2] if isinstance(each, ast.Path) and len(each.names) == 1]
    if len(node.arguments) != _ANSWER_ARGUMENTS or len(names) != 2:  # noqa: PLR2004 - resource and operation
        words = "`answer` takes a resource, an operation, a key and a field"
        world.fault("E208", words, node.span, fix=_ANSWER_EXAMPLE)
        return None
    resource, operation = names
    if (resource.text, operation.text) not in world.mapped:
        words = f"no rule maps `{resource.text} {operation.text}`"
        mapped = [" ".join(each) for each in sorted(world.mapped)]
        near = closest(f"{resource.text} {operation.text}", mapped)
        span = resource.span.to(operation.span)
        fix = world.line(span, near.replace(" ", ", ")) if near else f"the rules map {', '.join(mapped)}"
        world.fault("E223", words, span, fix=fix)
        return None
    key, field = check(node.arguments[2], scope, world), check(node.arguments[3], scope, world)
    if key is None or field is None:
        return None
    if key.type.kind != "text" or not isinstance(field, ir.Const) or field.type.kind != "text":
        words = "the key of `answer` is a text, and its field is written out"
        world.fault("E209", words, node.span, fix=_ANSWER_EXAMPLE)
        return None
    last = str(field.value).rpartition(".")[2]
    type_ = TIMESTAMP if last.endswith(("_date", "_at", "_end", "_start")) or last == "created" else TEXT
    optional = type_.may_be_absent(optional=key.type.optional)
    return ir.Answer(resource.text, operation.text, key, str(field.value), optional, node.span)
