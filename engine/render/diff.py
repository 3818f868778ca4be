"""The differences between plans as text: order by order, gravest class first, old values beside new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..diff import GRAVEST, BilledTotals, CallDifference, ChangeClass, Difference, OrderDifference, PlanDiff
from ..parameters import CallPath, leaves
from ..plan import WriteBack
from ..pointers import dotted
from ..schema import stripe
from .parameters import money, one_line, shown, stored

Paint = Callable[[str, str], str]

_SIGNS = {"added": ("+", "32"), "removed": ("-", "31"), "changed": ("~", "33")}
_NAME_WIDTH = 44
_BRIEF = 4
"""How many figures of a call or an element stand in one line."""

_TELLING = frozenset({"currency", "price", "quantity", "start_date", "end_date", "name"})
"""Parameters that, like amounts, come first where only a few stand."""

_FEW_ERRORS = 3


def render_diff(diff: PlanDiff, *, colour: bool = False, width: int = 120) -> str:
    """The text view of the differences; the last lines sum up."""
    paint: Paint = (lambda style, text: f"\x1b[{style}m{text}\x1b[0m") if colour else (lambda _style, text: text)
    lines: list[str] = []
    for order in diff.differing:
        lines += [*_order_lines(order, paint, width), ""]
    lines += summary_lines(diff)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def summary_lines(diff: PlanDiff) -> list[str]:
    """What a change alters, in how many orders, by how much money; the first line is a sentence of its own."""
    orders = f"{len(diff.orders)} order{'' if len(diff.orders) == 1 else 's'}"
    counts = {each: len(diff.altering(each)) for each in GRAVEST}
    if any(counts.values()):
        more = "".join(
            f", {each} in {count}" for each, count in counts.items() if count and each is not ChangeClass.BILLING
        )
        lines = [f"this change alters billing in {counts[ChangeClass.BILLING]} of {orders}{more}"]
    else:
        lines = [f"this change alters nothing in {orders}"]
    lines += [f"forecast: {money_words(each)}" for each in diff.money]
    for words, found in (
        ("can no longer be applied", [each for each in diff.orders if each.errors]),
        ("can be applied now", [each for each in diff.orders if each.mended and not each.errors]),
        ("is planned on the new side only", [each for each in diff.orders if each.presence == "added"]),
        ("is planned on the old side only", [each for each in diff.orders if each.presence == "removed"]),
    ):
        if found:
            several = words.replace("is planned", "are planned") if len(found) > 1 else words
            lines.append(f"{len(found)} order{'s' if len(found) > 1 else ''} {several}")
    if diff.unplanned:
        count = len(diff.unplanned)
        lines.append(
            f"{count} bundle{'s' if count > 1 else ''} could not be planned on either side: {', '.join(diff.unplanned)}"
        )
    return lines


def money_words(amounts: BilledTotals) -> str:
    """`1,200.00 USD -> 1,500.00 USD (+300.00 USD)`, or the one amount where nothing changes."""
    old, new, change = (money(each, amounts.currency) for each in (amounts.old, amounts.new, amounts.change))
    return f"{old} -> {new} ({'+' if amounts.change > 0 else ''}{change})" if amounts.change else f"{old}, as before"


def order_title(order: OrderDifference) -> str:
    """The initial order with the number of its amendments."""
    more = len(order.order_ids) - 1
    amendments = f", with {more} amendment{'s' if more > 1 else ''}" if more else ""
    return f"Order {order.name}{amendments}"


def name_of(difference: Difference) -> str:
    """What differs, as people write it: `phases[0].items[1].quantity`."""
    pointer = difference.pointer
    if pointer.startswith("/params/"):
        return one_line(dotted(pointer.removeprefix("/params")))
    if pointer.startswith("/store/"):
        place = difference.new or difference.old
        return one_line(f"store in {place.record}.{place.field}")
    return {"": "the call", "/depends_on": "comes after"}.get(pointer, pointer[1:])


def value_words(value: Any) -> str:
    """A value on one line: a leaf as it is, an object or a call by its first figures."""
    return stored(value.value) if isinstance(value, WriteBack) else brief(value)


def brief(value: Any) -> str:
    """A value on one line: what it refers to, or its first figures."""
    if value is None:
        return "nothing"
    if isinstance(value, CallPath):
        return value.template.replace("{id}", f"{{{shown(value.id)}}}")
    if isinstance(value, dict):
        found = [(pointer, each) for pointer, each in leaves(value, "") if "/metadata/" not in pointer]
        telling = _TELLING | stripe.load(stripe.versions()[-1]).amounts
        found.sort(key=lambda each: each[0].rpartition("/")[2] not in telling)
        parts = [f"{dotted(pointer)} {shown(each)}" for pointer, each in found]
        more = len(parts) - _BRIEF
        return ", ".join(parts[:_BRIEF]) + (f", and {more} more" if more > 0 else "") or "nothing"
    if isinstance(value, list):
        return ", ".join(brief(each) for each in value) or "nothing"
    return shown(value)


def sentence(difference: Difference) -> str:
    """`old -> new`, or the one value that there is."""
    old, new = (value_words(each) for each in (difference.old, difference.new))
    words = {"added": new, "removed": old}.get(difference.change, f"{old} -> {new}")
    figures = "; ".join(f"{name_of(each)} {sentence(each)}" for each in difference.figures)
    words += f" ({figures})" if figures else ""
    return f"{words} (cannot be compared)" if difference.uncertain else words


def _order_lines(order: OrderDifference, paint: Paint, width: int) -> Iterator[str]:
    presence = {"added": ": planned on the new side only", "removed": ": planned on the old side only"}.get(
        order.presence, ""
    )
    amounts = f": {money_words(order.money)}" if order.money and order.money.change else ""
    yield paint("1", order_title(order)) + (presence or amounts)
    for words, errors in (("can no longer be applied", order.errors), ("can be applied now; before", order.mended)):
        for each in errors[:_FEW_ERRORS]:
            yield f"  {paint('31', words)}: {one_line(each)}"
        if len(errors) > _FEW_ERRORS:
            yield f"  … and {len(errors) - _FEW_ERRORS} more errors"
    for kind in GRAVEST:
        calls = [(call, [each for each in call.differences if each.kind is kind]) for call in order.calls]
        if any(found for _, found in calls):
            yield f"  {paint('1', str(kind))}"
        for call, found in calls:
            if found:
                yield from _call_lines(call, found, paint, width)


def _call_lines(call: CallDifference, found: list[Difference], paint: Paint, width: int) -> Iterator[str]:
    whole = next((each for each in found if not each.pointer), None)
    sign, tint = _SIGNS[whole.change if whole else "changed"]
    title = f"  {paint('2', one_line(call.title))}" if call.title else ""
    words = {
        "created": " is made",
        "removed": " is not made any more",
        "reused": " is used again",
        "recreated": " is made again",
    }
    change = words.get(call.change, "") if whole else ""
    head = f"    {paint(tint, sign)} {call.id}{title}{change}"
    if whole:
        rule = whole.rule or whole.old_rule
        head += f": {sentence(whole)}" + (f"  {paint('2', rule)}" if rule else "")
    yield head
    rows = [(each, name_of(each), sentence(each), each.rule or each.old_rule or "") for each in found if each.pointer]
    name_width = min(max((len(name) for _, name, _, _ in rows), default=0), _NAME_WIDTH)
    for each, name, value, rule in rows:
        sign, tint = _SIGNS[each.change]
        line = f"        {sign} {name.ljust(name_width)}  {value}"
        shown_line = f"        {paint(tint, sign)} {line[10:]}"
        if rule and len(line) + 2 + len(rule) > width:
            yield shown_line
            yield f"{' ' * (name_width + 12)}{paint('2', rule)}"
        else:
            yield f"{shown_line}  {paint('2', rule)}" if rule else shown_line
