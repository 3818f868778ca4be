"""Mutation: whether a test notices each line that reckons with money when it is wrong.

    python benchmarks/mutate.py --sample 60 --seed 1 [--only engine/contract/ramps.py]

Each mutant changes one place of the code that works out money (a comparison, a sign, `and` against `or`, a condition, a
number, a dropped statement) in a copy of the checkout. All tests run there once without a mutant, and it is noted which test
runs which line; a mutant then runs only the tests of its line, the quickest first, to the first failure. A line that is run
when its module is imported has the tests of the whole module. The few tests that take more than `--longest` seconds are left
out: with `--longest 0.3` three hundred mutants take a quarter of an hour, and some survive that a longer test would notice.

A mutant that no test fails for has survived: a test is missing, or the change makes no difference. A mutant on a line that no
test runs survives at once and is marked. `make mutate` runs it.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PARTS = (
    "engine",
    "orderplan",
    "tests",
    "rules",
    "schemas",
    "docs",
    "examples",
    "snapshots",
    "cli.py",
    "pyproject.toml",
)

FILES = (
    "engine/contract/**/*.py",
    "engine/forecast/**/*.py",
    "engine/diff/*.py",
    "engine/plan/existing.py",
    "engine/plan/changed_in_stripe.py",
    "engine/money.py",
    "engine/dates.py",
)
"""The files that are mutated."""

TESTS = (
    "tests/contract",
    "tests/forecast",
    "tests/plan",
    "tests/snapshots",
    "tests/properties",
    "tests/simulator",
    "tests/render",
    "tests/cli/test_diff.py",
    "tests/cli/test_forecast.py",
)
"""Where the tests are that may notice a mutant; those that start another process are not seen to run a line."""

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
}

LIMIT = 30
"""Seconds after which a mutant counts as noticed, beside three times what its tests take: it never ends."""

CALLS = {"sorted": "list", "any": "all", "all": "any", "min": "max", "max": "min"}


Change = tuple[int, str, Callable[[], None]]
"""The line of a change, what it is in words, and the act that makes it in the tree."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file: which place of its tree, and in words."""

    path: str
    number: int
    line: int
    what: str


def mutants_of(path: str) -> list[Mutant]:
    """Every mutant of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return [Mutant(path, number, line, what) for number, (line, what, _) in enumerate(_changes(tree))]


def mutated(mutant: Mutant) -> str:
    """The text of the file with its mutant in it."""
    tree = ast.parse((ROOT / mutant.path).read_text(encoding="utf-8"))
    for number, (_, _, apply) in enumerate(_changes(tree)):
        if number == mutant.number:
            apply()
            break
    return ast.unparse(ast.fix_missing_locations(tree))


def _changes(tree: ast.Module) -> Iterator[Change]:
    """Line, words and act of each change; the act changes the tree."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if name in ("annotation", "returns", "type_params"):
                continue
            if isinstance(value, list):
                for at, each in enumerate(value):
                    yield from _of(each, parent, partial(value.__setitem__, at))
            elif isinstance(value, ast.AST):
                yield from _of(value, parent, partial(setattr, parent, name))


def _of(node: object, parent: ast.AST, put: Callable[[ast.AST], None]) -> Iterator[Change]:
    line = getattr(node, "lineno", getattr(parent, "lineno", 0))
    if type(node) in SWAPPED and not isinstance(parent, ast.AnnAssign):
        new = SWAPPED[type(node)]
        yield line, f"{type(node).__name__} → {new.__name__}", partial(put, new())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield line, f"{type(node.op).__name__} dropped", partial(put, node.operand)
    if isinstance(node, ast.Constant) and type(node.value) is int and not isinstance(parent, ast.AnnAssign):
        yield line, f"{node.value} → {node.value + 1}", partial(put, ast.Constant(node.value + 1))
    if isinstance(node, ast.Constant) and type(node.value) is bool and not isinstance(parent, ast.keyword):
        yield line, f"{node.value} → {not node.value}", partial(put, ast.Constant(not node.value))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        new_name = CALLS[node.func.id]

        keywords = [] if new_name == "list" else node.keywords
        renamed = ast.Call(ast.Name(new_name, ast.Load()), node.args, keywords)
        yield line, f"{node.func.id} → {new_name}", partial(put, renamed)
    if isinstance(node, (ast.If, ast.IfExp)):
        for value in (True, False):
            yield line, f"condition {value}", partial(setattr, node, "test", ast.Constant(value))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield line, "statement dropped", partial(put, ast.Pass())
    if isinstance(node, ast.AugAssign):
        yield line, "assignment dropped", partial(put, ast.Pass())


