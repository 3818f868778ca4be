"""How references, hidden values and write-backs are spelled in JSON: `$ref`, `$sensitive`, `$template`. Nothing else spells them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..parameters import CallPath, Hidden, Ref
from .model import StoredText, WriteBack

REF, HIDDEN, TEMPLATE = "$ref", "$sensitive", "$template"


def encoded(value: Any) -> Any:
    """Parameters, a path, a reference or what a write-back writes as JSON; the rest of a value stays what it is."""
    if isinstance(value, dict):
        return {name: encoded(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [encoded(each) for each in value]
    match value:
        case Ref(call, field):
            return {REF: {"call": call, "field": field}}
        case Hidden(digest):
            return {HIDDEN: digest}
        case CallPath(template, target):
            return {"template": template, "id": encoded(target)}
        case StoredText(parts):
            return {TEMPLATE: [encoded(each) for each in parts]}
        case WriteBack(record, id_, field, written, was):
            out = {"object": record, "id": id_, "field": field, "value": encoded(written)}
            return out if was is None else {**out, "was": was}
    return value


def decoded(value: Any) -> Any:
    """The parameters that JSON spells, with copies of its objects and lists; the inverse of `encoded`."""
    if isinstance(value, dict):
        if REF in value:
            return _reference(value)
        if HIDDEN in value:
            return Hidden(value[HIDDEN])
        return {name: decoded(each) for name, each in value.items()}
    return [decoded(each) for each in value] if isinstance(value, list) else value


def decoded_path(value: Any) -> str | CallPath:
    """The path of a call."""
    return value if isinstance(value, str) else CallPath(value["template"], decoded(value["id"]))


def decoded_store(value: Mapping[str, Any]) -> WriteBack:
    """A write-back of a call."""
    written = value["value"]
    parts = written.get(TEMPLATE)
    found = _reference(written) if parts is None else StoredText(tuple(decoded(each) for each in parts))
    return WriteBack(value["object"], value["id"], value["field"], found, value.get("was"))


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks, from which digests are made."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=encoded)


def is_special(value: Any) -> bool:
    """Whether a JSON object claims to stand for one value, well spelled or not."""
    return isinstance(value, Mapping) and bool(value.keys() & {REF, HIDDEN})


def is_reference(value: Any) -> bool:
    """Whether a JSON value is a reference as it is to be spelled."""
    target = value.get(REF) if isinstance(value, Mapping) else None
    return isinstance(target, Mapping) and all(isinstance(target.get(name), str) for name in ("call", "field"))


def is_hidden(value: Any) -> bool:
    """Whether a JSON value is the digest of a sensitive one as it is to be spelled."""
    return isinstance(value, Mapping) and isinstance(value.get(HIDDEN), str)


def is_template(value: Any) -> bool:
    """Whether a JSON value is a text with references as it is to be spelled."""
    parts = value.get(TEMPLATE) if isinstance(value, Mapping) else None
    return isinstance(parts, list) and all(isinstance(each, str) or is_reference(each) for each in parts)


def _reference(value: Mapping[str, Any]) -> Ref:
    target = value[REF]
    return Ref(target["call"], target["field"])
