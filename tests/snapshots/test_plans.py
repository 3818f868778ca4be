"""Whole plans of the shipped examples, locked as files, with the figures that matter written out by hand beside them.

`make snapshots` accepts a change of the files; a wrong amount does not pass with it, since the figures here stay. Left out of
the files is what changes with every edit of the rules or the examples: digests of inputs, lines and columns of rules.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from orderplan.engine.plan import dump, make_plan, to_document
from orderplan.engine.records import load_bundles
from orderplan.engine.schema import stripe
from tests.builders.bindings import bindings
from tests.plan.plans import ROOT, VERSION, catalogue, program
from tests.snapshots.plain_json import PlainJson

Document = dict[str, Any]
Figures = list[tuple[str, list[tuple[int | None, str]], list[tuple[int | None, str]]]]

EXAMPLES = sorted(path.stem for path in (ROOT / "examples" / "orders").glob("*.json"))

PHASES: dict[str, list[Figures]] = {
    # for each schedule call the phases: their end, quantity and price of their items, and of what they bill once
    "amendment-upsell": [
        [("2027-03-01", [(10, "120000")], [])],
        [
            ("2026-09-01", [(10, "120000")], []),
            ("2027-03-01", [(10, "120000"), (5, "120000"), (15, "30000")], [(5, "60000"), (15, "15000")]),
        ],
    ],
    "amended-later": [[("2026-09-01", [(10, "12000")], []), ("2027-03-01", [(10, "12000"), (2, "12000")], [])]],
    "annual-subscription": [[("2027-03-01", [(10, "120000")], [(1, "250000")])]],
    "backdated": [[("2027-01-15", [(12, "8000")], [])]],
    "coupons": [[("2027-03-01", [(4, "12000"), (4, "3000")], [])]],
    "eighteen-months-annual": [
        [("2027-03-01", [(4, "120000")], []), ("2027-09-01", [(4, "120000")], [(4, "60000")])],
    ],
    "evergreen": [[("2026-03-01", [(3, "8900"), (1, "1900")], [])]],
    "graduated-tiers": [[("2027-03-01", [(1, "25000"), (None, "10000 at 3, 100000 at 2, inf at 1")], [])]],
    "mixed-lines": [[("2027-03-01", [(5, "12000"), (None, "5")], [(1, "45000")])]],
    "monthly-seats": [[("2027-03-01", [(25, "4500"), (100, "1500")], [])]],
    "negotiated-price": [[("2027-03-01", [(20, "9900"), (20, "2700")], [])]],
    "nine-months-annual": [[("2026-12-01", [(4, "90000")], [])]],
    "one-time": [],
    "quarterly-eur": [[("2027-04-01", [(8, "36000")], [])]],
    "ramp": [
        [
            ("2027-03-01", [(50, "60000"), (1, "240000")], []),
            ("2028-03-01", [(100, "60000"), (1, "240000")], []),
            ("2029-03-01", [(150, "60000"), (1, "240000")], []),
        ]
    ],
    "volume-tiers": [[("2027-03-01", [(60, "50 at 3000, 200 at 2500, inf at 2000")], [])]],
    "yen": [[("2027-03-01", [(30, "1200")], [(1, "50000")])]],
}


def planned(name: str) -> Document:
    """The plan of a shipped example, made in the project's folder as an operator would make it."""
    with contextlib.chdir(ROOT):
        (loaded,) = load_bundles(f"examples/orders/{name}.json", catalogue(), bindings())
        assert loaded.bundle is not None
        document: Document = json.loads(dump(to_document(make_plan(loaded.bundle, program(), stripe.load(VERSION)))))
    return document


def steady(document: Document) -> Document:
    """The document without digests of inputs and without places in rule files."""
    text = re.sub(r'("[^"]*/cpq\.rules):\d+:\d+"', r'\1"', json.dumps(document))
    out: Document = json.loads(re.sub(r'"sha256": "[0-9a-f]{64}"', '"sha256": "(digest)"', text))
    return out


