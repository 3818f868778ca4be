"""Objects that exist in Stripe: ids on records, known state, updates, faults."""

from __future__ import annotations

from typing import Any

import pytest

from orderplan.engine.plan import RecordName, Reused
from orderplan.engine.plan.existing import difference
from tests.builders import amend, an_order, change, coupon, graduated, patched, seat, usage
from tests.plan.plans import (
    call,
    calls,
    clean_plan,
    codes,
    found,
    ids,
    params,
    phases,
    plan_of,
    price_of,
    record_id_of,
    target,
)

Bundle = dict[str, Any]
UPDATE = 'settings { existing_customer = "update"\n existing_product = "update" }'
STANDARD = an_order([seat("120.00", 2)])


def linked(bundle: Bundle, object_name: str, stripe_id: str | None, at: int = 0) -> Bundle:
    """The bundle in which a record carries a Stripe id."""
    return patched(bundle, object_name, at, Stripe_ID__c=stripe_id)


def knowing(bundle: Bundle, resource: str, *states: dict[str, Any]) -> Bundle:
    """The bundle with what is known of objects in Stripe."""
    return bundle | {"stripe": {**bundle.get("stripe", {}), resource: list(states)}}


def applied(bundle: Bundle, *, schedule: str | None = None) -> Bundle:
    """The bundle after everything but the order was made in Stripe: each record carries the id of what became of it."""
    out = linked(bundle, "Account", "cus_made")
    for name, prefix in (("Product2", "prod"), ("PricebookEntry", "price")):
        for at in range(len(out["records"].get(name, []))):
            out = linked(out, name, f"{prefix}_made{at}", at)
    return linked(out, "Order", schedule) if schedule else out


# --- ids on records ---


@pytest.mark.parametrize("value", ["G7Kdgv7XfMirVlLR", "sub_sched", "sub sched_1", "0", "sub_sched_", "sub_sched_1 2"])
def test_init_11_garbage_in_the_id_field_is_a_warning(value: str) -> None:
    """INIT-11: what is no id is ignored with W701, the schedule is made and its id stored."""
    bundle = linked(STANDARD, "Order", value)
    plan = plan_of(bundle)
    assert codes(plan) == ["W701"]
    assert value in found(plan, "W701").message
    assert call(plan, "subscription_schedule").store[0].field == "Stripe_ID__c"


@pytest.mark.parametrize("value", ["cus_123", "prod_123", "in_123", "price_9"])
def test_init_12_an_id_of_another_type_is_a_warning(value: str) -> None:
    """INIT-12: a customer's id on an order is no schedule; a schedule is made."""
    plan = plan_of(linked(STANDARD, "Order", value))
    assert codes(plan) == ["W701"]
    assert found(plan, "W701").record == f"Order({record_id_of(STANDARD, 'Order')})"
    assert len(calls(plan, "subscription_schedule")) == 1


def test_an_id_with_a_longer_prefix_is_told_apart() -> None:
    """`sub_sched_…` starts with `sub_` too, and is no subscription; `sub_…` on a future schedule's order is none either."""
    plan = plan_of(linked(STANDARD, "Account", "sub_sched_1"))
    assert codes(plan) == ["W701"]


def test_init_13_a_customer_that_exists_is_used() -> None:
    """INIT-13: no second customer; the schedule names the id itself, and the plan lists what it uses."""
    plan = clean_plan(linked(STANDARD, "Account", "cus_known"))
    assert calls(plan, "customer") == []
    assert params(plan, "subscription_schedule")["customer"] == "cus_known"
    account = RecordName("Account", record_id_of(STANDARD, "Account"))
    assert list(plan.reused) == [Reused("customer", "cus_known", account)]


def test_init_13_an_adopted_customer_gets_the_metadata_that_it_lacks() -> None:
    """INIT-13: with `update`, the ids of Salesforce are added; the customer's own keys are not sent, so they stay."""
    known = {"id": "cus_known", "name": "Marlow & Finch 1", "metadata": {"custom": "metadata"}}
    plan = clean_plan(knowing(linked(STANDARD, "Account", "cus_known"), "customer", known), UPDATE)
    assert calls(plan, "customer") == []
    account = record_id_of(STANDARD, "Account")
    assert params(plan, "customer update")["metadata"] == {
        "salesforce_account_id": account,
        "salesforce_account_link": f"https://login.salesforce.com/{account}",
    }


