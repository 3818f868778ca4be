"""The records of an org that some orders' contracts are made of: fetched by id and by what points back, a round at a time.

A round asks for all that the one before has named, so that many orders cost hardly more queries than one. Each query stays far
below the longest address that Salesforce takes (16,384 bytes).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

from ..diagnostics import Diagnostic, finding
from ..records import outer
from ..schema.salesforce import Catalogue
from .fields import Back, Fields

CHUNK = 200
"""Ids in one query."""

Rows = dict[str, dict[str, dict[str, Any]]]
"""Records by object and id."""


class Org(Protocol):
    """What is asked of an org."""

    def query(self, soql: str) -> Iterator[dict[str, Any]]:
        """The records of a query."""

    def visible_fields(self, name: str) -> frozenset[str] | None:
        """The fields of an object that may be seen."""


class Reader:
    """Reads from one org what a rule set needs. `queries` counts; `findings` say what may not be read."""

    def __init__(self, org: Org, fields: Fields, catalogue: Catalogue, namespace: str = "") -> None:
        self._org = org
        self._fields = fields
        self._catalogue = catalogue
        self._namespace = namespace
        self._asked: dict[str, tuple[str, ...]] = {}
        self._by_prefix = {kind.key_prefix: name for name, kind in catalogue.objects.items() if kind.key_prefix}
        self.findings: list[Diagnostic] = []
        self.queries = 0
        self.rows: Rows = {}

    @property
    def queried(self) -> dict[str, list[str]]:
        """The fields that were asked for, by object, under the names that the org has."""
        return {self.outer(name): [self.outer(each) for each in fields] for name, fields in sorted(self._asked.items())}

    def where(self, condition: str) -> list[str]:
        """The ids of the orders that a condition takes, the oldest first."""
        name = self.outer(self._fields.orders)
        return [str(each["Id"]) for each in self._query("Id", name, f"{condition} ORDER BY Id")]

    def read(self, order_ids: Iterable[str]) -> None:
        """Reads the contracts of orders, with all that they lead to."""
        waiting: dict[str, set[str]] = {self._fields.orders: set(order_ids)}
        while waiting:
            named: dict[str, set[str]] = {}
            fresh: list[tuple[str, dict[str, Any]]] = []
            for name, ids in sorted(waiting.items()):
                fresh += self._by_ids(name, ids - self.rows.get(name, {}).keys())
            fresh += self._pointing(fresh)
            for name, row in fresh:
                for field, targets in self._fields.lookups.get(name, {}).items():
                    value = row.get(field)
                    target = self._target(value, targets) if isinstance(value, str) and value else None
                    if target is not None and value not in self.rows.get(target, {}):
                        named.setdefault(target, set()).add(str(value))
            waiting = {name: ids - self._missing for name, ids in named.items() if ids - self._missing}

    _missing: frozenset[str] = frozenset()

    def _by_ids(self, name: str, ids: set[str]) -> list[tuple[str, dict[str, Any]]]:
        out = [(name, row) for part in _parts(sorted(ids)) for row in self._rows(name, f"Id IN ({_list(part)})")]
        found = {row["Id"] for _, row in out}
        self._missing = self._missing | (ids - found)
        return out

    def _pointing(self, fresh: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
        """What points to records that are new, and to what comes with it."""
        out: list[tuple[str, dict[str, Any]]] = []
        waiting = deque([fresh])
        while waiting:
            part = waiting.popleft()
            more: list[tuple[str, dict[str, Any]]] = []
            for back in self._fields.back:
                if not all(field in self._visible(name) for name, field in back.steps):
                    continue
                ids = sorted({str(row["Id"]) for name, row in part if name == back.target})
                for some in _parts(ids):
                    more += [
                        (back.object, row) for row in self._rows(back.object, f"{self._path(back)} IN ({_list(some)})")
                    ]
            out += more
            if more:
                waiting.append(more)
        return out

    def _rows(self, name: str, condition: str) -> list[dict[str, Any]]:
        """The records of a condition that were not there yet."""
        fields = self._visible(name)
        if not fields:
            return []
        asked = ", ".join(self.outer(each) for each in fields)
        held = self.rows.setdefault(name, {})
        out = []
        for row in self._query(asked, self.outer(name), condition):
            plain = {each: row.get(self.outer(each)) for each in fields}
            if plain["Id"] not in held:
                held[str(plain["Id"])] = plain
                out.append(plain)
        return out

    def _query(self, fields: str, name: str, condition: str) -> Iterator[dict[str, Any]]:
        self.queries += 1
        return self._org.query(f"SELECT {fields} FROM {name} WHERE {condition}")  # noqa: S608 - no text of a user is in it

    def _visible(self, name: str) -> tuple[str, ...]:
        """The fields of an object that are asked for: those that are read, and may be seen."""
        if name in self._asked:
            return self._asked[name]
        visible = self._org.visible_fields(self.outer(name))
        wanted = self._fields.by_object.get(name, ())
        if visible is None:
            self._asked[name] = ()
            self._hidden(name, None)
            return ()
        known = self._catalogue.objects[name].fields
        for each in wanted:
            if self.outer(each) not in visible and not known[each].some_orgs:
                self._hidden(name, each)
        self._asked[name] = tuple(each for each in wanted if self.outer(each) in visible)
        return self._asked[name]

    def _hidden(self, name: str, field: str | None) -> None:
        kind, own = self._catalogue.objects[name], self.outer(name)
        if field is None:
            words, fix = (
                f"the org has no object {own}, or its user may not see it",
                "give the user access, if orders use it",
            )
        else:
            words = (
                f"the org has no field {own}.{self.outer(field)}, or its user may not read it, and the rules read it"
            )
            fix = "give the user access to the field; a plan that needs it says so"
        if field is not None or not kind.read:
            self.findings.append(finding("W950", words, fix=fix))

    def _target(self, value: str, targets: tuple[str, ...]) -> str | None:
        if len(targets) == 1:
            return targets[0]
        found = self._by_prefix.get(value[:3])
        return found if found in targets else None

    def _path(self, back: Back) -> str:
        return ".".join(self.outer(each) for each in back.path.split("."))

    def outer(self, name: str) -> str:
        """The name of an object or field as the org has it."""
        return outer(name, self._catalogue, self._namespace)


def reached(rows: Rows, fields: Fields, order_id: str) -> Rows:
    """The records that an order's contract is made of, among all that were read."""
    out: Rows = {}
    waiting = [(fields.orders, order_id)]
    pointing = _index(rows, fields)
    while waiting:
        name, record_id = waiting.pop()
        row = rows.get(name, {}).get(record_id)
        if row is None or record_id in out.get(name, {}):
            continue
        out.setdefault(name, {})[record_id] = row
        for field, targets in fields.lookups.get(name, {}).items():
            value = row.get(field)
            if isinstance(value, str):
                waiting += [(target, value) for target in targets if value in rows.get(target, {})]
        waiting += pointing.get(record_id, ())
    return out


