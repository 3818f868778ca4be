"""`orderplan fmt`."""

from __future__ import annotations

import sys

import click

from .inputs import expanded
from .output import DONE, FINDINGS, say, write


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

    if files == ("-",):
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        formatted, faults = format_rules(text, "-")
        say(*faults, sources={"-": text})
        if formatted is None:
            sys.exit(FINDINGS)
        click.echo(formatted, nl=False)
        sys.exit(FINDINGS if check and formatted != text else DONE)
    status = DONE
    for path in expanded(files, "rule file"):
        text = read_file(path)
        formatted, faults = format_rules(text, path)
        say(*faults, sources={path: text})
        if formatted is None:
            status = FINDINGS
        elif formatted != text:
            click.echo(f"{'would format' if check else 'formatted'} {path}")
            if check:
                status = FINDINGS
            else:
                write(path, formatted)
    sys.exit(status)
