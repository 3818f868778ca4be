"""Until when a plan holds: the first moment that passes something by that it was worked out for."""

from __future__ import annotations

import pytest

from orderplan.engine.render.text import render_plan
from tests.builders import amend, an_order, change, coupon, evergreen, ramp, seat, setup_fee
from tests.plan.plans import Document, document_of, plan_in, seen

MORNING = "2026-03-10T09:00:00Z"


def a_year(**more: str) -> Document:
    """A year from 1 March, billed monthly."""
    return an_order([seat("10.00", 5, name="Seat", frequency="Monthly", product_term=1)], "2026-03-01", **more)


def later(day: str, quantity: int, **more: str) -> Document:
    """The year with an amendment to another quantity."""
    return amend(a_year(**more), day, lines=[change("Seat", quantity)])


HOLDS: dict[str, tuple[Document, str | None, str]] = {
    "a start ahead": (a_year(), "2026-03-01", "its start passes"),
    "a start that has come": (a_year(as_of="2026-03-01T00:00:00Z"), "2026-03-01", "its start passes"),
    "a start that is past": (a_year(as_of=MORNING), "2027-03-01", "phase 1 ends"),
    "an amendment ahead": (later("2026-05-01", 7, as_of=MORNING), "2026-05-01", "phase 1 ends"),
    "an amendment of today": (later("2026-03-10", 7, as_of=MORNING), "2026-04-01", "the next billing cycle begins"),
    "an end of today": (later("2026-03-10", 0, as_of=MORNING), "2026-04-01", "the next billing cycle begins"),
    "a ramp ahead": (
        an_order([ramp("120.00", quantities=[1, 2])], "2026-03-01", 24, as_of="2026-02-16T09:00:00Z"),
        "2027-03-01",
        "phase 1 ends",
    ),
    "evergreen today": (an_order([evergreen()], "2026-03-10", 1, as_of=MORNING), "2026-03-11", "on this day"),
    "evergreen ahead": (an_order([evergreen()], "2026-03-20", 1, as_of=MORNING), "2026-03-20", "its start passes"),
    "billed once": (an_order([setup_fee()], None, None), None, ""),
}


@pytest.mark.parametrize("kind", HOLDS)
def test_a_plan_holds_until_something_passes(kind: str) -> None:
    """The moment and its reason are in the document, and read back."""
    bundle, day, why = HOLDS[kind]
    document = document_of(bundle)
    assert document["applyable"]
    assert document.get("holds_until") == (f"{day}T00:00:00Z" if day else None)
    assert why in document.get("holds_because", "")
    read = plan_in(document)
    assert (read.holds_until, read.holds_because) == (
        document.get("holds_until", ""),
        document.get("holds_because", ""),
    )


def test_a_past_that_is_not_billed_counts_on_the_current_cycle() -> None:
    """With `none` nothing is billed before the next billing date, which must be the one of the plan."""
    bundle = an_order(
        [seat("10.00", 5, frequency="Monthly", product_term=1)], "2026-01-01", as_of=MORNING, skip_past_invoices=True
    )
    assert document_of(bundle)["holds_until"] == "2026-04-01T00:00:00Z"


def test_a_trial_and_a_coupon_end_it_sooner() -> None:
    """What must lie ahead when the call is made."""
    team = 'override part schedule_phase { trial_end = unix(date("2026-02-25")) }'
    backdated = 'override part schedule_phase { trial_end = unix(date("2026-04-02")) }'
    assert document_of(a_year(as_of=MORNING), backdated)["holds_until"] == "2026-04-02T00:00:00Z"
    assert "E727" in {each["code"] for each in document_of(a_year(), team)["diagnostics"]}
    redeem = 'override coupon { redeem_by = unix(date("2026-02-20")) }'
    given = an_order([seat()], coupons=[coupon("Ten", percent_off="10")])
    assert document_of(given, redeem)["holds_until"] == "2026-02-20T00:00:00Z"


def test_the_text_says_it_before_its_last_line() -> None:
    """With the call that no longer fits; a plan with errors says nothing of it."""
    document = document_of(a_year())
    schedule = next(each["id"] for each in document["calls"] if each["resource"] == "subscription_schedule")
    said = render_plan(seen(document)).splitlines()[-2]
    assert said.startswith(f"Holds until 1 Mar 2026, 00:00 UTC: {schedule}: its start passes")
    broken = document | {"diagnostics": [{"code": "E702", "severity": "error", "message": "no"}], "applyable": False}
    assert "Holds until" not in render_plan(seen(broken))
