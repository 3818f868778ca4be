"""How Stripe bills schedules and subscriptions, rule by rule, on plans written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.forecast.forecasts import (
    call,
    codes,
    coupon,
    invoices,
    item,
    lines,
    phase,
    plan,
    price,
    proration,
    ref,
    schedule,
    seconds,
    update,
)

MONTHLY, YEARLY, FEE = price("monthly", "1000", 1), price("yearly", "12000", 12), price("fee", "500")

Document = dict[str, Any]


# --- the calendar ---


def test_months_are_counted_from_the_anchor_and_clamped() -> None:
    """31 January is followed by 28 February and then by 31 March."""
    found = plan(MONTHLY, schedule("2027-01-31", phase("2027-06-30", item("monthly"))))
    assert [day for day, _ in invoices(found)] == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]


def test_a_year_from_a_leap_day_ends_in_february() -> None:
    """29 February 2028 is followed by 28 February 2029."""
    found = plan(YEARLY, schedule("2028-02-29", phase("2030-02-28", item("yearly"))))
    assert [day for day, _ in invoices(found)] == ["2028-02-29", "2029-02-28"]


def test_cycles_of_days_and_weeks_are_counted_in_days() -> None:
    """A fortnight is fourteen days, whatever the months."""
    fortnight = price("fortnight", "100", 1, recurring={"interval": "week", "interval_count": 2})
    found = plan(fortnight, schedule("2026-03-01", phase("2026-04-12", item("fortnight"))))
    assert [day for day, _ in invoices(found)] == ["2026-03-01", "2026-03-15", "2026-03-29"]


# --- the first invoice ---


def test_a_backdated_start_bills_missed_cycles_and_the_current_one() -> None:
    """Three months in one line, because nothing says `none`."""
    found = plan(
        MONTHLY,
        schedule("2026-01-01", phase("2026-07-01", item("monthly", 2), proration_behavior=None)),
        as_of="2026-03-10T08:00:00Z",
    )
    assert invoices(found) == [("2026-03-10", 6000), ("2026-04-01", 2000), ("2026-05-01", 2000), ("2026-06-01", 2000)]


def test_a_backdated_start_without_prorations_bills_nothing_of_the_past() -> None:
    """The next invoice is on the next anniversary of the start."""
    found = plan(MONTHLY, schedule("2026-01-05", phase("2026-07-05", item("monthly"))), as_of="2026-03-10T08:00:00Z")
    assert invoices(found)[0] == ("2026-04-05", 1000)


def test_what_is_billed_at_once_counts_cycles_not_invoices_when_it_rounds() -> None:
    """In the classic mode three cycles of 33.3 are 99.9, so 100."""
    third = price("third", "33.3", 1)
    found = plan(
        third,
        schedule(
            "2026-01-01",
            phase("2026-07-01", item("third"), proration_behavior=None),
            billing_mode={"type": "classic"},
        ),
        as_of="2026-03-10T08:00:00Z",
    )
    assert [total for _, total in invoices(found)][:2] == [100, 33]


def test_one_time_items_of_the_first_phase_are_on_the_first_invoice() -> None:
    """Also those that bear the metadata of a proration."""
    first = phase("2026-05-01", item("monthly"), add_invoice_items=[item("fee", 2), proration("fee")])
    found = plan(MONTHLY, FEE, schedule("2026-03-01", first))
    assert lines(found, 0) == [("recurring", 1, 1000), ("one_time", 2, 1000), ("proration", 1, 500)]


# --- phases ---


def test_a_phase_without_prorations_is_billed_from_the_next_billing_date() -> None:
    """Two units more from 15 April are billed from 1 May on."""
    phases = (phase("2026-04-15", item("monthly")), phase("2026-06-01", item("monthly", 3)))
    found = plan(MONTHLY, schedule("2026-03-01", *phases))
    assert [total for _, total in invoices(found)] == [1000, 1000, 3000]


def test_a_phase_that_starts_on_a_billing_date_is_billed_on_it() -> None:
    """The cycle belongs to the phase in which it starts."""
    phases = (phase("2026-04-01", item("monthly")), phase("2026-06-01", item("monthly", 3)))
    found = plan(MONTHLY, schedule("2026-03-01", *phases))
    assert [total for _, total in invoices(found)] == [1000, 3000, 3000]


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_a_phase_with_prorations_that_starts_on_a_billing_date_gives_nothing_back(mode: str) -> None:
    """The cycle before it is over, and the one that it starts is billed as it is."""
    phases = (phase("2026-04-01", item("monthly")), phase("2026-06-01", item("monthly", 3), proration_behavior=None))
    found = plan(MONTHLY, schedule("2026-03-01", *phases, billing_mode={"type": mode}))
    assert [lines(found, each) for each in (1, 2)] == [[("recurring", 3, 3000)], [("recurring", 3, 3000)]]


def test_a_phase_with_prorations_gives_back_the_rest_and_bills_the_rest_anew() -> None:
    """Half of April for three units instead of one, with the next invoice."""
    phases = (phase("2026-04-16", item("monthly")), phase("2026-06-01", item("monthly", 3), proration_behavior=None))
    found = plan(MONTHLY, schedule("2026-03-01", *phases))
    assert lines(found, 2) == [("recurring", 3, 3000), ("credit", 1, -500), ("proration", 3, 1500)]


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_either_mode_prorates_the_rest_of_a_cycle(mode: str) -> None:
    """Half of April for one unit instead of three; a fee and what is metered are no cycles, and give nothing back."""
    before, after = [item("monthly", 3), item("usage", None)], [item("monthly", 1)]
    phases = (phase("2026-04-16", *before), phase("2026-06-01", *after, proration_behavior=None))
    usage = price("usage", "5", 1, recurring={"usage_type": "metered"})
    found = plan(MONTHLY, usage, schedule("2026-03-01", *phases, billing_mode={"type": mode}))
    kinds = [each for each in lines(found, 2) if each[0] != "usage"]
    assert kinds == [("recurring", 1, 1000), ("credit", 3, -1500), ("proration", 1, 500)]


def test_prorations_that_are_invoiced_always_get_an_invoice_at_once() -> None:
    """`always_invoice` does not wait for the next billing date."""
    phases = (
        phase("2026-04-16", item("monthly")),
        phase("2026-06-01", item("monthly", 3), proration_behavior="always_invoice"),
    )
    found = plan(MONTHLY, schedule("2026-03-01", *phases))
    assert invoices(found) == [("2026-03-01", 1000), ("2026-04-01", 1000), ("2026-04-16", 1000), ("2026-05-01", 3000)]
    assert found["forecast"]["assumptions"] == []


def test_a_cycle_that_the_schedule_cannot_finish_is_not_billed() -> None:
    """Under `none` Stripe bills nothing for the half year after the first one."""
    phases = (phase("2027-03-01", item("yearly")), phase("2027-09-01", item("yearly")))
    assert invoices(plan(YEARLY, schedule("2026-03-01", *phases))) == [("2026-03-01", 12000)]


def test_a_cycle_that_the_schedule_cannot_finish_is_billed_whole_with_prorations() -> None:
    """Without `none` Stripe bills a whole year."""
    phases = (phase("2027-03-01", item("yearly")), phase("2027-09-01", item("yearly"), proration_behavior=None))
    assert invoices(plan(YEARLY, schedule("2026-03-01", *phases))) == [("2026-03-01", 12000), ("2027-03-01", 12000)]


def test_the_first_cycle_is_billed_however_short_the_schedule_is() -> None:
    """Nine months of a yearly price are billed like a year."""
    assert invoices(plan(YEARLY, schedule("2026-03-01", phase("2026-12-01", item("yearly"))))) == [
        ("2026-03-01", 12000)
    ]


def test_a_released_subscription_goes_on() -> None:
    """The items of the last phase are billed for twelve cycles in all."""
    first = phase("2026-03-01T00:00:01+00:00", item("monthly"))
    found = plan(MONTHLY, schedule("2026-03-01", first, end_behavior="release"))
    assert len(invoices(found)) == 12
    assert found["forecast"]["until"] == "2027-03-01"


def test_a_phase_may_have_a_duration_instead_of_an_end() -> None:
    """Three months are three invoices."""
    first = phase("2026-03-01", item("monthly"), duration={"interval": "month", "interval_count": 3})
    del first["end_date"]
    assert len(invoices(plan(MONTHLY, schedule("2026-03-01", first)))) == 3


def test_a_phase_may_reset_the_anchor() -> None:
    """From 15 April on, invoices are on the fifteenth."""
    phases = (
        phase("2026-04-15", item("monthly")),
        phase("2026-06-15", item("monthly"), billing_cycle_anchor="phase_start"),
    )
    found = plan(MONTHLY, schedule("2026-03-01", *phases))
    assert [day for day, _ in invoices(found)] == ["2026-03-01", "2026-04-01", "2026-04-15", "2026-05-15"]


# --- items that wait ---


def test_proration_items_of_a_later_phase_get_an_invoice_of_their_own() -> None:
    """All that waits at that moment is on it."""
    later = phase(
        "2027-03-01", item("yearly"), add_invoice_items=[proration("fee"), item("fee", 2), proration("fee", -1)]
    )
    found = plan(YEARLY, FEE, schedule("2026-03-01", phase("2026-09-01", item("yearly")), later))
    assert invoices(found)[1] == ("2026-09-01", 1000)
    assert len(lines(found, 1)) == 3
    (said,) = found["forecast"]["assumptions"]
    assert said.startswith("prorations of 10.00 USD are invoiced when they arise, the first on 2026-09-01; ")


def test_one_time_items_of_a_later_phase_wait_for_the_next_invoice() -> None:
    """A fee of 15 April is on the invoice of 1 May."""
    later = phase("2026-06-01", item("monthly"), add_invoice_items=[item("fee")])
    found = plan(MONTHLY, FEE, schedule("2026-03-01", phase("2026-04-15", item("monthly")), later))
    assert lines(found, 2) == [("recurring", 1, 1000), ("one_time", 1, 500)]


def test_one_time_items_that_no_cycle_follows_are_billed_at_the_end() -> None:
    """What is pending when a subscription ends with its period is collected then."""
    later = phase("2027-03-01", item("yearly"), add_invoice_items=[item("fee")])
    found = plan(YEARLY, FEE, schedule("2026-03-01", phase("2026-09-01", item("yearly")), later))
    assert invoices(found)[-1] == ("2027-03-01", 500)


def test_a_one_time_item_covers_the_period_that_it_names() -> None:
    """From the phase's start to the next billing date, and between two instants."""
    by_phase = proration("fee", period={"start": {"type": "phase_start"}, "end": {"type": "min_item_period_end"}})
    by_time = proration(
        "fee",
        period={
            "start": {"type": "timestamp", "timestamp": seconds("2026-08-01")},
            "end": {"type": "timestamp", "timestamp": seconds("2027-02-01")},
        },
    )
    later = phase("2027-03-01", item("yearly"), add_invoice_items=[by_phase, by_time])
    found = plan(YEARLY, FEE, schedule("2026-03-01", phase("2026-09-01", item("yearly")), later))
    assert [each["period"] for each in found["forecast"]["invoices"][1]["lines"]] == [
        {"start": "2026-09-01", "end": "2027-03-01"},
        {"start": "2026-08-01", "end": "2027-02-01"},
    ]


