"""`orderplan plan`."""

from __future__ import annotations

import sys

import click

from .inputs import expanded, planner_of_file
from .output import nothing, write
from .plans import exit_with_plans, show_plan


@click.command()
@click.argument("bundles", nargs=-1, required=True, metavar="BUNDLE...")
@click.option("--rules", "rules_path", metavar="FILE", help="The rule file; the shipped rules/cpq.rules by default.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html", "stripe-fixtures"]),
    default="text",
    show_default=True,
    help="How the plan is printed: html is one page, stripe-fixtures what `stripe fixtures FILE` runs.",
)
@click.option(
    "--out", metavar="FILE", help="Also save the plan for `apply`: with sensitive values, readable by you alone."
)
@click.option("--reveal", is_flag=True, help="Show sensitive values instead of their digests.")
@click.option(
    "--preview",
    is_flag=True,
    help="Plan draft orders as if they were activated; such a plan is not applied.",
)
@click.option("--catalog", is_flag=True, help="Plan accounts, products and list prices instead of orders.")
@click.option("--strict-money", is_flag=True, help="Make it an error when what is billed is not what was sold.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 4 when the plan has calls.")
def plan(
    bundles: tuple[str, ...],
    rules_path: str | None,
    form: str,
    out: str | None,
    reveal: bool,
    preview: bool,
    catalog: bool,
    strict_money: bool,
    detailed_exitcode: bool,
) -> None:
    """Plan the Stripe calls of the orders in a bundle; `-` reads standard input, a file may hold one bundle a line.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json
    """
    from ..forecast import ForecastedPlan, bills_secrets, forecasted
    from ..plan import dump, without_secrets

    planner = planner_of_file(rules_path)
    plans: list[ForecastedPlan] = []
    saved: ForecastedPlan | None = None
    for path in expanded(bundles, "bundle"):
        for loaded in planner.bundles(path, sys.stdin.buffer if path == "-" else None, orders=not catalog):
            made = planner.plan(loaded, preview=preview, catalogue=catalog)
            shown = forecasted(made if reveal else without_secrets(made), strict=strict_money)
            plans.append(shown)
            if out:
                same = reveal or not bills_secrets(made)
                saved = ForecastedPlan(made, shown.outlook) if same else forecasted(made, strict=strict_money)
    if not plans:
        nothing("no order: the input holds no bundle", "put one bundle a line, or one JSON document")
    if out and saved is not None:
        if len(plans) > 1:
            raise click.UsageError("--out saves one plan, and there are several bundles; plan them one by one")
        write(out, dump(saved.to_document()), private=True)
    if form in ("html", "stripe-fixtures") and len(plans) > 1:
        raise click.UsageError(f"--format {form} shows one plan, and there are several bundles; plan them one by one")
    for each in plans:
        show_plan(each, form, bundles[0], one_line=len(plans) > 1)
    exit_with_plans(plans, detailed_exitcode)
