"""Lines whose price a rule takes from another field: what they were sold for follows from that price."""

from __future__ import annotations

from orderplan.engine.forecast import forecasted
from tests.builders import an_order, seat, setup_fee
from tests.contract.contracts import changed
from tests.plan.plans import Document, plan_of

PRICED = "override read line {\n price = item.SBQQ__QuotedListPrice__c\n}"


def status(bundle: Document, team: str = "") -> list[tuple[str, str, str]]:
    """Status, sold and billed of each account, and no code but those."""
    shown = forecasted(plan_of(bundle, team))
    assert shown.outlook is not None
    assert [each.code for each in shown.diagnostics] == []
    document = shown.to_document()["forecast"]["reconciliation"]
    return [(each["status"], str(each["sold"]), str(each["billed"])) for each in document["contracts"]]


def test_a_recurring_line_is_worth_its_cycles() -> None:
    """12 months at 70.00 are 840.00, whatever total CPQ reckoned."""
    bundle = changed(an_order([seat("45.00", 2)]), "OrderItem", 0, SBQQ__QuotedListPrice__c=70)
    assert status(bundle, PRICED) == [("reconciled", "168000", "168000")]


def test_a_line_that_is_billed_once_is_worth_its_price() -> None:
    """Three at 12.50."""
    bundle = changed(an_order([setup_fee("10.00", 3)]), "OrderItem", 0, SBQQ__QuotedListPrice__c=12.5)
    assert status(bundle, PRICED) == [("reconciled", "3750", "3750")]


def test_rounding_of_a_currency_without_last_digits_is_named() -> None:
    """A krona is not divided: what is lost or gained by that is said, and balanced where the setting asks for it."""
    bundle = an_order([seat("83.33", 3)], currency="ISK")
    (found,) = forecasted(plan_of(bundle)).diagnostics
    assert (found.code, "Stripe bills ISK whole" in found.message) == ("W802", True)
    balanced = forecasted(plan_of(bundle, 'settings { balance_rounding = "first_invoice" }'))
    assert sum(abs(each.difference or 0) for each in balanced.outlook.reconciliation.accounts) <= 100
