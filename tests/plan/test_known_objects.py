"""What a plan says of the objects that it changes, and where they have become others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orderplan.engine.plan.known import changed_object, departures, figures
from orderplan.engine.plan.model import Call

SCHEDULE: dict[str, Any] = {
    "id": "sub_sched_1",
    "status": "active",
    "end_behavior": "cancel",
    "subscription": {"id": "sub_1", "object": "subscription"},
    "current_phase": {"start_date": 1},
    "phases": [
        {
            "start_date": 1,
            "end_date": 2,
            "items": [{"price": {"id": "price_1"}, "quantity": 10, "metadata": {"a": "b"}}],
            "discounts": [{"coupon": "c"}],
        }
    ],
}


def a_call(resource: str, action: str, path: str, **params: Any) -> Call:
    return Call("c", resource, action, "POST", path, params, (), "k", None, {}, {}, (), (), "801")


def test_the_figures_of_a_schedule_are_those_that_bill() -> None:
    assert figures("subscription_schedule", SCHEDULE, {}) == {
        "status": "active",
        "end_behavior": "cancel",
        "subscription": "sub_1",
        "phases": [
            {
                "start_date": 1,
                "end_date": 2,
                "items": [{"price": "price_1", "quantity": 10}],
                "discounts": [{"coupon": "c"}],
            }
        ],
    }


def test_the_figures_of_other_objects_are_those_that_the_call_writes() -> None:
    state = {"id": "cus_1", "name": "Old", "phone": "1", "email": None}
    assert figures("customer", state, {"name": "New", "email": "a@b.example"}) == {"name": "Old"}


def test_an_object_that_is_the_same_departs_nowhere() -> None:
    assert departures(figures("subscription_schedule", SCHEDULE, {}), SCHEDULE) == ()


def test_what_changed_is_told_with_both_values() -> None:
    known = figures("subscription_schedule", SCHEDULE, {})
    phase = {**SCHEDULE["phases"][0], "items": [{"price": "price_1", "quantity": 11}]}
    (found,) = departures(known, {**SCHEDULE, "phases": [phase]})
    assert (found.at, found.known, found.now) == ("/phases/0/items/0/quantity", 10, 11)


def test_a_phase_more_is_a_departure() -> None:
    known = figures("subscription_schedule", SCHEDULE, {})
    (found,) = departures(known, {**SCHEDULE, "phases": [*SCHEDULE["phases"], *SCHEDULE["phases"]]})
    assert found.at == "/phases"


def test_what_was_not_known_is_not_compared() -> None:
    assert departures({"status": "active"}, SCHEDULE) == ()


def test_what_is_gone_is_a_departure() -> None:
    (found,) = departures({"cancel_at": 5}, {"cancel_at": None})
    assert (found.known, found.now) == (5, None)


def test_numbers_are_compared_as_numbers() -> None:
    assert departures({"percent_off": "12.50"}, {"percent_off": Decimal("12.5")}) == ()


def test_the_object_of_a_call_is_that_of_its_path() -> None:
    cancel = a_call("subscription_schedule", "cancel", "/v1/subscription_schedules/sub_sched_1/cancel")
    assert changed_object(cancel) == ("subscription_schedule", "sub_sched_1")
    assert changed_object(a_call("price", "create", "/v1/prices")) is None
