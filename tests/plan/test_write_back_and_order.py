"""Write-backs, calls on other calls' objects, and the order of calls."""

from __future__ import annotations

import pytest

from orderplan.engine.parameters import CallPath, Ref
from orderplan.engine.plan import StoredText, dump, read_plan, to_document
from tests.builders import amend, an_order, change, seat, setup_fee
from tests.plan.plans import call, calls, clean_plan, codes, found, ids, plan_of, record_id_of, target

ORDER = an_order([seat("120.00", 2), setup_fee("500.00")])


def _stored(wanted: str, team: str = "", bundle: dict = ORDER) -> list[tuple[str, str, object]]:
    return [(each.id, each.field, each.value) for each in call(clean_plan(bundle, team), wanted).store]


def test_an_id_is_stored_on_the_record_it_was_made_of() -> None:
    """The value is a reference to the answer of this very call."""
    account = record_id_of(ORDER, "Account")
    assert _stored("customer") == [(account, "Stripe_ID__c", Ref(f"customer/{account}"))]


def test_a_template_is_stored_in_its_parts() -> None:
    """Texts and fields of the answer in turn."""
    account, team = (
        record_id_of(ORDER, "Account"),
        'override customer { store t"https://pay.example/{id}/view" in account.Website }',
    )
    answer = Ref(f"customer/{account}")
    assert _stored("customer", team)[1] == (
        account,
        "Website",
        StoredText(("https://pay.example/", answer, "/view")),
    )


def test_a_write_back_waits_for_its_condition() -> None:
    """The list price goes to the price book entry, a line's own price to the line."""
    bundle = an_order([seat("120.00"), seat("60.00", name="Add-on", quoted_price="50.00")])
    entry, line = record_id_of(bundle, "PricebookEntry"), record_id_of(bundle, "OrderItem", 1)
    assert [each[0] for each in _stored(f"price/{entry}", bundle=bundle)] == [entry]
    assert [each[0] for each in _stored(f"price/{line}", bundle=bundle)] == [line]


def test_a_write_back_to_a_record_that_is_not_there_is_left_out() -> None:
    """An order without a contact has nobody to store anything on."""
    team = "override customer { store id in contract.order.BillToContact.Title }"
    assert len(_stored("customer", team)) == 2
    assert len(_stored("customer", team, an_order([seat()], order={"BillToContactId": None}))) == 1


def test_an_update_of_a_new_object_goes_to_the_object_that_the_call_makes() -> None:
    """The path has a template and the reference, and the update waits for the creation."""
    line = record_id_of(bundle := an_order([seat("60.00", quoted_price="50.00")]), "OrderItem")
    archive = call(clean_plan(bundle), f"price/{line}/update")
    assert archive.path == CallPath("/v1/prices/{id}", Ref(f"price/{line}"))
    assert (archive.method, archive.params) == ("POST", {"active": False})
    assert set(archive.depends_on) == {f"price/{line}", f"subscription_schedule/{record_id_of(bundle, 'Order')}"}


def test_a_call_on_an_object_that_exists_has_a_plain_path() -> None:
    """No reference is left where the id is known."""
    team = 'map customer update from contract.account as account on "cus_known" { name = account.Name }'
    assert call(clean_plan(ORDER, team), "customer update").path == "/v1/customers/cus_known"


def test_a_call_on_nothing_is_an_error() -> None:
    """E704 where the `on` clause is absent."""
    team = "map customer update from contract.account as account on account.Fax { name = account.Name }"
    assert "customer/" in found(plan_of(ORDER, team), "E704").message
    read, faults = read_plan(dump(to_document(plan_of(ORDER, team))), "plan.json")
    assert faults == [], "the plan can be saved and shown all the same"
    assert read is not None
    assert call(read, "customer update").path == CallPath("/v1/customers/{id}", None)


def test_an_answer_that_is_no_id_stays_a_reference_to_its_field() -> None:
    """Of two updates in one plan the second names the moment at which the first began its phase."""
    bundle = amend(
        an_order([seat("1200.00", 1, frequency="Annual")], as_of="2026-02-16T09:00:00Z"),
        "2026-04-01",
        lines=[change("Workspace seat", 3)],
    )
    bundle = amend(bundle, "2026-05-01", lines=[change("Workspace seat", 6)], as_of="2026-05-20T09:00:00Z")
    plan = clean_plan(bundle)
    first, second = calls(plan, "subscription_schedule", "update")
    starts = [each["start_date"] for each in second.params["phases"]]
    assert Ref(first.id, "current_phase.start_date") in starts
    assert first.id in second.depends_on


def test_calls_follow_what_they_need() -> None:
    """Customer, products, prices, schedule: each after everything that it refers to."""
    plan = clean_plan(ORDER)
    at = {name: place for place, name in enumerate(ids(plan))}
    for each in plan.calls:
        assert all(at[needed] < at[each.id] for needed in each.depends_on)
    assert [each.resource for each in plan.calls] == [
        "customer",
        "product",
        "product",
        "price",
        "price",
        "subscription_schedule",
    ]


