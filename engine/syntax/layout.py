"""What a rule file looks like before it is parsed: its statements, braces and comments, found without the grammar.

The parser uses it to go on after a fault, the formatter to keep comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TOP_LEVEL = (
    "rules",
    "source",
    "target",
    "extend",
    "settings",
    "lookup",
    "sync",
    "read",
    "part",
    "map",
    "override",
    "test",
)
"""The words that start a block."""

_PIECE = re.compile(r'#[^\n]*|"(?:\\.|[^"\\\n])*(?P<closed>")?|[{}()\[\]\n]')
# A word that goes on with a statement may also be a key or a parameter: then a sign that belongs to such follows it.
_CONTINUES = re.compile(r"(?:when|after|default|required|sensitive|final|and|or)\b(?!\s*(?:[:.]|=(?!=)))")
_EMPTY_LINES = re.compile(r"\n(?:[ \t\f]*(?:#[^\n]*)?\n)*[ \t\f]*")
_BLANK = re.compile(r"\s*")
_TOP_LEVEL = re.compile(rf"(?:{'|'.join(TOP_LEVEL)})\b(?!\s*[=:.])")
_NEXT_STATEMENT = re.compile(r"(?:\}|(?:each|use|fail|warn|store|drop)\b|(?:set\s+)?[\w.]+\s*=(?![=>]))")
_INDENT = re.compile(r"[ \t]*")
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
    """A bracket without its partner, where the partner was missed, and the start of the statement it stands in."""

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
    deepest_at: int

    def statements_at(self, offset: int) -> list[Statement]:
        """The statements around an offset, the innermost first."""
        around = [each for each in self.statements if each.start <= offset <= each.end]
        return sorted(around, key=lambda each: each.end - each.start)


def lay_out(text: str) -> Layout:
    """Finds comments, statements and brackets; line ends are single newlines.

    A `{` that is still open when a line starts with a top-level word in the first column is taken as never closed, and
    so is a `(` or `[` when the next line can only be another statement. Where a `{` is missing its partner, closing
    braces are matched by their indentation, so that the block that was left open is found and not the one around it.
    """
    layout = _Scan(text, by_indent=False).layout()
    if any(text[each.at] == "{" for each in layout.unclosed):
        return _Scan(text, by_indent=True).layout()
    return layout


@dataclass(frozen=True, slots=True)
class _Open:
    """A bracket that waits for its partner, the statement it stands in, and how far its line is indented."""

    sign: str
    at: int
    statement: int
    indent: int


class _Scan:
    """One pass over a file."""

    def __init__(self, text: str, *, by_indent: bool) -> None:
        self.text = text
        self.by_indent = by_indent
        self.comments: list[Comment] = []
        self.statements: list[Statement] = []
        self.unclosed: list[Unclosed] = []
        self.stray: list[int] = []
        self.unterminated: list[int] = []
        self.stack: list[_Open] = []
        self.line = 1
        self.line_start = 0
        self.comment_at: int | None = None
        self.previous_end = 0
        """Where the code of the line before ended: in front of its comment, so that a brace can be put there."""
        self.begin = 0
        self.deepest = self.deepest_at = 0
        self.code_at = self.word_at = -1
        """Where the code after a run of empty lines starts, and after one of blanks: sought once for the whole run."""

    def layout(self) -> Layout:
        for piece in _PIECE.finditer(self.text):
            found, at = piece.group(), piece.start()
            if found[0] == "#":
                alone = not self.text[self.line_start : at].strip()
                self.comments.append(Comment(found.rstrip(), self.line, alone))
                self.comment_at = at
            elif found[0] == '"':
                if not piece["closed"]:
                    self.unterminated.append(at)
            elif found == "\n":
                self.newline(at)
            elif found in "{([":
                self.open(found, at)
            else:
                self.close(found, at)
        end = self.code_end(len(self.text))
        self.unclosed += [Unclosed(each.at, end, each.statement) for each in self.stack]
        begin = self.stack[0].statement if self.stack else self.begin
        self.ends(begin, len(self.text))
        return Layout(
            tuple(self.comments),
            tuple(self.statements),
            tuple(self.unclosed),
            tuple(self.stray),
            tuple(self.unterminated),
            self.deepest,
            self.deepest_at,
        )

    def ends(self, begin: int, at: int) -> None:
        if self.text[begin:at].strip():
            self.statements.append(Statement(begin, at))

    def newline(self, at: int) -> None:
        missed = self.previous_end = self.code_end(at)
        self.line, self.line_start, self.comment_at = self.line + 1, at + 1, None
        if self.stack and _TOP_LEVEL.match(self.text, self.line_start):
            self.unclosed += [Unclosed(each.at, missed, each.statement) for each in self.stack]
            self.begin = self.stack[0].statement
            self.stack.clear()
        while self.stack and self.stack[-1].sign != "{" and self.statement_follows():
            lost = self.stack.pop()
            self.unclosed.append(Unclosed(lost.at, missed, lost.statement))
        if (not self.stack or self.stack[-1].sign == "{") and not self.continued(at):
            self.ends(self.begin, at)
            self.begin = at + 1

    def continued(self, at: int) -> bool:
        """Whether the first word after a line end goes on with the statement before it, over comments and empty lines."""
        if self.code_at <= at:
            run = _EMPTY_LINES.match(self.text, at)
            self.code_at = run.end() if run else at
        return _CONTINUES.match(self.text, self.code_at) is not None

    def statement_follows(self) -> bool:
        """Whether the line, or the first one after it that is not blank, can only be another statement."""
        if self.word_at < self.line_start:
            run = _BLANK.match(self.text, self.line_start)
            self.word_at = run.end() if run else self.line_start
        return _NEXT_STATEMENT.match(self.text, self.word_at) is not None

    def open(self, sign: str, at: int) -> None:
        self.stack.append(_Open(sign, at, self.begin, self.indent()))
        if len(self.stack) > self.deepest:
            self.deepest, self.deepest_at = len(self.stack), at
        self.begin = at + 1 if sign == "{" else self.begin

    def close(self, sign: str, at: int) -> None:
        if self.by_indent and sign == "}" and not self.text[self.line_start : at].strip():
            self.leave_inner_blocks(at)
        if not self.stack or self.stack[-1].sign != _CLOSES[sign]:
            self.stray.append(at)
            return
        if sign == "}":
            self.ends(self.begin, at)
        self.begin = self.stack.pop().statement

    def leave_inner_blocks(self, at: int) -> None:
        """Gives up the blocks that are indented further than the brace that should close one around them."""
        indent = at - self.line_start
        if not any(each.sign == "{" and each.indent == indent for each in self.stack):
            return
        while self.stack[-1].indent > indent:
            lost = self.stack.pop()
            self.unclosed.append(Unclosed(lost.at, max(self.previous_end, lost.at + 1), lost.statement))
            self.begin = lost.statement

    def code_end(self, at: int) -> int:
        """The end of the line's code, when the line ends at `at`."""
        return at if self.comment_at is None else self.comment_at

    def indent(self) -> int:
        found = _INDENT.match(self.text, self.line_start)
        return found.end() - self.line_start if found else 0
