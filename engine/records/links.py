"""Ids and lookups: whether they lead to a record of the right object, and never in a circle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .findings import Findings, member
from .ids import id_key, is_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..bindings import Bindings
    from ..schema.salesforce import Catalogue, FieldType
    from .flatten import RecordCopy

_NAMED_IN_A_LOOP = 6


def check_links(
    rows: list[RecordCopy], catalogue: Catalogue, bindings: Bindings, findings: Findings
) -> list[RecordCopy]:
    """Findings about ids and lookups; the rows, with an account that was given another id found again.

    The rows hold each record once. A lookup whose object has no record at all is left alone: it was not exported. Which
    lookups a plan is wrong without, the rules say (`bindings.needed`); the others lead to records that nobody needs.
    """
    _check_ids(rows, catalogue, findings)
    _check_objects(rows, catalogue, findings)
    links = _Links(rows, catalogue)
    rows = _with_its_account(rows, links, bindings, findings)
    for row, field, record_id in links.of(rows):
        _check_link(row, field, record_id, links, bindings, findings)
    _check_loops(rows, links, findings)
    return rows


class _Links:
    """What lookups can lead to: the records by id, and the lookup fields of each object."""

    def __init__(self, rows: list[RecordCopy], catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.by_key = {id_key(row.id): row for row in rows}
        self.objects = dict.fromkeys(row.object for row in rows)
        self.lookups: dict[str, list[FieldType]] = {}
        for name in self.objects:
            kind = catalogue.objects.get(name)
            fields = kind.fields.values() if kind is not None else ()
            self.lookups[name] = [each for each in fields if each.type == "reference"]

    def owner(self, record_id: str) -> str | None:
        """The object of an id, as far as the record that has it or its first three characters tell."""
        found = self.by_key.get(id_key(record_id))
        return found.object if found is not None else self.catalogue.object_of_id(record_id)

    def is_of_another(self, record_id: str, targets: tuple[str, ...]) -> bool:
        """Whether an id can be of none of these objects."""
        owner = self.owner(record_id)
        if owner is None:
            return bool(targets) and all(self._prefix(name) for name in targets)
        return bool(targets) and owner not in targets

    def of(self, rows: list[RecordCopy]) -> Iterator[tuple[RecordCopy, FieldType, str]]:
        """Every lookup that is not empty, with the id that it holds."""
        for row in rows:
            for field in self.lookups[row.object]:
                value = row.fields.get(field.name)
                if value is not None and is_id(value):
                    yield row, field, value

    def _prefix(self, name: str) -> str | None:
        kind = self.catalogue.objects.get(name)
        return kind.key_prefix if kind is not None else None


def _check_ids(rows: list[RecordCopy], catalogue: Catalogue, findings: Findings) -> None:
    for row in rows:
        kind = catalogue.objects.get(row.object)
        owner = catalogue.object_of_id(row.id)
        expected = kind.key_prefix if kind is not None else None
        if owner == row.object or (owner is None and expected is None):
            continue
        says = f"the id of {_a(owner)}" if owner else f"an id that starts with {row.id[:3]}"
        wants = f", those of {row.object} start with {expected}" if expected else ""
        words = f"{row.id} stands among the records of {row.object}, but it is {says}{wants}"
        findings.add("E416", words, f"{row.path}.Id", record=str(row))


def _check_objects(rows: list[RecordCopy], catalogue: Catalogue, findings: Findings) -> None:
    """A warning for each object that the schema does not know: its fields have no types."""
    known = {name.lower(): name for name in catalogue.objects}
    first: dict[str, RecordCopy] = {}
    for row in rows:
        first.setdefault(row.object, row)
    for name, row in first.items():
        if name in catalogue.objects or name in catalogue.bookkeeping:
            continue
        near = known.get(name.lower()) or known.get(name.lower().removesuffix("s"))
        words = f"the Salesforce schema has no object {name}: its records are kept as they are, unchecked"
        fix = f"did you mean {near}?" if near else "name a schema in the rules that knows it, or take the records out"
        findings.add("W401", words, row.path if row.nested else member("$.records", name), fix=fix)


def _with_its_account(
    rows: list[RecordCopy], links: _Links, bindings: Bindings, findings: Findings
) -> list[RecordCopy]:
    """The rows of an extract made by hand, with the account that was written down under another id.

    Only where nothing contradicts it: the extract leaves empty fields out, so it is no answer of Salesforce; every
    lookup to an account names one id, which has no record; and the one account that there is is named by none. Records
    as Salesforce returns them are never read so: an account that is missing there is an error.
    """
    kind = bindings.own("account")
    accounts = [row for row in rows if row.object == kind]
    naming = [
        (row, field.name, each)
        for row, field, each in links.of(rows)
        if field.reference_to == (kind,) and row.object != kind
    ]
    named = {id_key(each) for _, _, each in naming}
    spare = not any(value is None for row in rows for value in row.fields.values())
    if not spare or len(accounts) != 1 or len(named) != 1 or named & links.by_key.keys():
        return rows
    if any(links.is_of_another(key, (kind,)) for key in named):
        return rows
    account = accounts[0]
    for row, name, record_id in naming:
        if row.object == bindings.own("order"):
            words = (
                f"the account {record_id} of every record has no record of its own; {account}, which nothing names, "
                "is taken to be it"
            )
            fix = "write one id in both places"
            findings.add("W403", words, f"{row.path}.{name}", record=str(row), fix=fix)
    moved = {id(row): replace(row, fields={**row.fields, name: account.id}) for row, name, _ in naming}
    return [moved.get(id(row), row) for row in rows]


def _check_link(
    row: RecordCopy, field: FieldType, record_id: str, links: _Links, bindings: Bindings, findings: Findings
) -> None:
    targets = field.reference_to
    owner = links.owner(record_id)
    path = member(row.path, field.name)
    if links.is_of_another(record_id, targets):
        says = f"the id of {_a(owner)}" if owner else f"the id of something else, by its first letters {record_id[:3]}"
        words = f"{field.name} leads to {_a(' or '.join(targets))}, but {record_id} is {says}"
        findings.add("E416", words, path, record=str(row))
        return
    there = [name for name in targets if name in links.objects and owner in {None, name}]
    if id_key(record_id) in links.by_key or not there or there[0] in links.catalogue.bookkeeping:
        return
    words = f"{field.name} leads to {there[0]}({record_id}), which is not in the bundle"
    if (row.object, field.name) in bindings.needed:
        fix = f"add the record to {member('$.records', there[0])}, or correct the id"
        findings.add("E421", words, path, record=str(row), fix=fix)
    else:
        findings.add("W402", words, path, record=str(row))


def _check_loops(rows: list[RecordCopy], links: _Links, findings: Findings) -> None:
    """A finding for each circle of records that one lookup of one object leads around."""
    for name, lookups in links.lookups.items():
        for field in lookups:
            if name in field.reference_to:
                _check_loops_of([row for row in rows if row.object == name], field.name, findings)


def _check_loops_of(rows: list[RecordCopy], field: str, findings: Findings) -> None:
    after = {
        id_key(row.id): id_key(value) for row in rows if (value := row.fields.get(field)) is not None and is_id(value)
    }
    if not after:
        return
    by_key = {id_key(row.id): row for row in rows}
    seen: set[str] = set()
    for start in after:
        walk: dict[str, None] = {}
        at = start
        while at in after and at not in seen:
            seen.add(at)
            walk[at] = None
            at = after[at]
        if at in walk:
            steps = list(walk)
            loop = [by_key[key] for key in steps[steps.index(at) :]]
            _report_loop(loop, field, findings)


def _report_loop(loop: list[RecordCopy], field: str, findings: Findings) -> None:
    names = [str(row) for row in loop[:_NAMED_IN_A_LOOP]] + (["…"] if len(loop) > _NAMED_IN_A_LOOP else [])
    way = " → ".join([*names, str(loop[0])])
    words = f"{field} leads in a circle of {len(loop)}: {way}"
    if len(loop) == 1:
        words = f"{field} leads from {loop[0]} to itself"
    fix = "correct or empty one of these lookups"
    findings.add("E422", words, member(loop[0].path, field), record=str(loop[0]), fix=fix)


def _a(name: str | None) -> str:
    return f"{'an' if (name or '')[:1] in 'AEIOU' else 'a'} {name}"
