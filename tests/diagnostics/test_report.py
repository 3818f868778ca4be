"""Findings as one document, the line that closes a run, and the pages of codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from orderplan.engine.diagnostics import CODES, Diagnostic, Label, Span, closest, diagnostic_from_json, finding
from orderplan.engine.diagnostics.pages import page
from orderplan.engine.diagnostics.report import render_json, tally
from orderplan.engine.places import shipped
from tests.diagnostics.goldens import cases, found

SCHEMA = Draft202012Validator(json.loads(shipped("schemas", "diagnostic.json").read_bytes()))
SPAN = Span("x.rules", 1, 2, 3, 4)
WHOLE = finding(
    "E203",
    "wrong",
    span=SPAN,
    label="here",
    labels=(Label(SPAN, "there"),),
    notes=("why",),
    fix="right",
    scope="map price",
    rule="x.rules:1:2",
    record="Order(801)",
    file="a.json",
    path="$.a",
)


def test_the_schema_of_findings_is_a_schema() -> None:
    """And describes itself in the draft that it names."""
    Draft202012Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
def test_findings_follow_their_schema(case: Path) -> None:
    """Every golden finding, as JSON."""
    document = json.loads(render_json(found(case)[0]))
    assert [each.message for each in SCHEMA.iter_errors(document)] == []


def test_a_finding_with_every_part_follows_the_schema() -> None:
    """The parts that rule files never give included."""
    document = json.loads(render_json([WHOLE, Diagnostic("CPQ-101", "the rules say so")]))
    assert [each.message for each in SCHEMA.iter_errors(document)] == []
    assert set(document["diagnostics"][0]) == set(SCHEMA.schema["$defs"]["Diagnostic"]["properties"])


@pytest.mark.parametrize("missing", ["code", "severity", "message"])
def test_the_schema_refuses_a_finding_without_its_parts(missing: str) -> None:
    """So that it can fail."""
    document = json.loads(render_json([WHOLE]))
    del document["diagnostics"][0][missing]
    assert not SCHEMA.is_valid(document)


def test_a_finding_comes_back_from_json() -> None:
    """Nothing of it is lost in a saved plan."""
    assert diagnostic_from_json(json.loads(render_json([WHOLE]))["diagnostics"][0]) == WHOLE


def test_a_document_counts_its_findings() -> None:
    """By severity."""
    document = json.loads(render_json([WHOLE, WHOLE, finding("W202", "unused")]))
    assert document["summary"] == {"errors": 2, "warnings": 1, "notices": 0}


def test_a_document_is_text_whatever_a_file_is_called() -> None:
    """A name that is no Unicode is escaped."""
    text = render_json([finding("E401", "wrong", file="a\udcff.json")])
    assert json.loads(text.encode())["diagnostics"][0]["file"] == "a\udcff.json"


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ([], "nothing found"),
        (["E101"], "1 error"),
        (["E101", "W202", "E102", "E103"], "3 errors, 1 warning"),
        (["N401", "W202", "W203"], "2 warnings, 1 notice"),
    ],
)
def test_the_last_line_of_a_run_counts_the_findings(codes: list[str], words: str) -> None:
    """In words."""
    assert tally([finding(each, "wrong") for each in codes]) == words


@pytest.mark.parametrize("code", ["E203", "e203", " W201 "])
def test_a_page_is_found_by_its_code(code: str) -> None:
    """Upper or lower case."""
    text = page(code)
    assert text is not None
    assert text.startswith(f"# {code.strip().upper()}: ")


@pytest.mark.parametrize("code", ["E999", "", "../E203", "CPQ-101", "E203.md"])
def test_what_is_no_code_has_no_page(code: str) -> None:
    """And no file outside the pages is read."""
    assert page(code) is None


def test_codes_are_written_once() -> None:
    """A letter for the severity, and three digits whose first is the group."""
    source = (Path(__file__).parents[2] / "engine/diagnostics/codes.py").read_text(encoding="utf-8")
    assert all(source.count(f'("{code}", ') == 1 for code in CODES)
    assert all(code[0] in "EWN" and code[1:].isdigit() and len(code) == 4 for code in CODES)


@pytest.mark.parametrize(
    ("word", "names", "near"),
    [
        ("emial", ["email", "phone"], "email"),
        ("nmae", ["name"], "name"),
        ("Name", ["name"], "name"),
        ("emailx", ["email", "emails"], None),
        ("to", ["id"], None),
        ("id", ["ids"], "ids"),
        ("abcdef", ["uvwxyz"], None),
        ("abc", ["abx"], "abx"),
        ("abcd", ["axyd"], "axyd"),
        ("abcde", ["axyze"], None),
        ("", ["a"], None),
    ],
)
def test_a_suggestion_is_the_only_nearest_word(word: str, names: list[str], near: str | None) -> None:
    """Within two edits, where a swap of neighbours is one; short words within one."""
    assert closest(word, names) == near
