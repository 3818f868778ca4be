"""What the rules read and the bundle does not tell: fields that were not queried, lookups that lead to no record.

Which fields a term or a parameter reads is known before any record is: it is read off the checked rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..diagnostics import Diagnostic, finding
from ..records import Gap, Record, outer
from ..schema.salesforce import Catalogue
from ..validate import ir
from ..validate.walks import leaf, walks

Field = tuple[str, str]
"""An object and one of its fields."""


class Reading:
    """Which fields the rules read, and who reads each."""

    def __init__(self, rules: ir.CheckedRules, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.namespace = rules.namespace
        self._terms: dict[tuple[str, str], dict[Field, list[str]]] = {}
        self._first: dict[tuple[str, str], dict[str, tuple[Field, str]]] = {}
        self._needed: dict[Field, str] = {}
        self._all: dict[str, set[str]] = {}
        for read in rules.reads:
            found = self._terms.setdefault((read.target, read.object), {})
            for name, node in self._assigned(read.body):
                fields = self._fields(node)
                for each in fields:
                    found.setdefault(each, []).append(name)
                ends = [leaf(walk) for walk in walks(node.value) if walk.steps and walk.steps[-1].kind == "field"]
                if ends:
                    self._first.setdefault((read.target, read.object), {})[name] = (ends[0], str(node.span))
        for rule in rules.maps:
            self._take(rule.rows, *((rule.on,) if rule.on else ()), *((rule.when,) if rule.when else ()), rule.key)
            for name, assign in self._assigned(rule.body):
                for each in self._fields(assign):
                    if assign.required:
                        self._needed.setdefault(each, f"{rule.resource}.{name} ({assign.span})")
        if rules.sync is not None:
            self._take(rules.sync.when)
        self._take(*(sync.when for sync in rules.filters))
        for object_name, field in rules.bindings.lookups():
            self._all.setdefault(object_name, set()).add(field)

    @property
    def read_fields(self) -> dict[str, set[str]]:
        """Every field that the rules read, lookups among them, by object."""
        return self._all

    def terms(self, target: str, gap: Gap) -> tuple[str, ...]:
        """The terms of a record that read what is not told."""
        reading = self._terms.get((target, gap.record.object), {})
        own = reading.get((gap.record.object, gap.field), ())
        elsewhere = (
            name
            for (read_target, _), found in self._terms.items()
            if read_target == target
            for name in found.get((gap.record.object, gap.field), ())
        )
        return tuple(dict.fromkeys((*own, *elsewhere)))

    def absent(self, target: str, record: Record) -> Iterator[tuple[str, str, str]]:
        """Each term that a rule reads from a record, with the field that it is read from first, and the rule."""
        for name, ((holder, field), rule) in self._first.get((target, record.object), {}).items():
            yield name, f"{record if holder == record.object else holder}.{field}", rule

    def of_term(self, gap: Gap, target: str, term: str, rule: str | None) -> Diagnostic:
        """The finding for a term of the contract model that was asked for and is not told."""
        return self._finding(gap, f"{target}.{term}", rule)

    def of_model(self, gap: Gap) -> Diagnostic:
        """The finding for what the contract model reads of a record by itself."""
        return self._finding(gap, "the contract model", None)

    def of_parameter(self, gap: Gap) -> Diagnostic:
        """The finding for what a map rule reads: an error where the value is required or a record is missing."""
        needed = self._needed.get((gap.record.object, gap.field))
        if needed is None and gap.state == "not queried":
            return finding(
                "W730",
                f"{gap.record.object}.{gap.field} was not queried, and an optional parameter reads it: it is left out",
                record=str(gap.record),
                notes=self._query(gap),
                fix=f"query {gap.field}, or leave it out of the rules",
            )
        return self._finding(gap, needed or "a map rule", None)

    def _finding(self, gap: Gap, reader: str, rule: str | None) -> Diagnostic:
        field = f"{gap.record.object}.{gap.field}"
        if gap.state == "not queried":
            return finding(
                "E585",
                f"{field} was not queried, and {reader} reads it: empty and not asked for are two things",
                record=str(gap.record),
                rule=rule,
                notes=self._query(gap),
                fix=f"query {gap.field} of {gap.record.object}; write null where it is empty",
            )
        where = " or ".join(gap.targets) or "record"
        what = (
            f"which is a record of another object than {where}"
            if gap.state == "another object"
            else f"and the bundle holds no {where} {'at all' if gap.state == 'elsewhere' else 'with this id'}"
        )
        return finding(
            "E586",
            f"{gap.record}.{gap.field} names {gap.value}, {what}; {reader} reads through it",
            record=str(gap.record),
            rule=rule,
            fix=f"add the {where} {gap.value} to the records",
        )

    def _query(self, gap: Gap) -> tuple[str, ...]:
        """The fields of an object that the rules read, as a query asks for them."""
        found = sorted({"Id", gap.field, *self._all.get(gap.record.object, ())})
        names = [outer(each, self.catalogue, self.namespace) for each in found]
        return (
            " ".join(
                ("expected: SELECT", ", ".join(names), "FROM", outer(gap.record.object, self.catalogue, self.namespace))
            ),
        )

    def _assigned(self, body: Iterable[ir.Statement]) -> Iterator[tuple[str, ir.Assign]]:
        for each in body:
            if isinstance(each, ir.Each):
                self._take(each.rows, *each.conditions)
                yield from ((f"{'.'.join(each.path)}.{name}", node) for name, node in self._assigned(each.body))
            elif isinstance(each, ir.Assign):
                yield ".".join(each.path), each
            elif isinstance(each, ir.Report):
                self._take(each.message, *each.conditions)
            elif isinstance(each, ir.Store):
                self._take(each.holder, *each.conditions)

    def _fields(self, node: ir.Assign) -> list[Field]:
        parts = (node.value, *node.conditions, *((node.default,) if node.default else ()))
        return self._take(*parts)

    def _take(self, *nodes: ir.Node) -> list[Field]:
        """The fields that some expressions read, lookups among them."""
        out: list[Field] = []
        for node in nodes:
            for walk in walks(node):
                holder = walk.root_type
                for step in walk.steps:
                    name = step.name
                    if step.kind == "follow" and holder in self.catalogue.objects:
                        link = self.catalogue.objects[holder].relationships.get(name)
                        name = link.field if link else name
                    if step.kind in ("field", "follow"):
                        out.append((holder, name))
                    holder = step.type.name
        for object_name, name in out:
            self._all.setdefault(object_name, set()).add(name)
        return out
