"""Syntax trees of the shipped rule files, parsed beforehand.

Parsing takes longer than everything else that validation does, and most runs read a shipped file that nobody changed. Their
trees lie beside the parser as JSON, found by the digest of the text, so that a file with another text is parsed. Nothing is
kept in a folder of the user's: what a checkout or a restored cache brings along cannot stand for a rule file.
"""

from __future__ import annotations

import hashlib
import json

from . import ast
from .source import KEPT, Parsed, plain_lines
from .tree_json import decoded


def parse_kept(text: str, path: str) -> Parsed:
    """What `parse` gives, without parsing where the text is that of a shipped file."""
    lines = plain_lines(text)
    try:
        tree = json.loads((KEPT / name_of(lines)).read_bytes())
    except FileNotFoundError:
        from .parser import parse

        return parse(text, path)
    return Parsed(ast.RuleFile(path, lines, decoded(tree, path)), ())


def name_of(lines: str) -> str:
    """The name of the file that keeps the tree of a text."""
    return f"tree-{hashlib.sha256(lines.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"
