"""What the commands that print a plan share."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from .output import CHANGES, DONE, FINDINGS, colour_of, nothing, say, width


def exit_with_plans(documents: list[dict[str, Any]], detailed: bool) -> NoReturn:
    """Ends a command with the status that its plans deserve."""
    if not all(each["applyable"] for each in documents):
        sys.exit(FINDINGS)
    if not any(each["contracts"] for each in documents):
        nothing(
            "no order: the rules' sync predicate takes none of the orders in the bundle", "see the rules' `sync` line"
        )
    sys.exit(CHANGES if detailed and any(each["calls"] for each in documents) else DONE)


def _show_fixtures(document: dict[str, Any], name: str) -> None:
    """Prints a plan as fixtures; what stands against it ends the command."""
    from ..render.fixtures import render_fixtures

    text, faults = render_fixtures(document, name)
    say(*faults)
    if text is None:
        sys.exit(FINDINGS)
    click.echo(text, nl=False)


def show_plan(document: dict[str, Any], form: str, name: str, *, one_line: bool = False) -> None:
    """Prints a plan; what was found goes to standard error, but for JSON, which holds it."""
    if form == "json":
        from ..plan import dump

        click.echo(dump(document, one_line=one_line), nl=False)
        return
    show_diagnostics(document)
    if form == "stripe-fixtures":
        _show_fixtures(document, name)
    elif form == "html":
        from ..render import RuleText, render_html

        click.echo(render_html(document, RuleText.of(document)), nl=False)
    else:
        from ..render import render_plan

        click.echo(render_plan(document, colour=colour_of(sys.stdout), width=width()), nl=False)


def show_diagnostics(document: dict[str, Any]) -> None:
    """What a plan found, on standard error."""
    from ..diagnostics import diagnostic_from_json

    say(*(diagnostic_from_json(each) for each in document["diagnostics"]))
