"""`python cli.py` with a Python that lacks what the program needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_missing_dependency_is_named(tmp_path: Path) -> None:
    """Without a `.venv` beside it, the program says what is missing and how to get it."""
    shutil.copy(ROOT / "cli.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-S", "cli.py", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "lark" in done.stderr
    assert "make setup" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_environment_of_the_checkout_takes_over(tmp_path: Path) -> None:
    """With a `.venv` beside it, the program runs there."""
    shutil.copy(ROOT / "cli.py", tmp_path)
    own = tmp_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.write_text('#!/bin/sh\necho "taken over: $*"\n', encoding="utf-8")
    own.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-S", "cli.py", "plan", "x.json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["taken", "over:", "cli.py", "plan", "x.json"]
