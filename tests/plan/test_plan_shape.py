"""Saved plans that fit the JSON Schema and still say nothing a reader could follow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orderplan.engine.plan import read_document
from orderplan.engine.plan.shape import MAX_DEPTH
from tests.builders import an_order, seat, setup_fee
from tests.plan.plans import Document, document_of

EMAIL = "override customer { email = contract.order.BillToContact.Email  sensitive }"


def _faults(document: Document) -> list[tuple[str, str | None]]:
    _, faults = read_document(json.dumps(document), "plan.json")
    return [(each.code, each.path) for each in faults if each.is_error]


def _plan(**more: Any) -> Document:
    return document_of(an_order([setup_fee()], start=None, term=None), **more)


def test_a_plan_that_was_made_has_no_faults() -> None:
    """Neither as it is shown, nor as it is saved for apply."""
    for reveal in (False, True):
        assert (
            _faults(document_of(an_order([seat()], contact={"Email": "ines@example.com"}), EMAIL, reveal=reveal)) == []
        )


@pytest.mark.parametrize(
    "mark",
    [
        {"$ref": "price/a"},
        {"$ref": {"call": "price/a"}},
        {"$ref": {"call": 1, "field": "id"}},
        {"$sensitive": None},
        {"$ref": None, "a": 1},
    ],
)
def test_a_mark_that_is_neither_reference_nor_digest_is_named(mark: Document) -> None:
    """With the JSON path of the parameter."""
    document = _plan()
    document["calls"][0]["params"]["address"]["city"] = mark
    assert _faults(document) == [("E708", "$.calls[0].params.address.city")]


def test_a_path_needs_a_reference() -> None:
    """A template is filled with an id."""
    document = _plan()
    call = next(at for at, each in enumerate(document["calls"]) if not isinstance(each["path"], str))
    document["calls"][call]["path"]["id"] = {"call": "x"}
    assert _faults(document) == [("E708", f"$.calls[{call}].path")]


@pytest.mark.parametrize("value", [None, 5, {"$template": "x"}, {"$template": [1]}, {"$ref": {}}])
def test_a_write_back_needs_a_value(value: Any) -> None:
    """A field of the answer, or a text with such fields."""
    document = _plan()
    document["calls"][0]["store"][0]["value"] = value
    assert _faults(document) == [("E708", "$.calls[0].store[0].value")]


def test_a_digest_needs_its_parameter() -> None:
    """A pointer of `redacted` that leads nowhere would leave a value in the open."""
    document = document_of(an_order([seat()], contact={"Email": "ines@example.com"}), EMAIL, reveal=True)
    customer = document["calls"][0]["id"]
    document["redacted"][customer] = {"/emial": "hmac-sha256:0"}
    assert _faults(document) == [("E708", f"$.redacted[{customer!r}]")]


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-03-01T09:30:00", 5])
def test_a_plan_has_a_moment(moment: Any) -> None:
    """With its time zone; a text that is none is no moment."""
    assert [path for _, path in _faults({**_plan(), "as_of": moment})] == ["$.as_of"]


@pytest.mark.parametrize("total", ["much", "NaN", "Infinity", {}, []])
def test_what_was_sold_is_a_decimal(total: Any) -> None:
    """The forecast is reconciled with it."""
    document = _plan()
    document["sold"][0]["total"] = total
    assert _faults(document) == [("E708", "$.sold[0].total")]


def test_deep_nesting_is_refused() -> None:
    """Every reader goes down into values."""
    document = _plan()
    value: Any = "bottom"
    for _ in range(MAX_DEPTH + 2):
        value = {"a": value}
    document["calls"][0]["params"]["metadata"] = value
    assert [code for code, _ in _faults(document)] == ["E708"]
