"""Grammar, parser, syntax tree and formatter of the rule language.

The parser and its library are imported when a text is first parsed: a file whose tree is kept needs neither.
"""

from engine.syntax.formatter import format_rules
from engine.syntax.kept import parse_kept
from engine.syntax.layout import lay_out
from engine.syntax.source import Parsed, read_file

__all__ = ["Parsed", "format_rules", "lay_out", "parse", "parse_kept", "read_file"]


def parse(text: str, path: str) -> Parsed:
    """Parses rule text; `path` is how diagnostics name the file."""
    from engine.syntax.parser import parse as parse_text

    return parse_text(text, path)
