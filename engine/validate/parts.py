"""Parts: statements that several blocks share, put where they are used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..diagnostics import Diagnostic, closest, corrected_line, finding
from ..syntax import ast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .entries import BlockEntry

Parts = dict[str, tuple[ast.Part, "list[BlockEntry]"]]
"""The parts of a rule set by name."""


@dataclass(slots=True)
class Expander:
    """Puts the statements of parts in the place of `use`; `used` are the parts that were needed."""

    parts: Parts
    sources: Mapping[str, str]
    findings: list[Diagnostic]
    used: set[str]

    def expanded(self, entries: Sequence[BlockEntry], trail: tuple[str, ...] = ()) -> list[BlockEntry]:
        """The entries without any `use`; a part that is not there or that uses itself is a finding."""
        done: list[BlockEntry] = []
        for entry in entries:
            if not isinstance(entry.node, ast.Use):
                done.append(replace(entry, body=self.expanded(entry.body, trail)))
                continue
            name = entry.node.name
            self.used.add(name.text)
            if name.text in trail:
                loop = " → ".join([*trail[trail.index(name.text) :], name.text])
                words = f"a part uses itself: {loop}"
                self.findings.append(finding("E264", words, span=entry.node.span, fix="take one `use` away"))
            elif name.text not in self.parts:
                self._unknown(name)
            else:
                for each in self.expanded(self.parts[name.text][1], (*trail, name.text)):
                    path = entry.path + each.path if each.path else each.path
                    done.append(replace(each, path=path, conditions=(*entry.conditions, *each.conditions)))
        return done

    def height(self, name: str, trail: tuple[str, ...] = ()) -> int:
        """How many parts deep a part uses others; one that uses itself counts once."""
        if name in trail or name not in self.parts:
            return 0
        inner = [each.node.name.text for each in _all(self.parts[name][1]) if isinstance(each.node, ast.Use)]
        return max((1 + self.height(each, (*trail, name)) for each in inner), default=0)

    def unused(self, file: str) -> None:
        """Records the parts of a file that nothing uses."""
        for entry in [each for _, entries in self.parts.values() for each in _all(entries)]:
            if isinstance(entry.node, ast.Use):
                self.used.add(entry.node.name.text)
        for name, (part, _) in self.parts.items():
            if name not in self.used and part.span.path == file:
                words = f"the part `{name}` is never used"
                fix = f"remove it, or write `use {name}` in a block"
                self.findings.append(finding("W203", words, span=part.name.span, fix=fix))

    def _unknown(self, name: ast.Name) -> None:
        near = closest(name.text, self.parts)
        fix = f"the parts are {', '.join(sorted(self.parts))}" if self.parts else f"define it: part {name.text} {{ … }}"
        fix = corrected_line(self.sources[name.span.path], name.span, near) if near else fix
        self.findings.append(finding("E263", f"there is no part `{name.text}`", span=name.span, fix=fix))


def _all(entries: Sequence[BlockEntry]) -> list[BlockEntry]:
    return [each for entry in entries for each in (entry, *_all(entry.body))]
