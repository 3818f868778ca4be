"""Files that `plan --out` and `fmt` write: whole, through links, with their mode, and over nothing that is needed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.commands import ANNUAL, ROOT, invoked, orderplan

UNFORMATTED = 'rules   "acme"   version 1\nextend "cpq.rules"\n'
FORMATTED = 'rules "acme" version 1\nextend "cpq.rules"\n'


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rule file that is not in canonical form."""
    file = tmp_path / "acme.rules"
    file.write_text(UNFORMATTED)
    return file


# --- links and modes ---


def test_fmt_writes_through_a_symlink(rules: Path, tmp_path: Path) -> None:
    """The link stays one, and what it leads to is formatted."""
    link = tmp_path / "link.rules"
    link.symlink_to(rules)
    assert invoked("fmt", str(link)).status == 0
    assert (link.is_symlink(), rules.read_text()) == (True, FORMATTED)


def test_out_writes_through_a_symlink(tmp_path: Path) -> None:
    """Also when what it leads to is not there yet."""
    target, link = tmp_path / "plan.json", tmp_path / "latest.json"
    link.symlink_to(target)
    assert invoked("plan", ANNUAL, "--out", str(link)).status == 0
    assert (link.is_symlink(), json.loads(target.read_text())["applyable"]) == (True, True)


def test_fmt_keeps_hard_links(rules: Path, tmp_path: Path) -> None:
    """Both names show the formatted text."""
    other = tmp_path / "other.rules"
    os.link(rules, other)
    assert invoked("fmt", str(rules)).status == 0
    assert (other.read_text(), rules.stat().st_nlink) == (FORMATTED, 2)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_fmt_keeps_the_mode(rules: Path, mode: int) -> None:
    """Whatever it is."""
    rules.chmod(mode)
    assert invoked("fmt", str(rules)).status == 0
    assert rules.stat().st_mode & 0o777 == mode


def test_a_saved_plan_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds sensitive values, also where another file stood before."""
    out = tmp_path / "plan.json"
    out.write_text("{}")
    out.chmod(0o644)
    assert invoked("plan", ANNUAL, "--out", str(out)).status == 0
    assert out.stat().st_mode & 0o777 == 0o600


# --- what is not written ---


def test_out_refuses_what_is_no_file(tmp_path: Path) -> None:
    """A pipe, a folder, a device, and links to them: they stay as they are."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to("/dev/null")
    for name in (str(pipe), str(tmp_path), str(link), "/dev/null", "/dev/stdout"):
        outcome = orderplan("plan", ANNUAL, "--out", name)
        assert (outcome.status, outcome.out) == (2, ""), name
        assert "E906" in outcome.err, outcome.err
    assert pipe.is_fifo()
    assert link.is_symlink()


@pytest.mark.parametrize("name", ["", "-", "nowhere/plan.json", "a\x00b"])
def test_out_refuses_what_names_no_place(name: str) -> None:
    """Before anything is planned."""
    outcome = invoked("plan", ANNUAL, "--out", name)
    assert (outcome.status, outcome.out) == (2, "")
    assert "E905" in outcome.err


def test_fmt_refuses_what_is_no_file(tmp_path: Path) -> None:
    """It reads a pipe that has a text, and does not put a file in its place."""
    pipe = tmp_path / "pipe.rules"
    os.mkfifo(pipe)
    writer = subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'w').write({UNFORMATTED!r})"])
    outcome = orderplan("fmt", str(pipe))
    assert writer.wait(timeout=20) == 0
    assert (outcome.status, pipe.is_fifo()) == (2, True)
    assert "formatted" not in outcome.out


def test_out_never_replaces_an_input(tmp_path: Path) -> None:
    """The bundle, the rule file, what it extends: by any name."""
    bundle, base, team = tmp_path / "order.json", tmp_path / "base.rules", tmp_path / "team.rules"
    bundle.write_bytes(Path(ANNUAL).read_bytes())
    base.write_text('rules "base" version 1\nextend "cpq.rules"\n')
    team.write_text('rules "team" version 1\nextend "base.rules"\n')
    link = tmp_path / "link.json"
    link.symlink_to(bundle)
    before = {each: each.read_bytes() for each in (bundle, base, team)}
    for name in (bundle, base, team, link):
        outcome = invoked("plan", "--rules", str(team), str(bundle), "--out", str(name))
        assert outcome.status == 2, name
        assert "E907" in outcome.err
    assert {each: each.read_bytes() for each in before} == before


def test_a_failed_plan_does_not_replace_a_good_one(tmp_path: Path) -> None:
    """It replaces one that failed, and a good one replaces both."""
    out, broken = tmp_path / "plan.json", tmp_path / "broken.json"
    broken.write_text("{}")
    good = lambda: json.loads(out.read_text())["applyable"]  # noqa: E731
    assert invoked("plan", ANNUAL, "--out", str(out)).status == 0
    outcome = invoked("plan", str(broken), "--out", str(out))
    assert (outcome.status, good()) == (1, True)
    assert "W906" in outcome.err
    out.unlink()
    for _ in range(2):
        outcome = invoked("plan", str(broken), "--out", str(out))
        assert (outcome.status, good(), "W906" in outcome.err) == (1, False, False)
    assert invoked("plan", ANNUAL, "--out", str(out)).status == 0
    assert good()


def test_fmt_says_formatted_when_it_is(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be written is not called formatted, stays as it was, and leaves nothing beside it."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    outcome = invoked("fmt", str(rules))
    assert (outcome.status, outcome.out) == (2, "")
    assert "no space left on device" in outcome.err
    assert ([each.name for each in rules.parent.iterdir()], rules.read_text()) == ([rules.name], UNFORMATTED)


# --- signals ---


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_no_temporary_file(number: signal.Signals, status: int, tmp_path: Path) -> None:
    """Between writing and renaming."""
    waiting = (
        "import os, signal, sys, time, pathlib\n"
        # what started the tests may have these ignored
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "os.fsync = lambda _: (pathlib.Path(sys.argv.pop()).touch(), time.sleep(30))\n"
        "from orderplan.engine.commands import main\n"
        f"main(['plan', {ANNUAL!r}, '--out', {str(tmp_path / 'plan.json')!r}])\n"
    )
    mark = tmp_path / "waiting"
    run = subprocess.Popen(
        [sys.executable, "-c", waiting, str(mark)], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    end = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".plan.json")]
    run.send_signal(number)
    _, err = run.communicate(timeout=20)
    assert (run.returncode, "Traceback" in err.decode()) == (status, False)
    assert [each.name for each in tmp_path.iterdir()] == ["waiting"]
