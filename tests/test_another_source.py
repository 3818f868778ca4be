"""Another source than Salesforce CPQ: a schema file and a rule file, planned, amended and forecast by the same program."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

import orderplan

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples" / "another-source"
KNOWN = {
    "engine/contract/catalogue.py",
    "engine/contract/order_coupons.py",
    "engine/plan/kept_changes.py",
    "engine/records/preview.py",
    "engine/validate/ir.py",
    "engine/forecast/notes.py",
    "engine/forecast/outlook.py",
    "engine/forecast/promises.py",
    "engine/plan/changed_in_stripe.py",
    "engine/plan/drafts.py",
    "engine/records/links.py",
    "engine/syntax/ast.py",
    "engine/functions/moments.py",
    "engine/functions/numbers.py",
    "engine/functions/texts.py",
    "engine/validate/stores.py",
}
"""Files that still name something of Salesforce: in previews, catalogues, examples and what messages call a line."""


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


def named_in(path: Path, names: frozenset[str]) -> set[str]:
    """The names that texts of a module have, comments left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return {word for text in texts for word in re.findall(r"\w+", text)} & names


@pytest.mark.parametrize(
    "folder", ["contract", "records", "validate", "program", "plan", "forecast", "render", "schema"]
)
def test_the_engine_names_nothing_of_the_source(folder: str) -> None:
    """Objects and fields stand in schemas and rules alone."""
    names = telling_names()
    found = {
        str(path.relative_to(ROOT)): named_in(path, names)
        for path in sorted((ROOT / "engine" / folder).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in KNOWN
    }
    assert {path: each for path, each in found.items() if each} == {}


def test_the_model_names_nothing_of_the_source() -> None:
    """The contract model has roles where a source has objects."""
    text = (ROOT / "schemas" / "model.json").read_text(encoding="utf-8")
    assert set(re.findall(r"\w+", text)) & telling_names() == set()
    assert "x-record" not in text
