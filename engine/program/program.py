"""A rule set ready to run: compiled once, with what is known of it before any order; and a run of it on one bundle."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..bindings import Bindings
from ..contract import Terms
from ..diagnostics import Diagnostic
from ..functions import ValueFaultError
from ..marks import Marks
from ..records import Gap, Records
from ..schema.salesforce import Catalogue
from ..validate import ir
from ..validate.marks import marks_of
from ..validate.walks import assigned, nodes
from .compiler import CompiledMap, Expr, compiled
from .gaps import Reading
from .runtime import Row, Runtime, fault
from .statements import FAULTS
from .terms import TermsRow, hidden, terms_of, unread


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
    """Compiled rules. Cheap to rebuild: pickling keeps the checked rules and compiles again on the other side.

    `marks` are the metadata keys by which the rules mark what they make. `id_fields` says for each Salesforce object in
    which field the rules keep its Stripe id. `supporting` are the resources that are made when something needs them: other
    rules refer to them in parameters. What is made of the contract itself is what a plan is for, and is always made.
    """

    def __init__(self, rules: ir.CheckedRules) -> None:
        self.rules = rules
        self.compiled = compiled(rules)
        self.marks: Marks = replace(
            marks_of(rules.maps),
            objects={"order_item": rules.bindings.own("line"), "order": rules.bindings.own("order")},
        )
        self._creations = {each.rule.resource: each for each in self.compiled.maps if each.rule.operation == "create"}
        self.id_fields: dict[str, str] = {
            store.holder.type.name: store.field for each in self._creations.values() for store, _ in each.ids
        }
        own = {each.resource for each in rules.maps if isinstance(each.rows, ir.Walk) and not each.rows.steps}
        self.supporting: frozenset[str] = frozenset(_referred(rules.maps)) - own
        self._reads = {(each.rule.target, each.rule.object): each.body for each in self.compiled.reads}
        self._keys: dict[str, Callable[..., str | None]] = {
            name: _hidden_key if each.key.trace.sensitive else each.key.function
            for name, each in self._creations.items()
        }
        self._reading: Reading | None = None

    def __reduce__(self) -> tuple[type[Program], tuple[ir.CheckedRules]]:
        return Program, (self.rules,)

    def run(self, today: datetime.date, catalogue: Catalogue) -> Run:
        """A run of the program on one bundle; `today` is the day of the plan's `as_of` in UTC."""
        if self._reading is None or self._reading.catalogue is not catalogue:
            self._reading = Reading(self.rules, catalogue)
        return Run(
            self,
            Runtime(today, self.rules.settings, self._keys, stripe_version=self.rules.stripe_version),
            self._reading,
        )

    def reader(self, target: str, object_name: str) -> Callable[..., None] | None:
        """The function that reads terms from an object."""
        return self._reads.get((target, object_name))

    def creation(self, resource: str) -> CompiledMap | None:
        """The rule that creates a resource."""
        return self._creations.get(resource)


