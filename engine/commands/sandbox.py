"""`orderplan sandbox`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click


@click.command()
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
@click.option(
    "--org",
    "bundles",
    multiple=True,
    metavar="BUNDLE",
    help="Fill the org with the records of a bundle; may stand several times.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="The port; a free one by default.")
@click.option("--state", metavar="FILE", help="Keep the objects in a SQLite file; in memory by default.")
@click.option(
    "--now",
    metavar="TIME",
    help="Stop the clock at a moment, such as 2026-03-01T09:30:00Z, until it is advanced; that of the newest bundle by default.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT",
    help="A fault to rehearse, such as 429:every=10 or 500-after:at=7; may stand several times.",
)
@click.option("--meter", "meters", multiple=True, metavar="ID", help="A billing meter that the account has already.")
@click.option(
    "--search-lag", type=click.FloatRange(0, 3600), default=0.0, metavar="SECONDS", help="Let searches lag behind."
)
def sandbox(
    command: tuple[str, ...],
    bundles: tuple[str, ...],
    port: int,
    state: str | None,
    now: str | None,
    faults: tuple[str, ...],
    meters: tuple[str, ...],
    search_lag: float,
) -> None:
    """Serve a sandbox of Stripe and of a Salesforce org on this machine: until Ctrl-C, or for as long as a command runs.

    It takes and refuses calls as Stripe does, keeps what they make, and bills nobody. Nothing leaves the machine. A command
    finds it in its environment, with a journal of its own for `apply`.

    \b
    Example:
      orderplan sandbox --org examples/orders/annual-subscription.json --port 4242
      orderplan sandbox --org examples/orders/annual-subscription.json -- orderplan apply plan.json
    """
    from ..sandbox import Sandbox

    try:
        made = Sandbox(
            org=bundles,
            port=port,
            state=Path(state) if state is not None else None,
            now=_moment(now) if now is not None else None,
            faults=faults,
            meters=meters,
            search_lag=search_lag,
        )
    except ValueError as fault:
        raise click.UsageError(str(fault)) from None
    with made as served, tempfile.TemporaryDirectory(prefix="orderplan-sandbox-") as folder:
        # What one sandbox has made is nothing to another one, so neither is the journal of what was applied in it.
        journal = f"{state}.journal" if state is not None else str(Path(folder) / "journal.sqlite")
        environment = {**served.environment, "ORDERPLAN_DATABASE": journal}
        if command:
            click.echo(f"SANDBOX: nothing here is real. {served.url} is served to {command[0]}.", err=True)
            sys.exit(_run(command, environment))
        click.echo(f"SANDBOX: nothing here is real. It serves {served.url} until Ctrl-C.", err=True)
        for name, value in environment.items():
            click.echo(f"export {name}={value}")
        sys.stdout.flush()
        served.wait()


def _run(command: tuple[str, ...], environment: dict[str, str]) -> int:
    """Runs a command beside the sandbox; its exit code is that of the sandbox too."""
    try:
        return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode  # noqa: S603 - the user's own
    except OSError as fault:
        raise click.UsageError(f"cannot run {command[0]}: {(fault.strerror or str(fault)).lower()}") from None


def _moment(text: str) -> int:
    import datetime

    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no moment such as 2026-03-01T09:30:00Z", param_hint="--now") from None
    return int(moment.replace(tzinfo=moment.tzinfo or datetime.UTC).timestamp())