@dataclass(frozen=True, slots=True)
class Tests:
    """What is known of the tests: the seconds of each, and the tests that run each line of each file."""

    seconds: dict[str, float]
    lines: dict[str, dict[str, list[str]]]

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that run the place of a mutant, the quickest first."""
        run = self.lines.get(mutant.path, {})
        place = _place(mutant)
        names = {test for line, tests in run.items() if place is None or int(line) in place for test in tests}
        files = tuple(f"{each}::" for each in names if "::" not in each and place is not None)
        found = [each for each in self.seconds if each in names or each.startswith(files)]
        return sorted(found, key=lambda each: self.seconds[each])


def _place(mutant: Mutant) -> range | None:
    """The lines of the statement that a mutant changes, or of its head; None where it runs on import."""
    tree = ast.parse((ROOT / mutant.path).read_text(encoding="utf-8"))
    bodies = [
        range(each.body[0].lineno, (each.end_lineno or each.lineno) + 1)
        for each in ast.walk(tree)
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    if not any(mutant.line in body for body in bodies):
        return None
    statements = [each for each in ast.walk(tree) if isinstance(each, (ast.stmt, ast.match_case, ast.ExceptHandler))]
    ends = [_lines(each) for each in statements]
    return min((each for each in ends if mutant.line in each), key=len, default=range(mutant.line, mutant.line + 1))


def _lines(node: ast.stmt | ast.match_case | ast.ExceptHandler) -> range:
    first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
    body = getattr(node, "body", None)
    return range(first, max(body[0].lineno, first + 1) if body else (node.end_lineno or first) + 1)


def recorded(root: Path, path: Path) -> Tests | None:
    """The tests with their lines, from a map that is there or a run of all of them in the copy; None if one fails."""
    if not path.exists() and _run(root, None, "record", str(path), *TESTS):
        return None
    return Tests(**json.loads(path.read_text(encoding="utf-8")))


def survives(mutant: Mutant, tests: Tests, root: Path) -> bool:
    """Whether no test notices the mutant, which is written into the copy and taken out again."""
    chosen = tests.of(mutant)
    if not chosen:
        return True
    target, listed = root / mutant.path, root / "chosen.json"
    target.write_text(mutated(mutant), encoding="utf-8")
    listed.write_text(json.dumps(chosen), encoding="utf-8")
    limit = LIMIT + 3 * sum(tests.seconds[each] for each in chosen)
    try:
        return _run(root, limit, "run", str(listed)) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        shutil.copy2(ROOT / mutant.path, target)


def _run(root: Path, limit: float | None, *arguments: str) -> int:
    """The exit code of `chosen_tests.py`. Only the run without a mutant keeps compiled files."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1" if limit else ""}
    command = [sys.executable, str(ROOT / "benchmarks" / "chosen_tests.py"), *arguments]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, timeout=limit, check=False
    ).returncode


def main() -> int:
    """Draw a sample, try each mutant, print what became of it and the share that was noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=300, help="how many mutants are drawn (300)")
    parser.add_argument("--seed", type=int, default=1, help="what the draw depends on (1)")
    parser.add_argument("--only", action="append", help="mutate this file only; may be given again")
    parser.add_argument(
        "--map", type=Path, help="keep what runs which line in this file, or use it: while no file changes"
    )
    parser.add_argument(
        "--longest", type=float, default=10, help="leave out tests that take longer, in traced seconds (10)"
    )
    parser.add_argument("--minutes", type=float, help="start no mutant after so many minutes")
    options = parser.parse_args()
    known = sorted({str(each.relative_to(ROOT)) for pattern in FILES for each in ROOT.glob(pattern)})
    paths = options.only or known
    everything = [each for path in paths for each in mutants_of(path)]
    chance = random.Random(options.seed)  # noqa: S311 - no secret depends on it
    drawn = chance.sample(everything, min(options.sample, len(everything)))
    print(f"{len(everything)} mutants in {len(paths)} files, {len(drawn)} drawn with seed {options.seed}", flush=True)
    began, tried, left = time.monotonic(), 0, []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name in PARTS:
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__")
            _ = shutil.copytree(source, root / name, ignore=ignored) if source.is_dir() else shutil.copy(source, root)
        tests = recorded(root, (options.map or root / "map.json").resolve())
        if tests is None:
            print("a test fails without a mutant: nothing would be told by it", file=sys.stderr)
            return 1
        quick = {test: seconds for test, seconds in tests.seconds.items() if seconds <= options.longest}
        tests = Tests(quick, tests.lines)
        print(f"{len(tests.seconds)} tests, {time.monotonic() - began:.0f} s", flush=True)
        for mutant in drawn:
            if options.minutes and time.monotonic() - began > options.minutes * 60:
                break
            tried += 1
            lives = survives(mutant, tests, root)
            left += [mutant] if lives else []
            unseen = "" if not lives or tests.of(mutant) else " (no test runs it)"
            print(
                f"{'SURVIVED' if lives else 'killed  '} {mutant.path}:{mutant.line} {mutant.what}{unseen}", flush=True
            )
    print(f"{time.monotonic() - began:.0f} s; ", end="")
    print(f"{tried - len(left)} of {tried} killed, {len(left)} survived", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
