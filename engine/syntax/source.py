"""Rule files as text, and what parsing makes of one; nothing here needs the parser itself."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass
from pathlib import Path

from ..diagnostics import Diagnostic, OrderplanError
from ..reading import LARGEST_RULES, read_bytes
from . import ast

_FIRST_LINE = re.compile(
    r"(?:rules|extend|test)\s*\"|(?:source|target)\s+\w+\s*\"|settings\s*\{|lookup\s+\w+\s*:|sync\s+\w+\s+(?:as|when)\b"
    r"|read\s+\w+\s+from\b|part\s+\w+\s*\{|map\s+\w+.*\bfrom\b|override\s+\w+"
)

KEPT = Path(__file__).with_name("kept")
"""The folder of the parser's tables and of the trees of the shipped rules; `make grammar` writes it."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's tree and its faults; the tree lacks the statements that could not be read."""

    file: ast.RuleFile
    findings: tuple[Diagnostic, ...]


def plain_lines(text: str) -> str:
    """Rule text with newlines of one kind and without a byte order mark: what columns and lines are counted in."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_file(path: str, *, foreign: bool = False) -> str:
    """The text of a rule file, of standard input for `-`; a `foreign` name is one that a file gives, not the user.

    Raises:
        OrderplanError: when it cannot be read or is not UTF-8, and E908 when it is no rule file: no message shows its text.
    """
    try:
        text = read_bytes(path, limit=LARGEST_RULES, regular=foreign).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        message = f"{path} is not UTF-8 text: line {line} has the byte 0x{fault.object[fault.start]:02X}"
        raise OrderplanError("E109", message, "save the file in the encoding UTF-8") from fault
    except (OSError, ValueError) as fault:
        reason = (getattr(fault, "strerror", None) or str(fault)).lower()
        raise OrderplanError("E901", f"{path} cannot be read: {reason}", "check the path") from fault
    if path != "-" and not os.path.realpath(path).endswith(".rules") and not _begins_like_rules(text):
        hint = 'a rule file begins with: rules "name" version 1'
        raise OrderplanError("E908", f"{path} is no rule file", hint)
    return text


def _begins_like_rules(text: str) -> bool:
    """Whether the first line that is no comment is one of a rule file; a file without such a line has nothing to hide."""
    first = next((line for each in text.splitlines() if (line := each.strip()) and not line.startswith("#")), None)
    return first is None or _FIRST_LINE.match(first) is not None