# --- updates and ends ---


def test_a_phase_that_starts_now_bills_its_items_now_and_its_cycles_later() -> None:
    """The current cycle was billed when the schedule was made."""
    first = phase("2026-09-01", item("monthly"), proration_behavior=None)
    running = phase("now", item("monthly"), start_date=seconds("2026-03-01"))
    added = phase("2026-09-01", item("monthly", 2), start_date="now", add_invoice_items=[proration("fee")])
    found = plan(MONTHLY, FEE, schedule("2026-03-01", first), update(running, added), as_of="2026-05-10T12:00:00Z")
    assert invoices(found)[:3] == [("2026-05-10", 3000), ("2026-05-10", 500), ("2026-06-01", 2000)]


def test_an_update_changes_the_payment_term_of_what_follows() -> None:
    """30 days for what the first call bills, 15 for what comes after the second."""

    def settings(days: int) -> Document:
        return {"default_settings": {"invoice_settings": {"days_until_due": days}}}

    first = phase("2026-07-01", item("monthly"), proration_behavior=None)
    later = update(phase("2026-07-01", item("monthly"), start_date=seconds("2026-05-01")), **settings(15))
    found = plan(MONTHLY, schedule("2026-05-01", first, **settings(30)), later, as_of="2026-05-10T12:00:00Z")
    assert [(each["date"], each["due_date"]) for each in found["forecast"]["invoices"]] == [
        ("2026-05-10", "2026-06-09"),
        ("2026-06-01", "2026-06-16"),
    ]


