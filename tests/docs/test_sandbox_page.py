"""The programs that the page of the sandbox shows run as they stand there."""

from __future__ import annotations

import pytest

from tests.docs.blocks import DOCS, Block, blocks


@pytest.mark.parametrize("block", blocks(DOCS / "sandbox.md", "python"), ids=str)
def test_a_program_of_the_page_runs(block: Block) -> None:
    """With its own assertions."""
    assert "assert " in block.text
    exec(compile(block.text, str(block), "exec"), {})  # noqa: S102 - the page is the project's own
