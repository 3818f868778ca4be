"""A rule set ready to run: records to terms, contracts to resources."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..contract import Terms
from ..diagnostics import Diagnostic, finding
from ..marks import Marks
from ..records import Gap
from ..schema.salesforce import Catalogue
from ..validate import ir
from ..validate.marks import marks_of
from .compiler import FAULTS, Compiler
from .functions import ValueFaultError
from .gaps import Reading
from .runtime import Row, Runtime, Trace, fault, missing, record_name

_WHAT = {
    "rows": "the rows",
    "key": "the key",
    "when": "a condition",
    "on": "the object that the call acts on",
    "stored": "a condition",
    "sync": "the sync predicate",
}
"""What a function of one expression is for, by the first word of its name."""


@dataclass(frozen=True, slots=True)
class Made:
    """One row of a map, evaluated: what call it asks for. `on` is the object it acts on, or nothing for a creation."""

    rule: ir.Map
    order: int
    key: str
    row: Any
    result: Row
    on: Any = None


class Program:
    """Compiled rules. Cheap to rebuild: pickling keeps the checked rules and compiles again on the other side."""

    def __init__(self, rules: ir.CheckedRules) -> None:
        self.rules = rules
        compiler = Compiler(rules)
        for at, node in enumerate(rules.maps):
            parameters = (
                ["rt", "b_contract", f"b_{node.name}"] if node.name != "contract" else ["rt", "b_contract", "_row"]
            )
            compiler.map_function(f"map_{at}", node)
            scope = f"map {node.resource}" + ("" if node.operation == "create" else f" {node.operation}")
            compiler.plain_function(f"rows_{at}", ["rt", "b_contract"], node.rows, scope=scope)
            compiler.plain_function(f"key_{at}", parameters, node.key, scope=scope)
            if node.when is not None:
                compiler.plain_function(f"when_{at}", parameters, node.when, scope=scope)
            if node.on is not None:
                compiler.plain_function(f"on_{at}", parameters, node.on, scope=scope)
            for number, store in enumerate(_id_stores(node)):
                compiler.plain_function(
                    f"stored_{at}_{number}", parameters, store.holder, store.conditions, scope=scope
                )
        for at, read in enumerate(rules.reads):
            compiler.read_function(f"read_{at}", read)
        if rules.sync is not None:
            compiler.plain_function("sync", ["rt", f"b_{rules.sync.name}"], rules.sync.when, scope="sync")
        self._functions = compiler.compiled()
        self._traces = compiler.traces
        self._reads = {(node.target, node.object): self._functions[f"read_{at}"] for at, node in enumerate(rules.reads)}
        self._reading: Reading | None = None
        self._keys: dict[str, Callable[..., str | None]] = {
            node.resource: self._functions[f"key_{at}"]
            for at, node in enumerate(rules.maps)
            if node.operation == "create"
        }
        for at, node in enumerate(rules.maps):
            if node.operation == "create" and self._traces[f"key_{at}"].sensitive:
                self._keys[node.resource] = _hidden_key
        self._creates = {node.resource: (at, node) for at, node in enumerate(rules.maps) if node.operation == "create"}

    def __reduce__(self) -> tuple[type[Program], tuple[ir.CheckedRules]]:
        return Program, (self.rules,)

    @property
    def id_fields(self) -> dict[str, str]:
        """For each Salesforce object, the field in which the rules keep its Stripe id."""
        return {
            store.holder.type.name: store.field
            for node in self.rules.maps
            for store in _id_stores(node)
            if node.operation == "create"
        }

    @cached_property
    def marks(self) -> Marks:
        """The metadata keys by which the rules mark what they make."""
        return marks_of(self.rules.maps)

    @property
    def supporting(self) -> frozenset[str]:
        """The resources that are made when something needs them: other rules refer to them in parameters.

        What is made of the contract itself is what a plan is for, and is always made.
        """
        maps = self.rules.maps
        own = {each.resource for each in maps if isinstance(each.rows, ir.Walk) and not each.rows.steps}
        return frozenset(each for node in maps for each in _referred(node.body)) - own

    def run(self, today: datetime.date, catalogue: Catalogue) -> Run:
        """A run of the program on one bundle; `today` is the day of the plan's `as_of` in UTC."""
        if self._reading is None or self._reading.catalogue is not catalogue:
            self._reading = Reading(self.rules, catalogue)
        return Run(self, Runtime(today, self.rules.settings, self._keys), self._reading)

    def function(self, name: str) -> Callable[..., Any]:
        """A compiled function."""
        return self._functions[name]

    def trace(self, name: str) -> Trace:
        """What is known of a function of one expression: where it stands and what it reads."""
        return self._traces[name]

    def reader(self, target: str, object_name: str) -> Callable[..., Any] | None:
        """The function that reads terms from an object."""
        return self._reads.get((target, object_name))

    def creation(self, resource: str) -> tuple[int, ir.Map] | None:
        """The rule that creates a resource."""
        return self._creates.get(resource)


