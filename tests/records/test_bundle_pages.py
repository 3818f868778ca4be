"""The pages of the E4 codes: each example gives exactly the findings that its page shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from orderplan.engine.diagnostics import CODES, render_text
from orderplan.engine.places import shipped
from orderplan.engine.records import read_bundle
from tests.builders.bindings import bindings

if TYPE_CHECKING:
    from orderplan.engine.schema.salesforce import Catalogue

OURS = [code for code in CODES if code[1] == "4"]
_EXAMPLE = re.compile(r"```json(?: (?P<encoding>\S+))?\n(?P<given>.*?)\n?```\n\n```text\n(?P<said>.*?)```", re.DOTALL)


@pytest.mark.parametrize("code", OURS)
def test_the_page_has_the_title_of_its_code(code: str) -> None:
    """So that the table and the pages cannot drift apart."""
    assert page(code).startswith(f"# {code}: {CODES[code].title}\n")


@pytest.mark.parametrize("code", [code for code in OURS if code != "N401"])
def test_the_example_of_a_page_gives_what_the_page_shows(code: str, catalogue: Catalogue) -> None:
    """The whole text, as it is printed."""
    example = _EXAMPLE.search(page(code))
    assert example is not None
    given = example["given"].encode(example["encoding"] or "utf-8")

    findings = read_bundle(given, "order.json", catalogue, bindings()).findings

    assert {each.code for each in findings} == {code}
    assert "".join(render_text(each, {}) for each in findings) == example["said"]


def page(code: str) -> str:
    """The page of a code."""
    return shipped("docs", "errors", f"{code}.md").read_text(encoding="utf-8")
