"""Codes, the diagnostic record, and its renderings."""

from .codes import CODES, FORECAST_GROUP, Code
from .failure import OrderplanError
from .model import (
    Diagnostic,
    Label,
    Severity,
    Span,
    diagnostic_from_json,
    finding,
    has_errors,
    ordered,
)
from .suggest import closest, corrected_line
from .text import render_text

__all__ = [
    "CODES",
    "FORECAST_GROUP",
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
