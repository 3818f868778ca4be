"""The shipped rules as the contract model's reader: its tests read records as every plan does."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from functools import cache

from orderplan.engine.bindings import Bindings
from orderplan.engine.contract import Target, Terms
from orderplan.engine.diagnostics import Diagnostic
from orderplan.engine.marks import Marks
from orderplan.engine.places import shipped
from orderplan.engine.program import Run
from orderplan.engine.records import Gap, Record
from orderplan.engine.schema.salesforce import load_catalogue
from tests.plan.plans import program

TODAY = datetime.date(2026, 3, 1)


class CpqReader:
    """Terms of CPQ records; `prices` are per-cycle prices that a rule would take from another field, by record id."""

    def __init__(self, prices: dict[str, Decimal] | None = None) -> None:
        self.prices = prices or {}
        self.run = _run()

    def read(self, target: Target, record: Record) -> Terms:
        terms = self.run.read(target, record)
        if record.id not in self.prices:
            return terms
        return replace(
            terms,
            values=dict(terms.values) | {"price": self.prices[record.id]},
            sources=dict(terms.sources) | {"price": f"{record}.Cycle_Price__c"},
            rules=dict(terms.rules) | {"price": "rules/acme.rules:5:3"},
        )

    @property
    def bindings(self) -> Bindings:
        return self.run.bindings

    @property
    def marks(self) -> Marks:
        return self.run.marks

    def stripe_id(self, record: Record) -> str | None:
        return self.run.stripe_id(record)

    def not_told(self, gap: Gap) -> Diagnostic:
        return self.run.not_told(gap)


@cache
def _catalogue() -> object:
    return load_catalogue(shipped("schemas", "salesforce", "cpq.json"))


def _run() -> Run:
    return program().run(TODAY, _catalogue())
