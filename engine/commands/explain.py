"""`orderplan explain`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..diagnostics import CODES
from .inputs import saved_plan
from .output import NOTHING, nothing, say, show


@click.command()
@click.argument("what", metavar="CODE|PLAN")
@click.argument("call", required=False, metavar="[CALL[/PARAM]]")
def explain(what: str, call: str | None) -> None:
    """Explain a diagnostic code, or where a call or parameter of a saved plan came from.

    \b
    Example:
      orderplan explain E203
    """
    if call is None:
        from ..diagnostics.pages import page

        code = what.upper()
        text = page(code)
        if text is None:
            if Path(what).is_file() or what.endswith(".json"):
                raise click.UsageError(
                    f"{what} is no code: name the call of the plan to explain, `orderplan explain {what} CALL`; "
                    f"`orderplan show {what}` lists the calls"
                )
            from ..diagnostics import closest

            near = closest(code, CODES)
            nothing(
                f"there is no code {what}",
                f"did you mean {near}?" if near else "codes look like E203; docs/errors lists them",
            )
        click.echo(text, nl=False)
        return
    from ..plan import without_secrets
    from ..render import RuleText, explain_call

    plan = without_secrets(saved_plan(what))
    words, faults = explain_call(plan, call, what, RuleText.of(plan))
    say(*faults)
    if words is None:
        sys.exit(NOTHING)
    show(words)
