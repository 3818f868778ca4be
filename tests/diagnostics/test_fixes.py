"""A fix that is a corrected line is right: with it in place, the file is valid."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.diagnostics import Diagnostic
from engine.syntax.layout import lay_out
from engine.validate import check_file
from tests.diagnostics.goldens import FOLDER, cases, found

ADVICE = frozenset(
    """
    """.split()
)
"""Cases whose fix says what to do, since the right line depends on what was meant."""

NO_FIX = frozenset({"E210"})
"""Cases where nothing is known that would help."""


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
def test_a_fault_says_what_to_do(case: Path) -> None:
    """Only where nothing is known is there no fix."""
    assert all(each.fix for each in found(case)[0]) is (case.stem not in NO_FIX)


@pytest.mark.parametrize("case", [each for each in cases() if each.stem not in ADVICE | NO_FIX], ids=lambda case: case.stem)
def test_the_corrected_line_is_valid(case: Path, tmp_path: Path) -> None:
    """The line of the fix stands in the place of the faulty statement, and no error is left."""
    shutil.copy(FOLDER / "base.rules", tmp_path)
    corrected = tmp_path / case.name
    findings, sources = found(case)
    corrected.write_text(_corrected(sources[case.name], findings[0]), encoding="utf-8")

    left = check_file(str(corrected)).findings
    assert [each.message for each in left if each.is_error or each.code == findings[0].code] == []


def _corrected(source: str, finding: Diagnostic) -> str:
    """The source with the fix in the place of the statement, or of the head of the block, that the finding points to."""
    assert finding.span is not None
    assert finding.fix is not None
    lines = source.split("\n")
    start = sum(len(line) + 1 for line in lines[: finding.span.line - 1]) + finding.span.column - 1
    statement = lay_out(source).statements_at(start)[0]
    end = min(statement.end, source.find("\n", start)) if "\n" in source[start : statement.end] else statement.end
    return f"{source[: statement.start]}{finding.fix}{source[end:]}"
