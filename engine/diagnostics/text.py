"""Diagnostics as text: the place, the source line with its marks, notes, the fix and where to read on."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics.codes import CODES
from engine.diagnostics.model import Diagnostic, Label, Severity, Span

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTICE: "36"}


def render_text(finding: Diagnostic, sources: Mapping[str, str], *, colour: bool = False) -> str:
    """One diagnostic as text, ending in a newline.

    `sources` maps the path of a rule file to its text; a path that is not there is named without its line.
    """
    paint = _painter(colour)
    tint = _COLOURS[finding.severity]
    lines = [paint(f"1;{tint}", f"{finding.severity}[{finding.code}]") + paint("1", f": {finding.message}")]
    excerpt = _excerpt(finding, sources, lambda text: paint(tint, text))
    gutter = " " * max((len(number) for number, _ in excerpt), default=2)
    place = _place(finding)
    if place:
        lines.append(f"{gutter}{paint('34', '-->')} {place}")
    if excerpt:
        lines.append(f"{gutter} {paint('34', '|')}")
        lines += [f"{paint('34', number.rjust(len(gutter)) + ' |')} {text}".rstrip() for number, text in excerpt]
    for note in finding.notes:
        lines.append(f"{gutter} = {_indented(note, len(gutter) + 3)}")
    if finding.fix:
        lines.append(f"{gutter} = try: {_indented(finding.fix, len(gutter) + 8)}")
    if finding.code in CODES:
        lines.append(f"{gutter} = see: orderplan explain {finding.code}")
    return "\n".join(lines) + "\n"


def _painter(colour: bool):  # type: ignore[no-untyped-def]
    return (lambda style, text: f"\x1b[{style}m{text}\x1b[0m") if colour else (lambda _style, text: text)


def _indented(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width)


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


def _excerpt(finding: Diagnostic, sources: Mapping[str, str], paint) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    span = finding.span
    if span is None or span.path not in sources:
        return []
    marks = [(span, finding.label, "^")]
    marks += [(each.span, each.text, "-") for each in finding.labels if each.span.path == span.path]
    by_line: dict[int, list[tuple[Span, str, str]]] = {}
    for mark in marks:
        by_line.setdefault(mark[0].line, []).append(mark)
    text_lines = sources[span.path].split("\n")
    rows: list[tuple[str, str]] = []
    previous = 0
    for number in sorted(by_line):
        if number > len(text_lines):
            continue
        if previous and number > previous + 1:
            rows.append(("...", ""))
        raw = text_lines[number - 1].rstrip("\r")
        rows.append((str(number), raw.expandtabs(4)))
        rows += [("", row) for row in _underline(raw, by_line[number], paint)]
        previous = number
    return rows


def _underline(raw: str, marks: list[tuple[Span, str, str]], paint) -> list[str]:  # type: ignore[no-untyped-def]
    """The rows under one source line: one row of marks, then a row or two for each label but the last one's."""

    def cell(column: int) -> int:
        return len(raw[: column - 1].expandtabs(4)) + max(0, column - 1 - len(raw))

    placed = []
    for span, text, sign in marks:
        start = cell(span.column)
        end = cell(span.end_column) if span.end_line == span.line else len(raw.expandtabs(4))
        placed.append((start, max(end, start + 1), text, sign))
    placed.sort(key=lambda each: (each[0], each[3]))
    row = ""
    for start, end, _, sign in placed:
        if start >= len(row):
            row = row.ljust(start) + sign * (end - start)
        elif sign == "^":
            row = row[:start] + sign * (end - start) + row[end:]
    last = placed[-1]
    rows = [paint(row + (f" {last[2]}" if last[2] else ""))]
    waiting = [each for each in placed[:-1] if each[2]]
    while waiting:
        bars = _bars([each[0] for each in waiting])
        here = waiting.pop()
        rows.append(paint(bars))
        rows.append(paint(_bars([each[0] for each in waiting]).ljust(here[0]) + here[2]))
    return rows


def _bars(columns: list[int]) -> str:
    row = ""
    for column in sorted(set(columns)):
        row = row.ljust(column) + "|"
    return row


__all__ = ["Label", "render_text"]
