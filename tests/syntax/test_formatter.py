"""The formatter: canonical, idempotent, and true to the meaning and the comments of every file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given, settings

from orderplan.engine.syntax import format_rules, parse
from orderplan.engine.syntax.layout import lay_out
from tests.syntax.trees import files, meaning

IDENTITY = Path(__file__).with_name("identity.rules")
EXAMPLES = 300


def formatted(text: str) -> str:
    """The canonical form of rule text that parses."""
    out, findings = format_rules(text, "x.rules")
    assert findings == ()
    assert out is not None
    return out


@settings(max_examples=EXAMPLES, deadline=None)
@given(files())
def test_formatting_keeps_the_meaning(text: str) -> None:
    """The tree of the formatted file is the tree of the file."""
    assert meaning(parse(formatted(text), "x.rules").file.items) == meaning(parse(text, "x.rules").file.items)


@settings(max_examples=EXAMPLES, deadline=None)
@given(files())
def test_formatting_twice_is_formatting_once(text: str) -> None:
    """The canonical form is a fixed point."""
    once = formatted(text)
    assert formatted(once) == once


@settings(max_examples=EXAMPLES, deadline=None)
@given(files())
def test_formatting_keeps_every_comment(text: str) -> None:
    """No comment is lost, none is there twice."""
    before, after = (lay_out(each.replace("\r\n", "\n")).comments for each in (text, formatted(text)))
    assert Counter(each.text for each in after) == Counter(each.text for each in before)


def test_canonical_text_comes_out_unchanged() -> None:
    """The identity file has every construct in its canonical form."""
    text = IDENTITY.read_text(encoding="utf-8")
    assert formatted(text) == text
