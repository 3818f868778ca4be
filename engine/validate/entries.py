"""The statements of a block, flattened: each with its full path and the conditions around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..diagnostics import Diagnostic, finding
from ..syntax import ast, printer

if TYPE_CHECKING:
    from ..diagnostics import Span

FoldKey = Callable[[ast.Template], str | None]
"""The text of a template that names a parameter, or nothing when only an order decides it."""


@dataclass(slots=True)
class BlockEntry:
    """A statement with its full path and the conditions of the blocks around it; `body` for `each`."""

    path: tuple[str, ...]
    node: ast.Assign | ast.Each | ast.Use | ast.Report | ast.Store | ast.Drop
    conditions: tuple[ast.Expression, ...]
    body: list[BlockEntry] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The path as it is written."""
        return ".".join(self.path)


def settled(entry: BlockEntry) -> BlockEntry:
    """An entry that has replaced what it was to replace: where it is used, it stands like any other."""
    node = entry.node._replace(replaces=False) if isinstance(entry.node, ast.Assign) else entry.node
    return replace(entry, node=node, body=[settled(each) for each in entry.body])


class Flattener:
    """Makes entries of statements, and says what does not belong there."""

    def __init__(self, sources: dict[str, str], fold: FoldKey, findings: list[Diagnostic]) -> None:
        self.sources = sources
        self.fold = fold
        self.findings = findings

    def entries(self, body: Sequence[ast.Statement], *, overriding: bool) -> list[BlockEntry]:
        """The entries of a whole block; `set`, `drop` and `each` without rows belong in an override."""
        return self._entries(body, (), (), overriding=overriding)

    def no_set(self, node: ast.Assign | ast.Arm) -> None:
        """Records a `set` outside an override."""
        if node.replaces:
            first = node.span.first_line(self.sources)
            self._fault("E309", "`set` belongs in an `override` block", first, fix=_without_set(node))

    def _fault(self, code: str, message: str, span: Span, fix: str) -> None:
        self.findings.append(finding(code, message, span=span, fix=fix))

    def _path(self, place: ast.Place) -> tuple[str, ...]:
        return tuple(self._key(each) for each in place.segments)

    def _key(self, node: ast.Name | ast.Template) -> str:
        if isinstance(node, ast.Name):
            return node.text
        folded = self.fold(node)
        if folded is None:
            fix = 'use only texts and settings in it, as in t"{settings.metadata_prefix}order_id"'
            self._fault("E259", "a parameter's name must be known before any order is", node.span, fix)
            return node.raw
        return folded

    def _entries(
        self,
        body: Sequence[ast.Statement],
        prefix: tuple[str, ...],
        conditions: tuple[ast.Expression, ...],
        *,
        overriding: bool,
    ) -> list[BlockEntry]:
        out: list[BlockEntry] = []
        for each in body:
            when = None if isinstance(each, ast.Drop) else each.when
            own = conditions if when is None else (*conditions, when)
            match each:
                case ast.Block():
                    out += self._entries(each.body, prefix + self._path(each.place), own, overriding=overriding)
                case ast.Assign():
                    if not overriding:
                        self.no_set(each)
                    out += self._assigned(each, prefix + self._path(each.place), own)
                case ast.Each() if each.rows is None and not overriding:
                    place = printer.place(each.place)
                    fix = f"each {place} from … as row {{ … }}"
                    self._fault("E317", "`each` needs the rows it goes over", each.place.span, fix)
                case ast.Each():
                    inner = self._entries(each.body, (), (), overriding=overriding)
                    out.append(BlockEntry(prefix + self._path(each.place), each, own, inner))
                case ast.Report() | ast.Store():
                    out.append(BlockEntry((), each, own))
                case ast.Use():
                    out.append(BlockEntry(prefix, each, own))
                case ast.Drop() if not overriding:
                    self._fault(
                        "E309", "`drop` belongs in an `override` block", each.span, fix="remove the assignment itself"
                    )
                case ast.Drop():
                    out.append(BlockEntry(prefix + self._path(each.place), each, ()))
        return out

    def _assigned(
        self, node: ast.Assign, path: tuple[str, ...], conditions: tuple[ast.Expression, ...]
    ) -> list[BlockEntry]:
        """An assignment, or one for each entry of a written object."""
        if not isinstance(node.value, ast.ObjectOf):
            return [BlockEntry(path, node, conditions)]
        if node.default is not None or node.required is not None:
            words = "a written object is always there, so it has no `default` or `required`"
            self._fault("E249", words, node.span, fix="write them at the parameters inside")
        if not node.value.entries:
            fix = "name a parameter inside, or remove the assignment"
            self._fault("E249", "an empty object says nothing to Stripe", node.value.span, fix)
        out: list[BlockEntry] = []
        for each in node.value.entries:
            place = ast.Place((*node.place.segments, each.key), each.key.span)
            inner = node._replace(place=place, value=each.value, span=each.span, default=None, required=None, when=None)
            out += self._assigned(inner, (*path, self._key(each.key)), conditions)
        return out


def _without_set(node: ast.Assign | ast.Arm) -> str:
    plain = node._replace(replaces=False)
    return printer.assignment(plain) if isinstance(plain, ast.Assign) else printer.arm(plain)
