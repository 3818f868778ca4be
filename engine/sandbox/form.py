"""Stripe's form encoding: `phases[0][items][0][price]=price_1` to values, typed by the schema of the operation."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from ..schema.stripe import Node
from .answers import RefusalError

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_WHOLE = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,18})?")


def decoded(text: str) -> dict[str, Any]:
    """The nested parameters of a query or body, every value still text; objects with the keys 0, 1, … are lists.

    Raises:
        RefusalError: when a key is not of the encoding, or names both a value and what is inside one.
    """
    out: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        match = _KEY.fullmatch(key)
        if match is None:
            raise RefusalError(f"Invalid request: the key {key!r} is not of the form a[b][c]", param=key)
        _put(out, [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])], value, key)
    return {name: _lists(each) for name, each in out.items()}


def _put(out: dict[str, Any], steps: list[str], value: str, key: str) -> None:
    *inner, last = steps
    for step in inner:
        out = out.setdefault(step, {})
        if not isinstance(out, dict):
            raise RefusalError(f"Invalid request: {key} stands inside a value", param=key)
    last = last or str(len(out))
    if last in out:
        raise RefusalError(f"Invalid request: {key} stands twice", param=key)
    out[last] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    made = {name: _lists(each) for name, each in value.items()}
    if made and sorted(made) == sorted(map(str, range(len(made)))):
        return [made[str(at)] for at in range(len(made))]
    return made


def typed(node: Node | None, value: Any) -> Any:
    """A decoded value with the types that the schema gives; what does not fit stays text, for validation to refuse."""
    if node is None:
        return value
    if isinstance(value, dict):
        return {name: typed(node.value or node.properties.get(name), each) for name, each in value.items()}
    if isinstance(value, list):
        if node.kind in ("map", "object"):  # a map whose keys happen to be 0, 1, …
            return {str(at): typed(node.value, each) for at, each in enumerate(value)}
        return [typed(node.item, each) for each in value]
    return _scalar(node, value)


def _scalar(node: Node, text: str) -> Any:
    kinds = {each.kind for each in node.arms} or {node.kind}
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if kinds & {"integer", "timestamp"} and _WHOLE.fullmatch(text):
        return int(text)
    if "number" in kinds and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def spelled(pointer: str) -> str:
    """A JSON pointer as Stripe names a parameter: `/phases/0/end_date` is `phases[0][end_date]`."""
    first, *rest = pointer.removeprefix("/").split("/")
    return first + "".join(f"[{each.replace('~1', '/').replace('~0', '~')}]" for each in rest)