def test_ties_follow_the_rules_and_then_the_records() -> None:
    """Nothing orders two products but their lines on the order."""
    names = [
        each.params["name"]
        for each in calls(clean_plan(an_order([seat(name="Zebra"), seat(name="Aardvark")])), "product")
    ]
    assert names == ["Zebra", "Aardvark"]


def test_after_names_what_no_reference_says() -> None:
    """An invoice takes up the pending items, so it waits for them."""
    plan = clean_plan(an_order([setup_fee("10.00"), setup_fee("20.00", name="Training")], start=None, term=None))
    (invoice,) = calls(plan, "invoice")
    assert {each.id for each in calls(plan, "invoice_item")} <= set(invoice.depends_on)
    (finalize,) = calls(plan, "invoice", "finalize")
    assert set(finalize.depends_on) == {invoice.id, *(each.id for each in calls(plan, "invoice_item"))}


def test_after_of_a_resource_without_calls_waits_for_nothing() -> None:
    """The prices of a schedule wait for the schedule, not for an invoice that is not there."""
    plan = clean_plan(an_order([seat("60.00", quoted_price="50.00")]))
    assert not [each for each in call(plan, "price update").depends_on if each.startswith("invoice")]


def test_calls_that_wait_for_one_another_are_an_error() -> None:
    """E707 names them all."""
    team = """map coupon update from contract.account as account on "a" after promotion_code { name = account.Name }
    map promotion_code update from contract.account as account on "b" after coupon { active = false }"""
    fault = found(plan_of(ORDER, team), "E707")
    account = record_id_of(ORDER, "Account")
    assert (
        fault.message == f"these calls wait for one another: coupon/{account}/update, promotion_code/{account}/update"
    )


def test_two_calls_on_one_object_keep_the_order_of_the_rules() -> None:
    """The second change of an object is the one that stays."""
    team = """map customer update from contract.account as account on ref(customer, account) { name = "later" }
    map product update from contract.account as account on "prod_1" { name = "x" }"""
    plan = clean_plan(ORDER, team)
    assert target(call(plan, "customer update").path.id) == call(plan, "customer").id  # type: ignore[union-attr]


def test_what_nobody_needs_is_not_made() -> None:
    """A product that no price needs, a customer that no call names: supporting objects come on demand."""
    planned = an_order([seat()], order={"Stripe_ID__c": "sub_sched_before"})
    assert ids(clean_plan(planned)) == []


def test_an_object_of_its_own_is_made_without_being_needed() -> None:
    """A resource that nothing refers to is wanted for itself."""
    team = 'map tax_rate from contract { display_name = "VAT"\n inclusive = false\n percentage = 20\n }'
    assert f"tax_rate/{record_id_of(ORDER, 'Order')}" in ids(clean_plan(ORDER, team))


@pytest.mark.parametrize("name", ['"x"', "text(phase.end)"])
def test_two_rows_with_one_key_are_an_error(name: str) -> None:
    """E701: two rows would be one call, and one of them would get lost; even where both say the same."""
    team = f"""map tax_rate from contract.phases as phase key phase.order.Id {{
      display_name = {name}\n inclusive = false\n percentage = 20\n }}"""
    bundle = an_order([seat("1200.00", frequency="Annual")], term=18)
    fault = found(plan_of(bundle, team), "E701")
    assert fault.message == f"two rows make the call tax_rate/{record_id_of(bundle, 'Order')}"
    assert fault.fix == "give the map a `key` that tells the rows apart"


def test_one_account_of_two_orders_is_one_customer() -> None:
    """Two contracts of one plan share customer and products instead of making them twice."""
    from copy import deepcopy

    bundle, other = deepcopy(ORDER), an_order([seat("120.00", 2)], number=2)
    for name, records in other["records"].items():
        if name in ("Order", "OrderItem", "SBQQ__Quote__c", "SBQQ__QuoteLine__c", "Opportunity"):
            bundle["records"][name] += deepcopy(records)
    account, entry, product = (record_id_of(ORDER, each) for each in ("Account", "PricebookEntry", "Product2"))
    book, contact = record_id_of(ORDER, "Pricebook2"), record_id_of(ORDER, "Contact")
    wrong = {
        "AccountId": account,
        "PricebookEntryId": entry,
        "Product2Id": product,
        "BillToContactId": contact,
        "Pricebook2Id": book,
        "SBQQ__Account__c": account,
        "SBQQ__PriceBook__c": book,
        "SBQQ__PrimaryContact__c": contact,
        "SBQQ__PricebookEntryId__c": entry,
        "SBQQ__Product__c": product,
    }
    for records in bundle["records"].values():
        for each in records:
            each |= {name: value for name, value in wrong.items() if name in each and str(each[name])[3:9] == "W00002"}
    bundle["order_ids"] += other["order_ids"]
    plan = clean_plan(bundle)
    assert codes(plan) == []
    assert [len(calls(plan, each)) for each in ("customer", "product", "price", "subscription_schedule")] == [
        1,
        2,
        2,
        2,
    ]
