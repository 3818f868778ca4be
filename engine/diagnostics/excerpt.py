"""Source lines with the marks of a diagnostic under them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .model import Span

Paint = Callable[[str], str]
"""Puts the colour of a finding on a row of marks."""

_TAB = 4
_WIDEST = 160
"""Columns of a source line that are shown; a longer one is cut around its first mark."""

_LEAD = 40


class Underline(NamedTuple):
    """A stretch to underline, the words for it, and the sign: `^` for the finding itself, `-` for what belongs to it."""

    span: Span
    text: str
    sign: str


class _Cells(NamedTuple):
    """A mark in display columns, the end exclusive."""

    start: int
    end: int
    text: str
    sign: str


def excerpt(source: str, marks: Sequence[Underline], paint: Paint) -> list[tuple[str, str]]:
    """The rows under a diagnostic: the number of a source line, or nothing beside a row of marks, and the text."""
    by_line: dict[int, list[Underline]] = {}
    for mark in marks:
        by_line.setdefault(mark.span.line, []).append(mark)
    lines = source.split("\n")
    rows: list[tuple[str, str]] = []
    previous = 0
    for number in sorted(by_line):
        # A place at the very end of a text may lie after its last line.
        raw = lines[number - 1].rstrip("\r") if number <= len(lines) else ""
        if previous and number > previous + 1:
            rows.append(("...", ""))
        shown, cells = _line(raw, by_line[number])
        rows.append((str(number), shown))
        rows += [("", row) for row in _underline(cells, paint)]
        previous = number
    return rows


def _line(raw: str, marks: Sequence[Underline]) -> tuple[str, list[_Cells]]:
    """A source line as it is shown, and where its marks are then."""
    starts, shown = [0], ""
    for each in raw:
        shown += (
            " " * (_TAB - starts[-1] % _TAB)
            if each == "\t"
            else each
            if each.isprintable()
            else "\N{REPLACEMENT CHARACTER}"
        )
        starts.append(starts[-1] + (_TAB - starts[-1] % _TAB if each == "\t" else _width(each)))

    def cell(column: int) -> int:
        at = column - 1
        return starts[at] if at < len(starts) else starts[-1] + at - len(raw)

    cells = []
    for span, text, sign in marks:
        start = cell(span.column)
        end = cell(span.end_column) if span.end_line == span.line else starts[-1]
        cells.append(_Cells(start, max(end, start + 1), text, sign))
    if starts[-1] <= _WIDEST:
        return shown, cells
    cut = max(0, min(each.start for each in cells) - _LEAD)
    clipped = (
        ("…" if cut else "") + shown[cut + bool(cut) : cut + _WIDEST] + ("…" if len(shown) > cut + _WIDEST else "")
    )
    return clipped, [
        each._replace(start=min(each.start - cut, _WIDEST), end=max(min(each.end - cut, _WIDEST), each.start - cut + 1))
        for each in cells
    ]


def _width(character: str) -> int:
    """How many columns of a terminal a character takes."""
    if character.isascii():
        return 1
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _underline(cells: list[_Cells], paint: Paint) -> list[str]:
    """One row of marks with the last label beside it, then a row or two for each label before it."""
    placed = sorted(cells, key=lambda each: (each.start, each.sign))
    row = ""
    for start, end, _, sign in placed:
        if start >= len(row):
            row = row.ljust(start) + sign * (end - start)
        elif sign == "^":
            row = row[:start] + sign * (end - start) + row[end:]
    last = placed[-1]
    rows = [paint(f"{row} {last.text}" if last.text else row)]
    waiting = [each for each in placed[:-1] if each.text]
    while waiting:
        rows.append(paint(_bars(waiting)))
        here = waiting.pop()
        rows.append(paint(_bars(waiting).ljust(here.start) + here.text))
    return rows


def _bars(cells: list[_Cells]) -> str:
    row = ""
    for column in sorted({each.start for each in cells}):
        row = row.ljust(column) + "|"
    return row
