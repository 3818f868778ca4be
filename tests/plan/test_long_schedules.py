"""Schedules of more than the ten phases that Stripe takes at once: sent in parts, one plan after the other."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tests.builders import amend, an_order, change, ramp, seat
from tests.contract.contracts import at, contract_of, planned, schedule_state
from tests.forecast.forecasts import forecast_of
from tests.plan.plans import document_of, plan_of, with_forecast
from tests.simulator.clock import Account

IN_PARTS = 'long_schedules = "in_parts"'
TEAM = f"settings {{\n{IN_PARTS}\n}}"
START = "2026-03-01T09:00:00Z"
ORDER = "801W00001000001IAA"

Document = dict[str, Any]


def twelve_years(as_of: str = START) -> Document:
    """A ramp of twelve years, 1, 2, 3 … units of 120.00 a month, beside one seat: 936,000 and 17,280 units of cents."""
    return an_order([ramp("120.00", quantities=list(range(1, 13))), seat()], "2026-03-01", 144, as_of=as_of)


def after(bundle: Document, as_of: str, state: Document | None = None) -> Document:
    """The bundle later, with the schedule as it is in Stripe after its plan was applied."""
    contract = at(contract_of(bundle, long_schedules="in_parts"), bundle["as_of"])
    found = schedule_state(contract, before=state)
    return planned(bundle) | {"as_of": as_of, "stripe": {"subscription_schedule": [found]}}


def phases(document: Document) -> list[Document]:
    """The phases of the only call of a schedule."""
    (call,) = (each for each in document["calls"] if each["resource"] == "subscription_schedule")
    found: list[Document] = call["params"]["phases"]
    return found


def codes(document: Document) -> list[str]:
    return [each["code"] for each in document["diagnostics"]]


def test_refused_unless_the_settings_say_otherwise() -> None:
    """Nobody is surprised by a schedule that ends too early."""
    assert codes(document_of(twelve_years())) == ["E587"]


def test_the_first_ten_are_sent_and_the_plan_says_what_follows() -> None:
    """From when on there is room, and by when it must be sent; the part ends by cancelling."""
    document = document_of(twelve_years(), TEAM)
    assert document["applyable"]
    assert codes(document) == ["W522"]
    assert len(phases(document)) == 10
    (call,) = (each for each in document["calls"] if each["resource"] == "subscription_schedule")
    assert call["params"]["end_behavior"] == "cancel"
    (follows,) = document["follows"]
    assert {name: value for name, value in follows.items() if name != "calls"} == {
        "contract": ORDER,
        "schedule": f"subscription_schedule/{ORDER}",
        "phases": [{"start": "2036-03-01", "end": "2037-03-01"}, {"start": "2037-03-01", "end": "2038-03-01"}],
        "from": "2027-03-01",
        "by": "2036-03-01",
    }


def test_what_follows_is_read_again() -> None:
    """A saved plan is read as it was written."""
    plan = plan_of(twelve_years(), TEAM)
    assert [(each.since, each.by) for each in plan.follows] == [("2027-03-01", "2036-03-01")]
    document = document_of(twelve_years(), TEAM)
    assert with_forecast(document)["follows"] == document["follows"]


def test_the_forecast_bills_the_part_and_reconciliation_names_the_rest() -> None:
    """Years 11 and 12: (11 + 12) × 1,440.00 and 2 × 1,440.00 of the seat are 36,000.00."""
    document = forecast_of(twelve_years(), IN_PARTS)
    assert document["forecast"]["until"] == "2036-03-01"
    reconciliation = document["forecast"]["reconciliation"]
    assert reconciliation["status"] == "reconciled"
    (contract,) = reconciliation["contracts"]
    assert (contract["sold"], contract["billed"], contract["follows"]) == (12960000, 9360000, 3600000)
    assert contract["difference"] == 0
    note = next(each for each in document["diagnostics"] if each["code"] == "N812")
    assert note["message"].startswith("36,000.00 USD")


def test_until_there_is_room_the_plan_has_no_call_and_says_the_same() -> None:
    """In the first year the ten that were sent are all current or ahead."""
    document = document_of(after(twelve_years(), "2026-08-01T09:00:00Z"), TEAM)
    assert document["calls"] == []
    assert codes(document) == ["W522"]
    assert document["follows"][0]["schedule"] == "sub_sched_1"


def test_planned_again_it_sends_the_current_phase_and_the_next_ones() -> None:
    """Of the second year there is room for one more; the update repeats the start of the current phase."""
    document = document_of(after(twelve_years(), "2027-03-05T09:00:00Z"), TEAM)
    sent = phases(document)
    assert len(sent) == 10
    assert sent[0]["start_date"] == int(datetime.fromisoformat("2027-03-01T00:00:00+00:00").timestamp())
    assert [each["start"] for each in document["follows"][0]["phases"]] == ["2037-03-01"]
    assert document["follows"][0]["by"] == "2037-03-01"


def test_when_all_are_sent_nothing_is_left_to_do() -> None:
    """Twelve phases, the first three of which are over."""
    second = after(twelve_years(), "2029-03-05T09:00:00Z")
    document = document_of(second, TEAM)
    assert len(phases(document)) == 9
    assert "follows" not in document
    (state,) = second["stripe"]["subscription_schedule"]
    document = document_of(after(second, "2029-04-01T09:00:00Z", state), TEAM)
    assert document["calls"] == []
    assert codes(document) == []


def test_what_was_begun_is_finished_whatever_the_setting_says_now() -> None:
    """A schedule in Stripe that lacks its end is completed as long as there is room for all that is left."""
    document = document_of(after(twelve_years(), "2029-03-05T09:00:00Z"))
    assert len(phases(document)) == 9
    assert codes(document_of(after(twelve_years(), "2027-03-05T09:00:00Z"))) == ["E587"]


@pytest.mark.parametrize("days", [["2029-03-05T09:00:00Z"], ["2027-06-01T09:00:00Z", "2028-06-01T09:00:00Z"]])
def test_the_simulator_bills_the_parts_as_what_was_sold(days: list[str]) -> None:
    """Two or three plans, each carried out at its moment: 129,600.00 in all, and the last forecast says so too."""
    bundle = twelve_years()
    account = Account(datetime.fromisoformat(START))
    account.carry_out(document_of(bundle, TEAM)["calls"])
    state = None
    document: Document = {}
    for day in days:
        bundle = after(bundle, day, state)
        (state,) = bundle["stripe"]["subscription_schedule"]
        document = document_of(bundle, TEAM)
        moment = datetime.fromisoformat(day)
        account.run_to(moment)
        account.now = moment
        account.carry_out(document["calls"])
    account.run_to(datetime.fromisoformat("2038-04-01T00:00:00Z"))
    assert sum(line.amount or 0 for each in account.invoices for line in each.lines) == 12960000
    (contract,) = with_forecast(document)["forecast"]["reconciliation"]["contracts"]
    assert (contract["status"], contract["billed"]) == ("reconciled", 12960000)


def test_a_part_that_nobody_followed_up_bills_no_more_than_was_sent() -> None:
    """The schedule ends after ten years, as the forecast of the first part says: 93,600.00."""
    account = Account(datetime.fromisoformat(START))
    account.carry_out(document_of(twelve_years(), TEAM)["calls"])
    account.run_to(datetime.fromisoformat("2038-04-01T00:00:00Z"))
    assert sum(line.amount or 0 for each in account.invoices for line in each.lines) == 9360000


def test_too_late_is_refused() -> None:
    """A schedule that has ended takes no phases."""
    document = document_of(after(twelve_years(), "2036-04-01T09:00:00Z"), TEAM)
    assert codes(document) == ["E540"]


def test_what_stripe_has_must_be_known() -> None:
    """Without the schedule in the bundle nothing is sent, and the plan says that it does not know."""
    document = document_of(planned(twelve_years()) | {"as_of": "2029-03-05T09:00:00Z"}, TEAM)
    assert document["calls"] == []
    assert codes(document) == ["W502"]


def test_an_amendment_sends_the_next_ten_itself() -> None:
    """In the second year: its update holds the current phase and nine more, and one follows."""
    second = after(twelve_years(), "2027-03-05T09:00:00Z")
    (state,) = second["stripe"]["subscription_schedule"]
    amended = amend(twelve_years(), "2028-03-01", lines=[change("Workspace seat", 2)])
    bundle = planned(amended, orders=1) | {
        "as_of": "2027-03-05T09:00:00Z",
        "stripe": {"subscription_schedule": [state]},
    }
    document = document_of(bundle, TEAM)
    assert len(phases(document)) == 10
    assert codes(document) == ["W522"]
    assert document["follows"][0]["by"] == "2037-03-01"


def test_short_schedules_are_as_they_were() -> None:
    """Ten phases fit, and nothing follows."""
    bundle = an_order([ramp("120.00", quantities=list(range(1, 11)))], "2026-03-01", 120)
    document = document_of(bundle, TEAM)
    assert len(phases(document)) == 10
    assert "follows" not in document
    later = document_of(after(bundle, "2030-01-01T09:00:00Z"), TEAM)
    assert (later["calls"], codes(later)) == ([], [])


def test_sensitive_values_are_hidden_in_what_follows_too() -> None:
    """The calls of the whole contract show no more than those of the plan."""
    hidden = "override price { set unit_amount_decimal = minor_units(price.amount)  sensitive }"
    text = json.dumps(document_of(twelve_years(), f"{TEAM}\n{hidden}")["follows"])
    assert '"12000"' not in text
    assert "hmac-sha256:" in text
