"""Prices as plans: PRICE-01 to PRICE-23, and mappings that change quantity, price and metadata: MAP-01 to MAP-13."""

from __future__ import annotations

from typing import Any

import pytest

from orderplan.engine.parameters import Ref
from tests.builders import an_order, graduated, patched, seat, setup_fee, usage, volume
from tests.plan.plans import (
    amount,
    call,
    calls,
    clean_plan,
    codes,
    found,
    params,
    phases,
    plan_of,
    price_of,
    program,
    record_id_of,
    target,
)

LINK = "https://login.salesforce.com/"
LICENSED = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}


def the_price(bundle: dict[str, Any], team: str = "") -> dict[str, Any]:
    """The parameters of the one price of a plan."""
    found_params: dict[str, Any] = params(clean_plan(bundle, team), "price")
    return found_params


def items(plan: Any, at: int = 0) -> list[dict[str, Any]]:
    """The items of a phase."""
    found_items: list[dict[str, Any]] = phases(plan)[at]["items"]
    return found_items


def test_price_01_one_time() -> None:
    """PRICE-01: 10000 once; metadata of price and product; the entry gets the id."""
    bundle = an_order([setup_fee("100.00")], start=None, term=None)
    plan = clean_plan(bundle)
    entry, product = record_id_of(bundle, "PricebookEntry"), record_id_of(bundle, "Product2")
    assert params(plan, "price") == {
        "product": Ref(f"product/{product}"),
        "currency": "usd",
        "unit_amount_decimal": "10000",
        "metadata": {"salesforce_pricebook_entry_id": entry, "salesforce_pricebook_entry_link": LINK + entry},
    }
    assert params(plan, "product") == {
        "name": "Onboarding",
        "description": "Onboarding, as in our price list",
        "metadata": {"salesforce_product2_id": product, "salesforce_product2_link": LINK + product},
    }
    (stored,) = call(plan, "price").store
    assert (stored.object, stored.id, stored.field) == ("PricebookEntry", entry, "Stripe_ID__c")


def test_price_02_recurring() -> None:
    """PRICE-02: 12000 a month, licensed."""
    price = the_price(an_order([seat("120.00")]))
    assert (price["unit_amount_decimal"], price["recurring"], price["currency"]) == ("12000", LICENSED, "usd")


def test_price_03_metered_with_the_meter_of_its_product() -> None:
    """PRICE-03: usage names the billing meter; where the product has none, the setting does."""
    metered = LICENSED | {"usage_type": "metered"}
    assert the_price(an_order([usage("0.05", meter="mtr_Own")]))["recurring"] == metered | {"meter": "mtr_Own"}
    by_setting = 'settings { usage_meter = "mtr_Ours" }'
    assert the_price(an_order([usage("0.05", meter=None)]), by_setting)["recurring"] == metered | {"meter": "mtr_Ours"}


def test_price_03_a_meter_that_nobody_named_is_a_warning() -> None:
    """PRICE-03: the shipped placeholder is not sent silently."""
    assert codes(plan_of(an_order([usage("0.05", meter=None)]))) == ["CPQ-102"]


def test_price_04_part_of_a_cent() -> None:
    """PRICE-04: 10025.55 cents as a decimal, never `unit_amount`."""
    price = the_price(an_order([seat("100.2555", fields={"UnitPrice": 1203.07, "TotalPrice": 1203.07})]))
    assert price["unit_amount_decimal"] == "10025.55"
    assert "unit_amount" not in price


@pytest.mark.parametrize(
    ("frequency", "months", "cents"),
    [("Monthly", 1, "100000"), ("Quarterly", 3, "30000"), ("Semiannual", 6, "60000"), ("Annual", 12, "120000")],
)
def test_price_05_cycles(frequency: str, months: int, cents: str) -> None:
    """PRICE-05: a list price covers the product's term; a cycle costs its share of it."""
    price = the_price(an_order([seat("1000.00" if frequency == "Monthly" else "1200.00", frequency=frequency)]))
    assert price["recurring"] == {"interval": "month", "interval_count": months, "usage_type": "licensed"}
    assert price["unit_amount_decimal"] == cents


def test_price_06_tiered_without_tiers_is_refused_before_stripe_does() -> None:
    """PRICE-06: E702 names the price, the parameter and the rule."""
    plan = plan_of(an_order([seat()]), 'override price { set billing_scheme = "tiered" }')
    faults = [each for each in plan.diagnostics if each.code == "E702"]
    assert faults
    assert any("tiers" in each.message for each in faults)
    assert not plan.applyable