def test_an_update_of_an_earlier_plan_is_billed_from_now_on() -> None:
    """Billing dates are counted from the contract's start, and a notice says what is missing."""
    later = phase("2026-09-01", item("monthly"), start_date=seconds("2026-03-01"))
    found = plan(MONTHLY, update(later, target="sub_sched_9"), as_of="2026-05-10T12:00:00Z", start="2026-03-01")
    assert invoices(found) == [("2026-06-01", 1000), ("2026-07-01", 1000), ("2026-08-01", 1000)]
    assert codes(found) == ["N802"]


def test_a_cancelled_schedule_bills_nothing_more() -> None:
    """What it has billed by then stays."""
    end = call(
        "cancel",
        "subscription_schedule",
        "cancel",
        {"invoice_now": False, "prorate": False},
        {"template": "/v1/subscription_schedules/{id}/cancel", "id": ref("subscription_schedule/1")},
    )
    found = plan(
        MONTHLY,
        schedule("2026-03-01", phase("2026-09-01", item("monthly"), proration_behavior=None)),
        end,
        as_of="2026-03-16T12:00:00Z",
    )
    assert invoices(found) == [("2026-03-16", 1000)]


def test_a_cancellation_with_proration_gives_the_rest_back_at_once() -> None:
    """Half of April, with a final invoice."""
    end = call(
        "cancel",
        "subscription_schedule",
        "cancel",
        {},
        {"template": "/v1/subscription_schedules/{id}/cancel", "id": ref("subscription_schedule/1")},
    )
    found = plan(
        MONTHLY,
        schedule("2026-04-01", phase("2026-09-01", item("monthly"), proration_behavior=None)),
        end,
        as_of="2026-04-16T00:00:00Z",
    )
    assert invoices(found) == [("2026-04-16", 1000), ("2026-04-16", -500)]


