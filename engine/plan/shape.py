"""What the JSON Schema of a plan leaves open: figures and moments, the marks inside parameters and what they point to."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from ..pointers import found
from .param_shape import every_call, is_figure
from .spelling import is_hidden, is_reference, is_special, is_template

_ABSENT = object()

MAX_DEPTH = 100
"""How deeply values may be nested; those of plans stay far below."""

Fault = tuple[str, str]
"""The JSON path of a fault, and what it is."""


def figure_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Moments, amounts and contracts of a plan document that cannot be reckoned with."""
    if "as_of" in document and not _is_moment(document["as_of"]):
        yield "$.as_of", "no moment with a time zone"
    for at, earlier in enumerate(document.get("history", ())):
        if not _is_moment(earlier["as_of"]):
            yield f"$.history[{at}].as_of", "no moment with a time zone"
    for at, contract in enumerate(document.get("contracts", ())):
        if not contract["order_ids"]:
            yield f"$.contracts[{at}].order_ids", "a contract has an order"
        for name in ("start", "end"):
            if contract.get(name) is not None and not _is_date(contract[name]):
                yield f"$.contracts[{at}].{name}", "no calendar date"
    for at, line in enumerate(document.get("sold", ())):
        for name in ("total", "quantity"):
            if line.get(name) is not None and not _is_decimal(line[name]):
                yield f"$.sold[{at}].{name}", "neither a decimal as text nor null"


def promise_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Coupons of a plan document whose figures cannot be reckoned with."""
    for at, each in enumerate(document.get("promises", ())):
        for name in ("percent_off", "amount_off"):
            if name in each and not _is_decimal(each[name]):
                yield f"$.promises[{at}].{name}", "no decimal as text"


def mark_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """References, digests, paths and write-backs of a plan document that say nothing a reader could follow."""
    for place, call in every_call(document):
        yield from _values(call["params"], f"{place}.params")
        yield from _path(call["path"], f"{place}.path")
        for number, each in enumerate(call["store"]):
            yield from _store(each, f"{place}.store[{number}]")
        for pointer in document.get("redacted", {}).get(call["id"], {}):
            if not pointer.startswith("/") or found(call["params"], pointer, _ABSENT) is _ABSENT:
                yield f"$.redacted[{call['id']!r}]", f"there is no parameter at {pointer!r}"


def _values(value: Any, place: str) -> Iterator[Fault]:
    """Faults of the marks inside a value, found without recursion."""
    waiting = [(value, place, 0)]
    while waiting:
        value, place, depth = waiting.pop()
        if depth > MAX_DEPTH:
            yield place, f"nested deeper than {MAX_DEPTH} levels"
        elif is_special(value):
            if not (is_reference(value) or is_hidden(value)):
                yield place, "neither a reference nor the digest of a sensitive value"
        elif isinstance(value, Mapping):
            waiting += [(each, f"{place}.{name}", depth + 1) for name, each in value.items()]
        elif isinstance(value, list):
            waiting += [(each, f"{place}[{number}]", depth + 1) for number, each in enumerate(value)]


def _path(path: Any, place: str) -> Iterator[Fault]:
    if not isinstance(path, str) and not (
        isinstance(path["template"], str)
        and (path["id"] is None or isinstance(path["id"], str) or is_reference(path["id"]))
    ):
        yield place, "a template needs a text and an id"


def _store(entry: Mapping[str, Any], place: str) -> Iterator[Fault]:
    if not all(isinstance(entry[name], str) for name in ("object", "id", "field")):
        yield place, "object, id and field are texts"
    value = entry["value"]
    if not is_template(value) and not is_reference(value):
        yield f"{place}.value", "neither a reference nor a template"


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.date.fromisoformat(value) is not None
    except ValueError:
        return False


def _is_decimal(value: Any) -> bool:
    return isinstance(value, str) and is_figure(value)