def test_price_10_two_lines_at_list_price_have_one_price() -> None:
    """PRICE-10: a line without customisation uses the price of its entry, whatever its quantity."""
    bundle = an_order([seat("120.00", 3)])
    plan = clean_plan(bundle)
    (item,) = items(plan)
    assert target(item["price"]) == f"price/{record_id_of(bundle, 'PricebookEntry')}"


def test_price_11_customised_line() -> None:
    """PRICE-11: 150 instead of 120: a price of the line's own, archived afterwards, its id on the line."""
    bundle = an_order([seat("120.00", quoted_price="150.00")])
    line = bundle["records"]["OrderItem"][0]
    assert (line["UnitPrice"], line["SBQQ__ProrateMultiplier__c"], line["ListPrice"]) == (1800, 12, 120)
    plan = clean_plan(bundle)
    price = call(plan, "price")
    assert price.id == f"price/{line['Id']}"
    assert price.params["unit_amount_decimal"] == "15000"
    assert price.params["metadata"]["salesforce_order_item_id"] == line["Id"]
    assert price.params["metadata"]["salesforce_auto_archive"] == "true"
    assert "salesforce_pricebook_entry_id" not in price.params["metadata"]
    assert [(each.object, each.id) for each in price.store] == [("OrderItem", line["Id"])]
    assert call(plan, "price update").params == {"active": False}


def test_price_13_different_prices_are_left_as_they_are() -> None:
    """PRICE-13: no clone where nothing is there twice."""
    plan = clean_plan(an_order([seat(), seat(name="Other")]))
    assert not any("salesforce_duplicate" in each.params["metadata"] for each in calls(plan, "price"))


def twins(*lines: Any) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """The parameters of a price and of its clone, and the plan."""
    plan = clean_plan(an_order(list(lines)))
    first, second = calls(plan, "price")
    return dict(first.params), dict(second.params), plan


def test_price_14_a_price_twice_in_a_phase_is_cloned() -> None:
    """PRICE-14: quantities stay apart; the clone differs in its metadata alone and is archived, the original not."""
    original, clone, plan = twins(seat("120.00", 1), seat("120.00", 2))
    assert [each["quantity"] for each in items(plan)] == [1, 2]
    assert len({target(each["price"]) for each in items(plan)}) == 2
    extra = {
        "salesforce_auto_archive": "true",
        "salesforce_duplicate": "true",
        "salesforce_original_stripe_price_id": Ref(calls(plan, "price")[0].id),
    }
    assert clone == original | {"metadata": original["metadata"] | extra}
    (archive,) = calls(plan, "price", "update")
    assert target(archive.path.id) == calls(plan, "price")[1].id  # type: ignore[union-attr]
    assert calls(plan, "price")[1].store == ()


def test_price_15_a_one_time_price_twice_is_cloned() -> None:
    """PRICE-15: the clone is a one-time price as well."""
    plan = clean_plan(an_order([seat(), setup_fee("50.00"), setup_fee("50.00", 2)]))
    once = phases(plan)[0]["add_invoice_items"]
    assert [(each["quantity"], amount(plan, each)) for each in once] == [(1, "5000"), (2, "5000")]
    assert all("recurring" not in price_of(plan, each) for each in once)
    assert price_of(plan, once[1])["metadata"]["salesforce_duplicate"] == "true"


def test_price_16_a_metered_price_twice_is_cloned() -> None:
    """PRICE-16: the clone counts the same usage."""
    original, clone, plan = twins(usage("0.05"), usage("0.05"))
    assert clone["recurring"] == original["recurring"]
    assert all("quantity" not in each for each in items(plan))


def test_price_17_a_tiered_price_twice_is_cloned() -> None:
    """PRICE-17: the clone has the tiers."""
    tiers = volume((2, "10.00"), (None, "5.00"))
    original, clone, _ = twins(seat("10.00", 1, tiers=tiers), seat("10.00", 4, tiers=tiers))
    assert clone["tiers"] == original["tiers"]
    assert (clone["tiers_mode"], clone["billing_scheme"]) == ("volume", "tiered")


THREE = volume((2, "10.00"), (10, "20.00"), (None, "30.00"))


def test_price_18_a_line_with_rates_of_its_own() -> None:
    """PRICE-18: the second rate is 50 on the line: 1000 to 2, 5000 to 10, 3000 above, by volume."""
    own = volume((2, "10.00"), (10, "50.00"), (None, "30.00"))
    bundle = an_order([seat("10.00", tiers=THREE, own_tiers=own)])
    price = the_price(bundle)
    assert price["tiers"] == [
        {"up_to": 2, "unit_amount_decimal": "1000"},
        {"up_to": 10, "unit_amount_decimal": "5000"},
        {"up_to": "inf", "unit_amount_decimal": "3000"},
    ]
    assert (price["tiers_mode"], price["billing_scheme"]) == ("volume", "tiered")
    assert "unit_amount_decimal" not in price
    assert price["metadata"]["salesforce_order_item_id"] == record_id_of(bundle, "OrderItem")