class Run:
    """A program at work on one bundle. It is the contract model's reader."""

    def __init__(self, program: Program, runtime: Runtime, reading: Reading) -> None:
        self.program = program
        self.runtime = runtime
        self.reading = reading
        self.findings: list[Diagnostic] = []
        self._id_fields = program.id_fields
        self._terms: dict[tuple[str, str, str], Terms] = {}

    # --- the contract model's reader ---

    def selected(self, order: Any) -> bool:
        """Whether the `sync` predicate takes an order."""
        sync = self.program.rules.sync
        return sync is None or bool(self._value("sync", order, order))

    def read(self, target: str, record: Any) -> Terms:
        """The terms of a record. Faults of values are kept in `findings`; what is missing goes with the terms."""
        place = (target, record.object, record.id)
        if place not in self._terms:
            self._terms[place] = self._read(target, record)
        return self._terms[place]

    def _read(self, target: str, record: Any) -> Terms:
        function = self.program.reader(target, record.object)
        if function is None:
            self.findings.append(
                finding(
                    "E609",
                    f"no rule reads `{target}` from {record.object}",
                    record=str(record),
                    fix=f"read {target} from {record.object} as … {{ … }}",
                )
            )
            return Terms(record)
        out = _TermsRow(subject=record)
        noted: dict[Any, Gap] = {}
        before = record.among.noting(noted)
        function(self.runtime, out, record)
        record.among.noting(before)
        self.findings += out.findings
        for pointer in [each for each, (trace, _) in out.traces.items() if trace.sensitive]:
            trace, _ = out.traces.pop(pointer)
            self.findings.append(_shown(trace, f"the term `{pointer[1:]}`", record))
        values = {pointer[1:]: out.params[pointer[1:]] for pointer in out.traces}
        sources = {
            pointer[1:]: _source(trace, holders) for pointer, (trace, holders) in out.traces.items() if trace.fields
        }
        rules = {pointer[1:]: trace.rule for pointer, (trace, _) in out.traces.items()}
        for pointer, note, holders in out.untaken:
            empty = [f"{holder}.{name}" for (_, name, _), holder in zip(note.fields, holders, strict=True) if holder]
            if empty and note.why != "default":
                sources.setdefault(pointer[1:], ", ".join(dict.fromkeys(empty)))
                rules.setdefault(pointer[1:], note.rule)
        for name, source, rule in self.reading.absent(target, record):
            sources.setdefault(name, source)
            rules.setdefault(name, rule)
        gaps: dict[str, Diagnostic] = {}
        for gap in noted.values():
            for name in self.reading.terms(target, gap):
                gaps.setdefault(name, self.reading.of_term(gap, target, name, rules.get(name)))
        return Terms(record, values, sources, rules, out.lacking, gaps)

    def not_told(self, gap: Gap) -> Diagnostic:
        """The finding for something that the contract model reads by itself and that the bundle does not tell."""
        return self.reading.of_model(gap)

    @property
    def marks(self) -> Marks:
        """The metadata keys by which the rules mark what they make."""
        return self.program.marks

    def stripe_id(self, record: Any) -> str | None:
        """The Stripe id that a record carries where the rules keep it."""
        field = self._id_fields.get(record.object)
        value = record.get(field) if field else None
        return str(value) if value is not None else None

    # --- resources ---

    def made(self, contract: Any) -> Iterator[Made]:
        """Every call that the map rules ask for, in the order of the rules and the rows."""
        self.runtime.contract = contract
        for at, node in enumerate(self.program.rules.maps):
            rows = self._value(f"rows_{at}", contract, contract)
            if rows is None:
                continue
            for row in rows if node.rows.type.kind == "list" else (rows,):
                if node.when is not None and not self._value(f"when_{at}", row, contract, row):
                    continue
                key = self._value(f"key_{at}", row, contract, row)
                if key is None:
                    continue
                out = Row(subject=row)
                self.program.function(f"map_{at}")(self.runtime, out, contract, row)
                on = self._value(f"on_{at}", row, contract, row) if node.on is not None else None
                yield Made(node, at, str(key), row, out, on)

    def stored_id(self, resource: str, row: Any, contract: Any) -> tuple[Any, str, str] | None:
        """Where the rules keep the id of what is made of a row, and what stands there: record, field, value."""
        creation = self.program.creation(resource)
        if creation is None:
            return None
        at, node = creation
        for number, store in enumerate(_id_stores(node)):
            record = self._value(f"stored_{at}_{number}", row, contract, row)
            value = record.get(store.field) if record is not None else None
            if value is not None:
                return record, store.field, str(value)
        return None

    def _value(self, name: str, subject: Any, *arguments: Any) -> Any:
        """The value of one expression of the rules; one that refuses what it reads is a finding, and absent."""
        trace, kind = self.program.trace(name), name.partition("_")[0]
        if trace.sensitive and kind in ("key", "on"):
            self.findings.append(_shown(trace, _WHAT[kind], subject))
            return None
        try:
            return self.program.function(name)(self.runtime, *arguments)
        except FAULTS as error:
            self.findings.append(fault(error, trace, (), _WHAT[kind], subject))
            return None


