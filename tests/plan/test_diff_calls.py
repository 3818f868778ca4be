"""Two plans compared: what differs, in which class, and by which rule."""

from __future__ import annotations

import copy
import datetime
import json
import re
from typing import Any

import pytest

from orderplan.engine.diagnostics import finding
from orderplan.engine.diff import CallDifference, Difference, PlanDiff
from orderplan.engine.diff import compare as compare_forecasted
from orderplan.engine.diff import compare_all as compare_all_forecasted
from orderplan.engine.forecast import Forecast, ForecastedPlan, Invoice, InvoiceLine, Outlook, Period, Reconciliation
from orderplan.engine.plan import failed_plan
from tests.builders import amend, an_order, change, coupon, evergreen, graduated, seat, setup_fee
from tests.plan.fault_cases import two_currencies
from tests.plan.plans import Document, document_of, plan_in, record_of, seen

DEARER_LINES = 'override read line { set unit_price = item.UnitPrice * 2  required "an order line needs a unit price" }'
DEARER = f"{DEARER_LINES}\noverride read price {{ set unit_price = entry.UnitPrice * 2 }}"


def _order(**more: Any) -> Document:
    return an_order([seat(quantity=10), setup_fee("500.00")], **more)


def compare(old: Document, new: Document) -> PlanDiff:
    return compare_forecasted(*(ForecastedPlan(plan_in(each), None) for each in (old, new)))


def compare_all(old: list[Document], new: list[Document]) -> PlanDiff:
    sides = ([ForecastedPlan(plan_in(each), None) for each in side] for side in (old, new))
    return compare_all_forecasted(*sides)


def _differences(diff: PlanDiff) -> dict[str, Difference]:
    """The differences by call and pointer."""
    return {f"{call.resource}{each.pointer}": each for _, call, each in diff.differences()}


def _classes(diff: PlanDiff) -> dict[str, str]:
    return {name: str(each.kind) for name, each in _differences(diff).items()}


def _calls(diff: PlanDiff) -> list[CallDifference]:
    return [call for order in diff.orders for call in order.calls]


def _schedule(document: Document, action: str = "create") -> Any:
    """The parameters of the schedule."""
    return next(
        each["params"]
        for each in document["calls"]
        if (each["resource"], each["action"]) == ("subscription_schedule", action)
    )


def _by_rules(old: str, new: str, bundle: Document | None = None) -> PlanDiff:
    bundle = bundle or _order()
    return compare(document_of(bundle, old), document_of(bundle, new))


def test_a_plan_does_not_differ_from_itself() -> None:
    """The same bundle and rules give nothing to report, and the order is still counted."""
    found = _by_rules("", "")
    assert found.differing == ()
    assert len(found.orders) == 1


def test_a_comment_in_the_rules_is_no_difference() -> None:
    """Rules at other positions write the same calls."""
    assert _by_rules("", "# a remark\n\n").differing == ()


def test_an_amount_is_billing_and_names_both_rules() -> None:
    """The old and the new value stand side by side, each with the rule that wrote it."""
    found = _differences(_by_rules("", DEARER))["price/params/unit_amount_decimal"]
    assert (found.kind, found.change) == ("billing", "changed")
    assert int(found.new) == 2 * int(found.old)
    assert str(found.rule).rpartition("/")[2].startswith("stripe.rules:")


def test_the_rule_of_a_difference_is_the_one_that_wrote_the_new_value() -> None:
    """A team's override is named, not the line that it replaced."""
    found = _differences(_by_rules("", 'override customer {\n  set name = "ACME"\n}'))["customer/params/name"]
    assert found.rule == "team.rules:4:3"
    assert str(found.old_rule).endswith("cpq.rules:128:3") or "cpq.rules" in str(found.old_rule)
    assert found.new == "ACME"


