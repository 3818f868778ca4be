"""Redaction: a sensitive value is shown as a keyed digest, so that a change shows and the value does not."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..diagnostics import Diagnostic, OrderplanError, finding
from ..parameters import Hidden, replaced
from ..pointers import found, steps
from .model import Call, Plan
from .spelling import canonical

KEY_VARIABLE = "ORDERPLAN_REDACTION_KEY"
SHORTEST_KEY = 16
"""Bytes of a key, as many as those that make 128 bits at the most."""


def redaction_key(content_secret: bytes) -> bytes:
    """The key of the digests: the environment's, else one made of the bundle's content, which nobody has without it."""
    return environment_key() or content_secret


def environment_key() -> bytes | None:
    """The key that the environment gives: the one that stays the same from bundle to bundle.

    Raises:
        OrderplanError: E910, when it is so short that it can be found by trying.
    """
    given = os.fsencode(os.environ.get(KEY_VARIABLE, ""))
    if not given:
        return None
    if len(given) < SHORTEST_KEY:
        raise OrderplanError(
            "E910",
            f"{KEY_VARIABLE} has {len(given)} byte{'' if len(given) == 1 else 's'}: such a key is found by trying, and with it "
            "the values that it hides",
            f"use at least {SHORTEST_KEY} bytes that nobody can guess, such as those of `openssl rand -hex 32`",
        )
    return given


def is_unkeyed(plan: Plan) -> bool:
    """Whether digests stand in a plan for sensitive values, and were made without a key of the environment."""
    hides = any(each.sensitive for each in plan.calls)
    return hides and "hmac_sha256" not in plan.bundle


def unkeyed() -> Diagnostic:
    """The finding for digests that are made without a key of the environment."""
    return finding(
        "N902",
        "the digests of sensitive values have no key but the bundle's content: who has all of it but a value can test guesses "
        "of that value",
        fix=f"set {KEY_VARIABLE} to at least {SHORTEST_KEY} bytes that nobody can guess",
    )


def hash_of_bundle(sha256: str) -> dict[str, str]:
    """What a plan says of its bundle's content: a keyed digest where the environment has a key, with what tells keys apart.

    A plain hash lets somebody who knows all of a bundle but a value test guesses of that value.
    """
    key = environment_key()
    if key is None:
        return {"sha256": sha256}
    keyed = {"hmac_sha256": b"bundle " + sha256.encode(), "key": b"key"}
    found = {name: hmac.new(key, content, hashlib.sha256).hexdigest() for name, content in keyed.items()}
    return {**found, "key": found["key"][:16]}


def digests(params: Mapping[str, Any], pointers: Iterable[str], key: bytes, resource: str) -> dict[str, str]:
    """The digests of the values at these pointers. Each counts with its field, so that equal values of two do not show."""
    return {pointer: _digest(f"{resource}{_field(pointer)}", found(params, pointer), key) for pointer in pointers}


def _digest(field: str, value: Any, key: bytes) -> str:
    return "hmac-sha256:" + hmac.new(key, canonical([field, value]).encode(), hashlib.sha256).hexdigest()[:24]


def _field(pointer: str) -> str:
    """A pointer whatever places its list elements have: an item that moves keeps its digests."""
    return "".join(f"/{'*' if step.isdecimal() else step}" for step in steps(pointer))


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
    follows = tuple(
        replace(each, calls=tuple(_without_secrets(one, each.redacted.get(one.id)) for one in each.calls), redacted={})
        for each in plan.follows
    )
    return replace(
        plan, calls=calls, history=history, follows=follows, redacted={}, revealed_digest="", without_secrets=True
    )


def _without_secrets(call: Call, hidden: Mapping[str, str] | None) -> Call:
    return replace(call, params=redacted(call.params, hidden)) if hidden else call
