"""`orderplan diff`, and plans as fixtures, through the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.commands import ANNUAL, BROKEN, ROOT, TEAM, Outcome, invoked, orderplan

YEN = "examples/orders/yen.json"
NAME = 'rules "acme" version 1\nextend "cpq.rules"\n\noverride customer {\n  set name = upper(account.Name)\n}\n'
DAYS = (
    'rules "acme" version 1\nextend "cpq.rules"\n\noverride subscription_schedule {\n'
    '  set default_settings.collection_method = "charge_automatically"\n}\n'
)


@pytest.fixture
def acme(tmp_path: Path) -> str:
    """A team's rules that alter an identity and nothing else."""
    path = tmp_path / "acme.rules"
    path.write_text(NAME, encoding="utf-8")
    return str(path)


@pytest.fixture
def dearer(tmp_path: Path) -> str:
    """A team's rules that alter billing."""
    path = tmp_path / "dearer.rules"
    path.write_text(DAYS, encoding="utf-8")
    return str(path)


def _saved(folder: Path, name: str, *arguments: str) -> str:
    path = folder / name
    path.write_text(invoked("plan", *arguments, "--format", "json").out, encoding="utf-8")
    return str(path)


def _sentence(done: Outcome) -> str:
    """The line that sums up."""
    return next(line for line in done.out.splitlines() if line.startswith("this change"))


# --- two plans ---


def test_two_saved_plans_are_compared(tmp_path: Path, acme: str) -> None:
    """The sentence comes last; a difference alone is no failure."""
    old, new = _saved(tmp_path, "old.json", ANNUAL), _saved(tmp_path, "new.json", ANNUAL, "--rules", acme)
    done = invoked("diff", old, new)
    assert done.status == 0
    assert f"BRIGHTWATER CLINICS  {acme}:5:3" in done.out
    assert _sentence(done) == "this change alters billing in 0 of 1 order, identity in 1"


def test_equal_plans_are_equal(tmp_path: Path) -> None:
    """Nothing to report, nothing to fail on."""
    plan = _saved(tmp_path, "plan.json", ANNUAL)
    done = invoked("diff", plan, plan, "--fail-on", "any", "--detailed-exitcode")
    assert (done.status, _sentence(done)) == (0, "this change alters nothing in 1 order")


def test_one_plan_may_come_from_standard_input(tmp_path: Path) -> None:
    """`-` is the other side of a pipe."""
    plan = _saved(tmp_path, "plan.json", ANNUAL)
    done = orderplan("diff", "-", plan, stdin=Path(plan).read_bytes())
    assert (done.status, _sentence(done)) == (0, "this change alters nothing in 1 order")


def test_plans_of_many_bundles_are_matched_by_their_orders(tmp_path: Path) -> None:
    """One plan a line, in any order."""
    old, new = _saved(tmp_path, "old.ndjson", ANNUAL, YEN), _saved(tmp_path, "new.ndjson", YEN, ANNUAL)
    assert _sentence(invoked("diff", old, new)) == "this change alters nothing in 2 orders"


def test_a_saved_plan_is_compared_with_a_fresh_one(tmp_path: Path, acme: str) -> None:
    """A bundle is planned first, by the shipped rules or by those that are named."""
    plan = _saved(tmp_path, "plan.json", ANNUAL)
    assert _sentence(invoked("diff", plan, ANNUAL)) == "this change alters nothing in 1 order"
    assert "identity in 1" in invoked("diff", plan, ANNUAL, "--rules", acme).out


def test_a_plan_saved_with_its_values_shows_none(tmp_path: Path) -> None:
    """They are compared, and hidden."""
    rules = tmp_path / "team.rules"
    rules.write_text(TEAM, encoding="utf-8")
    saved = str(tmp_path / "saved.json")
    invoked("plan", ANNUAL, "--rules", str(rules), "--out", saved)
    done = invoked("diff", saved, ANNUAL, "--rules", str(rules))
    assert (_sentence(done), done.err) == ("this change alters nothing in 1 order", "")
    rules.write_text(TEAM.replace("BillToContact.Email", "PoNumber"), encoding="utf-8")
    email = json.loads(Path(saved).read_text(encoding="utf-8"))["calls"][0]["params"]["email"]
    done = invoked("diff", saved, ANNUAL, "--rules", str(rules), "--format", "json")
    assert "/params/email" in done.out
    assert email not in done.out


