"""A bundle as JSON text, with decimals as the numbers that they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any


def dumped(document: Mapping[str, Any], *, one_line: bool = False) -> str:
    """The document with sorted keys; a line, or a line a member and a record.

    Python's own encoder would make binary fractions of decimals, or texts.
    """
    if one_line:
        return "".join(_parts(document)) + "\n"
    return "".join(_members(document)) + "\n"


def _members(document: Mapping[str, Any]) -> Iterator[str]:
    yield "{"
    for number, (name, value) in enumerate(sorted(document.items())):
        yield f"{',' if number else ''}\n {json.dumps(name)}: "
        if isinstance(value, Mapping) and all(isinstance(each, list) for each in value.values()) and value:
            yield from _lists(value)
        else:
            yield from _parts(value)
    yield "\n}"


def _lists(value: Mapping[str, list[Any]]) -> Iterator[str]:
    yield "{"
    for number, (name, rows) in enumerate(sorted(value.items())):
        yield f"{',' if number else ''}\n  {json.dumps(name)}: ["
        for at, row in enumerate(rows):
            yield ",\n   " if at else "\n   "
            yield from _parts(row)
        yield "]"
    yield "\n }"


def _parts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield "{"
        for number, (name, each) in enumerate(sorted(value.items())):
            yield f"{', ' if number else ''}{json.dumps(str(name), ensure_ascii=False)}: "
            yield from _parts(each)
        yield "}"
    elif isinstance(value, list | tuple):
        yield "["
        for number, each in enumerate(value):
            yield ", " if number else ""
            yield from _parts(each)
        yield "]"
    elif isinstance(value, Decimal):
        yield format(value, "f")
    else:
        yield json.dumps(value, ensure_ascii=False, allow_nan=False)
