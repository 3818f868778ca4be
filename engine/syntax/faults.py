"""What the parser refuses, in the words of the language: what stands there, what may stand there, and the right line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lark.exceptions import UnexpectedToken

from ..diagnostics import Diagnostic, Span, closest, corrected_line, finding
from .layout import TOP_LEVEL

if TYPE_CHECKING:
    from lark import Token
    from lark.exceptions import UnexpectedInput

    from .layout import Layout

MAX_EXPECTED = 8
"""How many things that may stand in a place are named."""

_WORDS = {
    "_NL": "the end of the line",
    "$END": "the end of the file",
    "NAME": "a name",
    "STRING": "a quoted text",
    "TEMPLATE": 'a template t"…"',
    "INT": "a whole number",
    "DECIMAL": "a decimal",
    "COMPARISON": "a comparison",
    "SIGN": "+ or -",
    "STAR": "*",
    "CODE": "a code such as CPQ-101",
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "EQUAL": "=",
    "COMMA": ",",
    "COLON": ":",
    "DOT": ".",
    "__ANON_0": "->",
    "__ANON_1": "=>",
}
_VALUES = {"STRING", "INT", "TRUE", "FALSE", "LPAR"}
_OPERATORS = {"STAR", "SIGN", "COMPARISON"}
_SIGNS = {
    "'": 'texts stand in double quotes: "…"',
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`, or != between two values",
    "/": "divide(number, by, places) divides; a comment starts with #",
    "%": "write a decimal, such as 0.05",
    ";": "end the line instead",
    "?": "if(condition, then, otherwise) chooses between two values",
    "\N{LEFT DOUBLE QUOTATION MARK}": 'texts stand in straight double quotes: "…"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": 'texts stand in straight double quotes: "…"',
}
_QUOTED = re.compile(r"'([^'\"]*)'")
_WORDS_FOR = re.compile(r"\s*(&&?|\|\|?|!(?!=))\s*")
_PARTNER = {"{": "}", "(": ")", "[": "]"}


def layout_faults(text: str, layout: Layout, path: str) -> list[Diagnostic]:
    """What the layout alone shows: brackets without a partner, texts without an end."""
    out = []
    for each in layout.unclosed:
        span, partner = span_of(text, path, each.at, each.at + 1), _PARTNER[text[each.at]]
        hint = f"close it with {partner}"
        if partner != "}" and "\n" not in text[each.at : each.missed]:
            end = len(text[: each.missed].rstrip())
            hint = corrected_line(text, span_of(text, path, end, end), partner)
        out.append(finding("E102", f"this {text[each.at]} is never closed", span=span, fix=hint))
    for at in layout.stray:
        span = span_of(text, path, at, at + 1)
        hint = corrected_line(text, span, "") or "remove it"
        out.append(finding("E111", f"this {text[at]} closes nothing", span=span, fix=hint))
    for at in layout.unterminated:
        end = text.find("\n", at)
        span = span_of(text, path, at, end if end >= 0 else len(text))
        written = text[at : end if end >= 0 else len(text)].rstrip()
        notes = ("a line break inside a text is written \\n",)
        hint = corrected_line(text, span, f'{written}"')
        out.append(finding("E103", "this text has no closing quote", span=span, notes=notes, fix=hint))
    return out


def syntax_fault(fault: UnexpectedInput, text: str, path: str, at: int) -> Diagnostic:
    """The finding for a token or character that the parser refuses at an offset."""
    if not isinstance(fault, UnexpectedToken):
        character = text[at]
        span = span_of(text, path, at, at + 1)
        hint = _SIGNS.get(character, "texts stand in double quotes, comments start with #")
        line = text.split("\n")[span.line - 1]
        spelled = _QUOTED.sub(r'"\1"', line) if character == "'" else _WORDS_FOR.sub(_word_for, line)
        notes, better = ((hint,), spelled.strip()) if spelled != line else ((), hint)
        return finding("E104", f"`{_visible(character)}` means nothing here", span=span, notes=notes, fix=better)
    token = fault.token
    span = span_of(text, path, at, at + (len(str(token)) if token.type not in ("_NL", "$END") else 1))
    accepted = set(fault.accepts or fault.expected)
    fix: str | None
    if token.type == "EQUAL" and text[at - 1 : at] == "=":
        span = span_of(text, path, at - 1, at + 1)
        fix = corrected_line(text, span, "=")
        return finding("E101", "`==` compares, and `=` assigns", span=span, fix=fix)
    if "RULES" in accepted and "MAP" in accepted:
        near = closest(str(token), TOP_LEVEL)
        fix = corrected_line(text, span, near) if near else f"blocks start with {', '.join(TOP_LEVEL)}"
        return finding("E105", f"no block starts with {_shown(token)}", span=span, fix=fix)
    expected = _expected_words(accepted)
    few = expected if len(expected) <= MAX_EXPECTED else [*expected[:MAX_EXPECTED], "…"]
    notes = (f"expected {' or '.join(few)}",) if few else ()
    right = _meant(token, accepted)
    if right == "=>" and text[at - 1 : at] not in {" ", ""}:
        right = " =>"
    fix = corrected_line(text, span, right) if right else None
    return finding("E101", f"{_shown(token)} is not expected here", span=span, notes=notes, fix=fix)


def span_of(text: str, path: str, start: int, end: int) -> Span:
    """The span between two offsets, cut at the end of its first line and at least one character wide."""
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    line_end = text.find("\n", start)
    width = min(end, line_end if line_end >= 0 else len(text)) - start
    return Span(path, line, column, line, column + max(width, 1))


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


def _meant(token: Token, accepted: set[str]) -> str | None:
    """What the token was meant to be, where that is plain."""
    if token.type == "COMPARISON" and str(token) == "==" and "EQUAL" in accepted:
        return "="
    if token.type == "EQUAL" and "COMPARISON" in accepted:
        return "=="
    if token.type == "EQUAL" and "COLON" in accepted:
        return ":"
    if token.type == "COLON" and "EQUAL" in accepted:
        return " ="
    if token.type in ("EQUAL", "COLON", "__ANON_0") and "__ANON_1" in accepted:
        return "=>"
    if token.type in ("COLON", "__ANON_1") and "__ANON_0" in accepted:
        return "->"
    return closest(str(token), [each.lower() for each in accepted if each.isalpha() and each not in _WORDS])


def _shown(token: Token) -> str:
    return _WORDS[token.type] if token.type in ("_NL", "$END") else f"`{token}`"


def _word(terminal: str) -> str:
    return _WORDS.get(terminal, f"`{terminal.lower()}`")


def _word_for(sign: re.Match[str]) -> str:
    word = {"&": "and", "|": "or", "!": "not"}[sign[1][0]]
    return f" {word} "


def _visible(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"
