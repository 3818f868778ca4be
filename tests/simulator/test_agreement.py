"""The forecast and a second, independent Stripe bill random contracts alike, and what was sold, or a finding says why."""

from __future__ import annotations

import ast
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulator.agreement import Comparison, compare, compare_in_steps
from tests.simulator.contracts import KINDS, case, many_fees

COUNT = int(os.environ.get("ORDERPLAN_SIMULATE", "108"))
"""Contracts of a run: some by default, 5,000 by `make simulate`."""

SEED = int(os.environ.get("ORDERPLAN_SIMULATE_FROM", "0"))
"""The number of the first contract."""


@pytest.mark.parametrize("kind", list(KINDS))
def test_both_bill_alike_and_what_was_sold(kind: str) -> None:
    """Line by line on every day, in either billing mode; most contracts of a kind can be planned."""
    numbers = [each for each in range(SEED, SEED + COUNT) if list(KINDS)[each % len(KINDS)] == kind]
    assert numbers
    found = {number: compare(case(number)) for number in numbers}
    assert {number: each.differences for number, each in found.items() if each.differences} == {}
    assert {number: (each.sold, each.billed) for number, each in found.items() if _is_silent(each)} == {}
    planned = [each for each in found.values() if not each.refused]
    assert len(planned) * 2 > len(numbers), {number: each.refused for number, each in found.items() if each.refused}


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "America/St_Johns", "Asia/Tokyo"])
def test_both_bill_alike_whatever_the_time_zone_of_the_account(zone: str) -> None:
    """Days begin later than midnight UTC west of Greenwich; nothing else of the money changes."""
    found = {number: compare(replace(case(number), zone=zone)) for number in range(SEED, SEED + COUNT // 3)}
    assert {number: each.differences for number, each in found.items() if each.differences} == {}
    assert {number: (each.sold, each.billed) for number, each in found.items() if _is_silent(each)} == {}
    planned = [each for each in found.values() if not each.refused]
    assert len(planned) * 2 > len(found)


def test_what_a_phase_has_no_room_for_is_billed_on_the_same_invoices() -> None:
    """Invoice items of the customer and of the subscription, in both; none is lost."""
    found = {number: compare(many_fees(number)) for number in range(max(COUNT // 9, 12))}
    assert {number: each.differences for number, each in found.items() if each.differences} == {}
    assert {number: (each.sold, each.billed) for number, each in found.items() if _is_silent(each)} == {}
    assert not any(each.refused for each in found.values())


IN_STEPS = ("amendments", "mixed cycles", "ramps")


@pytest.mark.parametrize("kind", IN_STEPS)
def test_orders_planned_one_after_the_other_bill_alike(kind: str) -> None:
    """Each order is planned at its own moment, and what the last plan says of the whole contract is what was billed."""
    numbers = [each for each in range(SEED, SEED + COUNT) if list(KINDS)[each % len(KINDS)] == kind]
    found = {number: compare_in_steps(case(number)) for number in numbers}
    assert {number: each.differences for number, each in found.items() if each.differences} == {}
    assert {number: (each.sold, each.billed) for number, each in found.items() if _is_silent(each)} == {}
    planned = [each for each in found.values() if not each.refused and not each.idle]
    assert len(planned) * 2 > len(numbers)


def _is_silent(found: Comparison) -> bool:
    """Whether something else is billed than was sold, and nothing says so."""
    return not found.refused and found.sold not in (None, found.billed) and not found.explained


def test_the_simulator_shares_no_code_with_what_it_checks() -> None:
    """It reads plans as JSON: nothing of the engine is imported by the modules that bill."""
    for path in Path(__file__).parent.glob("*.py"):
        if path.name in ("agreement.py", "contracts.py", Path(__file__).name):
            continue  # they plan the contracts, and do not bill them
        names: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
        known = ("__future__", "calendar", "collections.abc", "dataclasses", "datetime", "fractions", "typing")
        assert {each for each in names if not each.startswith("tests.simulator.")} <= set(known), path.name