@pytest.mark.parametrize(
    ("team", "pointer", "kind"),
    [
        ('override customer { set name = "ACME" }', "customer/params/name", "identity"),
        ("override customer { drop address }", "customer/params/address/city", "identity"),
        ("override customer { drop description }", "customer/params/description", "metadata"),
        ('override customer { metadata.region = "west" }', "customer/params/metadata/region", "metadata"),
        ('override product { unit_label = "seat" }', "product/params/unit_label", "metadata"),
        ('override price { nickname = "list" }', "price/params/nickname", "metadata"),
        ('override price { tax_behavior = "exclusive" }', "price/params/tax_behavior", "billing"),
        ('override customer { tax_exempt = "exempt" }', "customer/params/tax_exempt", "billing"),
        (
            'override subscription_schedule { set end_behavior = "release" }',
            "subscription_schedule/params/end_behavior",
            "billing",
        ),
        (
            "override subscription_schedule { set default_settings.invoice_settings.days_until_due = 14 }",
            "subscription_schedule/params/default_settings/invoice_settings/days_until_due",
            "billing",
        ),
        (
            'override subscription_schedule { set default_settings.collection_method = "charge_automatically" }',
            "subscription_schedule/params/default_settings/collection_method",
            "billing",
        ),
        (
            "override part recurring_item { set quantity = item.quantity + 1 }",
            "subscription_schedule/params/phases/0/items/0/quantity",
            "billing",
        ),
        (
            'override subscription_schedule { each phases { description = "first year" } }',
            "subscription_schedule/params/phases/0/description",
            "metadata",
        ),
    ],
)
def test_a_parameter_has_its_class(team: str, pointer: str, kind: str) -> None:
    """Billing, identity and metadata follow the innermost name that says what a parameter is about."""
    assert _classes(_by_rules("", team))[pointer] == kind


def test_a_parameter_that_goes_away_keeps_its_old_rule() -> None:
    """There is no rule for a value that is not written any more."""
    found = _differences(_by_rules("", "override customer { drop description }"))["customer/params/description"]
    assert (found.change, found.new, found.rule) == ("removed", None, None)
    assert "cpq.rules" in str(found.old_rule)


def test_a_new_prefix_of_all_metadata_alters_metadata_alone() -> None:
    """Items are still matched by their order line, though the metadata key has another name."""
    found = _by_rules("", 'settings { metadata_prefix = "crm_" }')
    assert {str(each) for order in found.orders for each in order.classes} == {"metadata"}
    assert {each.change for each in _differences(found).values()} == {"added", "removed"}


# --- phases and items ---


def test_an_inserted_phase_leaves_the_first_one_alone_but_for_its_end() -> None:
    """An amendment in the middle of the year: the first phase ends earlier, and one phase is new."""
    old = document_of(_order())
    new = copy.deepcopy(old)
    schedule = _schedule(new)
    later = copy.deepcopy(schedule["phases"][0])
    schedule["phases"][0]["end_date"] = 1788220800
    schedule["phases"].append(later)
    found = _differences(compare(old, new))
    assert {name: each.change for name, each in found.items()} == {
        "subscription_schedule/params/phases/0/end_date": "changed",
        "subscription_schedule/params/phases/1": "added",
    }


def test_a_phase_before_the_others_makes_only_itself_differ() -> None:
    """Later phases are recognised by their start, wherever they stand now."""
    old = document_of(amend(_order(), start="2026-09-01", lines=[change("Workspace seat", quantity=15)]))
    new = copy.deepcopy(old)
    phases = _schedule(new, "update")["phases"]
    phases.insert(0, {**phases[0], "start_date": 1740787200, "end_date": phases[0]["start_date"], "items": []})
    assert {name: each.change for name, each in _differences(compare(old, new)).items()} == {
        "subscription_schedule/params/phases/0": "added",
    }


def test_items_in_another_order_are_no_difference() -> None:
    """Stripe bills a phase's items in no order."""
    bundle = an_order([seat(quantity=10), seat("20.00", 3, name="Archive"), seat("30.00", name="Audit")])
    old = document_of(bundle)
    new = copy.deepcopy(old)
    _schedule(new)["phases"][0]["items"].reverse()
    assert compare(old, new).differing == ()


