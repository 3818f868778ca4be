"""A rule file and the files it extends, found and parsed."""

from __future__ import annotations

import hashlib
import os.path
from pathlib import Path

from ..diagnostics import Diagnostic, OrderplanError, closest, corrected_line, finding
from ..places import shipped
from ..syntax import ast, parse_kept, read_file
from ..syntax.printer import quoted
from .project import find_inside

OUTSIDE = (
    "paths stay in the git repository of the rule file that was named, or in its folder where there is no repository"
)
"""What the limit of a path in a rule file is."""


def load_files(path: str, project: str) -> tuple[list[ast.RuleFile], dict[str, str], list[Diagnostic]]:
    """A rule file and the files it extends, the outermost base first; the SHA-256 of each, by path; and their faults.

    `project` is the folder that what they extend must lie in, but for shipped files.

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
        following, fault = _base(extends[0], path, parsed.file, seen, project)
        if fault is not None:
            findings.append(fault)
            return files, hashes, findings
        path, text = following


def name_of(path: str) -> str:
    """How a rule file is called in messages and plans: a shipped one `rules/NAME` wherever it is installed."""
    folder, name = os.path.split(os.path.realpath(path))
    return f"rules/{name}" if folder == os.path.realpath(shipped("rules")) else path


def _base(
    extend: ast.Extend, path: str, file: ast.RuleFile, seen: set[str], project: str
) -> tuple[tuple[str, str], Diagnostic | None]:
    """The path and text of the file that a file extends, or why it cannot be had."""
    nothing = ("", "")
    beside, shipped_rules = Path(path).parent, shipped("rules")
    found = find_inside(extend.path, [(beside, project), (shipped_rules, str(shipped_rules))])
    if found.outside:
        words = f"{quoted(extend.path)} leads out of the project's folder"
        return nothing, finding(
            "E322", words, span=extend.span, notes=(OUTSIDE,), fix='name a file in it, or the shipped "cpq.rules"'
        )
    if found.path is None:
        near = closest(extend.path, [each.name for folder in (beside, shipped_rules) for each in _rule_files(folder)])
        fix = 'name a file beside this one, or the shipped "cpq.rules"'
        if near is not None:
            fix = corrected_line(file.text, extend.span, f"extend {quoted(near)}")
        notes = ("looked beside this file and among the shipped rules",)
        words = f"there is no rule file {quoted(extend.path)}"
        return nothing, finding("E301", words, span=extend.span, notes=notes, fix=fix)
    if os.path.realpath(found.path) in seen:
        words = f"{quoted(extend.path)} extends this file in turn"
        return nothing, finding("E302", words, span=extend.span, fix="let one of the two stand alone")
    base = _shown(found.path)
    try:
        return (base, read_file(base, foreign=True)), None
    except OrderplanError as fault:
        if fault.code == "E908":
            words = f"{quoted(extend.path)} is no rule file"
            return nothing, finding("E323", words, span=extend.span, fix=f"name a rule file; {fault.hint}")
        return nothing, finding("E301", fault.message, span=extend.span, fix=fault.hint)


def _rule_files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.rules"))
    except OSError:
        return []


def _shown(path: Path) -> str:
    """The path as messages show it: from the working folder where it lies below it."""
    try:
        here = Path.cwd()
    except OSError:
        return str(path)
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)