def test_init_01_a_planned_order_is_not_planned_again() -> None:
    """INIT-01: the second run makes nothing at all."""
    plan = clean_plan(applied(STANDARD, schedule="sub_sched_made"))
    assert ids(plan) == []
    assert "sub_sched_made" in {each.id for each in plan.reused}


def test_ids_of_records_take_the_place_of_references() -> None:
    """With customer, product and price made, one call is left, and no reference in it."""
    plan = clean_plan(applied(STANDARD))
    assert [each.resource for each in plan.calls] == ["subscription_schedule"]
    assert phases(plan)[0]["items"][0]["price"] == "price_made0"
    assert call(plan, "subscription_schedule").depends_on == ()


def test_prod_01_a_product_that_exists_is_not_made_again() -> None:
    """PROD-01: the new price belongs to the product that exists."""
    plan = clean_plan(linked(STANDARD, "Product2", "prod_known"))
    assert calls(plan, "product") == []
    assert params(plan, "price")["product"] == "prod_known"


def test_price_08_a_tiered_price_is_used_again() -> None:
    """PRICE-08: tiers of the entry, translated before: no price is made."""
    tiers = graduated((2, "10.00"), (10, "20.00"), (None, "30.00"))
    plan = clean_plan(applied(an_order([seat("10.00", tiers=tiers)])))
    assert calls(plan, "price") == []
    assert phases(plan)[0]["items"][0]["price"] == "price_made0"


def test_price_09_a_licensed_price_is_used_again() -> None:
    """PRICE-09: the id of the price book entry is the price of the item."""
    plan = clean_plan(linked(STANDARD, "PricebookEntry", "price_known"))
    assert calls(plan, "price") == []
    assert phases(plan)[0]["items"][0]["price"] == "price_known"


def test_price_10_a_line_without_customisation_makes_no_price_of_its_own() -> None:
    """PRICE-10: two lines at list price on two runs share the entry's price."""
    plan = clean_plan(applied(an_order([seat("120.00", 7)])))
    assert calls(plan, "price") == []


def test_price_12_a_customised_line_is_planned_once() -> None:
    """PRICE-12: the id on the order line is the key by which its own price is found again."""
    bundle = an_order([seat("120.00", quoted_price="140.00")])
    first = clean_plan(bundle)
    assert price_of(first, phases(first)[0]["items"][0])["unit_amount_decimal"] == "14000"
    again = clean_plan(linked(bundle, "OrderItem", "price_own"))
    assert calls(again, "price") == []
    assert phases(again)[0]["items"][0]["price"] == "price_own"


def test_a_price_of_a_line_is_archived_where_it_exists_already() -> None:
    """The archiving of an interrupted run is made up for: the update names the id that is known."""
    plan = clean_plan(linked(an_order([seat("120.00", quoted_price="140.00")]), "OrderItem", "price_own"))
    assert call(plan, "price update").path == "/v1/prices/price_own"


# --- update or reuse ---


def test_cust_05_without_the_setting_a_customer_is_left_alone() -> None:
    """CUST-05: a new name and postal code stay in Salesforce."""
    known = {"id": "cus_known", "name": "Old name", "address": {"postal_code": "77077"}}
    assert (
        calls(clean_plan(knowing(linked(STANDARD, "Account", "cus_known"), "customer", known)), "customer", "update")
        == []
    )


def test_cust_05_with_the_setting_only_what_differs_is_sent() -> None:
    """CUST-05: name and postal code changed; the phone, which is the same, is not sent again."""
    bundle = linked(
        an_order([seat()], account={"Name": "New name", "ShippingPostalCode": "77048"}), "Account", "cus_known"
    )
    account = record_id_of(bundle, "Account")
    shipping = {"name": "New name", "phone": "+1 503 555 0142"}
    address = {
        "line1": "48 Quarry Row\nFloor 3",
        "city": "Portland",
        "state": "Oregon",
        "postal_code": "97209",
        "country": "US",
    }
    known = {
        "id": "cus_known",
        "name": "Old name",
        "phone": "+1 503 555 0142",
        "description": "Makes measuring instruments",
        "address": address,
        "shipping": {**shipping, "address": address | {"postal_code": "77077"}},
        "metadata": {
            "salesforce_account_id": account,
            "salesforce_account_link": f"https://login.salesforce.com/{account}",
        },
    }
    update = call(clean_plan(knowing(bundle, "customer", known), UPDATE), "customer update")
    assert update.path == "/v1/customers/cus_known"
    assert update.params == {
        "name": "New name",
        "shipping": {**shipping, "address": address | {"postal_code": "77048"}},
    }


