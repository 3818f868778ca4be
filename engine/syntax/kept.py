"""Syntax trees of rule files that were parsed before, kept in the user's cache folder.

Parsing takes longer than everything else that validation does, and most files of a rule set, the shipped ones above all,
do not change from run to run. A tree is kept under the digest of its text, its path and the parser's own code, only for
files without faults; whatever is wrong with a kept tree, the file is parsed again.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from pathlib import Path

from .. import __version__
from . import ast
from .source import Parsed, cache_folder, plain_lines

MOST_KEPT = 64
"""How many trees are kept; the oldest go first."""

_HERE = Path(__file__).parent
_CODE = ("rules.lark", "ast.py", "builder.py", "texts.py", "parser.py", "layout.py")


def parse_kept(text: str, path: str) -> Parsed:
    """What `parse` gives, from the cache where it is there."""
    folder = cache_folder()
    if folder is None:
        return _parse(text, path)
    file = folder / f"tree-{_key(text, path)}.pickle"
    items = _load(file)
    if items is not None:
        return Parsed(ast.RuleFile(path, plain_lines(text), items), ())
    parsed = _parse(text, path)
    if not parsed.findings:
        _keep(folder, file, parsed.file.items)
    return parsed


def _parse(text: str, path: str) -> Parsed:
    from .parser import parse

    return parse(text, path)


def _key(text: str, path: str) -> str:
    """The name of a tree: another text, place, program or Python has another."""
    code = [(each, status.st_size, status.st_mtime_ns) for each in _CODE if (status := (_HERE / each).stat())]
    material = repr((__version__, sys.version_info[:3], code, path, text))
    return hashlib.sha256(material.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _load(file: Path) -> tuple[ast.Item, ...] | None:
    try:
        items = pickle.loads(file.read_bytes())  # noqa: S301 - a file that only this user can write
    except Exception:  # noqa: BLE001 - a damaged or foreign pickle may raise anything, and is made again
        return None
    return items if isinstance(items, tuple) else None


def _keep(folder: Path, file: Path, items: tuple[ast.Item, ...]) -> None:
    import tempfile

    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix="part-")
        with os.fdopen(handle, "wb") as part:
            part.write(pickle.dumps(items, pickle.HIGHEST_PROTOCOL))
        Path(name).replace(file)
        kept = sorted(folder.glob("tree-*.pickle"), key=lambda each: each.stat().st_mtime_ns)
        for old in kept[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return
