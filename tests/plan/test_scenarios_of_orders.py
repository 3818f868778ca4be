"""Situations of initial orders as plans: INIT, ONE, CUST, BKND, FRNT, CUR, with their figures."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from orderplan.engine.parameters import Ref
from tests.builders import an_order, patched, seat, setup_fee, usage
from tests.plan.plans import (
    Document,
    amount,
    call,
    calls,
    clean_plan,
    codes,
    document_of,
    found,
    ids,
    params,
    phases,
    plan_of,
    price_of,
    record_id_of,
    seen,
    target,
)

TODAY = {"start": "2026-03-01", "as_of": "2026-03-01T00:00:00Z"}
LINK = "https://login.salesforce.com/"


def unix(day: str) -> int:
    """Midnight UTC of a day."""
    return int(datetime.datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


def test_init_01_standard_order_two_months_back() -> None:
    """INIT-01: customer, product, price, schedule; the past is left to Stripe's proration; metadata on all of them."""
    bundle = an_order([seat("10.00")], "2026-01-01", as_of="2026-03-01T00:00:00Z")
    account, product, entry, order, item = (
        record_id_of(bundle, each) for each in ("Account", "Product2", "PricebookEntry", "Order", "OrderItem")
    )
    plan = clean_plan(bundle, "override subscription_schedule { metadata.example_field = contract.order.OrderNumber }")
    assert ids(plan) == [
        f"customer/{account}",
        f"product/{product}",
        f"price/{entry}",
        f"subscription_schedule/{order}",
    ]
    customer = params(plan, "customer")
    assert customer["name"] == "Marlow & Finch 1"
    assert "email" not in customer
    assert customer["metadata"] == {"salesforce_account_id": account, "salesforce_account_link": LINK + account}
    assert params(plan, "price") == {
        "product": Ref(f"product/{product}"),
        "currency": "usd",
        "unit_amount_decimal": "1000",
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        "metadata": {"salesforce_pricebook_entry_id": entry, "salesforce_pricebook_entry_link": LINK + entry},
    }
    of_order = {"salesforce_order_id": order, "salesforce_order_link": LINK + order}
    assert params(plan, "subscription_schedule") == {
        "customer": Ref(f"customer/{account}"),
        "start_date": unix("2026-01-01"),
        "billing_mode": {"type": "classic"},
        "end_behavior": "cancel",
        "metadata": {"example_field": "00000101", **of_order},
        "phases": [
            {
                "end_date": unix("2027-01-01"),
                "items": [
                    {
                        "price": Ref(f"price/{entry}"),
                        "quantity": 1,
                        "metadata": {"salesforce_order_item_id": item, "salesforce_order_item_link": LINK + item},
                    }
                ],
                "metadata": of_order,
            }
        ],
    }


def test_init_01_ids_go_back_to_their_records() -> None:
    """INIT-01: account, product, price book entry and order get the id of what was made of them."""
    plan = clean_plan(an_order([seat("10.00")]))
    stored = {each.object: each.field for made in plan.calls for each in made.store}
    assert stored == dict.fromkeys(("Account", "Product2", "PricebookEntry", "Order"), "Stripe_ID__c")


def test_init_02_free_line_stays() -> None:
    """INIT-02: two items, one of which costs nothing."""
    plan = clean_plan(an_order([seat("120.00"), seat("0.00", name="Free seat")], **TODAY))
    (phase,) = phases(plan)
    assert [amount(plan, each) for each in phase["items"]] == ["12000", "0"]
    assert "add_invoice_items" not in phase
    free = price_of(plan, phase["items"][1])
    assert free["metadata"]["salesforce_pricebook_entry_id"] == target(phase["items"][1]["price"]).removeprefix(
        "price/"
    )


def test_init_03_skipped_line_is_left_out() -> None:
    """INIT-03: the second of three lines is not in the phase, and neither its product nor its price is made."""
    bundle = patched(
        an_order([seat(name="A"), seat(name="B"), seat(name="C")], **TODAY), "OrderItem", 1, Skip_Line_Item__c=True
    )
    plan = clean_plan(bundle)
    (phase,) = phases(plan)
    lines = [each["metadata"]["salesforce_order_item_id"] for each in phase["items"]]
    assert lines == [record_id_of(bundle, "OrderItem", 0), record_id_of(bundle, "OrderItem", 2)]
    assert [each.params["name"] for each in calls(plan, "product")] == ["A", "C"]
    assert len(calls(plan, "price")) == 2


