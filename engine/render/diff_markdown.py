"""The differences between plans as Markdown, short enough for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..diff import GRAVEST, CallDifference, ChangeClass, Difference, OrderDifference, PlanDiff
from .diff import money_words, name_of, order_title, sentence, summary_lines
from .parameters import money, one_line

MOST_ORDERS = 40
"""Orders whose billing is shown in full; the sentence above counts them all."""

MOST_ROWS = 60
"""Rows of one table."""

_LONGEST = 120


def render_diff_markdown(diff: PlanDiff) -> str:
    """The Markdown view: the summary, a table of the orders whose billing changes with their details, the rest by parameter."""
    first, *more = summary_lines(diff)
    lines = [f"**{first[0].upper()}{first[1:]}**", ""]
    if more:
        lines += [*(f"- {_plain(each)}" for each in more), ""]
    billing = diff.altering(ChangeClass.BILLING)
    if billing:
        lines += [*_orders_table(billing), ""]
        for order in billing[:MOST_ORDERS]:
            lines += [*_order_details(order), ""]
    rest = _tally(diff)
    if rest:
        lines += ["<details><summary>Identity and metadata, by parameter</summary>", "", *rest, "", "</details>", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _orders_table(orders: tuple[OrderDifference, ...]) -> Iterator[str]:
    yield "| order | billing | identity | metadata | forecast |"
    yield "|---|--:|--:|--:|--:|"
    for order in orders[:MOST_ROWS]:
        counts = [sum(each.kind is kind for call in order.calls for each in call.differences) for kind in GRAVEST]
        amount = (
            f"{'+' if order.money.change > 0 else ''}{money(order.money.change, order.money.currency)}"
            if order.money
            else ""
        )
        yield f"| {_code(order.name)} | {' | '.join(str(each or '') for each in counts)} | {amount} |"
    if len(orders) > MOST_ROWS:
        yield ""
        yield f"… and {len(orders) - MOST_ROWS} more orders"


def _order_details(order: OrderDifference) -> Iterator[str]:
    amounts = f": {money_words(order.money)}" if order.money and order.money.change else ""
    yield f"<details><summary>{_plain(order_title(order))}{amounts}</summary>"
    yield ""
    for words, errors in (("can no longer be applied", order.errors), ("can be applied now; before", order.mended)):
        for error in errors:
            yield f"- {words}: {_code(one_line(error))}"
    if order.errors or order.mended:
        yield ""
    rows = [(call, each) for call in order.calls for each in call.differences if each.kind is ChangeClass.BILLING]
    if rows:
        yield "| call | parameter | old → new | rule |"
        yield "|---|---|---|---|"
    for call, each in rows[:MOST_ROWS]:
        rule = each.rule or each.old_rule
        name = _code(name_of(each)) + ("" if each.change == "changed" else f" {each.change}")
        yield f"| {_code(call.id)} | {name} | {_code(_value(call, each))} | {_code(rule) if rule else ''} |"
    if len(rows) > MOST_ROWS:
        yield ""
        yield f"… and {len(rows) - MOST_ROWS} more differences"
    yield ""
    yield "</details>"


def _value(call: CallDifference, difference: Difference) -> str:
    title = f"{one_line(call.title)}: " if call.title and not difference.pointer else ""
    return title + sentence(difference)


def _tally(diff: PlanDiff) -> list[str]:
    """What is no billing, counted by parameter: a new prefix of all metadata is a few rows, however many orders there are."""
    found: dict[tuple[int, str, str, str], tuple[set[str], Difference]] = {}
    for order, call, each in diff.differences():
        if each.kind is not ChangeClass.BILLING:
            name = (
                re.sub(r"\[\d+\]", "[]", name_of(each))
                if each.pointer.startswith("/params")
                else re.sub(r"\(.*?\)", "", name_of(each))
            )
            key = (GRAVEST.index(each.kind), call.resource, name, each.change)
            found.setdefault(key, (set(), each))[0].add(order.contract)
    rows = ["| class | parameter | change | orders | for example |", "|---|---|---|--:|---|"]
    ordered: list[tuple[tuple[int, str, str, str], tuple[set[str], Difference]]] = sorted(
        found.items(), key=lambda each: each[0]
    )
    for (kind, resource, name, change), (orders, each) in ordered[:MOST_ROWS]:
        rows.append(
            f"| {GRAVEST[kind]} | {_code(f'{resource} {name}')} | {change} | {len(orders)} | {_code(sentence(each))} |"
        )
    if len(ordered) > MOST_ROWS:
        rows += ["", f"… and {len(ordered) - MOST_ROWS} more parameters"]
    return rows if found else []


_ENTITIES: Mapping[str, str] = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def _plain(text: str) -> str:
    """Text outside code, with nothing in it that Markdown or HTML would take for its own."""
    text = "".join(_ENTITIES.get(each, each) for each in one_line(text))
    return re.sub(r"([\\`*_\[\]|@#])", r"\\\1", text)


def _code(text: str) -> str:
    """One line of text as code in a cell of a table: values of records can neither mention people nor end the cell."""
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    text = text.replace("|", "\\|")
    fence = "`" * (max((len(each) for each in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
