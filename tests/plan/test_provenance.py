"""Every parameter of every plan says where its value comes from: fields with their records, and the sum or the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders import amend, an_order, change, coupon, evergreen, patched, ramp, seat, setup_fee, usage, volume
from tests.builders.examples import EXAMPLES
from tests.plan.plans import Document, call, clean_plan, document_of, record_id_of, told

FIELD = re.compile(r"\w+\([\w-]+\)\.\w+")
"""A field with its record: `OrderItem(802…).Quantity`."""

TODAY = "2026-03-01T00:00:00Z"

ORDERS = {
    "usage beside seats": lambda: an_order([seat("100.00"), usage("0.02")]),
    "a past start": lambda: an_order([seat("100.00")], "2026-01-01", as_of=TODAY),
    "a ramp": lambda: an_order([ramp("100.00", quantities=[2, 3])], term=24),
    "tiers": lambda: an_order([seat("1.00", tiers=volume((100, "1.00"), (None, "0.80")))]),
    "fewer seats": lambda: amend(
        an_order([seat("100.00", 10)]), "2026-09-01", lines=[change("Workspace seat", quantity=7)]
    ),
    "an end": lambda: amend(an_order([seat("100.00", 10)]), "2026-09-01", lines=[change("Workspace seat", quantity=0)]),
    "evergreen from today on": lambda: an_order([evergreen("100.00")], "2026-03-01", as_of=TODAY),
    "coupons": lambda: an_order([seat("100.00", coupons=[coupon(percent_off="10")])]),
    "billed once": lambda: an_order([setup_fee("500.00")]),
}


def leaves(value: Any, pointer: str = "") -> Iterator[str]:
    """The pointer of every value that is sent."""
    if isinstance(value, dict) and not value.keys() & {"$ref", "$sensitive"}:
        for name, each in value.items():
            yield from leaves(each, f"{pointer}/{name}")
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from leaves(each, f"{pointer}/{at}")
    else:
        yield pointer


def unsaid(plan: Document) -> list[str]:
    """The parameters of a plan that do not say where their value comes from."""
    return [
        f"{each['id']}{pointer}: {each['provenance'].get(pointer)}"
        for each in plan["calls"]
        for pointer in leaves(each["params"])
        if not says(each["provenance"].get(pointer))
    ]


def says(found: Any) -> bool:
    """Whether a value of its own says its rule, and fields with their records or the reason for a decision."""
    if found is None or not re.search(r":\d+:\d+$", found["rule"]):
        return False
    fields = found["source"].split(", ") if "source" in found else []
    if not all(FIELD.fullmatch(each) for each in fields):
        return False
    return found["how"] != "mapped" or bool(fields or found.get("formula"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_parameter_of_an_example_says_where_it_comes_from(name: str) -> None:
    """No parameter has only a record, a field of the model, or the source of the list that it stands in."""
    assert unsaid(document_of(EXAMPLES[name]())) == []


@pytest.mark.parametrize("name", ORDERS)
def test_every_parameter_of_other_orders_says_it_too(name: str) -> None:
    """Ramps, tiers, usage, reductions, ends, coupons, evergreen and past orders."""
    plan = document_of(ORDERS[name]())
    assert plan["calls"]
    assert unsaid(plan) == []


def trail(bundle: Document, wanted: str, pointer: str) -> Document:
    """The provenance of one parameter."""
    return told(call(clean_plan(bundle), wanted).provenance[pointer])


def test_an_end_shows_start_term_and_sum() -> None:
    """`2026-03-01 + 12 months = 2027-03-01`, and the two fields."""
    bundle = an_order([seat("100.00")], "2026-03-01", term=12)
    quote = record_id_of(bundle, "SBQQ__Quote__c")
    found = trail(bundle, "subscription_schedule", "/phases/0/end_date")
    assert found["formula"] == "2026-03-01 + 12 months = 2027-03-01"
    assert found["source"] == (
        f"SBQQ__Quote__c({quote}).SBQQ__StartDate__c, SBQQ__Quote__c({quote}).SBQQ__SubscriptionTerm__c"
    )


def test_a_reduced_quantity_shows_what_was_taken() -> None:
    """Both order lines are named, and the numbers."""
    bundle = amend(an_order([seat("100.00", 10)]), "2026-09-01", lines=[change("Workspace seat", quantity=7)])
    first, second = (record_id_of(bundle, "OrderItem", at) for at in (0, 1))
    found = trail(bundle, "subscription_schedule update", "/phases/1/items/0/quantity")
    assert found["formula"] == "10 − 3 = 7"
    assert found["source"] == f"OrderItem({first}).Quantity, OrderItem({second}).Quantity"


def test_a_reference_says_which_lookup_led_there() -> None:
    """The customer, the product and the price of an item are found by lookups of the order and its line."""
    bundle = an_order([seat("100.00")])
    order, line = record_id_of(bundle, "Order"), record_id_of(bundle, "OrderItem")
    assert trail(bundle, "subscription_schedule", "/customer")["source"] == f"Order({order}).AccountId"
    assert trail(bundle, "price", "/product")["source"] == f"OrderItem({line}).Product2Id"
    item = trail(bundle, "subscription_schedule", "/phases/0/items/0/price")
    assert item["source"] == f"OrderItem({line}).PricebookEntryId"
    assert item["formula"] == "the line costs what the list says"


def test_a_decision_says_its_reason() -> None:
    """Nothing is prorated at a start that is ahead; the dates that were compared are shown."""
    bundle = an_order([seat("100.00")], "2026-03-01", as_of="2026-02-28T23:59:59Z")
    found = trail(bundle, "subscription_schedule", "/phases/0/proration_behavior")
    assert found["formula"] == "2026-03-01 is after 2026-02-28 23:59:59 UTC (as_of): nothing is past"
    assert found["source"].endswith(".SBQQ__StartDate__c")
    kind = trail(bundle, "subscription_schedule", "/end_behavior")
    assert kind["formula"].endswith("recurs until an end: renewable")


def test_an_amount_names_all_that_it_was_worked_out_from() -> None:
    """A list price covers the product's term: price, term and cycle are its sources."""
    bundle = an_order([seat("120.00")])
    entry, product = record_id_of(bundle, "PricebookEntry"), record_id_of(bundle, "Product2")
    found = trail(bundle, "price", "/unit_amount_decimal")
    assert found["source"] == ", ".join(
        (
            f"PricebookEntry({entry}).UnitPrice",
            f"Product2({product}).SBQQ__SubscriptionTerm__c",
            f"Product2({product}).SBQQ__BillingFrequency__c",
        )
    )