def test_a_moved_item_that_changed_names_both_places() -> None:
    """The pointer is the new plan's, the old one stands beside it."""
    bundle = an_order([seat(quantity=10), seat("20.00", 3, name="Archive")])
    old = document_of(bundle)
    new = copy.deepcopy(old)
    items = _schedule(new)["phases"][0]["items"]
    items.reverse()
    items[0]["quantity"] = 4
    (found,) = _differences(compare(old, new)).values()
    assert (found.pointer, found.old_pointer) == (
        "/params/phases/0/items/0/quantity",
        "/params/phases/0/items/1/quantity",
    )
    assert (found.old, found.new) == (3, 4)


def test_an_item_of_another_order_line_is_another_item() -> None:
    """A line that goes and one that comes are no change of one line."""
    old = document_of(an_order([seat(quantity=10)]))
    new = copy.deepcopy(old)
    metadata = _schedule(new)["phases"][0]["items"][0]["metadata"]
    metadata["salesforce_order_item_id"] = "802W00000000009IAA"
    assert sorted(each.change for _, _, each in compare(old, new).differences()) == ["added", "removed"]


def test_a_tier_is_matched_by_its_bound() -> None:
    """A new tier in the middle does not alter the last one."""
    old = document_of(an_order([seat(tiers=graduated((100, "1.00"), (None, "0.50")))]))
    new = copy.deepcopy(old)
    price = next(each for each in new["calls"] if each["resource"] == "price")
    price["params"]["tiers"].insert(1, {"up_to": 5000, "unit_amount_decimal": "75"})
    assert {name: each.change for name, each in _differences(compare(old, new)).items()} == {
        "price/params/tiers/1": "added"
    }


def test_another_coupon_is_billing() -> None:
    """What it takes off stands beside the references."""
    bundle = an_order([seat(quantity=10)], coupons=[coupon("Welcome", percent_off="10")])
    cheaper = copy.deepcopy(bundle)
    record_of(cheaper, "Order_Stripe_Coupon__c")["Percent_Off__c"] = 20
    classes = _classes(compare(document_of(bundle), document_of(cheaper)))
    assert classes["coupon/params/percent_off"] == "billing"


# --- objects ---


def test_a_price_that_bills_the_same_is_another_identity() -> None:
    """Dearer list prices give the lines prices of their own, which bill what was billed before."""
    bundle = an_order([seat(quantity=10)])
    found = _by_rules("", "override read price { set unit_price = entry.UnitPrice * 2 }", bundle)
    assert {str(each) for order in found.orders for each in order.classes} == {"identity"}


def test_a_price_that_bills_more_says_how_much() -> None:
    """A reference to another price carries the figures that differ between the two prices."""
    bundle = an_order([seat(quantity=10)])
    found = _differences(_by_rules("", DEARER_LINES, bundle))
    difference = found["subscription_schedule/params/phases/0/items/0/price"]
    assert difference.kind == "billing"
    assert [(each.pointer, int(each.new) / int(each.old)) for each in difference.figures] == [
        ("/params/unit_amount_decimal", 2)
    ]


def test_a_customer_that_exists_is_reused_instead_of_made() -> None:
    """Another identity, no other bill."""
    bundle = an_order([seat(quantity=10)])
    known = copy.deepcopy(bundle)
    record_of(known, "Account")["Stripe_ID__c"] = "cus_Known123"
    found = compare(document_of(bundle), document_of(known))
    (customer,) = [each for each in _calls(found) if each.resource == "customer"]
    assert (customer.change, customer.differences[0].kind) == ("reused", "identity")
    assert customer.differences[0].new == {"reuse": "cus_Known123"}
    assert _classes(found)["subscription_schedule/params/customer"] == "identity"
    assert found.orders[0].classes == ("identity",)


