"""The calls of a plan as the HTML page shows them: plain data for the templates, texts not yet escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..parameters import CallPath, Hidden, Ref, leaves, object_lists
from ..plan import Call, Plan, Provenance, kind_of
from ..pointers import dotted
from .course import Names, price_words
from .days import instant_words, stretch_words
from .explain import chain
from .meaning import Meanings
from .parameters import digest_start, money, stored
from .phases import SentPhase, phases_of
from .rule_text import RuleText

_SIGNS = {"create": "+", "update": "~", "cancel": "−"}
_UNOPENED = ("customer", "product", "price", "coupon")
_MANY = 30
"""Plans with more calls than this show the calls that only serve others folded."""

_UNSAID = ("ref", "link")


@dataclass(frozen=True, slots=True)
class Link:
    """A value that another call gives: its anchor on the page, its spelling, what people call the call."""

    anchor: str
    text: str
    title: str


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter. Of `text`, `reference` and `digest` one counts; `meant` says what a raw value means."""

    name: str
    text: str
    meant: str
    reference: Link | None
    digest: str
    source: str
    how: str
    steps: tuple[tuple[str, str], ...]
    untaken: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The parameters of one object; `label` is its place, empty for the call's own. `depth` counts from 0."""

    label: str
    notes: tuple[str, ...]
    depth: int
    rows: tuple[ParameterRow, ...]


