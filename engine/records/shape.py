"""The parts of a bundle around its records: format, moment of planning, order ids, Stripe's state."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ..places import shipped
from .findings import Findings, member, shown
from .ids import id_key, is_id
from .stripe_state import check_stripe
from .times import TimeFaultError, parse_instant

if TYPE_CHECKING:
    from datetime import datetime

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

FORMAT = "orderplan.bundle"
MAJOR = 1  # of the format version that this program reads

_LONGEST_MAJOR = 9

_GOOD = {"format": FORMAT, "format_version": "1.1", "as_of": "2026-03-01T00:00:00Z", "order_ids": ["8" * 15]}


@dataclass(frozen=True, slots=True)
class Shape:
    """The parts of a document that has the shape of a bundle; a part that was refused is None or empty."""

    as_of: datetime | None
    order_ids: tuple[str, ...]
    records: dict[str, Any]
    stripe: dict[str, tuple[dict[str, Any], ...]]
    account: dict[str, Any] | None
    queried: dict[str, tuple[str, ...]] | None = None


def read_shape(document: Any, findings: Findings, *, orders: bool = True) -> Shape | None:
    """The parts of a document, with findings about those that are not as `schemas/bundle.json` says.

    None when the document is no bundle at all, or one of a newer format, so that nothing more can be said of it.
    """
    if not isinstance(document, dict):
        words = f"an order bundle is a JSON object, found {shown(document)}"
        findings.add("E409", words, "$", fix='start it with {"format": "orderplan.bundle", …}')
        return None
    if not _is_ours(document, findings):
        return None
    _check_against_schema(document, findings, orders=orders)
    stripe = document.get("stripe")
    account = document.get("stripe_account")
    records = document.get("records")
    return Shape(
        _as_of(document, findings),
        _order_ids(document, findings),
        records if isinstance(records, dict) else {},
        _stripe(check_stripe(stripe if isinstance(stripe, dict) else {}, findings), findings),
        account if isinstance(account, dict) else None,
        _queried(document.get("queried")),
    )


def _is_ours(document: dict[str, Any], findings: Findings) -> bool:
    """Whether a document is of this format, in a version that can be read."""
    name = document.get("format")
    if name != FORMAT:
        says = f'its "format" is {shown(name)}' if "format" in document else 'it has no "format"'
        fix = f'an order bundle starts with "format": "{FORMAT}"'
        findings.add("E409", f"this is not an order bundle: {says}", "$.format", fix=fix)
        return name is None and isinstance(document.get("records"), dict)
    version = document.get("format_version")
    major = version.partition(".")[0] if isinstance(version, str) else ""
    if major.isascii() and major.isdigit() and len(major) <= _LONGEST_MAJOR and int(major) > MAJOR:
        words = f"the bundle has format version {shown(version)}, this program reads {MAJOR}.x"
        findings.add("E410", words, "$.format_version", fix="use a newer orderplan, or pull the bundle with this one")
        return False
    return True


def _check_against_schema(document: dict[str, Any], findings: Findings, *, orders: bool) -> None:
    """Findings of the JSON Schema, except about what is checked here or record by record."""
    outline = {**document, "format": FORMAT, "as_of": _GOOD["as_of"]}
    named = document.get("order_ids", None if orders else [])
    if isinstance(named, list) and (named or not orders):
        outline["order_ids"] = _GOOD["order_ids"]
    if isinstance(document.get("records"), dict):
        outline["records"] = {name: _outline(those) for name, those in document["records"].items()}
    if isinstance(document.get("stripe"), dict):
        outline["stripe"] = {}  # checked member by member, by what the program reads of it
    schema = _schema()
    for fault in _validator().iter_errors(outline):
        _report(fault, findings)
    for name in document.keys() - schema["properties"].keys():
        findings.add("W404", f"a bundle has no part {shown(name)}: it is ignored", member("$", name))


def _outline(those: Any) -> Any:
    is_query_result = isinstance(those, dict) and isinstance(those.get("records"), list)
    return [] if isinstance(those, list) or is_query_result else those


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_schema())


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(shipped("schemas", "bundle.json").read_text(encoding="utf-8"))
    return schema


def _report(fault: ValidationError, findings: Findings) -> None:
    path = "$"
    for step in fault.absolute_path:
        path = f"{path}[{step}]" if isinstance(step, int) else member(path, step)
    schema = fault.schema if isinstance(fault.schema, dict) else {}
    if fault.validator == "required":
        # one fault for each missing name, which the library puts only into its words
        name = next(each for each in schema["required"] if fault.message.startswith(repr(each)))
        wanted = schema["properties"][name].get("title", "a value")
        findings.add("E408", f"{shown(name)} is missing: {wanted}", member(path, name))
        return
    found = "an empty list" if fault.instance == [] else shown(fault.instance)
    findings.add("E408", f"{schema.get('title', 'another value')} is expected, found {found}", path)


def _as_of(document: dict[str, Any], findings: Findings) -> datetime | None:
    value = document.get("as_of")
    if isinstance(value, str):
        try:
            return parse_instant(value)
        except TimeFaultError as fault:
            says = f"found {shown(value)}: {fault}"
    else:
        says = f"found {shown(value)}" if "as_of" in document else "it is missing"
    words = f"as_of must be a moment with its time zone, {says}"
    findings.add("E411", words, "$.as_of", fix='write it as in "2026-03-01T09:30:00Z"')
    return None


def _order_ids(document: dict[str, Any], findings: Findings) -> tuple[str, ...]:
    """The well-formed ids, each once."""
    given = document.get("order_ids")
    first: dict[str, tuple[int, str]] = {}
    for at, value in enumerate(given if isinstance(given, list) else ()):
        path = f"$.order_ids[{at}]"
        if not is_id(value):
            words = f"a record id of 15 or 18 letters and digits is expected, found {shown(value)}"
            findings.add("E415", words, path)
        elif id_key(value) in first:
            words = f"the order {value} is listed a second time, the first is at $.order_ids[{first[id_key(value)][0]}]"
            findings.add("E408", words, path, fix="keep one of them")
        else:
            first[id_key(value)] = (at, value)
    return tuple(value for _, value in first.values())


def _queried(stated: Any) -> dict[str, tuple[str, ...]] | None:
    """The fields that were queried, by object; None where the bundle does not say."""
    if not isinstance(stated, dict):
        return None
    lists = {name: each for name, each in stated.items() if isinstance(each, list)}
    return {name: tuple(field for field in each if isinstance(field, str)) for name, each in lists.items()}


def _stripe(stripe: dict[str, list[dict[str, Any]]], findings: Findings) -> dict[str, tuple[dict[str, Any], ...]]:
    """The Stripe objects by resource, each once."""
    found: dict[str, tuple[dict[str, Any], ...]] = {}
    for resource, those in stripe.items():
        seen: dict[str, dict[str, Any]] = {}
        for at, each in enumerate(those):
            stripe_id: str = each["id"]
            if stripe_id in seen:
                words = f"the object {shown(stripe_id)} is here a second time"
                findings.add("E417", words, f"{member('$.stripe', resource)}[{at}]", fix="keep its latest state")
            seen[stripe_id] = each
        found[resource] = tuple(seen.values())
    return found
