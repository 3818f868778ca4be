"""`--out`, `orderplan show` and `orderplan explain`: plans that were saved, and what is refused of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import ANNUAL, ROOT, TEAM, invoked

EMAIL = json.loads(Path(__file__).resolve().parents[2].joinpath(ANNUAL).read_text())["records"]["Contact"][0]["Email"]
PRICE = "price/01uW00001000001IAA"


@pytest.fixture
def team(tmp_path: Path) -> str:
    (tmp_path / "acme.rules").write_text(TEAM)
    return str(tmp_path / "acme.rules")


@pytest.fixture
def saved(tmp_path: Path, team: str) -> str:
    """A plan saved with `--out`, with one sensitive value."""
    path = tmp_path / "plan.json"
    assert invoked("plan", "--rules", team, "--out", str(path), ANNUAL).status == 0
    return str(path)


def test_a_saved_plan_that_is_shown_says_that_its_digests_have_no_key(saved: str) -> None:
    """As `plan` does; not where the values are revealed."""
    assert "notice[N902]" in invoked("show", saved).err
    assert "N902" not in invoked("show", "--reveal", saved).err


def _edit(path: str, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(Path(path).read_text())
    change(document)
    Path(path).write_text(json.dumps(document))


# --- saving ---


def test_a_saved_plan_is_for_its_owner_alone(saved: str) -> None:
    """It holds the sensitive values, so nobody else may read it, whatever the umask says."""
    assert Path(saved).stat().st_mode & 0o777 == 0o600
    assert EMAIL in Path(saved).read_text()


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path, team: str) -> None:
    """Saving over an older file does not keep its rights."""
    path = tmp_path / "plan.json"
    path.write_text("{}")
    path.chmod(0o644)
    invoked("plan", "--rules", team, "--out", str(path), ANNUAL)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_left_over_part_does_not_open_the_plan(tmp_path: Path, team: str) -> None:
    """A file that an interrupted run left behind, readable by all, does not become the plan's."""
    part = tmp_path / "plan.json.part"
    part.write_text("")
    part.chmod(0o644)
    path = tmp_path / "plan.json"
    invoked("plan", "--rules", team, "--out", str(path), ANNUAL)
    assert path.stat().st_mode & 0o777 == 0o600


def test_saving_leaves_nothing_else_behind(saved: str) -> None:
    """The plan is written beside its place and moved there as a whole."""
    assert sorted(each.name for each in Path(saved).parent.iterdir()) == ["acme.rules", "plan.json"]


def test_a_place_that_cannot_be_written_ends_with_2(tmp_path: Path) -> None:
    """The fault names the place, and no part of a plan is printed as if it were saved."""
    outcome = invoked("plan", "--out", str(tmp_path / "nowhere" / "plan.json"), ANNUAL)
    assert (outcome.status, outcome.out) == (2, "")
    assert "nowhere" in outcome.err


def test_a_folder_in_the_plans_place_ends_with_2(tmp_path: Path) -> None:
    """A folder is not replaced, and nothing is left beside it."""
    (tmp_path / "plan.json").mkdir()
    assert invoked("plan", "--out", str(tmp_path / "plan.json"), ANNUAL).status == 2
    assert [each.name for each in tmp_path.iterdir()] == ["plan.json"]


def test_several_plans_do_not_go_into_one_file(tmp_path: Path) -> None:
    """Saving many is refused before anything is written."""
    outcome = invoked("plan", "--out", str(tmp_path / "plan.json"), ANNUAL, "examples/orders/yen.json")
    assert outcome.status == 2
    assert not (tmp_path / "plan.json").exists()


def test_what_is_printed_while_saving_is_redacted(tmp_path: Path, team: str) -> None:
    """`--out` saves the values and prints the digests."""
    outcome = invoked("plan", "--rules", team, "--out", str(tmp_path / "plan.json"), "--format", "json", ANNUAL)
    assert EMAIL not in outcome.out


# --- showing ---


