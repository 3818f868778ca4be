"""Records with one wrong value, of the kinds of contract that are easiest to lose: each gives a contract or a finding."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from random import Random
from typing import Any

import pytest

from orderplan.engine.contract import Settings, assemble
from orderplan.engine.records import read_bundle
from tests.builders import an_order, evergreen, graduated, ramp, seat
from tests.builders.bindings import bindings
from tests.contract.contracts import catalogue
from tests.contract.cpq_reader import CpqReader
from tests.simulator.contracts import case

OBJECTS = (
    "OrderItem",
    "SBQQ__Quote__c",
    "PricebookEntry",
    "Product2",
    "Order",
    "Contract",
    "ConsumptionRate",
    "ConsumptionSchedule",
)

OLD = {"ActivatedDate": "2026-01-20T10:00:00.000+0000"}
TAKE_OVER: dict[str, Any] = {"orders_activated_after": date(2026, 6, 1), "migrate_older_orders": True}


def _taken_over(chance: Random) -> list[dict[str, Any]]:
    line = chance.choice(
        [
            ramp("120.00", quantities=[1, 2], frequency="Annual"),
            seat("120.00", 2, frequency="Annual"),
            evergreen(),
            seat(0, 4, tiers=graduated((2, "10.00"), (None, "5.00"))),
        ]
    )
    return [an_order([line], "2026-02-01", 24, as_of="2026-08-10T09:00:00Z", order=OLD)]


def _damaged(bundle: dict[str, Any], chance: Random) -> str:
    """Change one field of one record in place, to nothing or to another value of its kind; says which."""
    name = chance.choice([each for each in OBJECTS if bundle["records"].get(each)])
    record = chance.choice(bundle["records"][name])
    field = chance.choice(sorted(each for each in record if each != "Id" and not each.endswith(("Id", "__r"))))
    before = record[field]
    others: list[Any] = [None]
    if isinstance(before, bool):
        others = [not before]
    elif isinstance(before, (int, float)):
        others += [0, -1, 1, before + 1, before * 2, before / 3]
    elif isinstance(before, str) and len(before) == 10 and before[4:5] == "-":
        moved = date.fromisoformat(before)
        others += [str(moved.replace(day=1)), str(moved.replace(year=moved.year + 1, day=1)), "2020-01-01"]
    record[field] = chance.choice(others)
    return f"{name}.{field}: {before} → {record[field]}"


@pytest.mark.parametrize("kind", ["ramps", "evergreen", "tiers", "takeovers", "staggered lines"])
def test_a_damaged_contract_is_planned_or_named(kind: str) -> None:
    """Nothing vanishes without a word: no contract is left out of a plan that finds nothing."""
    numbers = {"ramps": 5, "evergreen": 10, "tiers": 7, "staggered lines": 6}
    for seed in range(120):
        chance = Random(seed)  # noqa: S311 - no secret depends on it
        bundle = _taken_over(chance)[-1] if kind == "takeovers" else case(numbers[kind] + 12 * (seed % 20)).bundle
        bundle = deepcopy(bundle)
        damage = _damaged(bundle, chance)
        result = read_bundle(json.dumps(bundle).encode(), "bundle.json", catalogue(), bindings())
        if result.bundle is None:
            assert result.findings, damage
            continue
        settings = Settings(**TAKE_OVER) if kind == "takeovers" else Settings()
        found = assemble(result.bundle, CpqReader(), settings)
        assert found.contracts or found.findings, (seed, damage)
        for contract in found.contracts:
            billed = (*contract.phases, *contract.items, *contract.invoice_items, *contract.updates)
            assert billed or contract.planned or contract.skipped, (seed, damage)
