"""More one-time lines than the twenty that a phase takes: the others wait for the same invoice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import amend, an_order, change, evergreen, seat, setup_fee
from tests.contract.contracts import planned
from tests.forecast.forecasts import forecast_of, invoices, is_reconciled
from tests.plan.plans import clean_plan, document_of

SEAT = "Workspace seat"
FEES = [setup_fee(f"{number}.50", name=f"Fee {number}") for number in range(1, 26)]
START = "2026-03-01T09:30:00Z"

Call = dict[str, Any]


def calls(document: dict[str, Any], resource: str) -> list[Call]:
    return [each for each in document["calls"] if each["resource"] == resource]


def amended() -> dict[str, Any]:
    first = an_order([seat()], as_of=START)
    return amend(first, "2026-05-11", lines=[change(SEAT, 2), *FEES], as_of="2026-05-11T10:00:00Z")


def test_the_first_twenty_stay_and_the_others_exist_before_the_schedule_starts() -> None:
    """They wait on the customer, and the schedule's first invoice takes them up: 120.00, and 1.50 to 25.50 are 337.50."""
    document = document_of(an_order([seat(), *FEES], as_of=START))
    (schedule,) = calls(document, "subscription_schedule")
    waiting = calls(document, "invoice_item")
    assert len(schedule["params"]["phases"][0]["add_invoice_items"]) == 20
    assert len(waiting) == 5
    assert not any(each["params"].keys() & {"subscription", "invoice"} for each in waiting)
    assert {each["id"] for each in waiting} <= set(schedule["depends_on"])
    assert invoices(forecast_of(an_order([seat(), *FEES], as_of=START)))[:2] == [
        ("2026-03-01", 45750),
        ("2026-04-01", 12000),
    ]


def test_an_amendment_that_starts_now_puts_them_on_its_subscription() -> None:
    """Stripe's answer to the update tells the subscription, and the items come after it."""
    document = document_of(amended())
    update = next(each for each in calls(document, "subscription_schedule") if each["action"] == "update")
    waiting = calls(document, "invoice_item")
    assert [len(each["add_invoice_items"]) for each in update["params"]["phases"] if "add_invoice_items" in each] == [
        20
    ]
    assert len(waiting) == 6
    for each in waiting:
        assert each["params"]["subscription"] == {"$ref": {"call": update["id"], "field": "subscription"}}
        assert update["id"] in each["depends_on"]
    assert is_reconciled(forecast_of(amended()))


def test_a_proration_stays_with_its_phase() -> None:
    """It covers a period of the phase, so that a one-time line goes in its place."""
    document = document_of(amended())
    update = next(each for each in calls(document, "subscription_schedule") if each["action"] == "update")
    stays = update["params"]["phases"][-1]["add_invoice_items"]
    assert [each for each in stays if "period" in each]
    assert not any("period" in each["params"] for each in calls(document, "invoice_item"))


def test_planned_later_they_are_the_same() -> None:
    """The amendment of a contract that is in Stripe already: only its own items are made, and the whole is compared."""
    later = planned(amended(), orders=1)
    document = document_of(later)
    assert len(calls(document, "invoice_item")) == 6
    assert is_reconciled(forecast_of(later))


@pytest.mark.parametrize("activated", ["2026-03-01T10:00:00.000+0000", "2026-02-20T10:00:00.000+0000", None])
def test_items_of_an_earlier_plan_are_billed_as_history(activated: str | None) -> None:
    """They were made then, and are not made again: 457.50 on the first day, whatever is known of that plan's moment."""
    first = an_order([seat(), *FEES], as_of=START)
    first["records"]["Order"][0]["ActivatedDate"] = activated
    later = planned(amend(first, "2026-05-01", lines=[change(SEAT, 2)], as_of="2026-05-01T10:00:00Z"), orders=1)
    document = forecast_of(later)
    assert not calls(document, "invoice_item")
    assert invoices(document)[0] == ("2026-03-01", 45750)
    assert is_reconciled(document)


def test_an_evergreen_subscription_takes_them_with_its_first_invoice() -> None:
    """A hundred and twenty of the plan, and the fees."""
    bundle = an_order([evergreen(), *FEES], term=1, as_of=START)
    document = document_of(bundle)
    (subscription,) = calls(document, "subscription")
    assert len(subscription["params"]["add_invoice_items"]) == 20
    assert {each["id"] for each in calls(document, "invoice_item")} <= set(subscription["depends_on"])
    assert invoices(forecast_of(bundle))[0] == ("2026-03-01", 45750)


def test_an_amended_evergreen_subscription_takes_them_with_its_next_invoice() -> None:
    """They name the subscription that the plan makes."""
    first = an_order([evergreen()], term=1, as_of=START)
    document = document_of(amend(first, "2026-03-01", lines=[evergreen(name="Beside"), *FEES], as_of=START))
    named = {str(each["params"]["subscription"]) for each in calls(document, "invoice_item")}
    assert named == {str({"$ref": {"call": "subscription/801W00001000001IAA", "field": "id"}})}


def test_what_would_wait_for_another_invoice_is_refused() -> None:
    """A start that is ahead, or an amendment's: until then another invoice could take the items."""
    for bundle in (
        an_order([seat(), *FEES], as_of="2026-02-20T09:00:00Z"),
        an_order([evergreen(), *FEES], term=1, as_of="2026-02-20T09:00:00Z"),
        amended() | {"as_of": "2026-05-04T09:00:00Z"},
    ):
        faults = [each for each in document_of(bundle)["diagnostics"] if each["severity"] == "error"]
        assert [each["code"] for each in faults] == ["E588"]
        assert "or later" in faults[0]["fix"]


def test_items_of_two_contracts_of_a_customer_do_not_mix() -> None:
    """Each contract's items come right before its own schedule, which would take up those of the other too."""
    one, two = (an_order([seat(), *FEES], as_of=START, number=each) for each in (1, 2))
    (account,), (other,) = one["records"]["Account"], two["records"]["Account"]
    text = json.dumps(two).replace(other["Id"], account["Id"])
    records = json.loads(text)["records"] | {"Account": []}
    both = one | {
        "order_ids": [*one["order_ids"], *two["order_ids"]],
        "records": {name: [*one["records"][name], *records.get(name, ())] for name in one["records"]},
    }
    made = [each for each in clean_plan(both).calls if each.resource in ("invoice_item", "subscription_schedule")]
    assert len({each.params["customer"] for each in made}) == 1
    assert [each.contract for each in made] == ["801W00001000001IAA"] * 6 + ["801W00002000001IAA"] * 6
    assert [each.resource for each in made] == (["invoice_item"] * 5 + ["subscription_schedule"]) * 2


def test_prices_are_archived_after_the_items_that_use_them() -> None:
    """Stripe makes no invoice item with a price that is not active."""
    document = document_of(amended())
    items = {each["id"] for each in calls(document, "invoice_item")}
    archived = [each for each in calls(document, "price") if each["action"] == "update"]
    assert archived
    assert all(items <= set(each["depends_on"]) for each in archived)
