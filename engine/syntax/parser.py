"""Rule text to a syntax tree, with every fault that can be found in one run.

A fault costs the statement it stands in: that statement is blanked out, positions staying as they are, and the file is
parsed again. So one bad statement gives one report.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lark
from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken

from engine.diagnostics import Diagnostic, OrderplanError, Span, closest, finding, ordered
from engine.syntax import ast
from engine.syntax.builder import Builder
from engine.syntax.layout import Layout, Statement, lay_out

MAX_ERRORS = 20
"""How many faults of one file are reported."""

MAX_BRACKETS = 100
MAX_LINE = 20_000

_GRAMMAR = Path(__file__).with_name("rules.lark")
_TOP_LEVEL = ("rules", "source", "target", "extend", "settings", "lookup", "sync", "read", "part", "map", "override", "test")
_WORDS = {
    "_NL": "the end of the line", "$END": "the end of the file", "NAME": "a name", "STRING": "a quoted text",
    "TEMPLATE": 'a template t"…"', "INT": "a whole number", "DECIMAL": "a decimal", "COMPARISON": "a comparison",
    "SIGN": "+ or -", "STAR": "*", "CODE": "a code such as CPQ-101", "LBRACE": "{", "RBRACE": "}", "LPAR": "(", "RPAR": ")",
    "LSQB": "[", "RSQB": "]", "EQUAL": "=", "COMMA": ",", "COLON": ":", "DOT": ".", "__ANON_0": "->", "__ANON_1": "=>",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's tree and its faults; the tree lacks the statements that could not be read."""

    file: ast.RuleFile
    findings: tuple[Diagnostic, ...]


