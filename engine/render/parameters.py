"""The parameters of a call as rows: a pointer, a value, where the value came from. Text, explanations and HTML share them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..money import decimals_of
from ..pointers import escaped, upward

_DAY = 86400
_UNSAID = ("ref", "link")
"""Functions that an explanation of a value need not name: what they give shows it."""


def leaves(value: Any, pointer: str, *, lists: bool = True) -> Iterator[tuple[str, Any]]:
    """Every leaf with its pointer; references and redacted values are leaves. Without `lists`, lists of objects are left out."""
    if isinstance(value, dict) and not is_mark(value):
        for name, each in value.items():
            if lists or not is_list_of_objects(each):
                yield from leaves(each, f"{pointer}/{escaped(name)}", lists=lists)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from leaves(each, f"{pointer}/{at}", lists=lists)
    else:
        yield pointer, value


def object_lists(value: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, list[Any]]]:
    """The lists of objects inside an object, with their pointers."""
    for name, each in value.items():
        at = f"{pointer}/{escaped(name)}"
        if is_list_of_objects(each):
            yield at, each
        elif isinstance(each, dict) and not is_mark(each):
            yield from object_lists(each, at)


def is_mark(value: Mapping[str, Any]) -> bool:
    """Whether an object stands for a value: a reference, or the digest of a sensitive one."""
    return bool(value.keys() & {"$ref", "$sensitive"})


def is_list_of_objects(value: Any) -> bool:
    """Whether a value is a list with one object or more, and nothing else."""
    return (
        isinstance(value, list) and bool(value) and all(isinstance(each, dict) and not is_mark(each) for each in value)
    )


def shown(value: Any) -> str:
    """A value on one line; control characters as escapes."""
    if isinstance(value, Mapping):
        return reference(value) if "$ref" in value else f"(sensitive {digest_start(value)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    return one_line(str(value))


def one_line(text: str) -> str:
    """A text with its control characters as escapes, so that no value can move the cursor or hide a line."""
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def digest_start(value: Mapping[str, Any]) -> str:
    """The first figures of a sensitive value's digest: enough to see that it changed."""
    return str(value["$sensitive"])[-24:][:8]


def reference(value: Mapping[str, Any]) -> str:
    """Where a value of an earlier call comes from."""
    return f"← {value['$ref']['call']}.{value['$ref']['field']}"


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


def trail_of(trails: Mapping[str, Mapping[str, Any]], pointer: str) -> Mapping[str, Any] | None:
    """The provenance of a pointer, or of the value it lies in."""
    return next((trails[each] for each in upward(pointer) if each in trails), None)


def trail(trails: Mapping[str, Mapping[str, Any]], pointer: str) -> str:
    """Where a value came from in a few words; nothing for what the rules write themselves."""
    found = trail_of(trails, pointer)
    if found is None:
        return ""
    how = found["how"]
    via = [each for each in found.get("via", ()) if each not in _UNSAID]
    if how in ("constant", "setting") and "source" not in found:
        return " ".join(via) if how == "setting" else ""
    source = _by_record(found["source"]) if "source" in found else found.get("model", "")
    if "model" in found and "source" in found and ")." not in source:
        source = f"{found['model']} of {source}"
    words = f"{source}" + (f" via {', '.join(via)}" if via else "")
    words = f"default, {words}" if how == "default" and words else "default" if how == "default" else words
    return f"{words}: {found['formula']}" if "formula" in found else words


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


def stored(value: Mapping[str, Any]) -> str:
    """What a write-back writes: a field of the answer, or a text with such fields in braces."""
    if "$ref" in value:
        return str(value["$ref"]["field"])
    parts = value.get("$template", ())
    return "".join(each if isinstance(each, str) else f"{{{each['$ref']['field']}}}" for each in parts)


def currency_of(call: Mapping[str, Any], document: Mapping[str, Any]) -> str | None:
    """The currency that a call's amounts are in: its own, else its contract's."""
    own = call["params"].get("currency")
    if isinstance(own, str):
        return own
    known = {each["id"]: each["currency"] for each in document.get("contracts", ())}
    found = known.get(call.get("contract"))
    return found or (next(iter(known.values())) if len(set(known.values())) == 1 else None)
