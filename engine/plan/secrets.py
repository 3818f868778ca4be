"""Redaction: a sensitive value is shown as a keyed digest, so that a change shows and the value does not."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..parameters import Hidden, replaced
from ..pointers import found, steps
from .model import Call, Plan
from .spelling import canonical

KEY_VARIABLE = "ORDERPLAN_REDACTION_KEY"


def redaction_key(content_secret: bytes) -> bytes:
    """The key of the digests: the environment's, else one made of the bundle's content, which nobody has without it."""
    return environment_key() or content_secret


def environment_key() -> bytes | None:
    """The key that the environment gives: the one that stays the same from bundle to bundle."""
    given = os.environ.get(KEY_VARIABLE)
    return os.fsencode(given) if given else None


def digest_of(value: Any, key: bytes) -> str:
    """The keyed digest that stands for a value."""
    return "hmac-sha256:" + hmac.new(key, canonical(value).encode(), hashlib.sha256).hexdigest()[:24]


def digests(params: Mapping[str, Any], pointers: Iterable[str], key: bytes) -> dict[str, str]:
    """The digests of the values at these pointers."""
    return {pointer: digest_of(found(params, pointer), key) for pointer in pointers}


def redacted(params: Mapping[str, Any], by_pointer: Mapping[str, str]) -> dict[str, Any]:
    """The parameters with digests in place of the sensitive values."""
    out: dict[str, Any] = replaced(params, lambda each: each)
    for pointer, digest in by_pointer.items():
        *way, last = steps(pointer)
        holder: Any = out
        for step in way:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        holder[int(last) if isinstance(holder, list) else last] = Hidden(digest)
    return out


def without_secrets(plan: Plan) -> Plan:
    """A plan with digests in place of its sensitive values: what may be shown."""
    if plan.without_secrets:
        return plan
    calls = tuple(_without_secrets(each, plan.redacted.get(each.id)) for each in plan.calls)
    history = tuple(
        replace(each, calls=tuple(_without_secrets(one, each.redacted.get(one.id)) for one in each.calls), redacted={})
        for each in plan.history
    )
    return replace(plan, calls=calls, history=history, redacted={}, revealed_digest="", without_secrets=True)


def _without_secrets(call: Call, hidden: Mapping[str, str] | None) -> Call:
    return replace(call, params=redacted(call.params, hidden)) if hidden else call
