"""The wheel: installed in an environment of its own, it has all it needs, and gives the bytes that the checkout gives."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.cli.commands import ANNUAL, ROOT, orderplan

SNIPPET = """
import orderplan
from orderplan import Diagnostic, Outlook, Plan, PlanDiff, Rules

rules: Rules = orderplan.load_rules()
plan: Plan = orderplan.plan(orderplan.load_bundle("order.json", rules), rules)
outlook: Outlook | None = orderplan.forecast(plan)
changes: PlanDiff = orderplan.diff(plan, plan)
findings: tuple[Diagnostic, ...] = (*rules.findings, *plan.diagnostics, *(outlook.findings if outlook else ()))
total: int | None = outlook.forecast.totals["usd"] if outlook else None
print(plan.applyable, len(findings), total, len(changes.differing))
"""


@pytest.fixture(name="installed", scope="module")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of a clean environment that holds the wheel and, beside it, only what the wheel depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("orderplan-*.whl")
    own = folder / "env"
    venv.create(own, with_pip=False, symlinks=True)
    python = own / "bin" / "python"
    site = own / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # A line in a .pth is a folder to look in; .pth files there are not read, so nothing of the checkout comes with it.
    (site / "needed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return python


def _run(python: Path, *arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [str(python), "-I", *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_lies_where_it_was_installed(installed: Path, tmp_path: Path) -> None:
    """Else the other tests would test the checkout."""
    where = "import orderplan, orderplan.engine; print(orderplan.__file__, orderplan.engine.__file__)"
    assert all(
        each.startswith(str(installed.parents[1])) for each in _run(installed, "-c", where, folder=tmp_path).split()
    )


def test_it_brings_one_top_folder(installed: Path) -> None:
    """Nothing but `orderplan` goes to the top of site-packages, and it says that it has types."""
    (site,) = (installed.parents[1] / "lib").glob("python*/site-packages")
    assert sorted(each.name for each in site.iterdir() if each.suffix not in (".pth", ".dist-info")) == ["orderplan"]
    assert (site / "orderplan" / "py.typed").exists()
    assert (site / "orderplan" / "engine" / "_data" / "rules" / "cpq.rules").exists()


def test_every_way_to_start_gives_the_same_bytes(installed: Path) -> None:
    """`python cli.py`, `python -m orderplan` in the checkout, and both the module and the script of the wheel."""
    arguments = ("plan", "--format", "json", "--rules", "rules/cpq.rules", ANNUAL)
    wanted = orderplan(*arguments).out
    assert wanted.startswith("{")
    module = subprocess.run(
        [sys.executable, "-m", "orderplan", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert module.stdout == wanted
    # -I keeps the folder it runs in from the path, where the checkout's package lies.
    assert _run(installed, "-m", "orderplan", *arguments, folder=ROOT) == wanted
    script = "from orderplan.engine.commands import main; main(prog_name='orderplan')"
    assert _run(installed, "-c", script, *arguments, folder=ROOT) == wanted


def test_the_library_works_and_is_typed(installed: Path, tmp_path: Path) -> None:
    """A user's program runs, and `mypy --strict` finds all its types."""
    (tmp_path / "order.json").write_bytes((ROOT / ANNUAL).read_bytes())
    program = tmp_path / "program.py"
    program.write_text(SNIPPET, encoding="utf-8")
    assert _run(installed, str(program), folder=tmp_path) == "True 0 1450000 0\n"
    checker = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--python-executable", str(installed)]
    done = subprocess.run([*checker, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    program.write_text(SNIPPET + "plan.calls[0].id + 1\n", encoding="utf-8")
    done = subprocess.run([*checker, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Unsupported operand types" in done.stdout
