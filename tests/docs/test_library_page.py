"""The page about the library: its programs run in one after the other and print what stands under them."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest

import orderplan
from tests.docs.blocks import DOCS, ROOT, blocks

PAGE = DOCS / "library.md"


def test_the_programs_of_the_page_print_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who pastes them gets the same; a `text` block is the output of the program before it."""
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    printed = ""
    for block in blocks(PAGE, "python", "text"):
        if block.language == "text":
            assert printed == block.text, block
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block.text, str(block), "exec"), names)  # noqa: S102 - the page's own programs
        printed = out.getvalue()


def test_the_page_names_every_public_function() -> None:
    """What is exported in lower case is described."""
    text = PAGE.read_text(encoding="utf-8")
    functions = [each for each in orderplan.__all__ if each.islower() and not each.startswith("_")]
    assert [each for each in functions if f"`{each}(" not in text] == []
    assert "load_rules" in functions