def test_an_item_that_waits_at_a_cancellation_is_reported() -> None:
    """Nothing takes it up any more."""
    running = phase("now", item("monthly"), start_date=seconds("2026-03-01"))
    added = phase("2026-09-01", item("monthly"), start_date="now", add_invoice_items=[item("fee")])
    end = call(
        "cancel",
        "subscription_schedule",
        "cancel",
        {"invoice_now": False, "prorate": False},
        {"template": "/v1/subscription_schedules/{id}/cancel", "id": ref("subscription_schedule/1")},
    )
    found = plan(
        MONTHLY,
        FEE,
        schedule("2026-03-01", phase("2026-09-01", item("monthly"), proration_behavior=None)),
        update(running, added),
        end,
        as_of="2026-03-16T12:00:00Z",
    )
    assert codes(found) == ["W808"]


# --- subscriptions without a schedule ---


def subscription(*items: Document, **params: Any) -> Document:
    return call("subscription/1", "subscription", "create", {"items": list(items)} | params)


def test_a_subscription_is_billed_from_now_on() -> None:
    """Twelve cycles of it are shown, each due when it says."""
    found = plan(MONTHLY, subscription(item("monthly"), days_until_due=10))
    assert len(invoices(found)) == 12
    first = found["forecast"]["invoices"][0]
    assert (first["date"], first["due_date"], first["reason"]) == ("2026-02-16", "2026-02-26", "subscription_create")


