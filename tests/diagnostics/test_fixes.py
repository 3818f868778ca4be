"""A fix that is a corrected line is right: with it in place, the file is valid."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orderplan.engine.diagnostics import Diagnostic
from orderplan.engine.syntax.layout import lay_out
from orderplan.engine.validate import check_file
from tests.diagnostics.goldens import FOLDER, cases, found

_ADVICE = """
    E102 E106 E107-expression E107 E108 E109 E110-twice E110 E113-brackets E113 E114 E201-inside E201-scalar
    E202-each E202 E204-unknown E205-list E206-null E206-row E208-ref E208 E209-mixed E213-field E214 E217-field E217
    E219 E223 E226 E227 E228 E229 E230-each E230 E231-same E231 E235 E236 E239 E242-scalar E243 E245 E246
    E247 E248 E249 E250-lookup E250 E255-row E255 E258 E259 E260 E261 E264 E265-excluded E265 E266 E269 E270 E273 E286 E302
    E303-base E307 E308 E310-use E312 E313 E314 E315-objects E317 E318 E319 E320 E322 E323 N201 W201 W235 W202 W203 W234
"""
ADVICE = frozenset(_ADVICE.split())
"""Cases whose fix says what to do, since the right line depends on what was meant."""

NO_FIX = frozenset({"E210"})
"""Cases where nothing is known that would help."""


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
def test_a_fault_says_what_to_do(case: Path) -> None:
    """Only where nothing is known is there no fix."""
    assert all(each.fix for each in found(case)[0]) is (case.stem not in NO_FIX)


@pytest.mark.parametrize(
    "case", [each for each in cases() if each.stem not in ADVICE | NO_FIX], ids=lambda case: case.stem
)
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
