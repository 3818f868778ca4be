"""Pages of plans, made by the program, and what a browser reports of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.builders import amend, an_order, change, coupon, seat, setup_fee, to_json, usage
from tests.builders.examples import EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent

MANY_ITEMS = """rules "hundred" version 1
extend "cpq.rules"

settings {
  subscription_items = 100
}
"""
"""For an account whose limit of items Stripe has raised, as an order of a hundred lines needs."""

ATTACK = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' onmouseover='alert(3)"
"""A name that breaks out of a page which does not escape it."""

SHORT_ATTACK = '"><b onclick=alert(4)>'

Report = dict[str, Any]


def _own() -> dict[str, dict[str, Any]]:
    """Orders besides the examples: hostile names, a hundred lines, credits, and one that cannot be planned."""
    hostile = an_order(
        [
            seat("10.00", 2, name=ATTACK),
            setup_fee("5.00", name=f"{ATTACK} fee", coupons=(coupon(SHORT_ATTACK, percent_off=10),)),
        ],
        account={"Name": ATTACK, "Description": ATTACK},
    )
    many = an_order(
        [seat(f"{10 + at}.00", at + 1, name=f"Product with a long name {at}") for at in range(100)], number=3
    )
    reduced = amend(
        an_order([seat("1200.00", 10, frequency="Annual")], number=4),
        start="2026-09-01",
        lines=[change("Workspace seat", quantity=4)],
    )
    broken = an_order([seat("10.00", 2), usage("0.05")], number=5)
    broken["records"]["OrderItem"][0]["Quantity"] = 1.5
    return {"hostile": hostile, "hundred-lines": many, "reduced": reduced, "broken": broken}


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of every example order, and of orders that are hard on a page."""
    folder = tmp_path_factory.mktemp("pages")
    out: dict[str, Path] = {}
    bundles = {name: ROOT / "examples" / "orders" / f"{name}.json" for name in EXAMPLES}
    for name, bundle in _own().items():
        bundles[name] = folder / f"{name}.json"
        bundles[name].write_text(to_json(bundle), encoding="utf-8")
    rules = folder / "hundred.rules"
    rules.write_text(MANY_ITEMS, encoding="utf-8")
    for name, path in bundles.items():
        own = ["--rules", str(rules)] if name == "hundred-lines" else []
        out[name] = folder / f"{name}.html"
        with out[name].open("wb") as file:
            done = subprocess.run(
                [sys.executable, "cli.py", "plan", str(path), *own, "--format", "html"],
                cwd=ROOT,
                stdout=file,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert done.returncode == (1 if name == "broken" else 0), done.stderr.decode()
    return out | {"diff": _diff(folder)}


def _diff(folder: Path) -> Path:
    """The page of what a team's rules change in the example orders."""
    page = folder / "diff.html"
    bundles = [f"examples/orders/{name}.json" for name in EXAMPLES]
    rules = ["--rules", "rules/cpq.rules", "--rules", "rules/globex.rules"]
    with page.open("wb") as file:
        subprocess.run(
            [sys.executable, "cli.py", "diff", *rules, *bundles, "--format", "html"], cwd=ROOT, stdout=file, check=True
        )
    return page


WIDTHS = ("amendment-upsell", "ramp", "coupons", "graduated-tiers", "hostile", "hundred-lines", "broken", "diff")
OWN = ("hostile", "hundred-lines", "reduced", "broken", "diff")
LONG = ("hundred-lines",)
"""Pages that would keep the accessibility checker busy for minutes; others have the same parts."""

UNFOLDED = WIDTHS[:5]
DEEP = ("amendment-upsell", "ramp", "coupons", "evergreen", "hostile", "hundred-lines", "reduced")


@pytest.fixture(scope="session")
def browser(pages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What Chromium reports: see browser.mjs."""
    job = {
        "pages": {name: str(path) for name, path in pages.items()},
        "axe": [each for each in pages if each not in LONG],
        "widths": WIDTHS,
        "unfolded": UNFOLDED,
        "deep": DEEP,
    }
    path = tmp_path_factory.mktemp("job") / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    done = subprocess.run(
        ["node", "browser.mjs", str(path)], cwd=HERE, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, f"{done.stderr}\nrun `make test-system`, which installs Chromium and the driver"
    report: Report = json.loads(done.stdout)
    return report


def visits(found: Any) -> list[Report]:
    """Every visit of a page inside a report."""
    if isinstance(found, dict):
        own = [found] if "requests" in found else []
        return own + [each for inner in found.values() for each in visits(inner)]
    return []
