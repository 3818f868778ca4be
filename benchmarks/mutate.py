"""Mutation: whether a test notices each line that reckons with money when it is wrong.

    python benchmarks/mutate.py --sample 60 --seed 1 [--only engine/contract/ramps.py]

Each mutant changes one place of the code that works out money (a comparison, a sign, `and` against `or`, a condition, a
number, a dropped statement) in a copy of the checkout, and runs the tests that fit its package there, the quick ones first.
A mutant that no test fails for has survived: a test is missing, or the change makes no difference. `make mutate` runs it.
"""

from __future__ import annotations

import argparse
import ast
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

TESTS: dict[str, tuple[str, ...]] = {
    "engine/contract/*.py": ("tests/contract", "tests/simulator", "tests/forecast", "tests/plan", "tests/snapshots"),
    "engine/forecast/*.py": ("tests/forecast", "tests/simulator", "tests/snapshots"),
    "engine/diff/*.py": ("tests/plan", "tests/cli/test_diff.py", "tests/render"),
    "engine/plan/existing.py": ("tests/plan", "tests/snapshots"),
    "engine/plan/changed_in_stripe.py": ("tests/plan", "tests/contract"),
    "engine/money.py": ("tests/contract", "tests/forecast", "tests/plan"),
    "engine/dates.py": ("tests/contract", "tests/forecast"),
}
"""The files that are mutated, and the tests of each."""

LAST = ("test_contract_properties.py", "test_properties.py", "test_agreement.py")
"""Tests that take long: they run when the others have noticed nothing."""

LIMIT = 300
"""Seconds after which a mutant counts as noticed, for it never ends."""

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


def tests_of(path: str, root: Path) -> list[list[str]]:
    """The tests of a file: the quick ones, then the long ones."""
    places = next(tests for pattern, tests in TESTS.items() if Path(path).match(pattern))
    files = [
        str(each.relative_to(root))
        for place in places
        for each in (sorted((root / place).rglob("test_*.py")) if (root / place).is_dir() else [root / place])
    ]
    quick = [each for each in files if not each.endswith(LAST)]
    return [quick, [each for each in files if each.endswith(LAST)]]


def _patterns(paths: list[str]) -> list[str]:
    return [pattern for pattern in TESTS if any(Path(each).match(pattern) for each in paths)]


def survives(mutant: Mutant, root: Path) -> bool:
    """Whether no test notices the mutant, which is written into the copy and taken out again."""
    target = root / mutant.path
    target.write_text(mutated(mutant), encoding="utf-8")
    try:
        return _pass(tests_of(mutant.path, root), root)
    finally:
        shutil.copyfile(ROOT / mutant.path, target)


def _pass(groups: list[list[str]], root: Path) -> bool:
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        for files in groups:
            command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
            done = subprocess.run(command, cwd=root, env=environment, capture_output=True, timeout=LIMIT, check=False)
            if done.returncode:
                return False
    except subprocess.TimeoutExpired:
        return False
    return True


def main() -> int:
    """Draw a sample, try each mutant, print what became of it and the share that was noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=300, help="how many mutants are drawn (300)")
    parser.add_argument("--seed", type=int, default=1, help="what the draw depends on (1)")
    parser.add_argument("--only", action="append", help="mutate this file only; may be given again")
    parser.add_argument("--minutes", type=float, help="start no mutant after so many minutes")
    options = parser.parse_args()
    known = sorted({str(each.relative_to(ROOT)) for pattern in TESTS for each in ROOT.glob(pattern)})
    paths = options.only or known
    everything = [each for path in paths for each in mutants_of(path)]
    chance = random.Random(options.seed)  # noqa: S311 - no secret depends on it
    drawn = chance.sample(everything, min(options.sample, len(everything)))
    print(f"{len(everything)} mutants in {len(paths)} files, {len(drawn)} drawn with seed {options.seed}", flush=True)
    began, tried, left = time.monotonic(), 0, []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in PARTS:
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__")
            _ = shutil.copytree(source, root / name, ignore=ignored) if source.is_dir() else shutil.copy(source, root)
        for path in {next(each for each in paths if Path(each).match(pattern)): None for pattern in _patterns(paths)}:
            if not _pass(tests_of(path, root), root):
                print(f"the tests of {path} fail without a mutant: nothing would be told by them", file=sys.stderr)
                return 1
        for mutant in drawn:
            if options.minutes and time.monotonic() - began > options.minutes * 60:
                break
            tried += 1
            lives = survives(mutant, root)
            left += [mutant] if lives else []
            print(f"{'SURVIVED' if lives else 'killed  '} {mutant.path}:{mutant.line} {mutant.what}", flush=True)
    print(f"{tried - len(left)} of {tried} killed, {len(left)} survived", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
