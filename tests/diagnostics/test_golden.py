"""Every code of the rule language has a file that triggers it, a text that answers it, and a page that explains it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orderplan.engine.diagnostics import CODES, Severity
from tests.diagnostics.goldens import CODES_HERE, cases, code_of, found, page, rendered

_EXAMPLE = re.compile(r"```rules faulty\n(?P<given>.*?)```\n\n```text\n(?P<said>.*?)```", re.DOTALL)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
def test_a_fault_is_answered_with_its_whole_text(case: Path) -> None:
    """The place, the marks, the notes, the fix: all as the golden file has it."""
    assert rendered(case) == case.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
def test_a_fault_is_found_alone(case: Path) -> None:
    """One mistake gives findings of one code, not a trail of others."""
    assert {each.code for each in found(case)[0]} == {code_of(case)}


@pytest.mark.parametrize("code", CODES_HERE)
def test_every_code_has_a_golden_file(code: str) -> None:
    """So that nothing in the table is out of reach."""
    assert code in {code_of(case) for case in cases()}


@pytest.mark.parametrize("code", CODES_HERE)
def test_a_page_has_the_title_of_its_code(code: str) -> None:
    """So that the table and the pages cannot drift apart."""
    assert page(code).read_text(encoding="utf-8").startswith(f"# {code}: {CODES[code].title}\n")


@pytest.mark.parametrize("code", CODES_HERE)
def test_a_page_shows_the_rules_and_what_they_are_answered_with(code: str) -> None:
    """The example of a page is the golden file of its code."""
    example = _EXAMPLE.search(page(code).read_text(encoding="utf-8"))
    case = next(each for each in cases() if each.stem == code)

    assert example is not None
    assert example["given"] in case.read_text(encoding="utf-8", errors="replace")
    assert example["said"] == case.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CODES_HERE)
def test_a_page_says_what_to_do(code: str) -> None:
    """Every page has its three parts, and each says something."""
    parts = re.split(r"^## (.*)\n", page(code).read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert parts[1::2] == ["What it means", "Example", "What to do"]
    assert all(len(part.strip()) > 10 for part in parts[2::2])


@pytest.mark.parametrize("code", CODES_HERE)
def test_the_severity_of_a_code_is_its_letter(code: str) -> None:
    """E is an error, W a warning, N a notice."""
    assert CODES[code].severity == {"E": Severity.ERROR, "W": Severity.WARNING, "N": Severity.NOTICE}[code[0]]


def test_no_golden_file_is_left_over() -> None:
    """Every rule file is for a code of the table, and every text has its rule file."""
    texts = {each.stem for each in Path(__file__).with_name("golden").glob("*.txt")}

    assert {code_of(case) for case in cases()} <= set(CODES_HERE)
    assert texts == {case.stem for case in cases()}
