"""Rule files put together: the last word of a team's file, with every statement's own place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ..diagnostics import Diagnostic, Label, Span, closest, corrected_line, finding
from ..functions import FUNCTIONS
from ..syntax import ast, printer
from .entries import BlockEntry, Flattener, FoldKey, settled
from .overrides import Overrider
from .parts import Expander, Parts

if TYPE_CHECKING:
    from collections.abc import Sequence

_ORDERS = "contract"  # what `read` fills from orders
_Once = TypeVar("_Once", ast.Rules, ast.Source, ast.Target, ast.Sync)
"""A line that a file has once."""


@dataclass(slots=True)
class Merged:
    """A rule set after inheritance; dictionaries keep the order of the files."""

    files: list[ast.RuleFile] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    header: ast.Rules | None = None
    source: ast.Source | None = None
    target: ast.Target | None = None
    lookups: dict[str, ast.Lookup] = field(default_factory=dict)
    sync: ast.Sync | None = None
    filters: dict[str, ast.Sync] = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    reads: dict[tuple[str, str], tuple[ast.Read, list[BlockEntry]]] = field(default_factory=dict)
    maps: dict[tuple[str, str], tuple[ast.Map, list[BlockEntry]]] = field(default_factory=dict)
    tests: list[ast.Test] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)

    @property
    def sources(self) -> dict[str, str]:
        """The texts of the files, for excerpts in diagnostics."""
        return {each.path: each.text for each in self.files}


def merge(files: Sequence[ast.RuleFile], hashes: dict[str, str], fold: FoldKey) -> Merged:
    """Puts the files together, base first. `fold` gives the text of a template that names a parameter."""
    out = Merged(list(files), dict(hashes))
    mergers = [_Merger(out, fold, file, is_base=file is files[0]) for file in files]
    for merger in mergers:
        merger.run()
    # A part takes its place before the blocks that use it are overridden, so that an override can reach inside.
    expander = Expander(out.parts, out.sources, out.findings, out.used)
    for _, body in [*out.reads.values(), *out.maps.values()]:
        body[:] = expander.expanded(body)
    for merger in mergers:
        merger.apply_overrides(expander)
    if files and out.source is not None:
        expander.unused(files[-1].path)
    return out


class _Merger:
    """Adds one file to what the files before it made."""

    def __init__(self, out: Merged, fold: FoldKey, file: ast.RuleFile, *, is_base: bool) -> None:
        self.out = out
        self.file = file
        self.is_base = is_base
        self.sources = out.sources
        self.flattener = Flattener(self.sources, fold, out.findings)
        self.waiting: list[tuple[ast.Override, Overrider]] = []
        self.waiting_parts: list[tuple[ast.Override, Overrider]] = []

    def run(self) -> None:
        self.header()
        out, items = self.out, self.file.items
        out.source = (
            self.once([each for each in items if isinstance(each, ast.Source)], "E320", "`source`") or out.source
        )
        out.target = (
            self.once([each for each in items if isinstance(each, ast.Target)], "E320", "`target`") or out.target
        )
        syncs = [each for each in items if isinstance(each, ast.Sync)]
        read = [each for each in items if isinstance(each, ast.Read)]
        orders = {each.object.text for each in read if each.target.text == _ORDERS}
        orders |= {name for target, name in out.reads if target == _ORDERS}
        chosen = [each for each in syncs if not orders or each.object.text in orders]
        out.sync = self.once(chosen, "E313", "`sync`") or out.sync
        for name in dict.fromkeys(each.object.text for each in syncs if each not in chosen):
            found = self.once([each for each in syncs if each.object.text == name], "E313", f"`sync {name}`")
            out.filters |= {name: found} if found else {}
        self.settings()
        for item in self.file.items:
            match item:
                case ast.Lookup():
                    self.lookup(item)
                case ast.Read():
                    self.read(item)
                case ast.Map():
                    self.map(item)
                case ast.Part():
                    self.part(item)
                case ast.Override():
                    self.override(item)
                case ast.Test():
                    self.test(item)
                case _:
                    pass
        self.override_parts()

    def fault(self, code: str, message: str, span: Span, **more: object) -> None:
        self.out.findings.append(finding(code, message, span=span, **more))

    def line(self, span: Span, right: str) -> str:
        return corrected_line(self.sources[span.path], span, right)

    # --- what stands once ---

    def header(self) -> None:
        headers = [each for each in self.file.items if isinstance(each, ast.Rules)]
        if not headers:
            first = self.file.items[0].span if self.file.items else Span(self.file.path, 1, 1, 1, 2)
            where = Span(self.file.path, first.line, first.column, first.line, first.column + 1)
            fix = f"begin with: rules {printer.quoted(_stem(self.file.path))} version 1"
            self.fault("E110", "a rule file starts with its name and version", where, fix=fix)
        self.out.header = self.once(headers, "E110", "header") or self.out.header

    def once(self, items: Sequence[_Once], code: str, what: str) -> _Once | None:
        """The first line of a kind; every other is a fault."""
        fix = "join the two with `and` or `or`" if code == "E313" else "remove one of the two"
        for extra in items[1:]:
            label = Label(items[0].span.first_line(self.sources), "first here")
            where = extra.span.first_line(self.sources)
            self.fault(code, f"a rule file has one {what}", where, labels=(label,), fix=fix)
        return items[0] if items else None

    def settings(self) -> None:
        own: dict[str, ast.Setting] = {}
        for item in self.file.items:
            for each in item.entries if isinstance(item, ast.Settings) else ():
                first = own.setdefault(each.name.text, each)
                if first is not each:
                    label = Label(first.name.span, "first here")
                    words = f"the setting `{each.name.text}` stands twice"
                    self.fault(
                        "E312", words, each.name.span, scope="settings", labels=(label,), fix="keep one of the two"
                    )

    def test(self, item: ast.Test) -> None:
        own = [each for each in self.out.tests if each.span.path == self.file.path]
        same = next((each for each in own if each.name.value == item.name.value), None)
        if same is not None:
            label = Label(same.name.span, "first here")
            words = f"there are two tests {item.name.raw}"
            self.fault("E255", words, item.name.span, labels=(label,), fix="give one of them another name")
        self.out.tests = [*own, item]

    # --- new blocks ---

    def lookup(self, item: ast.Lookup) -> None:
        name = item.name.text
        if name in FUNCTIONS or name == "ref":
            words = f"`{name}` is a function of the language"
            self.fault("E255", words, item.name.span, fix="give the lookup another name")
            return
        known = self.out.lookups.get(name)
        if known is not None:
            fix = f"override lookup {name} {{ … }}" if known.span.path != self.file.path else "give it another name"
            labels = (Label(known.name.span, "first here"),)
            self.fault("E255", f"there is a lookup `{name}` already", item.name.span, labels=labels, fix=fix)
            return
        for arm in item.arms:
            self.flattener.no_set(arm)
        self.out.lookups[name] = item

    def part(self, item: ast.Part) -> None:
        known = self.out.parts.get(item.name.text)
        if known is not None:
            inherited = known[0].span.path != self.file.path
            fix = f"override part {item.name.text} {{ … }}" if inherited else "give it another name"
            labels = (Label(known[0].name.span, "first here"),)
            words = f"there is a part `{item.name.text}` already"
            self.fault("E255", words, item.name.span, labels=labels, fix=fix)
            return
        self.out.parts[item.name.text] = (item, self.flattener.entries(item.body, overriding=False))

    def read(self, item: ast.Read) -> None:
        place = (item.target.text, item.object.text)
        known = self.out.reads.get(place)
        if known is not None:
            other = known[0]
            inherited = other.span.path != self.file.path
            fix = f"override read {item.target.text} {{ … }}" if inherited else "write both in one block"
            words = f"`{item.target.text}` is read from {item.object.text} already"
            labels = (Label(other.target.span, "first here"),)
            self.fault("E319", words, item.target.span, labels=labels, fix=fix)
            return
        self.out.reads[place] = (item, self.flattener.entries(item.body, overriding=False))

    def map(self, item: ast.Map) -> None:
        place = (item.resource.text, item.action.text if item.action else "create")
        known = self.out.maps.get(place)
        if known is not None:
            shown = operation_name(*place)
            inherited = known[0].span.path != self.file.path
            fix = f"override {shown} {{ … }}" if inherited else "write both in one block, with `when`"
            labels = (Label(known[0].resource.span, "first here"),)
            self.fault("E229", f"there is a map of `{shown}` already", item.resource.span, labels=labels, fix=fix)
            return
        self.out.maps[place] = (item, self.flattener.entries(item.body, overriding=False))

    # --- overrides ---

    def override(self, item: ast.Override) -> None:
        name, qualifier = item.name.text, item.qualifier.text if item.qualifier else None
        scope = f"override {'' if item.kind == 'map' else f'{item.kind} '}{name}{f' {qualifier}' if qualifier else ''}"
        if self.is_base:
            fix = f'begin with: extend "cpq.rules", or write a new block: {item.kind} {name} …'
            self.fault("E303", "there is nothing to override: this file extends no other", item.name.span, fix=fix)
            return
        overrider = Overrider(scope, self.sources, self.out.findings)
        if item.kind == "lookup":
            base = self.out.lookups.get(name)
            if base is None:
                self.nothing(item, "lookup", name, list(self.out.lookups))
            else:
                self.out.lookups[name] = overrider.lookup(base, item.arms)
        elif item.kind == "part":
            part = self.out.parts.get(name)
            if part is None:
                self.nothing(item, "part", name, list(self.out.parts))
            else:
                self.waiting_parts.append((item, overrider))
        else:
            self.waiting.append((item, overrider))

    def override_parts(self) -> None:
        """Overrides parts, those that others use first: what a part uses takes its place in it, and can be reached."""
        expander = Expander(self.out.parts, self.sources, self.out.findings, set())
        for item, overrider in sorted(self.waiting_parts, key=lambda each: expander.height(each[0].name.text)):
            body = self.out.parts[item.name.text][1]
            body[:] = expander.expanded(body, (item.name.text,))
            overrider.apply(body, self.flattener.entries(item.body, overriding=True))
            body[:] = [settled(each) for each in body]
        self.out.used |= expander.used

    def apply_overrides(self, expander: Expander) -> None:
        """Overrides the blocks of the extended rules, after all parts have taken their places."""
        for item, overrider in self.waiting:
            body = self.map_body(item) if item.kind == "map" else self.read_body(item)
            if body is not None:
                changes = self.flattener.entries(item.body, overriding=True)
                overrider.apply(body, expander.expanded(changes))

    def map_body(self, item: ast.Override) -> list[BlockEntry] | None:
        name, action = item.name.text, item.qualifier.text if item.qualifier else "create"
        found = self.out.maps.get((name, action))
        if found is not None:
            if item.key is not None:
                self.out.maps[name, action] = (found[0]._replace(key=item.key), found[1])
            return found[1]
        known = [operation_name(*place) for place in self.out.maps]
        self.nothing(item, "map", operation_name(name, action), known)
        return None

    def read_body(self, item: ast.Override) -> list[BlockEntry] | None:
        name, wanted = item.name.text, item.qualifier.text if item.qualifier else None
        hits = [(thing, found) for (target, thing), found in self.out.reads.items() if target == name]
        chosen = [found for thing, found in hits if wanted in (None, thing)]
        if len(chosen) > 1:
            objects = ", ".join(thing for thing, _ in hits)
            fix = self.line(item.name.span, f"{name} from {hits[0][0]}")
            self.fault("E303", f"`{name}` is read from several objects: {objects}", item.name.span, fix=fix)
            return None
        if chosen:
            return chosen[0][1]
        known = [f"{target} from {thing}" if wanted else target for target, thing in self.out.reads]
        self.nothing(item, "read", f"{name} from {wanted}" if wanted else name, known)
        return None

    def nothing(self, item: ast.Override, kind: str, shown: str, known: Sequence[str]) -> None:
        """Records an override of something that the extended rules do not have."""
        span = item.name.span.to(item.qualifier.span) if item.qualifier else item.name.span
        near = closest(shown, known)
        fix = f"they have {', '.join(sorted(set(known))) or 'none'}; a new one is written without `override`"
        fix = self.line(span, near) if near else fix
        words = (
            f"the extended rules have no {kind} `{shown}`"
            if kind in {"lookup", "part"}
            else f"the extended rules {kind} no `{shown}`"
        )
        self.fault("E303", words, span, fix=fix)


def operation_name(resource: str, action: str) -> str:
    """How rules name an operation: creating is the one that needs no word."""
    return resource if action == "create" else f"{resource} {action}"


def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].removesuffix(".rules")
