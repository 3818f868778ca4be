"""The parameters of one call against the schema: types by a JSON Schema validator, then the hand-kept constraints.

`jsonschema_rs` does the first part, since every call of every plan comes here; `jsonschema` takes over where it is
missing or cannot read a value. Both only say where something is wrong; the words come from the types, so they are the
same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from ..parameters import Ref, replaced
from ..pointers import pointer, reached
from .stripe import StripeSchema
from .stripe_constraints import Linked
from .stripe_limits import Fault, faults, missing
from .stripe_node import Node, Operation, Violation

Steps = tuple[str, ...]
"""A JSON pointer in its parts, not yet escaped."""

Located = tuple[tuple[str | int, ...], str]
"""Where a validator found something, and the keyword that was not met."""

# Any text that no enum has and that is no number: a reference passes where an id may stand, and nowhere else.
_REFERENCE = "(reference)"
_SHOWN = 60
_NO_CALLS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


def check_parameters(
    schema: StripeSchema,
    resource: str,
    operation: str,
    params: Mapping[str, Any],
    *,
    sensitive: Collection[str] = (),
    calls: Mapping[str, Mapping[str, Any]] = _NO_CALLS,
) -> list[Violation]:
    """What Stripe would refuse in the parameters of one call, in the order of their pointers.

    `params` are JSON values, decimals as text, with a `Ref` for an id that is not known yet, which passes as text.
    `sensitive` are the pointers of values that no message may show. `calls` are the
    parameters of the other calls of the plan, by call id, for what holds across a reference: a metered price takes no
    quantity.

    Raises:
        KeyError: when the schema has no such operation, which is a fault of the program.
    """
    operations = _operations(schema, resource)
    node = operations[operation].params
    plain = replaced(params, lambda each: _REFERENCE if isinstance(each, Ref) else each)
    linked = replaced(params, lambda each: Linked(calls.get(each.call, {})) if isinstance(each, Ref) else each)
    located = _typed_faults(schema, resource, operation, plain)
    wrong = [each for at, keyword in located for each in _explained(operations, node, plain, at, keyword)]
    refused = {steps for steps, _, _ in wrong}
    wrong += [each for each in faults(schema.constraints, node, linked) if each[0] not in refused]
    return _violations(plain, wrong, sensitive)


def check_shape(schema: StripeSchema, resource: str, operation: str, shape: Mapping[str, Any]) -> list[Violation]:
    """What Stripe would refuse of the calls that rules make, whatever the order: found before any order exists.

    `shape` is the parameters as far as the rules tell them: constants as they are, `OPEN` for a value that an order
    decides, `Possible(...)` around what is assigned under a condition, a list with one element for each `each` block.
    Only what is certain is reported: missing parameters, groups, and limits that a constant breaks.

    Raises:
        KeyError: when the schema has no such operation, which is a fault of the program.
    """
    node = _operations(schema, resource)[operation].params
    return _violations(shape, [*missing(node, shape), *faults(schema.constraints, node, shape)], ())


def _operations(schema: StripeSchema, resource: str) -> Mapping[str, Operation]:
    found = schema.resource(resource)
    if found is None:
        raise KeyError(resource)
    return found.operations


def _violations(plain: Any, wrong: list[Fault], sensitive: Collection[str]) -> list[Violation]:
    ordered = sorted(dict.fromkeys(wrong), key=_order)
    return [
        Violation(pointer(*steps), _worded(plain, steps, message, sensitive), kind) for steps, message, kind in ordered
    ]


def _typed_faults(schema: StripeSchema, resource: str, operation: str, plain: Any) -> list[Located]:
    try:
        return list(_fast(schema, resource, operation)(plain))
    except (ImportError, UnicodeError, ValueError):
        # Text that is no Unicode (half a surrogate pair) is legal in Python and in a JSON file, but not in Rust.
        return list(_slow(schema, resource, operation)(plain))


@cache
def _fast(schema: StripeSchema, resource: str, operation: str) -> Callable[[Any], Iterator[Located]]:
    import jsonschema_rs

    validator = jsonschema_rs.Draft202012Validator(validating_schema(schema.document(resource), operation))

    def located(plain: Any) -> Iterator[Located]:
        for error in validator.iter_errors(plain):
            yield tuple(error.instance_path), str(error.schema_path[-1])

    return located


@cache
def _slow(schema: StripeSchema, resource: str, operation: str) -> Callable[[Any], Iterator[Located]]:
    import jsonschema

    validator = jsonschema.Draft202012Validator(validating_schema(schema.document(resource), operation))

    def located(plain: Any) -> Iterator[Located]:
        for error in validator.iter_errors(plain):
            yield tuple(error.absolute_path), str(error.validator)

    return located


def validating_schema(document: Mapping[str, Any], operation: str) -> dict[str, Any]:
    """The schema of one operation's parameters, with each union that has one type turned into a condition.

    `anyOf` only tells that no arm fitted; a condition lets the faults inside the one arm that matters come out with
    their own pointers.
    """

    def turned(schema: Any) -> Any:
        if isinstance(schema, list):
            return [turned(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        arms = schema.get("anyOf")
        if not isinstance(arms, list):
            return {name: turned(each) for name, each in schema.items() if name != "description"}
        words = [word for arm in arms for word in arm.get("enum", [""] if "x-clearable" in arm else [])]
        typed = [turned(arm) for arm in arms if "enum" not in arm and "x-clearable" not in arm]
        if not typed:
            return {"enum": words}
        rest = typed[0] if len(typed) == 1 else {"anyOf": typed}
        return {"if": {"enum": words}, "then": True, "else": rest} if words else rest

    definitions = {
        name: {**turned(each), "properties": {key: turned(value) for key, value in each["properties"].items()}}
        for name, each in document["$defs"].items()
    }
    return {"$schema": document["$schema"], "$defs": definitions, **document["x-operations"][operation]["params"]}


def _explained(
    operations: Mapping[str, Operation], root: Node, plain: Any, at: tuple[str | int, ...], keyword: str
) -> Iterator[Fault]:
    """One finding of a validator in words; a missing and an unknown parameter get pointers of their own."""
    steps = tuple(str(each) for each in at)
    node, value = root.below(steps), reached(plain, steps)
    if keyword == "required":
        for name in sorted(node.raw_required - value.keys()):
            yield (*steps, name), f"`{name}` is missing, and Stripe requires it", "required"
    elif keyword == "additionalProperties":
        for name in sorted(value.keys() - node.properties.keys()):
            yield (*steps, name), *_unknown(operations, node, name)
    else:
        name = steps[-1] if steps else "the parameters"
        kind = "enum" if node.kind == "enum" and isinstance(value, str) else "type"
        yield steps, f"`{_named(steps, name)}` is {{value}}, expected {node.expectation()}", kind


def _named(steps: Steps, name: str) -> str:
    """A parameter's name; an element of a list is named with its list."""
    return f"{steps[-2]}[{name}]" if name.isdigit() and len(steps) > 1 else name


