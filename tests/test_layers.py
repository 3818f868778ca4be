"""The packages of `engine` import only what stands before them, in no circle, and no client of either platform."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = ("diagnostics", "syntax", "schema", "validate", "records", "contract", "program", "plan", "forecast", "render",
         "connect", "apply")  # fmt: skip
"""The packages as they stand in the pipeline; a package may import those before it. docs/architecture.md says why."""

FREE = {"engine", "engine.immutable", "engine.money", "engine.places"}
"""Leaves without a place in the order: the version, and where shipped files lie."""

CLIENTS = ("stripe", "simple_salesforce", "requests")

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "engine").rglob("*.py"))
    if "_data" not in path.parts
}


def _imports(node: ast.AST, *, for_types: bool) -> Iterator[str]:
    """The modules of `engine` that some code imports; `for_types` takes those for the type checker alone as well."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names if alias.name.split(".")[0] == "engine")
        elif isinstance(each, ast.ImportFrom) and each.module and each.module.split(".")[0] == "engine":
            for alias in each.names:
                inner = f"{each.module}.{alias.name}"
                yield inner if inner in MODULES else each.module
        elif isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING" and not for_types:
            yield from (name for inner in each.orelse for name in _imports(inner, for_types=for_types))
        else:
            yield from _imports(each, for_types=for_types)


def _imported(module: str, *, for_types: bool) -> set[str]:
    return set(_imports(ast.parse(MODULES[module].read_text(encoding="utf-8")), for_types=for_types))


def _package(module: str) -> str:
    return ([*module.split("."), ""])[1]


def test_every_package_has_a_place_in_the_order() -> None:
    """A new package must be put where it belongs before it can be imported."""
    packages = {path.parent.name for path in (ROOT / "engine").glob("*/*.py")}
    assert packages <= set(ORDER)


@pytest.mark.parametrize("module", sorted(set(MODULES) - FREE))
def test_a_module_imports_only_packages_before_its_own(module: str) -> None:
    """The order of the pipeline is the order of the imports, those for types included."""
    allowed = set(ORDER[: ORDER.index(_package(module)) + 1])
    wrong = {each for each in _imported(module, for_types=True) - FREE if _package(each) not in allowed}
    assert wrong == set()


@pytest.mark.parametrize("module", sorted(FREE))
def test_a_leaf_imports_nothing_of_the_engine(module: str) -> None:
    """What everything may import must not import anything back."""
    assert _imported(module, for_types=True) == set()


def test_modules_import_each_other_in_no_circle() -> None:
    """A circle would make the meaning of an import depend on who came first."""
    graph = {module: _imported(module, for_types=False) - {module} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as fault:
        pytest.fail(" imports ".join(reversed(fault.args[1])))


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["validate", "rules/cpq.rules"], ["plan", "examples/orders/annual-subscription.json"]],
    ids=lambda each: each[0],
)
def test_a_command_starts_without_the_clients(arguments: list[str]) -> None:
    """Nothing up to the plan speaks to a platform, so nobody waits for a client library to load."""
    script = (
        "import sys\n"
        f"sys.argv = ['orderplan', *{arguments!r}]\n"
        "from cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    assert "click" in loaded
    assert not {each for each in loaded if each.split(".")[0] in CLIENTS}
