"""Findings as text: places, marks, notes and fixes, whatever stands in the source line."""

from __future__ import annotations

import pytest

from orderplan.engine.diagnostics import Diagnostic, Label, Span, finding, render_text

LINE = "   start_date   = unix(contract.order.SBQQ__Quote__r.SBQQ__StartDate__c)"


def span(column: int, end: int, line: int = 1, path: str = "x.rules") -> Span:
    """A stretch of one line."""
    return Span(path, line, column, line, end)


def excerpt(source: str, **found: object) -> list[str]:
    """The rows between the place and the reference to the page."""
    text = render_text(finding("E101", "wrong", **found), {"x.rules": source, "y.rules": "first\nsecond line\n"})
    return text.split("\n")[2:-2]


def test_a_finding_reads_as_the_documentation_shows_it() -> None:
    """Message, place with its block, marks with their words, the corrected line, where to read on."""
    source = "\n" * 33 + "  start_date   = unix(contract.start)\n"
    found = finding(
        "E203",
        "an absent-able field feeds a required Stripe parameter",
        span=span(18, 38, 34),
        label="Timestamp, may be absent",
        labels=(Label(span(3, 13, 34), "required by subscription_schedule"),),
        fix="start_date = unix(contract.start)  required",
        scope="map subscription_schedule",
    )

    assert render_text(found, {"x.rules": source}) == (
        "error[E203]: an absent-able field feeds a required Stripe parameter\n"
        "  --> x.rules:34:18, in map subscription_schedule\n"
        "   |\n"
        "34 |   start_date   = unix(contract.start)\n"
        "   |   ----------     ^^^^^^^^^^^^^^^^^^^^ Timestamp, may be absent\n"
        "   |   |\n"
        "   |   required by subscription_schedule\n"
        "   = try: start_date = unix(contract.start)  required\n"
        "   = see: orderplan explain E203\n"
    )


def test_several_marks_of_a_line_have_their_words_one_below_the_other() -> None:
    """The last one beside its mark, the others under theirs."""
    labels = (Label(span(1, 3), "one"), Label(span(5, 7), "two"))
    assert excerpt("aa, bb, cc", span=span(9, 11), label="three", labels=labels) == [
        "  |",
        "1 | aa, bb, cc",
        "  | --  --  ^^ three",
        "  | |   |",
        "  | |   two",
        "  | |",
        "  | one",
    ]


def test_a_mark_on_another_line_is_shown_there() -> None:
    """Lines between them are left out."""
    assert excerpt("aa\nbb\ncc\ndd", span=span(1, 3, 4), labels=(Label(span(1, 3), "first here"),)) == [
        "    |",
        "  1 | aa",
        "    | -- first here",
        "... |",
        "  4 | dd",
        "    | ^^",
    ]


def test_a_mark_in_another_file_has_its_own_place() -> None:
    """As an override and what it overrides."""
    assert excerpt("aa", span=span(1, 3), labels=(Label(span(8, 12, 2, "y.rules"), "here"),)) == [
        "  |",
        "1 | aa",
        "  | ^^",
        " ::: y.rules:2:8".replace(" :::", " :::"),
        "  |",
        "2 | second line",
        "  |        ---- here",
    ]


@pytest.mark.parametrize(
    ("source", "start", "end", "marks"),
    [
        pytest.param("\ta = bcd", 6, 9, "        ^^^", id="tabs"),
        pytest.param("日本 = bcd", 6, 9, "       ^^^", id="wide letters"),
        pytest.param("e\u0301t = bcd", 7, 10, "     ^^^", id="combining accents"),
        pytest.param("ab", 3, 4, "  ^", id="the end of the line"),
        pytest.param("ab", 9, 12, "        ^^^", id="behind the end of the line"),
    ],
)
def test_marks_stand_under_what_they_mark(source: str, start: int, end: int, marks: str) -> None:
    """In columns of the terminal, not of the file."""
    assert excerpt(source, span=span(start, end))[2] == f"  | {marks}"


def test_a_place_over_several_lines_is_marked_on_its_first() -> None:
    """To the end of that line."""
    assert excerpt("ab = [\n1]", span=Span("x.rules", 1, 6, 2, 3))[2] == "  |      ^"


def test_a_long_line_is_cut_around_its_mark() -> None:
    """So that it can be read."""
    rows = excerpt("x" * 500 + "HERE" + "y" * 500, span=span(501, 505))
    assert len(rows[1]) < 180
    assert rows[1].index("HERE") == rows[2].index("^^^^")
    assert rows[1].count("…") == 2


@pytest.mark.parametrize("bad", ["\x1b[31m", "\0", "\x07", "\u202e"])
def test_what_a_terminal_would_obey_is_not_printed(bad: str) -> None:
    """In lines, messages, notes and fixes."""
    found = finding("E101", f"a{bad}b", span=span(1, 2), notes=(f"n{bad}",), fix=f"f{bad}", scope=f"s{bad}")
    assert bad not in render_text(found, {"x.rules": f"x{bad}y"})


def test_a_place_in_a_file_that_is_not_at_hand_is_named_alone() -> None:
    """As for findings of a saved plan."""
    text = render_text(finding("E101", "wrong", span=span(3, 4)), {})
    assert text == "error[E101]: wrong\n  --> x.rules:1:3\n   = see: orderplan explain E101\n"


def test_a_finding_about_data_names_the_record() -> None:
    """File, path in it, record, and the rule that made a value."""
    found = finding("E419", "wrong", file="a.json", path="$.records", record="Order(801)", rule="x.rules:1:2")
    assert "--> a.json, at $.records, record Order(801), rule x.rules:1:2\n" in render_text(found, {})


def test_a_code_of_the_rules_has_no_page() -> None:
    """What rules say with `fail` is explained by their words."""
    assert render_text(Diagnostic("CPQ-101", "no"), {}) == "error[CPQ-101]: no\n"


def test_notes_and_fixes_of_several_lines_are_indented() -> None:
    """So that they stand out from the next finding."""
    text = render_text(finding("E217", "wrong", span=span(1, 2), notes=("a\nb",), fix="c\nd"), {"x.rules": "x"})
    assert "  = a\n    b\n  = try: c\n         d\n" in text


def test_colour_is_added_only_when_asked_for() -> None:
    """And takes nothing away."""
    found = finding("W202", "wrong", span=span(1, 2), label="here")
    coloured = render_text(found, {"x.rules": "x"}, colour=True)
    assert "\x1b[1;33mwarning[W202]\x1b[0m" in coloured
    assert "\x1b" not in render_text(found, {"x.rules": "x"})
