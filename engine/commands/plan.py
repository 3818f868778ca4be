"""`orderplan plan`."""

from __future__ import annotations

import click

from ..diagnostics import finding
from .files import writable, write
from .inputs import expanded, planner_of_file, read_by
from .output import nothing, say
from .plans import exit_with_plans, say_unkeyed, show_plan


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
    from ..plan.saved import holds_applyable_plan

    planner = planner_of_file(rules_path)
    paths = expanded(bundles, "bundle")
    inputs = [*paths, *read_by(planner)]
    if out is not None:
        writable(out, inputs)
    plans: list[ForecastedPlan] = []
    saved: ForecastedPlan | None = None
    for path in paths:
        for loaded in planner.bundles(path, orders=not catalog):
            made = planner.plan(loaded, preview=preview, catalogue=catalog)
            shown = forecasted(made if reveal else without_secrets(made), strict=strict_money)
            plans.append(shown)
            if out is not None:
                same = reveal or not bills_secrets(made)
                saved = ForecastedPlan(made, shown.outlook) if same else forecasted(made, strict=strict_money)
    say_unkeyed(each.plan for each in plans)
    if not plans:
        nothing("no order: the input holds no bundle", "put one bundle a line, or one JSON document")
    if len(plans) > 1 and out is not None:
        raise click.UsageError("--out saves one plan, and there are several bundles; plan them one by one")
    if len(plans) > 1 and form in ("html", "stripe-fixtures"):
        raise click.UsageError(f"--format {form} shows one plan, and there are several bundles; plan them one by one")
    if out is not None and saved is not None:
        if saved.applyable or not holds_applyable_plan(out):
            write(out, dump(saved.to_document()), private=True, inputs=inputs)
        else:
            words = f"this plan has errors and is not saved: {out} keeps the plan without errors that it holds"
            say(finding("W906", words, fix="correct what the plan found, or remove the file first"))
    for each in plans:
        show_plan(each, form, bundles[0], one_line=len(plans) > 1)
    exit_with_plans(plans, detailed_exitcode)
