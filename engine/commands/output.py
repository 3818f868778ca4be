"""Where commands print: data on standard output, the rest on standard error; exit codes."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import click

from ..diagnostics import Diagnostic, render_text
from ..visible import visible

DONE, FINDINGS, USAGE, NOTHING, CHANGES = 0, 1, 2, 3, 4
"""The exit codes; see docs/commands.md."""


def say(*findings: Diagnostic, sources: dict[str, str] | None = None) -> None:
    """Findings on standard error."""
    for each in findings:
        click.echo(render_text(each, sources or {}, colour=colour_of(sys.stderr)), err=True)


def nothing(message: str, hint: str) -> NoReturn:
    """Ends a command that found nothing to work on."""
    click.echo(visible(f"{message}\n  = try: {hint}"), err=True)
    sys.exit(NOTHING)


def show(text: str) -> None:
    """A text for people on standard output; nothing that a value holds is obeyed by their terminal."""
    click.echo(visible(text, coloured=colour_of(sys.stdout)), nl=False)


def data(text: str) -> None:
    """A document on standard output, in UTF-8 whatever the terminal's encoding is: JSON, a page, CSV, a rule file."""
    sys.stdout.flush()
    sys.stdout.buffer.write(utf8(text))
    sys.stdout.buffer.flush()


def utf8(text: str) -> bytes:
    """A text in UTF-8; bytes of a file name that were no text are the sign for what cannot be shown."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")


def colour_of(stream: Any) -> bool:
    """Whether a stream takes colour: a terminal, and NO_COLOR is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def width() -> int | None:
    """The columns of the terminal; a file or pipe takes as much as a line needs."""
    import shutil

    return shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else None
