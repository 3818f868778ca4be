"""Rule files and what they extend, put together: the last word of a team's file, with every statement's own place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.diagnostics import Diagnostic, OrderplanError, Span, closest, finding
from engine.places import shipped
from engine.syntax import ast, parse, read_file


@dataclass(slots=True)
class Entry:
    """A statement with its full path and the conditions of the blocks around it; `body` for `each`."""

    path: tuple[str, ...]
    node: ast.Assign | ast.Each | ast.Use | ast.Report | ast.Store
    conditions: tuple[ast.Expression, ...]
    body: list[Entry] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The path as it is written."""
        return ".".join(self.path)


@dataclass(slots=True)
class Merged:
    """A rule set after inheritance; dictionaries keep the order of the files."""

    files: list[ast.RuleFile] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    header: ast.Rules | None = None
    source: ast.Source | None = None
    target: ast.Target | None = None
    settings: dict[str, ast.Setting] = field(default_factory=dict)
    lookups: dict[str, ast.Lookup] = field(default_factory=dict)
    sync: ast.Sync | None = None
    reads: dict[tuple[str, str], tuple[ast.Read, list[Entry]]] = field(default_factory=dict)
    parts: dict[str, tuple[ast.Part, list[Entry]]] = field(default_factory=dict)
    maps: dict[tuple[str, str], tuple[ast.Map, list[Entry]]] = field(default_factory=dict)
    overrides: list[ast.Override] = field(default_factory=list)
    tests: list[ast.Test] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)

    @property
    def sources(self) -> dict[str, str]:
        """The texts of the files, for excerpts in diagnostics."""
        return {each.path: each.text for each in self.files}


FoldKey = Callable[[ast.Template], str | None]


def load_files(path: str) -> tuple[list[ast.RuleFile], dict[str, str], list[Diagnostic]]:
    """A rule file and the files it extends, the outermost base first.

    Raises:
        OrderplanError: when the file itself cannot be read. A base that cannot be read is a finding.
    """
    files: list[ast.RuleFile] = []
    hashes: dict[str, str] = {}
    findings: list[Diagnostic] = []
    seen: dict[Path, str] = {}
    text = read_file(path)
    while True:
        seen[Path(path).resolve()] = path
        parsed = parse(text, path)
        files.insert(0, parsed.file)
        hashes[path] = hashlib.sha256(text.encode()).hexdigest()
        findings += parsed.findings
        extends = [each for each in parsed.file.items if isinstance(each, ast.Extend)]
        for extra in extends[1:]:
            findings.append(finding("E308", "a rule file extends one other file", span=extra.span, fix="remove this line"))
        if not extends:
            return files, hashes, findings
        extend = extends[0]
        base = _base_path(path, extend.path)
        if base is None:
            findings.append(finding("E301", f"there is no rule file {extend.path!r}", span=extend.span,
                                    notes=("looked beside this file and in the shipped rules",),
                                    fix='name a file beside this one, or the shipped "cpq.rules"'))
            return files, hashes, findings
        if Path(base).resolve() in seen:
            findings.append(finding("E302", f"{extend.path!r} extends this file in turn", span=extend.span,
                                    fix="let one of the two stand alone"))
            return files, hashes, findings
        path = base
        try:
            text = read_file(path)
        except OrderplanError as fault:
            findings.append(finding("E301", fault.message, span=extend.span, fix=fault.hint))
            return files, hashes, findings


def _base_path(path: str, wanted: str) -> str | None:
    beside = Path(path).parent / wanted
    if beside.is_file():
        return str(beside)
    default = shipped("rules", wanted)
    if not default.is_file():
        return None
    here = Path.cwd()
    return str(default.relative_to(here)) if default.is_relative_to(here) else str(default)


