"""`orderplan pull`."""

from __future__ import annotations

import datetime
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from ..diagnostics import finding, has_errors
from .files import write
from .inputs import bytes_of, planner_of_file
from .output import FINDINGS, data, nothing, say

if TYPE_CHECKING:
    from ..connect import StripeClient


@click.command()
@click.argument("orders", nargs=-1, metavar="[ORDER...]")
@click.option("--where", is_flag=True, help="The orders that the rules' `sync` line takes, instead of named ones.")
@click.option("--since", metavar="TIME", help="With --where: only orders that were changed since a moment.")
@click.option("--bundle", metavar="FILE", help="Read what Stripe knows now for a bundle that was made by other means.")
@click.option("--rules", "rules_path", metavar="FILE", help="The rule file; the shipped rules/cpq.rules by default.")
@click.option("--no-stripe", is_flag=True, help="Read the records alone, without the objects in Stripe that they name.")
@click.option("--live", is_flag=True, help="Take a live key of Stripe.")
@click.option("--as-of", metavar="TIME", help="The moment to plan for; now, by Stripe's clock, by default.")
@click.option(
    "--out", metavar="FILE", help="Write the bundle there instead of to standard output, readable by you alone."
)
def pull(
    orders: tuple[str, ...],
    where: bool,
    since: str | None,
    bundle: str | None,
    rules_path: str | None,
    no_stripe: bool,
    live: bool,
    as_of: str | None,
    out: str | None,
) -> None:
    """Pull the bundles of orders: the fields that the rules read, the whole contract, and what Stripe knows of it.

    Several contracts are a bundle a line. The records are read from the org of SF_INSTANCE_URL.

    \b
    Example:
      orderplan pull 801W00001000001IAA --out order.json
      orderplan pull --where > orders.ndjson
    """
    from ..connect import OrgClient, org_login
    from ..pull import dumped, order_ids_where, pull_contracts

    if sum(map(bool, (orders, where, bundle))) != 1:
        raise click.UsageError("name orders, or give --where or --bundle")
    planner = planner_of_file(rules_path)
    stripe = None if no_stripe else _stripe(planner.schema.version, live=live)
    if bundle is not None:
        _write(out, [_refreshed(bundle, stripe, planner)])
        return
    org = OrgClient(org_login())
    wanted = order_ids_where(org, planner, _moment(since, "--since") if since else None) if where else list(orders)
    if not wanted:
        nothing("no order: the rules' sync predicate takes none in the org", "see the rules' `sync` line")
    found = pull_contracts(org, stripe, planner, wanted, _when(as_of, stripe))
    unknown = [
        finding(
            "E951",
            f"the org has no order {each}, or its user may not see it",
            fix="look at the id, and at what the user may see",
        )
        for each in found.unknown
    ]
    say(*found.findings, *unknown)
    if found.bundles:
        _write(out, [dumped(each, one_line=len(found.bundles) > 1) for each in found.bundles])
    usage = org.usage
    told = f"; the org has had {usage.used} of {usage.allowed} requests today" if usage else ""
    count = len(found.bundles)
    click.echo(f"{count} contract{'' if count == 1 else 's'} by {found.queries} queries{told}", err=True)
    if has_errors(unknown):
        sys.exit(FINDINGS)


def _stripe(version: str, *, live: bool) -> StripeClient:
    from ..connect import StripeClient, stripe_login

    return StripeClient(stripe_login(live=live), version)


def _refreshed(path: str, stripe: StripeClient | None, planner: Any) -> str:
    """A bundle with what Stripe knows now."""
    from decimal import Decimal

    from ..diagnostics import OrderplanError
    from ..pull import dumped, refreshed

    if stripe is None:
        raise click.UsageError("--bundle reads from Stripe, and --no-stripe forbids it")
    content = bytes_of(path)
    for loaded in planner.bundles(path, content if path == "-" else None):
        say(*loaded.findings)
        if loaded.bundle is None:
            sys.exit(FINDINGS)
    try:
        document = json.loads(content, parse_float=Decimal)
    except ValueError:
        raise OrderplanError("E901", f"{path} holds several bundles", "refresh them one by one") from None
    rows = [row for those in document["records"].values() for row in those if isinstance(row, dict)]
    document["stripe"] = refreshed(stripe, planner.schema, rows)
    account = stripe.account()
    document["stripe_account"] = {"id": account.id, "livemode": stripe.login.livemode}
    return dumped(document)


def _when(as_of: str | None, stripe: StripeClient | None) -> datetime.datetime:
    if as_of is not None:
        return _moment(as_of, "--as-of")
    return stripe.account().moment if stripe is not None else datetime.datetime.now(datetime.UTC)


def _moment(text: str, option: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no moment such as 2026-03-01T09:30:00Z", param_hint=option) from None
    return moment.replace(tzinfo=moment.tzinfo or datetime.UTC)


def _write(out: str | None, texts: list[str]) -> None:
    if out is None:
        data("".join(texts))
    else:
        write(out, "".join(texts), private=True)
