"""The canonical form of a rule file: two spaces a level, aligned `=`, comments kept, meaning untouched."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..diagnostics import Diagnostic
from . import ast, printer
from .layout import Comment, lay_out
from .source import plain_lines

WIDTH = 110
"""Columns a line may take before it is broken at its clauses."""

_STEP = "  "
_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<word> (?:and|or) )')
_HEADERS = (ast.Rules, ast.Source, ast.Target, ast.Extend)


def format_rules(text: str, path: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The formatted text, or nothing and the faults when the file cannot be parsed."""
    from .parser import parse

    parsed = parse(text, path)
    if parsed.findings:
        return None, parsed.findings
    return _Formatter(plain_lines(text)).file(parsed.file.items), ()


@dataclass(slots=True)
class _Row:
    """One printed statement: `left` and `right` are aligned with the rows around it when both are there."""

    left: str
    right: str = ""
    sign: str = "="
    clauses: list[str] = field(default_factory=list)
    inner: list[str] | None = None
    comment: str = ""
    tail: str = ""
    """The comment behind the closing brace."""
    blank_before: bool = False
    comments_before: list[str] = field(default_factory=list)


class _Formatter:
    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._comments = deque(lay_out(text).comments)

    def file(self, items: Sequence[ast.Item]) -> str:
        rows = [self._item(each) for each in items]
        for before, (row, item) in zip([None, *items], zip(rows, items, strict=True), strict=False):
            if before is None:
                row.blank_before = False
            elif not (isinstance(before, _HEADERS) and isinstance(item, _HEADERS)) and not (
                isinstance(before, ast.Sync) and isinstance(item, ast.Sync)
            ):
                row.blank_before = True
        lines = self._rows(rows, 0)
        rest = self._spaced(list(self._comments))
        if rest and lines:
            lines.append("")
        return "\n".join([*lines, *rest]) + "\n" if lines or rest else ""

    # --- comments ---

    def _row(self, node: Any, left: str, **more: Any) -> _Row:
        """A row with the comments that stand before its node, and whether an empty line does."""
        line = node.span.line
        before = self._take(line - 1)
        first = before[0].line if before else line
        above = self._lines[first - 2].strip() if first > 1 else "x"
        comments = self._spaced(before)
        if before and before[-1].alone and not self._lines[before[-1].line].strip():
            comments.append("")
        return _Row(left, blank_before=not above, comments_before=comments, **more)

    def _spaced(self, comments: Sequence[Comment]) -> list[str]:
        """Comments with the empty lines that stood between them, one at most."""
        lines: list[str] = []
        for before, each in zip([None, *comments], comments, strict=False):
            if before is not None and before.line + 1 < each.line and not self._lines[each.line - 2].strip():
                lines.append("")
            lines.append(each.text)
        return lines

    def _take(self, last: int) -> list[Comment]:
        """The comments up to a line that no statement has taken yet."""
        taken = []
        while self._comments and self._comments[0].line <= last:
            taken.append(self._comments.popleft())
        return taken

    def _inside(self, row: _Row, end: int) -> None:
        """Comments between the lines of one statement: the last line's stays behind it, the others go before it."""
        taken = self._take(end)
        if taken and taken[-1].line == end and not taken[-1].alone:
            row.comment = taken.pop().text
        row.comments_before += [each.text for each in taken]

    def _closing(self, end: int, depth: int) -> list[str]:
        """Comments before a block's closing brace."""
        lines = self._spaced(self._take(end - 1))
        return [_STEP * depth + each if each else "" for each in lines]

    def _behind(self, end: int) -> str:
        """The comment behind a closing brace."""
        taken = self._take(end)
        return taken[0].text if taken else ""

    # --- rows ---

    def _item(self, node: ast.Item) -> _Row:
        match node:
            case ast.Rules():
                return self._simple(node, f"rules {printer.quoted(node.name)} version {node.version}")
            case ast.Source():
                named = f" namespace {printer.quoted(node.namespace)}" if node.namespace else ""
                return self._simple(node, f"source {node.system.text} {printer.quoted(node.path)}{named}")
            case ast.Target():
                return self._simple(node, f"target {node.system.text} {printer.quoted(node.version)}")
            case ast.Extend():
                return self._simple(node, f"extend {printer.quoted(node.path)}")
            case ast.Sync():
                head, clause = printer.header(node)
                return self._simple(node, head, clauses=[clause])
            case ast.Settings():
                return self._braced(node, ["settings"], node.entries, node.span.line)
            case ast.Lookup():
                return self._braced(node, printer.header(node), node.arms, node.result.span.end_line)
            case ast.Override():
                head_end = _last_line([node.name, node.qualifier, node.key])
                return self._braced(node, printer.header(node), node.arms or node.body, head_end)
            case ast.Read():
                return self._braced(node, printer.header(node), node.body, node.name.span.end_line)
            case ast.Part():
                return self._braced(node, printer.header(node), node.body, node.name.span.end_line)
            case ast.Map():
                parts = [node.rows, node.name, node.key, node.on, *node.after, node.when]
                return self._braced(node, printer.header(node), node.body, _last_line(parts))
            case ast.Test():
                return self._braced(node, [f"test {node.name.raw}"], node.lines, node.name.span.end_line)

    def _statement(self, node: Any) -> _Row:
        match node:
            case ast.Assign():
                return self._assign(node)
            case ast.Setting():
                row = self._row(node, node.name.text, right=printer.expression(node.value))
            case ast.Arm():
                out = node.outcome
                right = " ".join(printer.report(out)) if isinstance(out, ast.Report) else printer.expression(out)
                row = self._row(node, printer.arm_keys(node), right=right, sign="=>")
            case ast.Drop():
                row = self._row(node, f"drop {printer.place(node.place)}")
            case ast.Use():
                row = self._row(node, f"use {node.name.text}", clauses=printer.when(node.when))
            case ast.Report():
                head, *clauses = printer.report(node)
                row = self._row(node, head, clauses=clauses)
            case ast.Store():
                head = f"store {printer.expression(node.value, 5)} in {printer.expression(node.field)}"
                row = self._row(node, head, clauses=printer.when(node.when))
            case ast.Block() | ast.Each():
                parts = [node.place, node.when] + ([node.rows, node.name] if isinstance(node, ast.Each) else [])
                return self._braced(node, printer.header(node), node.body, _last_line(parts))
            case ast.Given():
                if node.patches:
                    words = [f"given {node.path.raw} with"]
                    return self._braced(node, words, node.patches, node.path.span.end_line)
                row = self._row(node, f"given {node.path.raw}")
            case ast.Patch():
                left = f"{node.object.text}[{node.index}].{node.field.text}: {printer.expression(node.value)}"
                row = self._row(node, left)
            case ast.Expect():
                row = self._row(node, f"expect {printer.expression(node.condition)}")
            case _:
                what = "fail" if node.severity == "error" else "warn"
                code = f" {node.code.text}" if node.code else ""
                row = self._row(node, f"expect {'no ' if node.negated else ''}{what}{code}")
        self._inside(row, node.span.end_line)
        return row

    def _simple(self, node: Any, words: str, clauses: Sequence[str] = ()) -> _Row:
        row = self._row(node, words, clauses=list(clauses))
        self._inside(row, node.span.end_line)
        return row

    def _assign(self, node: ast.Assign) -> _Row:
        left = ("set " if node.replaces else "") + printer.place(node.place)
        value = node.value
        if isinstance(value, ast.ObjectOf) and len(value.entries) > 1:
            row = self._row(node, left, right="{", clauses=printer.modifiers(node))
            self._inside(row, value.span.line)
            row.inner = self._entries(value)
            row.inner += self._closing(value.span.end_line, 1)
            last = self._take(node.span.end_line)
            row.tail = last.pop().text if last and not last[-1].alone and last[-1].line == node.span.end_line else ""
            row.comments_before += [each.text for each in last]
            return row
        row = self._row(node, left, right=printer.expression(value), clauses=printer.modifiers(node))
        self._inside(row, node.span.end_line)
        return row

    def _entries(self, node: ast.ObjectOf) -> list[str]:
        rows = []
        for each in node.entries:
            row = self._row(each, printer.entry(each))
            row.blank_before = False
            self._inside(row, each.span.end_line)
            rows.append(row)
        return self._rows(rows, 1)

    def _braced(self, node: Any, head: list[str], body: Sequence[Any], head_end: int) -> _Row:
        row = self._row(node, head[0], clauses=head[1:])
        if body and body[0].span.line > head_end:
            self._inside(row, head_end)
        rows = [self._statement(each) for each in body]
        if rows:
            rows[0].blank_before = False
        row.inner = self._rows(rows, 1) + self._closing(node.span.end_line, 1)
        row.tail = self._behind(node.span.end_line)
        row.right = "{"
        row.sign = ""
        return row

    # --- lines ---

    def _rows(self, rows: list[_Row], depth: int) -> list[str]:
        lines: list[str] = []
        widths = _aligned(rows)
        for at, row in enumerate(rows):
            if row.blank_before and at:
                lines.append("")
            pad = _STEP * depth
            lines += [pad + each if each else "" for each in row.comments_before]
            lines += self._printed(row, widths[at], pad)
        return lines

    def _printed(self, row: _Row, width: int, pad: str) -> list[str]:
        comment, tail = (f"  {each}" if each else "" for each in (row.comment, row.tail))
        if row.sign == "" and row.inner is not None:
            return self._block(row, pad, comment, tail)
        head = f"{pad}{row.left.ljust(width)} {row.sign} {row.right}" if row.right else pad + row.left
        if row.inner is not None:
            end = "  ".join(["}", *row.clauses])
            return [head + comment, *(pad + each if each else "" for each in row.inner), pad + end + tail]
        line = "  ".join([head, *row.clauses])
        if len(line) <= WIDTH or not row.clauses:
            return [line + comment]
        broken = [head, *(f"{pad}{_STEP * 2}{each}" for each in _split(row.clauses, pad))]
        broken[-1] += comment
        return broken

    def _block(self, row: _Row, pad: str, comment: str, tail: str) -> list[str]:
        line = f"{pad}{' '.join([row.left, *row.clauses])} {{"
        inner = [pad + each if each else "" for each in row.inner or ()]
        if len(line) <= WIDTH or not row.clauses:
            return [f"{line}{comment}", *inner, f"{pad}}}{tail}"] if inner or comment else [f"{line}}}{tail}"]
        clauses = [f"{pad}{_STEP * 2}{each}" for each in _split(row.clauses, pad)]
        return [pad + row.left, *clauses[:-1], f"{clauses[-1]} {{{comment}", *inner, f"{pad}}}{tail}"]


