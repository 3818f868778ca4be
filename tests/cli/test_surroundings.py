"""Surroundings that are odd: a working folder that is gone, names and variables that are no UTF-8, Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import ANNUAL, ROOT, TEAM

ODD = os.fsdecode(b"caf\xe9")
"""A name in Latin-1."""


def run(*arguments: str, cwd: Path = ROOT, before: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A run in a folder, after a line of Python."""
    program = (
        f"import os, sys\n{before}\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from orderplan.engine.commands import main\nmain(prog_name='orderplan')\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["validate", str(ROOT / "rules" / "cpq.rules")], 0),
        (["plan", str(ROOT / ANNUAL)], 0),
        (["plan", str(ROOT / ANNUAL), "--out", "plan.json"], 2),
        (["fmt", "--check", str(ROOT / "rules" / "cpq.rules")], 0),
        (["show", "plan.json"], 2),
        (["diff", "--rules", "main:a.rules", "--rules", "b.rules", str(ROOT / ANNUAL)], 2),
        (["explain", "E203"], 0),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_working_folder_that_is_gone(arguments: list[str], status: int, tmp_path: Path) -> None:
    """What needs none works, the rest says what is missing."""
    gone = tmp_path / "gone"
    gone.mkdir()
    done = run(*arguments, cwd=gone, before=f"os.rmdir({str(gone)!r})")
    assert (done.returncode, b"Traceback" in done.stderr) == (status, False), done.stderr.decode()


def test_a_refusal_of_the_system_is_said() -> None:
    """Whichever step it meets."""
    before = "import orderplan.engine.commands.inputs as inputs\ndef no(*_): raise OSError(5, 'Input/output error', 'x')\ninputs.glob.glob = no"
    done = run("validate", "*.none", before=f"sys.path.insert(0, {str(ROOT)!r})\n{before}")
    assert done.returncode == 2
    assert b"error[E911]: the operating system refuses x: input/output error" in done.stderr


def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    """It is read and named, with a sign for what is no character; documents are valid all the same."""
    folder = tmp_path / ODD
    folder.mkdir()
    bundle, rules, out = folder / f"{ODD}.json", folder / f"{ODD}.rules", folder / "plan.json"
    shutil.copy(ROOT / ANNUAL, bundle)
    rules.write_text(TEAM)
    for arguments in (
        ["validate", str(rules)],
        ["validate", "--format", "json", str(rules)],
        ["fmt", "--check", str(rules)],
        ["plan", "--rules", str(rules), str(bundle), "--out", str(out)],
        ["plan", "--rules", str(rules), "--format", "json", str(bundle)],
        ["plan", "--rules", str(rules), "--format", "html", str(bundle)],
        ["show", str(out)],
        ["show", "--format", "json", str(out)],
        ["explain", str(out), "customer/001W00001000001IAA"],
        ["forecast", str(out)],
        ["diff", str(out), str(out)],
        ["diff", "--rules", str(rules), "--rules", str(rules), str(bundle)],
    ):
        done = run(*arguments)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), (arguments, done.stderr.decode())
        assert done.stdout.decode("utf-8") or arguments[0] == "fmt"
        if "json" in arguments:
            assert json.loads(done.stdout)
    missing = run("plan", str(folder / "nothing.json"))
    assert missing.returncode == 2
    assert "caf\N{REPLACEMENT CHARACTER}" in missing.stderr.decode()


def test_a_key_that_is_no_utf8() -> None:
    """Its bytes are the key."""
    environment = {**os.environb, b"ORDERPLAN_REDACTION_KEY": b"\xff\xfe a key of twenty bytes"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "plan", "--format", "json", ANNUAL],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
