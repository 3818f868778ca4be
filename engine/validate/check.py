"""A rule file and its bases, checked against both schemas: faults, or rules that can be compiled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..diagnostics import Diagnostic, OrderplanError, Span, closest, corrected_line, finding, has_errors, ordered
from ..places import shipped
from ..schema import stripe
from ..schema.model import TERMS, ModelSchema, load_model
from ..schema.salesforce import Catalogue, load_catalogue
from ..schema.types import record_type
from ..syntax import ast
from ..syntax.printer import quoted
from . import ir
from .bindings import bind, check_belongs
from .expectations import check_test
from .expressions import condition
from .lookups import check_lookup, unknown_object, unused
from .maps import check_maps
from .marks import MARKED, has_items, marks_of
from .merge import Merged, merge
from .project import Found, find_inside, project_folder
from .scope import Scope, World
from .settings import folded, settings
from .soql import NoSoqlFormError, to_soql
from .sources import OUTSIDE, load_files
from .terms import check_currency, check_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .entries import BlockEntry

_NEEDED = ("contract", "line", "price")
"""The terms without which no plan can be made."""

_MANY = 2
_ORDER = "order"
_CATALOGUE = ("account", "product", "entry")
"""The roles of the records that a catalogue is made of."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome: rules when there is no error, all findings, and the texts they point into."""

    rules: ir.CheckedRules | None
    findings: tuple[Diagnostic, ...]
    sources: dict[str, str]


def check_file(
    path: str,
    *,
    stripe_version: str | None = None,
    warn_else: bool = False,
    parts_alone: bool = False,
    project: str | None = None,
) -> Checked:
    """Checks a rule file with everything it extends.

    `stripe_version` checks against another version than the file names; `warn_else` reports lookups whose `else` hides
    picklist values. `parts_alone` takes a file that holds nothing but parts for others: it has no rules. `project` is the
    folder that the paths in the rules stay in, by default `project_folder` of the file.

    Raises:
        OrderplanError: when the file or an installed schema cannot be read.
    """
    project = project or project_folder(path)
    files, hashes, findings = load_files(path, project)
    sources = {each.path: each.text for each in files}
    if has_errors(findings):
        return Checked(None, tuple(ordered(findings)), sources)
    model = load_model()
    values, setting_faults = settings(files, model)
    merged = merge(files, hashes, lambda template: folded(template, values))
    if parts_alone and _holds_parts_alone(files):
        words = f"{path} holds parts alone, which are checked where a file that extends it uses them"
        said = finding("N201", words, file=path, fix="validate the files that extend it")
        return Checked(None, tuple(ordered([*findings, *merged.findings, said])), sources)
    checker = _RulesChecker(merged, model, values, stripe_version, project, warn_else=warn_else)
    rules = checker.rules()
    kept = _said_once(ordered([*findings, *setting_faults, *merged.findings, *checker.findings]))
    return Checked(None if has_errors(kept) else rules, tuple(kept), sources)


def _holds_parts_alone(files: Sequence[ast.RuleFile]) -> bool:
    """Whether there are parts and nothing that would need a schema of the source."""
    items = [each for file in files for each in file.items]
    return any(isinstance(each, ast.Part) for each in items) and all(
        isinstance(each, ast.Rules | ast.Target | ast.Extend | ast.Part) for each in items
    )


def _said_once(findings: list[Diagnostic]) -> list[Diagnostic]:
    """The findings without what a part that several blocks use gives in each of them."""
    return list({(each.code, each.message, each.span, each.labels): each for each in reversed(findings)}.values())[::-1]


def find_schema(wanted: str, beside: str, project: str) -> Found:
    """A schema file that rules name: beside the rule file, in the working folder, or shipped."""
    here, carried = Path(), shipped()
    return find_inside(wanted, [(Path(beside).parent, project), (here, "."), (carried, str(carried / "schemas"))])


@lru_cache(maxsize=4)
def _catalogue(path: Path, _changed: int) -> Catalogue:
    """The catalogue of a file, read once while the file stays as it is."""
    return load_catalogue(path)


