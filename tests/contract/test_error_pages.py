"""Every code of the contract model: an order that gives it alone, and a page that shows what is said."""

from __future__ import annotations

import json

import pytest

from orderplan.engine.diagnostics import CODES, render_text
from orderplan.engine.places import shipped
from tests.contract.faults import FAULTS

OURS = [code for code in CODES if code[1] == "5"]


def page(code: str) -> str:
    return shipped("docs", "errors", f"{code}.md").read_text(encoding="utf-8")


def test_every_code_has_an_order_that_gives_it() -> None:
    """No code is in the table that nothing can trigger."""
    assert sorted(FAULTS) == sorted(OURS)


@pytest.mark.parametrize("code", OURS)
def test_fault_gives_its_code_alone_and_its_page_shows_the_text(code: str) -> None:
    """One fault is one kind of finding, and the page quotes it whole."""
    findings = FAULTS[code]().findings
    assert {each.code for each in findings} == {code}
    assert page(code).startswith(f"# {code}: {CODES[code].title}\n")
    assert f"```text\n{render_text(findings[0], {})}```" in page(code)


@pytest.mark.parametrize("code", OURS)
def test_input_of_a_page_is_json(code: str) -> None:
    """What a page shows as JSON can be read as JSON."""
    given = page(code).partition("```json\n")[2].partition("```")[0]
    assert given == "" or json.loads(given)


@pytest.mark.parametrize("code", [code for code in OURS if code.startswith("E")])
def test_every_error_names_a_record(code: str) -> None:
    """An error about an order says which record it is about."""
    assert all(each.record for each in FAULTS[code]().findings)
