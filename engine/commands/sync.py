"""`orderplan sync`."""

from __future__ import annotations

import datetime
import json
import re
import sys
import threading
from collections.abc import Mapping
from typing import Any

import click

from ..diagnostics import OrderplanError, finding
from .apply import PARTLY, stopping
from .inputs import planner_of_file
from .output import DONE, FINDINGS, data, say

_DURATION = re.compile(r"(\d+)(s|m|h)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@click.command()
@click.option("--once", is_flag=True, help="One round, and an exit code that says what became of it.")
@click.option("--every", metavar="TIME", help="A round every so often, such as 90s or 5m, until it is stopped.")
@click.option("--dry-run", is_flag=True, help="Say what would be planned; nothing is sent, written or remembered.")
@click.option("--since", metavar="TIME", help="Read orders that were changed since then, whatever was read before.")
@click.option("--rules", "rules_path", metavar="FILE", help="The rule file; the shipped rules/cpq.rules by default.")
@click.option("--live", is_flag=True, help="Take a live key, which moves real money.")
@click.option(
    "--database", metavar="FILE|URL", help="The journal: a SQLite file, or postgresql://… for several machines."
)
@click.option(
    "--parallel", type=click.IntRange(1, 64), default=8, show_default=True, metavar="N", help="Contracts at once."
)
@click.option("--rate", type=click.IntRange(0, 1000), metavar="N", help="Requests a second to Stripe, as for `apply`.")
def sync(
    once: bool,
    every: str | None,
    dry_run: bool,
    since: str | None,
    rules_path: str | None,
    live: bool,
    database: str | None,
    parallel: int,
    rate: int | None,
) -> None:
    """Keep Stripe in step with an org: what changed is pulled, planned and applied. Each event is a line of JSON.

    The orders are those of the rules' `sync` line. A contract that fails is tried again later, each time after longer, and
    stops no other. Several machines may run it on one PostgreSQL database.

    \b
    Example:
      orderplan sync --once --dry-run
      orderplan sync --every 90s
    """
    from ..apply import Options, Session
    from ..sync import SyncState, one_round, span

    if once == (every is not None):
        raise click.UsageError("give --once, or --every TIME")
    pause = _seconds(every) if every is not None else 0
    moment = _moment(since) if since is not None else None
    planner = planner_of_file(rules_path)
    options = Options(live=live, database=database, parallel=parallel, rate=rate)
    stop = threading.Event()
    status = DONE
    with stopping(stop), Session(options, planner.schema.version, stop=stop, notify=_tell) as session:
        state = SyncState(session.journal, session.account)
        while not stop.is_set():
            try:
                with session.alive.leading(f"sync {session.account}") as leads:
                    if leads:
                        with span("orderplan.round"):
                            found = one_round(session, planner, state, _tell, dry=dry_run, since=moment)
                        status = DONE if found.clean else PARTLY if found.applied else FINDINGS
                    else:
                        _tell({"event": "standby", "message": "another process reads the org"})
            except OrderplanError as fault:
                status = FINDINGS
                if once:
                    say(finding(fault.code, fault.message, fix=fault.hint))
                _tell({"event": "failed round", "code": fault.code, "message": fault.message})
            if once:
                break
            moment = None
            stop.wait(pause)
    sys.exit(status if once else DONE)


def _tell(event: Mapping[str, Any]) -> None:
    """An event as a line of JSON, at once."""
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    data(json.dumps({"at": at, **event}, ensure_ascii=False) + "\n")


def _seconds(text: str) -> int:
    match = _DURATION.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise click.BadParameter(f"{text!r} is no time such as 90s, 5m or 1h", param_hint="--every")
    return int(match[1]) * _SECONDS[match[2] or "s"]


def _moment(text: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no moment such as 2026-03-01T09:30:00Z", param_hint="--since") from None
    return moment.replace(tzinfo=moment.tzinfo or datetime.UTC)
