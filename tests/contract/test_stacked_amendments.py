"""Several amendments of one contract: STK scenarios; the same day: SAME scenarios."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.builders import amend, an_order, change, seat, setup_fee
from tests.contract.contracts import at, codes, contract_of, items, minor, once, planned, schedule_state, spans

SEAT = "Workspace seat"
CREDITS = {"credit_terminated_lines": True, "credit_quantity_reductions": True}


def annual(start: str, as_of: str, *lines: Any) -> dict[str, Any]:
    return an_order([seat("120.00", frequency="Annual"), *lines], start, as_of=as_of)


def with_state(bundle: dict[str, Any], contract: Any, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """The bundle after a contract was applied: ids on its orders, the schedule as Stripe has it."""
    return planned(bundle) | {"stripe": {"subscription_schedule": [schedule_state(contract, before=before)]}}


def test_stk_01_one_backdated_and_one_future() -> None:
    """STK-01: three units for the 9 months left bill 90 each now; taking them away in month 5 gives back 70 each."""
    as_of = "2026-03-01T09:00:00Z"
    bundle = amend(annual("2025-11-01", as_of), "2026-02-01", lines=[change(SEAT, 4)])
    bundle = amend(bundle, "2026-04-01", lines=[change(SEAT, 1), setup_fee("100.00")])
    first, second = contract_of(bundle, **CREDITS).updates
    assert spans(first.phases) == [("2025-11-01", "now"), ("now", "2026-11-01")]
    assert [items(each) for each in first.phases] == [[(1, "12000")], [(1, "12000"), (3, "12000")]]
    assert [once(each) for each in first.phases] == [[], [(3, "9000")]]
    now, future = second.phases
    assert (items(now), once(now), now.started_by) == ([(1, "12000"), (3, "12000")], [], first.key)
    assert now.end == date(2026, 4, 1)
    assert (items(future), once(future)) == ([(1, "12000")], [(1, "10000"), (3, "-7000")])
    credit = future.one_time_items[1]
    assert (credit.credit, credit.proration, credit.price.credit, credit.price.recurring) == (True, True, True, False)
    assert credit.price.original == now.items[1].price
    assert credit.price.origin["amount"].formula == "-(70 − 0 × 120) = -70"


def test_stk_02_two_of_one_date_have_a_phase_each() -> None:
    """STK-02: two backdated amendments of one date are not merged; a second plan has nothing to save."""
    as_of = "2026-03-01T09:00:00Z"
    bundle = amend(annual("2025-11-01", as_of), "2026-02-01", lines=[change(SEAT, 4)])
    bundle = amend(bundle, "2026-02-01", lines=[change(SEAT, 5)])
    first, second = contract_of(bundle).updates
    assert once(first.phases[-1]) == [(3, "9000")]
    assert spans(second.phases)[1:] == [("now", "2026-11-01")]
    assert second.phases[0].started_by == first.key
    assert (items(second.phases[1]), once(second.phases[1])) == (
        [(1, "12000"), (3, "12000"), (1, "12000")],
        [(1, "9000")],
    )
    assert contract_of(planned(bundle)).updates == ()


def three(as_of: str) -> dict[str, Any]:
    bundle = amend(annual("2025-12-01", as_of), "2026-01-01", lines=[change(SEAT, 3)])
    bundle = amend(bundle, "2026-02-01", lines=[change(SEAT, 1)])
    return amend(bundle, "2026-03-01", lines=[change(SEAT, 0)])


def test_stk_03_three_backdated_of_which_the_last_terminates() -> None:
    """STK-03: 110 each for two units, 100 each given back, then the schedule is cancelled at once."""
    first, second, third = contract_of(three("2026-03-04T09:00:00Z"), **CREDITS).updates
    assert once(first.phases[-1]) == [(2, "11000")]
    assert (items(second.phases[-1]), once(second.phases[-1])) == ([(1, "12000")], [(2, "-10000")])
    assert (third.action, third.proration_behavior) == ("cancel", None)
    assert [each.ended_by for each in third.phases[-1].items] == [third.order]
    assert third.phases[-1].ended_by == third.order


def test_stk_04_separate_runs() -> None:
    """STK-04: what an earlier save has billed is not sent again; a reduction of two lines makes a credit for each."""
    bundle = amend(annual("2025-12-01", "2026-03-04T09:00:00Z"), "2026-01-01", lines=[change(SEAT, 3)])
    run1 = at(contract_of(bundle, **CREDITS), "2026-03-04T09:00:00Z")
    assert once(run1.updates[0].phases[-1]) == [(2, "11000")]
    state = schedule_state(run1)
    bundle = amend(with_state(bundle, run1), "2026-02-01", lines=[change(SEAT, 6)], as_of="2026-03-04T10:00:00Z")
    run2 = at(contract_of(bundle, **CREDITS), "2026-03-04T10:00:00Z")
    (update,) = run2.updates
    assert [once(each) for each in update.phases] == [[], [(3, "10000")]]
    assert update.phases[0].started_at is not None
    bundle = with_state(bundle, run2, state)
    bundle = amend(bundle, "2026-03-01", lines=[change(SEAT, 1)], as_of="2026-03-04T11:00:00Z")
    (update,) = contract_of(bundle, **CREDITS).updates
    assert [items(each) for each in update.phases] == [[(1, "12000"), (2, "12000"), (3, "12000")], [(1, "12000")]]
    assert [once(each) for each in update.phases] == [[], [(3, "-9000"), (2, "-9000")]]


def test_stk_05_backdated_monthly_then_terminated() -> None:
    """STK-05: two missed cycles and the current one of two units bill 360 each; the termination bills nothing."""
    bundle = an_order([seat("120.00")], "2025-12-01", as_of="2026-03-04T09:00:00Z")
    bundle = amend(bundle, "2026-01-01", lines=[change(SEAT, 3)])
    bundle = amend(bundle, "2026-02-01", lines=[change(SEAT, 0)])
    first, second = contract_of(bundle, **CREDITS).updates
    assert once(first.phases[-1]) == [(2, "36000")]
    assert second.action == "cancel"
    assert [once(each) for each in second.phases] == [[]]


def test_stk_06_future_phase_keeps_what_it_will_bill() -> None:
    """STK-06: a phase that has not started keeps its proration when another amendment is planned."""
    as_of = "2026-03-04T09:00:00Z"
    bundle = amend(annual("2026-02-01", as_of), "2026-04-01", lines=[change(SEAT, 3)])
    bundle = amend(bundle, "2026-05-01", lines=[change(SEAT, 6)])
    _, update = contract_of(bundle).updates
    assert [once(each) for each in update.phases] == [[], [(2, "10000")], [(3, "9000")]]


def test_same_01_started_this_morning() -> None:
    """SAME-01: a yearly unit added at noon of the first day is billed the whole year, once; the first phase is cut."""
    bundle = amend(annual("2026-03-01", "2026-03-01T12:00:00Z"), "2026-03-01", lines=[change(SEAT, 2)])
    (update,) = contract_of(bundle).updates
    assert spans(update.phases) == [("2026-03-01", "now"), ("now", "2027-03-01")]
    assert [items(each) for each in update.phases] == [[(1, "12000")], [(1, "12000"), (1, "12000")]]
    assert [once(each) for each in update.phases] == [[], [(1, "12000")]]
    extra = update.phases[1].one_time_items[0]
    assert (extra.period_start, extra.period_end) == ("phase_start", "min_item_period_end")
    assert extra.period_end_date == date(2027, 3, 1)


def test_same_03_not_started_yet() -> None:
    """SAME-03: an amendment of the first day of a future contract replaces its phase, which keeps its setup fee."""
    bundle = amend(
        annual("2026-04-01", "2026-03-01T12:00:00Z", setup_fee("100.00")), "2026-04-01", lines=[change(SEAT, 2)]
    )
    (update,) = contract_of(bundle).updates
    (phase,) = update.phases
    assert spans(update.phases) == [("2026-04-01", "2027-04-01")]
    assert (items(phase), once(phase)) == ([(1, "12000"), (1, "12000")], [(1, "10000")])
    assert phase.order == update.order


def test_same_04_not_started_yet_monthly() -> None:
    """SAME-04: the same with monthly prices."""
    bundle = an_order([seat("120.00"), setup_fee("100.00")], "2026-04-01", as_of="2026-03-01T12:00:00Z")
    (update,) = contract_of(amend(bundle, "2026-04-01", lines=[change(SEAT, 2)])).updates
    assert (items(update.phases[0]), once(update.phases[0])) == ([(1, "12000"), (1, "12000")], [(1, "10000")])


def test_same_05_two_amendments_of_the_first_day() -> None:
    """SAME-05: two amendments of the first day are one phase with three items."""
    bundle = an_order([seat("120.00"), setup_fee("100.00")], "2026-04-01", as_of="2026-03-01T12:00:00Z")
    bundle = amend(bundle, "2026-04-01", lines=[change(SEAT, 2)])
    bundle = amend(bundle, "2026-04-01", lines=[change(SEAT, 4)])
    _, update = contract_of(bundle).updates
    (phase,) = update.phases
    assert (items(phase), once(phase)) == ([(1, "12000"), (1, "12000"), (2, "12000")], [(1, "10000")])
    assert len({each.price.key for each in phase.items}) == 3


def test_same_06_units_that_leave_before_they_come() -> None:
    """SAME-06: units that leave before the first day take their part of what was pending with them."""
    bundle = amend(annual("2026-02-01", "2026-03-01T12:00:00Z"), "2026-05-01", lines=[change(SEAT, 4)])
    bundle = amend(bundle, "2026-05-01", lines=[change(SEAT, 2)])
    _, update = contract_of(bundle, **CREDITS).updates
    assert (items(update.phases[-1]), once(update.phases[-1])) == ([(1, "12000"), (1, "12000")], [(1, "9000")])


def test_amendment_after_a_termination() -> None:
    """What has ended cannot be amended."""
    bundle = amend(annual("2026-02-01", "2026-01-01T00:00:00Z"), "2026-05-01", lines=[change(SEAT, 0)])
    bundle = amend(bundle, "2026-06-01", lines=[seat("120.00", frequency="Annual", name="Other")])
    assert codes(bundle) == ["E539"]


def test_earlier_amendment_that_comes_later() -> None:
    """An amendment before a planned future one goes between: its units stand in both phases."""
    bundle = amend(annual("2026-02-01", "2026-03-01T12:00:00Z"), "2026-06-01", lines=[change(SEAT, 2)])
    run1 = at(contract_of(bundle), "2026-03-01T12:00:00Z")
    bundle = amend(with_state(bundle, run1), "2026-04-01", lines=[change(SEAT, 5)])
    (update,) = contract_of(bundle).updates
    assert spans(update.phases) == [
        ("2026-02-01", "2026-04-01"),
        ("2026-04-01", "2026-06-01"),
        ("2026-06-01", "2027-02-01"),
    ]
    assert [items(each) for each in update.phases] == [
        [(1, "12000")],
        [(1, "12000"), (3, "12000")],
        [(1, "12000"), (3, "12000"), (1, "12000")],
    ]
    assert [once(each) for each in update.phases] == [[], [(3, "10000")], [(1, "8000")]]


def test_known_prices_of_the_schedule_are_used_again() -> None:
    """A clone that an earlier plan made keeps its id; without the state it is made again, with a warning."""
    bundle = amend(annual("2026-02-01", "2026-03-01T12:00:00Z"), "2026-06-01", lines=[change(SEAT, 2)])
    run1 = at(contract_of(bundle), "2026-03-01T12:00:00Z")
    later = amend(with_state(bundle, run1), "2026-08-01", lines=[change(SEAT, 3)])
    (update,) = contract_of(later).updates
    clone = update.phases[1].items[1].price
    assert clone.existing_id == f"price_{clone.key}"
    assert clone not in update.temporary_prices
    assert update.phases[1].one_time_items[0].price.existing_id is not None
    del later["stripe"]
    assert codes(later) == ["W502"]
    (update,) = contract_of(later).updates
    assert minor(update.phases[1].items[1].price) == "12000"
    assert update.phases[1].items[1].price in update.temporary_prices


def test_credits_of_one_line_in_several_phases_keep_their_prices() -> None:
    """Each phase that is sent again bills its own credit: five seats become four, then one, then none."""
    story = [an_order([seat("28.00", 5, frequency="Monthly"), seat("42.00", 3, name="Desk")], "2027-07-23", 18)]
    for day, quantity in (("2029-01-17", 4), ("2029-01-22", 1), ("2029-01-22", 0)):
        story.append(amend(story[-1], day, lines=[change("Workspace seat", quantity)], as_of=story[0]["as_of"]))
    switches = {"credit_terminated_lines": True, "credit_quantity_reductions": True}
    state = None
    for finished, bundle in enumerate(story):
        ready = planned(bundle, orders=finished)
        if state is not None:
            ready |= {"stripe": {"subscription_schedule": [state]}}
        contract = contract_of(ready, **switches)
        state = schedule_state(at(contract, bundle["as_of"]), before=state)
    credits_ = [[item["price"] for item in phase["add_invoice_items"]] for phase in state["phases"]]
    assert [len(each) for each in credits_] == [0, 1, 2]
    assert len({price for each in credits_ for price in each}) == 3
