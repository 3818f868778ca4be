"""The parameters of a call: JSON values with references and hidden values among them, and the walks over them.

Objects are dicts and lists are lists, as in JSON, and decimals are texts. A `Ref` or a `Hidden` is one value, however it is
spelled in a document (`plan/spelling.py` alone knows that).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .pointers import escaped


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that an earlier call gives: a field of its answer, with dots between names."""

    call: str
    field: str = "id"


@dataclass(frozen=True, slots=True)
class Hidden:
    """A sensitive value that is not shown: the keyed digest that stands for it."""

    digest: str

    def __str__(self) -> str:
        return "a sensitive value"


@dataclass(frozen=True, slots=True)
class CallPath:
    """A path of the API with `{id}` in its template. `id` is absent where the rules do not say what the call acts on."""

    template: str
    id: Ref | str | None


def is_list_of_objects(value: Any) -> bool:
    """Whether a value is a list with one object or more, and nothing else."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def leaves(value: Any, pointer: str = "", *, lists: bool = True) -> Iterator[tuple[str, Any]]:
    """Every value that holds no other, with its pointer. Without `lists`, lists of objects are left out."""
    if isinstance(value, dict):
        for name, each in value.items():
            if lists or not is_list_of_objects(each):
                yield from leaves(each, f"{pointer}/{escaped(name)}", lists=lists)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from leaves(each, f"{pointer}/{at}", lists=lists)
    else:
        yield pointer, value


def object_lists(value: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, list[Any]]]:
    """The lists of objects inside an object, with their pointers."""
    for name, each in value.items():
        at = f"{pointer}/{escaped(name)}"
        if is_list_of_objects(each):
            yield at, each
        elif isinstance(each, dict):
            yield from object_lists(each, at)


def values(value: Any) -> list[Any]:
    """Every value that holds no other, in order."""
    out: list[Any] = []
    _gather(value, out)
    return out


def _gather(value: Any, out: list[Any]) -> None:
    if isinstance(value, dict):
        for each in value.values():
            _gather(each, out)
    elif isinstance(value, list):
        for each in value:
            _gather(each, out)
    else:
        out.append(value)


def references(value: Any) -> Iterator[Ref]:
    """The references inside parameters, or of a path."""
    for each in values(value):
        found = each.id if isinstance(each, CallPath) else each
        if isinstance(found, Ref):
            yield found


def replaced(value: Any, by: Callable[[Any], Any]) -> Any:
    """A copy of parameters with something else in the place of each value that holds no other."""
    if isinstance(value, dict):
        return {name: replaced(each, by) for name, each in value.items()}
    if isinstance(value, list):
        return [replaced(each, by) for each in value]
    return by(value)