@dataclass(frozen=True, slots=True)
class Omission:
    """A parameter that is left out, and why."""

    name: str
    why: str
    untaken: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WriteBackView:
    """What goes back to Salesforce."""

    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a call when it was applied: `done`, `open`, `refused` or `not started`, and what it made or why not."""

    state: str
    object_id: str = ""
    address: str = ""
    message: str = ""

    @property
    def kind(self) -> str:
        """How it is marked."""
        return {"done": "good", "refused": "error", "open": "warning"}.get(self.state, "notice")


@dataclass(frozen=True, slots=True)
class CallView:
    """One call. `target` is the object it acts on where an earlier call makes it; `fact` sums it up."""

    id: str
    anchor: str
    sign: str
    kind: str
    action: str
    title: str
    fact: str
    method: str
    path: str
    target: Link | None
    source: str
    groups: tuple[Group, ...]
    stores: tuple[WriteBackView, ...]
    omitted: tuple[Omission, ...]
    after: tuple[Link, ...]
    key: str
    opened: bool
    became: Became | None = None


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    """The calls of one kind of object that follow each other."""

    name: str
    calls: tuple[CallView, ...]


def resource_groups(
    plan: Plan, rules: RuleText, became: Mapping[str, Became] | None = None
) -> tuple[ResourceGroup, ...]:
    """The calls by kind of object, in the order in which they are made; `became` says by id what became of them."""
    views = _Views(plan, rules, became or {})
    out: list[tuple[str, list[CallView]]] = []
    for call in plan.calls:
        if not out or out[-1][0] != call.resource:
            out.append((call.resource, []))
        out[-1][1].append(views.view(call))
    return tuple(ResourceGroup(name, tuple(calls)) for name, calls in out)


def anchors(plan: Plan) -> dict[str, str]:
    """A name for each call that can stand in an address; the same call has the same name from plan to plan."""
    out: dict[str, str] = {}
    taken: set[str] = set()
    for call in plan.calls:
        name = first = "call-" + re.sub(r"[^A-Za-z0-9_]+", "-", call.id)
        number = 1
        while name in taken:
            number += 1
            name = f"{first}-{number}"
        taken.add(name)
        out[call.id] = name
    return out


class _Views:
    """Makes views of calls, knowing the other calls of the plan."""

    def __init__(self, plan: Plan, rules: RuleText, became: Mapping[str, Became]) -> None:
        self.plan = plan
        self.became = became
        self.rules = rules
        self.names = Names(plan)
        self.anchors = anchors(plan)
        self.titles = {each.id: each.title for each in plan.calls}
        self.many = len(plan.calls) > _MANY

    def view(self, call: Call) -> CallView:
        kind = kind_of(call.action)
        meanings = Meanings.of(call, self.plan)
        phases = phases_of(call, self.plan)
        return CallView(
            id=call.id,
            anchor=self.anchors[call.id],
            sign=_SIGNS[kind],
            kind=kind,
            action=call.action.replace("_", " "),
            title=call.title,
            fact=_fact(call, phases, meanings.currency),
            method=call.method,
            path=call.path.template if isinstance(call.path, CallPath) else call.path,
            target=self.link(call.target) if call.target else None,
            source=str(call.source) if call.source else "",
            groups=tuple(self.groups(call, call.params, "", "", 0, meanings, {each.pointer: each for each in phases})),
            stores=tuple(WriteBackView(stored(each.value), f"{each.record}.{each.field}") for each in call.store),
            omitted=tuple(self.omission(call, pointer, why) for pointer, why in call.omitted.items()),
            after=tuple(self.link(Ref(each, "")) for each in call.depends_on),
            key=call.idempotency_key,
            opened=not self.many or call.resource not in _UNOPENED,
            became=self.became.get(call.id),
        )

    def groups(
        self,
        call: Call,
        params: Mapping[str, Any],
        pointer: str,
        label: str,
        depth: int,
        meanings: Meanings,
        phases: Mapping[str, SentPhase],
    ) -> Iterator[Group]:
        """The parameters of an object, then those of the elements of its lists."""
        rows = tuple(self.row(call, at, value, pointer, meanings) for at, value in leaves(params, pointer, lists=False))
        yield Group(label, tuple(self.notes(params, phases.get(pointer))), depth, rows)
        for at, elements in object_lists(params, pointer):
            for index, element in enumerate(elements):
                name = f"{label}{'.' if label else ''}{dotted(at[len(pointer) :])}[{index}]"
                yield from self.groups(call, element, f"{at}/{index}", name, depth + 1, meanings, phases)

    def notes(self, params: Mapping[str, Any], phase: SentPhase | None) -> Iterator[str]:
        """What an element is about: the days of a phase, the product of an item."""
        if phase is not None and phase.start is not None and phase.end is not None:
            yield stretch_words(phase.start, phase.end)
        price = params.get("price")
        if isinstance(price, Ref):
            yield self.names.product(price.call)
            yield self.names.cost(price.call)

    def row(self, call: Call, pointer: str, value: Any, base: str, meanings: Meanings) -> ParameterRow:
        """One parameter with where it comes from."""
        found = call.origin(pointer)
        return ParameterRow(
            name=dotted(pointer[len(base) :]),
            text="" if isinstance(value, Ref | Hidden) else _text(value),
            meant=meanings.words(pointer, value, instant_words),
            reference=self.link(value) if isinstance(value, Ref) else None,
            digest=digest_start(value) if isinstance(value, Hidden) else "",
            source=_source(found),
            how=found.how if found else "",
            steps=tuple(chain(found, self.rules)) if found else (),
            untaken=self.untaken(call, pointer),
        )

    def link(self, value: Ref) -> Link:
        text = f"{value.call}.{value.field}" if value.field else value.call
        return Link(self.anchors.get(value.call, ""), text, self.titles.get(value.call, ""))

    def omission(self, call: Call, pointer: str, why: str) -> Omission:
        return Omission(dotted(pointer), why, self.untaken(call, pointer))

    def untaken(self, call: Call, pointer: str) -> tuple[tuple[str, str], ...]:
        others = call.alternatives.get(pointer, ())
        return tuple((self.rules.described(each.rule), each.why) for each in others)


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _source(found: Provenance | None) -> str:
    """Where a value comes from, in the fewest words: fields without their records, which the folded part names."""
    if found is None:
        return ""
    if found.source:
        words = ", ".join(dict.fromkeys(re.sub(r"\([^)]*\)", "", found.source).split(", ")))
    elif found.model:
        words = found.model
    else:
        via = [each for each in found.via if each not in _UNSAID]
        return {"setting": " ".join(via) or "a setting", "default": "a default"}.get(found.how, "the rules")
    return f"default, {words}" if found.how == "default" else words


def _fact(call: Call, phases: tuple[SentPhase, ...], currency: str | None) -> str:
    """The one thing to know of a call."""
    params = call.params
    if call.resource == "price" and call.action == "create":
        return price_words(params)
    if call.resource == "coupon":
        off = params.get("percent_off")
        amount = params.get("amount_off")
        words = (
            f"{off} % off"
            if off is not None
            else f"{money(amount, currency)} off"
            if amount is not None and currency
            else ""
        )
        return f"{words} {params.get('duration', '')}".strip()
    if phases and phases[0].start is not None and phases[-1].end is not None:
        return f"{len(phases)} phase{'s' if len(phases) > 1 else ''}, {stretch_words(phases[0].start, phases[-1].end)}"
    if isinstance(params.get("quantity"), int):
        return f"quantity {params['quantity']:,}"
    return ""
