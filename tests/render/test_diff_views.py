"""Differences for people: as text, and as Markdown for a pull request."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from orderplan.engine.diff import BilledTotals, CallDifference, ChangeClass, Difference, OrderDifference, PlanDiff
from orderplan.engine.parameters import CallPath, Ref
from orderplan.engine.render.diff import brief, money_words, render_diff, summary_lines
from orderplan.engine.render.diff_markdown import MOST_ORDERS, render_diff_markdown

AMOUNT = Difference(
    ChangeClass.BILLING,
    "changed",
    "/params/unit_amount_decimal",
    "1000",
    "1200",
    "acme.rules:7:3",
    "rules/cpq.rules:172:3",
)
NAME = Difference(ChangeClass.IDENTITY, "changed", "/params/name", "Acme", "ACME", "acme.rules:4:3")
REMARK = Difference(ChangeClass.METADATA, "added", "/params/metadata/region", None, "west", "acme.rules:5:3")


def _call(
    *differences: Difference, name: str = "price/01u", change: str = "changed", title: str = "Seat"
) -> CallDifference:
    return CallDifference(name, name.partition("/")[0], "create", change, title, differences)


def _order(*calls: CallDifference, number: int = 1, **more: Any) -> OrderDifference:
    order = f"801W0000000000{number}IAA"
    return OrderDifference(order, (order,), "both", calls, **more)


def _text(*orders: OrderDifference, **more: Any) -> str:
    return render_diff(PlanDiff(orders), **more)


def test_the_summary_is_one_sentence() -> None:
    """How many orders of how many; classes that do not occur are not named."""
    orders = (_order(_call(AMOUNT)), _order(_call(REMARK), number=2), _order(number=3))
    assert summary_lines(PlanDiff(orders)) == ["this change alters billing in 1 of 3 orders, metadata in 1"]
    assert summary_lines(PlanDiff(orders[1:])) == ["this change alters billing in 0 of 2 orders, metadata in 1"]
    assert summary_lines(PlanDiff(orders[2:])) == ["this change alters nothing in 1 order"]


def test_old_and_new_value_stand_beside_the_rule() -> None:
    """One line has what a reviewer needs."""
    assert "~ unit_amount_decimal  1000 -> 1200  acme.rules:7:3" in _text(_order(_call(AMOUNT)))


def test_classes_come_gravest_first() -> None:
    """Billing before identity before metadata, whatever the order of the calls."""
    text = _text(_order(_call(REMARK), _call(NAME, name="customer/001"), _call(AMOUNT, name="price/01v")))
    assert [text.index(f"\n  {each}\n") for each in ("billing", "identity", "metadata")] == sorted(
        text.index(f"\n  {each}\n") for each in ("billing", "identity", "metadata")
    )


def test_the_rule_moves_to_a_line_of_its_own_when_there_is_no_room() -> None:
    """Narrow terminals show the values first."""
    lines = _text(_order(_call(AMOUNT)), width=40).splitlines()
    at = next(number for number, line in enumerate(lines) if "1000 -> 1200" in line)
    assert lines[at].endswith("1200")
    assert lines[at + 1].strip() == "acme.rules:7:3"


def test_orders_without_a_difference_are_not_listed() -> None:
    """They are in the count alone."""
    assert "801W00000000002IAA" not in _text(_order(_call(AMOUNT)), _order(number=2))


def test_money_stands_in_major_units() -> None:
    """Per order and in all, with the currency's decimals."""
    text = _text(
        _order(_call(AMOUNT), money=BilledTotals("usd", 120000, 150000)),
        _order(_call(AMOUNT), number=2, money=BilledTotals("jpy", 900, 600)),
    )
    assert "Order 801W00000000001IAA: 1,200.00 USD -> 1,500.00 USD (+300.00 USD)" in text
    assert "forecast: 900 JPY -> 600 JPY (−300 JPY)" in text


def test_money_that_stays_is_said_once() -> None:
    """No arrow between equal amounts."""
    assert money_words(BilledTotals("usd", 100, 100)) == "1.00 USD, as before"


def test_a_call_that_is_made_shows_its_first_figures() -> None:
    """What it bills comes before the rest."""
    made = Difference(
        ChangeClass.IDENTITY,
        "added",
        "",
        None,
        {"product": "p", "active": True, "unit_amount_decimal": "5", "currency": "eur"},
    )
    assert "+ price/01u  Seat is made: unit_amount_decimal 5, currency eur, product p, active true" in _text(
        _order(_call(made, change="created"))
    )


