"""Where one call or one parameter of a plan came from, step by step, and what the rules did not do instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Diagnostic, closest, finding
from ..functions import FUNCTIONS
from ..pointers import dotted
from ..schema.model import load_model
from .meaning import Meanings
from .parameters import leaves, shown, stored, trail, trail_of
from .rule_text import RuleText

_HOW = {
    "mapped": "mapped by",
    "constant": "written in the rules",
    "setting": "a setting, used by",
    "default": "a default, written in",
}
_LABEL = 14
_MOST_CALLS = 12


def find_call(document: Mapping[str, Any], wanted: str) -> tuple[Mapping[str, Any] | None, str]:
    """The call that `CALL[/param]` names, and the rest as a JSON pointer; dots may stand for the slashes of the rest."""
    ids = sorted((each["id"] for each in document["calls"]), key=len, reverse=True)
    for call_id in ids:
        if wanted == call_id or wanted.startswith((f"{call_id}/", f"{call_id}.")):
            call = next(each for each in document["calls"] if each["id"] == call_id)
            return call, wanted[len(call_id) :]
    return None, ""


def explain_call(
    document: Mapping[str, Any], wanted: str, name: str, rules: RuleText | None = None
) -> tuple[str | None, list[Diagnostic]]:
    """The explanation as text, or the finding that nothing has this name. `rules` gives the text of the rules it names."""
    call, rest = find_call(document, wanted)
    if call is None:
        ids = [each["id"] for each in document["calls"]]
        near = closest(wanted, ids)
        return None, [
            finding(
                "E710",
                f"the plan has no call {wanted}",
                file=name,
                fix=f"did you mean {near}?" if near else f"its calls are {', '.join(ids[:_MOST_CALLS]) or 'none'}",
            )
        ]
    explanation = _Explanation(call, Meanings.of(call, document), rules or RuleText({}))
    if not rest:
        return explanation.whole(), []
    wanted_name = dotted(rest) if rest.startswith("/") else rest[1:]
    hits = [each for each in explanation.rows if _names(each[0], wanted_name)]
    left_out = [each for each in call.get("omitted", {}) if _names(each, wanted_name)]
    if not hits and not left_out:
        known = [*(pointer for pointer, _ in explanation.rows), *call.get("omitted", {})]
        near = closest(wanted_name, [dotted(each) for each in known])
        return None, [
            finding(
                "E710",
                f"{call['id']} has no parameter {wanted_name}",
                file=name,
                fix=f"did you mean {call['id']}/{near}?" if near else "name one that `orderplan show` lists",
            )
        ]
    parts = [explanation.parameter(pointer, value) for pointer, value in hits]
    parts += [explanation.omission(pointer) for pointer in left_out]
    return "\n".join(parts), []


def _names(pointer: str, wanted: str) -> bool:
    """Whether a parameter is the wanted one or lies inside it."""
    name = dotted(pointer)
    return name == wanted or name.startswith((f"{wanted}.", f"{wanted}["))


def chain(found: Mapping[str, Any], rules: RuleText) -> Iterator[tuple[str, str]]:
    """The steps behind a value, each with its kind, from the Salesforce field to the rule that wrote the parameter."""
    if "source" in found:
        yield from (("from", each) for each in str(found["source"]).split(", "))
    for each in found.get("read_by", ()):
        yield "read by", rules.described(each)
    if "model" in found:
        yield from (("contract model", _figure(each)) for each in str(found["model"]).split(", "))
    if "formula" in found:
        said = str(found["formula"])
        yield "worked out as" if " = " in said else "because", said
    for each in found.get("via", ()):
        yield "through", _conversion(each)
    yield _HOW[found["how"]], rules.described(found["rule"])


@dataclass(frozen=True, slots=True)
class _Explanation:
    """What can be said of one call."""

    call: Mapping[str, Any]
    meanings: Meanings
    rules: RuleText

    @property
    def rows(self) -> list[tuple[str, Any]]:
        return list(leaves(self.call["params"], ""))

    def whole(self) -> str:
        """The call: what it does, what it is made from, every parameter and every one left out."""
        call = self.call
        path = call["path"] if isinstance(call["path"], str) else call["path"]["template"]
        lines = [call["id"], f"  {call['method']} {path}"]
        if "source" in call:
            lines.append(f"  made from {call['source']['object']}({call['source']['id']})")
        lines += [f"  after {each}" for each in call["depends_on"]]
        lines.append(f"  idempotency key {call['idempotency_key']}")
        for pointer, value in self.rows:
            words = trail(call.get("provenance", {}), pointer)
            lines.append(f"  {dotted(pointer)} = {self.value(pointer, value)}" + (f"  ({words})" if words else ""))
        for each in call.get("store", ()):
            lines.append(f"  store {stored(each['value'])} in {each['object']}({each['id']}).{each['field']}")
        for pointer, why in call.get("omitted", {}).items():
            lines.append(f"  {dotted(pointer)} left out: {self.why(pointer, why)}")
        return "\n".join(lines) + "\n"

    def parameter(self, pointer: str, value: Any) -> str:
        """One parameter: the way of its value from Salesforce through the contract model to the rule that wrote it."""
        lines = [f"{self.call['id']} {dotted(pointer)} = {self.value(pointer, value)}"]
        found = trail_of(self.call.get("provenance", {}), pointer)
        if found is not None:
            lines += [_row(label, words) for label, words in chain(found, self.rules)]
        if pointer in self.call.get("sensitive", ()):
            lines.append(_row("sensitive", "shown as a digest; --reveal shows the value"))
        return "\n".join([*lines, *self.untaken(pointer)]) + "\n"

    def omission(self, pointer: str) -> str:
        """A parameter that a rule could have written, and why it did not."""
        lines = [f"{self.call['id']} {dotted(pointer)}", _row("left out", self.call["omitted"][pointer])]
        return "\n".join([*lines, *self.untaken(pointer)]) + "\n"

    def untaken(self, pointer: str) -> list[str]:
        """What the rules say for other circumstances."""
        others = self.call.get("alternatives", {}).get(pointer, ())
        return [
            line
            for each in others
            for line in (_row("not taken", self.rules.described(each["rule"])), _row("", each["why"]))
        ]

    def why(self, pointer: str, short: str) -> str:
        """The closest reason for which a parameter is left out."""
        others = self.call.get("alternatives", {}).get(pointer, ())
        return "; ".join(dict.fromkeys(each["why"] for each in others)) or short

    def value(self, pointer: str, value: Any) -> str:
        """A value, with what it means."""
        meant = self.meanings.words(pointer, value)
        return f"{shown(value)} ({meant})" if meant else shown(value)


def _row(label: str, words: str) -> str:
    return f"  {label.ljust(_LABEL)}  {words}"


def _figure(name: str) -> str:
    """A field of the contract model with its meaning."""
    kind, _, field = name.partition(".")
    definition = load_model().definitions.get(kind)
    meant = definition.fields[field].description.rstrip(".") if definition and field in definition.fields else ""
    return f"{name}: {meant}" if meant else name


def _conversion(name: str) -> str:
    """A function with what it gives, a lookup or a setting by its name."""
    function = FUNCTIONS.get(name)
    return f"{name}: {function.description}" if function else name
