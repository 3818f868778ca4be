"""JSON pointers (RFC 6901): what names a value inside parameters, bundles and plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def escaped(name: str) -> str:
    """A name as one step of a pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def pointer(*steps: str | int) -> str:
    """The pointer of some steps: names, and places in lists."""
    return "".join(f"/{escaped(str(each))}" for each in steps)


def steps(path: str) -> list[str]:
    """The steps of a pointer, as names are spelled."""
    return [each.replace("~1", "/").replace("~0", "~") for each in path.split("/")[1:]]


def dotted(path: str) -> str:
    """A pointer as people write it: `/phases/0/end_date` is `phases[0].end_date`."""
    out = ""
    for step in steps(path):
        out += f"[{step}]" if step.isdigit() else f".{step}" if out else step
    return out


def inside(value: Any, path: str = "") -> Iterator[str]:
    """The pointers of all that stands inside a value, objects and lists before what is in them."""
    if isinstance(value, dict):
        for name, each in value.items():
            at = f"{path}/{escaped(name)}"
            yield at
            yield from inside(each, at)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            at = f"{path}/{place}"
            yield at
            yield from inside(each, at)


def upward(path: str) -> Iterator[str]:
    """A pointer and those of all that it lies in, the nearest first; the whole document is not among them."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def found(document: Any, path: str, absent: Any = None) -> Any:
    """The value that a pointer names; `absent` where there is none."""
    return reached(document, steps(path), absent)


def reached(document: Any, way: Iterable[str], absent: Any = None) -> Any:
    """The value at the end of the steps of a pointer; `absent` where there is none."""
    for step in way:
        if isinstance(document, Mapping) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return absent
    return document