def figures(document: Document) -> list[Figures]:
    """What every schedule call of a plan bills, in the words of `PHASES`."""
    prices = {each["id"]: _amount(each["expected"]) for each in document["reused"] if each["resource"] == "price"}
    prices |= {
        each["id"]: _amount(each["params"])
        for each in document["calls"]
        if (each["resource"], each["action"]) == ("price", "create")
    }

    def lines(items: list[Document]) -> list[tuple[int | None, str]]:
        return [(each.get("quantity"), prices[_name(each["price"])]) for each in items]

    return [
        [
            (_day(each["end_date"]), lines(each["items"]), lines(each.get("add_invoice_items", [])))
            for each in call["params"]["phases"]
        ]
        for call in document["calls"]
        if call["resource"] == "subscription_schedule" and "phases" in call["params"]
    ]


def _name(price: Any) -> str:
    return price if isinstance(price, str) else str(price["$ref"]["call"])


def _amount(price: Document) -> str:
    if "tiers" in price:
        return ", ".join(f"{each['up_to']} at {each['unit_amount_decimal']}" for each in price["tiers"])
    return str(price["unit_amount_decimal"])


def _day(moment: int) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).date().isoformat()


@pytest.mark.parametrize("name", EXAMPLES)
def test_plan(name: str, snapshot: SnapshotAssertion) -> None:
    """The whole plan is the one that was looked at and accepted."""
    assert steady(planned(name)) == snapshot(extension_class=PlainJson)


@pytest.mark.parametrize("name", EXAMPLES)
def test_figures(name: str) -> None:
    """Quantities, prices in minor units and ends of phases, worked out by hand."""
    assert figures(planned(name)) == PHASES[name]


def test_figures_of_the_one_time_order() -> None:
    """Three workshop days and an import: two invoice items, one invoice."""
    calls = planned("one-time")["calls"]
    prices = {each["id"]: each["params"]["unit_amount_decimal"] for each in calls if each["resource"] == "price"}
    items = [each["params"] for each in calls if each["resource"] == "invoice_item"]
    assert [(each["quantity"], prices[each["pricing"]["price"]["$ref"]["call"]]) for each in items] == [
        (3, "150000"),
        (1, "80000"),
    ]


def test_figures_of_the_coupons() -> None:
    """A quarter off the first line, ten percent off the second for three months, fifty dollars off the order."""
    calls = planned("coupons")["calls"]
    coupons = {each["id"]: each["params"] for each in calls if each["resource"] == "coupon"}
    (schedule,) = [each["params"] for each in calls if each["resource"] == "subscription_schedule"]

    def told(holder: Document) -> list[tuple[str, Any, str]]:
        found = [coupons[each["coupon"]["$ref"]["call"]] for each in holder["discounts"]]
        return [(each["name"], each.get("percent_off", each.get("amount_off")), each["duration"]) for each in found]

    (phase,) = schedule["phases"]
    assert told(phase) == [("Fifty off", 5000, "once")]
    assert told(phase["items"][0]) == [("Quarter off", "25", "once")]
    assert told(phase["items"][1]) == [("Spring", "10", "repeating")]


def test_currencies() -> None:
    """Euros and yen are planned as such."""
    found = {name: planned(name)["contract"]["currency"] for name in ("quarterly-eur", "yen", "ramp")}
    assert found == {"quarterly-eur": "eur", "yen": "jpy", "ramp": "usd"}


def test_snapshots_hold_no_path_of_this_machine() -> None:
    """The files are the same for everyone."""
    for path in (ROOT / "snapshots" / "test_plans").glob("*.json"):
        assert str(Path(ROOT)) not in path.read_text(encoding="utf-8")
        assert f'"path": "examples/orders/{path.stem.partition("[")[2].rstrip("]")}.json"' in path.read_text(
            encoding="utf-8"
        )
