"""What a team may write and Stripe would refuse for its moments, its collection or its currency."""

from __future__ import annotations

import pytest

from tests.builders import an_order, coupon, evergreen, seat
from tests.plan.plans import Document, plan_of, program

TODAY = "2026-03-01T09:00:00Z"
BOTH_CANCELS = """
override subscription {
  set cancel_at_period_end = true  when contract.kind == "evergreen"
  cancel_at = unix(date("2026-05-01"))
}
"""
DUE_BY_DEFAULT = """
override part schedule_phase { collection_method = "send_invoice" }
override subscription_schedule {
  set default_settings.collection_method               = "send_invoice"
  set default_settings.invoice_settings.days_until_due = 30
}
"""


def ever() -> Document:
    """An evergreen order that starts on the day of its plan."""
    return an_order([evergreen()], as_of=TODAY)


def term() -> Document:
    """An order of a year that starts on the day of its plan, with a coupon."""
    return an_order([seat("45.00", 2)], as_of=TODAY, coupons=[coupon("Ten", percent_off="10")])


def codes(bundle: Document, team: str) -> list[str]:
    return [each.code for each in plan_of(bundle, team).diagnostics if each.is_error]


@pytest.mark.parametrize(
    ("bundle", "team", "code"),
    [
        (term(), 'override coupon { redeem_by = unix(date("2026-02-01")) }', "E727"),
        (term(), 'override coupon { redeem_by = unix(date("2026-06-01")) }', None),
        (ever(), 'override subscription { set backdate_start_date = unix(date("2026-04-01"))\n when contract.kind == "evergreen" }', "E727"),
        (ever(), 'override subscription { cancel_at = unix(date("2026-03-01")) }', "E727"),
        (ever(), 'override subscription { cancel_at = unix(date("2026-05-01")) }', None),
        (ever(), 'override subscription { set billing_cycle_anchor = unix(date("2026-02-15"))\n when contract.kind == "evergreen" }', "E727"),
        (ever(), 'override subscription { set billing_cycle_anchor = unix(date("2026-03-15"))\n when contract.kind == "evergreen" }', None),
        (ever(), 'override subscription { set billing_cycle_anchor = unix(date("2026-05-01"))\n when contract.kind == "evergreen" }', "E727"),
        (ever(), 'override subscription { trial_end = unix(date("2026-02-01")) }', "E727"),
        (ever(), 'override subscription { trial_end = unix(date("2026-04-01")) }', None),
        (ever(), 'override subscription { trial_end = unix(date("2030-03-01")) }', "E727"),
        (ever(), "override subscription { trial_period_days = 1460 }", "E727"),
        (ever(), "override subscription { trial_period_days = 30 }", None),
        (ever(), BOTH_CANCELS, "E702"),
        (term(), 'override part schedule_phase { trial_end = unix(date("2026-01-01")) }', "E727"),
        (term(), 'override part schedule_phase { trial_end = unix(date("2026-04-01")) }', None),
        (term(), 'override part schedule_phase { collection_method = "send_invoice" }', "E728"),
        (
            term(),
            'override part schedule_phase { collection_method = "send_invoice"\n invoice_settings.days_until_due = 30 }',
            None,
        ),
        (term(), DUE_BY_DEFAULT, None),
        (term(), 'override part schedule_phase { currency = "eur" }', "E729"),
        (term(), 'override part schedule_phase { currency = "usd" }', None),
    ],
)  # fmt: skip
def test_what_stripe_would_refuse_is_refused(bundle: Document, team: str, code: str | None) -> None:
    """Each with its code, and what is right without."""
    assert codes(bundle, team) == ([code] if code else [])


def test_a_trial_of_four_years_in_a_phase() -> None:
    """A phase of five years, whose trial takes four of them."""
    bundle = an_order([seat("45.00", 2)], term=60, as_of=TODAY)
    team = 'override part schedule_phase { trial_end = unix(date("2030-03-01")) }'
    (found,) = [each for each in plan_of(bundle, team).diagnostics if each.code == "E727"]
    assert "1461 days after the start" in found.message
    assert found.path == "/phases/0/trial_end"


def test_both_forms_of_a_trial_are_found_in_the_rules() -> None:
    """Two ends of one trial need no order to be found wrong."""
    team = 'override subscription { trial_period_days = 30\n trial_end = unix(date("2026-05-01")) }'
    with pytest.raises(AssertionError, match="E265"):
        program(team)
