"""How orders are collected, said once in the terms of a contract."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import an_order, evergreen, seat, setup_fee
from tests.plan.plans import Document, clean_plan, plan_of

SENT = 'override read contract {\n collection_method = "send_invoice"\n days_until_due = 45\n}'
CHARGED = 'override read contract {\n collection_method = "charge_automatically"\n days_until_due = 45\n}'
BY_TERMS = (
    'override read contract {\n collection_method = "send_invoice"\n'
    " days_until_due = net_days(order.SBQQ__PaymentTerm__c)  default 30\n}"
)


def created(bundle: Document, resource: str, team: str) -> Any:
    (call,) = [each for each in clean_plan(bundle, team).calls if (each.resource, each.action) == (resource, "create")]
    return call


TERM = an_order([seat("45.00", 2)])
LATER = an_order([evergreen()], as_of="2026-02-16T09:00:00Z")
TODAY = an_order([evergreen()], as_of="2026-03-01T09:00:00Z")
ONCE = an_order([setup_fee()])


@pytest.mark.parametrize(("bundle", "resource"), [(TERM, "subscription_schedule"), (LATER, "subscription_schedule")])
def test_a_schedule_is_collected_as_the_terms_say(bundle: Document, resource: str) -> None:
    """In its default settings, which its subscription takes over."""
    settings = created(bundle, resource, SENT).params["default_settings"]
    assert settings == {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 45}}


@pytest.mark.parametrize(("bundle", "resource"), [(TODAY, "subscription"), (ONCE, "invoice")])
def test_subscription_and_invoice_are_collected_as_the_terms_say(bundle: Document, resource: str) -> None:
    """The same two figures, by themselves."""
    params = created(bundle, resource, SENT).params
    assert (params["collection_method"], params["days_until_due"]) == ("send_invoice", 45)


def test_what_is_charged_has_no_due_date() -> None:
    """Days are only sent where an invoice is."""
    assert created(TERM, "subscription_schedule", CHARGED).params["default_settings"] == {
        "collection_method": "charge_automatically"
    }
    params = created(ONCE, "invoice", CHARGED).params
    assert ("days_until_due" in params, params["collection_method"]) == (False, "charge_automatically")


def test_without_terms_nothing_changes() -> None:
    """A contract with a term is collected as Stripe does by itself."""
    assert "default_settings" not in created(TERM, "subscription_schedule", "").params
    assert "collection_method" not in created(ONCE, "invoice", "").params


def test_what_the_rules_write_prevails() -> None:
    """A rule that writes the parameter itself is more particular than the terms."""
    team = SENT + '\noverride invoice {\n collection_method = "send_invoice"\n days_until_due = 7\n}'
    assert created(ONCE, "invoice", team).params["days_until_due"] == 7


def test_the_days_are_those_of_the_payment_terms() -> None:
    """`Net 30` of the order, with where it was read."""
    call = created(TERM, "subscription_schedule", BY_TERMS)
    assert call.params["default_settings"]["invoice_settings"] == {"days_until_due": 30}
    origin = call.provenance["/default_settings/invoice_settings/days_until_due"]
    assert "SBQQ__PaymentTerm__c" in origin.source
    assert origin.model == "Contract.days_until_due"


def test_terms_that_are_no_days_are_refused() -> None:
    """No due date is guessed: without days an invoice that is sent is refused."""
    bundle = an_order([setup_fee()], payment_terms="EOM")
    assert "E604" in [each.code for each in plan_of(bundle, BY_TERMS).diagnostics]
    none = 'override read contract {\n collection_method = "send_invoice"\n}'
    assert [each.code for each in plan_of(ONCE, none).diagnostics if each.is_error] == ["E702"]
