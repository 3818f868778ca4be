"""A rule file and its bases, checked against both schemas: faults, or rules that can be compiled."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.diagnostics import Diagnostic, OrderplanError, Severity, Span, closest, finding, has_errors, ordered
from engine.places import shipped
from engine.schema import stripe
from engine.schema.model import ModelField, ModelSchema, load_model
from engine.schema.salesforce import Catalogue, load_catalogue
from engine.schema.types import NAMED, Type, field_type, record_type
from engine.syntax import ast, printer
from engine.validate import ir
from engine.validate.bodies import BodyChecker, check_terms
from engine.validate.expressions import Scope, World, check, condition
from engine.validate.merge import Merged, load_files, merge, merged_settings
from engine.validate.soql import NoSoqlFormError, to_soql
from engine.validate.expectations import check_test


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome: rules when there is no error, all findings, and the texts they point into."""

    rules: ir.CheckedRules | None
    findings: tuple[Diagnostic, ...]
    sources: dict[str, str]


def check_file(path: str, *, stripe_version: str | None = None, warn_else: bool = False) -> Checked:
    """Checks a rule file with everything it extends.

    `stripe_version` checks against another version than the file names; `warn_else` reports lookups whose `else` hides
    picklist values.

    Raises:
        OrderplanError: when the file or an installed schema cannot be read.
    """
    files, hashes, findings = load_files(path)
    sources = {each.path: each.text for each in files}
    if has_errors(findings):
        return Checked(None, tuple(ordered(findings)), sources)
    model = load_model()
    settings, setting_faults = _settings(files, model)
    merged = merge(files, hashes, lambda template: _fold(template, settings))
    findings += setting_faults + merged.findings
    checker = _RulesChecker(merged, model, settings, stripe_version, warn_else=warn_else)
    rules = checker.rules()
    findings += checker.findings
    kept = ordered(findings)
    return Checked(None if has_errors(kept) else rules, tuple(kept), sources)


def find_schema(wanted: str, beside: str) -> Path | None:
    """A schema file that rules name: beside the rule file, in the working folder, or shipped."""
    places = [Path(beside).parent / wanted, Path(wanted), shipped(*Path(wanted).parts) if not Path(wanted).is_absolute() else Path(wanted)]
    return next((each for each in places if each.is_file()), None)


# --- settings ---------------------------------------------------------------------------------------------------------