def test_a_price_that_exists_and_is_expected_to_bill_the_same_is_identity() -> None:
    """The records say what a price that is used again costs."""
    bundle = an_order([seat(quantity=10)])
    known = copy.deepcopy(bundle)
    record_of(known, "PricebookEntry")["Stripe_ID__c"] = "price_Known123"
    found = compare(document_of(bundle), document_of(known))
    assert found.orders[0].classes == ("identity",)
    assert [each.change for each in _calls(found) if each.resource == "price"] == ["reused"]
    back = compare(document_of(known), document_of(bundle))
    assert [each.change for each in _calls(back) if each.resource == "price"] == ["recreated"]


def test_a_reused_price_with_other_expected_figures_is_billing() -> None:
    """The same id in both plans, while the rules now say another amount."""
    bundle = an_order([seat(quantity=10)])
    record_of(bundle, "PricebookEntry")["Stripe_ID__c"] = "price_Known123"
    found = _classes(_by_rules("", DEARER, bundle))
    assert found["price/params/unit_amount_decimal"] == "billing"
    assert "price/id" not in found


def test_a_call_that_is_no_more_made_is_billing() -> None:
    """An order whose lines were one-time yesterday and are evergreen today has other calls altogether."""
    found = compare(
        document_of(_order()), document_of(an_order([evergreen()], term=None, as_of="2026-03-01T09:00:00Z"))
    )
    changes = {(each.resource, each.change) for each in _calls(found)}
    assert ("subscription_schedule", "removed") in changes
    assert ("subscription", "created") in changes
    assert found.orders[0].classes[0] == "billing"


def test_another_write_back_is_identity() -> None:
    """The field that an id is stored in leads later runs to the object."""
    found = _by_rules(
        "",
        "override invoice { store number in contract.order.Description }",
        an_order([setup_fee("500.00")], term=None),
    )
    assert {name: each.change for name, each in _differences(found).items()} == {"invoice/store/1": "added"}
    assert _classes(found) == {"invoice/store/1": "identity"}


def test_a_call_that_must_wait_for_another_one_no_more_is_billing() -> None:
    """An invoice that is made before its items is empty."""
    old = document_of(an_order([setup_fee("500.00")], term=None))
    new = copy.deepcopy(old)
    invoice = next(each for each in new["calls"] if each["id"].startswith("invoice/") and each["action"] == "create")
    invoice["depends_on"] = [each for each in invoice["depends_on"] if not each.startswith("invoice_item/")]
    assert _classes(compare(old, new)) == {"invoice/depends_on": "billing"}


# --- sensitive values ---

_EMAIL = "override customer { email = contract.order.BillToContact.Email  sensitive }"


def _with_email(address: str) -> Document:
    return an_order([seat(quantity=10)], contact={"Email": address})


def test_sensitive_values_are_compared_by_digest() -> None:
    """One bundle, one key: equal values are no difference, and no value is shown where they differ."""
    bundle = _with_email("ines@example.com")
    assert compare(document_of(bundle, _EMAIL), document_of(bundle, _EMAIL)).differing == ()
    other = "override customer { email = lower(contract.order.BillToContact.FirstName)  sensitive }"
    found = compare(document_of(bundle, _EMAIL), document_of(bundle, other))
    assert _classes(found) == {"customer/params/email": "identity"}
    assert found.uncertain == 0
    assert "ines" not in str(found.to_json()).lower()


def test_digests_of_different_bundles_are_uncertain() -> None:
    """They differ, and nobody can say whether the values do."""
    old, new = _with_email("ines@example.com"), _with_email("ines@example.com")
    record_of(new, "Account")["Site"] = "elsewhere"
    found = compare(document_of(old, _EMAIL), document_of(new, _EMAIL))
    assert found.uncertain == 1