def test_tiers_of_the_entry_name_their_schedule() -> None:
    """A tiered list price carries the id of its consumption schedule."""
    bundle = an_order([seat("10.00", tiers=THREE)])
    schedule = record_id_of(bundle, "ConsumptionSchedule")
    assert the_price(bundle)["metadata"]["salesforce_consumption_schedule_id"] == schedule


def test_price_20_slab_is_graduated() -> None:
    """PRICE-20: 1000 to 2, 2000 above."""
    price = the_price(an_order([seat("10.00", tiers=graduated((2, "10.00"), (None, "20.00")))]))
    assert price["tiers_mode"] == "graduated"
    assert [(each["up_to"], each["unit_amount_decimal"]) for each in price["tiers"]] == [(2, "1000"), ("inf", "2000")]


def test_flat_fees_are_flat_amounts() -> None:
    """A rate with the method FlatFee is billed once for its step."""
    price = the_price(an_order([seat("10.00", tiers=graduated((2, "99.00", "FlatFee"), (None, "20.00")))]))
    assert price["tiers"][0] == {"up_to": 2, "flat_amount_decimal": "9900"}


def test_price_23_without_an_open_tier_nothing_is_planned() -> None:
    """PRICE-23: the faults name the product's schedule and the line's copy of it, before Stripe could."""
    plan = plan_of(an_order([seat("10.00", tiers=volume((2, "10.00")))]))
    assert [each.code for each in plan.diagnostics] == ["E525", "E525"]
    assert all("ConsumptionSchedule" in f"{each.record} {each.message}" for each in plan.diagnostics)
    assert plan.calls == ()


# --- mappings of a team ---


def described(text: str | None, line: Any = None) -> dict[str, Any]:
    """An order whose one line has a description."""
    return patched(an_order([line or seat("120.00")]), "OrderItem", 0, Description=text)


def test_map_01_a_quantity_from_another_field() -> None:
    """MAP-01: "10" in the line's description becomes the quantity 10, everywhere the shared part is used."""
    team = "override part recurring_item { set quantity = whole(number(item.order_item.Description))  when not item.metered }"
    (item,) = items(clean_plan(described("10"), team))
    assert item["quantity"] == 10
    assert isinstance(item["quantity"], int)


def test_map_01_a_text_that_is_no_quantity_is_an_error() -> None:
    """MAP-01: half a seat, or no number at all."""
    team = "override part recurring_item { set quantity = whole(number(item.order_item.Description))  when not item.metered }"
    assert codes(plan_of(described("1.5"), team)) == ["E602"]
    assert codes(plan_of(described("ten"), team)) == ["E603"]


LINE_PRICE = "override read line { price = number(item.Description) }"
LIST_PRICE = "override read price { price = number(entry.Product2.Description) }"


def test_map_02_a_line_price_from_another_field() -> None:
    """MAP-02: 200.121212 in major units is 20012.1212 cents a cycle; the line gets the id, the entry none."""
    bundle = described("200.121212")
    plan = clean_plan(bundle, LINE_PRICE)
    (item,) = items(plan)
    assert amount(plan, item) == "20012.1212"
    stored = {each.object for made in calls(plan, "price") for each in made.store}
    assert stored == {"OrderItem"}
    assert target(item["price"]) == f"price/{record_id_of(bundle, 'OrderItem')}"


def test_map_02_the_provenance_names_the_other_field() -> None:
    """MAP-02: the figure is known to come from the description."""
    bundle = described("200.121212")
    trail = call(clean_plan(bundle, LINE_PRICE), "price").provenance["/unit_amount_decimal"]
    assert trail.source == f"OrderItem({record_id_of(bundle, 'OrderItem')}).Description"


def test_map_03_the_same_list_price_needs_no_price_of_the_line() -> None:
    """MAP-03: product and line say the same: one price, its id on the entry."""
    bundle = patched(described("200.121212"), "Product2", 0, Description="200.121212")
    plan = clean_plan(bundle, f"{LINE_PRICE}\n{LIST_PRICE}")
    (price,) = calls(plan, "price")
    assert price.params["unit_amount_decimal"] == "20012.1212"
    assert {each.object for each in price.store} == {"PricebookEntry"}


