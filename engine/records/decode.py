"""Bytes to JSON values: exact numbers, one value a name, and every fault with its line and column."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from ..diagnostics import Span
from .findings import Findings, member, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 60  # nested SOQL results need about 12, Stripe's objects about 10
MAX_DIGITS = 60  # of a number as written; Salesforce's have at most 18, a double printed in full has more
MAX_MAGNITUDE = 40  # power of ten
_MAX_NUMBER = 10**MAX_MAGNITUDE

_TOKENS = re.compile(r'"(?:[^"\\]|\\(?:.|\Z))*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_REASONS = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": 'a name in "double quotes" is missing',
    "Expecting ':' delimiter": "a colon is missing after a name",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Unterminated string starting at": "a text is not closed",
    "Invalid control character at": "a text holds a bare line end or control character",
    "Invalid \\escape": "a text holds an unknown escape",
    "Invalid \\uXXXX escape": "a text holds an incomplete \\u escape",
    "Extra data": "something stands after the end of the document",
}


def decode(data: bytes, findings: Findings, name: str, first_line: int = 1) -> Any:
    """The JSON value of a document; None with findings when there is none.

    Numbers are int or Decimal. `first_line` is the line of the file that `data` starts on.
    """
    text = _text(data, findings)
    if text is None:
        return None
    if not text.strip(" \t\r\n"):
        findings.add("E403", "the file is empty", fix="write an order bundle to it, or name another file")
        return None
    return _Decoder(text, findings, name, first_line).value()


def _text(data: bytes, findings: Findings) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        findings.add("E404", "the file is UTF-16, not UTF-8", fix="save it as UTF-8")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        where = f"byte {fault.start} (0x{data[fault.start]:02x}), on line {line}"
        findings.add("E404", f"the file is not UTF-8: {where}, fits no character", fix="save it as UTF-8")
        return None


class _Decoder:
    """One document on its way: what the hooks of the JSON parser saw, which do not know their place in it."""

    def __init__(self, text: str, findings: Findings, name: str, first_line: int) -> None:
        self._text = text
        self._findings = findings
        self._name = name
        self._first_line = first_line
        self._repeated: dict[int, tuple[dict[str, Any], list[str]]] = {}
        self._odd_numbers: dict[int, tuple[Decimal, str]] = {}

    def value(self) -> Any:
        try:
            document = self._parse()
        except json.JSONDecodeError as fault:
            self._not_json(fault)
            return None
        except RecursionError:
            self._too_deep()
            return None
        too_deep, odd_number = _survey(document)
        if too_deep:
            self._too_deep()
            return None
        if odd_number or self._repeated or self._odd_numbers or _SURROGATE_ESCAPE.search(self._text):
            self._walk(document)
        return document

    def _parse(self) -> Any:
        try:
            return json.loads(
                self._text, object_pairs_hook=self._object, parse_constant=self._odd_number, parse_float=Decimal
            )
        except json.JSONDecodeError:
            raise
        except (ValueError, InvalidOperation):  # a number of absurd length: once more, slowly, to find it
            self._repeated.clear()
            self._odd_numbers.clear()
            return json.loads(
                self._text,
                object_pairs_hook=self._object,
                parse_constant=self._odd_number,
                parse_float=self._number,
                parse_int=self._integer,
            )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            times = Counter(name for name, _ in pairs)
            self._repeated[id(found)] = (found, [name for name, count in times.items() if count > 1])
        return found

    def _odd_number(self, text: str) -> Decimal:
        """A number of its own that stands for an unusable one, so that the walk can find its place."""
        stand_in = Decimal("0.0")
        self._odd_numbers[id(stand_in)] = (stand_in, text)
        return stand_in

    def _integer(self, text: str) -> int | Decimal:
        return int(text) if len(text) <= MAX_DIGITS else self._odd_number(text)

    def _number(self, text: str) -> Decimal:
        try:
            return Decimal(text) if len(text) <= MAX_DIGITS else self._odd_number(text)
        except InvalidOperation:
            return self._odd_number(text)

    def _walk(self, document: Any) -> None:
        for path, value in _values(document):
            if isinstance(value, (Decimal, int)):
                self._check_number(value, path)
            elif isinstance(value, str):
                self._check_text(value, path)
            elif isinstance(value, dict):
                for name in value:
                    self._check_text(name, path)
                for name in self._repeated[id(value)][1] if id(value) in self._repeated else ():
                    words = f"the name {shown(name)} stands more than once in one object: one value would hide another"
                    self._findings.add("E405", words, member(path, name), fix="keep one of them")

    def _check_number(self, value: Decimal | int, path: str) -> None:
        odd = self._odd_numbers.get(id(value))
        if odd is not None or _is_odd(value):
            text = odd[1] if odd is not None else str(value)
            digits = text if len(text) <= MAX_DIGITS else f"{text[:20]}… ({len(text)} characters)"
            words = f"{digits} is no number that Salesforce can hold"
            self._findings.add("E406", words, path, fix="write a decimal number, or null when there is none")

    def _check_text(self, text: str, path: str) -> None:
        if _SURROGATE.search(text):
            words = "this text holds half of a surrogate pair, which is no character"
            self._findings.add("E426", words, path, fix="write the character itself, or both halves of its escape")

    def _not_json(self, fault: json.JSONDecodeError) -> None:
        end = len(self._text.rstrip(" \t\r\n"))
        unclosed = fault.msg.startswith("Unterminated string") and "\n" not in self._text[fault.pos : end]
        if fault.pos >= end or unclosed:
            self._cut_off(end)
            return
        reason = _REASONS.get(fault.msg, fault.msg.lower())
        found = _sign(self._text[fault.pos])
        fix = None
        if fault.msg.startswith("Expecting property name") and self._text[: fault.pos].rstrip().endswith(","):
            fix = "remove the comma before the closing bracket" if self._text[fault.pos] == "}" else None
        elif fault.msg == "Extra data":
            fix = "keep one document a file, or write each bundle on one line of its own (NDJSON)"
        words = f"this is not JSON: {reason} at {self._place(fault.pos)}, where {found} stands"
        self._findings.add("E401", words, span=self._span(fault.pos), fix=fix)

    def _cut_off(self, end: int) -> None:
        opened = _open_brackets(self._text)
        notes = tuple(f"the {_BRACKETS[sign]} of {self._place(at)} is not closed" for at, sign in opened[:3])
        words = f"the file ends at {self._place(end)} in the middle of its JSON"
        fix = "it was cut off: fetch or save it again"
        self._findings.add("E402", words, span=self._span(end), notes=notes, fix=fix)

    def _too_deep(self) -> None:
        at = _position_of_depth(self._text, MAX_DEPTH + 1)
        words = f"objects and lists are nested more than {MAX_DEPTH} deep from {self._place(at)} on"
        fix = "no bundle needs that depth: look for a damaged file"
        self._findings.add("E407", words, span=self._span(at), fix=fix)

    def _place(self, position: int) -> str:
        span = self._span(position)
        return f"{span.line}:{span.column}"

    def _span(self, position: int) -> Span:
        line = self._text.count("\n", 0, position)
        column = position - (self._text.rfind("\n", 0, position) + 1) + 1
        return Span(self._name, line + self._first_line, column, line + self._first_line, column + 1)


_BRACKETS = {"{": "object", "[": "list"}


def _sign(found: str) -> str:
    """What stands at a fault, without anything of a value: a broken text may be one that nobody is to see."""
    if found.isalpha():
        return "a letter"
    if found.isdigit():
        return "a digit"
    return "a line end" if found in "\r\n" else shown(found)


def _survey(document: Any) -> tuple[bool, bool]:
    """Whether a document is nested deeper than `MAX_DEPTH`, and whether it holds a number beyond all bounds."""
    odd_number = False
    level = [document]
    for _ in range(MAX_DEPTH):
        deeper = []
        for outer in level:
            kind = type(outer)
            for value in outer.values() if kind is dict else outer if kind is list else (outer,):
                kind = type(value)
                if kind is dict or kind is list:
                    deeper.append(value)
                elif (kind is Decimal or kind is int) and _is_odd(value):
                    odd_number = True
        if not deeper:
            return False, odd_number
        level = deeper
    return True, odd_number


def _is_odd(value: Decimal | int) -> bool:
    if isinstance(value, int):
        return not -_MAX_NUMBER < value < _MAX_NUMBER
    return not -MAX_MAGNITUDE < value.adjusted() < MAX_MAGNITUDE or len(str(value)) > MAX_DIGITS


def _values(document: Any) -> Iterator[tuple[str, Any]]:
    """Every value of a document with its JSON path, outer ones first."""
    waiting: list[tuple[str, Any]] = [("$", document)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        if isinstance(value, dict):
            waiting += [(member(path, name), inner) for name, inner in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(f"{path}[{at}]", value[at]) for at in range(len(value) - 1, -1, -1)]


def _open_brackets(text: str) -> list[tuple[int, str]]:
    """The brackets that a text leaves open, innermost first."""
    opened: list[tuple[int, str]] = []
    for match in _TOKENS.finditer(text):
        sign = match[0]
        if sign in "[{":
            opened.append((match.start(), sign))
        elif sign in "]}" and opened:
            opened.pop()
    return opened[::-1]


def _position_of_depth(text: str, depth: int) -> int:
    level = 0
    for match in _TOKENS.finditer(text):
        if match[0] in "[{":
            level += 1
            if level >= depth:
                return match.start()
        elif match[0] in "]}":
            level -= 1
    return 0