def merge(files: Sequence[ast.RuleFile], hashes: dict[str, str], fold: FoldKey) -> Merged:
    """Puts the files together, base first. `fold` gives the text of a template that names a parameter."""
    out = Merged(list(files), dict(hashes))
    for file in files:
        _Merger(out, fold, is_base=file is files[0]).file(file)
    expand_parts(out)
    for item in out.overrides:
        _Merger(out, fold, is_base=False).override(item)
    return out


def merged_settings(files: Sequence[ast.RuleFile]) -> dict[str, ast.Setting]:
    """The settings of all files; a later file's line replaces an earlier one's."""
    return {
        each.name.text: each
        for file in files
        for item in file.items
        if isinstance(item, ast.Settings)
        for each in item.entries
    }


class _Merger:
    def __init__(self, out: Merged, fold: FoldKey, *, is_base: bool) -> None:
        self.out = out
        self.fold = fold
        self.is_base = is_base

    def fault(self, code: str, message: str, span: Span, **more: object) -> None:
        self.out.findings.append(finding(code, message, span=span, **more))

    def file(self, file: ast.RuleFile) -> None:
        headers = [each for each in file.items if isinstance(each, ast.Rules)]
        if not headers and file.items:
            first = file.items[0].span
            self.fault("E110", "a rule file starts with its name and version", Span(file.path, first.line, 1, first.line, 2),
                       fix='rules "name" version 1')
        for extra in headers[1:]:
            self.fault("E110", "a rule file has one header", extra.span, fix="remove this line")
        own_settings: dict[str, Span] = {}
        for item in file.items:
            match item:
                case ast.Rules():
                    self.out.header = item
                case ast.Source():
                    self.out.source = item
                case ast.Target():
                    self.out.target = item
                case ast.Settings():
                    self.settings(item, own_settings)
                case ast.Lookup():
                    self.lookup(item)
                case ast.Sync():
                    self.sync(item, file)
                case ast.Read():
                    self.read(item)
                case ast.Part():
                    self.part(item)
                case ast.Map():
                    self.map(item)
                case ast.Override():
                    self.later(item)
                case ast.Test():
                    self.test(item, file)
                case _:
                    pass

    def settings(self, item: ast.Settings, own: dict[str, Span]) -> None:
        for each in item.entries:
            if each.name.text in own:
                self.fault("E312", f"the setting `{each.name.text}` stands twice", each.span, fix="keep one of the two")
            own[each.name.text] = each.span
            self.out.settings[each.name.text] = each

    def sync(self, item: ast.Sync, file: ast.RuleFile) -> None:
        if self.out.sync is not None and self.out.sync.span.path == file.path:
            self.fault("E313", "a rule file has one `sync` predicate", item.span, fix="join the two with `and` or `or`")
        self.out.sync = item

    def test(self, item: ast.Test, file: ast.RuleFile) -> None:
        if any(each.name.value == item.name.value and each.span.path == file.path for each in self.out.tests):
            self.fault("E255", f"there are two tests {item.name.raw}", item.name.span, fix="give one of them another name")
        self.out.tests = [each for each in self.out.tests if each.span.path == file.path] + [item]

    # --- new blocks ---

    def lookup(self, item: ast.Lookup) -> None:
        if item.name.text in self.out.lookups:
            self.fault("E255", f"there is a lookup `{item.name.text}` already", item.name.span,
                       fix=f"give it another name, or `override lookup {item.name.text} {{ … }}` in a file that extends it")
            return
        for arm in item.arms:
            self.no_set(arm.replaces, arm.span)
        self.out.lookups[item.name.text] = item

    def read(self, item: ast.Read) -> None:
        place = (item.target.text, item.object.text)
        if place in self.out.reads:
            self.fault("E319", f"`{item.target.text}` is read from {item.object.text} already", item.target.span,
                       fix=f"write both in one block, or `override read {item.target.text} {{ … }}`")
            return
        self.out.reads[place] = (item, self.entries(item.body, (), (), overriding=False))

    def part(self, item: ast.Part) -> None:
        if item.name.text in self.out.parts:
            self.fault("E255", f"there is a part `{item.name.text}` already", item.name.span,
                       fix=f"give it another name, or `override part {item.name.text} {{ … }}` in a file that extends it")
            return
        self.out.parts[item.name.text] = (item, self.entries(item.body, (), (), overriding=False))

    def map(self, item: ast.Map) -> None:
        action = item.action.text if item.action else "create"
        place = (item.resource.text, action)
        if place in self.out.maps:
            shown = item.resource.text + ("" if action == "create" else f" {action}")
            self.fault("E229", f"there is a map of `{shown}` already", item.resource.span,
                       fix=f"write both in one block with `when`, or `override {shown} {{ … }}` in a file that extends it")
            return
        self.out.maps[place] = (item, self.entries(item.body, (), (), overriding=False))

    def no_set(self, replaces: bool, span: Span) -> None:  # noqa: FBT001 - a fact about the statement
        if replaces:
            self.fault("E309", "`set` and `drop` belong in an `override` block", span,
                       fix="write the assignment without `set`, or put it in `override … { }`")

    # --- statements to entries ---

    def path(self, place: ast.Place) -> tuple[str, ...]:
        return tuple(self.key(each) for each in place.segments)

    def key(self, node: ast.Name | ast.Template) -> str:
        if isinstance(node, ast.Name):
            return node.text
        folded = self.fold(node)
        if folded is None:
            self.fault("E259", "a parameter's name must be known before any order is", node.span,
                       fix="use only texts and settings in it, as in t\"{settings.metadata_prefix}order_id\"")
            return node.raw
        return folded

    def entries(self, body: Sequence[ast.Statement], prefix: tuple[str, ...], conditions: tuple[ast.Expression, ...],
                *, overriding: bool) -> list[Entry]:  # fmt: skip
        out: list[Entry] = []
        for each in body:
            match each:
                case ast.Block():
                    inner = conditions if each.when is None else (*conditions, each.when)
                    out += self.entries(each.body, prefix + self.path(each.place), inner, overriding=overriding)
                case ast.Assign():
                    if not overriding:
                        self.no_set(each.replaces, each.span)
                    out += self.assigned(each, prefix + self.path(each.place), conditions)
                case ast.Each():
                    if each.rows is None and not overriding:
                        self.fault("E317", "`each` needs the rows it goes over", each.place.span,
                                   fix=f"each {each.place} from … as …")
                        continue
                    inner = conditions if each.when is None else (*conditions, each.when)
                    body_entries = self.entries(each.body, (), (), overriding=overriding)
                    out.append(Entry(prefix + self.path(each.place), each, inner, body_entries))
                case ast.Use():
                    out.append(Entry(prefix, each, conditions))
                case ast.Report() | ast.Store():
                    own = conditions if each.when is None else (*conditions, each.when)
                    out.append(Entry((), each, own))
                case ast.Drop():
                    if not overriding:
                        self.no_set(replaces=True, span=each.span)
                    marker = ast.Assign(each.place, ast.ListOf((), each.span), each.span)
                    out.append(Entry((*prefix, *self.path(each.place), _DROPPED), marker, conditions))
        return out

    def assigned(self, node: ast.Assign, path: tuple[str, ...], conditions: tuple[ast.Expression, ...]) -> list[Entry]:
        """An assignment, or one for each entry of a written object."""
        own = conditions if node.when is None else (*conditions, node.when)
        if not isinstance(node.value, ast.ObjectOf):
            return [Entry(path, node, own)]
        if node.default is not None or node.required is not None:
            self.fault("E249", "a written object is always there, so it has no `default` or `required`", node.span,
                       fix="write them at the parameters inside")
        out: list[Entry] = []
        for each in node.value.entries:
            place = ast.Place((*node.place.segments, each.key), each.span)
            inner = replace(node, place=place, value=each.value, span=each.span, default=None, required=None, when=None)
            out += self.assigned(inner, (*path, self.key(each.key)), own)
        return out

    # --- overrides ---

    def later(self, item: ast.Override) -> None:
        """Parts are overridden at once, the rest when the parts have taken their places."""
        if self.is_base:
            self.fault("E303", "there is nothing to override: this file extends no other", item.name.span,
                       fix='start the file with extend "cpq.rules", or write a new block')
        elif item.kind == "part":
            self.override(item)
        else:
            self.out.overrides.append(item)

    def override(self, item: ast.Override) -> None:
        if item.kind == "lookup":
            self.override_lookup(item)
            return
        body = self.target_body(item)
        if body is not None:
            self.apply(body, self.entries(item.body, (), (), overriding=True))

    def target_body(self, item: ast.Override) -> list[Entry] | None:
        name, qualifier = item.name.text, item.qualifier.text if item.qualifier else None
        if item.kind == "map":
            found = self.out.maps.get((name, qualifier or "create"))
            names = [resource if action == "create" else f"{resource} {action}" for resource, action in self.out.maps]
        elif item.kind == "part":
            found = self.out.parts.get(name)  # type: ignore[assignment]
            names = list(self.out.parts)
        else:
            hits = [value for (target, thing), value in self.out.reads.items()
                    if target == name and qualifier in (None, thing)]  # fmt: skip
            if len(hits) > 1:
                self.fault("E303", f"`{name}` is read from several objects", item.name.span,
                           fix=f"say which one: override read {name} from …")
                return None
            found = hits[0] if hits else None  # type: ignore[assignment]
            names = [target for target, _ in self.out.reads]
        if found is not None:
            return found[1]
        shown = name if qualifier is None else f"{name} {qualifier}"
        near = closest(shown, names)
        self.fault("E303", f"the extended rules have no {item.kind} of `{shown}`", item.name.span,
                   fix=f"did you mean `{near}`?" if near else f"they have {', '.join(dict.fromkeys(names)) or 'none'}")
        return None

    def override_lookup(self, item: ast.Override) -> None:
        base = self.out.lookups.get(item.name.text)
        if base is None:
            near = closest(item.name.text, self.out.lookups)
            self.fault("E303", f"the extended rules have no lookup `{item.name.text}`", item.name.span,
                       fix=f"did you mean `{near}`?" if near else "define it with `lookup`")
            return
        arms = list(base.arms)
        for arm in item.arms:
            keys = {each.value for each in arm.keys}
            hit = [at for at, each in enumerate(arms) if (keys & {k.value for k in each.keys}) or (not keys and not each.keys)]
            if arm.replaces and not hit:
                self.fault("E304", "`set` hits no line of the lookup", arm.span, fix="write it without `set`")
            if not arm.replaces and hit:
                self.fault("E306", "the lookup has a line for this value already", arm.span, fix="replace it with `set`")
            arms = [each for at, each in enumerate(arms) if at not in hit] if arm.replaces else arms
            arms.append(replace(arm, replaces=False))
        self.out.lookups[item.name.text] = replace(base, arms=tuple(arms))

    def apply(self, body: list[Entry], changes: list[Entry]) -> None:
        """Changes a body in place: `set` replaces, `drop` removes, plain statements add."""
        for change in changes:
            if isinstance(change.node, ast.Assign) and change.path and change.path[-1] == _DROPPED:
                self.drop(body, change.path[:-1], change.node.span)
            elif isinstance(change.node, ast.Each) and change.node.rows is None:
                inner = next((each for each in body if each.path == change.path and isinstance(each.node, ast.Each)), None)
                if inner is None:
                    self.fault("E317", f"the extended block has no `each {change.label}`", change.node.place.span,
                               fix=_near_path(change.path, [each for each in body if isinstance(each.node, ast.Each)])
                               or f"add the rows: each {change.label} from … as …")
                else:
                    self.apply(inner.body, change.body)
            elif isinstance(change.node, ast.Assign):
                self.put(body, change)
            else:
                body.append(change)

    def put(self, body: list[Entry], change: Entry) -> None:
        node = change.node
        assert isinstance(node, ast.Assign)  # noqa: S101 - the caller has looked
        span = node.place.span
        hits = [at for at, each in enumerate(body) if each.path == change.path]
        self.respect_final([body[at] for at in hits], span)
        if not node.replaces:
            if hits:
                self.fault("E306", f"`{change.label}` is assigned in the extended rules", span,
                           fix=f"set {change.label} = …  replaces it",
                           labels=())
            body.append(change)
            return
        if not hits:
            self.fault("E304", f"`set` hits nothing: `{change.label}` is not assigned in the extended rules", span,
                       fix=_near_path(change.path, body) or f"add it without `set`: {change.label} = …")
            return
        body[hits[0]] = change
        for at in reversed(hits[1:]):
            del body[at]

    def drop(self, body: list[Entry], path: tuple[str, ...], span: Span) -> None:
        hits = [each for each in body if each.path[: len(path)] == path]
        if not hits:
            label = ".".join(path)
            self.fault("E305", f"`drop` hits nothing: `{label}` is not assigned in the extended rules", span,
                       fix=_near_path(path, body) or "remove this line")
        self.respect_final(hits, span)
        body[:] = [each for each in body if each not in hits]

    def respect_final(self, hits: Sequence[Entry], span: Span) -> None:
        for each in hits:
            if isinstance(each.node, ast.Assign) and each.node.final:
                self.fault("E307", f"`{each.label}` is final", span,
                           notes=(f"it is written at {each.node.span}",), fix="leave it, or change the extended rules")


