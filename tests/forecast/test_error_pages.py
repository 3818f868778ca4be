"""Every code of the forecast: a plan that gives it alone, and a page that shows what is said."""

from __future__ import annotations

import re

import pytest

from orderplan.engine.diagnostics import CODES, render_text
from orderplan.engine.places import shipped
from tests.forecast.faults import FAULTS, findings

OURS = [code for code in CODES if code[1] == "8"]


def _page(code: str) -> str:
    return shipped("docs", "errors", f"{code}.md").read_text(encoding="utf-8")


def test_every_code_has_a_plan_that_gives_it() -> None:
    """No code is in the table that nothing can trigger."""
    assert sorted(FAULTS) == sorted(OURS)


@pytest.mark.parametrize("code", OURS)
def test_a_plan_gives_its_code_alone_and_its_page_shows_the_text(code: str) -> None:
    """One cause is one kind of finding, and the page quotes it whole."""
    found = findings(code)
    assert {each.code for each in found} == {code}
    assert _page(code).startswith(f"# {code}: {CODES[code].title}\n")
    assert f"```text\n{render_text(found[0], {})}```" in _page(code)


@pytest.mark.parametrize("code", OURS)
def test_a_page_says_what_to_do(code: str) -> None:
    """Every page has its three parts."""
    assert re.findall(r"^## (.*)$", _page(code), re.MULTILINE) == ["What it means", "Example", "What to do"]