def test_show_prints_what_plan_printed(saved: str, team: str) -> None:
    """A saved plan reads like the one that was made, but that parameters may stand in another order."""
    outcome = invoked("show", saved)
    assert outcome.status == 0
    assert sorted(outcome.out.split("\n")) == sorted(invoked("plan", "--rules", team, ANNUAL).out.split("\n"))


def test_show_as_json_is_the_plan_as_json(saved: str, team: str) -> None:
    """The redacted document of a saved plan is the document that the plan gives."""
    assert (
        invoked("show", "--format", "json", saved).out
        == invoked("plan", "--rules", team, "--format", "json", ANNUAL).out
    )


def test_show_redacts_unless_asked(saved: str) -> None:
    """A saved plan holds the values; only `--reveal` prints them."""
    assert EMAIL not in invoked("show", saved).out
    assert EMAIL in invoked("show", "--reveal", saved).out


def test_a_json_document_can_be_shown_too(tmp_path: Path) -> None:
    """What `--format json` printed is a plan as well."""
    path = tmp_path / "plan.json"
    path.write_text(invoked("plan", "--format", "json", ANNUAL).out)
    outcome = invoked("show", str(path))
    assert (outcome.status, outcome.err) == (0, "")


def test_the_document_of_a_broken_bundle_can_be_shown(tmp_path: Path) -> None:
    """It has findings and no calls."""
    (tmp_path / "broken.json").write_text("[")
    (tmp_path / "plan.json").write_text(invoked("plan", "--format", "json", str(tmp_path / "broken.json")).out)
    outcome = invoked("show", str(tmp_path / "plan.json"))
    assert "error[E4" in outcome.err
    assert outcome.out.endswith("Plan: 0 to create, 0 to update, 0 to cancel. 1 error.\n")


def test_an_edited_plan_warns(saved: str) -> None:
    """A digest that does not fit is told, and the plan is still shown."""

    def cheaper(document: dict[str, Any]) -> None:
        next(each for each in document["calls"] if each["id"] == PRICE)["params"]["unit_amount_decimal"] = "1"

    _edit(saved, cheaper)
    outcome = invoked("show", saved)
    assert "warning[W702]" in outcome.err
    assert "Plan: 6 to create" in outcome.out


def test_an_edited_sensitive_value_warns(saved: str) -> None:
    """The values that digests stand for cannot be changed unseen either."""

    def redirected(document: dict[str, Any]) -> None:
        next(each for each in document["calls"] if each["resource"] == "customer")["params"]["email"] = "x@example.com"

    _edit(saved, redirected)
    assert "warning[W702]" in invoked("show", saved).err


def test_a_newer_major_format_is_refused(saved: str) -> None:
    """What a newer program meant is not guessed."""
    _edit(saved, lambda document: document.update(format_version="2.0"))
    outcome = invoked("show", saved)
    assert (outcome.status, outcome.out) == (1, "")
    assert "error[E709]" in outcome.err


def test_a_newer_minor_format_is_read(saved: str) -> None:
    """Parts that a reader does not know are passed over."""
    _edit(saved, lambda document: document.update(format_version="1.7", weather="fine"))
    assert invoked("show", saved).status == 0


