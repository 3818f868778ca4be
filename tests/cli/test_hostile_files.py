"""Files that are anything at all never give a traceback: they are findings, or cannot be read."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.cli.commands import ANNUAL, invoked, orderplan

ORDERLY = (0, 1, 2, 3)


def _noise(seed: int) -> bytes:
    chance = random.Random(seed)  # noqa: S311 - the same noise every time
    kind = seed % 4
    if kind == 0:
        return chance.randbytes(chance.randint(0, 2000))
    if kind == 1:
        return bytes(
            chance.choices(b'{}[]()"\\:,.#=\n\r\t \x00 0123456789abcmapreadoverride', k=chance.randint(0, 1500))
        )
    source = Path(ANNUAL if kind == 2 else "rules/globex.rules").read_bytes()
    damaged = bytearray(source)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(damaged))
        damaged[at : at + chance.randint(0, 40)] = chance.randbytes(chance.randint(0, 8))
    return bytes(damaged)


@pytest.mark.parametrize("seed", range(40))
def test_any_file_is_met_without_a_traceback(seed: int, tmp_path: Path) -> None:
    """Whatever stands in a file, every command that reads it comes to an orderly end and says something."""
    file = tmp_path / "any"
    file.write_bytes(_noise(seed))
    for arguments in (
        ["validate", str(file)],
        ["fmt", "--check", str(file)],
        ["plan", str(file)],
        ["show", str(file)],
        ["plan", "--rules", str(file), ANNUAL],
        ["explain", str(file), "price/x"],
    ):
        outcome = invoked(*arguments)
        assert outcome.status in ORDERLY, arguments
        assert outcome.out or outcome.err or arguments[0] == "fmt", arguments


@pytest.mark.parametrize("name", ["", "a\x00b", "x" * 5000, "~nobody/x", "/dev/null/x"])
@pytest.mark.parametrize("command", ["validate", "fmt", "plan", "show"])
def test_any_name_of_a_file_is_met_without_a_traceback(command: str, name: str) -> None:
    """Names that no system takes are files that cannot be read."""
    outcome = invoked(command, name)
    assert outcome.status in (2, 3)
    assert outcome.err


def test_bytes_that_are_no_text_are_named_as_such(tmp_path: Path) -> None:
    """The fault of a binary file is its encoding."""
    file = tmp_path / "picture.rules"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    outcome = orderplan("validate", str(file))
    assert outcome.status == 2
    assert "UTF-8" in outcome.err


def test_a_deeply_nested_plan_is_refused_in_order(tmp_path: Path) -> None:
    """Nesting does not exhaust the reader."""
    file = tmp_path / "deep.json"
    file.write_text('{"format":' * 50_000)
    outcome = orderplan("show", str(file))
    assert outcome.status == 1
    assert "Traceback" not in outcome.err
