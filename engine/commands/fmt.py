"""`orderplan fmt`."""

from __future__ import annotations

import sys

import click

from .files import write
from .inputs import expanded
from .output import DONE, FINDINGS, data, say, show


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="RULES...")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 when a file is not in canonical form.")
def fmt(files: tuple[str, ...], check: bool) -> None:
    """Bring rule files into canonical form; `-` formats standard input to standard output.

    \b
    Example:
      orderplan fmt --check rules/*.rules
    """
    from ..syntax import format_rules, read_file

    names = expanded(files, "rule file")
    if "-" in names and len(names) > 1:
        raise click.UsageError("`-` is formatted to standard output, and stands alone")
    status = DONE
    for path in names:
        text = read_file(path)
        formatted, faults = format_rules(text, path)
        say(*faults, sources={path: text})
        if formatted is None:
            status = FINDINGS
        elif path == "-":
            data(formatted)
        elif formatted != text and not check:
            write(path, formatted)
            show(f"formatted {path}\n")
        elif formatted != text:
            show(f"would format {path}\n")
        if check and formatted != text:
            status = FINDINGS
    sys.exit(status)
