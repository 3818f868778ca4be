"""`orderplan show`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .inputs import saved_plan
from .output import DONE, FINDINGS, data
from .plans import say_unkeyed, show_plan

if TYPE_CHECKING:
    from ..forecast import ForecastedPlan
    from ..plan import Plan


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
@click.option("--database", metavar="FILE|URL", help="With html: the journal, to show what became of each call.")
def show(plan_file: str, form: str, reveal: bool, database: str | None) -> None:
    """Show a saved plan.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json --out plan.json
      orderplan show plan.json
    """
    from ..forecast import forecasted
    from ..plan import without_secrets

    if database is not None and form != "html":
        raise click.UsageError("--database is for --format html; `orderplan apply --status` tells it as text and JSON")
    plan = saved_plan(plan_file)
    # The saved forecast may rest on sensitive values, so it is made again from what is shown.
    shown = forecasted(plan if reveal else without_secrets(plan))
    if not reveal:
        say_unkeyed([plan])
    if database is not None:
        _show_applied(shown, database)
    else:
        show_plan(shown, form, plan_file)
    sys.exit(DONE if shown.sound else FINDINGS)


_PLACES = {
    "customer": "customers",
    "product": "products",
    "price": "prices",
    "coupon": "coupons",
    "subscription_schedule": "subscription_schedules",
    "subscription": "subscriptions",
    "invoice": "invoices",
}
"""Where Stripe's dashboard shows an object."""


def _show_applied(shown: ForecastedPlan, database: str) -> None:
    """The page of a plan with what became of its calls."""
    from ..apply import Journal
    from ..apply.database import database_url, engine_of
    from ..apply.report import states_of
    from ..apply.work import Plans
    from ..render import Became, RuleText, render_html

    plan = shown.plan
    engine = engine_of(database_url(database))
    journal = Journal(engine)
    became: dict[str, Became] = {}
    if journal.plan(plan.digest) is not None:
        for contract in states_of(journal, plan.digest, Plans(journal).of(plan.digest)):
            for each in contract.calls:
                made = each.object_id or ""
                message = str((each.error or {}).get("message", ""))
                address = _address(plan, each.call.resource, made)
                became[each.call.id] = Became(each.state, made, address, message)
    engine.dispose()
    data(render_html(shown, RuleText.of(plan), became))


def _address(plan: Plan, resource: str, object_id: str) -> str:
    """Where the dashboard shows an object, where account and mode are known."""
    mode = (plan.account or {}).get("livemode")
    place = _PLACES.get(resource)
    if place is None or not object_id or mode is None or "_sandbox_" in object_id:
        return ""
    return f"https://dashboard.stripe.com/{'' if mode else 'test/'}{place}/{object_id}"
