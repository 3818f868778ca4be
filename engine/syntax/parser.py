"""Rule text to a syntax tree, with every fault that can be found in one run.

A fault costs the statement it stands in: that statement is blanked out, positions staying as they are, and the file is
parsed again. So one bad statement gives one report.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from lark import Token
from lark.exceptions import UnexpectedInput

from ..diagnostics import Diagnostic, Span, finding, ordered
from . import ast
from .builder import Builder
from .faults import layout_faults, span_of, syntax_fault
from .layout import Layout, Statement, lay_out
from .source import Parsed, plain_lines
from .tables import parser_of

MAX_ERRORS = 20
"""How many faults of one file are reported."""

MAX_BRACKETS = 100
MAX_LINE = 20_000


class Newlines:
    """Drops the newlines inside ( ) and [ ], where they end nothing."""

    always_accept = ("_NL",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens that count."""
        stack: list[str] = []
        for token in stream:
            if token.type in {"LPAR", "LSQB", "LBRACE"}:
                stack.append(token.type)
            elif token.type in {"RPAR", "RSQB", "RBRACE"} and stack:
                stack.pop()
            elif token.type == "_NL" and stack and stack[-1] != "LBRACE":
                continue
            yield token


def parse(text: str, path: str) -> Parsed:
    """Parses rule text; `path` is how diagnostics name the file."""
    whole = plain_lines(text)
    too_wide = _too_wide(whole, path)
    if too_wide is not None:
        return Parsed(ast.RuleFile(path, whole, ()), (too_wide,))
    layout = lay_out(whole)
    findings = layout_faults(whole, layout, path)
    too_much = _too_deep(whole, layout, path)
    if too_much is not None:
        return Parsed(ast.RuleFile(path, whole, ()), tuple(ordered([*findings, too_much])[:MAX_ERRORS]))
    readable = _mended(whole, layout)
    reader = _reader()
    items: tuple[Any, ...] = ()
    while len(findings) <= MAX_ERRORS:
        try:
            items, inner = reader.file(readable, path)
        except UnexpectedInput as fault:
            at = _offset(readable, fault)
            findings.append(syntax_fault(fault, readable, path, at))
            blanked = _without_statement(readable, at)
            if blanked is None:
                break
            readable = blanked
            continue
        findings += inner
        break
    return Parsed(ast.RuleFile(path, whole, items), tuple(ordered(findings)[:MAX_ERRORS]))


class _Reader:
    """The parser's tables with the builder they report to."""

    def __init__(self) -> None:
        self._builder = Builder(self._expression)
        self._parser = parser_of(Newlines())

    def file(self, text: str, path: str) -> tuple[tuple[Any, ...], list[Diagnostic]]:
        self._builder.begin(path)
        tree = self._parser.parse(text if text.endswith("\n") else text + "\n", start="start")
        items: tuple[Any, ...] = self._builder.transform(tree)
        return items, self._builder.findings

    def _expression(self, text: str, line: int, column: int) -> Any:
        builder = self._builder
        before, builder.line_offset = builder.line_offset, line - 1
        try:
            return builder.transform(self._parser.parse(" " * (column - 1) + text, start="expression_only"))
        except UnexpectedInput:
            span = Span(builder.file_path, line, column, line, column + len(text))
            fix = "between { and } stands a path or a call without quoted texts"
            builder.findings.append(finding("E107", f"`{text.strip()}` is no expression", span=span, fix=fix))
            return None
        finally:
            builder.line_offset = before


_local = threading.local()


def _reader() -> _Reader:
    if not hasattr(_local, "reader"):
        _local.reader = _Reader()
    reader: _Reader = _local.reader
    return reader


def _too_wide(text: str, path: str) -> Diagnostic | None:
    """A line that no rule file needs: said first, since every pass keeps several times what it reads."""
    at, number = 0, 1
    while at <= len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if end - at > MAX_LINE:
            message = f"this line has {end - at} characters"
            fix = f"break it: a line has at most {MAX_LINE} characters"
            return finding("E113", message, span=Span(path, number, 1, number, 2), fix=fix)
        at, number = end + 1, number + 1
    return None


def _too_deep(text: str, layout: Layout, path: str) -> Diagnostic | None:
    """Nesting that no rule file needs, and that later passes would have to recurse through."""
    if layout.deepest > MAX_BRACKETS:
        at = layout.deepest_at
        message = f"brackets are {layout.deepest} levels deep here"
        return finding("E113", message, span=span_of(text, path, at, at + 1), fix=f"nest at most {MAX_BRACKETS} levels")
    return None


def _mended(text: str, layout: Layout) -> str:
    """The text without the faults the layout has reported, so that the rest can be parsed; offsets of lines stay."""
    for at in layout.stray:
        text = f"{text[:at]} {text[at + 1 :]}"
    for at in layout.unterminated:
        for statement in layout.statements_at(at)[:1]:
            text = _blanked(text, statement)
    for each in layout.unclosed:
        if text[each.at] != "{":
            text = _blanked(text, Statement(each.statement, each.missed))
    for each in sorted(layout.unclosed, key=lambda each: -each.missed):
        if text[each.at] == "{":
            text = f"{text[: each.missed]}}}{text[each.missed :]}"
    return text


def _without_statement(text: str, at: int) -> str | None:
    """The text without the innermost statement around an offset, or nothing when there is none to take away."""
    layout = lay_out(text)
    for statement in [*layout.statements_at(at), *layout.statements_at(max(at - 1, 0))]:
        blanked = _blanked(text, statement)
        if blanked != text:
            return blanked
    return None


def _blanked(text: str, statement: Statement) -> str:
    inside = text[statement.start : statement.end]
    blank = "".join(each if each == "\n" else " " for each in inside)
    return text[: statement.start] + blank + text[statement.end :]


def _offset(text: str, fault: UnexpectedInput) -> int:
    at = getattr(fault, "pos_in_stream", None)
    return at if isinstance(at, int) and 0 <= at < len(text) else max(len(text.rstrip()) - 1, 0)
