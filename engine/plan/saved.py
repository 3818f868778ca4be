"""Saved plans of a file that may hold one, or one a line."""

from __future__ import annotations

import json
from typing import Any

from ..diagnostics import Diagnostic, OrderplanError
from ..reading import read_bytes
from .document import read_plan
from .model import FORMAT, Plan


def saved_text(path: str) -> str:
    """The text of a saved plan.

    Raises:
        OrderplanError: E901, when the file cannot be read.

    """
    try:
        return read_bytes(path).decode("utf-8")
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        raise OrderplanError(
            "E901", f"cannot read {path}: {reason}", "name a plan that `orderplan plan` wrote"
        ) from fault


def holds_plans(text: str) -> bool:
    """Whether a text is one plan, or one plan a line; broken ones count where they still say so."""
    whole = _parsed(text)
    first = whole if whole is not None else _parsed(text.lstrip().partition("\n")[0])
    return isinstance(first, dict) and first.get("format") == FORMAT


def holds_applyable_plan(path: str) -> bool:
    """Whether a file holds a plan without errors; not, when it cannot be read or is something else."""
    try:
        document = json.loads(read_bytes(path, regular=True))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT and document.get("applyable") is True


def read_plans(text: str, name: str) -> tuple[list[Plan], list[Diagnostic]]:
    """The plans of a text, with the faults of those that cannot be read and warnings about edited ones."""
    parts = [(name, text)]
    if _parsed(text) is None:
        parts = [(f"{name}:{number}", line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    plans: list[Plan] = []
    findings: list[Diagnostic] = []
    for label, part in parts:
        plan, faults = read_plan(part, label)
        findings += faults
        if plan is not None:
            plans.append(plan)
    return plans, findings


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
