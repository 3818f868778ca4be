"""Parameters in Stripe's form encoding, every value as the text that is sent.

Stripe's library prints some numbers with exponents, spells true in lists with a capital, and drops empty lists and objects
without a word, so nothing but texts is left to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any


def texts(value: Any) -> Any:
    """A parameter with its values as texts; what is empty is an empty text, by which Stripe clears a parameter."""
    if isinstance(value, Mapping):
        return {str(name): texts(each) for name, each in value.items()} or ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [texts(each) for each in value] or ""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        raise TypeError(f"a float is no exact value: {value!r}")
    return str(value)
