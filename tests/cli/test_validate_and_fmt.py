"""`orderplan validate` and `orderplan fmt`: what they print where, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import BROKEN, TEAM, invoked

UNTIDY = 'rules "x" version 1\nextend "cpq.rules"\noverride customer {\n    set name   =   trim( account.Name )\n}\n'


@pytest.fixture
def team(tmp_path: Path) -> str:
    (tmp_path / "acme.rules").write_text(TEAM)
    return str(tmp_path / "acme.rules")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    (tmp_path / "broken.rules").write_text(BROKEN)
    return str(tmp_path / "broken.rules")


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    path = tmp_path / "untidy.rules"
    path.write_text(UNTIDY)
    return path


def test_shipped_rules_have_no_finding() -> None:
    """The shipped rules and the two team files are valid."""
    outcome = invoked("validate", "rules/*.rules")
    assert (outcome.status, outcome.out, outcome.err) == (0, "4 rule files checked, nothing found\n", "")


def test_shipped_rules_are_in_canonical_form() -> None:
    """`orderplan fmt --check` has nothing to say of them."""
    outcome = invoked("fmt", "--check", "rules/*.rules")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")


def test_errors_end_with_1_and_are_counted(broken: str) -> None:
    """Findings are what `validate` is asked for, so they are its output."""
    outcome = invoked("validate", broken)
    assert outcome.status == 1
    assert "error[E204]" in outcome.out
    assert "error[E305]" in outcome.out
    assert outcome.out.endswith("1 rule file checked: 2 errors\n")


def test_findings_of_several_files_come_in_one_run(team: str, broken: str) -> None:
    """A good file beside a bad one is counted, and does not hide it."""
    outcome = invoked("validate", team, broken)
    assert outcome.status == 1
    assert outcome.out.endswith("2 rule files checked: 2 errors\n")


def test_a_file_that_is_named_twice_is_checked_once(broken: str) -> None:
    """A pattern and a name may overlap."""
    assert invoked("validate", broken, broken).out.endswith("1 rule file checked: 2 errors\n")


def test_json_holds_every_finding_with_its_place(broken: str) -> None:
    """Other programs get code, severity, message and span of each finding."""
    outcome = invoked("validate", "--format", "json", broken)
    document = json.loads(outcome.out)
    assert outcome.status == 1
    assert {each["code"] for each in document["diagnostics"]} == {"E204", "E305"}
    assert [each["span"]["line"] for each in document["diagnostics"]] == [5, 6]


def test_json_of_valid_rules_is_a_document_too(team: str) -> None:
    """A reader needs no special case for nothing."""
    outcome = invoked("validate", "--format", "json", team)
    assert outcome.status == 0
    assert json.loads(outcome.out)["diagnostics"] == []


def test_a_warning_alone_ends_with_0(tmp_path: Path) -> None:
    """Only errors fail a build."""
    file = tmp_path / "unused.rules"
    file.write_text(TEAM + "\nlookup spare : Order.Status -> Int {\n  else => 1\n}\n")
    outcome = invoked("validate", str(file))
    assert outcome.status == 0
    assert outcome.out.endswith("1 rule file checked: 1 warning\n")


def test_warn_else_names_what_an_else_hides(tmp_path: Path) -> None:
    """The option makes `else` lines visible."""
    file = tmp_path / "else.rules"
    file.write_text(TEAM + "\nlookup spare : Order.Status -> Int {\n  else => 1\n}\n")
    assert "W201" in invoked("validate", "--warn-else", str(file)).out


def test_another_stripe_version_is_named_when_it_is_not_there(team: str) -> None:
    """A version that is not installed is an error of the rules' target line."""
    outcome = invoked("validate", "--stripe-version", "2011-01-01", team)
    assert outcome.status == 1
    assert "2011-01-01" in outcome.out


def test_a_missing_file_ends_with_2(tmp_path: Path) -> None:
    """A name without a file is wrong usage, told on standard error."""
    outcome = invoked("validate", str(tmp_path / "missing.rules"))
    assert (outcome.status, outcome.out) == (2, "")
    assert "missing.rules" in outcome.err


def test_a_pattern_without_a_file_ends_with_3(tmp_path: Path) -> None:
    """Nothing to check is neither a success nor a finding."""
    outcome = invoked("validate", f"{tmp_path}/*.rules")
    assert (outcome.status, outcome.out) == (3, "")
    assert "matches nothing" in outcome.err


def test_a_folder_is_no_rule_file(tmp_path: Path) -> None:
    """A folder cannot be read as rules."""
    assert invoked("validate", str(tmp_path)).status == 2


def test_fmt_rewrites_a_file_and_says_so(untidy: Path) -> None:
    """The name of a changed file is printed; the second run changes nothing."""
    untidy.chmod(0o640)
    outcome = invoked("fmt", str(untidy))
    assert (outcome.status, outcome.out) == (0, f"formatted {untidy}\n")
    assert "set name = trim(account.Name)" in untidy.read_text()
    assert untidy.stat().st_mode & 0o777 == 0o640
    assert invoked("fmt", str(untidy)).out == ""


def test_fmt_check_changes_nothing(untidy: Path) -> None:
    """CI asks; nobody's file is touched."""
    outcome = invoked("fmt", "--check", str(untidy))
    assert (outcome.status, outcome.out) == (1, f"would format {untidy}\n")
    assert untidy.read_text() == UNTIDY


def test_fmt_leaves_a_file_with_syntax_errors_alone(tmp_path: Path) -> None:
    """What cannot be parsed is reported on standard error, and stays."""
    file = tmp_path / "half.rules"
    file.write_text('rules "x" version 1\nsettings {\n')
    outcome = invoked("fmt", str(file))
    assert outcome.status == 1
    assert "E102" in outcome.err
    assert file.read_text() == 'rules "x" version 1\nsettings {\n'


def test_fmt_leaves_no_other_file_behind(untidy: Path) -> None:
    """The file is replaced as a whole, through a file beside it that is gone afterwards."""
    invoked("fmt", str(untidy))
    assert [each.name for each in untidy.parent.iterdir()] == [untidy.name]


def test_fmt_of_standard_input_goes_to_standard_output() -> None:
    """Editors format a buffer so."""
    outcome = invoked("fmt", "-", stdin=UNTIDY)
    assert outcome.status == 0
    assert outcome.out.split("\n")[4] == "  set name = trim(account.Name)"


def test_fmt_check_of_standard_input_ends_with_1() -> None:
    """The check works without a file too."""
    assert invoked("fmt", "--check", "-", stdin=UNTIDY).status == 1
