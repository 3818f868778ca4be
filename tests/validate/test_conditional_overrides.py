"""Two assignments of one parameter in one override: each with its `when`, none lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from orderplan.engine.validate import check_file, ir

START = 'rules "team" version 1\nextend "cpq.rules"\n\noverride customer {\n'


def _customer(tmp_path: Path, *lines: str) -> tuple[list[str], list[ir.Assign]]:
    file = tmp_path / "team.rules"
    file.write_text(START + "".join(f"  {each}\n" for each in lines) + "}\n", encoding="utf-8")
    found = check_file(str(file))
    maps = found.rules.maps if found.rules else ()
    body = [each for node in maps if node.resource == "customer" for each in node.body]
    return [each.code for each in found.findings], [each for each in body if isinstance(each, ir.Assign)]


@pytest.mark.parametrize(("word", "name"), [("set ", "name"), ("", "email")])
def test_complementary_assignments_stand_side_by_side(tmp_path: Path, word: str, name: str) -> None:
    """The second neither counts as an overwriting of the first nor takes its place."""
    codes, body = _customer(
        tmp_path,
        f'{word}{name} = "one"  when account.Phone is set',
        f'{word}{name} = "two"  when account.Phone is not set',
    )
    values = [each.value.value for each in body if each.path == (name,) and isinstance(each.value, ir.Const)]
    assert (codes, values) == ([], ["one", "two"])


def test_two_assignments_without_conditions_are_a_fault(tmp_path: Path) -> None:
    """What is written twice is said, also in an override."""
    assert _customer(tmp_path, 'set name = "one"', 'set name = "two"')[0] == ["E227"]
