"""`orderplan plan`: documents on standard output, findings on standard error, and how it ends."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import an_order, patched, ramp, seat, to_json
from tests.cli.commands import ANNUAL, BROKEN, TEAM, invoked, orderplan


@pytest.fixture
def team(tmp_path: Path) -> str:
    (tmp_path / "acme.rules").write_text(TEAM)
    return str(tmp_path / "acme.rules")


def _one_line(bundle: dict[str, Any]) -> str:
    return json.dumps(bundle)


def _order(**more: Any) -> dict[str, Any]:
    return an_order([seat("45.00", 2)], **more)


def _saved(folder: Path, text: str, name: str = "bundle.json") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_a_plan_is_printed_and_nothing_else() -> None:
    """An order without findings leaves standard error empty; the last line sums up."""
    outcome = orderplan("plan", ANNUAL)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("Order 801")
    assert outcome.out.endswith("Plan: 6 to create, 0 to update, 0 to cancel.\n")


def test_the_same_inputs_give_the_same_bytes() -> None:
    """Two processes with different hash seeds print one plan."""
    first = orderplan("plan", "--format", "json", ANNUAL, environment={"PYTHONHASHSEED": "1"})
    second = orderplan("plan", "--format", "json", ANNUAL, environment={"PYTHONHASHSEED": "2"})
    assert first.out == second.out


def test_json_is_one_document() -> None:
    """The document names its format and says that it can be applied."""
    document = json.loads(invoked("plan", "--format", "json", ANNUAL).out)
    assert (document["format"], document["format_version"], document["applyable"]) == ("orderplan.plan", "1.2", True)


def test_standard_input_is_a_bundle() -> None:
    """`-` reads a bundle from a pipe."""
    outcome = orderplan("plan", "-", stdin=Path(ANNUAL).read_bytes())
    assert outcome.status == 0
    assert outcome.out.endswith("Plan: 6 to create, 0 to update, 0 to cancel.\n")


def test_a_file_may_hold_one_bundle_a_line(tmp_path: Path) -> None:
    """Each line gives a plan; in JSON one plan a line."""
    lines = "\n".join(_one_line(_order(number=each)) for each in (21, 22, 23)) + "\n"
    outcome = invoked("plan", "--format", "json", _saved(tmp_path, lines, "three.ndjson"))
    documents = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.status == 0
    assert len({each["contract"]["id"] for each in documents}) == 3


def test_several_files_give_several_plans(tmp_path: Path) -> None:
    """Files are planned in the order in which they are named."""
    first = _saved(tmp_path, to_json(_order(number=31)), "a.json")
    second = _saved(tmp_path, to_json(_order(number=32)), "b.json")
    documents = [json.loads(line) for line in invoked("plan", "--format", "json", second, first).out.splitlines()]
    assert [each["inputs"]["bundle"]["path"] for each in documents] == [second, first]


def test_a_bad_bundle_among_good_ones_ends_with_1(tmp_path: Path) -> None:
    """The others are planned, and the bad one gives a document without calls."""
    lines = f"{_one_line(_order(number=41))}\n{{}}\n{_one_line(_order(number=42))}\n"
    outcome = invoked("plan", "--format", "json", _saved(tmp_path, lines, "three.ndjson"))
    documents = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.status == 1
    assert [each["applyable"] for each in documents] == [True, False, True]
    assert documents[1]["calls"] == []
    assert documents[1]["diagnostics"]


def test_a_broken_bundle_still_gives_a_document(tmp_path: Path) -> None:
    """A program that reads the JSON form gets the findings in it."""
    outcome = invoked("plan", "--format", "json", _saved(tmp_path, '{"format": '))
    document = json.loads(outcome.out)
    assert outcome.status == 1
    assert (document["applyable"], document["calls"]) == (False, [])
    assert [each["code"] for each in document["diagnostics"]] == ["E402"]


def test_findings_of_a_bundle_go_to_standard_error(tmp_path: Path) -> None:
    """In the text form standard output keeps the plan."""
    outcome = invoked("plan", _saved(tmp_path, "not json"))
    assert outcome.status == 1
    assert "error[E401]" in outcome.err
    assert "E401" not in outcome.out


def test_an_order_with_an_error_ends_with_1(tmp_path: Path) -> None:
    """A plan that cannot be applied says so in its status, and which record is at fault."""
    bundle = patched(_order(), "OrderItem", 0, Quantity=2.5)
    outcome = invoked("plan", _saved(tmp_path, to_json(bundle)))
    assert outcome.status == 1
    assert "error[E506]" in outcome.err
    assert bundle["records"]["OrderItem"][0]["Id"] in outcome.err


def test_an_order_that_the_rules_do_not_take_ends_with_3(tmp_path: Path) -> None:
    """Nothing to plan is neither a success nor a fault."""
    bundle = patched(_order(), "Order", 0, Status="Draft")
    outcome = invoked("plan", _saved(tmp_path, to_json(bundle)))
    assert outcome.status == 3
    assert "no order" in outcome.err


def test_a_file_without_a_bundle_line_says_that_it_is_empty(tmp_path: Path) -> None:
    """An empty file is a finding, not a success."""
    outcome = invoked("plan", _saved(tmp_path, ""))
    assert outcome.status in (1, 3)
    assert outcome.err


def test_a_missing_bundle_ends_with_2(tmp_path: Path) -> None:
    """A name without a file is wrong usage."""
    outcome = invoked("plan", str(tmp_path / "missing.json"))
    assert (outcome.status, outcome.out) == (2, "")
    assert "missing.json" in outcome.err


def test_a_pattern_without_a_bundle_ends_with_3(tmp_path: Path) -> None:
    """A pattern that matches nothing is told apart from a missing file."""
    assert invoked("plan", f"{tmp_path}/*.json").status == 3


def test_a_missing_rule_file_ends_with_2(tmp_path: Path) -> None:
    """Rules that cannot be read stop the command before any order."""
    outcome = invoked("plan", "--rules", str(tmp_path / "missing.rules"), ANNUAL)
    assert (outcome.status, outcome.out) == (2, "")
    assert "missing.rules" in outcome.err


def test_broken_rules_end_with_1_and_no_plan(tmp_path: Path) -> None:
    """Rules with errors are reported as `validate` reports them; nothing is planned with them."""
    (tmp_path / "broken.rules").write_text(BROKEN)
    outcome = invoked("plan", "--rules", str(tmp_path / "broken.rules"), ANNUAL)
    assert (outcome.status, outcome.out) == (1, "")
    assert "error[E305]" in outcome.err


def test_detailed_exitcode_tells_that_there_are_calls() -> None:
    """A script can tell a plan that does something from one that does not."""
    assert invoked("plan", "--detailed-exitcode", ANNUAL).status == 4


def test_detailed_exitcode_keeps_1_for_errors(tmp_path: Path) -> None:
    """An error counts for more than calls."""
    bundle = patched(_order(), "OrderItem", 0, Quantity=2.5)
    assert invoked("plan", "--detailed-exitcode", _saved(tmp_path, to_json(bundle))).status == 1


def test_a_sensitive_value_is_in_no_output(team: str) -> None:
    """Text, JSON and findings show a digest, `--reveal` the value."""
    email = json.loads(Path(ANNUAL).read_text())["records"]["Contact"][0]["Email"]
    for form in ("text", "json"):
        outcome = invoked("plan", "--rules", team, "--format", form, ANNUAL)
        assert email not in outcome.out + outcome.err
        assert email in invoked("plan", "--rules", team, "--format", form, "--reveal", ANNUAL).out


def test_digests_without_a_key_are_called_so(monkeypatch: pytest.MonkeyPatch, team: str) -> None:
    """Only where a value is hidden, and no key of the environment hides it."""
    assert "notice[N902]" in invoked("plan", "--rules", team, ANNUAL).err
    assert invoked("plan", ANNUAL).err == ""
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", "a key of sixteen bytes")
    assert invoked("plan", "--rules", team, ANNUAL).err == ""
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", "k")
    short = invoked("plan", ANNUAL)
    assert (short.status, short.out) == (2, "")
    assert "ORDERPLAN_REDACTION_KEY has 1 byte" in short.err


def _forecasts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, team: str) -> tuple[int, bool]:
    """How often a plan that is saved is forecast, and whether what is shown and what is saved have the same forecast."""
    module = importlib.import_module("orderplan.engine.forecast.forecasted_plan")
    made: list[Any] = []
    outlook = module.outlook
    monkeypatch.setattr(module, "outlook", lambda *given, **more: made.append(outlook(*given, **more)) or made[-1])
    rules = tmp_path / "team.rules"
    rules.write_text(f'rules "team" version 1\nextend "cpq.rules"\n{team}\n')
    saved = tmp_path / "plan.json"
    shown = invoked("plan", "--rules", str(rules), "--format", "json", "--out", str(saved), ANNUAL)
    return len(made), json.loads(shown.out)["forecast"] == json.loads(saved.read_text())["forecast"]


def test_a_plan_that_is_saved_is_forecast_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who the customer is bears on nothing that is billed."""
    hidden = "override customer { email = account.Name  sensitive }"
    assert _forecasts(monkeypatch, tmp_path, hidden) == (1, True)


def test_a_plan_that_hides_what_it_bills_is_forecast_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The forecast that is shown knows no hidden figure, and the one that is saved does."""
    hidden = "override product { set name = product.Name  sensitive }"
    assert _forecasts(monkeypatch, tmp_path, hidden) == (2, False)


def test_a_plan_of_a_part_says_what_follows_and_what_it_bills(tmp_path: Path) -> None:
    """Ten of twelve years are planned: the finding and the comparison name the rest."""
    rules = _saved(
        tmp_path, 'rules "acme" version 1\nextend "cpq.rules"\nsettings {\nlong_schedules = "in_parts"\n}\n', "a.rules"
    )
    bundle = _saved(tmp_path, to_json(an_order([ramp("120.00", quantities=[1] * 12)], "2026-03-01", 144)))
    outcome = invoked("plan", "--rules", rules, bundle)
    assert outcome.status == 0
    assert "W522" in outcome.out + outcome.err
    assert "17,280.00 USD sold, 14,400.00 USD billed now, 2,880.00 USD by phases that follow" in outcome.out
