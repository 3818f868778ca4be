"""What stands between quotes: escapes, and the expressions of a template."""

from __future__ import annotations

from typing import NamedTuple

ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t", "{": "{", "}": "}"}
ESCAPE_WORDS = 'write \\\\ for a backslash; the others are \\" \\n \\t \\{ \\} and \\u with four hexadecimal digits'

_HEX_DIGITS = 4


class TextFault(NamedTuple):
    """Something that a text must not hold, at an offset, over so many characters."""

    offset: int
    length: int
    code: str
    message: str
    fix: str


class Piece(NamedTuple):
    """A stretch of a template's body: plain text, or the text of an expression, at its offset."""

    text: str
    offset: int
    is_expression: bool


def unescape(body: str) -> tuple[str, list[TextFault]]:
    """The text that a body between quotes stands for; an unknown escape stands for its letter, and is a fault."""
    if "\\" not in body:
        return body, []
    out: list[str] = []
    faults: list[TextFault] = []
    at = 0
    while at < len(body):
        if body[at] != "\\":
            out.append(body[at])
            at += 1
            continue
        letter, digits = body[at + 1 : at + 2], body[at + 2 : at + 2 + _HEX_DIGITS]
        if letter == "u" and len(digits) == _HEX_DIGITS and all(each in "0123456789abcdefABCDEF" for each in digits):
            out.append(chr(int(digits, 16)))
            at += 2 + _HEX_DIGITS
            continue
        if letter not in ESCAPES:
            faults.append(TextFault(at, 2, "E106", f"`\\{letter}` is not an escape", ESCAPE_WORDS))
        out.append(ESCAPES.get(letter, letter))
        at += 2
    # Two escapes may spell one character beyond U+FFFF; half of such a pair is no character at all.
    text = "".join(out)
    if any("\ud800" <= each <= "\udfff" for each in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if "\ufffd" in text:
            words = "half of a surrogate pair is no character"
            faults.append(TextFault(0, len(body), "E106", words, "write both halves, or the character itself"))
    return text, faults


def template_pieces(body: str) -> tuple[list[Piece], list[TextFault]]:
    """The texts and expressions of a template in turn, and the braces that do not fit."""
    pieces: list[Piece] = []
    faults: list[TextFault] = []
    text_from = at = 0
    while at < len(body):
        sign = body[at]
        if sign == "\\":
            at += 1
        elif sign == "}":
            faults.append(
                TextFault(at, 1, "E107", "this } closes nothing in the template", "write \\} for a plain brace")
            )
        elif sign == "{":
            end = body.find("}", at)
            inner = body[at + 1 : end] if end >= 0 else ""
            if inner.strip():
                if at > text_from:
                    pieces.append(Piece(body[text_from:at], text_from, is_expression=False))
                pieces.append(Piece(inner, at + 1, is_expression=True))
                text_from = end + 1
            else:
                what = "this { is never closed in the template" if end < 0 else "there is no expression between { and }"
                length = 1 if end < 0 else end + 1 - at
                faults.append(TextFault(at, length, "E107", what, "write \\{ for a plain brace"))
            at = end if end >= 0 else len(body)
        at += 1
    if text_from < len(body):
        pieces.append(Piece(body[text_from:], text_from, is_expression=False))
    return pieces, faults