def test_init_04_mixed_lines() -> None:
    """INIT-04: licensed with a quantity, metered without the key, one-time beside them."""
    bundle = an_order([seat("120.00", 5), usage("55.00"), setup_fee("45.00")], **TODAY)
    plan = clean_plan(bundle)
    (phase,) = phases(plan)
    licensed, metered = phase["items"]
    assert (licensed["quantity"], amount(plan, licensed)) == (5, "12000")
    assert "quantity" not in metered
    assert price_of(plan, metered)["recurring"]["usage_type"] == "metered"
    assert price_of(plan, metered)["recurring"]["meter"] == "mtr_ApiRequestsCounted"
    assert target(metered["price"]) == f"price/{record_id_of(bundle, 'PricebookEntry', 1)}"
    (once,) = phase["add_invoice_items"]
    assert (once["quantity"], amount(plan, once)) == (1, "4500")
    assert "recurring" not in price_of(plan, once)
    assert "period" not in once


def test_init_06_annual_is_twelve_months() -> None:
    """INIT-06: 120 a year: month/12, never year/1."""
    bundle = an_order([seat("120.00", frequency="Annual", product_term=12)], **TODAY)
    line = bundle["records"]["OrderItem"][0]
    assert (line["SBQQ__ProrateMultiplier__c"], line["UnitPrice"]) == (1, 120)
    plan = clean_plan(bundle)
    (phase,) = phases(plan)
    assert phase["end_date"] == unix("2027-03-01")
    price = price_of(plan, phase["items"][0])
    assert (price["unit_amount_decimal"], price["recurring"]) == (
        "12000",
        {"interval": "month", "interval_count": 12, "usage_type": "licensed"},
    )


def test_init_08_mixed_frequencies_are_one_schedule() -> None:
    """INIT-08, as Stripe takes it by now: one schedule in flexible mode, each price with its own interval."""
    plan = clean_plan(an_order([seat(), seat("1200.00", name="Yearly", frequency="Annual", product_term=12)], **TODAY))
    assert params(plan, "subscription_schedule")["billing_mode"] == {"type": "flexible"}
    cycles = [each.params["recurring"]["interval_count"] for each in plan.calls if each.resource == "price"]
    assert cycles == [1, 12]


def test_init_08_rules_that_write_the_classic_mode_are_refused() -> None:
    """INIT-08: Stripe would refuse lines of several cycles in classic mode."""
    bundle = an_order([seat(), seat("1200.00", name="Yearly", frequency="Annual")], **TODAY)
    rules = 'override subscription_schedule { billing_mode.type = "classic" }'
    assert str(bundle["order_ids"][0]) in found(plan_of(bundle, rules), "E580").message


DUE = """override subscription_schedule {
  set default_settings.collection_method = "send_invoice"
  set default_settings.invoice_settings.days_until_due = net_days(contract.order.SBQQ__PaymentTerm__c)  default 30
}"""


