"""Standard output and error that are full, closed, or cannot show a character: a message and an exit code, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import ANNUAL, BROKEN, ROOT, orderplan

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")

PRINTING = [
    ["--help"],
    ["--version"],
    ["validate", "rules/cpq.rules"],
    ["validate", "--format", "json", "rules/cpq.rules"],
    ["plan", ANNUAL],
    ["plan", "--format", "json", ANNUAL],
    ["plan", "--format", "html", ANNUAL],
    ["plan", "--format", "stripe-fixtures", ANNUAL],
    ["show", "PLAN"],
    ["show", "--format", "html", "PLAN"],
    ["explain", "E203"],
    ["explain", "PLAN", "customer/001W00001000001IAA"],
    ["diff", "PLAN", "PLAN"],
    ["diff", "--format", "json", "PLAN", "PLAN"],
    ["forecast", "PLAN"],
    ["forecast", "--format", "csv", "PLAN"],
    ["schema", "--help"],
]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A saved plan."""
    path = str(tmp_path_factory.mktemp("plans") / "plan.json")
    assert orderplan("plan", ANNUAL, "--out", path).status == 0
    return path


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """A rule file with two errors."""
    path = tmp_path / "broken.rules"
    path.write_text(BROKEN)
    return str(path)


def run(*arguments: str, encoding: str = "", **streams: object) -> tuple[int, str, bytes]:
    """The status, standard error and standard output of a run with streams of its own."""
    environment = {**os.environ, **({"PYTHONIOENCODING": encoding} if encoding else {})}
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *arguments], cwd=ROOT, env=environment, timeout=60, check=False, **given
    )
    return done.returncode, (done.stderr or b"").decode(), done.stdout or b""


def shell(words: str) -> tuple[int, str]:
    """The status and output of a shell command in which `orderplan` is the program."""
    program = f'orderplan() {{ "{sys.executable}" "{ROOT / "cli.py"}" "$@"; }}\n'
    done = subprocess.run(["bash", "-c", program + words], cwd=ROOT, capture_output=True, timeout=60, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


def named(arguments: list[str], plan: str) -> list[str]:
    return [plan if each == "PLAN" else each for each in arguments]


@pytest.fixture
def full() -> Iterator[object]:
    """A device without room."""
    with open("/dev/full", "wb") as device:  # noqa: PTH123
        yield device


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_a_full_standard_output_is_said(arguments: list[str], plan: str, full: object) -> None:
    """Every command that prints says that its output is lost, and its status says so too."""
    status, err, _ = run(*named(arguments, plan), stdout=full)
    assert (status, "Traceback" in err) == (2, False)
    assert "error[E909]: cannot write to standard output: no space left on device" in err


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_a_closed_standard_output_is_said(arguments: list[str], plan: str) -> None:
    """A plan that nobody got is not done."""
    status, words = shell(f"orderplan {' '.join(named(arguments, plan))} 2>&1 >&-")
    assert (status, "Traceback" in words) == (2, False)
    assert "error[E909]: cannot write to standard output: it is closed" in words


def test_what_is_found_counts_before_what_is_lost(broken: str, full: object) -> None:
    """A rule file with errors has errors, whoever reads of them."""
    assert run("validate", broken, stdout=full)[0] == 1
    assert run("plan", "--rules", broken, ANNUAL, stdout=full)[0] == 1


def test_a_command_that_prints_nothing_needs_no_output() -> None:
    """As `fmt --check` of a file that is formatted."""
    assert shell("orderplan fmt --check rules/cpq.rules >&-")[0] == 0


@pytest.mark.parametrize(("arguments", "status"), [(["validate", "BROKEN"], 1), (["plan", ANNUAL], 0)])
def test_a_reader_that_has_gone_changes_no_status(arguments: list[str], status: int, broken: str) -> None:
    """`orderplan validate … | head -1` says whether there are errors."""
    words = " ".join(broken if each == "BROKEN" else each for each in arguments)
    status_of, said = shell(f"orderplan {words} | true; exit ${{PIPESTATUS[0]}}")
    assert (status_of, "Traceback" in said) == (status, False)
    assert "E909" not in said


@pytest.mark.parametrize("standard_error", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(("arguments", "status"), [("validate nope.rules", 2), ("plan nope.json", 2), ("plan", 2)])
def test_a_lost_standard_error_changes_no_status(arguments: str, status: int, standard_error: str) -> None:
    """The status says the rest."""
    assert shell(f"orderplan {arguments} {standard_error}")[0] == status


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_an_encoding_without_a_character_costs_no_more_than_it(arguments: list[str], encoding: str, plan: str) -> None:
    """The character is an escape, and a warning says so."""
    status, err, _ = run(*named(arguments, plan), encoding=encoding)
    assert (status, "Traceback" in err) == (0, False)


def test_what_could_not_be_shown_is_said(plan: str) -> None:
    """With the characters, and what helps."""
    status, err, out = run("show", plan, encoding="latin-1")
    assert status == 0
    assert "warning[W905]: standard output is latin-1, which has no ←" in err or "\\u2190" in err
    assert b"\\u2190" in out


def test_errors_in_a_file_with_other_characters_keep_their_status(tmp_path: Path) -> None:
    """They are shown with escapes."""
    file = tmp_path / "日本.rules"
    file.write_text('rules "日本" version 1\nextend "cpq.rules"\noverride customer { set name = account.Nmae }\n')
    status, err, out = run("validate", str(file), encoding="cp1252")
    assert (status, "Traceback" in err) == (1, False)
    assert b"error[" in out


@pytest.mark.parametrize("form", ["json", "html"])
def test_documents_are_utf8_whatever_the_terminal_is(form: str, plan: str) -> None:
    """JSON is by its standard, the page says so in its head."""
    in_latin = run("show", "--format", form, plan, encoding="latin-1")
    in_utf8 = run("show", "--format", form, plan, encoding="utf-8")
    assert in_latin == in_utf8
    assert in_utf8[2].decode("utf-8")
    if form == "json":
        assert json.loads(in_latin[2])["format"]
