"""`orderplan` and `python cli.py` are the same program, and behave like one on a terminal and in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path

import pytest

from orderplan.engine import __version__
from tests.cli.commands import ANNUAL, ROOT, TEAM, orderplan


def _installed() -> bool:
    try:
        version("orderplan")
    except PackageNotFoundError:
        return False
    return True


def test_the_version_is_said() -> None:
    """Bug reports start with it."""
    assert orderplan("--version").out == f"orderplan, version {__version__}\n"


@pytest.mark.skipif(not _installed(), reason="the package is not installed here")
def test_the_console_script_is_the_same_program() -> None:
    """The script of the package runs what cli.py runs."""
    (script,) = entry_points(group="console_scripts", name="orderplan")
    assert script.value == "orderplan.engine.commands:main"


def test_help_names_every_command() -> None:
    """Commands stand in the order in which one meets them."""
    listed = orderplan("--help").out.split("Commands:\n", 1)[1].split("\n")
    assert [line.split()[0] for line in listed if line][:3] == ["validate", "fmt", "plan"]


def test_no_command_shows_the_help() -> None:
    """A lone `orderplan` says what there is, and that it was not enough."""
    outcome = orderplan()
    assert outcome.status == 2
    assert "Commands:" in outcome.out + outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["plan"],
        ["validate"],
        ["plan", "--format", "yaml", ANNUAL],
        ["plan", "--frobnicate", ANNUAL],
        ["explain"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_a_hint(arguments: list[str]) -> None:
    """Wrong usage is told on standard error, with where to find help, and nothing goes to standard output."""
    outcome = orderplan(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert "--help" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_reader_that_goes_away_is_no_error() -> None:
    """`orderplan plan … | head -1` ends in silence."""
    line = f"{sys.executable} cli.py plan {ANNUAL} {ANNUAL} {ANNUAL} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Order ")
    assert done.stderr == ""


def _on_a_terminal(*arguments: str, environment: dict[str, str]) -> str:
    leader, follower = pty.openpty()
    command = [sys.executable, "cli.py", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=follower, stderr=follower
    ) as process:
        os.close(follower)
        chunks = []
        try:
            while chunk := os.read(leader, 65536):
                chunks.append(chunk)
        except OSError:  # the other end was closed
            pass
        process.wait(timeout=60)
    os.close(leader)
    return b"".join(chunks).decode()


def test_a_terminal_gets_colours() -> None:
    """Signs and findings are coloured where someone looks at them."""
    assert "\x1b[" in _on_a_terminal("plan", ANNUAL, environment={"TERM": "xterm"})


def test_no_color_means_no_colours() -> None:
    """NO_COLOR is respected on a terminal too."""
    assert "\x1b[" not in _on_a_terminal("plan", ANNUAL, environment={"TERM": "xterm", "NO_COLOR": "1"})


def test_a_pipe_gets_no_colours() -> None:
    """Output that another program reads is plain."""
    outcome = orderplan("plan", ANNUAL, environment={"TERM": "xterm"})
    assert "\x1b[" not in outcome.out + outcome.err


def test_the_redaction_key_makes_digests_comparable(tmp_path: Path) -> None:
    """With a key in the environment the digests are others than without, and the same wherever the key is."""
    rules = tmp_path / "acme.rules"
    rules.write_text(TEAM)

    def digest(key: str | None) -> str:
        environment = {"ORDERPLAN_REDACTION_KEY": key} if key else {}
        out = orderplan("plan", "--rules", str(rules), "--format", "json", ANNUAL, environment=environment).out
        return next(line for line in out.split("\n") if '"$sensitive"' in line)

    assert digest("one key of sixteen") == digest("one key of sixteen")
    assert len({digest("one key of sixteen"), digest("two keys of sixteen"), digest(None)}) == 3
