"""The fenced blocks of the documentation: what they hold, and how they are run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("decisions/*.md"))]
"""The pages written for readers; the error pages have tests of their own."""

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINES, _REST = "...", "…"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, the words and names that follow it, and where it stands."""

    page: Path
    line: int
    language: str
    words: tuple[str, ...]
    names: dict[str, str]
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a console block and the output that the page promises."""

    block: Block
    line: str
    output: str


def blocks(page: Path, *languages: str) -> list[Block]:
    """The blocks of a page, of these languages or of all."""
    text = page.read_text(encoding="utf-8")
    out = []
    for found in _FENCE.finditer(text):
        info: list[str] = found["info"].split()
        language, rest = (info[0], info[1:]) if info else ("", info)
        words = tuple(each for each in rest if "=" not in each)
        names = dict(each.split("=", 1) for each in rest if "=" in each)
        line = text.count("\n", 0, found.start()) + 1
        if not languages or language in languages:
            out.append(Block(page, line, language, words, names, found["text"]))
    return out


def commands(block: Block) -> list[Command]:
    """The commands of a console block: lines after `$ `, continued by a final backslash, each with what it prints."""
    out: list[Command] = []
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, _, output = part.replace("\\\n", "").partition("\n")
        out.append(Command(block, line, output))
    return out


def prints(promised: str, printed: str) -> bool:
    """Whether the output is the promised one; a line `...` stands for any number of lines, `…` for a part of a line.

    Blanks at the end of a line, around `…` and at the end of the output count for nothing.
    """
    pattern = "".join(_line_pattern(line) for line in promised.rstrip().split("\n"))
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in printed.rstrip().split("\n"))) is not None


def _line_pattern(line: str) -> str:
    if line.strip() == _LINES:
        return r"(?:[^\n]*\n)*?"
    parts = [re.escape(each.strip() if at else each.rstrip()) for at, each in enumerate(line.split(_REST))]
    return r"[^\n]*".join(parts) + r"\n"


class Workshop:
    """A folder like a reader's: the shipped examples and rules, the files of a page, and `orderplan` on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("examples", "rules", "schemas"):
            shutil.copytree(ROOT / name, folder / name)
        bin_folder = folder / ".bin"
        bin_folder.mkdir()
        shim = bin_folder / "orderplan"
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(ROOT / "cli.py"))} "$@"\n')
        shim.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
        self.environment.pop("ORDERPLAN_REDACTION_KEY", None)
        self.environment.pop("COLUMNS", None)

    def write(self, block: Block) -> None:
        """Puts a block that names its file where the page says it is."""
        target = self.folder / block.names["file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.text, encoding="utf-8")

    def run(self, line: str) -> str:
        """What a command prints on a terminal: both streams, as they come."""
        line = line.replace("make demo", f"make -s -C {shlex.quote(str(ROOT))} -o setup BIN={self.folder}/.bin demo")
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        return done.stdout.decode()