def test_map_13_without_a_mapped_price_the_list_price_counts() -> None:
    """MAP-13: a description that no rule reads changes nothing."""
    plan = clean_plan(described("200.121212"))
    assert amount(plan, items(plan)[0]) == "12000"


def test_map_04_metadata_of_an_item() -> None:
    """MAP-04: a field of the line on the item of its phase."""
    team = """override subscription_schedule {
      each phases { each items { metadata.special_description = item.order_item.Description } }
    }"""
    assert items(clean_plan(described("corner office"), team))[0]["metadata"]["special_description"] == "corner office"


def test_map_06_written_values_at_any_depth() -> None:
    """MAP-06: dotted paths, keys with blanks in quotes, numbers and booleans as they are."""
    team = """override customer {
      set address.line1 = "1 Main Street"
      metadata."Subscription Type" = "Prepaid"
      metadata.answer = "123"
      email = "team@example.com"
    }
    override subscription_schedule { default_settings.automatic_tax.enabled = true }"""
    plan = clean_plan(an_order([seat()]), team)
    customer = params(plan, "customer")
    assert customer["address"]["line1"] == "1 Main Street"
    assert customer["email"] == "team@example.com"
    assert {name: customer["metadata"][name] for name in ("Subscription Type", "answer")} == {
        "Subscription Type": "Prepaid",
        "answer": "123",
    }
    assert params(plan, "subscription_schedule")["default_settings"]["automatic_tax"] == {"enabled": True}


def test_map_07_one_field_feeds_two_parameters() -> None:
    """MAP-07: the metadata that was there before stays."""
    customer = params(
        clean_plan(an_order([seat()]), "override customer { metadata.a = account.Name\n metadata.b = account.Name }"),
        "customer",
    )
    assert customer["metadata"]["a"] == customer["metadata"]["b"] == "Marlow & Finch 1"
    assert "salesforce_account_id" in customer["metadata"]


@pytest.mark.parametrize(("site", "value"), [("Kyle", "Kyle"), (None, "Mike"), ("", "Mike"), ("  ", "Mike")])
def test_map_08_a_default_counts_where_the_source_is_absent(site: str | None, value: str) -> None:
    """MAP-08: a value beats the default; null and blank fall back to it."""
    plan = clean_plan(
        an_order([seat()], account={"Site": site}), 'override customer { metadata.who = account.Site  default "Mike" }'
    )
    assert params(plan, "customer")["metadata"]["who"] == value


def test_map_09_a_team_file_without_rules_changes_nothing() -> None:
    """MAP-09: the same calls with the same keys."""
    bundle = an_order([seat()])
    one, other = clean_plan(bundle), clean_plan(bundle, "# nothing yet")
    assert one.digest == other.digest


def test_map_10_paths_follow_lookups() -> None:
    """MAP-10: the description of the account's parent."""
    bundle = an_order([seat()])
    parent = bundle["records"]["Account"][0] | {"Id": "001W00001000009IAA", "Description": "the holding"}
    bundle["records"]["Account"].append(parent)
    bundle["records"]["Account"][0]["ParentId"] = parent["Id"]
    team = "override customer { metadata.parent = account.Parent.Description }"
    plan = clean_plan(bundle, team)
    assert params(plan, "customer")["metadata"]["parent"] == "the holding"
    assert "parent" not in params(clean_plan(an_order([seat()]), team), "customer")["metadata"]


def test_map_12_what_is_required_is_told_and_what_is_not_is_left_out() -> None:
    """MAP-12: an absent term is an error in the words of the rules; an absent phone is no phone."""
    fault = found(plan_of(patched(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=None)), "E610")
    assert fault.notes == ("empty: SBQQ__SubscriptionTerm__c",)
    assert "phone" not in params(clean_plan(an_order([seat()], account={"Phone": None})), "customer")


def test_map_05_and_map_11_rules_are_files_and_lines_have_prices_of_their_own() -> None:
    """MAP-05, MAP-11: what tables of mappings do elsewhere, rules do here: a program is made of files, and knows the
    fields that hold Stripe's ids, the line's own price among them."""
    assert [each.path.rpartition("/")[2] for each in program("# none").rules.files] == [
        "team.rules",
        "cpq.rules",
        "stripe.rules",
    ]
    assert program().id_fields["OrderItem"] == "Stripe_ID__c"


def test_unit_11_twelve_decimals() -> None:
    """UNIT-11: more decimals than Stripe takes are rounded half up, in plain notation."""
    plan = clean_plan(described("0.001234567890125"), LINE_PRICE)
    assert amount(plan, items(plan)[0]) == "0.123456789013"