def test_cust_04_an_update_without_known_state_sends_everything() -> None:
    """CUST-04: what is in Stripe is not known, so all that is mapped is sent."""
    bundle = linked(
        an_order([seat()], account={"Name": "Renamed", "Description": "Now larger"}), "Account", "cus_known"
    )
    update = call(clean_plan(bundle, UPDATE), "customer update")
    assert (update.params["name"], update.params["description"]) == ("Renamed", "Now larger")
    assert "metadata" in update.params


def test_an_update_that_changes_nothing_is_not_planned() -> None:
    """A customer that says what the records say needs no call."""
    bundle = linked(STANDARD, "Account", "cus_known")
    same = clean_plan(STANDARD)
    state = {"id": "cus_known", **params(same, "customer")}
    assert calls(clean_plan(knowing(bundle, "customer", state), UPDATE), "customer", "update") == []


FIELDS = "metadata.field_1 = account.Name\n metadata.field_2 = account.Description"


def test_cust_06_metadata_only_ever_adds() -> None:
    """CUST-06: a foreign key is not sent, a changed one is; a mapping that is gone deletes nothing."""
    bundle = linked(an_order([seat()], account={"Name": "Renamed"}), "Account", "cus_known")
    account = record_id_of(bundle, "Account")
    metadata = {
        "salesforce_account_id": account,
        "salesforce_account_link": f"https://login.salesforce.com/{account}",
        "field_1": "Old name",
        "field_2": "Makes measuring instruments",
        "foreign": "kept",
    }
    known = knowing(bundle, "customer", {"id": "cus_known", "metadata": metadata})
    both = params(clean_plan(known, f"{UPDATE}\noverride customer {{ {FIELDS} }}"), "customer update")
    assert both["metadata"] == {"field_1": "Renamed"}
    one = params(
        clean_plan(known, f"{UPDATE}\noverride customer {{ metadata.field_1 = account.Name }}"), "customer update"
    )
    assert one["metadata"] == {"field_1": "Renamed"}


def test_prod_02_a_product_is_updated_with_what_is_new() -> None:
    """PROD-02: name, statement descriptor and a metadata key; the tax code, which is the same, is not sent."""
    bundle = linked(an_order([seat(name="Gold Subscription 2")]), "Product2", "prod_known")
    product = record_id_of(bundle, "Product2")
    team = f"""{UPDATE}
    override product {{
      tax_code = "txcd_99999999"
      shippable = true
      statement_descriptor = "Gold Sub"
      metadata.metadata_key_1 = "value"
    }}"""
    known = {
        "id": "prod_known",
        "name": "Gold Subscription",
        "description": "Gold Subscription 2, as in our price list",
        "tax_code": "txcd_99999999",
        "shippable": True,
        "metadata": {
            "salesforce_product2_id": product,
            "salesforce_product2_link": f"https://login.salesforce.com/{product}",
        },
    }
    plan = clean_plan(knowing(bundle, "product", known), team)
    assert calls(plan, "product") == []
    assert params(plan, "product update") == {
        "name": "Gold Subscription 2",
        "statement_descriptor": "Gold Sub",
        "metadata": {"metadata_key_1": "value"},
    }


def test_an_update_leaves_out_what_only_a_creation_takes() -> None:
    """A product's `id` can be chosen when it is made, never changed."""
    team = f'{UPDATE}\noverride product {{ type = "service" }}'
    assert "type" not in params(clean_plan(linked(STANDARD, "Product2", "prod_known"), team), "product update")


def test_an_update_of_an_object_stores_nothing_again() -> None:
    """The id is on the record already."""
    assert call(clean_plan(linked(STANDARD, "Account", "cus_known"), UPDATE), "customer update").store == ()


