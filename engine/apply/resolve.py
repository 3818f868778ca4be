"""Parameters, paths and write-backs with the values of earlier answers in place of references."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..parameters import CallPath, Hidden, Ref, values
from ..plan import Call, StoredText
from ..plan.spelling import encoded

Answers = Mapping[str, Mapping[str, Any]]
"""What is kept of the answer to each call, by the call's id."""


class UnansweredError(Exception):
    """A reference to a value that the answer it points to does not have."""

    def __init__(self, reference: Ref) -> None:
        super().__init__(f"{reference.call} was answered without {reference.field}")
        self.reference = reference


def resolved(value: Any, answers: Answers) -> Any:
    """A value with its references resolved.

    Raises:
        UnansweredError: where an answer lacks the field.
    """
    if isinstance(value, Mapping):
        return {name: resolved(each, answers) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(each, answers) for each in value]
    if isinstance(value, Ref):
        found = answers.get(value.call, {}).get(value.field)
        if found is None:
            raise UnansweredError(value)
        return found
    return value


def path_of(call: Call, answers: Answers) -> str:
    """The path of a call."""
    if isinstance(call.path, CallPath):
        return call.path.template.replace("{id}", str(resolved(call.path.id, answers)))
    return call.path


def written(value: Ref | StoredText, answers: Answers) -> str:
    """What a write-back writes."""
    if isinstance(value, StoredText):
        return "".join(str(resolved(each, answers)) for each in value.parts)
    return str(resolved(value, answers))


def fields_needed(calls: Iterable[Call]) -> dict[str, set[str]]:
    """The fields of each call's answer that other calls and write-backs refer to."""
    out: dict[str, set[str]] = {}
    for call in calls:
        places: list[Any] = [call.params, call.path.id if isinstance(call.path, CallPath) else None]
        for each in call.store:
            places += each.value.parts if isinstance(each.value, StoredText) else [each.value]
        for ref in (each for each in values(places) if isinstance(each, Ref)):
            out.setdefault(ref.call, set()).add(ref.field)
    return out


def kept(body: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """What is kept of an answer: its id and the fields that are needed, by their dotted names."""
    return {name: found for name in sorted({"id", *fields}) if (found := _at(body, name)) is not None}


def fingerprint(call: Call) -> str:
    """A digest of what a call sends, references as they stand in the plan."""
    text = json.dumps([call.method, encoded(call.path), encoded(call.params)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_hidden(call: Call) -> bool:
    """Whether a call lacks a sensitive value, so that it cannot be sent."""
    return any(isinstance(each, Hidden) for each in values(call.params))


def _at(body: Any, name: str) -> Any:
    for step in name.split("."):
        body = body.get(step) if isinstance(body, Mapping) else None
    if isinstance(body, Mapping):
        return body.get("id")
    return body if body is None or isinstance(body, str | int | bool) else str(body)
