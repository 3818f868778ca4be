"""`orderplan drift`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from .inputs import expanded
from .output import DONE, FINDINGS, colour_of, data, nothing, show

if TYPE_CHECKING:
    from ..apply.drift import ObjectDrift


@click.command()
@click.argument("plans", nargs=-1, metavar="[PLAN...]")
@click.option("--live", is_flag=True, help="Take a live key.")
@click.option("--database", metavar="FILE|URL", help="The journal of what was applied.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How it is printed.",
)
def drift(plans: tuple[str, ...], live: bool, database: str | None, form: str) -> None:
    """Compare what was applied with what Stripe holds now; of these plans, or of all in the journal.

    Somebody may have changed an object in the dashboard. Exits with 1 when something is changed or gone.

    \b
    Example:
      orderplan drift
      orderplan drift plan.json --format json
    """
    from ..apply import Journal
    from ..apply.database import database_url, engine_of
    from ..apply.drift import drift as compared
    from ..connect import StripeClient, stripe_login
    from ..schema.stripe import versions
    from .inputs import saved_plan

    digests = [saved_plan(each).digest for each in expanded(plans, "plan")] if plans else []
    client = StripeClient(stripe_login(live=live), versions()[-1])
    account = client.account()
    engine = engine_of(database_url(database))
    found = compared(client, Journal(engine), account.id, account.moment, digests)
    engine.dispose()
    if not found:
        nothing(
            "nothing was applied: the journal holds no call that is done", "name another --database, or apply a plan"
        )
    if form == "json":
        objects = [each.to_json() for each in found]
        document = {"format": "orderplan.drift", "format_version": "1.0", "account": account.id, "objects": objects}
        data(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    else:
        show(_text(found, colour=colour_of(sys.stdout)))
    sys.exit(FINDINGS if any(each.state != "same" for each in found) else DONE)


def _text(found: list[ObjectDrift], *, colour: bool) -> str:
    lines = []
    for each in (one for one in found if one.state != "same"):
        word = f"{each.state} ({each.kind})"
        lines.append(f"{each.id}  {_painted(word, colour=colour)}  {each.call}")
        for change in each.changes:
            lines.append(f"    {change.at}: planned {_words(change.planned)}, now {_words(change.now)}")
    counts = {state: sum(each.state == state for each in found) for state in ("same", "changed", "gone")}
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return "\n".join([*lines, *([""] if lines else []), f"Drift: {told}."]) + "\n"


def _words(value: object) -> str:
    return "nothing" if value is None else str(value)


def _painted(word: str, *, colour: bool) -> str:
    return f"\x1b[31m{word}\x1b[0m" if colour else word