def test_a_difference_of_references_shows_what_the_objects_bill() -> None:
    """Two call ids say nothing about money."""
    references = [Ref(f"price/{each}") for each in "ab"]
    difference = Difference(ChangeClass.BILLING, "changed", "/params/items/0/price", *references, figures=(AMOUNT,))
    assert "items[0].price  ← price/a.id -> ← price/b.id (unit_amount_decimal 1000 -> 1200)" in _text(
        _order(_call(difference))
    )


def test_errors_of_the_new_side_come_first() -> None:
    """An order that cannot be applied any more needs no list of parameters to be noticed."""
    text = _text(replace(_order(_call(AMOUNT)), errors=("E509: lines are billed in different cycles",)))
    assert text.index("can no longer be applied: E509") < text.index("billing\n")
    assert text.endswith("1 order can no longer be applied\n")


def test_colours_are_asked_for() -> None:
    """Plain text has no escape sequence."""
    order = _order(_call(AMOUNT))
    assert "\x1b[" not in _text(order)
    assert "\x1b[" in _text(order, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", _text(order, colour=True)) == _text(order)


def test_no_value_can_move_the_cursor() -> None:
    """Values of records are shown on one line, control characters as escapes."""
    evil = replace(NAME, new="a\x1b[2Jb\nc")
    assert "a\\u001b[2Jb\\nc" in _text(_order(_call(evil, title="x\x1b[1m")))
    assert "\x1b" not in _text(_order(_call(evil, title="x\x1b[1m")))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ({}, "nothing"),
        ([], "nothing"),
        (True, "true"),
        (["de", "en"], "de, en"),
        (Ref("price/a"), "← price/a.id"),
        (
            CallPath("/v1/prices/{id}", Ref("price/a")),
            "/v1/prices/{← price/a.id}",
        ),
        ({"quantity": 2, "metadata": {"a": "b"}}, "quantity 2"),
        ({str(number): number for number in range(6)}, "0 0, 1 1, 2 2, 3 3, and 2 more"),
    ],
)
def test_a_value_fits_on_one_line(value: Any, words: str) -> None:
    """Objects are shown by their first figures, without metadata."""
    assert brief(value).replace("[0]", "0").replace("[1]", "1").replace("[2]", "2").replace("[3]", "3") == words


# --- markdown ---


def test_markdown_starts_with_the_sentence() -> None:
    """A reader of the pull request sees it without unfolding anything."""
    assert render_diff_markdown(PlanDiff((_order(_call(AMOUNT)),))).startswith(
        "**This change alters billing in 1 of 1 order**\n"
    )


def test_markdown_lists_billing_by_order() -> None:
    """Each difference with its call, values and rule."""
    text = render_diff_markdown(PlanDiff((_order(_call(AMOUNT)),)))
    assert "| `price/01u` | `unit_amount_decimal` | `1000 -> 1200` | `acme.rules:7:3` |" in text


def test_markdown_counts_the_rest_by_parameter() -> None:
    """The same metadata in a hundred orders is one row."""
    orders = tuple(
        _order(_call(replace(REMARK, pointer=f"/params/phases/{number}/metadata/region")), number=number)
        for number in range(9)
    )
    rows = [line for line in render_diff_markdown(PlanDiff(orders)).splitlines() if "metadata.region" in line]
    assert rows == ["| metadata | `price phases[].metadata.region` | added | 9 | `west` |"]


def test_markdown_of_many_orders_stays_short() -> None:
    """A comment has at most 65,536 characters."""
    orders = tuple(_order(*[_call(replace(AMOUNT, new="9" * 400))] * 3, number=number) for number in range(400))
    text = render_diff_markdown(PlanDiff(orders))
    assert text.count("<details>") == MOST_ORDERS
    assert "… and 340 more orders" in text
    assert len(text) < 65_536


def test_markdown_keeps_values_in_code() -> None:
    """A customer's name can neither mention people, nor end a cell, nor open a tag."""
    evil = replace(AMOUNT, new="`@all` | <b>")
    text = render_diff_markdown(PlanDiff((_order(_call(evil)),)))
    assert "| ``1000 -> `@all` \\| <b>`` |" in text


def test_markdown_of_nothing_is_the_sentence() -> None:
    """No empty tables."""
    assert render_diff_markdown(PlanDiff((_order(),))) == "**This change alters nothing in 1 order**\n"
