"""The tests that `mutate.py` runs: which of them runs which line, and a run of a few of them. Both work in the folder they are started in.

    python benchmarks/chosen_tests.py record MAP.json PLACES…   runs the tests of the places once, notes their lines and seconds
    python benchmarks/chosen_tests.py run CHOSEN.json           runs the tests that the file lists, in its order, to the first failure

The map is `{"seconds": {test: seconds}, "lines": {file: {line: [test, …]}}}`. What runs while a file of tests is read, before
any of its tests, counts for the file: `tests/plan/test_moments.py` stands for all tests in it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import coverage
import pytest

OPTIONS = ("-x", "--assert=plain", "-q", "-p", "no:cacheprovider")


class SameExamples:
    """Makes drawn examples the same in each run, and doesn't look for a smaller one that fails: that one fails is enough."""

    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings  # pytest minds what is imported before it starts

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutate", phases=phases, derandomize=True, database=None, deadline=None)
        settings.load_profile("mutate")


class Recorder:
    """Notes what each test runs, and how long it takes."""

    def __init__(self, traced: coverage.Coverage) -> None:
        self.traced = traced
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        self.traced.switch_context(collector.nodeid if isinstance(collector, pytest.Module) else "")
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.traced.switch_context(item.nodeid)
        began = time.perf_counter()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = round(time.perf_counter() - began, 4)


class Chosen:
    """Keeps the tests that are listed, in the order of the list."""

    def __init__(self, tests: list[str]) -> None:
        self.place = {test: at for at, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (each for each in items if each.nodeid in self.place), key=lambda each: self.place[each.nodeid]
        )


def record(target: Path, places: list[str]) -> int:
    """Runs the tests of some places and writes the map of them."""
    root = Path.cwd().resolve()
    traced = coverage.Coverage(data_file=None, config_file=False, include=[f"{root}/engine/*"])
    recorder = Recorder(traced)
    traced.start()
    code = pytest.main([*OPTIONS, *places], plugins=[SameExamples(), recorder])
    traced.stop()
    data = traced.get_data()
    lines = {
        str(Path(name).relative_to(root)): {
            line: sorted(filter(None, tests)) for line, tests in data.contexts_by_lineno(name).items()
        }
        for name in data.measured_files()
    }
    target.write_text(json.dumps({"seconds": recorder.seconds, "lines": lines}), encoding="utf-8")
    return int(code)


def run(tests: list[str]) -> int:
    """Runs the tests to the first that fails."""
    files = sorted({each.partition("::")[0] for each in tests})
    return int(pytest.main([*OPTIONS, *files], plugins=[SameExamples(), Chosen(tests)]))


def main(act: str, path: str, *places: str) -> int:
    sys.path[0] = str(Path.cwd())
    if act == "record":
        return record(Path(path), list(places))
    chosen: Any = json.loads(Path(path).read_text(encoding="utf-8"))
    return run(chosen)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
