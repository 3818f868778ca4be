"""`orderplan sandbox` as a process: what it prints, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import stripe

from orderplan.engine.sandbox import STRIPE_KEY
from tests.sandbox.clients import ROOT

INTERRUPTIBLE = (
    "import runpy, signal, sys\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    f"sys.argv[0] = {str(ROOT / 'cli.py')!r}\n"
    "runpy.run_path(sys.argv[0], run_name='__main__')\n"
)
"""The program with the interrupt that a terminal has, whatever the runner of the tests ignores."""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_it_serves_until_a_signal(number: signal.Signals, status: int) -> None:
    command = [sys.executable, "-c", INTERRUPTIBLE, "sandbox", "--now", "2026-03-01T00:00:00Z"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(2)]
        said = dict(each.removeprefix("export ").split("=", 1) for each in lines)
        client = stripe.StripeClient(said["STRIPE_API_KEY"], base_addresses={"api": said["ORDERPLAN_STRIPE_URL"]})
        assert client.v1.customers.create({"name": "x"}).created == 1_772_323_200
        process.send_signal(number)
        try:
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()
        assert (process.returncode, said["STRIPE_API_KEY"]) == (status, STRIPE_KEY)
        assert errors.startswith("SANDBOX: nothing here is real.")
        assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--fault", "nonsense"], "is no fault"), (["--now", "soon"], "no moment"), (["--state", "/"], "E905")],
)
def test_a_wrong_option_is_refused(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "sandbox", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
