"""Grammar, parser, syntax tree and formatter of the rule language."""

from engine.syntax.formatter import format_rules
from engine.syntax.layout import lay_out
from engine.syntax.parser import Parsed, grammar_parser, parse, read_file

__all__ = ["Parsed", "format_rules", "grammar_parser", "lay_out", "parse", "read_file"]
