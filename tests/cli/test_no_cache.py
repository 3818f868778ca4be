"""No folder of the user's has a say in what a run does, and none is written."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest

from tests.cli.commands import orderplan


class _Bomb:
    """What runs when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "HOME"])
def test_a_planted_cache_does_not_run(variable: str, tmp_path: Path) -> None:
    """Under every name that a kept grammar or a kept tree ever had, and any other."""
    mark = tmp_path / "ran"
    folder = tmp_path / ("" if variable == "XDG_CACHE_HOME" else ".cache") / "orderplan"
    folder.mkdir(parents=True)
    stamp = hashlib.sha256(Path("engine/syntax/rules.lark").read_bytes()).hexdigest()[:16]
    planted = [folder / name for name in (f"grammar-{stamp}.lark-cache", "tree-0.pickle", "trees.json", "tables.json")]
    for file in planted:
        file.write_bytes(b"\n" + pickle.dumps(_Bomb(mark)))

    outcome = orderplan("validate", "rules/cpq.rules", "rules/globex.rules", environment={variable: str(tmp_path)})

    assert (outcome.status, mark.exists()) == (0, False)
    assert sorted(folder.iterdir()) == sorted(planted)


def test_a_run_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither in the cache folder nor in the home, also for a rule file of a team."""
    rules = tmp_path / "team" / "acme.rules"
    rules.parent.mkdir()
    rules.write_text('rules "acme" version 1\nextend "cpq.rules"\n')
    home = tmp_path / "home"
    home.mkdir()
    surroundings = {"XDG_CACHE_HOME": str(home / "cache"), "HOME": str(home), "TMPDIR": str(home)}

    assert orderplan("validate", str(rules), environment=surroundings).status == 0
    assert list(home.iterdir()) == []