class _Newlines:
    """Drops the newlines inside ( ) and [ ], where they end nothing."""

    always_accept = ("_NL",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        stack: list[str] = []
        for token in stream:
            if token.type in ("LPAR", "LSQB", "LBRACE"):
                stack.append(token.type)
            elif token.type in ("RPAR", "RSQB", "RBRACE") and stack:
                stack.pop()
            elif token.type == "_NL" and stack and stack[-1] != "LBRACE":
                continue
            yield token


def grammar_parser(*, strict: bool = False, cache: str | bool = False) -> Lark:
    """The LALR parser of the grammar; `strict` refuses every ambiguity that LALR would resolve in silence."""
    return Lark(
        _GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer="contextual", start=["start", "expression_only"],
        propagate_positions=True, maybe_placeholders=True, strict=strict, cache=cache, postlex=_Newlines(),
    )  # fmt: skip


def parse(text: str, path: str) -> Parsed:
    """Parses rule text; `path` is how diagnostics name the file."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    layout = lay_out(whole)
    findings = _layout_faults(whole, layout, path)
    if layout.deepest > MAX_BRACKETS or any(len(line) > MAX_LINE for line in whole.split("\n")):
        findings.append(finding("E113", "brackets nest too deep or a line is too long to be a rule", file=path,
                                fix=f"keep nesting under {MAX_BRACKETS} levels and lines under {MAX_LINE} characters"))
        return Parsed(ast.RuleFile(path, text, ()), tuple(ordered(findings)[:MAX_ERRORS]))
    readable = _mended(whole, layout)
    reader = _reader()
    items: tuple[Any, ...] = ()
    while len(findings) <= MAX_ERRORS:
        try:
            items, inner = reader.file(readable, path)
        except UnexpectedInput as fault:
            at = _offset(readable, fault)
            statement = lay_out(readable).statement_at(at) or lay_out(readable).statement_at(max(at - 1, 0))
            findings.append(_describe(fault, readable, path, at))
            blanked = _blanked(readable, statement) if statement else readable
            if blanked == readable:
                break
            readable = blanked
            continue
        findings += inner
        break
    return Parsed(ast.RuleFile(path, text, items), tuple(ordered(findings)[:MAX_ERRORS]))


def read_file(path: str) -> str:
    """The text of a rule file.

    Raises:
        OrderplanError: when it cannot be read or is not UTF-8.
    """
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise OrderplanError("E109", f"{path} is not UTF-8 text (byte {fault.start})", "save the file as UTF-8") from fault
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise OrderplanError("E901", f"{path} cannot be read: {reason}", "check the path") from fault


class _Reader:
    """The parser's tables with the builder they report to."""

    def __init__(self) -> None:
        self._builder = Builder(self._expression)
        self._parser = grammar_parser(cache=_cache_file())

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
            builder.findings.append(finding("E107", f"this is no expression: {{{text}}}", span=span,
                                            fix="inside a template, {…} holds a path or a call without quoted texts"))
            return None
        finally:
            builder.line_offset = before


_local = threading.local()


def _reader() -> _Reader:
    if not hasattr(_local, "reader"):
        _local.reader = _Reader()
    reader: _Reader = _local.reader
    return reader


def _cache_file() -> str | bool:
    """Where the compiled grammar is kept: it takes 3 ms to load and 40 ms to make. A folder that can't be written is skipped."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "orderplan"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return False
    if not os.access(folder, os.W_OK):
        return False
    stamp = hashlib.sha256(_GRAMMAR.read_bytes() + lark.__version__.encode()).hexdigest()[:16]
    return str(folder / f"grammar-{stamp}.lark-cache")


def _layout_faults(text: str, layout: Layout, path: str) -> list[Diagnostic]:
    """What the layout alone shows: brackets without a partner, texts without an end."""
    out = []
    for at in [each.at for each in layout.unclosed]:
        out.append(finding("E102", f"this {text[at]} is never closed", span=_span(text, path, at, at + 1),
                           fix=f"close it with {_PARTNER[text[at]]}"))
    for at in layout.stray:
        out.append(finding("E111", f"this {text[at]} closes nothing", span=_span(text, path, at, at + 1), fix="remove it"))
    for at in layout.unterminated:
        end = text.find("\n", at)
        out.append(finding("E103", "this text has no closing quote", span=_span(text, path, at, end if end >= 0 else len(text)),
                           fix='close it with " on the same line; a line break is written \\n'))
    return out


_PARTNER = {"{": "}", "(": ")", "[": "]"}


def _mended(text: str, layout: Layout) -> str:
    """The text without the faults the layout has reported, so that the rest can be parsed; offsets of lines stay."""
    for at in layout.stray:
        text = text[:at] + " " + text[at + 1 :]
    for at in layout.unterminated:
        statement = layout.statement_at(at)
        text = _blanked(text, statement) if statement else text
    for each in layout.unclosed:
        if text[each.at] != "{":
            text = _blanked(text, Statement(each.statement, each.missed))
    for each in sorted(layout.unclosed, key=lambda each: -each.missed):
        if text[each.at] == "{":
            text = f"{text[: each.missed]}}}{text[each.missed :]}"
    return text


def _blanked(text: str, statement: Statement) -> str:
    inside = text[statement.start : statement.end]
    blank = "".join(each if each == "\n" else " " for each in inside)
    return text[: statement.start] + blank + text[statement.end :]


def _offset(text: str, fault: UnexpectedInput) -> int:
    at = getattr(fault, "pos_in_stream", None)
    return at if isinstance(at, int) and 0 <= at < len(text) else max(len(text.rstrip()) - 1, 0)


def _span(text: str, path: str, start: int, end: int) -> Span:
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    end = min(end, text.find("\n", start) if "\n" in text[start:] else len(text))
    return Span(path, line, column, line, column + max(end - start, 1))


def _describe(fault: UnexpectedInput, text: str, path: str, at: int) -> Diagnostic:
    """The fault in the words of the language: what stands there, and what may stand there."""
    if not isinstance(fault, UnexpectedToken):
        character = text[at]
        return finding("E104", f"{character!r} means nothing here", span=_span(text, path, at, at + 1),
                       fix="texts stand in double quotes, comments start with #")
    token = fault.token
    width = len(str(token)) if token.type not in ("_NL", "$END") else 1
    span = _span(text, path, at, at + width)
    accepted = set(fault.accepts or fault.expected)
    at_top = "RULES" in accepted and "MAP" in accepted
    if at_top:
        near = closest(str(token), _TOP_LEVEL)
        return finding("E105", f"no block starts with {_shown(token)}", span=span,
                       fix=f"did you mean `{near}`?" if near else f"blocks start with {', '.join(_TOP_LEVEL)}")
    expected = _expected_words(accepted)
    few = expected if len(expected) <= MAX_EXPECTED else [*expected[:MAX_EXPECTED], "…"]
    return finding("E101", f"{_shown(token)} is not expected here", span=span,
                   notes=(f"expected {' or '.join(few)}",) if few else (),
                   fix=_syntax_fix(token, accepted, text[max(at - 1, 0) : at + 1]))


MAX_EXPECTED = 8


_VALUES = {"STRING", "INT", "TRUE", "FALSE", "LPAR"}
_OPERATORS = {"STAR", "SIGN", "COMPARISON"}


def _expected_words(accepted: set[str]) -> list[str]:
    """The accepted terminals as few words as possible: `a value` stands for all that starts one."""
    words: list[str] = []
    if accepted >= _VALUES:
        accepted = accepted - _VALUES - {"TEMPLATE", "DECIMAL", "NAME", "NOT", "SIGN", "LSQB", "LBRACE"}
        words.append("a value")
    if accepted >= _OPERATORS:
        accepted = accepted - _OPERATORS - {"AND", "OR", "IS", "IN", "DOT", "LSQB", "LPAR"}
        words.append("an operator")
    return words + sorted({_word(each) for each in accepted} - {"the end of the file"})


def _syntax_fix(token: Token, accepted: set[str], around: str) -> str | None:
    if around == "==" and "STRING" in accepted:
        return "an assignment has one ="
    if token.type == "EQUAL" and "COMPARISON" in accepted:
        return "compare with =="
    near = closest(str(token), [each.lower() for each in accepted if each.isalpha()])
    return f"did you mean `{near}`?" if near and token.type == "NAME" else None


def _shown(token: Token) -> str:
    return _WORDS[token.type] if token.type in ("_NL", "$END") else f"`{token}`"


def _word(terminal: str) -> str:
    return _WORDS.get(terminal, f"`{terminal.lower()}`")
