"""What a rule file names: nothing outside the project is opened, and nothing that is no rule file is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import ANNUAL, ROOT, Outcome, orderplan

WORDS = "correct-horse-battery"
HEAD = 'rules "acme" version 1\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of rules beside a secret of somebody else's."""
    folder = tmp_path / "project" / "rules"
    folder.mkdir(parents=True)
    (tmp_path / "secret.txt").write_text(WORDS)
    (tmp_path / "secret.json").write_text(f'{{"{WORDS}": 1}}')
    return folder


def validated(folder: Path, line: str) -> Outcome:
    """What `validate` says of a rule file with one line."""
    file = folder / "acme.rules"
    file.write_text(HEAD + line + "\n")
    outcome = orderplan("validate", str(file))
    assert "Traceback" not in outcome.err
    assert WORDS not in outcome.out + outcome.err
    return outcome


@pytest.mark.parametrize("path", ["../../secret.txt", "/etc/passwd", "/proc/self/environ", "/dev/zero", "../..", "/"])
def test_extend_stays_in_the_project(project: Path, path: str) -> None:
    """Whatever stands there, it is not opened."""
    outcome = validated(project, f'extend "{path}"')
    assert (outcome.status, "E322" in outcome.out) == (1, True)


@pytest.mark.parametrize("path", ["../../secret.json", "/etc/passwd", "/dev/zero"])
def test_source_stays_in_the_project(project: Path, path: str) -> None:
    """The schema too."""
    outcome = validated(project, f'extend "cpq.rules"\nsource salesforce "{path}"')
    assert (outcome.status, "E322" in outcome.out) == (1, True)


@pytest.mark.parametrize("line", ['extend "link.rules"', 'extend "folder/secret.txt"'])
def test_links_lead_nowhere_else(project: Path, line: str) -> None:
    """They are followed before it is decided."""
    (project / "link.rules").symlink_to(project.parents[1] / "secret.txt")
    (project / "folder").symlink_to(project.parents[1])
    assert "E322" in validated(project, line).out


def test_a_folder_above_in_the_same_repository_may_be_named(project: Path) -> None:
    """The top of the repository is the limit, without one the folder of the file that was named."""
    (project.parent / "base.rules").write_text('rules "base" version 1\nextend "cpq.rules"\n')
    assert "E322" in validated(project, 'extend "../base.rules"').out
    (project.parent / ".git").mkdir()
    assert validated(project, 'extend "../base.rules"').status == 0
    assert "E322" in validated(project, 'extend "../../secret.txt"').out


def test_a_file_that_is_no_rule_file_is_not_shown(project: Path) -> None:
    """Extended or named, by `validate`, `fmt` or `plan`."""
    secret = project / "secret.txt"
    secret.write_text(WORDS)
    assert "E323" in validated(project, 'extend "secret.txt"').out
    for arguments in (["validate"], ["fmt", "--check"], ["plan", ANNUAL, "--rules"]):
        outcome = orderplan(*arguments, str(secret))
        assert (outcome.status, "E908" in outcome.err) == (2, True)
        assert WORDS not in outcome.out + outcome.err


@pytest.mark.parametrize("name", ["pipe", "folder", "large.rules"])
def test_what_is_no_ordinary_file_is_not_read(project: Path, name: str) -> None:
    """A pipe would never end, a folder has no text, and a file of twenty megabytes holds no rules."""
    os.mkfifo(project / "pipe")
    (project / "folder").mkdir()
    (project / "large.rules").write_text("# \n" * 7_000_000)
    outcome = validated(project, f'extend "{name}"')
    assert (outcome.status, "E301" in outcome.out) == (1, True)


def test_a_device_is_not_read() -> None:
    """Reading it would not end."""
    for arguments in (["validate", "/dev/zero"], ["plan", "/dev/zero"], ["show", "/dev/zero"], ["fmt", "/dev/zero"]):
        outcome = orderplan(*arguments)
        assert (outcome.status, "it is a device" in outcome.err) == (2, True)


# --- revisions ---


@pytest.fixture
def repository(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project as a git repository, which is the working folder."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    top = project.parent
    (project / "cpq-base.rules").write_text('rules "base" version 1\nextend "cpq.rules"\n')
    (top / "order.json").write_bytes(Path(ANNUAL).read_bytes())
    git(top, "init", "-q", "-b", "main")
    return top


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def compared(top: Path, line: str) -> Outcome:
    """What `diff` says of a committed rule file with one line."""
    (top / "rules" / "acme.rules").write_bytes((HEAD + line + "\n").encode())
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "rules", "--allow-empty")
    outcome = orderplan_in(
        top, "diff", "--rules", "main:rules/acme.rules", "--rules", "main:rules/acme.rules", "order.json"
    )
    assert "Traceback" not in outcome.err
    assert WORDS not in outcome.out + outcome.err
    return outcome


def orderplan_in(folder: Path, *arguments: str) -> Outcome:
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *arguments], cwd=folder, capture_output=True, timeout=60, check=False
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("path", ["../../secret.txt", "/etc/passwd", "../../../x/secret.txt"])
def test_the_rules_of_a_revision_stay_in_it(repository: Path, path: str) -> None:
    """What the revision does not hold is not taken from the disk."""
    outcome = compared(repository, f'extend "{path}"')
    assert (outcome.status, "E322" in outcome.err) == (1, True)


def test_the_rules_of_a_revision_may_extend_what_it_holds(repository: Path) -> None:
    """Above the folder of the file too."""
    (repository / "top.rules").write_text('rules "top" version 1\nextend "cpq.rules"\n')
    assert compared(repository, 'extend "../top.rules"').status == 0
    assert compared(repository, 'extend "cpq-base.rules"').status == 0


@pytest.mark.parametrize(
    "line", ['extend "../rules"', 'extend "a\0b"', 'extend "cpq.rules"\nsource salesforce "../rules"']
)
def test_a_revision_that_names_a_folder_or_no_name_at_all(repository: Path, line: str) -> None:
    """It is a fault of the rules."""
    outcome = compared(repository, line)
    assert (outcome.status, "error[" in outcome.err) == (1, True)


def test_a_hint_is_quoted(repository: Path) -> None:
    """What is copied to a shell does nothing else."""
    outcome = orderplan_in(repository, "diff", "--rules", "x;touch y:a.rules", "--rules", "b.rules", "order.json")
    assert outcome.status == 2
    assert "git fetch origin 'x;touch y'" in outcome.err
