"""Previews: draft orders planned as if they were activated, and what they still lack."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from orderplan.engine.forecast import forecasted
from orderplan.engine.plan import Plan, from_document, make_plan, to_document
from orderplan.engine.schema import stripe
from tests.builders import amend, an_order, change, seat, to_json
from tests.cli.commands import invoked
from tests.plan.plans import VERSION, clean_plan, loaded, plan_of, program

DRAFT = {"Status": "Draft", "StatusCode": "Draft", "ActivatedDate": None}


def previewed(bundle: dict[str, Any], team: str = "") -> Plan:
    return make_plan(loaded(bundle), program(team), stripe.load(VERSION), preview=True)


def draft(bundle: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """The bundle with an order and its lines as they are before activation."""
    copy = deepcopy(bundle)
    order = copy["records"]["Order"][number]
    order |= DRAFT
    for each in copy["records"]["OrderItem"]:
        if each["OrderId"] == order["Id"]:
            each["SBQQ__Activated__c"] = False
    return copy


def notes(plan: Plan) -> list[str]:
    return [note for each in plan.diagnostics if each.code == "N505" for note in each.notes]


def test_a_draft_is_planned_as_the_activated_order_would_be() -> None:
    """The calls of a preview are those that activation leads to; only it is not applyable."""
    bundle = an_order([seat("45.00", 2)])
    preview = previewed(draft(bundle))
    assert [(each.id, each.params) for each in preview.calls] == [
        (each.id, each.params) for each in clean_plan(bundle).calls
    ]
    assert (preview.applyable, preview.sound) == (False, True)
    assert plan_of(draft(bundle)).calls == ()


def test_what_is_missing_is_said() -> None:
    """The order, its lines, and the contract that CPQ has not made."""
    said = notes(previewed(draft(an_order([seat(), seat(name="Room")]))))
    assert said[0] == "its Status is Draft, not Activated"
    assert said[1].startswith("2 of its lines are not activated: OrderItem(802")
    assert said[2].startswith("SBQQ__Contracted__c is not set")


def test_a_draft_amendment_of_an_activated_order() -> None:
    """Only the amendment is a draft: it is planned on top of the order that stands."""
    bundle = amend(an_order([seat()]), "2026-09-01", lines=[change("Workspace seat", 2)])
    preview = previewed(draft(bundle, 1))
    assert [each.action for each in preview.calls if each.resource == "subscription_schedule"] == ["create", "update"]
    assert [each.record for each in preview.diagnostics if "draft" in each.message] == [
        f"Order({bundle['records']['Order'][1]['Id']})"
    ]


def test_a_rule_that_does_not_know_the_status_is_said() -> None:
    """Where the sync rule asks for more than activation, the preview goes on and says so."""
    team = 'sync Order as order when order.Status == "Activated" and order.Type == "Live"\n'
    preview = previewed(draft(an_order([seat()])), team)
    assert preview.calls
    assert "the sync rule does not select it, not even when it is activated" in notes(preview)


def test_a_cancelled_order_is_no_draft() -> None:
    """What was cancelled is not planned, by a preview either."""
    bundle = an_order([seat()], order={"Status": "Cancelled", "StatusCode": "Canceled"})
    assert previewed(bundle).calls == ()


def test_a_preview_is_saved_and_read_as_one() -> None:
    """The document says that it is a preview, and has its forecast."""
    preview = previewed(draft(an_order([seat("45.00", 2)])))
    document = forecasted(preview).to_document()
    assert (document["preview"], document["applyable"], bool(document["forecast"]["invoices"])) == (True, False, True)
    read = from_document(to_document(preview))
    assert (read.preview, read.applyable) == (True, False)
    assert "preview" not in to_document(clean_plan(an_order([seat()])))


def test_the_command_shows_a_preview_and_ends_well(tmp_path: Any) -> None:
    """It is called a preview, and is no failure; as fixtures it is refused."""
    path = tmp_path / "draft.json"
    path.write_text(to_json(draft(an_order([seat("45.00", 2)]))), encoding="utf-8")
    shown = invoked("plan", "--preview", str(path))
    assert (shown.status, shown.out.splitlines()[-1].startswith("Preview: 4 to create")) == (0, True)
    assert "N505" in shown.err
    assert invoked("plan", str(path)).status == 3
    fixtures = invoked("plan", "--preview", "--format", "stripe-fixtures", str(path))
    assert (fixtures.status, "the plan is a preview" in fixtures.err) == (1, True)
    assert "A preview: orders are not activated yet" in invoked("plan", "--preview", "--format", "html", str(path)).out