@pytest.mark.parametrize(("terms", "days"), [("Net 30", 30), ("Net-15", 15), ("10", 10), (None, 30)])
def test_init_09_payment_terms_become_days(terms: str | None, days: int) -> None:
    """INIT-09, UNIT-01: the number in the text; the default where there is none."""
    settings = params(clean_plan(an_order([seat()], payment_terms=terms), DUE), "subscription_schedule")[
        "default_settings"
    ]
    assert settings == {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": days}}


def test_init_09_unreadable_payment_terms_are_an_error() -> None:
    """INIT-09: what is no number of days is named, with its order."""
    fault = found(plan_of(an_order([seat()], payment_terms="1.1"), DUE), "E604")
    assert fault.message == 'SBQQ__PaymentTerm__c: "1.1" is no number of days'
    assert str(fault.record).startswith("Order(")


def test_one_01_only_one_time_lines() -> None:
    """ONE-01: an invoice with one line, no schedule; neither start nor term is needed."""
    bundle = an_order([setup_fee("100.00")], start=None, term=None, account={"Description": "billing@example.com"})
    plan = clean_plan(bundle, "override customer { email = account.Description }")
    order, item = record_id_of(bundle, "Order"), record_id_of(bundle, "OrderItem")
    assert [f"{each.resource} {each.action}" for each in plan.calls] == [
        "customer create",
        "product create",
        "price create",
        "invoice_item create",
        "invoice create",
        "invoice finalize",
    ]
    assert params(plan, "customer")["email"] == "billing@example.com"
    line = params(plan, "invoice_item")
    assert (line["quantity"], line["metadata"]["salesforce_order_item_id"]) == (1, item)
    assert params(plan, target(line["pricing"]["price"]))["unit_amount_decimal"] == "10000"
    assert params(plan, "invoice")["pending_invoice_items_behavior"] == "include"
    assert params(plan, "invoice")["metadata"]["salesforce_order_id"] == order
    (stored,) = call(plan, "invoice").store
    assert (stored.object, stored.id, stored.field) == ("Order", order, "Stripe_ID__c")
    (link,) = call(plan, "invoice finalize").store
    assert link.field == "Stripe_Invoice_Payment_Link__c"
    assert link.value.field == "hosted_invoice_url"


def test_one_01_every_line_is_an_item_before_the_invoice() -> None:
    """ONE-01: three lines, three items with their quantities, then the invoice that takes them up."""
    lines = [setup_fee("10.00", 2), setup_fee("20.00", name="Training"), setup_fee("30.00", 4, name="Import")]
    plan = clean_plan(an_order(lines, start=None, term=None))
    items = calls(plan, "invoice_item")
    assert [each.params["quantity"] for each in items] == [2, 1, 4]
    assert set(call(plan, "invoice").depends_on) >= {each.id for each in items}


@pytest.mark.parametrize(
    ("account", "team"),
    [({"Stripe_ID__c": "cus_1"}, ""), ({}, 'settings { one_time_invoices = "own_items" }')],
    ids=["a customer in Stripe", "the setting"],
)
def test_one_02_the_invoice_takes_only_its_own_items(account: Document, team: str) -> None:
    """What else waits on the customer stays there: the invoice is made first, and its items name it."""
    lines = [setup_fee("10.00", 2), setup_fee("20.00", name="Training")]
    bundle = an_order(lines, start=None, term=None, account=account)
    plan = clean_plan(bundle, team)
    made = [f"{each.resource} {each.action}" for each in plan.calls]
    assert made[-4:] == ["invoice create", "invoice_item create", "invoice_item create", "invoice finalize"]
    (invoice,) = calls(plan, "invoice", "create")
    (finalize,) = calls(plan, "invoice", "finalize")
    items = calls(plan, "invoice_item")
    assert invoice.params["pending_invoice_items_behavior"] == "exclude"
    assert [target(each.params["invoice"]) for each in items] == [invoice.id, invoice.id]
    assert set(finalize.depends_on) == {invoice.id, *(each.id for each in items)}
    assert invoice.store == ()
    assert [each.field for each in finalize.store] == ["Stripe_ID__c", "Stripe_Invoice_Payment_Link__c"]
    (billed,) = seen(document_of(bundle, team)).outlook.forecast.invoices
    assert [each.amount for each in billed.lines] == [2000, 2000]


def test_one_02_orders_that_are_planned_together_keep_their_items_apart() -> None:
    """Two orders of one new customer: each invoice has its own lines."""
    one = an_order([setup_fee("10.00")], start=None, term=None)
    other = an_order([setup_fee("30.00")], start=None, term=None, number=2)
    names = one["records"].keys() | other["records"].keys()
    records = {name: [*one["records"].get(name, []), *other["records"].get(name, [])] for name in names}
    both = one | {"records": records, "order_ids": [*one["order_ids"], *other["order_ids"]]}
    plan = clean_plan(both)
    assert {each.params["pending_invoice_items_behavior"] for each in calls(plan, "invoice", "create")} == {"exclude"}


def test_cust_01_billing_address() -> None:
    """CUST-01: street, city, state, postal code, country; no second line, and no shipping where there is none."""
    billing = {
        "Street": "500 Westover Drive",
        "City": "Sanford",
        "State": "North Carolina",
        "PostalCode": "27330",
        "Country": "US",
    }
    fields = {f"Billing{part}": value for part, value in billing.items()}
    fields |= {f"Shipping{part}": None for part in billing}
    customer = params(clean_plan(an_order([seat()], account=fields)), "customer")
    assert customer["address"] == {
        "line1": "500 Westover Drive",
        "city": "Sanford",
        "state": "North Carolina",
        "postal_code": "27330",
        "country": "US",
    }
    assert "shipping" not in customer


def test_cust_shipping_has_name_and_phone() -> None:
    """A shipping address goes with the customer's name and phone."""
    shipping = params(clean_plan(an_order([seat()])), "customer")["shipping"]
    assert (shipping["name"], shipping["phone"]) == ("Marlow & Finch 1", "+1 503 555 0142")
    assert shipping["address"]["postal_code"] == "97209"


def test_unit_10_long_texts_are_cut() -> None:
    """UNIT-10: a description to 350 characters, phones to 20; the plan says which function did it."""
    plan = clean_plan(an_order([seat()], account={"Description": "d" * 400, "Phone": "1" * 30}))
    customer = params(plan, "customer")
    assert (len(customer["description"]), len(customer["phone"]), len(customer["shipping"]["phone"])) == (350, 20, 20)
    assert call(plan, "customer").provenance["/description"].via == ("truncate",)


def test_bknd_01_tail_of_a_long_term() -> None:
    """BKND-01: 18 months of a yearly price: twelve of them as a cycle, the rest as 6000 once."""
    bundle = an_order([seat("120.00", frequency="Annual")], term=18, **TODAY)
    plan = clean_plan(bundle)
    first, tail = phases(plan)
    assert (first["end_date"], tail["end_date"]) == (unix("2027-03-01"), unix("2027-09-01"))
    assert "add_invoice_items" not in first
    assert tail["proration_behavior"] == "none"
    assert [(each["quantity"], amount(plan, each)) for each in tail["items"]] == [(1, "12000")]
    (rest,) = tail["add_invoice_items"]
    assert (rest["quantity"], amount(plan, rest)) == (1, "6000")
    assert rest["period"] == {"start": {"type": "phase_start"}, "end": {"type": "phase_end"}}
    item = record_id_of(bundle, "OrderItem")
    assert rest["metadata"] == {
        "salesforce_order_item_id": item,
        "salesforce_order_item_link": LINK + item,
        "salesforce_proration": "true",
        "salesforce_backend_proration": "true",
    }
    price = price_of(plan, rest)
    assert "recurring" not in price
    assert price["metadata"]["salesforce_proration"] == "true"
    assert tail["metadata"]["salesforce_backend_proration"] == "true"


def test_bknd_01_the_price_of_the_tail_is_archived_after_the_schedule() -> None:
    """BKND-01: nobody is to sell the price of a remainder."""
    plan = clean_plan(an_order([seat("120.00", frequency="Annual")], term=18, **TODAY))
    archive = call(plan, "price update")
    assert archive.params == {"active": False}
    assert call(plan, "subscription_schedule").id in archive.depends_on


@pytest.mark.parametrize(("setting", "cents"), [("true", "90000"), ("false", "120000")])
def test_frnt_01_and_02_short_term(setting: str, cents: str) -> None:
    """FRNT-01, FRNT-02: nine months of 1200 a year: 900 with the setting, a whole cycle without."""
    plan = clean_plan(
        an_order([seat("1200.00", frequency="Annual")], term=9, **TODAY),
        f"settings {{ prorate_short_terms = {setting} }}",
    )
    (phase,) = phases(plan)
    assert phase["end_date"] == unix("2026-12-01")
    assert [amount(plan, each) for each in phase["items"]] == [cents]
    assert "add_invoice_items" not in phase


def test_cur_01_the_currency_of_the_order() -> None:
    """CUR-01: every price is in pounds."""
    plan = clean_plan(an_order([seat(), setup_fee()], currency="GBP"))
    assert {each.params["currency"] for each in calls(plan, "price")} == {"gbp"}


def test_cur_02_two_orders_in_their_own_currencies() -> None:
    """CUR-02: prices do not cross from one order of a plan to the other."""
    pounds, dollars = an_order([seat()], currency="GBP"), an_order([seat()], currency="USD", number=2)
    both: dict[str, Any] = pounds | {"order_ids": [*pounds["order_ids"], *dollars["order_ids"]]}
    both["records"] = {name: [*pounds["records"][name], *dollars["records"][name]] for name in pounds["records"]}
    plan = clean_plan(both)
    assert {each.contract: each.params["currency"] for each in calls(plan, "price")} == {
        record_id_of(pounds, "Order"): "gbp",
        record_id_of(dollars, "Order"): "usd",
    }
    assert sorted(each.currency for each in plan.contracts) == ["gbp", "usd"]


def test_cur_03_a_later_order_in_another_currency() -> None:
    """CUR-03: when the year in pounds is over, the same customer buys in dollars."""
    first = an_order([seat("1200.00", frequency="Annual")], currency="GBP")
    later = an_order(
        [seat("1200.00", frequency="Annual")],
        start="2027-03-01",
        as_of="2027-03-01T00:00:00Z",
        account={"Stripe_ID__c": "cus_1"},
    )
    assert params(clean_plan(first), "price")["currency"] == "gbp"
    plan = clean_plan(later)
    assert params(plan, "price")["currency"] == "usd"
    assert params(plan, "subscription_schedule")["customer"] == "cus_1"


def test_an_org_with_one_currency_uses_the_setting() -> None:
    """CUR-07, UNIT-18: records without a currency are in `default_currency`, in small letters."""
    plan = clean_plan(an_order([seat()], currency=None), 'settings { default_currency = "AUD" }')
    assert params(plan, "price")["currency"] == "aud"


@pytest.mark.parametrize(
    ("currency", "price", "cents"), [("JPY", "1200", "1200"), ("KWD", "1.5", "1500"), ("EUR", "0.005", "0.5")]
)
def test_minor_units_by_currency(currency: str, price: str, cents: str) -> None:
    """Yen have no decimals, dinars three; a part of a cent is sent as it is."""
    assert params(clean_plan(an_order([seat(price)], currency=currency)), "price")["unit_amount_decimal"] == cents


def test_an_order_that_is_not_selected_is_not_planned() -> None:
    """A draft order gives a notice and no call."""
    plan = plan_of(an_order([seat()], order={"Status": "Draft"}))
    assert (ids(plan), codes(plan), plan.contracts) == ([], ["N501"], ())
    assert plan.applyable


def test_a_start_to_come_prorates_nothing() -> None:
    """A phase that starts at or after the plan's moment has nothing to make up for."""
    assert phases(clean_plan(an_order([seat()], **TODAY)))[0]["proration_behavior"] == "none"
    past = an_order([seat()], start="2026-03-01", as_of="2026-03-01T00:00:01Z")
    assert "proration_behavior" not in phases(clean_plan(past))[0]


def test_back_06_past_invoices_can_be_skipped() -> None:
    """BACK-06: the schedule starts at its true date, and the past is not billed."""
    plan = clean_plan(an_order([seat("120.00")], "2026-01-01", as_of="2026-03-20T00:00:00Z", skip_past_invoices=True))
    assert params(plan, "subscription_schedule")["start_date"] == unix("2026-01-01")
    assert phases(plan)[0]["proration_behavior"] == "none"


def test_fail_01_to_04_faults_of_lines_stop_the_plan() -> None:
    """FAIL-01..04: usage with a quantity, no start, no term, half a seat: an error with its record, and no call."""
    wrong = {
        "E507": an_order([usage(quantity=2)]),
        "E610": patched(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__StartDate__c=None),
        "E506": patched(an_order([seat()]), "OrderItem", 0, Quantity=1.5),
    }
    for code, bundle in wrong.items():
        plan = plan_of(bundle)
        assert code in codes(plan)
        assert all(each.record for each in plan.diagnostics)
        assert ids(plan) == []
    no_term = plan_of(patched(an_order([seat()]), "SBQQ__Quote__c", 0, SBQQ__SubscriptionTerm__c=None))
    assert found(no_term, "E610").message == "an order with recurring lines needs a quote with a term"
