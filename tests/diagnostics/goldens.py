"""The golden diagnostics: rule files with one kind of fault each, and the whole text that they are answered with.

`python -m tests.diagnostics.goldens` writes the texts anew, and the example of each page with them.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from orderplan.engine.diagnostics import CODES, Diagnostic, OrderplanError, finding, render_text
from orderplan.engine.validate import Checked, check_file

FOLDER = Path(__file__).with_name("golden")
PAGES = Path(__file__).parents[2] / "docs" / "errors"
GROUPS = ("E1", "E2", "E3", "W2", "N2")
"""The codes that rule files are answered with."""

CODES_HERE = [code for code in CODES if code[:2] in GROUPS]
_SAID = re.compile(r"(?<=```text\n).*?(?=```)", re.DOTALL)


def cases() -> list[Path]:
    """The rule files, without the one that others extend."""
    return sorted(each for each in FOLDER.glob("*.rules") if each.stem != "base")


def code_of(case: Path) -> str:
    """The code that a case is there for: the first part of its name."""
    return case.stem.partition("-")[0]


@contextlib.contextmanager
def inside() -> Iterator[None]:
    """The working folder of the golden files, so that paths are short and the same everywhere."""
    before = Path.cwd()
    os.chdir(FOLDER)
    try:
        yield
    finally:
        os.chdir(before)


def found(case: Path) -> tuple[tuple[Diagnostic, ...], dict[str, str]]:
    """The findings of a case, and the texts that they point into."""
    with inside():
        try:
            checked: Checked = check_file(
                case.name, warn_else=code_of(case) == "W201", parts_alone=code_of(case) == "N201"
            )
        except OrderplanError as fault:
            return (finding(fault.code, fault.message, fix=fault.hint),), {}
        return checked.findings, checked.sources


def rendered(case: Path) -> str:
    """What a case is answered with."""
    findings, sources = found(case)
    return "\n".join(render_text(each, sources) for each in findings)


def page(code: str) -> Path:
    """The page of a code."""
    return PAGES / f"{code}.md"


def _write() -> None:
    for case in cases():
        said = rendered(case)
        case.with_suffix(".txt").write_text(said, encoding="utf-8")
        if case.stem == code_of(case) and page(case.stem).is_file():
            text = page(case.stem).read_text(encoding="utf-8")
            page(case.stem).write_text(_SAID.sub(lambda _, said=said: said, text, count=1), encoding="utf-8")


if __name__ == "__main__":
    _write()
