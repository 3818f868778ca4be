"""A rule set that plans bundle after bundle, alone or beside another one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orderplan.engine.diagnostics import render_text
from orderplan.engine.plan.planner import Planner, planned_by_both
from orderplan.engine.validate import check_file
from tests.builders import an_order, seat
from tests.plan.plans import Document, record_of
from tests.records.test_namespace import prefixed

HEAD = 'rules "acme" version 1\nextend "cpq.rules"\n'
NAMED = HEAD + 'source salesforce "schemas/salesforce/cpq.json" namespace "acme"\n'
SITE = HEAD + "override customer { metadata.site = account.Site  sensitive }\n"


def planner(folder: Path, text: str) -> Planner:
    """The planner of a team's rules."""
    path = folder / "team.rules"
    path.write_text(text, encoding="utf-8")
    rules = check_file(str(path)).rules
    assert rules is not None
    return Planner(rules)


def order() -> Document:
    """An order that nothing is in Stripe of."""
    return an_order([seat("10.00", 3)], "2026-03-01")


def test_rule_sets_of_two_namespaces_read_a_bundle_each_by_its_own(tmp_path: Path) -> None:
    """A change that names the package's prefix is compared as it will run, not as the old rules read the records."""
    bare, named = planner(tmp_path, HEAD), planner(tmp_path, NAMED)
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(prefixed(order())), encoding="utf-8")

    ((before, after, unread),) = planned_by_both(bare, named, str(path))
    assert [each.code for each in before.diagnostics] == ["E429"]
    assert after.calls
    assert unread == ()

    ((before, after, unread),) = planned_by_both(named, bare, str(path))
    assert before.calls
    assert [each.code for each in after.diagnostics] == ["E429"]
    assert [each.code for each in unread] == ["E429"]


@pytest.mark.parametrize("one_by_one", [True, False])
def test_no_way_to_read_a_bundle_shows_what_the_rules_hide(tmp_path: Path, *, one_by_one: bool) -> None:
    """The document in memory and the file are read by the same rules."""
    bundle = order()
    record_of(bundle, "Account")["Site"] = 715_142_857
    path = tmp_path / "order.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    team = planner(tmp_path, SITE)

    loaded = team.bundle(path.read_bytes(), "order.json") if one_by_one else next(team.bundles(str(path)))
    assert "E419" in [each.code for each in loaded.findings]
    assert not [each for each in loaded.findings if "715142857" in render_text(each, {})]
