"""A plan document as text for people: calls by resource, parameters aligned, where each value came from on the right."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.plan import kind_of

_SIGNS = {"create": ("+", "32"), "update": ("~", "33"), "cancel": ("-", "31")}
_MOMENTS = (
    "start_date",
    "end_date",
    "trial_end",
    "cancel_at",
    "backdate_start_date",
    "billing_cycle_anchor",
    "timestamp",
)
_NAME_WIDTH, _VALUE_WIDTH = 44, 34

Paint = Callable[[str, str], str]


def render_plan(document: Mapping[str, Any], *, colour: bool = False, width: int = 120) -> str:
    """The text view of a plan document; the last line sums up."""
    paint: Paint = (lambda style, text: f"\x1b[{style}m{text}\x1b[0m") if colour else (lambda _style, text: text)
    lines: list[str] = []
    for contract in document.get("contracts", ()):
        lines += [paint("1", _contract_line(contract)), ""]
    shown: str | None = None
    for call in document["calls"]:
        if call["resource"] != shown:
            shown = call["resource"]
            lines += [paint("1", shown)]
        lines += [*_call_lines(call, paint, width), ""]
    lines += _reused(document, paint)
    lines += _skipped(document)
    lines.append(summary_line(document))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def summary_line(document: Mapping[str, Any]) -> str:
    """The last line: `Plan: 4 to create, 0 to update, 0 to cancel. 1 warning.`, without the quotes."""
    counts = document["summary"]
    words = f"Plan: {counts['create']} to create, {counts['update']} to update, {counts['cancel']} to cancel."
    severities = [each["severity"] for each in document["diagnostics"]]
    tallies = [(name, severities.count(name)) for name in ("error", "warning", "notice")]
    said = ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for name, count in tallies if count)
    return f"{words} {said}." if said else words


def _contract_line(contract: Mapping[str, Any]) -> str:
    kind = contract["kind"].replace("_", "-")
    span = f", {contract['start']} to {contract['end']}" if "start" in contract and "end" in contract else ""
    span = span or (f", from {contract['start']}" if "start" in contract else "")
    orders = contract["order_ids"]
    more = f", with {len(orders) - 1} amendment{'s' if len(orders) > 2 else ''}" if len(orders) > 1 else ""  # noqa: PLR2004
    return f"Order {orders[0]}: {kind} contract in {contract['currency'].upper()}{span}{more}"


def _call_lines(call: Mapping[str, Any], paint: Paint, width: int) -> list[str]:
    sign, tint = _SIGNS[kind_of(call["action"])]
    source = call.get("source")
    path = call["path"]
    target = f" of {_reference(path['id'])}" if isinstance(path, dict) and isinstance(path.get("id"), dict) else ""
    notes = [str(call["title"])] if call.get("title") else []
    if source and source["id"] not in call["id"]:
        notes.append(f"{source['object']}({source['id']})")
    words = f"{sign} {call['action']}"
    head = f"  {paint(tint, words)} {call['id']}{target}" + (f"  {paint('2', ', '.join(notes))}" if notes else "")
    lines = [head, *_group(call["params"], "", 6, call["provenance"], paint, width)]
    for each in call.get("store", ()):
        lines.append(
            f"      {paint('36', 'store')} {_stored(each['value'])} in {each['object']}({each['id']}).{each['field']}"
        )
    return lines


def _group(
    params: Mapping[str, Any], pointer: str, indent: int, trails: Mapping[str, Any], paint: Paint, width: int
) -> list[str]:
    """The parameters of one object: its own in aligned columns, then each element of its lists as a group of its own."""
    rows = list(_rows(params, pointer, lists=False))
    shown = [(_dotted(each[len(pointer) :]), _value(each, value), _trail(trails, each)) for each, value in rows]
    name_width = min(max((len(name) for name, _, _ in shown), default=0), _NAME_WIDTH)
    value_width = min(max((len(value) for _, value, _ in shown), default=0), _VALUE_WIDTH)
    pad = " " * indent
    lines: list[str] = []
    for name, value, trail in shown:
        line = f"{pad}{name.ljust(name_width)}  {value.ljust(value_width)}"
        if trail and len(line) + 2 + len(trail) > width:
            lines += [line, f"{pad}{' ' * name_width}    {paint('2', trail)}"]
        else:
            lines.append(f"{line}  {paint('2', trail)}" if trail else line)
    for at, elements in _lists(params, pointer):
        for index, element in enumerate(elements):
            lines.append(f"{pad}{_dotted(at[len(pointer) :])}[{index}]")
            lines += _group(element, f"{at}/{index}", indent + 2, trails, paint, width)
    return lines


def _lists(value: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, list[Any]]]:
    """The lists of objects inside an object, with their pointers."""
    for name, each in value.items():
        at = f"{pointer}/{_escaped(name)}"
        if _is_list_of_objects(each):
            yield at, each
        elif isinstance(each, dict) and not each.keys() & {"$ref", "$sensitive"}:
            yield from _lists(each, at)


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _rows(value: Any, pointer: str, *, lists: bool = True) -> Iterator[tuple[str, Any]]:
    """Every leaf with its pointer; references and redacted values are leaves. Without `lists`, lists of objects are left out."""
    if isinstance(value, dict) and not (value.keys() & {"$ref", "$sensitive"}):
        for name, each in value.items():
            if lists or not _is_list_of_objects(each):
                yield from _rows(each, f"{pointer}/{_escaped(name)}", lists=lists)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _rows(each, f"{pointer}/{at}", lists=lists)
    else:
        yield pointer, value


def _dotted(pointer: str) -> str:
    out = ""
    for step in (each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]):
        out += f"[{step}]" if step.isdigit() else f".{step}" if out else step
    return out


def _value(pointer: str, value: Any) -> str:
    if isinstance(value, dict):
        return _reference(value) if "$ref" in value else f"(sensitive {value['$sensitive'][-24:][:8]})"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and pointer.rpartition("/")[2] in _MOMENTS:
        moment = datetime.datetime.fromtimestamp(value, datetime.UTC)
        day = moment.strftime("%Y-%m-%d") if value % 86400 == 0 else moment.strftime("%Y-%m-%d %H:%M:%S")
        return f"{value} ({day})"
    return str(value).replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _reference(value: Mapping[str, Any]) -> str:
    return f"← {value['$ref']['call']}.{value['$ref']['field']}"


def _trail(trails: Mapping[str, Any], pointer: str) -> str:
    at = pointer
    while at and at not in trails:
        at = at.rpartition("/")[0]
    trail = trails.get(at)
    if trail is None:
        return ""
    how = trail["how"]
    via = [each for each in trail.get("via", ()) if each not in ("ref", "link")]
    if how in ("constant", "setting") and "source" not in trail:
        return " ".join(via) if how == "setting" else ""
    source = trail.get("source") or trail.get("model", "")
    if "model" in trail and "source" in trail and ")." not in source:
        source = f"{trail['model']} of {source}"
    words = f"{source}" + (f" via {', '.join(via)}" if via else "")
    words = f"default, {words}" if how == "default" and words else "default" if how == "default" else words
    return f"{words}: {trail['formula']}" if "formula" in trail else words


def _stored(value: Mapping[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]["field"])
    parts = value.get("$template", ())
    return "".join(each if isinstance(each, str) else f"{{{each['$ref']['field']}}}" for each in parts)


def _reused(document: Mapping[str, Any], paint: Paint) -> list[str]:
    rows = [f"  {paint('34', '=')} reuse {each['resource']} {each['id']}"
            + (f"  {paint('2', each['source']['object'] + '(' + each['source']['id'] + ')')}" if "source" in each else "")
            for each in document.get("reused", ())]  # fmt: skip
    return [*rows, ""] if rows else []


def _skipped(document: Mapping[str, Any]) -> list[str]:
    rows = [f"  skipped {each['object']}({each['id']}): {each['reason']}" for each in document.get("skipped", ())]
    return [*rows, ""] if rows else []
