"""A plan document as text for people: calls by resource, parameters aligned, where each value came from on the right."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Severity
from ..forecast import ForecastedPlan
from ..parameters import Ref, leaves, object_lists
from ..plan import Call, ContractSummary, Plan, kind_of
from ..pointers import dotted
from .days import stamp_words
from .forecast import render_forecast
from .meaning import Meanings
from .parameters import one_line, reference, shown, stored, trail
from .phases import phase_periods

_SIGNS = {"create": ("+", "32"), "update": ("~", "33"), "cancel": ("-", "31")}
_WIDE = 100
"""From so many columns on there is room for three."""

_COLUMNS = {True: (40, 30), False: (28, 18)}
"""Widths of names and values, in a wide view and in another: they stay narrow for the many, and what is longer sticks out."""

_INDENT = 6
_LEAST = 24
"""With fewer columns than this left, a text stands on a line of its own."""

Paint = Callable[[str, str], str]


def render_plan(view: ForecastedPlan, *, colour: bool = False, width: int | None = None) -> str:
    """The text view of a plan; the last line sums up. Without a `width`, no line is broken."""
    paint: Paint = (lambda style, text: f"\x1b[{style}m{text}\x1b[0m") if colour else (lambda _style, text: text)
    lines: list[str] = []
    plan = view.plan
    for contract in plan.contracts:
        lines += [paint("1", line) for line in _broken(_contract_line(contract), width, "  ")] + [""]
    shown_resource: str | None = None
    periods = phase_periods(plan)
    titles = {each.id: each.title for each in plan.calls}
    for call in plan.calls:
        if call.resource != shown_resource:
            shown_resource = call.resource
            lines += [paint("1", shown_resource)]
        text = _CallText(call, paint, width, Meanings.of(call, plan), titles, periods.get(call.id, {}))
        lines += [*text.lines(), ""]
    lines += _reused(plan, paint)
    lines += _skipped(plan, width)
    lines += render_forecast(view, paint, width)
    lines += holding_lines(plan, width)
    lines.append(summary_line(view))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def holding_lines(plan: Plan, width: int | None) -> list[str]:
    """Until when the plan holds, and what happens then; nothing where no moment ends it."""
    if not plan.holds_until or not plan.sound:
        return []
    return _broken(f"Holds until {stamp_words(plan.holds_until)}: {plan.holds_because}", width, "  ")


def summary_line(view: ForecastedPlan) -> str:
    """The last line: `Plan: 4 to create, 0 to update, 0 to cancel. 1 warning.`, without the quotes."""
    counts = view.plan.summary
    words = f"{'Preview' if view.plan.preview else 'Plan'}: {counts['create']} to create, {counts['update']} to update, {counts['cancel']} to cancel."
    severities = [each.severity for each in view.diagnostics]
    tallies = [(name, severities.count(name)) for name in Severity]
    said = ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for name, count in tallies if count)
    return f"{words} {said}." if said else words


def _contract_line(contract: ContractSummary) -> str:
    kind = contract.kind.replace("_", "-")
    span = f", from {contract.start}" if contract.start else ""
    if contract.start and contract.end:
        span = f", {contract.start} to {contract.end}"
    orders = contract.order_ids
    more = f", with {len(orders) - 1} amendment{'s' if len(orders) > 2 else ''}" if len(orders) > 1 else ""  # noqa: PLR2004
    return f"Order {orders[0]}: {kind} contract in {contract.currency.upper()}{span}{more}"


@dataclass(frozen=True, slots=True)
class _CallText:
    """One call on the way to text. `titles` names other calls for people, `periods` the phases of this one."""

    call: Call
    paint: Paint
    width: int | None
    meanings: Meanings
    titles: Mapping[str, str]
    periods: Mapping[str, str]

    def lines(self) -> list[str]:
        call = self.call
        lines = [*self.head(), *self.group(call.params, "", _INDENT, self.own_record())]
        pad = " " * _INDENT
        for each in call.store:
            # A record stands by its object alone where its id stands in the heading.
            record = each.object if each.record == self.own_record() else each.record
            text = f"{stored(each.value)} in {record}.{each.field}"
            lines += [f"{pad}{self.paint('36', 'store')} {line}" for line in _broken(text, self.width, "", _INDENT + 6)]
        return lines

    def head(self) -> list[str]:
        call = self.call
        sign, tint = _SIGNS[kind_of(call.action)]
        target = call.target
        notes = [one_line(call.title)] if call.title else []
        if call.source and call.source.id not in call.id:
            notes.append(str(call.source))
        words = f"{sign} {call.action}"
        lines = [f"  {self.paint(tint, words)} {call.id}"]
        used = 2 + len(words) + 1 + len(call.id)
        for part, style, gap in ((f"of {reference(target)}" if target else "", "", " "), (", ".join(notes), "2", "  ")):
            if part and self.fits(used + len(gap) + len(part)):
                lines[-1] += gap + (self.paint(style, part) if style else part)
                used += len(gap) + len(part)
            elif part:
                broken = _broken(part, self.width, "  ", _INDENT)
                lines += [" " * _INDENT + (self.paint(style, each) if style else each) for each in broken]
                used = _INDENT + len(broken[-1])
        return lines

    def own_record(self) -> str:
        """The record that the call is made of, as sources name it."""
        return str(self.call.source) if self.call.source else ""

    def fits(self, columns: int) -> bool:
        return self.width is None or columns <= self.width

    def group(self, params: Mapping[str, Any], pointer: str, indent: int, near: str) -> list[str]:
        """The parameters of one object: its own in aligned columns, then each element of its lists as a group of its own."""
        rows = list(self.rows(params, pointer, near))
        most_name, most_value = _COLUMNS[self.fits(_WIDE)]
        name_width = min(max((len(name) for name, _, _ in rows), default=0), most_name)
        value_width = min(max((len(value) for _, value, _ in rows), default=0), most_value)
        lines = [line for row in rows for line in self.row(row, indent, name_width, value_width)]
        pad = " " * indent
        for at, elements in object_lists(params, pointer):
            for index, element in enumerate(elements):
                inside = f"{at}/{index}"
                record = self.common_record(element, inside) or near
                notes = [self.periods.get(inside, ""), self.product(element), record if record != near else ""]
                said = "  ".join(each for each in notes if each)
                name = f"{dotted(at[len(pointer) :])}[{index}]"
                if said and not self.fits(indent + len(name) + 2 + len(said)):
                    lines += [f"{pad}{name}", f"{pad}  {self.paint('2', said)}"]
                else:
                    lines.append(f"{pad}{name}" + (f"  {self.paint('2', said)}" if said else ""))
                lines += self.group(element, inside, indent + 2, record)
        return lines

    def rows(self, params: Mapping[str, Any], pointer: str, near: str) -> Iterator[tuple[str, str, str]]:
        """Name, value and source of each parameter of one object."""
        for at, value in leaves(params, pointer, lists=False):
            meant = self.meanings.words(at, value)
            said = f"{shown(value)} ({meant})" if meant else shown(value)
            yield dotted(at[len(pointer) :]), said, _nearer(trail(self.call.origin(at)), near)

    def row(self, row: tuple[str, str, str], indent: int, name_width: int, value_width: int) -> list[str]:
        """One parameter on one line; on more where the terminal is too narrow."""
        name, value, source = row
        pad = " " * indent
        column = indent + max(len(name), name_width) + 2
        padded = f"{pad}{name.ljust(name_width)}  {value.ljust(value_width)}"
        if not source and self.fits(column + len(value)):
            return [padded.rstrip()]
        if source and self.fits(column + len(value) + 2 + len(source)):
            at = len(padded) + 2 if self.width is None else min(len(padded) + 2, self.width - len(source))
            return [f"{padded.rstrip().ljust(at)}{self.paint('2', source)}"]
        lines = self.value(name, value, indent, column)
        if not source:
            return lines
        if self.fits(len(lines[-1]) + 2 + len(source)) and len(lines) > 1:
            return [*lines[:-1], f"{lines[-1]}  {self.paint('2', source)}"]
        at = indent + 4 if self.width is not None and self.width - column < _LEAST else column
        return lines + [" " * at + self.paint("2", each) for each in _broken(source, self.width, "  ", at)]

    def value(self, name: str, value: str, indent: int, column: int) -> list[str]:
        """Name and value, on more than one line where one is too short: whole below the name, or broken beside it."""
        pad = " " * indent
        if self.fits(column + len(value)):
            return [f"{(pad + name).ljust(column)}{value}"]
        if self.width is not None and self.width - column >= _LEAST and " " in value.removeprefix("← "):
            first, *rest = _broken(value, self.width, "", column)
            return [f"{(pad + name).ljust(column)}{first}", *(" " * column + each for each in rest)]
        return [f"{pad}{name}", *(f"{pad}    {each}" for each in _broken(value, self.width, "", indent + 4))]

    def common_record(self, element: Mapping[str, Any], pointer: str) -> str:
        """The record that all of an element's own parameters come from, when there is just one."""
        trails = self.call.provenance
        named = {
            each.partition(")")[0] + ")"
            for at, _ in leaves(element, pointer, lists=False)
            if (found := trails.get(at)) and found.source
            for each in found.source.split(", ")
            if "(" in each
        }
        return next(iter(named)) if len(named) == 1 else ""

    def product(self, element: Mapping[str, Any]) -> str:
        """What people call the price that an item refers to."""
        price = element.get("price")
        return one_line(self.titles.get(price.call, "")) if isinstance(price, Ref) else ""


def _nearer(source: str, near: str) -> str:
    """A source without the record that stands in the heading above it: `Account(001…).Name` is `Account.Name`."""
    if not near:
        return source
    return source.replace(f" of {near}", "").replace(near, near.partition("(")[0])


def _broken(text: str, width: int | None, indent: str, column: int = 0) -> list[str]:
    """A text in lines that fit beside `column`; words stay whole where they can."""
    if width is None or column + len(text) <= width:
        return [text]
    room = max(width - column, _LEAST)
    return textwrap.wrap(text, room, subsequent_indent=indent, break_on_hyphens=False, replace_whitespace=False) or [""]


def _reused(plan: Plan, paint: Paint) -> list[str]:
    rows = [
        f"  {paint('34', '=')} reuse {each.resource} {one_line(each.id)}"
        + (f"  {paint('2', str(each.source))}" if each.source else "")
        for each in plan.reused
    ]
    return [*rows, ""] if rows else []


def _skipped(plan: Plan, width: int | None) -> list[str]:
    said = [f"skipped {each.source}: {each.reason}" for each in plan.skipped]
    rows = [f"  {line}" for each in said for line in _broken(each, width, "  ", 2)]
    return [*rows, ""] if rows else []
