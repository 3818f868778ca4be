"""Grammar, parser, syntax tree and formatter of the rule language.

The parser, its library and the formatter are imported when they are first called: a file whose tree is kept needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .kept import parse_kept
from .source import Parsed, read_file

if TYPE_CHECKING:
    from ..diagnostics import Diagnostic

__all__ = ["Parsed", "format_rules", "parse", "parse_kept", "read_file"]


def parse(text: str, path: str) -> Parsed:
    """Parses rule text; `path` is how diagnostics name the file."""
    from .parser import parse as parse_text

    return parse_text(text, path)


def format_rules(text: str, path: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The formatted text, or nothing and the faults when the file cannot be parsed."""
    from .formatter import format_rules as format_text

    return format_text(text, path)
