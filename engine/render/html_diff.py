"""The differences of plans as one HTML page, in the style of the page of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..diff import GRAVEST, CallDifference, Difference, OrderDifference, PlanDiff
from .diff import money_words, name_of, order_title, summary_lines, value_words
from .html import page

_SIGNS = {"added": "+", "removed": "−", "changed": "~"}
_KINDS = {"added": "create", "removed": "cancel", "changed": "update"}
_CALLS = {
    "created": "is made",
    "removed": "is not made any more",
    "reused": "is used again instead of being made",
    "recreated": "is made instead of being used again",
    "changed": "",
}


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One difference: `old` and `new` are empty where there is none."""

    sign: str
    kind: str
    change: str
    name: str
    old: str
    new: str
    rule: str
    figures: tuple[ChangeView, ...]
    uncertain: bool


@dataclass(frozen=True, slots=True)
class DifferingCallView:
    """A call with its differences of one class."""

    id: str
    title: str
    words: str
    rows: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class ClassView:
    """The differences of one class in one order."""

    name: str
    calls: tuple[DifferingCallView, ...]


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order that differs."""

    anchor: str
    title: str
    note: str
    money: str
    errors: tuple[str, ...]
    mended: tuple[str, ...]
    classes: tuple[ClassView, ...]
    opened: bool


def render_diff_html(diff: PlanDiff) -> str:
    """The page of some differences: what they amount to, then order by order, gravest class first."""
    counts = tuple((str(each), len(diff.altering(each))) for each in GRAVEST)
    first, *rest = summary_lines(diff)
    rest = rest[len(diff.money) :]  # the money stands among the figures
    return page(
        "diff.html.j2",
        summary=f"{first[0].upper()}{first[1:]}.",
        rest=rest,
        counts=counts,
        total=len(diff.orders),
        money=tuple((each.currency.upper(), money_words(each), bool(each.change)) for each in diff.money),
        orders=tuple(_orders(diff)),
    )


_MANY = 12
"""Above so many orders, only those that differ in billing are open."""


def _orders(diff: PlanDiff) -> Iterator[OrderView]:
    many = len(diff.differing) > _MANY
    for number, order in enumerate(diff.differing, 1):
        presence = {"added": "planned on the new side only", "removed": "planned on the old side only"}.get(
            order.presence, ""
        )
        yield OrderView(
            anchor=f"order-{number}",
            title=order_title(order),
            note=presence,
            money=money_words(order.money) if order.money else "",
            errors=order.errors,
            mended=order.mended,
            classes=tuple(_classes(order)),
            opened=not many or GRAVEST[0] in order.classes,
        )


def _classes(order: OrderDifference) -> Iterator[ClassView]:
    for kind in GRAVEST:
        found = ((call, [each for each in call.differences if each.kind is kind]) for call in order.calls)
        calls = tuple(_call(call, differences) for call, differences in found if differences)
        if calls:
            yield ClassView(str(kind), calls)


def _call(call: CallDifference, differences: list[Difference]) -> DifferingCallView:
    whole = any(not each.pointer for each in differences)
    return DifferingCallView(
        call.id, call.title, _CALLS.get(call.change, "") if whole else "", tuple(_change(each) for each in differences)
    )


def _change(each: Difference) -> ChangeView:
    return ChangeView(
        sign=_SIGNS[each.change],
        kind=_KINDS[each.change],
        change=each.change,
        name=name_of(each),
        old="" if each.change == "added" else value_words(each.old),
        new="" if each.change == "removed" else value_words(each.new),
        rule=each.rule or each.old_rule or "",
        figures=tuple(_change(one) for one in each.figures),
        uncertain=each.uncertain,
    )
