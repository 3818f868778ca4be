"""The reference pages say what the program has, all of it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from orderplan.engine.diagnostics import CODES
from orderplan.engine.functions import FUNCTIONS
from orderplan.engine.syntax.parser import Newlines
from orderplan.engine.syntax.tables import make
from tests.docs.blocks import DOCS, PAGES, ROOT
from tests.docs.regenerate import WRITTEN, every_command, help_of, with_part

COMMANDS = every_command()


@pytest.mark.parametrize(("page", "name"), WRITTEN, ids=lambda each: each)
def test_a_generated_part_is_up_to_date(page: str, name: str) -> None:
    """`python -m tests.docs.regenerate` writes it again."""
    text = (DOCS / page).read_text(encoding="utf-8")
    assert with_part(text, name, WRITTEN[page, name]()) == text, "run: python -m tests.docs.regenerate"


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[" ".join(words) or "orderplan" for words, _ in COMMANDS])
def test_a_command_says_what_it_is_for_and_shows_an_example(words: tuple[str, ...], command: click.Command) -> None:
    """Help without an example leaves a reader guessing."""
    assert command.help
    assert f"orderplan {' '.join(words)}".strip() in ([*command.help.split("Example:", 1), ""])[1]


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[" ".join(words) or "orderplan" for words, _ in COMMANDS])
def test_every_option_has_help_and_is_documented(words: tuple[str, ...], command: click.Command) -> None:
    """An option that nobody can find does not exist."""
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    section = page.split(f"### {' '.join(['orderplan', *words])}\n", 1)[1].split("\n### ", 1)[0]
    assert help_of(words).rstrip() in section
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert all(each in section for each in option.opts), option.name


def test_every_code_is_in_the_index() -> None:
    """The index of diagnostics names every row of the table once."""
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    assert {code: page.count(f"[{code}](") for code in CODES} == dict.fromkeys(CODES, 1)


def test_every_function_is_described() -> None:
    """The table of functions leaves none out."""
    page = (DOCS / "language.md").read_text(encoding="utf-8")
    assert [name for name in [*FUNCTIONS, "ref"] if f"`{name}" not in page] == []


def test_every_package_has_a_row_in_the_architecture() -> None:
    """The page of the architecture lists the packages in the order of the pipeline, all of them."""
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z]+)` \|", page.split("## Packages", 1)[1].split("\n## ", 1)[0], flags=re.MULTILINE)
    packages = {path.parent.name for path in (ROOT / "engine").glob("*/*.py")}
    assert set(listed) == packages
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(each["layers"] for each in contracts if each["id"] == "pipeline")
    height = {name.strip(): number for number, layer in enumerate(reversed(layers)) for name in layer.split(":")}
    assert listed == sorted(listed, key=lambda each: height[each])


def test_every_keyword_is_described() -> None:
    """The list of keywords in the language reference is the grammar's."""
    grammar = {each.pattern.value for each in make(Newlines()).terminals if re.fullmatch("[a-z]+", each.pattern.value)}
    page = (DOCS / "language.md").read_text(encoding="utf-8")
    listed = page.split("## Keywords", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"`([a-z]+)`", listed)) == grammar


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A link within the project names a file that is there, and a heading that it has."""
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file.read_text(encoding="utf-8")), target


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