def test_a_subscription_that_is_dated_back_to_a_later_anchor_bills_from_the_anchor() -> None:
    """Without prorations what lies before the anchor is not billed."""
    dates = {"backdate_start_date": seconds("2025-12-01"), "billing_cycle_anchor": seconds("2026-03-01")}
    found = plan(MONTHLY, subscription(item("monthly"), proration_behavior="none", **dates))
    assert invoices(found)[0] == ("2026-03-01", 1000)


def test_the_time_before_an_anchor_is_prorated_by_default() -> None:
    """From 15 February noon to 1 March are thirteen and a half of 28 days."""
    found = plan(
        MONTHLY, subscription(item("monthly"), billing_cycle_anchor=seconds("2026-03-01")), as_of="2026-02-15T12:00:00Z"
    )
    assert invoices(found)[:2] == [("2026-02-15", 482), ("2026-03-01", 1000)]


def test_a_schedule_takes_a_subscription_over() -> None:
    """Its phases follow from the update; what the subscription has not billed stays unbilled."""
    dates = {"backdate_start_date": seconds("2025-12-01"), "billing_cycle_anchor": seconds("2026-03-01")}
    made = subscription(item("monthly"), proration_behavior="none", **dates)
    taken = call(
        "subscription_schedule/1", "subscription_schedule", "create", {"from_subscription": ref("subscription/1")}
    )
    ended = update(phase("2026-05-01", item("monthly"), start_date=seconds("2025-12-01")), end_behavior="cancel")
    found = plan(MONTHLY, made, taken, ended)
    assert invoices(found) == [("2026-03-01", 1000), ("2026-04-01", 1000)]


def test_a_subscription_with_a_day_of_cancellation_bills_a_part_of_its_last_cycle() -> None:
    """A day in a later period always prorates that period."""
    found = plan(MONTHLY, subscription(item("monthly"), cancel_at=seconds("2026-04-16")), as_of="2026-03-01T00:00:00Z")
    assert invoices(found) == [("2026-03-01", 1000), ("2026-04-01", 500)]


def test_items_of_a_subscription_that_the_plan_does_not_hold_are_said_to_be_missing() -> None:
    """Only what is added is shown."""
    change = call(
        "subscription/1/update",
        "subscription",
        "update",
        {"items": [item("monthly")], "proration_behavior": "none"},
        "/v1/subscriptions/sub_9",
    )
    found = plan(MONTHLY, change, as_of="2026-03-10T00:00:00Z", start="2026-02-01")
    assert invoices(found)[0] == ("2026-04-01", 1000)
    assert codes(found) == ["N802", "N803"]


# --- trials ---


@pytest.mark.parametrize("trial", [{"trial_end": seconds("2026-03-15")}, {"trial_period_days": 14}])
def test_a_trial_is_free_and_sets_the_anchor(trial: Document) -> None:
    """The first invoice is of nothing, the second when the trial is over."""
    found = plan(MONTHLY, subscription(item("monthly"), **trial), as_of="2026-03-01T00:00:00Z")
    assert invoices(found)[:3] == [("2026-03-01", 0), ("2026-03-15", 1000), ("2026-04-15", 1000)]


def test_a_phase_on_trial_still_bills_what_is_billed_once() -> None:
    """Setup is paid when the trial starts."""
    first = phase("2026-06-15", item("monthly"), trial_end=seconds("2026-03-15"), add_invoice_items=[item("fee")])
    found = plan(MONTHLY, FEE, schedule("2026-03-01", first))
    assert invoices(found)[:2] == [("2026-03-01", 500), ("2026-03-15", 1000)]


# --- amounts ---


def test_volume_tiers_price_every_unit_by_the_total() -> None:
    """Sixty units at the second tier's price, and its flat amount."""
    tiers = [
        {"up_to": 50, "unit_amount_decimal": "30"},
        {"up_to": "inf", "unit_amount_decimal": "25", "flat_amount_decimal": "7"},
    ]
    found = plan(
        price("seat", None, 1, tiers=tiers, tiers_mode="volume"),
        schedule("2026-03-01", phase("2026-04-01", item("seat", 60))),
    )
    assert invoices(found) == [("2026-03-01", 60 * 25 + 7)]


