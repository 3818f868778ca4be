"""`orderplan validate`."""

from __future__ import annotations

import os
import sys

import click

from ..diagnostics import Diagnostic, has_errors, ordered, render_text
from .inputs import expanded
from .output import DONE, FINDINGS, colour_of, data


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="RULES...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How findings are printed.",
)
@click.option(
    "--stripe-version", metavar="VERSION", help="Check against this Stripe API version instead of the file's."
)
@click.option("--warn-else", is_flag=True, help="Warn where a lookup's else hides picklist values.")
def validate(files: tuple[str, ...], form: str, stripe_version: str | None, warn_else: bool) -> None:
    """Check rule files against the schemas of both sides.

    \b
    Example:
      orderplan validate rules/*.rules
    """
    from ..diagnostics.report import render_json, tally
    from ..validate import check_file

    findings: list[Diagnostic] = []
    sources: dict[str, str] = {}
    paths = expanded(files, "rule file")
    extended: set[str] = set()
    for path in paths:
        checked = check_file(path, stripe_version=stripe_version, warn_else=warn_else, parts_alone=True)
        findings += checked.findings
        sources |= checked.sources
        extended |= {_place(each) for each in checked.sources if each != path}
    # parts are checked where they are used: that is here, when a file that extends theirs is among those asked for
    findings = [each for each in findings if each.code != "N201" or _place(each.file or "") not in extended]
    findings = ordered(findings)
    if form == "json":
        data(render_json(findings))
    else:
        for each in findings:
            click.echo(render_text(each, sources, colour=colour_of(sys.stdout)))
        words = f"{len(paths)} rule file{'s' if len(paths) > 1 else ''} checked"
        click.echo(f"{words}: {tally(findings)}" if findings else f"{words}, nothing found")
    sys.exit(FINDINGS if has_errors(findings) else DONE)


def _place(path: str) -> str:
    """Where a file is, whatever it is called; its name where there is no working folder."""
    try:
        return os.path.realpath(path)
    except OSError:
        return path
