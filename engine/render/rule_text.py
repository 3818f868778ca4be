"""The text of the rules behind a plan, where the files still are what the plan was made from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..places import shipped
from ..plan import Plan
from ..reading import LARGEST_RULES, read_bytes

_GOES_ON = ("when ", "and ", "or ", "default ", "required", "sensitive", "final")
"""How the further lines of a statement start."""

_MOST_LINES = 6
_ALIGNED = re.compile(r" {2,}= ")


@dataclass(slots=True)
class RuleText:
    """Reads the rule files that a plan names; one that changed since, or is gone, has no text."""

    hashes: Mapping[str, str]
    _lines: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> RuleText:
        """The rule files of a plan."""
        rules = plan.inputs.get("rules", ())
        return cls({str(each.get("path")): str(each.get("sha256")) for each in rules})

    def statement(self, position: str) -> str:
        """The statement at `path:line:column` on one line; empty where the text is not at hand."""
        path, _, rest = position.rpartition(":")[0].rpartition(":")
        if not rest.isdigit():
            return ""
        following = self._file(path)[int(rest) - 1 :]
        if not following:
            return ""
        words = [following[0].strip()]
        for line in following[1:_MOST_LINES]:
            if not line.strip().startswith(_GOES_ON):
                break
            words.append(line.strip())
        return _ALIGNED.sub(" = ", " ".join(words), count=1).rstrip("{ ")

    def described(self, position: str) -> str:
        """A rule's position, with its text where that is at hand."""
        text = self.statement(position)
        return f"{position}  {text}" if text else position

    def _file(self, path: str) -> list[str]:
        if path not in self._lines:
            texts = (_read(each) for each in (Path(path), shipped(path))) if path in self.hashes else ()
            fitting = (each for each in texts if hashlib.sha256(each.encode()).hexdigest() == self.hashes[path])
            self._lines[path] = next(fitting, "").splitlines()
        return self._lines[path]


def _read(path: Path) -> str:
    """The text of a file, nothing where it cannot be read."""
    try:
        return read_bytes(str(path), limit=LARGEST_RULES, regular=True).decode("utf-8-sig")
    except (OSError, ValueError):
        return ""
