"""The parameters of a call as rows: a pointer, a value, where the value came from. Text, explanations and HTML share them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from ..money import decimals_of
from ..parameters import Hidden, Ref
from ..plan import Call, Plan, Provenance, StoredText

_DAY = 86400
_UNSAID = ("ref", "link")
"""Functions that an explanation of a value need not name: what they give shows it."""


def shown(value: Any) -> str:
    """A value on one line; control characters as escapes."""
    if isinstance(value, Ref):
        return reference(value)
    if isinstance(value, Hidden):
        return f"(sensitive {digest_start(value)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    return one_line(str(value))


def one_line(text: str) -> str:
    """A text with its control characters as escapes, so that no value can move the cursor or hide a line."""
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def digest_start(value: Hidden) -> str:
    """The first figures of a sensitive value's digest: enough to see that it changed."""
    return value.digest[-24:][:8]


def reference(value: Ref) -> str:
    """Where a value of an earlier call comes from."""
    return f"← {value.call}.{value.field}"


def moment(seconds: int) -> str:
    """Unix seconds as a day, with the time when it is not midnight UTC."""
    try:
        when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    return when.strftime("%Y-%m-%d") if seconds % _DAY == 0 else when.strftime("%Y-%m-%d %H:%M:%S")


def money(minor: int | str, currency: str) -> str:
    """Minor units as an amount: `120000` of usd is `1,200.00 USD`; fractions of a minor unit stay."""
    try:
        amount = Decimal(minor).scaleb(-decimals_of(currency))
    except (ArithmeticError, ValueError):
        return ""
    return grouped(amount, decimals_of(currency)) + f" {currency.upper()}"


def grouped(amount: Decimal, places: int) -> str:
    """An amount with thousands separators, at least so many decimals, a real minus sign."""
    text = f"{abs(amount):,f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    sign = "−" if amount < 0 else ""
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def trail(found: Provenance | None) -> str:
    """Where a value came from in a few words; nothing for what the rules write themselves."""
    if found is None:
        return ""
    via = [each for each in found.via if each not in _UNSAID]
    if found.how in ("constant", "setting") and not found.source:
        return " ".join(via) if found.how == "setting" else ""
    source = _by_record(found.source) if found.source else found.model
    if found.model and found.source and ")." not in source:
        source = f"{found.model} of {source}"
    words = f"{source}" + (f" via {', '.join(via)}" if via else "")
    if found.how == "default":
        words = f"default, {words}" if words else "default"
    return f"{words}: {found.formula}" if found.formula else words


def _by_record(source: str) -> str:
    """Fields with their records, a record once where fields of it follow each other: `Quote(a0Q…).Start and .Term`."""
    out: list[str] = []
    before = ""
    for each in source.split(", "):
        record, _, name = each.rpartition(".")
        if record and record == before:
            out[-1] += f" and .{name}"
        else:
            out.append(each)
        before = record
    return ", ".join(out)


def stored(value: Ref | StoredText) -> str:
    """What a write-back writes: a field of the answer, or a text with such fields in braces."""
    if isinstance(value, Ref):
        return value.field
    return "".join(each if isinstance(each, str) else f"{{{each.field}}}" for each in value.parts)


def currency_of(call: Call, plan: Plan) -> str | None:
    """The currency that a call's amounts are in: its own, else its contract's."""
    own = call.params.get("currency")
    if isinstance(own, str):
        return own
    known = {each.id: each.currency for each in plan.contracts}
    return known.get(call.contract) or (next(iter(known.values())) if len(set(known.values())) == 1 else None)
