"""The names and ids of Salesforce. Ids have 15 characters, or 18 with a checksum for systems that ignore case."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")

_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")

KEY_LENGTH = 15
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_FIVE = 5


def is_api_name(value: object) -> bool:
    """Whether a value has the shape of the name of an object, a field or a relationship."""
    return isinstance(value, str) and _API_NAME.fullmatch(value) is not None


def is_id(value: object) -> bool:
    """Whether a value has the shape of a record id. The checksum of the long form is not looked at."""
    return isinstance(value, str) and _SHAPE.fullmatch(value) is not None


def id_key(record_id: str) -> str:
    """What the 15- and the 18-character form of one id have in common."""
    return record_id[:KEY_LENGTH]


def long_id(record_id: str) -> str:
    """The 18-character form of an id: five characters at a time, one more says which of them are capitals."""
    if len(record_id) != KEY_LENGTH:
        return record_id
    parts = (record_id[at : at + _FIVE] for at in range(0, KEY_LENGTH, _FIVE))
    return record_id + "".join(
        _CHECK[sum(1 << bit for bit, each in enumerate(part) if "A" <= each <= "Z")] for part in parts
    )


def id_in_url(url: object) -> str | None:
    """The id that ends the `attributes.url` of a REST API record, such as `/services/data/…/sobjects/Order/801…`."""
    tail = url.rpartition("/")[2] if isinstance(url, str) else None
    return tail if is_id(tail) else None


def object_in_url(url: object) -> str | None:
    """The object in the `attributes.url` of a REST API record: the name before the id."""
    parts = url.split("/") if isinstance(url, str) else []
    return parts[-2] if len(parts) > 1 and is_api_name(parts[-2]) and is_id(parts[-1]) else None