def test_a_currency_that_the_records_do_not_have_is_the_setting() -> None:
    """What is taken for granted says that the field is empty, and what stands in for it."""
    bundle = an_order([seat("100.00")])
    for records in bundle["records"].values():
        for each in records:
            each["CurrencyIsoCode"] = None
    order = record_id_of(bundle, "Order")
    found = trail(bundle, "price", "/currency")
    assert found["source"] == f"Order({order}).CurrencyIsoCode"
    assert found["formula"] == "it is empty: settings.default_currency = usd"


def test_each_element_of_a_written_list_says_its_own_source() -> None:
    """A field, an absent field and a constant: two elements, two sources."""
    team = 'override customer { preferred_locales = [lower(account.Site), account.Jigsaw, "en"] }'
    bundle = patched(an_order([seat("100.00")]), "Account", 0, Site="DE")
    account = record_id_of(bundle, "Account")
    made = call(clean_plan(bundle, team), "customer")
    assert made.params["preferred_locales"] == ["de", "en"]
    found = {name: each for name, each in made.provenance.items() if name.startswith("/preferred_locales")}
    assert set(found) == {"/preferred_locales/0", "/preferred_locales/1"}
    assert found["/preferred_locales/0"].source == f"Account({account}).Site"
    assert found["/preferred_locales/0"].via == ("lower",)
    assert (found["/preferred_locales/1"].how, found["/preferred_locales/1"].source) == ("constant", "")


def test_the_elements_of_a_default_are_defaults() -> None:
    """A list that stands in for an empty one."""
    team = 'override customer { preferred_locales = [account.Jigsaw]  default ["en", "de"] }'
    made = call(clean_plan(an_order([seat("100.00")]), team), "customer")
    assert made.params["preferred_locales"] == ["en", "de"]
    assert [made.provenance[f"/preferred_locales/{at}"].how for at in (0, 1)] == ["default", "default"]


def test_a_sensitive_list_is_one_digest_with_one_source() -> None:
    """Nothing tells the elements of a redacted list apart."""
    team = "override customer { preferred_locales = [account.Site]  sensitive }"
    bundle = patched(an_order([seat("100.00")]), "Account", 0, Site="de")
    plan = document_of(bundle, team)
    customer = next(each for each in plan["calls"] if each["resource"] == "customer")
    assert "$sensitive" in customer["params"]["preferred_locales"]
    assert [each for each in customer["provenance"] if "locales" in each] == ["/preferred_locales"]


def test_a_link_is_no_constant() -> None:
    """What is made of a row as a whole is made of its id."""
    bundle = an_order([seat("100.00")])
    found = trail(bundle, "customer", "/metadata/salesforce_account_link")
    assert (found["how"], found["source"]) == ("mapped", f"Account({record_id_of(bundle, 'Account')}).Id")


FLAGS = """override subscription_schedule {
  metadata.planned = if(contract.planned, "yes", "no")
  metadata.today = if(contract.starts_today, "yes", "no")
  metadata.ramp = if(contract.segmented, "yes", "no")
  metadata.taken = if(contract.migrated, "yes", "no")
}
"""


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("planned", "it names no object in Stripe"),
        ("today", "2026-03-01 is not the day of planning, 2026-02-16"),
        ("ramp", "no line is a segment"),
        ("taken", "not taken over"),
    ],
)
def test_a_flag_of_the_contract_says_why_it_is_as_it_is(flag: str, reason: str) -> None:
    """By the field that decides it, with the reason."""
    (schedule,) = [
        each for each in document_of(an_order([seat()]), FLAGS)["calls"] if each["resource"] == "subscription_schedule"
    ]
    assert schedule["params"]["metadata"][flag] == "no"
    found = schedule["provenance"][f"/metadata/{flag}"]
    assert found["formula"] == reason
    assert says(found)
