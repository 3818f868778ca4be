"""What a rule file looks like before it is parsed: its statements, braces and comments, found without the grammar.

The parser uses it to go on after a fault, the formatter to keep comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PIECE = re.compile(r'#[^\n]*|"(?:\\.|[^"\\\n])*"?|[{}()\[\]\n]')
_CONTINUED = re.compile(r"\s*(?:when|after|default|required|sensitive|final|and|or)\b")
_TOP_LEVEL = re.compile(r"(?:rules|source|target|extend|settings|lookup|sync|read|part|map|override|test)\b")
_NEXT_STATEMENT = re.compile(r"\s*(?:\}|(?:each|use|fail|warn|store|drop)\b|(?:set\s+)?[\w.]+\s*=(?![=>]))")
_CLOSES = {"}": "{", ")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its text with the `#`, its line, and whether it has the line to itself."""

    text: str
    line: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A stretch of text that ends where a newline may end a statement; blocks it opens belong to it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unclosed:
    """A bracket without its partner, the end of the line where the partner was missed, and the statement it stands in."""

    at: int
    missed: int
    statement: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The outcome of one look over a file; offsets count characters from 0."""

    comments: tuple[Comment, ...]
    statements: tuple[Statement, ...]
    unclosed: tuple[Unclosed, ...]
    stray: tuple[int, ...]
    unterminated: tuple[int, ...]
    deepest: int

    def statement_at(self, offset: int) -> Statement | None:
        """The innermost statement around an offset."""
        around = [each for each in self.statements if each.start <= offset <= each.end]
        return min(around, key=lambda each: each.end - each.start, default=None)


def lay_out(text: str) -> Layout:
    """Finds comments, statements and brackets in one pass.

    A `{` that is still open when a line starts with a top-level word in the first column is taken as never closed, and
    so is a `(` or `[` when the next line can only be another statement.
    """
    comments: list[Comment] = []
    statements: list[Statement] = []
    unclosed: list[Unclosed] = []
    stray: list[int] = []
    unterminated: list[int] = []
    stack: list[tuple[str, int, int]] = []  # bracket, its offset, start of the statement it belongs to
    line, line_start, begin, deepest = 1, 0, 0, 0
    for piece in _PIECE.finditer(text):
        found, at = piece.group(), piece.start()
        if found[0] == "#":
            comments.append(Comment(found.rstrip(), line, alone=not text[line_start:at].strip()))
        elif found[0] == '"':
            if len(found) == 1 or not found.endswith('"'):
                unterminated.append(at)
        elif found == "\n":
            line, line_start = line + 1, at + 1
            if stack and _TOP_LEVEL.match(text, line_start):
                unclosed += [Unclosed(bracket_at, at, start) for _, bracket_at, start in stack]
                begin = stack[0][2]
                stack.clear()
            while stack and stack[-1][0] != "{" and _NEXT_STATEMENT.match(text, line_start):
                _, bracket_at, start = stack.pop()
                unclosed.append(Unclosed(bracket_at, at, start))
            if (not stack or stack[-1][0] == "{") and not _CONTINUED.match(text, at):
                if text[begin:at].strip():
                    statements.append(Statement(begin, at))
                begin = at + 1
        elif found in "{([":
            stack.append((found, at, begin))
            deepest = max(deepest, len(stack))
            begin = at + 1 if found == "{" else begin
        elif stack and stack[-1][0] == _CLOSES[found]:
            if found == "}" and text[begin:at].strip():
                statements.append(Statement(begin, at))
            begin = stack.pop()[2]
        else:
            stray.append(at)
    unclosed += [Unclosed(bracket_at, len(text), start) for _, bracket_at, start in stack]
    begin = stack[0][2] if stack else begin
    if text[begin:].strip():
        statements.append(Statement(begin, len(text)))
    return Layout(tuple(comments), tuple(statements), tuple(unclosed), tuple(stray), tuple(unterminated), deepest)