def _unknown(operations: Mapping[str, Operation], holder: Node, name: str) -> tuple[str, str]:
    """The words and the kind for a name that its object does not have."""
    create = operations.get("create")
    there = create and _same_place(create.params, holder.path)
    if there and name in there.properties and there.properties[name].create_only:
        return f"`{name}` can be set only when the object is created", "create_only"
    inside = f"`{'.'.join(holder.path)}`" if holder.path else "this call"
    return f"`{name}` is not a parameter of {inside}", "unknown"


def _same_place(node: Node, path: Steps) -> Node | None:
    for step in path:
        following = (node.item or node.value) if step == "*" else node.properties.get(step)
        if following is None:
            return None
        node = following
    return node


def _worded(plain: Any, steps: Steps, message: str, sensitive: Collection[str]) -> str:
    """The message with its value filled in, unless the rules mark the value, or what holds it, as sensitive."""
    if "{value}" not in message:
        return message
    hidden = any(pointer(*steps[:end]) in sensitive for end in range(len(steps) + 1))
    return message.replace("{value}", "not acceptable" if hidden else _shown(reached(plain, steps)))


def _shown(value: Any) -> str:
    if value == _REFERENCE:
        return "a reference"
    if isinstance(value, Mapping | list):
        return "an object" if isinstance(value, Mapping) else "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _order(fault: Fault) -> tuple[Any, ...]:
    """By pointer, the elements of a list by number."""
    steps, message, kind = fault
    return [(each.isdigit(), int(each) if each.isdigit() else 0, each) for each in steps], kind, message