def _split(clauses: list[str], pad: str) -> list[str]:
    """Clauses too long for a line, broken before their outermost `and` and `or`."""
    out: list[str] = []
    for clause in clauses:
        if len(pad) + len(clause) + 4 <= WIDTH:
            out.append(clause)
            continue
        depth = start = 0
        for piece in _PIECE.finditer(clause):
            depth += {"open": 1, "close": -1}.get(piece.lastgroup or "", 0)
            if piece.lastgroup == "word" and depth == 0:
                out.append(clause[start : piece.start()])
                start = piece.start() + 1
        out.append(clause[start:])
    return out


def _aligned(rows: list[_Row]) -> list[int]:
    """How wide the left side of each row is printed: as wide as the widest of the rows that follow each other closely."""
    widths = [0] * len(rows)
    start = 0
    for at in range(len(rows) + 1):
        row = rows[at] if at < len(rows) else None
        breaks = row is None or not row.right or row.sign == "" or row.inner is not None
        apart = row is not None and (row.blank_before or bool(row.comments_before))
        if breaks or apart:
            widest = max((len(each.left) for each in rows[start:at]), default=0)
            widths[start:at] = [widest] * (at - start)
            start = at + 1 if breaks else at
    for at, row in enumerate(rows):
        if row.inner is not None or not row.right:
            widths[at] = 0
    return widths


def _last_line(nodes: Sequence[Any]) -> int:
    return max(int(each.span.end_line) for each in nodes if each is not None)
