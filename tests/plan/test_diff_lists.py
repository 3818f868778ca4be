"""Which elements of two lists belong together."""

from __future__ import annotations

from typing import Any

from orderplan.engine.diff.matching import matched


def _item(line: str | None, price: str = "p", quantity: int = 1, **marks: str) -> dict[str, Any]:
    metadata = ({"salesforce_order_item_id": line} if line else {}) | {
        f"salesforce_{name}": value for name, value in marks.items()
    }
    return {"price": price, "quantity": quantity} | ({"metadata": metadata} if metadata else {})


def test_phases_are_matched_by_their_start() -> None:
    """A phase that is put between two others has no counterpart."""
    old = [{"end_date": 10}, {"end_date": 30}]
    new = [{"end_date": 10}, {"end_date": 20, "trial": True}, {"end_date": 30}]
    assert matched("phases", old, new, (0, 0)) == [(0, 0), (1, 1), (None, 2)] or matched(
        "phases", old, new, (0, 0)
    ) == [(0, 0), (None, 1), (1, 2)]


def test_phases_that_all_moved_are_matched_by_their_place() -> None:
    """A contract that starts a month later has the same phases."""
    old = [{"start_date": 0, "end_date": 10}, {"start_date": 10, "end_date": 20}]
    new = [{"start_date": 1, "end_date": 11}, {"start_date": 11, "end_date": 21}]
    assert matched("phases", old, new) == [(0, 0), (1, 1)]


def test_a_start_that_an_answer_tells_is_a_start_too() -> None:
    """`now` and references are compared as they stand."""
    reference = {"$ref": {"call": "subscription_schedule/a", "field": "current_phase.start_date"}}
    old = [{"start_date": reference, "end_date": "now"}, {"start_date": "now", "end_date": 30}]
    new = [{"start_date": "now", "end_date": 40}]
    assert matched("phases", old, new) == [(0, None), (1, 0)]


def test_items_of_one_line_are_told_apart_by_price_then_by_marks() -> None:
    """A line's proration and its credit are two items."""
    old = [_item("a", "p1", proration="true"), _item("a", "p2", credit="true")]
    new = [_item("a", "p3", credit="true"), _item("a", "p1", quantity=2, proration="true")]
    assert matched("add_invoice_items", old, new) == [(1, 0), (0, 1)]


def test_items_without_an_order_line_are_matched_by_price_then_by_place() -> None:
    """Rules may leave the metadata out."""
    old = [_item(None, "p1"), _item(None, "p2")]
    new = [_item(None, "p2", 5), _item(None, "p9")]
    assert matched("items", old, new) == [(1, 0), (0, 1)]


def test_equal_elements_are_matched_one_to_one() -> None:
    """Twice the same item, then three times: one is new."""
    item = _item("a")
    assert matched("items", [item, item], [item, item, item]) == [(0, 0), (1, 1), (None, 2)]


def test_tiers_are_matched_by_their_bound() -> None:
    """`inf` stays the last one."""
    old = [{"up_to": 10, "unit_amount": 1}, {"up_to": "inf", "unit_amount": 2}]
    new = [{"up_to": 5, "unit_amount": 9}, {"up_to": 10, "unit_amount": 1}, {"up_to": "inf", "unit_amount": 3}]
    assert matched("tiers", old, new) == [(None, 0), (0, 1), (1, 2)]


def test_removed_elements_stand_where_they_stood() -> None:
    """A reader follows the old list."""
    assert matched("items", [_item("a"), _item("b"), _item("c")], [_item("c")]) == [(0, None), (2, 0), (1, None)]