def test_digests_that_cannot_be_compared_are_a_warning(tmp_path: Path) -> None:
    """Two bundles have two keys."""
    rules = tmp_path / "team.rules"
    rules.write_text(TEAM, encoding="utf-8")
    bundle = tmp_path / "order.json"
    bundle.write_text(Path(ANNUAL).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    plans = [
        _saved(tmp_path, f"{at}.json", each, "--rules", str(rules)) for at, each in enumerate((ANNUAL, str(bundle)))
    ]
    done = invoked("diff", *plans)
    assert "warning[W720]: 1 sensitive values cannot be compared" in done.err
    assert "(cannot be compared)" in done.out


# --- two rule sets ---


def test_two_rule_sets_are_compared_over_bundles(acme: str) -> None:
    """Every bundle is planned by both."""
    done = invoked("diff", "--rules", "rules/cpq.rules", "--rules", acme, ANNUAL, YEN)
    assert done.status == 0
    assert _sentence(done) == "this change alters billing in 0 of 2 orders, identity in 2"


def test_the_second_rule_set_may_follow_the_first(acme: str) -> None:
    """`--rules OLD NEW` is short for giving the option twice."""
    short = invoked("diff", "--rules", "rules/cpq.rules", acme, ANNUAL)
    assert short == invoked("diff", "--rules", "rules/cpq.rules", "--rules", acme, ANNUAL)


@pytest.mark.parametrize(("wanted", "status"), [("billing", 0), ("identity", 1), ("metadata", 0), ("any", 1)])
def test_a_class_can_fail_a_build(acme: str, wanted: str, status: int) -> None:
    """`--fail-on billing` lets a new name pass."""
    assert invoked("diff", "--rules", "rules/cpq.rules", acme, ANNUAL, "--fail-on", wanted).status == status


def test_billing_fails_a_build(dearer: str) -> None:
    """Another way of collecting is billing."""
    assert invoked("diff", "--rules", "rules/cpq.rules", dearer, ANNUAL, "--fail-on", "billing").status == 1


def test_a_difference_has_an_exit_code_of_its_own(acme: str) -> None:
    """Only when it is asked for, and after --fail-on."""
    arguments = ["diff", "--rules", "rules/cpq.rules", acme, ANNUAL]
    assert invoked(*arguments, "--detailed-exitcode").status == 4
    assert invoked(*arguments, "--detailed-exitcode", "--fail-on", "identity").status == 1


def test_money_is_said_per_order_and_in_all(tmp_path: Path) -> None:
    """The forecasts of both sides are compared."""
    rules = tmp_path / "double.rules"
    words = 'set unit_price = item.UnitPrice * 2  required "an order line needs a unit price"'
    rules.write_text(
        f'rules "double" version 1\nextend "cpq.rules"\n\noverride read line {{\n  {words}\n}}\n', encoding="utf-8"
    )
    done = invoked(
        "diff", "--rules", "rules/cpq.rules", str(rules), "examples/orders/monthly-seats.json", "--format", "json"
    )
    summary = json.loads(done.out)["summary"]
    assert summary["billing"] == 1
    (money,) = summary["money"]
    assert money["new"] == 2 * money["old"]
    assert money["change"] == money["old"]


def test_json_is_one_document(acme: str) -> None:
    """With counts, orders, differences, and the rules that wrote them."""
    whole = json.loads(invoked("diff", "--rules", "rules/cpq.rules", acme, ANNUAL, "--format", "json").out)
    assert whole["summary"] == {
        "orders": 1,
        "billing": 0,
        "identity": 1,
        "metadata": 0,
        "money": whole["summary"]["money"],
    }
    difference = whole["orders"][0]["calls"][0]["differences"][0]
    assert (difference["class"], difference["pointer"], difference["rule"]) == (
        "identity",
        "/params/name",
        f"{acme}:5:3",
    )


def test_markdown_is_for_a_pull_request(dearer: str) -> None:
    """The sentence, then a table."""
    done = invoked("diff", "--rules", "rules/cpq.rules", dearer, ANNUAL, "--format", "markdown")
    assert done.out.startswith("**This change alters billing in 1 of 1 order**")


def test_rules_with_errors_end_the_comparison(tmp_path: Path) -> None:
    """Their findings are shown as `validate` shows them."""
    path = tmp_path / "broken.rules"
    path.write_text(BROKEN, encoding="utf-8")
    done = invoked("diff", "--rules", "rules/cpq.rules", str(path), ANNUAL)
    assert (done.status, done.out) == (1, "")
    assert "Nmae" in done.err


def test_a_bundle_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    """The others are compared all the same."""
    path = tmp_path / "broken.json"
    path.write_text("{", encoding="utf-8")
    done = invoked("diff", "--rules", "rules/cpq.rules", "rules/cpq.rules", ANNUAL, str(path))
    assert done.status == 1
    assert _sentence(done) == "this change alters nothing in 1 order"
    assert "1 bundle could not be planned on either side" in done.out
    assert done.err.startswith("error[E4")


# --- git revisions ---


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two versions of a team's rules, the older one tagged `before`; the working folder is its top."""
    rules = tmp_path / "rules"
    rules.mkdir()
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=Ines", "-c", "user.email=ines@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, env=environment, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=main")
    (rules / "acme.rules").write_text(NAME, encoding="utf-8")
    git("add", "rules")
    git("commit", "--quiet", "--message", "First")
    git("tag", "before")
    (rules / "acme.rules").write_text(NAME.replace("upper", "lower"), encoding="utf-8")
    (rules / "house.rules").write_text(DAYS.replace("acme", "house"), encoding="utf-8")
    git("add", "rules")
    git("commit", "--quiet", "--message", "Second")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rule_sets_of_git_revisions_are_compared(repository: Path) -> None:
    """Nothing is checked out, and the rules are named by their revision."""
    done = invoked("diff", "--rules", "before:rules/acme.rules", "HEAD:rules/acme.rules", ANNUAL)
    assert done.status == 0
    assert "BRIGHTWATER CLINICS -> brightwater clinics  HEAD:rules/acme.rules:5:3" in done.out
    assert (repository / "rules" / "house.rules").exists()


def test_a_revision_is_compared_with_a_file(repository: Path) -> None:
    """What is not committed yet against what is."""
    (repository / "rules" / "acme.rules").write_text(NAME, encoding="utf-8")
    done = invoked("diff", "--rules", "before:rules/acme.rules", "rules/acme.rules", ANNUAL)
    assert _sentence(done) == "this change alters nothing in 1 order"


def test_a_folder_of_a_revision_stands_for_its_only_rule_file(repository: Path) -> None:
    """`main:rules` is enough when there is one."""
    assert repository.exists()
    done = invoked("diff", "--rules", "before:rules", "before:rules/acme.rules", ANNUAL)
    assert _sentence(done) == "this change alters nothing in 1 order"
    done = invoked("diff", "--rules", "HEAD:rules", "before:rules", ANNUAL)
    assert (done.status, done.out) == (2, "")
    assert "error[E723]: the folder rules of HEAD holds acme.rules, house.rules" in done.err


def test_what_a_revision_extends_is_read_from_it_too(repository: Path) -> None:
    """A base beside the file counts as it was then."""
    team = 'rules "team" version 1\nextend "acme.rules"\n'
    (repository / "rules" / "acme.rules").write_text(NAME, encoding="utf-8")
    (repository / "rules" / "team.rules").write_text(team, encoding="utf-8")
    subprocess.run(["git", "add", "rules"], cwd=repository, check=True, capture_output=True)
    commit = [
        "git",
        "-c",
        "user.name=Ines",
        "-c",
        "user.email=ines@example.com",
        "commit",
        "--quiet",
        "--message",
        "Third",
    ]
    subprocess.run(commit, cwd=repository, check=True, capture_output=True)
    (repository / "rules" / "acme.rules").write_text(NAME.replace("upper", "lower"), encoding="utf-8")
    done = invoked("diff", "--rules", "HEAD:rules/team.rules", "rules/team.rules", ANNUAL)
    assert "BRIGHTWATER CLINICS -> brightwater clinics" in done.out


def test_a_path_counts_from_the_top_unless_it_says_otherwise(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As git itself reads `HEAD:path` and `HEAD:./path`."""
    monkeypatch.chdir(repository / "rules")
    done = invoked("diff", "--rules", "before:rules/acme.rules", "before:./acme.rules", f"../{ANNUAL}")
    assert _sentence(done) == "this change alters nothing in 1 order"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ("nowhere:rules/acme.rules", "E721"),
        ("--help:rules", "E721"),
        ("before:rules/house.rules", "E722"),
        ("HEAD:../x.rules", "E722"),
    ],
)
def test_what_git_does_not_have_is_said(repository: Path, rules: str, code: str) -> None:
    """A revision, or a file in it."""
    assert repository.exists()
    done = invoked("diff", f"--rules={rules}", "--rules=rules/acme.rules", ANNUAL)
    assert (done.status, done.out) == (2, "")
    assert f"error[{code}]" in done.err


def test_faults_of_a_revision_s_rules_are_shown_at_their_place(repository: Path) -> None:
    """With the revision, the line and its text."""
    (repository / "rules" / "acme.rules").write_text(BROKEN, encoding="utf-8")
    subprocess.run(["git", "add", "rules"], cwd=repository, check=True, capture_output=True)
    commit = [
        "git",
        "-c",
        "user.name=Ines",
        "-c",
        "user.email=ines@example.com",
        "commit",
        "--quiet",
        "--message",
        "Third",
    ]
    subprocess.run(commit, cwd=repository, check=True, capture_output=True)
    done = invoked("diff", "--rules", "before:rules/acme.rules", "HEAD:rules/acme.rules", ANNUAL)
    assert done.status == 1
    assert "--> HEAD:rules/acme.rules:5:22" in done.err
    assert "set name = account.Nmae" in done.err


def test_outside_of_a_repository_a_revision_means_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what the colon was taken for."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    done = invoked("diff", "--rules", "main:rules", "--rules", "x.rules", str(ROOT / ANNUAL))
    assert (done.status, done.out) == (2, "")
    assert "error[E720]" in done.err


def test_a_file_with_a_colon_in_its_name_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is read as it is."""
    monkeypatch.chdir(tmp_path)
    Path("v2:acme.rules").write_text(NAME, encoding="utf-8")
    done = invoked("diff", "--rules", "v2:acme.rules", "--rules", "v2:acme.rules", str(ROOT / ANNUAL))
    assert _sentence(done) == "this change alters nothing in 1 order"


# --- usage ---


@pytest.mark.parametrize(
    "arguments",
    [
        ["one.json"],
        ["one.json", "two.json", "three.json"],
        ["-", "-"],
        ["--rules", "a.rules", "--rules", "b.rules", "--rules", "c.rules", ANNUAL],
        ["--rules", "rules/cpq.rules", "rules/globex.rules"],
        [],
    ],
)
def test_arguments_that_make_no_pair_are_wrong_usage(arguments: list[str]) -> None:
    """Exit code 2, and words that say what is wanted."""
    done = invoked("diff", *arguments)
    assert (done.status, done.out) == (2, "")
    assert "Usage:" in done.err


def test_a_file_that_is_not_there_is_named() -> None:
    """No traceback, exit code 2."""
    done = invoked("diff", "nowhere.json", ANNUAL)
    assert done.status == 2
    assert "error[E901]: cannot read nowhere.json" in done.err


def test_a_damaged_plan_is_a_finding(tmp_path: Path) -> None:
    """It is recognised as a plan, and refused."""
    path = tmp_path / "plan.json"
    path.write_text('{"format": "orderplan.plan", "format_version": "1.0", "calls": 5}', encoding="utf-8")
    done = invoked("diff", str(path), ANNUAL)
    assert done.status == 1
    assert "error[E708]" in done.err


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"[]", b'{"format": "orderplan.plan"}', b"null", b"{}\n{}", b"[" * 5000]
)
def test_hostile_files_give_findings(tmp_path: Path, content: bytes) -> None:
    """Whatever stands in a file, the answer is a diagnostic."""
    path = tmp_path / "file.json"
    path.write_bytes(content)
    done = invoked("diff", str(path), ANNUAL)
    assert done.status in {1, 2, 3}
    assert "Traceback" not in done.err


