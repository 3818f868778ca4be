"""Every code of values, plans and files: input that gives it alone, its whole text, and a page that shows both."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from orderplan.engine.diagnostics import CODES
from orderplan.engine.syntax import format_rules
from tests.plan.fault_cases import BUNDLES, FOLDER, OTHERS, OURS, SHORTENED, WITH, golden, page, rendered

SHOWN = [code for code in OURS if code not in SHORTENED]
RULES = sorted(FOLDER.glob("*.rules"))


def test_every_code_has_input_that_gives_it() -> None:
    """No code is in the table that nothing can trigger, and no golden file is left over."""
    assert sorted([*BUNDLES, *OTHERS]) == sorted(OURS)
    assert sorted(each.stem for each in FOLDER.glob("*.txt")) == sorted(OURS)
    assert {each.stem for each in RULES} <= set(BUNDLES)


@pytest.mark.parametrize("code", OURS)
def test_a_fault_is_answered_with_its_whole_text(code: str) -> None:
    """The message, the place, the notes, the fix: all as the golden file has it."""
    assert rendered(code) == golden(code).read_text(encoding="utf-8")


@pytest.mark.parametrize("code", OURS)
def test_a_fault_is_found_alone(code: str) -> None:
    """One mistake is one kind of finding, with those that are known to follow from it."""
    text = golden(code).read_text(encoding="utf-8")
    said = set(re.findall(r"^(?:error|warning|notice)\[(.*?)\]", text, re.MULTILINE))
    assert said == {code} | WITH.get(code, set())


@pytest.mark.parametrize("code", SHOWN)
def test_a_page_shows_what_is_said(code: str) -> None:
    """The page has the title of its code, its three parts, and the golden text in one piece."""
    text = page(code).read_text(encoding="utf-8")
    assert text.startswith(f"# {code}: {CODES[code].title}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["What it means", "Example", "What to do"]
    assert f"```text\n{golden(code).read_text(encoding='utf-8')}```" in text


@pytest.mark.parametrize("code", [code for code in SHOWN if (FOLDER / f"{code}.rules").exists()])
def test_a_page_shows_the_rules_of_its_case(code: str) -> None:
    """What a reader copies is what was run."""
    shown = _example(code, "rules")
    assert shown
    assert shown in (FOLDER / f"{code}.rules").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", [code for code in SHOWN if code in BUNDLES])
def test_a_page_shows_records_of_its_case(code: str) -> None:
    """The fields that a page names hold in the bundle what the page says."""
    shown = _example(code, "json")
    assert shown or code == "E707"
    bundle = BUNDLES[code]
    _holds(bundle["records"] | {"stripe": bundle.get("stripe", {})}, json.loads(shown or "{}"))


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_the_rules_are_in_canonical_form(file: Any) -> None:
    """The pages show rules as `orderplan fmt` prints them."""
    text = file.read_text(encoding="utf-8")
    assert format_rules(text, file.name)[0] == text


def _example(code: str, language: str) -> str:
    """The block of a language in the example of a page, or nothing."""
    example = page(code).read_text(encoding="utf-8").partition("## Example")[2].partition("## What to do")[0]
    found = re.search(rf"```{language}\n(.*?)```", example, re.DOTALL)
    return found[1] if found else ""


def _holds(whole: Any, part: Any) -> None:
    """A document holds an excerpt: objects may have more members and lists more items."""
    if isinstance(part, dict):
        for name, each in part.items():
            _holds(whole[name], each)
    elif isinstance(part, list):
        for mine, each in zip(whole, part, strict=False):
            _holds(mine, each)
    else:
        assert whole == part