def test_plans_saved_with_their_values_are_certain() -> None:
    """The values are compared, and still not shown."""
    old, new = _with_email("ines@example.com"), _with_email("ines@example.com")
    record_of(new, "Account")["Site"] = "elsewhere"
    saved = [document_of(each, _EMAIL, reveal=True) for each in (old, new)]
    assert compare(*saved).differing == ()
    found = compare(saved[0], document_of(_with_email("tom@example.com"), _EMAIL, reveal=True))
    assert (found.uncertain, list(_classes(found))) == (0, ["customer/params/email"])
    assert "example.com" not in str(found.to_json())


def test_a_value_that_one_side_marks_is_not_shown_by_the_other() -> None:
    """Marking a parameter as sensitive hides what the old plan showed."""
    bundle = an_order([seat(quantity=10)], account={"Phone": "+1 503 555 0199"})
    marked = "override customer { set phone = upper(account.Phone)  sensitive }"
    found = compare(document_of(bundle), document_of(bundle, marked, reveal=True))
    assert "0199" not in str(found.to_json())


def test_a_title_that_one_side_marks_is_shown_by_neither() -> None:
    """The name of a customer is what people know it by, and a rule may keep it from being shown."""
    old, new = an_order([seat(quantity=10)]), an_order([seat(quantity=10)])
    record_of(new, "Account")["Phone"] = "+1 503 555 0100"
    marked = "override customer { set name = account.Name  sensitive }"
    name = record_of(new, "Account")["Name"]
    for found in (
        compare(document_of(old), document_of(new, marked, reveal=True)),
        compare(document_of(old, marked, reveal=True), document_of(new)),
    ):
        assert [each.id.partition("/")[0] for each in found.orders[0].calls] == ["customer"]
        assert name not in str(found.to_json())
    assert name in str(compare(document_of(old), document_of(new)).to_json())


def test_sums_of_prices_that_one_side_marks_are_not_shown() -> None:
    """What a contract bills in all says what its one price is."""
    marked = "override price { set unit_amount_decimal = minor_units(price.amount)  sensitive }"
    old, new = (document_of(an_order([seat(price, 1)]), marked, reveal=True) for price in ("120.00", "140.00"))
    found = compare_forecasted(seen(old), seen(new))
    assert list(_classes(found)) == ["price/params/unit_amount_decimal"]
    assert [each.money for each in found.orders] == [None]
    assert not {"144000", "168000", "12000", "14000"} & set(re.findall(r"\d+", str(found.to_json())))
    plain = compare_forecasted(*(seen(document_of(an_order([seat(price, 1)]))) for price in ("120.00", "140.00")))
    assert [each.money.change for each in plain.orders if each.money] == [24000]


# --- orders ---


def test_a_shared_object_counts_for_every_contract_that_needs_it() -> None:
    """Two orders for one product: the call is one, and its price bills both."""
    old = document_of(an_order([seat(quantity=10)]))
    first = old["contracts"][0]
    old["contracts"].append({**first, "id": "801W00000000009IAA", "order_ids": ["801W00000000009IAA"]})
    schedule = copy.deepcopy(next(each for each in old["calls"] if each["resource"] == "subscription_schedule"))
    old["calls"].append(
        {**schedule, "id": "subscription_schedule/801W00000000009IAA", "contract": "801W00000000009IAA"}
    )
    new = copy.deepcopy(old)
    price = next(each for each in new["calls"] if each["resource"] == "price")
    price["params"]["unit_amount_decimal"] = "1"
    found = compare(old, new)
    assert [each.classes for each in found.orders] == [("billing",), ("billing",)]


def test_an_order_that_can_no_longer_be_planned_is_billing() -> None:
    """New errors are said, and the order counts as altered."""
    old = document_of(_order())
    found = compare(
        old,
        document_of(
            _order(), 'override subscription_schedule { fail CPQ-900 "not today" when contract.term_months > 1 }'
        ),
    )
    assert [each.partition(":")[0] for each in found.orders[0].errors] == ["CPQ-900"]
    assert found.orders[0].classes == ("billing",)


