"""`orderplan show`."""

from __future__ import annotations

import sys

import click

from .inputs import saved_plan
from .output import DONE, FINDINGS
from .plans import say_unkeyed, show_plan


@click.command()
@click.argument("plan_file", metavar="PLAN")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html", "stripe-fixtures"]),
    default="text",
    show_default=True,
    help="How the plan is printed: html is one page, stripe-fixtures what `stripe fixtures FILE` runs.",
)
@click.option("--reveal", is_flag=True, help="Show the sensitive values of a plan saved with --out.")
def show(plan_file: str, form: str, reveal: bool) -> None:
    """Show a saved plan.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json --out plan.json
      orderplan show plan.json
    """
    from ..forecast import forecasted
    from ..plan import without_secrets

    plan = saved_plan(plan_file)
    # The saved forecast may rest on sensitive values, so it is made again from what is shown.
    shown = forecasted(plan if reveal else without_secrets(plan))
    if not reveal:
        say_unkeyed([plan])
    show_plan(shown, form, plan_file)
    sys.exit(DONE if shown.sound else FINDINGS)
