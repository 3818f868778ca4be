"""All findings of a run as one document: JSON for programs, a closing line for people."""

from __future__ import annotations

import json
from collections.abc import Sequence

from .model import Diagnostic, Severity


def render_json(findings: Sequence[Diagnostic]) -> str:
    """One JSON object, `{"diagnostics": [...], "summary": {...}}`, as `schemas/diagnostic.json` describes it.

    The text ends in a newline and is valid Unicode whatever bytes a file name had.
    """
    document = {
        "diagnostics": [each.to_json() for each in findings],
        "summary": {f"{severity}s": _count(findings, severity) for severity in Severity},
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def tally(findings: Sequence[Diagnostic]) -> str:
    """How many findings there are of each severity, such as `3 errors, 1 warning`; `nothing found` when there is none."""
    counts = [(severity, _count(findings, severity)) for severity in Severity]
    words = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts if count]
    return ", ".join(words) or "nothing found"


def _count(findings: Sequence[Diagnostic], severity: Severity) -> int:
    return sum(each.severity is severity for each in findings)
