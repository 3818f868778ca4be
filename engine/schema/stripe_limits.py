"""The hand-kept constraints at work: a walk through the parameters of one call, and one small check for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from .stripe_constraints import OPEN, Constraint, Constraints, Possible
from .stripe_node import Node

Fault = tuple[tuple[str, ...], str, str]
"""The steps of a pointer, the message (`{value}` stands for the value there) and the kind of the violation."""

Found = Iterator[tuple[tuple[str, ...], str]]
"""Steps below the holding object, and the message."""


def faults(constraints: Constraints, root: Node, params: Mapping[str, Any]) -> Iterator[Fault]:
    """What the parameters of one call break, in the order of the walk; values of a wrong type are passed over."""
    for steps, holder in _objects(root, params, ()):
        # Entries speak of every element of a list or of its first one.
        place = tuple("*" if each.isdigit() and each != "0" else each for each in steps)
        for each in root.constraints_at(place):
            if each.applies(holder):
                for below, message in _CHECKS[each.kind](each, holder, constraints):
                    yield (*steps, *below), message + _because(each), each.kind


def missing(root: Node, shape: Mapping[str, Any]) -> Iterator[Fault]:
    """The parameters that the types require and that no rule assigns."""
    for steps, holder in _objects(root, shape, ()):
        for name in sorted(root.below(steps).raw_required - holder.keys()):
            yield (*steps, name), f"`{name}` is missing, and Stripe requires it", "required"


def _because(constraint: Constraint) -> str:
    return f" when {' and '.join(str(each) for each in constraint.when)}" if constraint.when else ""


def _objects(node: Node, value: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Every object with named parameters. A map is none: its keys are the account's own words."""
    if isinstance(value, Possible):
        value = value.value
    if isinstance(value, Mapping):
        if node.kind == "object":
            yield steps, value
        for name, each in value.items():
            inner = node.value or node.properties.get(name)
            if inner is not None and isinstance(each, Mapping | list | Possible):
                yield from _objects(inner, each, (*steps, name))
    elif isinstance(value, list) and node.item is not None:
        for index, each in enumerate(value):
            yield from _objects(node.item, each, (*steps, str(index)))


def _present(constraint: Constraint, holder: Mapping[str, Any]) -> list[str]:
    """The constraint's parameters that are certainly there."""
    return [name for name in constraint.parameters if name in holder and not isinstance(holder[name], Possible)]


