"""Small rule files for tests: what a test is about, put behind what every file needs."""

from __future__ import annotations

from pathlib import Path

from orderplan.engine.diagnostics import Diagnostic
from orderplan.engine.validate import Checked, check_file, ir

HEADER = (
    'rules "test" version 1\nsource salesforce "schemas/salesforce/cpq.json"\ntarget stripe "2026-10-28.endive"\n\n'
)
READS = """
read contract from Order as order {
  account     = order.Account
  quote       = order.SBQQ__Quote__r
  amends      = order.Opportunity.SBQQ__AmendedContract__r
  start       = order.SBQQ__Quote__r.SBQQ__StartDate__c
  term_months = order.SBQQ__Quote__r.SBQQ__SubscriptionTerm__c
}

read line from OrderItem as item {
  of         = item.Order
  entry      = item.PricebookEntry
  product    = item.Product2
  quantity   = item.Quantity
  unit_price = item.UnitPrice  required
  recurring  = item.SBQQ__SubscriptionPricing__c is set
}

read price from PricebookEntry as entry {
  unit_price = entry.UnitPrice
  recurring  = entry.Product2.SBQQ__SubscriptionPricing__c is set
}

"""


def checked(folder: Path, **files: str) -> Checked:
    """The outcome of checking the last of some files, each given by its name without `.rules`."""
    for name, text in files.items():
        (folder / f"{name}.rules").write_bytes(text.encode())
    return check_file(str(folder / f"{list(files)[-1]}.rules"))


def findings(folder: Path, body: str) -> list[str]:
    """The codes that a file with these blocks is answered with, by place."""
    return [each.code for each in checked(folder, test=HEADER + READS + body).findings]


def in_customer(folder: Path, statements: str) -> tuple[Diagnostic, ...]:
    """The findings of some statements in a map of customers, whose row is `account`."""
    body = f"map customer from contract.account as account {{\n{statements}\n}}\n"
    return checked(folder, test=HEADER + READS + body).findings


def in_tax_rate(folder: Path, statements: str) -> list[str]:
    """The codes for some statements in a map of tax rates, whose `display_name` Stripe requires."""
    body = f"map tax_rate from contract.account as account {{\ninclusive = false\npercentage = 19\n{statements}\n}}\n"
    return findings(folder, body)


def rules(folder: Path, **files: str) -> ir.CheckedRules:
    """The checked rules of the last of some files, which must have no faults."""
    outcome = checked(folder, **files)
    assert [each.message for each in outcome.findings if each.is_error] == []
    assert outcome.rules is not None
    return outcome.rules
