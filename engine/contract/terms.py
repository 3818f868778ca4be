"""What the `read` rules make of Salesforce records: typed values, where each one came from, and what is missing.

The contract model names no field of the source: it asks a reader for the terms of a record. Which terms each target has
is declared in `schemas/model.json` (`ContractTerms`, `LineTerms`, ...). The way from record to record is a term too, a
relation, which the rules bind to lookups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ..bindings import Bindings
from ..diagnostics import Diagnostic
from ..marks import Marks
from ..records import Gap, Record
from .model import Origin

Target = Literal["contract", "agreement", "line", "price", "schedule", "schedule_use", "rate", "coupon", "offer"]

TERMS_OF: Mapping[Target, str] = {
    "contract": "ContractTerms",
    "agreement": "AgreementTerms",
    "line": "LineTerms",
    "price": "PriceTerms",
    "schedule": "ScheduleTerms",
    "schedule_use": "ScheduleUseTerms",
    "rate": "RateTerms",
    "coupon": "CouponTerms",
    "offer": "OfferTerms",
}
"""The definition in `schemas/model.json` that declares the fields of each target."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The values that the rules read from one record.

    `values` maps a term to its value, None where it is absent; a term that no rule reads is not in it. `sources` says
    where a value was read (`OBJECT(ID).FIELD`), `rules` which rule read it (`rules/cpq.rules:61:3`), and
    `missing` holds a finding for each absent term that a rule calls required: it is reported only when the term is
    needed. `gaps` holds one for each term that reads what the bundle does not tell, which goes to `asked` when the term is
    asked for.
    """

    record: Record
    values: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, Diagnostic] = field(default_factory=dict)
    gaps: Mapping[str, Diagnostic] = field(default_factory=dict)
    asked: list[Diagnostic] | None = None

    def get(self, name: str) -> Any:
        """The value of a term, None when it is absent or not read at all; one that is not told is a finding."""
        if self.asked is not None and name in self.gaps:
            self.asked.append(self.gaps[name])
        return self.values.get(name)

    def peek(self, name: str) -> Any:
        """Like `get` for what nothing depends on: that it is not told is no finding."""
        return self.values.get(name)

    def origin(self, name: str, formula: str | None = None) -> Origin:
        """Where a term comes from: the fields that were read, the rule that read them, the sum that follows."""
        return Origin(self.sources.get(name), self.rules.get(name), formula)

    def source(self, name: str) -> str:
        """Where a term was read, for messages and provenance: the record itself when nothing closer is known."""
        return self.sources.get(name) or f"{self.record} ({name})"


class Reader(Protocol):
    """The rule program as the contract model sees it."""

    def read(self, target: Target, record: Record) -> Terms:
        """The terms of one record."""
        ...

    def stripe_id(self, record: Record) -> str | None:
        """The Stripe id that the record carries in the field where the rules store it."""
        ...

    def not_told(self, gap: Gap) -> Diagnostic:
        """The finding for something that the model reads of a record by itself and that the bundle does not tell."""
        ...

    @property
    def bindings(self) -> Bindings:
        """What the rules bind to the roles and relations of the contract model."""
        ...

    @property
    def marks(self) -> Marks:
        """The metadata keys by which the rules mark what they make."""
        ...