def test_a_bundle_that_no_side_can_plan_is_counted_apart() -> None:
    """Nothing is known of its orders."""
    fault = finding("E403", "the file is empty", file="broken.json")
    broken = ForecastedPlan(failed_plan((fault,), "broken.json", "0.1.0"), None)
    assert compare_forecasted(broken, broken) == PlanDiff((), ("broken.json",))


def test_many_plans_find_their_counterparts_in_any_order() -> None:
    """Plans are matched by their orders."""
    plans = [document_of(_order(number=number)) for number in (1, 2, 3)]
    found = compare_all(plans, plans[::-1])
    assert (len(found.orders), found.differing) == (3, ())


def test_a_plan_without_a_counterpart_is_new_or_gone() -> None:
    """An order that only one side plans alters billing."""
    one, two = (document_of(_order(number=number)) for number in (1, 2))
    found = compare_all([one], [two])
    assert [(each.presence, each.classes[0]) for each in found.orders] == [("removed", "billing"), ("added", "billing")]


def _billing(document: Document, *totals: int | None) -> ForecastedPlan:
    """A plan whose invoices have these totals."""
    plan = plan_in(document)
    day = datetime.date(2026, 3, 1)
    lines = [InvoiceLine(None, "price/a", "Seat", "recurring", Period(day, day), 1, None, each) for each in totals]
    invoices = tuple(
        Invoice(day, None, "subscription_cycle", plan.contracts[0].id, plan.contracts[0].currency, (each,))
        for each in lines
    )
    return ForecastedPlan(plan, Outlook(Forecast(invoices, 12, None), Reconciliation(()), (), ()))


def test_money_is_the_difference_of_the_forecasts() -> None:
    """In minor units, per order and in all."""
    document = document_of(_order())
    found = compare_forecasted(_billing(document, 1000, 1000), _billing(document, 1000, 2500))
    assert found.orders[0].money is not None
    assert (found.orders[0].money.change, found.orders[0].money.currency) == (1500, "usd")
    assert [each.to_json() for each in found.money] == [{"currency": "usd", "old": 2000, "new": 3500, "change": 1500}]
    assert found.orders[0].classes == ("billing",)


def test_money_that_one_side_does_not_know_is_left_out() -> None:
    """A forecast that cannot tell a price gives no figure to compare."""
    document = document_of(_order())
    assert compare_forecasted(_billing(document, 1000), _billing(document, None)).orders[0].money is None
    assert compare_forecasted(ForecastedPlan(plan_in(document), None), _billing(document, 1000)).orders[0].money is None


def test_the_document_counts_orders_by_class() -> None:
    """What CI reads: a format of its own, orders without a difference only counted."""
    whole = _by_rules("", DEARER).to_json()
    assert (whole["format"], whole["format_version"]) == ("orderplan.diff", "1.0")
    assert whole["summary"]["orders"] == 1
    assert whole["summary"]["billing"] == 1
    assert _by_rules("", "").to_json()["orders"] == []


def test_a_price_that_is_made_instead_of_used_again_bills_what_it_says() -> None:
    """The old plan expects 120.00 of the price in Stripe, and the new one makes one of 240.00; and the other way round."""
    bundle = an_order([seat(quantity=10)])
    known = copy.deepcopy(bundle)
    record_of(known, "PricebookEntry")["Stripe_ID__c"] = "price_Known123"
    made, reused = document_of(bundle, DEARER), document_of(known)
    there, back = (
        _differences(each)["price/params/unit_amount_decimal"]
        for each in (compare(reused, made), compare(made, reused))
    )
    assert ((there.old, there.new), (back.old, back.new)) == (("12000", "24000"), ("24000", "12000"))


def test_a_list_that_only_one_plan_has_is_compared_row_by_row() -> None:
    """The fee of the first phase is added, or goes away."""
    new = document_of(_order())
    old = copy.deepcopy(new)
    del _schedule(old)["phases"][0]["add_invoice_items"]
    place = "subscription_schedule/params/phases/0/add_invoice_items/0"
    found = [_differences(each)[place].change for each in (compare(old, new), compare(new, old))]
    assert found == ["added", "removed"]


