"""Every rule, command and document that the documentation shows is what the program takes and gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.diagnostics import render_text
from orderplan.engine.plan import make_plan, to_document
from orderplan.engine.program import Program
from orderplan.engine.records import load_bundles
from orderplan.engine.schema import stripe
from orderplan.engine.schema.salesforce import load_catalogue
from orderplan.engine.syntax import format_rules
from orderplan.engine.validate import check_file
from tests.builders.bindings import bindings
from tests.docs.blocks import PAGES, ROOT, Block, Workshop, blocks, commands, prints

FRAGMENT = 'rules "docs" version 1\nextend "cpq.rules"\n\n'
"""What a block of rules that is no whole file is put behind."""

RULES = [each for page in PAGES for each in blocks(page, "rules") if "faulty" not in each.words]
JSON = [each for page in PAGES for each in blocks(page, "json")]
SPOKEN = [page for page in PAGES if blocks(page, "console")]


def _whole(block: Block) -> str:
    return FRAGMENT + block.text if "fragment" in block.words else block.text


@pytest.mark.parametrize("block", RULES, ids=str)
def test_rules_in_the_documentation_are_valid(block: Block, tmp_path: Path) -> None:
    """A block of rules can be copied into a file and passes validation."""
    file = tmp_path / block.names.get("file", "docs.rules")
    file.write_text(_whole(block), encoding="utf-8")
    checked = check_file(str(file))
    assert [render_text(each, checked.sources) for each in checked.findings if each.code[0] == "E"] == []


@pytest.mark.parametrize("block", RULES, ids=str)
def test_rules_in_the_documentation_are_in_canonical_form(block: Block) -> None:
    """The documentation shows rules as `orderplan fmt` prints them."""
    formatted, _ = format_rules(block.text, str(block))
    assert formatted == block.text


@pytest.mark.parametrize("page", SPOKEN, ids=lambda page: page.name)
def test_commands_print_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """The commands of a page, run one after the other in one folder, print what stands under them."""
    workshop = Workshop(tmp_path)
    for block in blocks(page, "console", "rules", "json"):
        if block.language == "console":
            for command in commands(block):
                printed = workshop.run(command.line)
                assert prints(command.output, printed), f"{block}\n$ {command.line}\n{printed}"
        elif "file" in block.names:
            workshop.write(block)


@pytest.mark.parametrize("block", [each for each in JSON if "plan" in each.names], ids=str)
def test_an_excerpt_of_a_plan_is_in_the_plan(block: Block) -> None:
    """Documents in the documentation are parts of plans that the program makes."""
    document: Any = _plan(block.names["plan"])
    for step in block.names["at"].split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step.replace("~1", "/")]
    _holds(document, json.loads(block.text), block.names["at"])


@pytest.mark.parametrize("block", JSON, ids=str)
def test_json_in_the_documentation_is_json(block: Block) -> None:
    """A reader can paste it."""
    assert json.loads(block.text) is not None


def _plan(path: str) -> dict[str, Any]:
    program = Program(check_file("rules/cpq.rules").rules)  # type: ignore[arg-type]
    catalogue = load_catalogue(ROOT / "schemas/salesforce/cpq.json")
    loaded = next(iter(load_bundles(str(ROOT / path), catalogue, bindings())))
    assert loaded.bundle is not None
    plan = make_plan(loaded.bundle, program, stripe.load(program.rules.stripe_version))
    document: dict[str, Any] = json.loads(json.dumps(to_document(plan)))
    return document


def _holds(whole: Any, part: Any, place: str) -> None:
    """A document holds an excerpt: objects may have more names, the rest is equal."""
    if isinstance(part, dict):
        assert isinstance(whole, dict), place
        for name, each in part.items():
            assert name in whole, f"{place}/{name}"
            _holds(whole[name], each, f"{place}/{name}")
    else:
        assert whole == part, place


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_the_comparison_of_outputs_tells_them_apart() -> None:
    """An ellipsis stands for whole lines, and for nothing else."""
    assert prints("a\n...\nd\n", "a\nb\nc\nd")
    assert not prints("a\n...\nd\n", "a\nb\nc\n")
    assert not prints("a\nb\n", "a\nc\n")
    assert not prints("a", "a\nb")
    assert prints("a … c\n", "a b c\n")
    assert not prints("a … c\n", "a b\nc\n")
