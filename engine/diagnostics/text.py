"""Diagnostics as text: the place, the source lines with their marks, notes, the fix and where to read on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codes import CODES
from .excerpt import Paint, Underline, excerpt
from .model import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTICE: "36"}


def render_text(finding: Diagnostic, sources: Mapping[str, str], *, colour: bool = False) -> str:
    """One diagnostic as text, ending in a newline.

    `sources` maps the path of a rule file to its text; a path that is not there is named without its line.
    """
    style = _styles(colour=colour)
    tint = _COLOURS[finding.severity]
    lines = [style(f"1;{tint}", f"{finding.severity}[{finding.code}]") + style("1", f": {_plain(finding.message)}")]
    marks = _marks(finding)
    excerpts = [(path, excerpt(sources[path], marks[path], _tinted(style, tint))) for path in marks if path in sources]
    width = max((len(number) for _, rows in excerpts for number, _ in rows), default=2)
    gutter = " " * width
    place = _place(finding)
    if place:
        lines.append(f"{gutter}{style('34', '-->')} {_plain(place)}")
    for path, rows in excerpts:
        if finding.span is None or path != finding.span.path:
            lines.append(f"{gutter}{style('34', ':::')} {_plain(str(marks[path][0].span))}")
        lines.append(f"{gutter} {style('34', '|')}")
        lines += [f"{style('34', number.rjust(width) + ' |')} {text}".rstrip() for number, text in rows]
    lines += [f"{gutter} = {_indented(note, width + 3)}" for note in finding.notes]
    if finding.fix:
        lines.append(f"{gutter} = try: {_indented(finding.fix, width + 8)}")
    if finding.code in CODES:
        lines.append(f"{gutter} = see: orderplan explain {finding.code}")
    return "\n".join(lines) + "\n"


def _styles(*, colour: bool) -> Callable[[str, str], str]:
    return (lambda style, text: f"\x1b[{style}m{text}\x1b[0m") if colour else (lambda _style, text: text)


def _tinted(style: Callable[[str, str], str], tint: str) -> Paint:
    return lambda text: style(tint, text)


def _plain(text: str) -> str:
    """Words without control characters, which a terminal would obey."""
    return "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text)


def _indented(text: str, width: int) -> str:
    return _plain(text).replace("\n", "\n" + " " * width)


def _place(finding: Diagnostic) -> str:
    parts = [str(finding.span)] if finding.span else []
    if finding.span and finding.scope:
        parts.append(f"in {finding.scope}")
    if finding.file:
        parts.append(finding.file)
    if finding.path:
        parts.append(f"at {finding.path}")
    if finding.record:
        parts.append(f"record {finding.record}")
    if finding.rule:
        parts.append(f"rule {finding.rule}")
    return ", ".join(parts)


def _marks(finding: Diagnostic) -> dict[str, list[Underline]]:
    """The marks of each file, the file of the finding itself first."""
    marks: dict[str, list[Underline]] = {}
    if finding.span is not None:
        marks[finding.span.path] = [Underline(finding.span, finding.label, "^")]
    for each in finding.labels:
        marks.setdefault(each.span.path, []).append(Underline(each.span, each.text, "-"))
    return marks
