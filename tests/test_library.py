"""The public functions: what commands do, as typed values; the page docs/library.md shows them in use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import orderplan
from orderplan.engine import api
from orderplan.engine.plan import dump, from_document, to_document
from tests.builders import an_order, seat
from tests.builders.examples import EXAMPLES
from tests.cli.commands import ANNUAL, BROKEN, ROOT, TEAM, invoked
from tests.plan.plans import with_forecast

RULES = orderplan.load_rules(ROOT / "rules" / "cpq.rules")


@pytest.fixture(name="team")
def _team(tmp_path: Path) -> orderplan.Rules:
    (tmp_path / "acme.rules").write_text(TEAM, encoding="utf-8")
    return orderplan.load_rules(tmp_path / "acme.rules")


def _planned(bundle: dict[str, Any], rules: orderplan.Rules = RULES) -> orderplan.Plan:
    return orderplan.plan(orderplan.load_bundle(bundle, rules), rules)


def test_what_is_exported_is_what_the_api_has() -> None:
    """The two lists are written by hand, for type checkers read one and readers the other."""
    assert orderplan.__all__ == api.__all__
    assert [each for each in orderplan.__all__ if getattr(orderplan, each) is not getattr(api, each)] == []
    assert set(orderplan.__all__) <= set(dir(orderplan))
    with pytest.raises(AttributeError, match="no attribute 'plans'"):
        orderplan.plans  # noqa: B018 - the access is what is tested


def test_importing_loads_nothing() -> None:
    """A program that imports the package pays when it uses it; functions are no subpackages, whatever was imported before."""
    program = (
        "import sys, orderplan\n"
        "print([each for each in sys.modules if each.startswith('orderplan.')])\n"
        "import orderplan.engine.plan, orderplan.engine.forecast\n"
        "print(callable(orderplan.plan), callable(orderplan.forecast), callable(orderplan.diff))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nTrue True True\n"


def test_the_json_is_that_of_the_command(tmp_path: Path, team: orderplan.Rules) -> None:
    """Both ways to a plan give the same bytes, sensitive values hidden or not."""
    plan = orderplan.plan(orderplan.load_bundle(ROOT / ANNUAL, team), team)
    saved = tmp_path / "plan.json"
    done = invoked("plan", "--rules", team.path, "--format", "json", "--out", str(saved), str(ROOT / ANNUAL))
    assert orderplan.to_json(plan) == done.out
    assert orderplan.to_json(plan, reveal=True) == saved.read_text(encoding="utf-8")
    assert orderplan.to_json(plan, reveal=True) != done.out


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_saved_plan_is_read_back_whole(tmp_path: Path, team: orderplan.Rules, name: str) -> None:
    """Reading what was saved gives the plan that was saved, with and without its sensitive values."""
    plan = _planned(EXAMPLES[name](), team)
    for reveal in (False, True):
        path = tmp_path / f"{reveal}.json"
        path.write_text(orderplan.to_json(plan, reveal=reveal), encoding="utf-8")
        assert orderplan.to_json(orderplan.load_plan(path), reveal=reveal) == path.read_text(encoding="utf-8")
    assert orderplan.load_plan(tmp_path / "True.json").calls == tuple(
        from_document(json.loads(dump(to_document(plan, reveal=True)))).calls
    )


def test_a_plan_of_an_older_or_newer_minor_version_is_read() -> None:
    """1.0 states no marks: they follow from its metadata. What 1.9 adds is passed over."""
    plan = _planned(an_order([seat()]))
    document = with_forecast(to_document(plan))
    old = {name: each for name, each in document.items() if name != "marks"} | {"format_version": "1.0"}
    assert from_document(old).marks.keys["order_item"] == plan.marks.keys["order_item"]
    new = document | {"format_version": "1.9", "afterthoughts": [1]}
    assert with_forecast(to_document(from_document(new))) == document


def test_an_edited_plan_stays_edited(tmp_path: Path, team: orderplan.Rules) -> None:
    """Reading and writing does not give a changed plan a digest that fits."""
    plan = _planned(an_order([seat()]), team)
    document = json.loads(orderplan.to_json(plan, reveal=True))
    document["calls"][0]["params"]["name"] = "Somebody else"
    path = tmp_path / "plan.json"
    for _ in range(2):
        path.write_text(json.dumps(document), encoding="utf-8")
        read = orderplan.load_plan(path)
        assert "W702" in [each.code for each in read.diagnostics]
        document = json.loads(orderplan.to_json(read, reveal=True))


def test_a_damaged_plan_is_a_plan_that_says_so(tmp_path: Path) -> None:
    """No exception for a fault of the file; one for a file that is not there."""
    path = tmp_path / "plan.json"
    path.write_text('{"format": "orderplan.plan", "format_version": "1.1"}', encoding="utf-8")
    read = orderplan.load_plan(path)
    assert (read.applyable, read.calls) == (False, ())
    assert {each.code for each in read.diagnostics} == {"E708"}
    with pytest.raises(orderplan.OrderplanError, match="cannot read") as fault:
        orderplan.load_plan(tmp_path / "none.json")
    assert fault.value.code == "E901"


def test_faulty_rules_plan_nothing(tmp_path: Path) -> None:
    """Their findings are those of `validate`, and every plan by them repeats them."""
    path = tmp_path / "broken.rules"
    path.write_text(BROKEN, encoding="utf-8")
    rules = orderplan.load_rules(path)
    assert (rules.ok, RULES.ok) == (False, True)
    loaded = orderplan.load_bundle(ROOT / ANNUAL, rules)
    plan = orderplan.plan(loaded, rules)
    assert set(plan.diagnostics) == set(rules.findings)
    assert (loaded.bundle, plan.applyable, orderplan.forecast(plan)) == (None, False, None)


def test_a_bundle_is_a_document_or_a_file(tmp_path: Path) -> None:
    """Both are read alike; a file of one bundle a line is read line by line."""
    bundle = an_order([seat()])
    lines = tmp_path / "orders.ndjson"
    lines.write_text("\n".join(json.dumps(each) for each in (bundle, bundle)), encoding="utf-8")
    plans = [orderplan.plan(each, RULES) for each in orderplan.load_bundles(lines, RULES)]
    assert [each.digest for each in plans] == [_planned(bundle).digest] * 2
    with pytest.raises(orderplan.OrderplanError, match="cannot read"):
        orderplan.load_bundle(tmp_path / "none.json", RULES)


def test_a_forecast_says_what_is_billed_and_whether_it_was_sold() -> None:
    """Ten seats at 1,200.00 USD for a year; sold for one cent more, it is a finding, and an error where it must not be."""
    bundle = an_order([seat(quantity=10)], term=12)
    outlook = orderplan.forecast(_planned(bundle))
    assert outlook is not None
    (account,) = outlook.reconciliation.accounts
    assert account.billed == account.sold == outlook.forecast.totals["usd"]
    assert outlook.findings == ()
    bundle["records"]["OrderItem"][0]["TotalPrice"] += 0.01
    found = [orderplan.forecast(_planned(bundle), strict_money=each) for each in (False, True)]
    assert [[one.is_error for one in each.findings] for each in found if each] == [[False], [True]]


def test_a_difference_has_its_class() -> None:
    """Two more seats alter billing; a plan beside itself alters nothing."""
    old, new = (_planned(an_order([seat(quantity=each)])) for each in (10, 12))
    assert orderplan.diff(old, old).differing == ()
    (order,) = orderplan.diff(old, new).differing
    assert orderplan.ChangeClass.BILLING in order.classes
    assert order.money is not None
    assert order.money.change > 0
