"""`orderplan forecast`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from ..diagnostics import has_errors
from .inputs import bytes_of, expanded, planner_of_file, saved_plans
from .output import DONE, FINDINGS, colour_of, data, nothing, say, show, width
from .plans import show_diagnostics

if TYPE_CHECKING:
    from ..forecast import ForecastedPlan
    from ..plan import Plan


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="PLAN|BUNDLE...")
@click.option("--rules", "rules_path", metavar="FILE", help="The rule file that bundles are planned by.")
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
@click.option(
    "--verify", is_flag=True, help="Compare the next invoice of applied plans with the one that Stripe previews."
)
@click.option("--live", is_flag=True, help="With --verify: take a live key.")
@click.option("--database", metavar="FILE|URL", help="With --verify: the journal of what was applied.")
def forecast(
    inputs: tuple[str, ...],
    rules_path: str | None,
    form: str,
    cycles: int | None,
    verify: bool,
    live: bool,
    database: str | None,
) -> None:
    """Show what plans will bill, when, and whether it is what was sold.

    A bundle is planned first; a file may hold one plan or bundle a line, and `-` is standard input. Several plans give the
    money by month and currency.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json --out plan.json
      orderplan forecast plan.json --format csv
      orderplan forecast examples/orders/*.json
    """
    from ..forecast import forecasted
    from ..plan import without_secrets

    planner = cache(lambda: planner_of_file(rules_path))  # only bundles need rules
    views = [
        (source, forecasted(without_secrets(plan), cycles=cycles))
        for name in expanded(inputs, "plan or bundle")
        for source, plan in _plans(name, planner)
    ]
    if not views:
        nothing("no order: the input holds no plan and no bundle", "put one bundle a line, or one JSON document")
    for _, each in views:
        show_diagnostics(each)
    if len(views) == 1:
        _show_one(views[0][1], form)
    else:
        _show_together(views, form)
    agreed = not verify or _verified(views, live=live, database=database)
    sys.exit(DONE if agreed and all(each.sound for _, each in views) else FINDINGS)


def _plans(name: str, planner: Callable[[], Any]) -> Iterator[tuple[str, Plan]]:
    """The saved plans of a file, or the plans of its bundles, each with where it stands; unreadable plans end the command."""
    content = bytes_of(name)
    saved = saved_plans(content, name)
    if saved is not None:
        yield from ((name, each) for each in saved)
        return
    for loaded in planner().bundles(name, content if name == "-" else None):
        yield loaded.name, planner().plan(loaded)


def _verified(views: list[tuple[str, ForecastedPlan]], *, live: bool, database: str | None) -> bool:
    """Says where Stripe previews another next invoice; whether it does so nowhere."""
    from ..apply import Journal
    from ..apply.database import database_url, engine_of
    from ..apply.preview import verified
    from ..connect import StripeClient, stripe_login
    from ..schema.stripe import versions

    client = StripeClient(stripe_login(live=live), versions()[-1])
    account = client.account()
    engine = engine_of(database_url(database))
    journal = Journal(engine)
    found = [one for name, each in views for one in verified(client, journal, account.id, each, account.moment, name)]
    engine.dispose()
    say(*found)
    if not found:
        click.echo("verified: Stripe previews the same next invoice", err=True)
    return not has_errors(found)


def _show_one(view: ForecastedPlan, form: str) -> None:
    from ..plan import dump
    from ..render import forecast_csv, forecast_text

    if view.outlook is None:
        click.echo(
            "no forecast: a plan with errors bills nothing\n  = try: correct what the plan found, and plan again",
            err=True,
        )
        sys.exit(FINDINGS)
    if form == "json":
        data(dump(view.outlook.to_json()))
    elif form == "csv":
        data(forecast_csv(view.outlook.forecast.invoices))
    else:
        show(forecast_text(view, colour=colour_of(sys.stdout), width=width()))


def _show_together(views: list[tuple[str, ForecastedPlan]], form: str) -> None:
    from ..forecast import together
    from ..plan import dump
    from ..render import forecast_csv, together_text

    found = together(views)
    say(*found.repeated)
    if form == "json":
        data(dump(found.to_json()))
    elif form == "csv":
        data(forecast_csv(*(each.invoices for each in found.contracts)))
    else:
        show(together_text(found, colour=colour_of(sys.stdout)))
