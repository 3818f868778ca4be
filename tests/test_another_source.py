"""Another source than Salesforce CPQ: a schema file and a rule file, planned, amended and forecast by the same program."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import orderplan

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples" / "another-source"
ORG = ("sandbox", "connect")
"""The rooms that talk to a Salesforce org, or are one."""


def planned(name: str) -> orderplan.Plan:
    """The plan of a bundle of the other source."""
    rules = orderplan.load_rules(FOLDER / "source.rules")
    return orderplan.plan(orderplan.load_bundle(FOLDER / name, rules), rules)


def test_a_deal_is_planned() -> None:
    """Ten seats at 120.00 a year, billed each month for a year: 10.00 a seat and month."""
    plan = planned("deal.json")
    calls = {each.resource: each for each in plan.calls}
    assert [each.code for each in plan.diagnostics] == []
    assert calls["price"].params["unit_amount_decimal"] == "1000"
    (phase,) = calls["subscription_schedule"].params["phases"]
    assert phase["items"][0]["quantity"] == 10
    assert phase["items"][0]["metadata"] == {"position": "0c6000000000001AAA"}
    assert calls["subscription_schedule"].title == "D-1"


def test_an_amended_deal_is_planned_and_forecast() -> None:
    """Five more seats for the last six months: 6 × 100.00 and 6 × 150.00 are the 1,500.00 that both deals sold."""
    plan = planned("amended.json")
    (update,) = [each for each in plan.calls if each.action == "update"]
    assert [len(each["items"]) for each in update.params["phases"]] == [1, 2]
    forecast = orderplan.forecast(plan).forecast
    assert [each.total for each in forecast.invoices] == [10000] * 6 + [15000] * 6
    assert sum(each.total for each in forecast.invoices) == 120000 + 30000


def test_a_deal_with_a_rebate_is_billed_less() -> None:
    """Ten percent off 100.00 a month is 90.00."""
    plan = planned("rebate.json")
    assert {each.resource for each in plan.calls} >= {"coupon"}
    forecast = orderplan.forecast(plan).forecast
    assert [each.total for each in forecast.invoices] == [9000] * 12


def test_what_is_about_stripe_alone_is_shared() -> None:
    """Both rule files extend the same parts, and name nothing of each other's records."""
    shared = (ROOT / "rules" / "stripe.rules").read_text(encoding="utf-8")
    assert set(re.findall(r"\w+", shared)) & telling_names() == set()
    for name in ("rules/cpq.rules", "examples/another-source/source.rules"):
        assert 'extend "stripe.rules"' in (ROOT / name).read_text(encoding="utf-8")


def test_a_source_goes_by_the_name_that_its_schema_gives_it(tmp_path: Path) -> None:
    """A rule file that calls the schema of deals `salesforce` reads another system than it means."""
    for name in ("source.rules", "source.json"):
        (tmp_path / name).write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    rules = tmp_path / "source.rules"
    rules.write_text(rules.read_text(encoding="utf-8").replace("source deals", "source salesforce"), encoding="utf-8")
    (found,) = orderplan.load_rules(rules).findings
    assert (found.code, found.fix) == ("E314", 'source deals "source.json"')


def test_a_line_of_a_forecast_is_named_by_its_object() -> None:
    """The plan says what object its lines are."""
    assert json.loads(orderplan.to_json(planned("deal.json")))["objects"] == {"order_item": "Position", "order": "Deal"}


def test_the_rules_are_short_and_name_nothing_of_salesforce_cpq() -> None:
    """A source is a schema file and a rule file of at most 250 lines."""
    text = (FOLDER / "source.rules").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    assert "__" not in text


def telling_names() -> frozenset[str]:
    """The names of Salesforce CPQ that are no plain English words."""
    objects = json.loads((ROOT / "schemas" / "salesforce" / "cpq.json").read_text(encoding="utf-8"))["$defs"]
    names = set(objects)
    for each in objects.values():
        for field, facts in each["properties"].items():
            names |= {field, facts.get("x-relationship") or field}
    return frozenset(each for each in names if "__" in each or re.search(r"[a-z0-9][A-Z]|\d$", each))


def is_example(node: ast.AST) -> bool:
    """Whether a call of the language stands there, which is run with the shipped rules."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Example"


def named_in(path: Path, names: frozenset[str]) -> set[str]:
    """The names that texts of a module have, comments left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    shown = {id(one) for each in ast.walk(tree) if is_example(each) for one in ast.walk(each)}
    texts = [
        each.value
        for each in ast.walk(tree)
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in shown
    ]
    return {word for text in texts for word in re.findall(r"\w+", text)} & names


def test_the_engine_names_nothing_of_the_source() -> None:
    """Objects and fields stand in schemas and rules alone; a sandbox is a Salesforce org, and knows what one has."""
    names = telling_names()
    found = {
        str(path.relative_to(ROOT)): named_in(path, names)
        for path in sorted((ROOT / "engine").rglob("*.py"))
        if path.relative_to(ROOT).parts[1] not in ORG
    }
    assert {path: each for path, each in found.items() if each} == {}


def test_the_model_names_nothing_of_the_source() -> None:
    """The contract model has roles where a source has objects."""
    text = (ROOT / "schemas" / "model.json").read_text(encoding="utf-8")
    assert set(re.findall(r"\w+", text)) & telling_names() == set()
    assert "x-record" not in text
