"""Expressions over one account, evaluated through a compiled rule set: many of them share one program, as in real rules."""

from __future__ import annotations

import datetime
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any

from orderplan.engine.diagnostics import Diagnostic
from orderplan.engine.program import Program, Row
from orderplan.engine.records import Record, Records
from tests.plan.plans import catalogue, program

TODAY = datetime.date(2026, 3, 1)
_AT_ONCE = 40  # Stripe takes fifty keys of metadata, and validation knows it

LOOKUPS = """
lookup heat : Account.Rating -> Int {
  "Hot"  => 3
  "Warm" => 2
  "Cold" => fail TST-101 "cold accounts are not billed"
}

lookup patience : Account.Rating -> Int {
  "Cold" => 90
  else   => 30
}
"""


class Expressions:
    """A table of expressions that are compiled together and evaluated one by one."""

    def __init__(self, *written: str) -> None:
        self.written = tuple(dict.fromkeys(written))

    def value(self, expression: str, **fields: Any) -> Any:
        """The value of an expression for an account with these fields, None when it is absent; a fault fails the test."""
        row, name = self._row(expression, fields)
        assert [each.message for each in row.findings if f"it feeds metadata.{name}" in each.notes] == []
        return row.params["metadata"].get(name)

    def fault(self, expression: str, **fields: Any) -> Diagnostic:
        """The one finding about an expression, whose parameter is then left out."""
        row, name = self._row(expression, fields)
        (found,) = [each for each in row.findings if f"it feeds metadata.{name}" in each.notes]
        assert name not in row.params.get("metadata", {})
        return found

    def _row(self, expression: str, fields: dict[str, Any]) -> tuple[Row, str]:
        at = self.written.index(expression)
        first = at - at % _AT_ONCE
        return evaluated(_probing(self.written[first : first + _AT_ONCE]), **fields), f"e{at - first}"


@cache
def _probing(some: tuple[str, ...]) -> Program:
    rows = "\n".join(f"  metadata.e{at} = {each}" for at, each in enumerate(some))
    return program(f"{LOOKUPS}\noverride customer {{\n{rows}\n}}")


def evaluated(rules: Program, **fields: Any) -> Row:
    """What the map of the customer gives for an account with these fields, and nothing else in its contract."""
    run = rules.run(TODAY, catalogue())
    contract = SimpleNamespace(account=an_account(**fields))
    found = rules.creation("customer")
    assert found is not None
    out = Row(subject=contract.account)
    run.runtime.contract = contract
    found.body(run.runtime, out, contract, contract.account)
    return out


def an_account(**fields: Any) -> Record:
    """An account with a name and these fields, its numbers as a loaded bundle has them."""
    read = {name: Decimal(str(value)) if isinstance(value, float) else value for name, value in fields.items()}
    row = {"Id": "001000000000001AAA", "Name": "Marlow & Finch"} | read
    return Records.of(catalogue(), {"Account": [row]}).all("Account")[0]