class Run:
    """A program at work on one bundle. It is the contract model's reader."""

    def __init__(self, program: Program, runtime: Runtime, reading: Reading) -> None:
        self.program = program
        self.runtime = runtime
        self.reading = reading
        self.findings: list[Diagnostic] = []
        self._terms: dict[tuple[str, str, str], Terms] = {}

    # --- the contract model's reader ---

    def selected(self, record: Any) -> bool:
        """Whether the `sync` predicate of its object takes a record."""
        compiled = self.program.compiled
        sync = compiled.sync if record.object == self.bindings.own("order") else compiled.filters.get(record.object)
        return sync is None or bool(self._value(sync, record, record))

    def read(self, target: str, record: Any) -> Terms:
        """The terms of a record. Faults of values are kept in `findings`; what is missing goes with the terms."""
        place = (target, record.object, record.id)
        if place not in self._terms:
            self._terms[place] = self._read(target, record)
        return self._terms[place]

    def _read(self, target: str, record: Any) -> Terms:
        body = self.program.reader(target, record.object)
        if body is None:
            self.findings.append(unread(target, record))
            return Terms(record)
        out = TermsRow(record)
        noted: dict[Any, Gap] = {}
        before = record.among.noting(noted)
        body(self.runtime, out, record)
        record.among.noting(before)
        terms = terms_of(out, target, tuple(noted.values()), self.reading)
        self.findings += out.findings
        return terms

    def unread(self, records: Records) -> Iterator[Diagnostic]:
        """A finding for each object of a bundle that the schema says rules must read, and that no rule reads."""
        for name in records.objects:
            kind = records.catalogue.objects.get(name)
            if kind is not None and kind.read and self.program.reader(kind.read, name) is None and records.all(name):
                yield unread(kind.read, records.all(name)[0])

    def not_told(self, gap: Gap) -> Diagnostic:
        """The finding for something that the contract model reads by itself and that the bundle does not tell."""
        return self.reading.of_model(gap)

    @property
    def bindings(self) -> Bindings:
        """What the rules bind to the roles and relations of the contract model."""
        return self.program.rules.bindings

    @property
    def marks(self) -> Marks:
        """The metadata keys by which the rules mark what they make."""
        return self.program.marks

    def stripe_id(self, record: Any) -> str | None:
        """The Stripe id that a record carries where the rules keep it."""
        field = self.program.id_fields.get(record.object)
        value = record.get(field) if field else None
        return str(value) if value is not None else None

    def id_field(self, record: Any) -> str | None:
        """The field of a record in which the rules keep a Stripe id, if they do."""
        return self.program.id_fields.get(record.object)

    # --- resources ---

    def made(self, contract: Any, parts: Collection[str] = ()) -> Iterator[Made]:
        """Every call that the map rules ask for, in the order of the rules and the rows.

        With `parts` only those of the maps whose rows are these parts of the contract, such as its `products`.
        """
        self.runtime.contract = contract
        for at, each in enumerate(self.program.compiled.maps):
            if parts and not _is_of(each.rule.rows, parts):
                continue
            rows = self._value(each.rows, contract, contract)
            if rows is None:
                continue
            for row in rows if each.rule.rows.type.kind == "list" else (rows,):
                if each.when is not None and not self._value(each.when, row, contract, row):
                    continue
                key = self._name(each.key, row, contract)
                if key is None:
                    continue
                out = Row(subject=row)
                each.body(self.runtime, out, contract, row)
                on = self._name(each.on, row, contract) if each.on is not None else None
                yield Made(each.rule, at, str(key), row, out, on)

    def stored_id(self, resource: str, row: Any, contract: Any) -> tuple[Any, str, str] | None:
        """Where the rules keep the id of what is made of a row, and what stands there: record, field, value."""
        creation = self.program.creation(resource)
        if creation is None:
            return None
        for store, expr in creation.ids:
            record = self._value(expr, row, contract, row)
            value = record.get(store.field) if record is not None else None
            if value is not None:
                return record, store.field, str(value)
        return None

    def _name(self, expr: Expr, row: Any, contract: Any) -> Any:
        """The value of an expression that plans show in names; a sensitive one is a finding, and absent."""
        if expr.trace.sensitive:
            self.findings.append(hidden(expr.trace, expr.purpose, row))
            return None
        return self._value(expr, row, contract, row)

    def _value(self, expr: Expr, subject: Any, *arguments: Any) -> Any:
        """The value of one expression of the rules; one that refuses what it reads is a finding, and absent."""
        try:
            return expr.function(self.runtime, *arguments)
        except FAULTS as error:
            self.findings.append(fault(error, expr.trace, (), expr.purpose, subject))
            return None


def _is_of(rows: Any, parts: Collection[str]) -> bool:
    """Whether rows are a part of the contract that is named."""
    return isinstance(rows, ir.Walk) and bool(rows.steps) and rows.steps[0].name in parts


def _referred(maps: tuple[ir.Map, ...]) -> set[str]:
    """The resources that the parameters of some maps refer to."""
    written = (value for each in maps for value in assigned(each.body))
    return {node.resource for value in written for node in nodes(value) if isinstance(node, ir.Ref)}


def _hidden_key(*_: Any) -> str:
    raise ValueFaultError(
        "E613", "(sensitive)", "is the key of a row, and plans show keys", "use another field as the key"
    )
