"""Codes, the diagnostic record, and its renderings."""

from engine.diagnostics.codes import CODES, Code
from engine.diagnostics.failure import OrderplanError
from engine.diagnostics.model import (
    Diagnostic,
    Label,
    Severity,
    Span,
    diagnostic_from_json,
    finding,
    has_errors,
    ordered,
)
from engine.diagnostics.suggest import closest, corrected_line
from engine.diagnostics.text import render_text

__all__ = [
    "CODES",
    "Code",
    "Diagnostic",
    "Label",
    "OrderplanError",
    "Severity",
    "Span",
    "closest",
    "corrected_line",
    "diagnostic_from_json",
    "finding",
    "has_errors",
    "ordered",
    "render_text",
]