def test_plans_of_several_contracts_belong_together_in_any_order() -> None:
    """The contracts of the second plan stand the other way round."""
    old = document_of(two_currencies())
    new = copy.deepcopy(old)
    new["contracts"].reverse()
    assert len(new["contracts"]) == 2
    assert compare_all([old], [new]).differing == ()


def test_positions_of_rules_may_be_named_otherwise() -> None:
    """Both the new and the old rule of each difference, where it has one."""
    found = _by_rules("", DEARER)
    shown = found.renamed(lambda rule: f"<{rule}>")
    before, after = _differences(found), _differences(shown)
    place = "price/params/unit_amount_decimal"
    assert (after[place].rule, after[place].old_rule) == (f"<{before[place].rule}>", f"<{before[place].old_rule}>")
    assert {name for name, each in after.items() if each.rule is None} == {
        name for name, each in before.items() if each.rule is None
    }


def test_an_item_that_goes_from_between_others_has_no_new_rule() -> None:
    """At its place stands another one in the new plan."""
    bundle = an_order([seat(quantity=10), seat("20.00", 3, name="Archive"), seat("30.00", name="Audit")])
    old = document_of(bundle)
    new = copy.deepcopy(old)
    del _schedule(new)["phases"][0]["items"][1]
    found = _differences(compare(old, new))["subscription_schedule/params/phases/0/items/1"]
    assert (found.change, found.rule, found.old_rule is not None) == ("removed", None, True)
    assert "uncertain" not in found.to_json()


def test_a_reference_to_nothing_is_another_price_of_unknown_figures() -> None:
    """A saved plan may lack a call; the difference is billing, without figures."""
    old = document_of(an_order([seat(quantity=10)]))
    new = copy.deepcopy(old)
    _schedule(new)["phases"][0]["items"][0]["price"] = {"$ref": {"call": "price/gone", "field": "id"}}
    found = _differences(compare(old, new))["subscription_schedule/params/phases/0/items/0/price"]
    assert (found.kind, found.figures) == ("billing", ())


def test_another_customer_is_identity_whatever_it_pays() -> None:
    """What customers bill differently is said of the customers, not of each reference to one."""
    old = document_of(_order())
    (name,) = [each["id"] for each in old["calls"] if each["resource"] == "customer"]
    new = json.loads(json.dumps(old).replace(name, "customer/other"))
    (made,) = [each for each in new["calls"] if each["resource"] == "customer"]
    made["params"]["tax_exempt"] = "exempt"
    found = _differences(compare(old, new))["subscription_schedule/params/customer"]
    assert (found.kind, found.figures) == ("identity", ())


def test_a_call_of_another_object_is_identity() -> None:
    """The same update, sent to another schedule."""
    bundle = amend(_order(), start="2026-09-01", lines=[change("Workspace seat", quantity=15)])
    old = document_of(bundle)
    new = copy.deepcopy(old)
    (update,) = [each for each in new["calls"] if each["action"] == "update" and "schedule" in each["resource"]]
    update["path"] = "/v1/subscription_schedules/sub_sched_other"
    found = _differences(compare(old, new))["subscription_schedule/path"]
    assert (found.kind, found.change, found.new) == (
        "identity",
        "changed",
        "/v1/subscription_schedules/sub_sched_other",
    )
    assert "subscription_schedule/path" not in _differences(compare(old, document_of(bundle, DEARER)))


def test_a_write_back_that_goes_away_is_identity() -> None:
    """The id of the object is stored no more, and is not found again by later runs."""
    old = document_of(_order())
    new = copy.deepcopy(old)
    made = next(each for each in new["calls"] if each["resource"] == "customer")
    made["store"] = []
    found = {name: each.change for name, each in _differences(compare(old, new)).items()}
    assert found == {"customer/store/0": "removed"}