def test_graduated_tiers_price_each_unit_by_its_own_tier() -> None:
    """Fifty at 30 and ten at 25, each tier rounded by itself."""
    tiers = [{"up_to": 50, "unit_amount_decimal": "30.01"}, {"up_to": "inf", "unit_amount_decimal": "25.06"}]
    found = plan(
        price("seat", None, 1, tiers=tiers, tiers_mode="graduated"),
        schedule("2026-03-01", phase("2026-04-01", item("seat", 60))),
    )
    assert invoices(found) == [("2026-03-01", 1501 + 251)]


@pytest.mark.parametrize(("behavior", "packs"), [("up", 3), ("down", 2)])
def test_a_price_of_packs_counts_packs(behavior: str, packs: int) -> None:
    """25 units in packs of ten."""
    pack = price("pack", "100", 1, transform_quantity={"divide_by": 10, "round": behavior})
    assert invoices(plan(pack, schedule("2026-03-01", phase("2026-04-01", item("pack", 25))))) == [
        ("2026-03-01", packs * 100)
    ]


def test_each_line_is_rounded_half_up() -> None:
    """Three units of 0.5 minor units are two."""
    found = plan(price("half", "0.5", 1), schedule("2026-03-01", phase("2026-04-01", item("half", 3))))
    assert invoices(found) == [("2026-03-01", 2)]


def test_usage_follows_the_items_of_the_period() -> None:
    """A metered item that leaves in the middle of a month is billed for its part of it."""
    meter = price("meter", "5", 1, recurring={"interval": "month", "usage_type": "metered", "meter": "mtr_1"})
    phases = (phase("2026-04-15", item("monthly"), item("meter", None)), phase("2026-06-01", item("monthly")))
    found = plan(MONTHLY, meter, schedule("2026-03-01", *phases))
    periods = [
        each["period"] for one in found["forecast"]["invoices"] for each in one["lines"] if each["kind"] == "usage"
    ]
    assert periods == [{"start": "2026-03-01", "end": "2026-04-01"}, {"start": "2026-04-01", "end": "2026-04-15"}]


def test_a_price_that_exists_is_what_the_records_say() -> None:
    """The plan lists what it expects of a price that it uses again."""
    reused = [{"resource": "price", "id": "price_9", "expected": YEARLY["params"]}]
    line = item("yearly") | {"price": "price_9"}
    assert invoices(plan(schedule("2026-03-01", phase("2027-03-01", line)), reused=reused)) == [("2026-03-01", 12000)]


def test_a_price_that_the_plan_does_not_describe_is_not_guessed() -> None:
    """Line, invoice and total have no amount, and a warning says why."""
    found = plan(schedule("2026-03-01", phase("2027-03-01", item("yearly") | {"price": "price_9"})))
    assert codes(found) == ["W804"]
    assert found["forecast"]["total"] is None
    assert invoices(found) == [("2026-03-01", None)]


def test_an_invoice_takes_the_items_that_wait_or_name_it() -> None:
    """Both are on it; an item that names another invoice is not."""

    def waiting(name: str, **more: Any) -> Document:
        params = {"pricing": {"price": ref("price/fee")}, "metadata": {"salesforce_order_item_id": name}, "quantity": 1}
        return call(f"invoice_item/{name}", "invoice_item", "create", params | more)

    invoice = call("invoice/1", "invoice", "create", {"pending_invoice_items_behavior": "include", "days_until_due": 5})
    found = plan(FEE, waiting("a"), waiting("b", invoice=ref("invoice/1")), waiting("c", invoice="in_9"), invoice)
    assert invoices(found) == [("2026-02-16", 1000)]
    assert found["forecast"]["invoices"][0]["due_date"] == "2026-02-21"
    assert codes(found) == ["W808"]


