"""`orderplan forecast`, and the forecast in `plan` and `show`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import an_order, seat, to_json
from tests.cli.commands import ANNUAL, ROOT, TEAM, Outcome, invoked


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def uneven(tmp_path: Path) -> str:
    """An order whose invoices do not add up to what was sold."""
    path = tmp_path / "uneven.json"
    path.write_text(
        to_json(an_order([seat("1000.00", frequency="Monthly", product_term=36)], term=36)), encoding="utf-8"
    )
    return str(path)


def _saved(tmp_path: Path, *arguments: str) -> tuple[str, Outcome]:
    path = str(tmp_path / "plan.json")
    return path, invoked("plan", *arguments, "--out", path)


def test_plan_and_show_print_the_same_forecast(tmp_path: Path) -> None:
    """It belongs to the plan, whoever shows it."""
    path, planned = _saved(tmp_path, ANNUAL)
    assert "reconciled: 14,500.00 USD sold, 14,500.00 USD billed" in planned.out
    parts = [each.out.partition("\nforecast, ")[2] for each in (planned, invoked("show", path))]
    assert parts[0]
    assert parts[0] == parts[1]


def test_a_plan_in_json_holds_the_forecast() -> None:
    """With its reconciliation; the digest is of the calls alone."""
    document = json.loads(invoked("plan", ANNUAL, "--format", "json").out)
    assert document["forecast"]["total"] == 1_450_000
    assert document["forecast"]["reconciliation"]["status"] == "reconciled"


def test_forecast_prints_text_json_and_csv(tmp_path: Path) -> None:
    """The same invoices in three forms."""
    path, _ = _saved(tmp_path, ANNUAL)
    assert invoked("forecast", path).out.startswith("forecast, before tax\n  2026-03-01  14,500.00 USD")
    assert json.loads(invoked("forecast", path, "--format", "json").out)["total"] == 1_450_000
    assert invoked("forecast", path, "--format", "csv").out.count("\n") == 3


def test_cycles_of_a_contract_without_an_end_can_be_chosen(tmp_path: Path) -> None:
    """Three instead of twelve."""
    path, _ = _saved(tmp_path, "examples/orders/evergreen.json")
    assert len(json.loads(invoked("forecast", path, "--cycles", "3", "--format", "json").out)["invoices"]) == 3
    assert invoked("forecast", path, "--cycles", "0").status == 2


def test_a_difference_is_a_warning_and_strict_money_an_error(uneven: str, tmp_path: Path) -> None:
    """The exit status follows."""
    lenient, strict = invoked("plan", uneven), invoked("plan", uneven, "--strict-money")
    assert (lenient.status, strict.status) == (0, 1)
    assert "warning[W802]" in lenient.err
    assert "error[E801]" in strict.err
    path, _ = _saved(tmp_path, uneven, "--strict-money")
    assert invoked("forecast", path).status == 1


def test_a_saved_forecast_shows_no_sensitive_value(tmp_path: Path) -> None:
    """What is shown is forecast anew from the redacted plan: a hidden price is not known."""
    team = tmp_path / "team.rules"
    team.write_text(
        TEAM + "override price {\n  set unit_amount_decimal = minor_units(price.amount)  sensitive\n}\n",
        encoding="utf-8",
    )
    path, planned = _saved(tmp_path, ANNUAL, "--rules", str(team))
    assert "14,500.00" not in planned.out.partition("reconciled")[0]
    shown = invoked("show", path)
    assert "12,000.00" not in shown.out
    assert "14,500.00 USD" in invoked("show", path, "--reveal").out


def test_a_plan_with_errors_has_nothing_to_forecast(tmp_path: Path) -> None:
    """The command says so and ends with status 1, as `plan` does."""
    path, _ = _saved(tmp_path, ANNUAL)
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    document["diagnostics"].append({"code": "E505", "severity": "error", "message": "an order line is deleted"})
    Path(path).write_text(json.dumps(document), encoding="utf-8")
    done = invoked("forecast", path)
    assert (done.status, done.out) == (1, "")
    assert "no forecast: a plan with errors bills nothing" in done.err
