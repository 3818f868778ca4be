"""Where one call or one parameter of a plan came from, step by step, and what the rules did not do instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Diagnostic, closest, finding
from ..functions import FUNCTIONS
from ..parameters import CallPath, leaves
from ..plan import Call, Plan, Provenance
from ..pointers import dotted
from ..schema.model import load_model
from .meaning import Meanings
from .parameters import shown, stored, trail
from .rule_text import RuleText

_HOW = {
    "mapped": "mapped by",
    "constant": "written in the rules",
    "setting": "a setting, used by",
    "default": "a default, written in",
}
_LABEL = 14
_MOST_CALLS = 12


def find_call(plan: Plan, wanted: str) -> tuple[Call | None, str]:
    """The call that `CALL[/param]` names, and the rest as a JSON pointer; dots may stand for the slashes of the rest."""
    for call in sorted(plan.calls, key=lambda each: len(each.id), reverse=True):
        if wanted == call.id or wanted.startswith((f"{call.id}/", f"{call.id}.")):
            return call, wanted[len(call.id) :]
    return None, ""


def explain_call(
    plan: Plan, wanted: str, name: str, rules: RuleText | None = None
) -> tuple[str | None, list[Diagnostic]]:
    """The explanation as text, or the finding that nothing has this name. `rules` gives the text of the rules it names."""
    call, rest = find_call(plan, wanted)
    if call is None:
        ids = [each.id for each in plan.calls]
        near = closest(wanted, ids)
        return None, [
            finding(
                "E710",
                f"the plan has no call {wanted}",
                file=name,
                fix=f"did you mean {near}?" if near else f"its calls are {', '.join(ids[:_MOST_CALLS]) or 'none'}",
            )
        ]
    explanation = _Explanation(call, Meanings.of(call, plan), rules or RuleText({}))
    if not rest:
        return explanation.whole(), []
    wanted_name = dotted(rest) if rest.startswith("/") else rest[1:]
    hits = [each for each in explanation.rows if _names(each[0], wanted_name)]
    left_out = [each for each in call.omitted if _names(each, wanted_name)]
    if not hits and not left_out:
        known = [*(pointer for pointer, _ in explanation.rows), *call.omitted]
        near = closest(wanted_name, [dotted(each) for each in known])
        return None, [
            finding(
                "E710",
                f"{call.id} has no parameter {wanted_name}",
                file=name,
                fix=f"did you mean {call.id}/{near}?" if near else "name one that `orderplan show` lists",
            )
        ]
    parts = [explanation.parameter(pointer, value) for pointer, value in hits]
    parts += [explanation.omission(pointer) for pointer in left_out]
    return "\n".join(parts), []


def _names(pointer: str, wanted: str) -> bool:
    """Whether a parameter is the wanted one or lies inside it."""
    name = dotted(pointer)
    return name == wanted or name.startswith((f"{wanted}.", f"{wanted}["))


def chain(found: Provenance, rules: RuleText) -> Iterator[tuple[str, str]]:
    """The steps behind a value, each with its kind, from the Salesforce field to the rule that wrote the parameter."""
    if found.source:
        yield from (("from", each) for each in found.source.split(", "))
    for each in found.read_by:
        yield "read by", rules.described(each)
    if found.model:
        yield from (("contract model", _figure(each)) for each in found.model.split(", "))
    if found.formula:
        yield "worked out as" if " = " in found.formula else "because", found.formula
    for each in found.via:
        yield "through", _conversion(each)
    yield _HOW[found.how], rules.described(found.rule)


@dataclass(frozen=True, slots=True)
class _Explanation:
    """What can be said of one call."""

    call: Call
    meanings: Meanings
    rules: RuleText

    @property
    def rows(self) -> list[tuple[str, Any]]:
        return list(leaves(self.call.params))

    def whole(self) -> str:
        """The call: what it does, what it is made from, every parameter and every one left out."""
        call = self.call
        path = call.path.template if isinstance(call.path, CallPath) else call.path
        lines = [call.id, f"  {call.method} {path}"]
        if call.source is not None:
            lines.append(f"  made from {call.source}")
        lines += [f"  after {each}" for each in call.depends_on]
        lines.append(f"  idempotency key {call.idempotency_key}")
        for pointer, value in self.rows:
            words = trail(call.origin(pointer))
            lines.append(f"  {dotted(pointer)} = {self.value(pointer, value)}" + (f"  ({words})" if words else ""))
        for each in call.store:
            lines.append(f"  store {stored(each.value)} in {each.record}.{each.field}")
        for pointer, why in call.omitted.items():
            lines.append(f"  {dotted(pointer)} left out: {self.why(pointer, why)}")
        return "\n".join(lines) + "\n"

    def parameter(self, pointer: str, value: Any) -> str:
        """One parameter: the way of its value from Salesforce through the contract model to the rule that wrote it."""
        lines = [f"{self.call.id} {dotted(pointer)} = {self.value(pointer, value)}"]
        found = self.call.origin(pointer)
        if found is not None:
            lines += [_row(label, words) for label, words in chain(found, self.rules)]
        if pointer in self.call.sensitive:
            lines.append(_row("sensitive", "shown as a digest; --reveal shows the value"))
        return "\n".join([*lines, *self.untaken(pointer)]) + "\n"

    def omission(self, pointer: str) -> str:
        """A parameter that a rule could have written, and why it did not."""
        lines = [f"{self.call.id} {dotted(pointer)}", _row("left out", self.call.omitted[pointer])]
        return "\n".join([*lines, *self.untaken(pointer)]) + "\n"

    def untaken(self, pointer: str) -> list[str]:
        """What the rules say for other circumstances."""
        others = self.call.alternatives.get(pointer, ())
        return [
            line for each in others for line in (_row("not taken", self.rules.described(each.rule)), _row("", each.why))
        ]

    def why(self, pointer: str, short: str) -> str:
        """The closest reason for which a parameter is left out."""
        others = self.call.alternatives.get(pointer, ())
        return "; ".join(dict.fromkeys(each.why for each in others)) or short

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
