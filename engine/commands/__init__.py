"""The command line, one file a command. It only wires; the work is done in the packages before it."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from .. import __version__
from ..diagnostics import OrderplanError, finding
from .apply import apply, approve
from .diff import diff
from .drift import drift
from .explain import explain
from .fmt import fmt
from .forecast import forecast
from .output import CHANGES, DONE, USAGE, say
from .plan import plan
from .pull import pull
from .sandbox import sandbox
from .schema import schema
from .show import show
from .streams import Streams, guarded
from .sync import sync
from .validate import validate

# A command lives for a fraction of a second: looking for garbage among what it keeps anyway only costs time.
gc.set_threshold(200_000)


INTERRUPTED = 130
"""The exit code after Ctrl-C, as a shell gives it."""


class _Commands(click.Group):
    """Commands in the order a user meets them, and errors of the environment as diagnostics with exit status 2."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self.commands)

    def main(self, *args: Any, **extra: Any) -> Any:
        with guarded() as streams, _stopped_in_order():
            try:
                return super().main(*args, **extra)
            except SystemExit as end:
                streams.settle()
                raise SystemExit(_status(end.code, streams)) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OrderplanError as fault:
            say(finding(fault.code, fault.message, fix=fault.hint))
            ctx.exit(USAGE)
        except OSError as fault:
            where = f" {fault.filename}" if fault.filename is not None else ""
            words = f"the operating system refuses{where}: {(fault.strerror or str(fault)).lower()}"
            say(finding("E911", words, fix="look at the file, its folder and the working folder"))
            ctx.exit(USAGE)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


def _status(code: Any, streams: Streams) -> Any:
    """The exit code of a command, after saying what its output lacks; what it found counts before what was lost."""
    if streams.lost is not None:
        say(
            finding(
                "E909",
                f"cannot write to standard output: {streams.lost}",
                fix="give it a place that takes the output",
            )
        )
        return USAGE if code in (None, DONE, CHANGES) else code
    if streams.unshown:
        words = f"standard output is {streams.encoding}, which has no {streams.unshown}: written as an escape such as \\u2190"
        say(finding("W905", words, fix="set PYTHONIOENCODING=utf-8, or take --format json, which is UTF-8 always"))
    return code


@contextmanager
def _stopped_in_order() -> Iterator[None]:
    """Lets a signal that ends the command run what cleans up behind it, such as half-written files."""

    def stop(number: int, _frame: Any) -> NoReturn:
        raise SystemExit(128 + number)

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            try:
                before[number] = signal.signal(number, stop)
            except ValueError:  # not in the main thread, where no signal arrives
                break
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="orderplan")
def main() -> None:
    """Plans of Stripe Billing calls from Salesforce CPQ orders, from rules kept in version control.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json
    """


for command in (validate, fmt, plan, show, explain, diff, forecast, pull, apply, approve, drift, sync, schema, sandbox):
    main.add_command(command)
