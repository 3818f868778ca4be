"""Suggestions: the one close word for a misspelt one, never a random one, and the line with it in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model import Span

MAX_DISTANCE = 2


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `word` within two edits (a swap of neighbours counts as one), if it is the only nearest.

    Words of three letters or fewer must be one edit away, so that `id` is not offered for `to`. Upper and lower case
    differ by nothing.
    """
    limit = MAX_DISTANCE if len(word) > 3 else 1  # noqa: PLR2004
    best: list[str] = []
    best_distance = limit + 1
    for candidate in candidates:
        if abs(len(candidate) - len(word)) > limit:
            continue
        distance = _distance(word.lower(), candidate.lower(), best_distance)
        if distance < best_distance:
            best, best_distance = [candidate], distance
        elif distance == best_distance and distance <= limit and candidate not in best:
            best.append(candidate)
    return best[0] if len(best) == 1 and best_distance < max(len(word), 1) else None


class CorrectedLine(str):
    """A corrected line: text for people, and for programs the edit behind it, `words` in the place of `span`."""

    __slots__ = ("span", "words")

    span: Span
    words: str

    @classmethod
    def of(cls, text: str, span: Span, words: str) -> CorrectedLine:
        """A line with the edit that leads to it."""
        line = cls(text)
        line.span, line.words = span, words
        return line


def corrected_line(source: str, span: Span, right: str) -> str:
    """The line of a source that a span lies in, with other words in its place and without the blanks around it."""
    line = source.split("\n")[span.line - 1]
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    return CorrectedLine.of(f"{line[: span.column - 1]}{right}{line[end:]}".strip(), span, right)


def _distance(left: str, right: str, enough: int) -> int:
    """Optimal string alignment distance, or anything above `enough` once it cannot be below it."""
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > enough:
            return enough + 1
        before, previous = previous, row
    return previous[-1]