class _TermsRow(Row):
    """A row of terms: what is missing is kept aside instead of reported."""

    __slots__ = ("lacking",)

    def __init__(self, subject: Any) -> None:
        super().__init__(subject=subject)
        self.lacking: dict[str, Diagnostic] = {}

    def missing(self, trace: Trace, holders: tuple[Any, ...], message: str | None, what: str) -> None:
        self.lacking[what] = missing(trace, holders, message, what, self.subject)


def _shown(trace: Trace, what: str, subject: Any) -> Diagnostic:
    """The finding for a sensitive value where the plan would show it."""
    return finding(
        "E613",
        f"{what} is made of {', '.join(trace.fields)}, which is sensitive, and plans show it",
        rule=trace.rule,
        record=record_name(subject),
        scope=trace.scope,
        fix="use another field, or take `sensitive` away",
    )


def _hidden_key(*_: Any) -> str:
    raise ValueFaultError(
        "E613", "(sensitive)", "is the key of a row, and plans show keys", "use another field as the key"
    )


def _source(trace: Trace, holders: tuple[Any, ...]) -> str:
    """The fields of a trace with their records: `OrderItem(802…).UnitPrice`."""
    named = [
        f"{record_name(holder)}.{name}"
        for holder, name in zip(holders, trace.fields, strict=True)
        if holder is not None
    ]
    return ", ".join(dict.fromkeys(named)) or ", ".join(trace.fields)


def _id_stores(node: ir.Map) -> list[ir.Store]:
    return [each for each in node.body if isinstance(each, ir.Store) and each.parts == (ir.ResultField("id"),)]


def _referred(body: tuple[ir.Statement, ...]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ir.Assign):
            yield from _references(node.value)
            if node.default is not None:
                yield from _references(node.default)
        elif isinstance(node, ir.Each):
            yield from _referred(node.body)


def _references(node: Any) -> Iterator[str]:
    match node:
        case ir.Ref():
            yield node.resource
        case ir.Apply():
            inner: tuple[Any, ...] = node.arguments
        case ir.Operation():
            inner = node.operands
        case ir.Items():
            inner = node.items
        case ir.Fields():
            inner = tuple(value for _, value in node.fields)
        case ir.Text():
            inner = tuple(each for each in node.parts if not isinstance(each, str))
        case _:
            inner = ()
    if not isinstance(node, ir.Ref):
        for each in inner:
            yield from _references(each)
