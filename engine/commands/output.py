"""Where commands print: data on standard output, the rest on standard error; files as a whole; exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from ..diagnostics import Diagnostic, OrderplanError, render_text

DONE, FINDINGS, USAGE, NOTHING, CHANGES = 0, 1, 2, 3, 4
"""The exit codes; see docs/commands.md."""


def say(*findings: Diagnostic, sources: dict[str, str] | None = None) -> None:
    """Findings on standard error."""
    for each in findings:
        click.echo(render_text(each, sources or {}, colour=colour_of(sys.stderr)), err=True)


def nothing(message: str, hint: str) -> NoReturn:
    """Ends a command that found nothing to work on."""
    click.echo(f"{message}\n  = try: {hint}", err=True)
    sys.exit(NOTHING)


def write(path: str, text: str, *, private: bool = False) -> None:
    """Writes a file as a whole: readers see the old one or the new one, never a part."""
    import tempfile

    target = Path(path)
    part: str | None = None
    try:
        mode = 0o600 if private else (target.stat().st_mode & 0o777 if target.exists() else 0o644)
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).chmod(mode)
        Path(part).replace(target)
    except OSError as fault:
        if part is not None:
            Path(part).unlink(missing_ok=True)
        raise OrderplanError(
            "E905", f"cannot write {path}: {fault.strerror}", "name a place that can be written"
        ) from fault


def colour_of(stream: Any) -> bool:
    """Whether a stream takes colour: a terminal, and NO_COLOR is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def width() -> int | None:
    """The columns of the terminal; a file or pipe takes as much as a line needs."""
    import shutil

    return shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else None