@pytest.mark.parametrize(("mode", "total"), [("classic", 8333), ("flexible", 8334)])
def test_the_past_of_a_start_that_was_dated_back(mode: str, total: int) -> None:
    """Classic mode bills three periods of 27.777… in one line, flexible mode in three, each rounded for itself."""
    third = price("monthly", "2777.777777777778", 1)
    ended = phase("2029-03-01", item("monthly"), proration_behavior=None)
    made = schedule("2026-03-01", ended, billing_mode={"type": mode})
    found = plan(third, made, as_of="2026-05-15T09:00:00Z")
    first = found["forecast"]["invoices"][0]
    assert first["total"] == total
    assert len(first["lines"]) == (3 if mode == "flexible" else 1)


@pytest.mark.parametrize(("behavior", "number"), [("release", 12), ("cancel", 1)])
def test_a_schedule_of_a_subscription_that_gets_no_phases(behavior: str, number: int) -> None:
    """It lets the subscription go on, or ends it with the period that it found."""
    origin = {"from_subscription": ref("subscription/1")}
    taken = call("subscription_schedule/1", "subscription_schedule", "create", origin)
    path = {"template": "/v1/subscription_schedules/{id}", "id": ref("subscription_schedule/1")}
    told = call("subscription_schedule/1/update", "subscription_schedule", "update", {"end_behavior": behavior}, path)
    found = plan(MONTHLY, subscription(item("monthly")), taken, told, as_of="2026-03-01T00:00:00Z")
    assert len(invoices(found)) == number


@pytest.mark.parametrize(("behavior", "billed"), [(None, 500), ("none", 1000)])
def test_a_first_cycle_that_is_cancelled_within_is_billed_as_its_call_says(behavior: str | None, billed: int) -> None:
    """Half of the thirty days from 1 April, or the whole month where nothing is prorated."""
    ends = {"cancel_at": seconds("2026-04-16"), "proration_behavior": behavior}
    found = plan(MONTHLY, subscription(item("monthly"), **ends), as_of="2026-04-01T00:00:00Z")
    assert invoices(found) == [("2026-04-01", billed)]


def test_a_phase_that_resets_the_anchor_gives_back_what_is_left_of_the_cycle() -> None:
    """Half of April comes back on the 16th, when a month is billed anew; usage is billed from 1 April."""
    meter = price("meter", "5", 1, recurring={"interval": "month", "usage_type": "metered", "meter": "mtr_1"})
    both = [item("monthly"), item("meter", None)]
    reset = phase("2026-06-16", *both, billing_cycle_anchor="phase_start", proration_behavior=None)
    found = plan(MONTHLY, meter, schedule("2026-03-01", phase("2026-04-16", *both), reset))
    billed = found["forecast"]["invoices"][2]
    assert billed["date"] == "2026-04-16"
    assert sorted((each["kind"], each["amount"]) for each in billed["lines"] if each["kind"] != "usage") == [
        ("credit", -500),
        ("recurring", 1000),
    ]
    (used,) = [each["period"] for each in billed["lines"] if each["kind"] == "usage"]
    assert used == {"start": "2026-04-01", "end": "2026-04-16"}


def test_what_a_coupon_took_off_a_proration_is_not_given_back() -> None:
    """Two units for half of April cost 30.00, less half; of their last five days 10.00 come back, less half."""
    half = {"discounts": [{"coupon": ref("coupon/Half")}], "proration_behavior": "always_invoice"}
    phases = (
        phase("2026-04-16", item("m")),
        phase("2026-04-26", item("m", 2), **half),
        phase("2026-06-01", item("m"), **half),
    )
    forever = coupon("Half", percent_off="50", duration="forever")
    found = plan(price("m", "3000", 1), forever, schedule("2026-03-01", *phases))
    assert invoices(found)[2:4] == [("2026-04-16", 0), ("2026-04-26", -250)]


def test_a_missed_cycle_that_the_schedule_cannot_finish_is_not_billed() -> None:
    """January and February are billed in March, and not March, whose phase ends on the tenth without prorations."""
    phases = (phase("2026-02-01", item("monthly"), proration_behavior=None), phase("2026-03-10", item("monthly")))
    found = plan(MONTHLY, schedule("2026-01-01", *phases), as_of="2026-03-05T09:00:00Z")
    assert invoices(found) == [("2026-03-05", 2000)]