def expand_parts(out: Merged) -> None:
    """Puts the statements of parts where they are used; a part that uses itself or is not there is a fault."""
    used: set[str] = set()

    def expanded(entries: Sequence[Entry], trail: tuple[str, ...]) -> list[Entry]:
        done: list[Entry] = []
        for entry in entries:
            node = entry.node
            if not isinstance(node, ast.Use):
                done.append(replace(entry, body=expanded(entry.body, trail)))
                continue
            name = node.name.text
            used.add(name)
            if name not in out.parts:
                near = closest(name, out.parts)
                fix = f"did you mean `{near}`?" if near else f"the parts are {', '.join(out.parts) or 'none'}"
                out.findings.append(finding("E263", f"there is no part `{name}`", span=node.name.span, fix=fix))
            elif name in trail:
                loop = " → ".join([*trail, name])
                out.findings.append(finding("E264", f"a part uses itself: {loop}", span=node.span, fix="take one `use` away"))
            else:
                for each in expanded(out.parts[name][1], (*trail, name)):
                    path = entry.path + each.path if each.path else each.path
                    done.append(replace(each, path=path, conditions=(*entry.conditions, *each.conditions)))
        return done

    for _, body in [*out.reads.values(), *out.maps.values()]:
        body[:] = expanded(body, ())
    own = out.files[-1].path if out.files else ""
    for name, (part, _) in out.parts.items():
        inside = {each.node.name.text for _, entries in out.parts.values() for each in _all(entries) if isinstance(each.node, ast.Use)}
        if name not in used and name not in inside and part.span.path == own:
            out.findings.append(finding("W203", f"the part `{name}` is never used", span=part.name.span, fix="remove it, or `use` it"))


def _all(entries: Sequence[Entry]) -> list[Entry]:
    return [each for entry in entries for each in (entry, *_all(entry.body))]


_DROPPED = "\0dropped"


def _near_path(path: tuple[str, ...], body: Sequence[Entry]) -> str | None:
    near = closest(".".join(path), [each.label for each in body if each.path])
    return f"did you mean `{near}`?" if near else None
