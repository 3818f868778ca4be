"""The files that keep the parser's tables and the trees of the shipped rules: `python -m tests.syntax.kept` writes them."""

from __future__ import annotations

import json

from orderplan.engine.places import shipped
from orderplan.engine.syntax import parse
from orderplan.engine.syntax.kept import name_of
from orderplan.engine.syntax.parser import Newlines
from orderplan.engine.syntax.source import KEPT, plain_lines
from orderplan.engine.syntax.tables import FILE, make, tables_json
from orderplan.engine.syntax.tree_json import encoded


def trees() -> dict[str, str]:
    """The trees of the shipped rules, by the names of their files."""
    out: dict[str, str] = {}
    for file in sorted(shipped("rules").glob("*.rules")):
        text = file.read_text(encoding="utf-8")
        parsed = parse(text, file.name)
        assert parsed.findings == ()
        tree = json.dumps(encoded(parsed.file.items), separators=(",", ":"), ensure_ascii=False)
        out[name_of(plain_lines(text))] = tree + "\n"
    return out


if __name__ == "__main__":
    KEPT.mkdir(exist_ok=True)
    for old in KEPT.iterdir():
        old.unlink()
    for name, text in {FILE.name: tables_json(make(Newlines())), **trees()}.items():
        (KEPT / name).write_text(text, encoding="utf-8")
