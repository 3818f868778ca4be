"""The parser's tables, made from the grammar beforehand: making them takes ten times as long as reading them.

They are JSON, which cannot run. They belong to one grammar and one version of lark; with another of either they are made
anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from .source import KEPT

_GRAMMAR = Path(__file__).with_name("rules.lark")
FILE = KEPT / "grammar.json"

_BY_NUMBER = "~"
"""The one key of an object that stands for a mapping with numbers as keys, which JSON has not."""


def parser_of(postlex: Any) -> Lark:
    """The LALR parser of the grammar."""
    made_from = stamp()
    try:
        kept = json.loads(FILE.read_bytes(), object_hook=_by_number)
    except FileNotFoundError:
        kept = {}
    if kept.get("made_from") != made_from:
        return make(postlex)
    loaded: Callable[..., Lark] = Lark._load_from_dict  # noqa: SLF001 - what lark's own stand-alone parsers call
    return loaded(kept["tables"], kept["memo"], postlex=postlex)


def make(postlex: Any, *, strict: bool = False) -> Lark:
    """The parser, from the grammar itself; `strict` refuses every ambiguity that LALR would resolve in silence."""
    return Lark(
        _GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer="contextual",
        start=["start", "expression_only"],
        propagate_positions=True,
        maybe_placeholders=True,
        strict=strict,
        postlex=postlex,
    )


def stamp() -> str:
    """What tables belong to: the grammar's digest and lark's version."""
    return f"{hashlib.sha256(_GRAMMAR.read_bytes()).hexdigest()} lark {lark.__version__}"


def tables_json(parser: Lark) -> str:
    """The tables of a parser as `parser_of` reads them."""
    tables, memo = parser.memo_serialize([TerminalDef, Rule])
    options = {name: value for name, value in tables["options"].items() if name != "postlex"}
    kept = {"made_from": stamp(), "tables": _plain(tables | {"options": options}), "memo": _plain(memo)}
    return json.dumps(kept, separators=(",", ":"), sort_keys=True) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if any(not isinstance(name, str) for name in value):
            return {_BY_NUMBER: [[name, _plain(each)] for name, each in value.items()]}
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(type(value).__name__)


def _by_number(value: dict[str, Any]) -> dict[Any, Any]:
    return dict(value[_BY_NUMBER]) if value.keys() == {_BY_NUMBER} else value