# --- fixtures ---


def test_a_plan_is_printed_as_fixtures() -> None:
    """Nothing but the file on standard output."""
    done = invoked("plan", ANNUAL, "--format", "stripe-fixtures")
    assert done.status == 0
    assert json.loads(done.out)["_meta"] == {"template_version": 0}


def test_a_saved_plan_is_printed_as_fixtures(tmp_path: Path) -> None:
    """The same file as from the bundle."""
    plan = _saved(tmp_path, "plan.json", ANNUAL)
    fresh, saved = (
        json.loads(invoked(*each, "--format", "stripe-fixtures").out) for each in (("plan", ANNUAL), ("show", plan))
    )
    assert saved == fresh


def test_fixtures_with_sensitive_values_are_asked_for(tmp_path: Path) -> None:
    """Once by mistake is an error, with --reveal the values stand in the file; a plan without them cannot give them."""
    rules = tmp_path / "team.rules"
    rules.write_text(TEAM, encoding="utf-8")
    arguments = ["plan", ANNUAL, "--rules", str(rules), "--format", "stripe-fixtures"]
    refused = invoked(*arguments)
    assert (refused.status, refused.out) == (1, "")
    assert "error[E724]" in refused.err
    assert "@" in json.loads(invoked(*arguments, "--reveal").out)["fixtures"][0]["params"]["email"]
    redacted = _saved(tmp_path, "plan.json", ANNUAL, "--rules", str(rules))
    assert "error[E724]" in invoked("show", redacted, "--format", "stripe-fixtures", "--reveal").err


def test_fixtures_hold_one_plan() -> None:
    """Two plans would share names."""
    done = invoked("plan", ANNUAL, YEN, "--format", "stripe-fixtures")
    assert (done.status, done.out) == (2, "")
