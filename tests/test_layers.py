"""The packages of `engine` import only what stands before them, in no circle, and no client of either platform."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CLIENTS = ("stripe", "simple_salesforce", "requests")


def test_the_import_contracts_hold() -> None:
    """The contracts stand in pyproject.toml, each with its reason; a new package needs a place there."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_engine_has_one_name() -> None:
    """Loaded under two names, each class would be there twice, and none an instance of the other."""
    done = subprocess.run(
        [sys.executable, "-c", "import engine"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "imported as orderplan.engine" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["validate", "rules/cpq.rules"], ["plan", "examples/orders/annual-subscription.json"]],
    ids=lambda each: each[0],
)
def test_a_command_starts_without_the_clients(arguments: list[str]) -> None:
    """Nothing up to the plan speaks to a platform, so nobody waits for a client library to load."""
    script = (
        "import sys\n"
        f"sys.argv = ['orderplan', *{arguments!r}]\n"
        "from cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    assert "click" in loaded
    assert not {each for each in loaded if each.split(".")[0] in CLIENTS}
