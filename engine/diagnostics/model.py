"""The diagnostic record: one finding, said once, rendered many ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..immutable import Immutable
from .codes import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping


class Severity(StrEnum):
    """How bad a finding is: only an `error` stops a plan from being applied."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Span(Immutable):
    """A stretch of a rule file: lines and columns count from 1, the end column is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`, in the same file."""
        return Span(self.path, self.line, self.column, other.end_line, other.end_column)

    def first_line(self, sources: Mapping[str, str]) -> Span:
        """The part of this span on its first line, without the brace and blanks that end the line."""
        if self.line == self.end_line:
            return self
        line = sources[self.path].split("\n")[self.line - 1].partition("#")[0].rstrip(" \t{")
        return Span(self.path, self.line, self.column, self.line, max(len(line), self.column) + 1)


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that belongs to a finding, with the words written under it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about the user's input: what is wrong, where, why, and what to do.

    `span` is a place in a rule file; `file` and `path` are a data file and the JSON path in it; `record` names a
    Salesforce record as `Object(id)`. `scope` is the rule block a span lies in ("map customer"); `rule` is the position
    of the rule that made a value. `fix` is the corrected source line or the thing to do.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    span: Span | None = None
    label: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    fix: str | None = None
    scope: str | None = None
    rule: str | None = None
    record: str | None = None
    file: str | None = None
    path: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether the finding stops a plan."""
        return self.severity is Severity.ERROR

    def sort_key(self) -> tuple[Any, ...]:
        """Order of findings in one output: by place, then by code and words."""
        span = self.span
        place = (span.path, span.line, span.column) if span else (self.file or "~", 0, 0)
        return (place, self.path or "", self.record or "", self.code, self.message)

    def to_json(self) -> dict[str, Any]:
        """The record of `schemas/diagnostic.json`: absent parts are left out."""
        out: dict[str, Any] = {"code": self.code, "severity": str(self.severity), "message": self.message}
        if self.span:
            out["span"] = _span_json(self.span)
        if self.label:
            out["label"] = self.label
        if self.labels:
            out["labels"] = [{"span": _span_json(each.span), "text": each.text} for each in self.labels]
        if self.notes:
            out["notes"] = list(self.notes)
        for name in ("fix", "scope", "rule", "record", "file", "path"):
            value = getattr(self, name)
            if value is not None:
                out[name] = value
        return out


def finding(code: str, message: str, **where: Any) -> Diagnostic:
    """A diagnostic with a code of the table, whose severity the table gives unless one is passed.

    Raises:
        KeyError: when the code is not in the table, which is a fault of the program.
    """
    severity = where.pop("severity", None) or Severity(CODES[code].severity)
    return Diagnostic(code, message, severity, **where)


def ordered(findings: list[Diagnostic]) -> list[Diagnostic]:
    """The findings by place, without the ones said twice."""
    return sorted(dict.fromkeys(findings), key=Diagnostic.sort_key)


def has_errors(findings: list[Diagnostic] | tuple[Diagnostic, ...]) -> bool:
    """Whether any finding is an error."""
    return any(each.is_error for each in findings)


def diagnostic_from_json(data: dict[str, Any]) -> Diagnostic:
    """The inverse of `Diagnostic.to_json`, for findings that a saved plan carries."""
    known = {name: data[name] for name in ("label", "fix", "scope", "rule", "record", "file", "path") if name in data}
    span = _span_from_json(data["span"]) if "span" in data else None
    labels = tuple(Label(_span_from_json(each["span"]), each["text"]) for each in data.get("labels", ()))
    bare = Diagnostic(data["code"], data["message"], Severity(data["severity"]), span, labels=labels)
    return replace(bare, notes=tuple(data.get("notes", ())), **known)


def _span_json(span: Span) -> dict[str, Any]:
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _span_from_json(data: dict[str, Any]) -> Span:
    return Span(data["path"], data["line"], data["column"], data["end_line"], data["end_column"])