@pytest.mark.parametrize(
    "text", ["", "plan", "[]", "{}", '{"format": "orderplan.bundle"}', '{"format": "orderplan.plan"}', "[" * 100_000]
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    """Any other file is named as such, without a traceback."""
    (tmp_path / "plan.json").write_text(text)
    outcome = invoked("show", str(tmp_path / "plan.json"))
    assert (outcome.status, outcome.out) == (1, "")
    assert "error[E70" in outcome.err


@pytest.mark.parametrize("part", ["calls", "summary", "diagnostics", "format_version"])
@pytest.mark.parametrize("value", [None, 7, "x", [7], {"x": 7}], ids=json.dumps)
def test_a_damaged_plan_is_refused(saved: str, part: str, value: object) -> None:
    """A part of the wrong shape is a finding with its path."""
    _edit(saved, lambda document: document.update({part: value}))
    outcome = invoked("show", saved)
    assert outcome.status == 1
    assert "error[E70" in outcome.err


def test_a_plan_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    """A missing file is wrong usage."""
    outcome = invoked("show", str(tmp_path / "missing.json"))
    assert (outcome.status, outcome.out) == (2, "")
    assert "missing.json" in outcome.err


# --- explaining ---


def test_explain_tells_where_a_parameter_comes_from(saved: str) -> None:
    """The field, the rule and the sum with its numbers."""
    outcome = invoked("explain", saved, f"{PRICE}/unit_amount_decimal")
    assert outcome.status == 0
    assert outcome.out.startswith(f"{PRICE} unit_amount_decimal = 120000")
    assert "PricebookEntry(01uW00001000001IAA).UnitPrice" in outcome.out
    assert "1200 ÷ 12 months × 12 = 1200" in outcome.out


@pytest.mark.parametrize("name", ["recurring/interval", "recurring.interval"])
def test_a_parameter_is_named_with_slashes_or_dots(saved: str, name: str) -> None:
    """Both ways of writing a path lead to the parameter."""
    assert invoked("explain", saved, f"{PRICE}/{name}").out.startswith(f"{PRICE} recurring.interval = month\n")


def test_explain_tells_why_a_parameter_is_left_out(saved: str) -> None:
    """A parameter that is not there has a reason."""
    assert "left out" in invoked("explain", saved, f"{PRICE}/recurring/meter").out


def test_explain_does_not_reveal(saved: str) -> None:
    """A sensitive value stays a digest."""
    outcome = invoked("explain", saved, "customer/001W00001000001IAA/email")
    assert outcome.status == 0
    assert EMAIL not in outcome.out
    assert "sensitive" in outcome.out


@pytest.mark.parametrize("name", ["price/01uW00001000001IAB", f"{PRICE}/unit_amount_decimel"])
def test_a_name_that_the_plan_does_not_have_ends_with_3(saved: str, name: str) -> None:
    """A misspelt name is answered with the one that is close."""
    outcome = invoked("explain", saved, name)
    assert (outcome.status, outcome.out) == (3, "")
    assert "did you mean" in outcome.err


def test_explain_prints_the_page_of_a_code() -> None:
    """Codes are explained without a plan, in any case of letters."""
    outcome = invoked("explain", "e203")
    assert outcome.status == 0
    assert outcome.out.startswith("# E203: ")


def test_an_unknown_code_ends_with_3() -> None:
    """A code that was never given is answered with where codes are listed."""
    outcome = invoked("explain", "E999")
    assert (outcome.status, outcome.out) == (3, "")
    assert "E999" in outcome.err


def test_a_plan_with_errors_ends_every_command_alike(tmp_path: Path) -> None:
    """`plan`, `show`, `forecast` and the fixtures of one that cannot be applied: status 1."""
    bundle, saved = tmp_path / "order.json", str(tmp_path / "plan.json")
    document = json.loads((ROOT / ANNUAL).read_text(encoding="utf-8"))
    document["records"]["OrderItem"][0]["IsDeleted"] = True
    bundle.write_text(json.dumps(document), encoding="utf-8")
    ways = (
        ["plan", str(bundle), "--out", saved],
        ["show", saved],
        ["show", saved, "--format", "stripe-fixtures"],
        ["forecast", saved],
    )
    assert [invoked(*each).status for each in ways] == [1, 1, 1, 1]


def test_explaining_a_file_asks_for_the_call(tmp_path: Path) -> None:
    """A plan is no code, and its name resembles none."""
    saved = tmp_path / "plan.json"
    invoked("plan", str(ROOT / ANNUAL), "--out", str(saved))
    done = invoked("explain", str(saved))
    assert (done.status, done.out) == (2, "")
    assert f"orderplan explain {saved} CALL" in done.err
    assert "did you mean" not in done.err
