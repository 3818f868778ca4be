"""`-` is standard input wherever a command reads a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import ANNUAL, ROOT, invoked

RULES = ROOT / "rules" / "globex.rules"


@pytest.fixture
def plan(tmp_path: Path) -> str:
    path = tmp_path / "plan.json"
    assert invoked("plan", ANNUAL, "--out", str(path)).status == 0
    return str(path)


def test_a_bundle_may_come_from_standard_input() -> None:
    """To `plan`, to `forecast`, and to a comparison of two rule sets."""
    bundle = Path(ANNUAL).read_bytes()
    assert invoked("plan", "-", stdin=bundle).out == invoked("plan", ANNUAL).out
    assert invoked("forecast", "-", stdin=bundle).out == invoked("forecast", ANNUAL).out
    sets = ["--rules", "rules/cpq.rules", "--rules", str(RULES)]
    assert invoked("diff", *sets, "-", stdin=bundle).out == invoked("diff", *sets, ANNUAL).out


def test_a_saved_plan_may_come_from_standard_input(plan: str) -> None:
    """To `show`, `forecast`, `explain` and `diff`."""
    text = Path(plan).read_bytes()
    for command in (["show"], ["forecast"]):
        assert invoked(*command, "-", stdin=text).out == invoked(*command, plan).out
    for pointer in ("price/01uW00001000001IAA", "price/01uW00001000001IAA/unit_amount_decimal"):
        assert invoked("explain", "-", pointer, stdin=text).out == invoked("explain", plan, pointer).out
    compared = invoked("diff", "-", plan, stdin=text)
    assert (compared.status, compared.out) == (0, invoked("diff", plan, plan).out)


def test_a_rule_file_may_come_from_standard_input() -> None:
    """To `validate` and `fmt`; what it extends is looked for in the working folder and among the shipped files."""
    text = RULES.read_bytes()
    done = invoked("validate", "-", stdin=text)
    assert (done.status, done.out) == (0, "1 rule file checked, nothing found\n")
    faulty = invoked("validate", "--format", "json", "-", stdin=text + b"override custmer {}\n")
    assert faulty.status == 1
    (found,) = json.loads(faulty.out)["diagnostics"]
    assert found["code"] == "E303"
    assert invoked("fmt", "-", stdin=text).out.encode() == text


def test_standard_input_is_read_once(plan: str) -> None:
    """Two inputs cannot both be the one stream."""
    assert invoked("diff", "-", "-", stdin=Path(plan).read_bytes()).status == 2
