"""The command line, one file a command. It only wires; the work is done in the packages before it."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import click

from .. import __version__
from ..diagnostics import OrderplanError, finding
from .diff import diff
from .explain import explain
from .fmt import fmt
from .forecast import forecast
from .output import DONE, USAGE, say
from .plan import plan
from .schema import schema
from .show import show
from .validate import validate

# A command lives for a fraction of a second: looking for garbage among what it keeps anyway only costs time.
gc.set_threshold(200_000)


class _Commands(click.Group):
    """Commands in the order a user meets them, and errors of the environment as diagnostics with exit status 2."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OrderplanError as fault:
            say(finding(fault.code, fault.message, fix=fault.hint))
            ctx.exit(USAGE)
        except BrokenPipeError:
            # The reader has gone; point standard output away, so that closing it does not complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(DONE)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="orderplan")
def main() -> None:
    """Plans of Stripe Billing calls from Salesforce CPQ orders, from rules kept in version control.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json
    """


for command in (validate, fmt, plan, show, explain, diff, forecast, schema):
    main.add_command(command)