class _RulesChecker:
    """Checks a merged rule set, block by block."""

    def __init__(
        self,
        merged: Merged,
        model: ModelSchema,
        values: dict[str, Any],
        stripe_version: str | None,
        project: str,
        *,
        warn_else: bool,
    ) -> None:
        self.merged = merged
        self.model = model
        self.values = values
        self.asked_version = stripe_version
        self.project = project
        self.warn_else = warn_else
        self.sources = merged.sources
        self.findings: list[Diagnostic] = []

    def rules(self) -> ir.CheckedRules | None:
        catalogue, schema = self.catalogue(), self.stripe()
        if catalogue is None or schema is None:
            return None
        merged = self.merged
        if not self.describes_orders(catalogue):
            return None
        bindings = bind(merged, self.model, catalogue)
        world = World(
            catalogue,
            self.model.bound(bindings),
            self.values,
            schema.version,
            schema.resources(),
            self.sources,
            self.findings,
            schema.constraints.currencies,
            merged.lookups,
            bindings=bindings,
        )
        self.currencies(world)
        checked = {name: check_lookup(node, world, warn_else=self.warn_else) for name, node in merged.lookups.items()}
        lookups = {name: each for name, each in checked.items() if each is not None}
        sync = self.sync(world)
        filters = self.filters(world)
        reads = [self.read(node, body, world) for node, body in merged.reads.values()]
        self.complete(world)
        maps = check_maps(merged.maps, world, schema)
        self.marked(maps)
        for test in merged.tests:
            check_test(test, world, schema)
        own = merged.files[-1]
        unused(own, [each for each in merged.lookups.values() if each.span.path == own.path], world)
        return ir.CheckedRules(
            name=merged.header.name if merged.header else "",
            files=tuple(ir.RuleSource(path, sha256) for path, sha256 in merged.hashes.items()),
            schemas=self.schemas(catalogue),
            catalogue=str(catalogue.path),
            stripe_version=schema.version,
            settings=self.values,
            lookups=lookups,
            sync=sync,
            filters=filters,
            reads=tuple(each for each in reads if each),
            maps=maps,
            sensitive_fields=frozenset(world.sensitive_fields),
            namespace=merged.source.namespace if merged.source else "",
            tests=tuple(merged.tests),
            bindings=bindings,
        )

    def fault(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.findings.append(finding(code, message, span=span, **more))

    # --- the schemas ---

    def schemas(self, catalogue: Catalogue) -> tuple[ir.RuleSource, ...]:
        """The schemas that the rules were checked against; a plan adds Stripe's, whose digest takes a while."""
        source = self.merged.source.path if self.merged.source else ""
        return (
            ir.RuleSource(source, catalogue.sha256),
            ir.RuleSource("schemas/model.json", self.model.sha256),
        )

    def first_span(self) -> Span:
        """Where a file-wide finding points: the start of the file that was asked for."""
        file = self.merged.files[-1]
        if not file.items:
            return Span(file.path, 1, 1, 1, 2)
        return file.items[0].span.first_line(self.sources)

    def catalogue(self) -> Catalogue | None:
        source = self.merged.source
        if source is None:
            fix = 'add: source salesforce "schemas/salesforce/cpq.json"'
            if _holds_parts_alone(self.merged.files):
                fix = "name a file that extends this one, such as cpq.rules: it holds parts alone"
            self.fault("E314", "no `source` line names the Salesforce schema", self.first_span(), fix=fix)
            return None
        found = find_schema(source.path, source.span.path, self.project)
        path = found.path
        if found.outside:
            words = f"{quoted(source.path)} leads out of the project's folder"
            fix = 'source salesforce "schemas/salesforce/cpq.json"'
            self.fault("E322", words, source.span, notes=(OUTSIDE,), fix=fix)
            return None
        if path is None:
            words = f"there is no schema file {quoted(source.path)}"
            notes = ("looked beside the rule file, in the working folder and among the shipped files",)
            fix = 'source salesforce "schemas/salesforce/cpq.json"'
            self.fault("E315", words, source.span, notes=notes, fix=fix)
            return None
        try:
            catalogue = _catalogue(path, path.stat().st_mtime_ns)
        except OrderplanError as fault:
            self.fault("E315", fault.message, source.span, fix=fault.hint)
            return None
        if source.system.text != catalogue.system:
            fix = self.line(source.system.span, catalogue.system)
            words = f"{quoted(source.path)} describes `{catalogue.system}`, not `{source.system.text}`"
            self.fault("E314", words, source.system.span, fix=fix)
        return catalogue

    def describes_orders(self, catalogue: Catalogue) -> bool:
        """Whether a schema has the objects that are read. One that is missing is a slip of a rule, many are the wrong schema."""
        source = self.merged.source
        missing = sorted({name for _, name in self.merged.reads} - catalogue.objects.keys())
        if source is None or len(missing) < _MANY:
            return True
        words = f"{quoted(source.path)} lacks objects that contracts are read from: {', '.join(missing)}"
        fix = f"add your own objects to a copy of schemas/salesforce/cpq.json, and name that: {quoted(source.path)}"
        self.fault("E315", words, source.span, fix=fix)
        return False

    def stripe(self) -> stripe.StripeSchema | None:
        target = self.merged.target
        known = stripe.versions()
        if target is None:
            fix = f'add: target stripe "{known[-1]}"'
            self.fault("E314", "no `target` line names the Stripe version", self.first_span(), fix=fix)
            return None
        if target.system.text != "stripe":
            fix = self.line(target.system.span, "stripe")
            self.fault("E314", f"there is no target system `{target.system.text}`", target.system.span, fix=fix)
        wanted = self.asked_version or target.version
        if wanted in known:
            return stripe.load(wanted)
        right = closest(wanted, known) or known[-1]
        notes = (f"the versions with a schema are {', '.join(known)}",)
        words = f"there is no schema of the Stripe version {quoted(wanted)}"
        self.fault("E316", words, target.span, notes=notes, fix=f"target stripe {quoted(right)}")
        return None

    def line(self, span: Span, right: str) -> str:
        return corrected_line(self.sources[span.path], span, right)

    def currencies(self, world: World) -> None:
        """The settings that are currencies name ones that Stripe bills."""
        world.scope_name = "settings"
        blocks = (each for file in self.merged.files for each in file.items if isinstance(each, ast.Settings))
        for line in (line for block in blocks for line in block.entries):
            known = self.model.settings.get(line.name.text)
            if known is not None and known.currency and isinstance(line.value, ast.Literal):
                check_currency(f"the setting `{line.name.text}`", line.value, world)

    # --- orders and terms ---

    def sync(self, world: World) -> ir.Sync | None:
        node = self.merged.sync
        if node is None:
            return None
        world.scope_name = f"sync {node.object.text}"
        if node.object.text not in world.bindings.roles[_ORDER]:
            self.no_sync(node, world)
            return None
        if node.object.text not in world.catalogue.objects:
            unknown_object(node.object, world)
            return None
        return self.predicate(node, world)

    def filters(self, world: World) -> tuple[ir.Sync, ...]:
        """The predicates of the records of a catalogue."""
        out = []
        for node in self.merged.filters.values():
            world.scope_name = f"sync {node.object.text}"
            if node.object.text not in world.catalogue.objects:
                unknown_object(node.object, world)
            elif node.object.text not in [world.bindings.own(role) for role in _CATALOGUE]:
                self.no_sync(node, world)
            else:
                out.append(self.predicate(node, world))
        return tuple(each for each in out if each is not None)

    def no_sync(self, node: ast.Sync, world: World) -> None:
        """Reports a predicate of an object of which nothing is chosen."""
        words = f"`sync` chooses among orders and the records of a catalogue, not {node.object.text}"
        listed = dict.fromkeys(world.bindings.own(role) for role in _CATALOGUE)
        notes = (f"those of a catalogue are {', '.join(each for each in listed if each)}",)
        order = world.bindings.own(_ORDER)
        world.fault("E236", words, node.object.span, notes=notes, fix=world.line(node.object.span, order))

    def predicate(self, node: ast.Sync, world: World) -> ir.Sync | None:
        """A predicate of the records of one object, with its SOQL form."""
        when = condition(node.when, Scope({node.name.text: record_type(node.object.text)}), world)
        if when is None:
            return None
        try:
            return ir.Sync(node.object.text, node.name.text, when, to_soql(when), node.span)
        except NoSoqlFormError as fault:
            thing = "order" if node.object.text in world.bindings.roles[_ORDER] else "record"
            fix = f"compare fields of the {thing} with written values, joined by `and`, `or` and `not`"
            world.fault("E235", f"this has no SOQL form: {fault.why}", fault.span, fix=fix)
            return None

    def read(self, node: ast.Read, body: list[BlockEntry], world: World) -> ir.Read | None:
        world.scope_name = f"read {node.target.text}"
        terms = world.model.terms(node.target.text)
        if terms is None:
            near = closest(node.target.text, TERMS)
            fix = world.line(node.target.span, near) if near else f"the terms are those of {', '.join(TERMS)}"
            words = f"the contract model reads no `{node.target.text}`"
            world.fault("E237", words, node.target.span, fix=fix)
        if node.object.text not in world.catalogue.objects:
            unknown_object(node.object, world)
            return None
        if terms is None:
            return None
        before = len(world.findings)
        statements = check_terms(node, body, terms, world)
        if len(world.findings) == before:
            check_belongs(node, terms, world)
        return ir.Read(node.target.text, node.object.text, node.name.text, statements, node.span)

    def complete(self, world: World) -> None:
        """Rules that map something must read what every contract is made of."""
        if not self.merged.maps:
            return
        read = {target for target, _ in self.merged.reads}
        world.scope_name = None
        for target in _NEEDED:
            if target not in read:
                words = f"no rule reads `{target}`, which every plan needs"
                fix = f'add read {target} from … as … {{ … }}, or extend "cpq.rules"'
                world.fault("E239", words, self.first_span(), fix=fix)

    def marked(self, maps: tuple[ir.Map, ...]) -> None:
        """Maps that make items must mark them: by the order line's id in the metadata they are found again."""
        for node in maps:
            if node.resource in MARKED and has_items(node.body) and not marks_of([node]).keys.get("order_item"):
                self.findings.append(
                    finding(
                        "E286",
                        "no metadata of what this map makes holds the id of its order line",
                        span=node.span.first_line(self.sources),
                        scope=f"map {node.resource}",
                        notes=("forecasts and later plans find an order line again by that key",),
                        fix="add to each items and each add_invoice_items: metadata.order_item_id = item.order_item.Id",
                    )
                )


__all__ = ["Checked", "check_file", "find_schema"]