# --- faults of what exists ---


def test_a_deleted_customer_is_an_error() -> None:
    """E706: FAIL-05; the id leads to something that was deleted."""
    plan = plan_of(knowing(linked(STANDARD, "Account", "cus_gone"), "customer", {"id": "cus_gone", "deleted": True}))
    fault = found(plan, "E706")
    assert fault.message == "the customer cus_gone was deleted in Stripe"
    assert fault.record == f"Account({record_id_of(STANDARD, 'Account')})"
    assert not plan.applyable


def a_price(**changes: Any) -> dict[str, Any]:
    """A monthly price of 120 USD as Stripe gives it."""
    recurring = {
        "interval": "month",
        "interval_count": 1,
        "usage_type": "licensed",
        "meter": None,
        "trial_period_days": None,
    }
    return {
        "id": "price_known",
        "unit_amount": 12000,
        "unit_amount_decimal": "12000",
        "currency": "usd",
        "recurring": recurring,
        "tiers_mode": None,
    } | changes


def test_a_price_that_says_the_same_is_used() -> None:
    """Figures are compared as numbers, and parts that Stripe adds do not count."""
    known = a_price(unit_amount_decimal="12000.00")
    assert codes(plan_of(knowing(linked(STANDARD, "PricebookEntry", "price_known"), "price", known))) == []


CHANGED: dict[str, tuple[dict[str, Any], str]] = {
    "amount": (
        {"unit_amount": 9900, "unit_amount_decimal": "9900"},
        "unit_amount_decimal: Stripe has 9900, the records say 12000",
    ),
    "currency": ({"currency": "eur"}, "currency: Stripe has eur, the records say usd"),
    "cycle": (
        {"recurring": {"interval": "year", "interval_count": 1, "usage_type": "licensed"}},
        "recurring: Stripe has interval year",
    ),
    "usage": ({"recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"}}, "usage_type metered"),
    "one-time": ({"recurring": None}, "recurring: Stripe has none"),
    "tiers mode": ({"tiers_mode": "volume"}, "tiers_mode: Stripe has volume, the records say none"),
}


@pytest.mark.parametrize(("changes", "words"), CHANGED.values(), ids=CHANGED)
def test_a_price_with_other_figures_is_an_error(changes: dict[str, Any], words: str) -> None:
    """E705: both figures, the record, and what to do."""
    plan = plan_of(knowing(linked(STANDARD, "PricebookEntry", "price_known"), "price", a_price(**changes)))
    fault = found(plan, "E705")
    assert words in fault.notes[0]
    assert fault.record == f"PricebookEntry({record_id_of(STANDARD, 'PricebookEntry')})"
    assert str(fault.fix).startswith("clear the Stripe id on the record")


def test_a_year_is_twelve_months() -> None:
    """A yearly price that someone made by hand says the same as twelve months."""
    bundle = linked(an_order([seat("120.00", frequency="Annual")]), "PricebookEntry", "price_known")
    known = a_price(recurring={"interval": "year", "interval_count": 1, "usage_type": "licensed"})
    assert codes(plan_of(knowing(bundle, "price", known))) == []


def a_tiered_price(*tiers: tuple[int | None, str | None]) -> dict[str, Any]:
    """A metered price in graduated tiers as Stripe gives it."""
    rows = [{"up_to": up_to, "unit_amount_decimal": unit, "flat_amount_decimal": None} for up_to, unit in tiers]
    recurring = {"interval": "month", "interval_count": 1, "usage_type": "metered"}
    return {
        "id": "price_known",
        "unit_amount_decimal": None,
        "currency": "usd",
        "recurring": recurring,
        "tiers_mode": "graduated",
        "tiers": rows,
    }


@pytest.mark.parametrize(
    ("known", "faults"),
    [
        (a_tiered_price((None, "1"), (100, "2")), []),
        (a_tiered_price((100, "2.00"), (None, "1.0")), []),
        (a_tiered_price((100, "3"), (None, "1")), ["E705"]),
        (a_tiered_price((200, "2"), (None, "1")), ["E705"]),
        (a_tiered_price((None, "1")), ["E705"]),
    ],
    ids=["other order", "other spelling", "other amount", "other bound", "fewer"],
)
def test_unit_04_tiers_are_compared_without_their_order(known: dict[str, Any], faults: list[str]) -> None:
    """UNIT-04: the same steps in any order are the same price."""
    bundle = an_order([usage("0.00", tiers=graduated((100, "0.02"), (None, "0.01")))])
    assert codes(plan_of(knowing(linked(bundle, "PricebookEntry", "price_known"), "price", known))) == faults