def _index(rows: Rows, fields: Fields) -> dict[str, list[tuple[str, str]]]:
    """What points back to each record, by its id."""
    out: dict[str, list[tuple[str, str]]] = {}
    for back in fields.back:
        for record_id, row in rows.get(back.object, {}).items():
            value = _followed(rows, fields, back, row)
            if value:
                out.setdefault(value, []).append((back.object, record_id))
    return out


def _followed(rows: Rows, fields: Fields, back: Back, row: dict[str, Any]) -> str | None:
    *hops, last = back.path.split(".")
    at: dict[str, Any] | None = row
    name = back.object
    for hop in hops:
        link = next(
            ((field, targets) for field, targets in fields.lookups.get(name, {}).items() if _is_named(hop, field)), None
        )
        if at is None or link is None:
            return None
        value = at.get(link[0])
        name = next((each for each in link[1] if value in rows.get(each, {})), "")
        at = rows.get(name, {}).get(str(value))
    found = at.get(last) if at is not None else None
    return str(found) if found else None


def _is_named(relationship: str, field: str) -> bool:
    """Whether a lookup field is followed by a name: `XId` by `X`, `X__c` by `X__r`."""
    return field in (f"{relationship}Id", f"{relationship.removesuffix('__r')}__c", relationship)


def _parts(ids: list[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while part := list(islice(rest, CHUNK)):
        yield part


def _list(ids: Iterable[str]) -> str:
    return ", ".join(f"'{each}'" for each in ids if each.isalnum())
