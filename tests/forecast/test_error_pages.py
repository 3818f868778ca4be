"""Every code of the forecast: a plan that gives it alone, and a page that shows what is said."""

from __future__ import annotations

import re

import pytest

from orderplan.engine.diagnostics import CODES, render_text
from orderplan.engine.places import shipped
from tests.builders import amend, an_order, change, seat
from tests.forecast.faults import FAULTS, findings
from tests.forecast.forecasts import forecast_of

_REDUCED = amend(
    an_order([seat("1200.00", 3, frequency="Annual")]), start="2026-09-01", lines=[change("Workspace seat", 2)]
)

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


_UNEVEN_TERM = an_order([seat("1000.00", product_term=36)], term=36)

SETTINGS = {
    "W802": (_UNEVEN_TERM, "", 'balance_rounding = "first_invoice"'),
    "W803": (_REDUCED, "", "credit_quantity_reductions = true"),
    "W805": (
        an_order([seat("1200.00", frequency="Annual")], term=9),
        "prorate_short_terms = false",
        "prorate_short_terms = true",
    ),
}
"""By code: a bundle, the settings that give it, and those that its advice names."""


@pytest.mark.parametrize("code", SETTINGS)
def test_the_setting_that_is_advised_cures_the_finding(code: str) -> None:
    """With it the contract reconciles."""
    bundle, before, after = SETTINGS[code]
    (found,) = [each for each in forecast_of(bundle, before)["diagnostics"] if each["code"] == code]
    assert all(word in found["fix"] for word in after.split(" = ")[0].split())
    cured = forecast_of(bundle, after)
    assert code not in {each["code"] for each in cured["diagnostics"]}
    assert cured["forecast"]["reconciliation"]["status"] == "reconciled"
