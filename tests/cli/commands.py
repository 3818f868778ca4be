"""Running the command line as a user does: in a process of its own, or within the tests' where that is enough."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from orderplan.engine.commands import main

ROOT = Path(__file__).resolve().parents[2]
ANNUAL = "examples/orders/annual-subscription.json"

TEAM = """rules "acme" version 1
extend "cpq.rules"

override customer {
  email = contract.order.BillToContact.Email  sensitive
}
"""
"""A small team file whose plans hold one sensitive value."""

BROKEN = """rules "broken" version 1
extend "cpq.rules"

override customer {
  set name = account.Nmae
  drop descripton
}
"""
"""A team file with two errors."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind."""

    status: int
    out: str
    err: str


def orderplan(*arguments: str, stdin: bytes | None = None, environment: Mapping[str, str] | None = None) -> Outcome:
    """Runs `python cli.py` in the project's folder."""
    surroundings = {**os.environ, **(environment or {})}
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *arguments],
        cwd=ROOT,
        env=surroundings,
        input=stdin or b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def invoked(*arguments: str, stdin: bytes | str | None = None) -> Outcome:
    """Runs a command without a process of its own; an exception that is no orderly end goes through."""
    done = CliRunner().invoke(main, arguments, input=stdin, prog_name="orderplan", catch_exceptions=False)
    return Outcome(done.exit_code, done.stdout, done.stderr)