def _settings(files: Sequence[ast.RuleFile], model: ModelSchema) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The value of every setting: the defaults, changed by the files. A wrong line is a finding."""
    values = {name: _typed(each, each.default) for name, each in model.settings.items()}
    findings: list[Diagnostic] = []
    for name, setting in merged_settings(files).items():
        known = model.settings.get(name)
        if known is None:
            near = closest(name, model.settings)
            findings.append(finding("E310", f"there is no setting `{name}`", span=setting.name.span, scope="settings",
                                    fix=f"did you mean `{near}`?" if near else f"the settings are {', '.join(sorted(model.settings))}"))
            continue
        value, fault = _setting_value(setting, known)
        if fault:
            findings.append(fault)
        else:
            values[name] = value
    return values, findings


def _typed(known: ModelField, default: Any) -> Any:
    return datetime.date.fromisoformat(default) if known.type.kind == "date" and default is not None else default


def _setting_value(setting: ast.Setting, known: ModelField) -> tuple[Any, Diagnostic | None]:
    node, want = setting.value, known.type
    name = setting.name.text

    def fault(code: str, message: str, fix: str) -> tuple[None, Diagnostic]:
        return None, finding(code, message, span=node.span, scope="settings", fix=fix)

    if isinstance(node, ast.Call) and node.function.text == "date" and len(node.arguments) == 1:
        inner = node.arguments[0]
        try:
            value: Any = datetime.date.fromisoformat(str(inner.value if isinstance(inner, ast.Literal) else ""))
        except ValueError:
            return fault("E247", f"{printer.expression(inner)} is no date", f'{name} = date("2026-01-31")')
    elif isinstance(node, ast.Literal):
        value = node.value
    else:
        return fault("E318", f"the setting `{name}` needs a written value", f"{name} = {_example(want)}")
    kinds = {"text": str, "bool": bool, "int": int, "date": datetime.date}
    right = isinstance(value, kinds[want.kind]) and not (want.kind == "int" and isinstance(value, bool))
    if not right:
        return fault("E311", f"the setting `{name}` takes {want.present}", f"{name} = {_example(want)}")
    if want.values and value not in want.values:
        near = closest(value, want.values)
        return fault("E311", f"the setting `{name}` is one of {', '.join(want.values)}",
                     f'{name} = "{near or want.values[0]}"')
    return value, None


def _example(want: Type) -> str:
    return f'"{want.values[0]}"' if want.values else {"text": '"…"', "bool": "true", "date": 'date("2026-01-31")'}.get(want.kind, "1")


def _fold(template: ast.Template, settings: dict[str, Any]) -> str | None:
    out = []
    for part in template.parts:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, ast.Path) and len(part.names) == 2 and part.names[0].text == "settings":  # noqa: PLR2004
            value = settings.get(part.names[1].text)
            if not isinstance(value, str):
                return None
            out.append(value)
        else:
            return None
    return "".join(out)


# --- everything else --------------------------------------------------------------------------------------------------


class _RulesChecker:
    def __init__(self, merged: Merged, model: ModelSchema, settings: dict[str, Any], stripe_version: str | None,
                 *, warn_else: bool) -> None:  # fmt: skip
        self.merged = merged
        self.model = model
        self.settings = settings
        self.asked_version = stripe_version
        self.warn_else = warn_else
        self.findings: list[Diagnostic] = []

    def rules(self) -> ir.CheckedRules | None:
        catalogue, schema = self.catalogue(), self.stripe()
        if catalogue is None or schema is None:
            return None
        world = World(catalogue, self.model, self.settings, resources=schema.resources(), findings=self.findings)
        world.stripe_version = schema.version
        world.lookups = dict(self.merged.lookups)
        world.mapped = frozenset(self.merged.maps)
        lookups = {name: each for name, node in self.merged.lookups.items() if (each := self.lookup(node, world))}
        sync = self.sync(world)
        reads = [self.read(node, body, world) for node, body in self.merged.reads.values()]
        maps = self.maps(world, schema)
        self.complete(world)
        for test in self.merged.tests:
            check_test(test, world, schema)
        self.unused(world)
        assert self.merged.header is None or isinstance(self.merged.header, ast.Rules)  # noqa: S101 - for the type checker
        return ir.CheckedRules(
            name=self.merged.header.name if self.merged.header else "",
            files=tuple(ir.RuleSource(path, sha256) for path, sha256 in self.merged.hashes.items()),
            schemas=self.schemas(catalogue, schema), catalogue=str(catalogue.path), stripe_version=schema.version, settings=self.settings, lookups=lookups, sync=sync,
            reads=tuple(each for each in reads if each), maps=maps, sensitive_fields=frozenset(world.sensitive_fields),
            tests=tuple(self.merged.tests),
        )  # fmt: skip

    def schemas(self, catalogue: Catalogue, schema: stripe.StripeSchema) -> tuple[ir.RuleSource, ...]:
        """The schemas that the rules were checked against."""
        source = self.merged.source.path if self.merged.source else ""
        return (ir.RuleSource(source, catalogue.sha256), ir.RuleSource("schemas/model.json", self.model.sha256),
                ir.RuleSource(f"schemas/stripe/{schema.version}", schema.sha256))  # fmt: skip

    def fault(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.findings.append(finding(code, message, span=span, **more))

    def first_span(self) -> Span:
        file = self.merged.files[-1]
        return file.items[0].span if file.items else Span(file.path, 1, 1, 1, 2)

    def catalogue(self) -> Catalogue | None:
        source = self.merged.source
        if source is None:
            self.fault("E314", "no `source` line names the Salesforce schema", self.first_span(),
                       fix='source salesforce "schemas/salesforce/cpq.json"')
            return None
        if source.system.text != "salesforce":
            self.fault("E314", f"there is no source system `{source.system.text}`", source.system.span, fix="source salesforce …")
        path = find_schema(source.path, source.span.path)
        if path is None:
            self.fault("E315", f"there is no schema file {source.path!r}", source.span,
                       fix='name a file beside the rules, or the shipped "schemas/salesforce/cpq.json"')
            return None
        try:
            return load_catalogue(path)
        except OrderplanError as fault:
            self.fault("E315", fault.message, source.span, fix=fault.hint)
            return None

    def stripe(self) -> stripe.StripeSchema | None:
        target = self.merged.target
        if target is None:
            self.fault("E314", "no `target` line names the Stripe version", self.first_span(),
                       fix=f'target stripe "{stripe.versions()[-1]}"')
            return None
        if target.system.text != "stripe":
            self.fault("E314", f"there is no target system `{target.system.text}`", target.system.span, fix="target stripe …")
        wanted = self.asked_version or target.version
        if wanted not in stripe.versions():
            near = closest(wanted, stripe.versions())
            self.fault("E316", f"Stripe version {wanted!r} is not installed", target.span,
                       fix=f'target stripe "{near or stripe.versions()[-1]}"',
                       notes=(f"installed: {', '.join(stripe.versions())}",))
            return None
        return stripe.load(wanted)

    # --- lookups ---

    def lookup(self, node: ast.Lookup, world: World) -> ir.Lookup | None:
        world.scope_name = f"lookup {node.name.text}"
        thing = world.catalogue.objects.get(node.object.text)
        if thing is None:
            self.unknown_object(node.object, world)
            return None
        found = thing.fields.get(node.field.text)
        if found is None:
            check(ast.Path((ast.Name("row", node.object.span), node.field), node.field.span),
                  Scope({"row": record_type(thing.name)}), world)  # fmt: skip
            return None
        result = NAMED.get(node.result.text)
        if result is None:
            world.fault("E258", f"a lookup does not result in `{node.result.text}`", node.result.span, fix=f"use one of {', '.join(NAMED)}")
            return None
        if not found.picklist:
            world.fault("E261", f"{thing.name}.{found.name} is no picklist", node.field.span,
                        fix="a lookup goes over a picklist; compare other fields with `when`")
            return None
        arms, other = self.arms(node, result, world)
        known = set(found.picklist)
        for arm in node.arms:
            for key in arm.keys:
                if key.value not in known:
                    near = closest(str(key.value), known - set(arms))
                    world.fault("E218", f"the picklist {thing.name}.{found.name} has no value {key.raw}", key.span,
                                fix=f'"{near}"' if near else f"its values are {', '.join(found.picklist)}")
        left = [each for each in found.picklist if each not in arms]
        if left and other is None:
            world.fault("E217", f"this lookup does not cover {', '.join(map(repr, left))} of {thing.name}.{found.name}", node.name.span,
                        fix=f'add "{left[0]}" => … or an `else` line')
        if left and other is not None and self.warn_else:
            world.fault("W201", f"`else` covers {', '.join(map(repr, left))} of {thing.name}.{found.name}", other.span,
                        fix="write these values out")
        values = tuple(dict.fromkeys(each.value for each in [*arms.values(), *([other] if other else [])] if each.fail is None))
        typed = Type("text", values=values, max_length=max(map(len, values), default=0)) if result.kind == "text" else result
        world.lookup_types[node.name.text] = typed
        return ir.Lookup(node.name.text, f"{thing.name}.{found.name}", typed, arms, other, node.span)

    def arms(self, node: ast.Lookup, result: Type, world: World) -> tuple[dict[str, ir.Arm], ir.Arm | None]:
        arms: dict[str, ir.Arm] = {}
        other: ir.Arm | None = None
        for arm in node.arms:
            outcome = self.outcome(arm, result, world)
            for key in arm.keys:
                if key.value in arms:
                    world.fault("E219", f"{key.raw} stands twice in this lookup", key.span, fix="remove one of the two lines")
                arms[str(key.value)] = outcome
            if not arm.keys:
                if other is not None:
                    world.fault("E219", "`else` stands twice in this lookup", arm.span, fix="remove one of the two lines")
                other = outcome
        return arms, other

    def outcome(self, arm: ast.Arm, result: Type, world: World) -> ir.Arm:
        node = arm.outcome
        if isinstance(node, ast.Report):
            message = check(node.message, Scope({}), world)
            return ir.Arm(None, (node.code.text, message) if message else None, arm.span)
        value = check(node, Scope({}), world)
        if value is None:
            return ir.Arm(None, None, arm.span)
        if not isinstance(value, ir.Const):
            world.fault("E245", "a lookup's outcome is written out", node.span, fix="write a value, or `fail CODE \"why\"`")
            return ir.Arm(None, None, arm.span)
        same = value.type.kind == result.kind or (value.type.kind == "int" and result.kind == "decimal")
        if not same:
            world.fault("E220", f"this lookup results in {result}, this is {value.type.present}", node.span,
                        fix=f"write a value of type {result}, or change the type after ->")
        return ir.Arm(value.value, None, arm.span)

    def unknown_object(self, name: ast.Name, world: World) -> None:
        near = closest(name.text, world.catalogue.objects)
        world.fault("E236", f"the Salesforce schema has no object `{name.text}`", name.span,
                    fix=f"did you mean `{near}`?" if near else f"it describes {', '.join(sorted(world.catalogue.objects))}")

    # --- sync and read ---

    def sync(self, world: World) -> ir.Sync | None:
        node = self.merged.sync
        if node is None:
            return None
        world.scope_name = f"sync {node.object.text}"
        if node.object.text != "Order":
            world.fault("E236", "`sync` chooses among orders", node.object.span, fix="sync Order as order when …")
            return None
        when = condition(node.when, Scope({node.name.text: record_type("Order")}), world)
        if when is None:
            return None
        try:
            return ir.Sync("Order", node.name.text, when, to_soql(when), node.span)
        except NoSoqlFormError as fault:
            world.fault("E235", f"this has no SOQL form: {fault.why}", fault.span,
                        fix="compare a field of the order with a constant")
            return None

    def read(self, node: ast.Read, body: list[Any], world: World) -> ir.Read | None:
        world.scope_name = f"read {node.target.text}"
        terms = self.model.terms(node.target.text)
        if terms is None:
            from engine.schema.model import TERMS  # noqa: PLC0415 - only for the words of this fault

            near = closest(node.target.text, TERMS)
            world.fault("E237", f"the contract model reads no `{node.target.text}`", node.target.span,
                        fix=f"did you mean `{near}`?" if near else f"it reads {', '.join(TERMS)}")
            return None
        if node.object.text not in world.catalogue.objects:
            self.unknown_object(node.object, world)
            return None
        statements = check_terms(node, body, terms, world)
        return ir.Read(node.target.text, node.object.text, node.name.text, statements, node.span)

    # --- maps ---

    def maps(self, world: World, schema: stripe.StripeSchema) -> tuple[ir.Map, ...]:
        contract = Scope({"contract": Type("model", "Contract")})
        rows: dict[tuple[str, str], ir.Node | None] = {}
        for place, (node, _) in self.merged.maps.items():
            world.scope_name = _map_name(node)
            rows[place] = self.rows(node, contract, world)
            row = rows[place]
            if row is not None and place[1] == "create":
                world.made[place[0]] = (row.type.item or row.type) if row.type.kind == "list" else row.type.present
        out = []
        for place, (node, body) in self.merged.maps.items():
            world.scope_name = _map_name(node)
            checked = self.map(node, body, rows[place], world, schema)
            if checked:
                out.append(checked)
        self.cycles(world)
        return tuple(out)

    def rows(self, node: ast.Map, scope: Scope, world: World) -> ir.Node | None:
        rows = check(node.rows, scope, world)
        if rows is not None and rows.type.kind not in ("list", "record", "model"):
            world.fault("E230", f"a map goes over rows of the contract, this is {rows.type.present}", node.rows.span,
                        fix="map … from contract.prices as price")
            return None
        if rows is not None and rows.type.kind == "list" and rows.type.item and rows.type.item.kind not in ("record", "model"):
            world.fault("E230", f"a map goes over records or model objects, these are {rows.type.item}", node.rows.span, fix=None)
            return None
        return rows

    def map(self, node: ast.Map, body: list[Any], rows: ir.Node | None, world: World, schema: stripe.StripeSchema) -> ir.Map | None:
        resource = schema.resource(node.resource.text)
        if resource is None:
            near = closest(node.resource.text, schema.resources())
            world.fault("E221", f"Stripe has no resource `{node.resource.text}` that orderplan knows", node.resource.span,
                        fix=f"did you mean `{near}`?" if near else f"it knows {', '.join(schema.resources())}")
            return None
        action = node.action.text if node.action else "create"
        operation = resource.operations.get(action)
        if operation is None:
            near = closest(action, resource.operations)
            world.fault("E222", f"a {resource.name} cannot be `{action}`d", (node.action or node.resource).span,
                        fix=f"did you mean `{near}`?" if near else f"it has {', '.join(sorted(resource.operations))}")
            return None
        if rows is None:
            return None
        row_type = rows.type.item if rows.type.kind == "list" and rows.type.item else rows.type.present
        scope = Scope({"contract": Type("model", "Contract"), node.name.text: row_type})
        when = condition(node.when, scope, world) if node.when else None
        key = self.key(node, row_type, scope, world)
        on = self.on(node, operation, scope, world)
        made = {name for name, _ in self.merged.maps}
        for each in node.after:
            if each.text not in made:
                near = closest(each.text, made)
                world.fault("E223", f"no rule maps a `{each.text}`", each.span,
                            fix=f"did you mean `{near}`?" if near else f"the rules map {', '.join(sorted(made))}")
        inner = scope.narrow(_narrowed(node.when))
        statements = BodyChecker(world, resource.name, action).body(body, operation.params, inner, node)
        if key is None:
            return None
        after = tuple(each.text for each in node.after)
        return ir.Map(resource.name, action, rows, node.name.text, key, on, after, when, statements, node.span)

    def key(self, node: ast.Map, row: Type, scope: Scope, world: World) -> ir.Node | None:
        written = node.key
        if written is None:
            names = world.catalogue.objects[row.name].fields if row.kind == "record" else self.model.definitions[row.name].fields
            field = next((each for each in ("Id", "key", "id") if each in names), None)
            if field is None:
                world.fault("E231", f"a {row.name} has no key of its own", node.resource.span, fix=f"add: key {node.name.text}.…")
                return None
            name = ast.Name(field, node.name.span)
            written = ast.Path((ast.Name(node.name.text, node.name.span), name), node.name.span)
        key = check(written, scope, world)
        if key is not None and (key.type.kind != "text" or key.type.optional):
            world.fault("E231", f"a key is a text that is always there, this is {key.type}", written.span, fix="key row.Id")
            return None
        return key

    def on(self, node: ast.Map, operation: stripe.Operation, scope: Scope, world: World) -> ir.Node | None:
        on_object = "{" in operation.path
        if node.on is None:
            if on_object:
                world.fault("E252", f"`{operation.name}` acts on an object that exists", (node.action or node.resource).span,
                            fix=f"add: on ref({node.resource.text}, {node.name.text})")
            return None
        if not on_object:
            world.fault("E252", f"`{operation.name}` makes an object, so it acts on none", node.on.span, fix="remove the `on` clause")
            return None
        on = check(node.on, scope, world)
        if on is not None and not (on.type.kind == "text" or (on.type.kind == "ref" and on.type.name == node.resource.text)):
            world.fault("E225", f"`{operation.name}` acts on a {node.resource.text}, this is {on.type.present}", node.on.span,
                        fix=f"ref({node.resource.text}, …)")
            return None
        return on

    def cycles(self, world: World) -> None:
        """A resource that needs another which needs the first can never be made."""
        needs: dict[str, dict[str, Span]] = {}
        for scope, resource, span in world.references:
            words = scope.split()
            if len(words) == 2 and words[0] == "map" and words[1] != resource:  # noqa: PLR2004 - `map RESOURCE`: a creation
                needs.setdefault(words[1], {}).setdefault(resource, span)
        for start in needs:
            trail = _trail(start, start, needs, [])
            if trail and start == min(trail):
                loop = " → ".join([*trail, start])
                world.scope_name = f"map {start}"
                world.fault("E226", f"these objects need one another first: {loop}", needs[start][trail[1]],
                            fix="take one of the references away, or write it with an update")

    def complete(self, world: World) -> None:
        """Rules that map something must read orders, lines and prices."""
        if not self.merged.maps:
            return
        read = {target for target, _ in self.merged.reads}
        for target in ("contract", "line", "price"):
            if target not in read:
                world.scope_name = None
                world.fault("E239", f"no rule reads `{target}`, which every plan needs", self.first_span(),
                            fix=f'read {target} from … as … {{ … }}, or extend "cpq.rules"')

    def unused(self, world: World) -> None:
        for name, node in self.merged.lookups.items():
            if name not in world.used_lookups and node.span.path == self.merged.files[-1].path:
                world.scope_name = None
                world.fault("W202", f"the lookup `{name}` is never used", node.name.span, fix="remove it, or use it",
                            severity=Severity.WARNING)


def _map_name(node: ast.Map) -> str:
    return f"map {node.resource.text}" + (f" {node.action.text}" if node.action else "")


def _narrowed(when: ast.Expression | None) -> frozenset[str]:
    from engine.validate.expressions import set_paths  # noqa: PLC0415

    return set_paths(when)


def _trail(start: str, at: str, needs: dict[str, dict[str, Span]], walked: list[str]) -> list[str] | None:
    for following in needs.get(at, ()):
        if following == start:
            return [*walked, at]
        if following not in walked and following != at:
            found = _trail(start, following, needs, [*walked, at])
            if found:
                return found
    return None


__all__ = ["Checked", "check_file", "field_type", "find_schema"]
