"""A rule file and the files it extends, found and parsed."""

from __future__ import annotations

import hashlib
import os.path
from pathlib import Path
from typing import TYPE_CHECKING

from ..diagnostics import Diagnostic, OrderplanError, closest, corrected_line, finding
from ..places import shipped
from ..syntax import ast, parse_kept, read_file
from ..syntax.printer import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence


def load_files(path: str) -> tuple[list[ast.RuleFile], dict[str, str], list[Diagnostic]]:
    """A rule file and the files it extends, the outermost base first; the SHA-256 of each, by path; and their faults.

    Raises:
        OrderplanError: when the file itself cannot be read. A base that cannot be read is a finding.
    """
    files: list[ast.RuleFile] = []
    hashes: dict[str, str] = {}
    findings: list[Diagnostic] = []
    seen: set[str] = set()
    text = read_file(path)
    while True:
        seen.add(os.path.realpath(path))
        label = name_of(path)
        parsed = parse_kept(text, label)
        files.insert(0, parsed.file)
        hashes[label] = hashlib.sha256(text.encode()).hexdigest()
        findings += parsed.findings
        extends = [each for each in parsed.file.items if isinstance(each, ast.Extend)]
        findings += [
            finding("E308", "a rule file extends one other file", span=extra.span, fix="remove this line")
            for extra in extends[1:]
        ]
        if not extends:
            return files, hashes, findings
        following, fault = _base(extends[0], path, parsed.file, seen)
        if fault is not None:
            findings.append(fault)
            return files, hashes, findings
        path, text = following


def name_of(path: str) -> str:
    """How a rule file is called in messages and plans: a shipped one `rules/NAME` wherever it is installed."""
    folder, name = os.path.split(os.path.realpath(path))
    return f"rules/{name}" if folder == os.path.realpath(shipped("rules")) else path


def find_file(wanted: str, places: Sequence[Path]) -> Path | None:
    """The first of some folders that has the file, as the path of the file."""
    return next((each / wanted for each in places if os.path.isfile(each / wanted)), None)  # noqa: PTH113 - never raises


def _base(
    extend: ast.Extend, path: str, file: ast.RuleFile, seen: set[str]
) -> tuple[tuple[str, str], Diagnostic | None]:
    """The path and text of the file that a file extends, or why it cannot be had."""
    nothing = ("", "")
    beside, shipped_rules = Path(path).parent, shipped("rules")
    found = find_file(extend.path, (beside, shipped_rules))
    if found is None:
        near = closest(extend.path, [each.name for folder in (beside, shipped_rules) for each in _rule_files(folder)])
        fix = 'name a file beside this one, or the shipped "cpq.rules"'
        if near is not None:
            fix = corrected_line(file.text, extend.span, f"extend {quoted(near)}")
        notes = ("looked beside this file and among the shipped rules",)
        words = f"there is no rule file {quoted(extend.path)}"
        return nothing, finding("E301", words, span=extend.span, notes=notes, fix=fix)
    if os.path.realpath(found) in seen:
        words = f"{quoted(extend.path)} extends this file in turn"
        return nothing, finding("E302", words, span=extend.span, fix="let one of the two stand alone")
    base = _shown(found)
    try:
        return (base, read_file(base)), None
    except OrderplanError as fault:
        return nothing, finding("E301", fault.message, span=extend.span, fix=fault.hint)


def _rule_files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.rules"))
    except OSError:
        return []


def _shown(path: Path) -> str:
    """The path as messages show it: from the working folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)
