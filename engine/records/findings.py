"""The list that the findings about one bundle are gathered in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..diagnostics import Diagnostic, finding, ordered

LIMIT = 1000  # a file that is wrong throughout says so often enough

_SHOWN = 80


class Findings:
    """Findings about one bundle, at most `LIMIT`; errors go before warnings, the rest is counted in a notice.

    `hides` says of an object and a field whether its values are sensitive, so that no finding shows one.
    """

    __slots__ = ("_errors", "_file", "_left_out", "_others", "hides")

    def __init__(self, file: str, hides: Callable[[str, str], bool] = lambda _object, _field: False) -> None:
        self._file = file
        self.hides = hides
        self._errors: list[Diagnostic] = []
        self._others: list[Diagnostic] = []
        self._left_out = 0

    def add(self, code: str, message: str, path: str | None = None, **where: Any) -> None:
        """One more finding: its code, its words, and the JSON path it is about."""
        kept = self._errors if code.startswith("E") else self._others
        if len(kept) >= LIMIT:
            self._left_out += 1
            return
        if "span" not in where:
            where["file"] = self._file
        kept.append(finding(code, message, path=path, **where))

    def has(self, code: str) -> bool:
        """Whether there is a finding with a code."""
        return any(each.code == code for each in (*self._errors, *self._others))

    def says_of(self, path: str) -> bool:
        """Whether a place has an error already."""
        return any(each.path == path for each in self._errors)

    @property
    def any_error(self) -> bool:
        """Whether the bundle cannot be used."""
        return bool(self._errors)

    def done(self) -> tuple[Diagnostic, ...]:
        """All findings in the order of their places, and a notice when there were too many."""
        kept = self._errors + self._others[: LIMIT - len(self._errors)]
        left_out = self._left_out + len(self._errors) + len(self._others) - len(kept)
        if left_out:
            words = f"{left_out} more findings are left out, {len(kept)} are listed"
            kept.append(finding("N401", words, file=self._file, fix="correct the listed ones first"))
        return tuple(ordered(kept))


def shown(value: Any) -> str:
    """A JSON value for a message: as it stands in the file, shortened, on one line, with nothing unprintable."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case str():
            inner = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in value[: _SHOWN + 1])
            return f'"{inner[:_SHOWN]}…"' if len(inner) > _SHOWN else f'"{inner}"'
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            digits = str(value)
            return f"{digits[:_SHOWN]}…" if len(digits) > _SHOWN else digits


def member(path: str, name: str) -> str:
    """The JSON path of a member of an object."""
    return f"{path}.{name}" if name.isidentifier() and name.isascii() else f"{path}[{shown(name)}]"
