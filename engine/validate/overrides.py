"""What an `override` block does to the block it names: `set` replaces, `drop` removes, plain statements add."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..diagnostics import Diagnostic, Label, closest, corrected_line, finding
from ..syntax import ast, printer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..diagnostics import Span
    from .entries import BlockEntry


class Overrider:
    """Applies the entries of one override block. `scope` names the block in findings."""

    def __init__(self, scope: str, sources: dict[str, str], findings: list[Diagnostic]) -> None:
        self.scope = scope
        self.sources = sources
        self.findings = findings
        self.written: dict[int, BlockEntry] = {}

    def apply(self, body: list[BlockEntry], changes: list[BlockEntry]) -> None:
        """Changes a body in place."""
        for change in changes:
            match change.node:
                case ast.Drop():
                    self._drop(body, change, change.node)
                case ast.Each():
                    self._each(body, change, change.node)
                case ast.Assign():
                    self._put(body, change, change.node)
                case ast.Store():
                    self._store(body, change, change.node)
                case _:
                    body.append(change)

    def lookup(self, base: ast.Lookup, arms: Sequence[ast.Arm]) -> ast.Lookup:
        """A lookup with some lines changed; a line for several values is split where only some of them change."""
        kept = list(base.arms)
        for arm in arms:
            keys = {each.value for each in arm.keys}
            hits = [each for each in kept if keys & {key.value for key in each.keys} or (not keys and not each.keys)]
            covered = {key.value for each in hits for key in each.keys}
            if arm.replaces and (not hits or keys - covered):
                missing = next((each for each in arm.keys if each.value not in covered), None)
                self._lookup_fault("E304", arm, f"`set` hits no line for {missing.raw if missing else '`else`'}", kept)
                continue
            if not arm.replaces and hits:
                shown = next((each.raw for each in arm.keys if each.value in covered), "`else`")
                where = Label(hits[0].span, "here")
                self._lookup_fault("E306", arm, f"the lookup has a line for {shown} already", kept, where)
            rest = [self._without(each, keys) if each in hits else each for each in kept]
            kept = [each for each in rest if each is not None]
            kept.append(arm._replace(replaces=False))
        return base._replace(arms=tuple(kept))

    # --- pieces ---

    def _fault(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.findings.append(finding(code, message, span=span, scope=self.scope, **more))

    def _lookup_fault(self, code: str, arm: ast.Arm, words: str, kept: Sequence[ast.Arm], *labels: Label) -> None:
        span = arm.keys[0].span if arm.keys else arm.span
        source = self.sources[span.path]
        line = source.split("\n")[arm.span.line - 1].strip()
        fix = f"set {line}" if code == "E306" else line.removeprefix("set").strip()
        if code == "E304" and arm.keys:
            near = closest(str(arm.keys[0].value), [str(key.value) for each in kept for key in each.keys])
            fix = corrected_line(source, arm.keys[0].span, printer.quoted(near)) if near else fix
        self._fault(code, words, span, fix=fix, labels=labels)

    def _without(self, arm: ast.Arm, keys: set[Any]) -> ast.Arm | None:
        left = tuple(each for each in arm.keys if each.value not in keys)
        return arm._replace(keys=left) if left else None

    def _each(self, body: list[BlockEntry], change: BlockEntry, node: ast.Each) -> None:
        """`each place { … }` changes what the extended rules do for each row; other rows make another list."""
        lists = [each for each in body if each.path == change.path and isinstance(each.node, ast.Each)]
        if node.rows is not None:
            lists = [
                each for each in lists if isinstance(each.node, ast.Each) and str(each.node.rows) == str(node.rows)
            ]
            if not lists:
                self._put(body, change, node)
                return
        if len(lists) == 1:
            self._inside(lists[0], change, node)
        elif lists:
            rows = [str(each.node.rows) for each in lists if isinstance(each.node, ast.Each)]
            words = f"the extended block goes over several rows for `{change.label}`: {', '.join(rows)}"
            fix = f"say which: each {printer.place(node.place)} from {rows[0]} {{ … }}"
            self._fault("E317", words, node.place.span, fix=fix)
        else:
            known = [each for each in body if isinstance(each.node, ast.Each)]
            fix = (
                self._near(change, known, node.place)
                or f"name the rows: each {printer.place(node.place)} from … as row"
            )
            words = f"the extended block has no `each {change.label}`"
            self._fault("E317", words, node.place.span, fix=fix)

    def _inside(self, inner: BlockEntry, change: BlockEntry, node: ast.Each) -> None:
        before = inner.node
        assert isinstance(before, ast.Each)  # noqa: S101 - the caller has looked
        renamed = node.name is not None and (before.name is None or node.name.text != before.name.text)
        head = node.when.span if node.when is not None else node.name.span if node.name and renamed else None
        if head is not None:
            words = "an `each` that is overridden keeps the name of its rows and its condition"
            label = Label(before.span.first_line(self.sources), "it is written here")
            fix = f"each {printer.place(node.place)} {{"
            self._fault("E321", words, head, labels=(label,), fix=fix)
            return
        self.apply(inner.body, change.body)

    def _store(self, body: list[BlockEntry], change: BlockEntry, node: ast.Store) -> None:
        """A write-back takes the place of the inherited one into the same field, and stands beside those of its own block."""
        place = printer.expression(node.field)
        body[:] = [
            each
            for each in body
            if not isinstance(each.node, ast.Store)
            or id(each) in self.written
            or printer.expression(each.node.field) != place
        ]
        self.written[id(change)] = change
        body.append(change)

    def _put(self, body: list[BlockEntry], change: BlockEntry, node: ast.Assign | ast.Each) -> None:
        span = node.place.span
        same = [at for at, each in enumerate(body) if each.path == change.path]
        # What this block wrote itself is not inherited: two assignments of it, each with its `when`, stand side by side.
        own = [at for at in same if id(body[at]) in self.written]
        hits = [at for at in same if at not in own]
        self.written[id(change)] = change
        if isinstance(node, ast.Each):
            hits = [at for at in hits if not isinstance(body[at].node, ast.Each)]
        replaces = isinstance(node, ast.Assign) and node.replaces
        if hits and not self._final([body[at] for at in hits], span) and not replaces:
            fix = f"drop {printer.place(node.place)}"
            if isinstance(node, ast.Assign):
                fix = printer.assignment(node._replace(replaces=True))
            words = f"`{change.label}` is assigned in the extended rules"
            self._fault("E306", words, span, fix=fix, labels=(Label(_place(body[hits[0]]).span, "assigned here"),))
        # What was refused takes its place all the same, so that what it says is checked.
        if not hits and not replaces:
            body.append(change)
        elif not hits and own:
            body.insert(own[-1] + 1, change)
        elif not hits:
            assert isinstance(node, ast.Assign)  # noqa: S101 - only an assignment can say `set`
            plain = printer.assignment(node._replace(replaces=False))
            fix = self._near(change, body, node.place) or self._in_list(change.path, body, node) or plain
            words = f"`set` hits nothing: `{change.label}` is not assigned in the extended rules"
            self._fault("E304", words, span, fix=fix)
        elif isinstance(node, ast.Assign) and node.when is not None:
            self._beside(body, change, node.when, hits)
        else:
            if replaces:
                self._conditions_lost(change, [body[at] for at in hits])
            body[hits[0]] = change
            for at in reversed(hits[1:]):
                del body[at]

    def _beside(self, body: list[BlockEntry], change: BlockEntry, when: ast.Expression, hits: Sequence[int]) -> None:
        """A `set` with a condition replaces only where that holds; elsewhere what is inherited stays."""
        for at in hits:
            inherited = body[at]
            otherwise = ast.Not(when, when.span)
            body[at] = replace(inherited, conditions=(*inherited.conditions, otherwise))
        body.insert(hits[0], change)

    def _conditions_lost(self, change: BlockEntry, replaced: Sequence[BlockEntry]) -> None:
        """A warning where a `set` without a condition replaces what had one."""
        for each in replaced:
            when = each.node.when if isinstance(each.node, ast.Assign) else None
            if when is None or change.conditions:
                continue
            assert isinstance(change.node, ast.Assign)  # noqa: S101 - only an assignment replaces
            kept = printer.assignment(change.node._replace(when=when))
            self._fault(
                "W287",
                f"this `set` drops the condition of what it replaces: {change.label} was assigned "
                f"when {printer.expression(when)}",
                change.node.place.span,
                labels=(Label(_place(each).span, "assigned here, under a condition"),),
                fix=kept,
            )
            return

    def _drop(self, body: list[BlockEntry], change: BlockEntry, node: ast.Drop) -> None:
        hits = [each for each in body if each.path and each.path[: len(change.path)] == change.path]
        if not hits:
            words = f"`drop` hits nothing: `{change.label}` is not assigned in the extended rules"
            fix = self._near(change, body, node.place) or self._in_list(change.path, body, node) or "remove this line"
            self._fault("E305", words, node.place.span, fix=fix)
        if not self._final(hits, node.place.span):
            body[:] = [each for each in body if each not in hits]

    def _final(self, hits: Sequence[BlockEntry], span: Span) -> bool:
        """Whether one of the entries is final, which is then recorded."""
        final = next((each for each in hits if isinstance(each.node, ast.Assign) and each.node.final), None)
        if final is None:
            return False
        label = Label(_place(final).span, "final here")
        fix = "remove this line, or take `final` away in the extended rules"
        self._fault("E307", f"`{final.label}` is final", span, labels=(label,), fix=fix)
        return True

    def _near(self, change: BlockEntry, body: Sequence[BlockEntry], place: ast.Place) -> str | None:
        """The corrected line, when something close is assigned in the same block."""
        prefix = change.path[: len(change.path) - len(place.segments)]
        paths = {each.label: each.path for each in body if each.path}
        near = closest(change.label, paths)
        if near is None or paths[near][: len(prefix)] != prefix:
            return None
        shown = printer.dotted(paths[near][len(prefix) :])
        return corrected_line(self.sources[place.span.path], place.span, shown)

    def _in_list(self, path: tuple[str, ...], body: Sequence[BlockEntry], node: ast.Assign | ast.Drop) -> str | None:
        """The statement inside the list of the extended rules that a path leads into."""
        lists = (each for each in body if isinstance(each.node, ast.Each) and len(each.path) < len(path))
        found = next((each for each in lists if path[: len(each.path)] == each.path), None)
        if found is None:
            return None
        rest = path[len(found.path) :]
        place, word = printer.dotted(rest), "drop" if isinstance(node, ast.Drop) else "set"
        value = "" if isinstance(node, ast.Drop) else f" = {printer.expression(node.value)}"
        inner = self._in_list(rest, found.body, node) or f"{word} {place}{value}"
        return f"each {printer.dotted(found.path)} {{ {inner} }}"


def _place(entry: BlockEntry) -> ast.Place:
    assert isinstance(entry.node, ast.Assign | ast.Each | ast.Drop)  # noqa: S101 - only these have a path
    return entry.node.place