def _names(parameters: tuple[str, ...] | list[str], word: str) -> str:
    quoted = [f"`{each}`" for each in parameters]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {word} {quoted[-1]}"


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _required(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for parameter in constraint.parameters:
        steps = tuple(parameter.split("/"))
        found: Any = holder
        for step in steps:
            found = found.value if isinstance(found, Possible) else found
            found = found.get(step) if isinstance(found, Mapping) else None
        if found is None:
            yield steps, f"`{'.'.join(steps)}` is missing, and Stripe requires it"


def _at_least_one(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    if not holder.keys() & set(constraint.parameters):
        yield (constraint.parameters[0],), f"one of {_names(constraint.parameters, 'and')} must be set"


def _at_most_one(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    first, *others = _present(constraint, holder) or [""]
    for name in others:
        yield (name,), f"`{name}` cannot be set together with `{first}`"


def _forbidden(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for name in _present(constraint, holder):
        yield (name,), f"`{name}` cannot be set"


def _value(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for name in _present(constraint, holder):
        if holder[name] is not OPEN and holder[name] not in constraint.values:
            allowed = " or ".join(
                f"`{str(each).lower() if isinstance(each, bool) else each}`" for each in constraint.values
            )
            yield (name,), f"`{name}` is {{value}} and must be {allowed}"


def _max_length(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for name in _present(constraint, holder):
        if isinstance(holder[name], str) and len(holder[name]) > (constraint.limit or 0):
            yield (name,), f"`{name}` has {len(holder[name])} characters, Stripe takes at most {constraint.limit}"


def _max_items(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for name in _present(constraint, holder):
        if isinstance(holder[name], list) and len(holder[name]) > (constraint.limit or 0):
            yield (name,), f"`{name}` has {len(holder[name])} elements, Stripe takes at most {constraint.limit}"


def _range(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for name in _present(constraint, holder):
        number = _number(holder[name])
        if number is None:
            continue
        if constraint.minimum is not None and number < constraint.minimum:
            yield (name,), f"`{name}` is {{value}} and must be at least {constraint.minimum}"
        if constraint.above is not None and number <= constraint.above:
            yield (name,), f"`{name}` is {{value}} and must be more than {constraint.above}"
        if constraint.maximum is not None and number > constraint.maximum:
            yield (name,), f"`{name}` is {{value}} and must be at most {constraint.maximum}"


def _decimals(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for name in _present(constraint, holder):
        number = _number(holder[name])
        if number is None:
            continue
        places = len(format(number, "f").partition(".")[2].rstrip("0"))
        if places > (constraint.limit or 0):
            yield (name,), f"`{name}` has {places} decimal places, Stripe takes at most {constraint.limit}"


def _without(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for name in _present(constraint, holder):
        found = [each for each in constraint.values if isinstance(holder[name], str) and each in holder[name]]
        if found:
            yield (name,), f"`{name}` holds {' '.join(found)}, which Stripe does not take there"


def _currency(constraint: Constraint, holder: Mapping[str, Any], constraints: Constraints) -> Found:
    for name in _present(constraint, holder):
        keys = isinstance(holder[name], Mapping)
        for code in holder[name] if keys else [holder[name]]:
            if isinstance(code, str) and code not in constraints.currencies:
                hint = f", write `{code.lower()}`" if code.lower() in constraints.currencies else ""
                shown = f"`{code}`" if keys else "{value}"
                yield (
                    ((name, code) if keys else (name,)),
                    f"`{name}` is {shown}, which is no currency that Stripe bills{hint}",
                )


def _metadata(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for name in _present(constraint, holder):
        pairs = holder[name] if isinstance(holder[name], Mapping) else {}
        if len(pairs) > (constraint.limit or 0):
            yield (name,), f"`{name}` has {len(pairs)} keys, Stripe takes at most {constraint.limit}"
        for key, value in pairs.items():
            if len(key) > (constraint.key_length or 0):
                message = f"the key `{key}` has {len(key)} characters, Stripe takes at most {constraint.key_length}"
                yield (name, key), message
            if any(each in key for each in constraint.values):
                yield (name, key), f"the key `{key}` holds a square bracket, which Stripe does not take in a key"
            if isinstance(value, str) and len(value) > (constraint.value_length or 0):
                message = f"`{key}` has {len(value)} characters, Stripe takes at most {constraint.value_length}"
                yield (name, key), message


def _tiers(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    for name in _present(constraint, holder):
        tiers = holder[name]
        if not isinstance(tiers, list) or not all(isinstance(each, Mapping) for each in tiers):
            continue
        if not tiers:
            yield (name,), f"`{name}` is empty, and its last tier must have `up_to` `inf`"
            continue
        previous: int | None = None
        for index, tier in enumerate(tiers):
            bound, last = tier.get("up_to"), index == len(tiers) - 1
            at = (name, str(index), "up_to")
            if last and bound != "inf":
                yield at, "the last tier's `up_to` is {value} and must be `inf`"
            if not last and bound == "inf":
                yield at, f"`up_to` is `inf` in tier {index + 1} of {len(tiers)}, only the last tier's may be"
            if isinstance(bound, int):
                if previous is not None and bound <= previous:
                    yield at, f"`up_to` is {{value}} and must be more than the {previous} of the tier before"
                previous = bound


def _ordered(constraint: Constraint, holder: Mapping[str, Any], _: Constraints) -> Found:
    first, second = constraint.parameters
    low, high = holder.get(first), holder.get(second)
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield (second,), f"`{second}` is {{value}} and must not be less than `{first}`"


_CHECKS: dict[str, Callable[[Constraint, Mapping[str, Any], Constraints], Found]] = {
    "required": _required,
    "at_least_one": _at_least_one,
    "at_most_one": _at_most_one,
    "forbidden": _forbidden,
    "value": _value,
    "max_length": _max_length,
    "max_items": _max_items,
    "range": _range,
    "decimals": _decimals,
    "without": _without,
    "currency": _currency,
    "metadata": _metadata,
    "tiers": _tiers,
    "ordered": _ordered,
}

KINDS = frozenset(_CHECKS)
