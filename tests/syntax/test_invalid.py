"""What the grammar refuses: every block of the invalid file, each with the codes that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from orderplan.engine.syntax import format_rules, parse

BLOCKS = Path(__file__).with_name("invalid.rules").read_text(encoding="utf-8").split("# ---\n")


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: " ".join(block.split())[:60])
def test_a_block_is_refused_with_its_codes(block: str) -> None:
    """One fault is one finding, and each has a place and something to do or to expect."""
    codes = block.partition("\n")[0].removeprefix("# ").split()

    findings = parse(block, "x.rules").findings

    assert [each.code for each in sorted(findings, key=lambda each: each.code)] == codes
    assert all(each.span is not None and (each.fix or each.notes) for each in findings)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: " ".join(block.split())[:60])
def test_a_block_that_is_refused_is_not_formatted(block: str) -> None:
    """The formatter leaves a file with faults alone and says them."""
    formatted, findings = format_rules(block, "x.rules")

    assert formatted is None
    assert findings == parse(block, "x.rules").findings
