"""Where one call or one parameter of a plan came from, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.diagnostics import Diagnostic, closest, finding
from engine.render.text import _dotted, _rows, _trail, _value


def find_call(document: Mapping[str, Any], wanted: str) -> tuple[Mapping[str, Any] | None, str]:
    """The call that `CALL[/param]` names, and the rest as a JSON pointer; dots may stand for the slashes of the rest."""
    ids = sorted((each["id"] for each in document["calls"]), key=len, reverse=True)
    for call_id in ids:
        if wanted == call_id or wanted.startswith((f"{call_id}/", f"{call_id}.")):
            call = next(each for each in document["calls"] if each["id"] == call_id)
            return call, wanted[len(call_id) :]
    return None, ""


def explain_call(document: Mapping[str, Any], wanted: str, name: str) -> tuple[str | None, list[Diagnostic]]:
    """The explanation as text, or the finding that nothing has this name."""
    call, rest = find_call(document, wanted)
    if call is None:
        ids = [each["id"] for each in document["calls"]]
        near = closest(wanted, ids)
        return None, [finding("E710", f"the plan has no call {wanted}", file=name,
                              fix=f"did you mean {near}?" if near else f"its calls are {', '.join(ids[:12]) or 'none'}")]  # fmt: skip
    rows = list(_rows(call["params"], ""))
    if not rest:
        return _call_text(call, rows), []
    dotted = _dotted(rest) if rest.startswith("/") else rest[1:]
    hits = [
        (pointer, value) for pointer, value in rows if _dotted(pointer) == dotted or _inside(_dotted(pointer), dotted)
    ]
    if not hits:
        pointer = next((each for each in call["omitted"] if _dotted(each) == dotted), None)
        if pointer is not None:
            return f"{call['id']} {dotted}\n  left out: {call['omitted'][pointer]}\n", []
        near = closest(dotted, [_dotted(pointer) for pointer, _ in rows])
        return None, [finding("E710", f"{call['id']} has no parameter {dotted}", file=name,
                              fix=f"did you mean {call['id']}.{near}?" if near else "name one that `orderplan show` lists")]  # fmt: skip
    return "\n".join(_parameter_text(call, pointer, value) for pointer, value in hits), []


def _inside(name: str, outer: str) -> bool:
    return name.startswith((f"{outer}.", f"{outer}["))


def _call_text(call: Mapping[str, Any], rows: list[tuple[str, Any]]) -> str:
    path = call["path"] if isinstance(call["path"], str) else call["path"]["template"]
    lines = [f"{call['id']}", f"  {call['method']} {path}"]
    if "source" in call:
        lines.append(f"  made from {call['source']['object']}({call['source']['id']})")
    lines += [f"  after {each}" for each in call["depends_on"]]
    lines.append(f"  idempotency key {call['idempotency_key']}")
    for pointer, value in rows:
        trail = _trail(call["provenance"], pointer)
        lines.append(f"  {_dotted(pointer)} = {_value(pointer, value)}" + (f"  ({trail})" if trail else ""))
    lines += [f"  {_dotted(pointer)} left out: {why}" for pointer, why in call["omitted"].items()]
    return "\n".join(lines) + "\n"


def _parameter_text(call: Mapping[str, Any], pointer: str, value: Any) -> str:
    lines = [f"{call['id']} {_dotted(pointer)} = {_value(pointer, value)}"]
    at = pointer
    while at and at not in call["provenance"]:
        at = at.rpartition("/")[0]
    trail = call["provenance"].get(at)
    if trail is None:
        return "\n".join(lines) + "\n"
    words = {
        "mapped": "mapped",
        "constant": "written in the rules",
        "setting": "a setting",
        "default": "the default, for the source is absent",
    }
    lines.append(f"  {words[trail['how']]} by {trail['rule']}")
    for title, key in (("from", "source"), ("contract model", "model"), ("worked out as", "formula")):
        if key in trail:
            lines.append(f"  {title} {trail[key]}")
    for each in trail.get("read_by", ()):
        lines.append(f"  read by {each}")
    if trail.get("via"):
        lines.append(f"  through {', '.join(trail['via'])}")
    if pointer in call["sensitive"]:
        lines.append("  sensitive: shown as a digest; --reveal shows the value")
    return "\n".join(lines) + "\n"
