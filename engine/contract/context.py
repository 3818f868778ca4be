"""What every step of the contract model works with: the bundle, the reader of terms, the settings, the findings so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..bindings import Way
from ..dates import midnight
from ..diagnostics import Diagnostic, finding
from ..records import Bundle, Record, relations
from .model import Origin
from .settings import Settings
from .terms import Reader, Target, Terms

Selected = Callable[[Record], bool]


@dataclass(slots=True)
class Context:
    """One run of the contract model over a bundle; `findings` grows as it goes, terms are read once per record.

    With `whole`, schedules have all their phases, whatever Stripe takes at once.
    `priced` is what each line is worth in all whose price a rule takes from another field.
    """

    bundle: Bundle
    reader: Reader
    settings: Settings
    selected: Selected
    whole: bool = False
    findings: list[Diagnostic] = field(default_factory=list)
    priced: dict[str, Decimal] = field(default_factory=dict)
    _terms: dict[tuple[Target, str], Terms] = field(default_factory=dict)

    @property
    def as_of(self) -> datetime:
        """The moment of planning."""
        return self.bundle.as_of

    @property
    def today(self) -> date:
        """The day of planning, as days are counted for Stripe (dates.zone_of)."""
        return self.bundle.as_of.date()

    def midnight(self, day: date) -> datetime:
        """The moment at which a day begins."""
        return midnight(day, self.as_of.tzinfo)

    def read(self, target: Target, record: Record) -> Terms:
        """The terms of a record."""
        key = (target, record.id)
        if key not in self._terms:
            terms = self.reader.read(target, record)
            self._terms[key] = replace(terms, asked=self.findings) if terms.gaps else terms
        return self._terms[key]

    def ways(self, target: Target, record: Record, term: str) -> tuple[Way, ...]:
        """How the rules follow a relation of a record."""
        return self.reader.bindings.of(target, record.object, term)

    def follow(self, target: Target, record: Record, term: str) -> Record | None:
        """The record that a relation leads to (`line`, a line, `of`: its order)."""
        return relations.follow(record, self.ways(target, record, term))

    def named(self, target: Target, record: Record, term: str) -> str | None:
        """The id that a relation names, also when its record is not in the bundle."""
        return relations.named(record, self.ways(target, record, term))

    def peeked(self, target: Target, record: Record, term: str) -> str | None:
        """Like `named` for what nothing depends on: that it is not told is no finding."""
        return relations.peeked(record, self.ways(target, record, term))

    def referring(self, target: Target, term: str, record_id: str) -> list[Record]:
        """The records whose relation leads to an id: `line`, `of`, an order's: its lines."""
        return relations.referring(self.bundle.records, self.reader.bindings, target, term, record_id)

    def followed(self, target: Target, record: Record, term: str, found: Record | None = None) -> Origin:
        """Where the record comes from that a relation leads to."""
        return Origin(relations.place(record, self.ways(target, record, term), found))

    def lookup_field(self, target: Target, record: Record, term: str) -> str:
        """The field of a relation, for messages."""
        return relations.place(record, self.ways(target, record, term)).rpartition(".")[2]

    def needed(self, terms: Terms, name: str) -> Any:
        """A term that the contract cannot do without; None and a finding when it is absent."""
        value = terms.get(name)
        if value is None and name not in terms.gaps:
            known = terms.missing.get(name)
            self.findings.append(known or absent(terms, name))
        return value

    def report(self, code: str, message: str, record: Record | None = None, **more: Any) -> None:
        """Add a finding about a record; `terms=(terms, name)` adds the rule that read the value."""
        source = more.pop("terms", None)
        if source and source[1] in source[0].gaps:
            return  # that the term is not told is said already, and this only follows from it
        if source:
            more["rule"] = source[0].rules.get(source[1])
        self.findings.append(finding(code, message, record=str(record) if record else None, **more))

    def stopped(self, since: int) -> bool:
        """Whether an error was found since there were so many findings."""
        return any(each.is_error for each in self.findings[since:])


def absent(terms: Terms, name: str) -> Diagnostic:
    """The finding for a needed term that is absent and that no rule calls required."""
    read = name in terms.values
    where = terms.sources.get(name)
    return finding(
        "E511",
        f"{terms.record} has no {name}" + (f": {where} is empty" if where else ""),
        record=str(terms.record),
        rule=terms.rules.get(name),
        notes=() if read else (f"no read rule gives a value to {name}",),
        fix=f"fill {where}, or give {name} a default in the rules"
        if where
        else f"give {name} a value in the read rules",
    )


def whole(value: Decimal | int) -> int | None:
    """A number as an integer, None when it has a fraction."""
    return int(value) if value == int(value) else None
