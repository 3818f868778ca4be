"""Rule files as text, and what parsing makes of one; nothing here needs the parser itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..diagnostics import Diagnostic, OrderplanError
from . import ast


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's tree and its faults; the tree lacks the statements that could not be read."""

    file: ast.RuleFile
    findings: tuple[Diagnostic, ...]


def plain_lines(text: str) -> str:
    """Rule text with newlines of one kind and without a byte order mark: what columns and lines are counted in."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_file(path: str) -> str:
    """The text of a rule file.

    Raises:
        OrderplanError: when it cannot be read or is not UTF-8.
    """
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        message = f"{path} is not UTF-8 text: line {line} has the byte 0x{fault.object[fault.start]:02X}"
        raise OrderplanError("E109", message, "save the file in the encoding UTF-8") from fault
    except (OSError, ValueError) as fault:
        reason = (getattr(fault, "strerror", None) or str(fault)).lower()
        raise OrderplanError("E901", f"{path} cannot be read: {reason}", "check the path") from fault


def cache_folder() -> Path | None:
    """The folder for what can be made again, or nothing where it cannot be written or belongs to someone else."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "orderplan"
        folder.mkdir(parents=True, exist_ok=True)
        ours = not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()
    except (OSError, RuntimeError, ValueError):
        return None
    return folder if ours and os.access(folder, os.W_OK) else None
