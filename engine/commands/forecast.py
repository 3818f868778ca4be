"""`orderplan forecast`."""

from __future__ import annotations

import sys

import click

from .inputs import saved_plan
from .output import DONE, FINDINGS, colour_of, data, show, width
from .plans import show_diagnostics


@click.command()
@click.argument("plan_file", metavar="PLAN")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="How the forecast is printed; csv has a row for each line of an invoice.",
)
@click.option(
    "--cycles",
    type=click.IntRange(1, 1200),
    metavar="N",
    help="Billing cycles of contracts without an end; 12 by default.",
)
def forecast(plan_file: str, form: str, cycles: int | None) -> None:
    """Show what a saved plan will bill, when, and whether it is what was sold.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json --out plan.json
      orderplan forecast plan.json --format csv
    """
    from ..forecast import forecasted
    from ..plan import dump, without_secrets
    from ..render import forecast_csv, forecast_text

    shown = forecasted(without_secrets(saved_plan(plan_file)), cycles=cycles)
    show_diagnostics(shown)
    if shown.outlook is None:
        click.echo(
            "no forecast: a plan with errors bills nothing\n  = try: correct what the plan found, and plan again",
            err=True,
        )
        sys.exit(FINDINGS)
    if form == "json":
        data(dump(shown.outlook.to_json()))
    elif form == "csv":
        data(forecast_csv(shown))
    else:
        show(forecast_text(shown, colour=colour_of(sys.stdout), width=width()))
    sys.exit(DONE if shown.sound else FINDINGS)
