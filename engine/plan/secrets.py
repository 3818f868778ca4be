"""Redaction: a sensitive value is shown as a keyed digest, so that a change shows and the value does not."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

KEY_VARIABLE = "ORDERPLAN_REDACTION_KEY"
MARK = "$sensitive"


def redaction_key(content_secret: bytes) -> bytes:
    """The key of the digests: the environment's, else one made of the bundle's content, which nobody has without it."""
    return environment_key() or content_secret


def environment_key() -> bytes | None:
    """The key that the environment gives: the one that stays the same from bundle to bundle."""
    given = os.environ.get(KEY_VARIABLE)
    return given.encode() if given else None


def digest_of(value: Any, key: bytes) -> str:
    """The keyed digest that stands for a value."""
    return "hmac-sha256:" + hmac.new(key, canonical(value).encode(), hashlib.sha256).hexdigest()[:24]


def digests(params: Mapping[str, Any], pointers: Iterable[str], key: bytes) -> dict[str, str]:
    """The digests of the values at these pointers."""
    return {pointer: digest_of(at(params, pointer), key) for pointer in pointers}


def redact(params: Mapping[str, Any], by_pointer: Mapping[str, str]) -> dict[str, Any]:
    """The parameters with digests in place of the sensitive values."""
    out: dict[str, Any] = copy.deepcopy(dict(params)) if by_pointer else dict(params)
    for pointer, digest in by_pointer.items():
        *steps, last = _steps(pointer)
        holder: Any = out
        for step in steps:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        holder[int(last) if isinstance(holder, list) else last] = {MARK: digest}
    return out


def at(params: Any, pointer: str) -> Any:
    """The value at a JSON pointer."""
    for step in _steps(pointer):
        params = params[int(step)] if isinstance(params, list) else params[step]
    return params


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _steps(pointer: str) -> list[str]:
    return [each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]]