def test_a_reference_that_nothing_makes_is_an_error() -> None:
    """E703: the map of products leaves one out, and a price needs it."""
    team = 'map tax_rate from contract when contract.kind == "evergreen" { display_name = "x"\n inclusive = false\n percentage = 3\n }'
    team += "\noverride subscription_schedule { each phases { default_tax_rates = [ref(tax_rate, contract)] } }"
    fault = found(plan_of(STANDARD, team), "E703")
    order = record_id_of(STANDARD, "Order")
    assert fault.message.startswith(f"subscription_schedule/{order} needs the tax_rate of Order({order})")


def test_coup_07_a_coupon_is_used_again_while_it_says_the_same() -> None:
    """COUP-07: a Stripe coupon that still says what the record says is used, a renamed one is made anew."""
    bundle = an_order([seat()], coupons=[coupon("Ten", percent_off=10)])
    bundle = linked(bundle, "Quote_Stripe_Coupon__c", "cou_known")
    state = {"id": "cou_known", "name": "Ten", "percent_off": 10.0, "duration": "once", "amount_off": None}
    same = clean_plan(knowing(bundle, "coupon", state))
    assert (calls(same, "coupon"), phases(same)[0]["discounts"]) == ([], [{"coupon": "cou_known"}])
    renamed = clean_plan(knowing(bundle, "coupon", state | {"name": "Eleven"}))
    assert target(phases(renamed)[0]["discounts"][0]["coupon"]) == calls(renamed, "coupon")[0].id


@pytest.mark.parametrize(("months", "made"), [(6, 0), (3, 1)])
def test_a_coupon_of_other_months_is_another(months: int, made: int) -> None:
    """COUP-07: the record says six months."""
    bundle = an_order([seat()], coupons=[coupon("Ten", percent_off=10, duration="repeating", months=6)])
    bundle = linked(bundle, "Quote_Stripe_Coupon__c", "cou_known")
    state = {"id": "cou_known", "name": "Ten", "percent_off": 10.0, "duration": "repeating", "amount_off": None}
    found = clean_plan(knowing(bundle, "coupon", state | {"duration_in_months": months}))
    assert len(calls(found, "coupon")) == made


def test_amendments_of_two_contracts_change_each_their_own_schedule() -> None:
    """Both initial orders were planned before; the ids of their schedules do not mix."""
    sold = [
        amend(
            an_order([seat("1200.00", frequency="Annual")], number=each),
            "2026-09-01",
            lines=[change("Workspace seat", 3)],
        )
        for each in (1, 2)
    ]
    planned = [linked(each, "Order", f"sub_sched_{at}") for at, each in enumerate(sold)]
    both = planned[0] | {"order_ids": [*planned[0]["order_ids"], *planned[1]["order_ids"]]}
    both["records"] = {
        name: [*planned[0]["records"][name], *planned[1]["records"][name]] for name in planned[0]["records"]
    }
    paths = {each.contract: each.path for each in calls(plan_of(both), "subscription_schedule", "update")}
    assert paths == {
        record_id_of(each, "Order"): f"/v1/subscription_schedules/sub_sched_{at}" for at, each in enumerate(sold)
    }


@pytest.mark.parametrize(
    ("planned", "known", "sent"),
    [
        (["en", "de"], ["en", "de"], False),
        (["en", "de"], ["en", "fr"], True),
        (["en", "de"], ["en"], True),
        (["en"], ["en", "de"], True),
    ],
)
def test_a_list_is_sent_whole_when_it_differs(planned: list[str], known: list[str], sent: bool) -> None:
    """Stripe replaces a list; one that is the same is not sent."""
    found = difference({"preferred_locales": planned}, {"preferred_locales": known})
    assert found == ({"preferred_locales": planned} if sent else {})
