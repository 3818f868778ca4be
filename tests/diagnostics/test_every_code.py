"""Every code of the table, whichever package it belongs to: a page that explains it, and a test that triggers it."""

from __future__ import annotations

import re

import pytest

from orderplan.engine.diagnostics import CODES
from tests.contract.faults import FAULTS as CONTRACTS
from tests.diagnostics.goldens import PAGES, cases, code_of, page
from tests.forecast.faults import FAULTS as FORECASTS
from tests.plan.fault_cases import BUNDLES, OTHERS
from tests.records.test_bundle_pages import OURS as OF_BUNDLES

ELSEWHERE = {
    "E720",
    "E721",
    "E722",
    "E723",
    "W720",  # tests/cli/test_diff.py: they need a git repository, or two plans
    "E724",
    "E725",
    "E726",  # tests/render/test_fixtures.py
    "E906",
    "E907",
    "W906",  # tests/cli/test_written_files.py
    "E909",
    "W905",  # tests/cli/test_streams.py
    "E908",  # tests/cli/test_paths_in_rules.py
    "E911",  # tests/cli/test_surroundings.py
    "N901",  # tests/cli/test_forecast.py
    "E910",  # tests/plan/test_documents.py
    "N902",  # tests/cli/test_plan.py
    "E920",
    "E921",
    "E922",
    "E923",  # tests/connect
    "E930",
    "E931",
    "E932",
    "E933",
    "E934",
    "E935",
    "E936",
    "E937",
    "E938",
    "E939",
    "E940",
    "E941",
    "W930",
    "E970",
    "W970",
    "N970",  # tests/apply
    "E951",
    "W950",  # tests/pull
}
"""Codes that single tests trigger."""


def test_every_code_is_triggered_once() -> None:
    """Each code is in one collection of cases, which has a test that runs them all."""
    rules = {code_of(case) for case in cases()}
    places = [rules, set(OF_BUNDLES), set(CONTRACTS), {*BUNDLES, *OTHERS}, set(FORECASTS), ELSEWHERE]
    assert sorted(code for place in places for code in place) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(code: str) -> None:
    """The page has the title that the table gives, and its three parts."""
    text = page(code).read_text(encoding="utf-8")
    assert text.startswith(f"# {code}: {CODES[code].title}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["What it means", "Example", "What to do"]


def test_no_page_is_left_over() -> None:
    """A page without a code explains what the program never says."""
    assert {each.stem for each in PAGES.glob("*.md")} == set(CODES)
