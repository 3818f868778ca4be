"""Assignments in a plan: provenance, what is left out and why, defaults, required values, conditions."""

from __future__ import annotations

from typing import Any

from orderplan.engine.parameters import Ref, leaves
from tests.builders import an_order, patched, seat
from tests.contract.contracts import changed
from tests.plan.plans import call, clean_plan, codes, found, params, phases, plan_of, record_id_of, told

ORDER: dict[str, Any] = an_order([seat("120.00", 2)])


def _provenance(team: str, pointer: str, wanted: str = "customer", bundle: dict[str, Any] = ORDER) -> dict[str, Any]:
    return told(call(clean_plan(bundle, team), wanted).provenance[pointer])


def test_a_mapped_value_names_its_field_and_functions() -> None:
    """Record, field and functions in order, and the position of the rule."""
    trail = _provenance("override customer { metadata.site = upper(truncate(account.Name, 3)) }", "/metadata/site")
    assert trail["how"] == "mapped"
    assert trail["source"] == f"Account({record_id_of(ORDER, 'Account')}).Name"
    assert sorted(trail["via"]) == ["truncate", "upper"]
    assert trail["rule"] == "team.rules:3:21"


def test_a_value_of_another_record_names_that_record() -> None:
    """A path over a lookup ends in the record that holds the field."""
    trail = _provenance("override customer { metadata.mail = contract.order.BillToContact.Phone }", "/metadata/mail")
    assert trail["source"] == f"Contact({record_id_of(ORDER, 'Contact')}).Phone"


def test_a_value_of_two_fields_names_both() -> None:
    """A template is made of all its values."""
    trail = _provenance(
        'override customer { metadata.both = t"{account.Name} {contract.order.OrderNumber}" }', "/metadata/both"
    )
    account, order = record_id_of(ORDER, "Account"), record_id_of(ORDER, "Order")
    assert trail["source"] == f"Account({account}).Name, Order({order}).OrderNumber"


def test_a_written_value_is_a_constant() -> None:
    """A constant has a rule and no source."""
    trail = _provenance('override customer { metadata.made = "by rules" }', "/metadata/made")
    assert (trail["how"], "source" in trail) == ("constant", False)


def test_a_setting_says_which() -> None:
    """The value of a setting names the setting."""
    trail = _provenance("override customer { metadata.org = settings.salesforce_url }", "/metadata/org")
    assert (trail["how"], trail["via"]) == ("setting", ["settings.salesforce_url"])


def test_a_figure_of_the_contract_model_shows_its_sum() -> None:
    """A price names the field it was read from, the rule that read it, and the formula with its numbers."""
    bundle = an_order([seat("1200.00", frequency="Quarterly")])
    trail = _provenance("", "/unit_amount_decimal", "price", bundle)
    assert trail["source"].startswith(f"PricebookEntry({record_id_of(bundle, 'PricebookEntry')}).UnitPrice, ")
    assert trail["formula"] == "1200 ÷ 12 months × 3 = 300"
    assert trail["via"] == ["minor_units"]
    assert trail["model"] == "Price.amount"
    assert len(trail["read_by"]) == 3  # the price, the term that it covers, the months of a cycle
    assert all("cpq.rules:" in each for each in trail["read_by"])


def test_a_default_is_told_from_a_mapped_value() -> None:
    """The same assignment is `mapped` where the field is filled and `default` where it is not."""
    team = 'override customer { metadata.site = account.Site  default "none" }'
    filled = an_order([seat()], account={"Site": "North"})
    assert _provenance(team, "/metadata/site")["how"] == "default"
    assert _provenance(team, "/metadata/site", bundle=filled)["how"] == "mapped"
    assert params(clean_plan(ORDER, team), "customer")["metadata"]["site"] == "none"
    assert params(clean_plan(filled, team), "customer")["metadata"]["site"] == "North"


def test_every_parameter_has_a_provenance() -> None:
    """No leaf of any call comes from nowhere: it has a trail of its own or one above it."""
    for each in clean_plan(an_order([seat("120.00", 2), seat(name="Other", quoted_price="99.00")])).calls:
        for pointer, _ in leaves(each.params):
            assert any(pointer == known or pointer.startswith(f"{known}/") for known in each.provenance), pointer


def test_an_absent_source_leaves_the_parameter_out_and_says_so() -> None:
    """Missing, null and blank are one state; the plan lists what it left out."""
    for value in (None, "", "   "):
        customer = call(clean_plan(an_order([seat()], account={"Description": value})), "customer")
        assert "description" not in customer.params
        assert customer.omitted["/description"] == "source absent"


def test_false_and_zero_are_values() -> None:
    """A price of nothing and a box that is not ticked are sent."""
    team = "override customer { metadata.person = text(account.IsPersonAccount)\n metadata.size = text(account.NumberOfEmployees) }"
    bundle = an_order([seat("0.00")], account={"IsPersonAccount": False, "NumberOfEmployees": 0})
    plan = clean_plan(bundle, team)
    assert (
        params(plan, "customer")["metadata"] | {"person": "false", "size": "0"} == params(plan, "customer")["metadata"]
    )
    assert params(plan, "price")["unit_amount_decimal"] == "0"


def test_a_false_condition_leaves_the_parameter_out_and_says_so() -> None:
    """A condition that does not hold is another reason than an absent source."""
    customer = call(
        clean_plan(ORDER, 'override customer { metadata.large = "yes"  when account.NumberOfEmployees > 99 }'),
        "customer",
    )
    assert customer.omitted["/metadata/large"] == "its condition is false"


def test_a_block_condition_covers_all_of_the_block() -> None:
    """Without a billing address no part of it is sent, nor an empty object."""
    nowhere = {f"Billing{part}": None for part in ("Street", "City", "State", "PostalCode", "Country")}
    customer = call(clean_plan(an_order([seat()], account=nowhere)), "customer")
    assert "address" not in customer.params
    assert customer.omitted["/address/line1"] == "its condition is false"


def test_a_required_value_that_is_absent_is_an_error_in_the_rules_words() -> None:
    """E610: the message of the rule, the field that is empty, the record."""
    team = 'override customer { metadata.site = account.Site  required "a customer needs a site" }'
    fault = found(plan_of(ORDER, team), "E610")
    assert fault.message == "a customer needs a site"
    assert fault.notes == ("empty: Site",)
    assert fault.record == f"Account({record_id_of(ORDER, 'Account')})"
    assert fault.rule == "team.rules:3:21"


def test_a_required_value_without_words_names_field_and_parameter() -> None:
    """E610 without a message of its own."""
    fault = found(plan_of(ORDER, "override customer { metadata.site = account.Site  required }"), "E610")
    assert fault.message == "Site is empty, and metadata.site needs it"


def test_a_required_term_is_missed_only_where_it_is_needed() -> None:
    """An order of one-time lines has no use for a start date; one of recurring lines has."""
    from tests.builders import setup_fee

    assert codes(plan_of(an_order([setup_fee()], start=None, term=None))) == []
    assert "E610" in codes(plan_of(patched(ORDER, "SBQQ__Quote__c", 0, SBQQ__StartDate__c=None)))


TWO = """map product update from contract.account as account on "prod_banded" {
  metadata.band = "small"  when account.NumberOfEmployees < 50
  metadata.band = "large"  when account.NumberOfEmployees > 20
}"""


def test_of_two_conditional_assignments_the_one_that_holds_counts() -> None:
    """One parameter, two rules, conditions that exclude each other for this order."""
    for size, band in ((10, "small"), (90, "large")):
        plan = clean_plan(an_order([seat()], account={"NumberOfEmployees": size}), TWO)
        assert params(plan, "product update")["metadata"]["band"] == band
        assert "/metadata/band" not in call(plan, "product update").omitted


def test_two_conditional_assignments_that_both_hold_are_an_error() -> None:
    """E601 names the parameter, both rules and the record; nothing is overwritten silently."""
    plan = plan_of(an_order([seat()], account={"NumberOfEmployees": 30}), TWO)
    fault = found(plan, "E601")
    assert "/metadata/band" in fault.message
    assert fault.rule == "team.rules:5:3"
    assert fault.notes == ("the other is team.rules:4:3",)
    assert params(plan, "product update")["metadata"]["band"] == "small"
    assert not plan.applyable


def test_a_fail_rule_stops_the_plan_with_its_code() -> None:
    """A team's own check: its code, its words with values, the order it is about."""
    team = 'override subscription_schedule { fail TST-201 t"order {contract.order.OrderNumber} is too long"  when contract.term_months > 6 }'
    plan = plan_of(ORDER, team)
    fault = found(plan, "TST-201")
    assert fault.message == "order 00000101 is too long"
    assert fault.record == f"Order({record_id_of(ORDER, 'Order')})"
    assert not plan.applyable


def test_a_fail_rule_whose_condition_is_false_says_nothing() -> None:
    """The same check on an order that passes it."""
    team = 'override subscription_schedule { fail TST-201 "too long"  when contract.term_months > 60 }'
    assert plan_of(ORDER, team).diagnostics == ()


def test_a_warn_rule_leaves_the_plan_applyable() -> None:
    """A warning is shown and does not stop anything."""
    plan = plan_of(ORDER, 'override customer { warn TST-202 "look at this" }')
    assert str(found(plan, "TST-202").severity) == "warning"
    assert plan.applyable


def test_a_lookup_failure_is_an_error_of_the_order() -> None:
    """The shipped rules refuse invoice plans with the code and the words of the lookup."""
    bundle = patched(ORDER, "OrderItem", 0, SBQQ__BillingFrequency__c="Invoice Plan")
    fault = found(plan_of(bundle), "CPQ-101")
    assert "Invoice Plan billing has no counterpart" in fault.message
    assert fault.record == f"OrderItem({record_id_of(bundle, 'OrderItem')})"


PART = """part trade {
  metadata.trade = contract.account.Industry
}
override customer { use trade }
override subscription_schedule { use trade }
"""


def test_a_part_stands_wherever_it_is_used() -> None:
    """One block of statements, two resources."""
    plan = clean_plan(an_order([seat()], account={"Industry": "Media"}), PART)
    assert params(plan, "customer")["metadata"]["trade"] == "Media"
    assert params(plan, "subscription_schedule")["metadata"]["trade"] == "Media"


def test_a_shipped_part_is_changed_once_for_all_its_uses() -> None:
    """`override part` reaches the items of schedules, updates and subscriptions."""
    team = "override part recurring_item { metadata.special = item.order_item.Description }"
    plan = clean_plan(patched(ORDER, "OrderItem", 0, Description="corner office"), team)
    (item,) = phases(plan)[0]["items"]
    assert item["metadata"]["special"] == "corner office"


def test_two_each_blocks_of_one_list_follow_each_other() -> None:
    """The second block appends; pointers of provenance go on counting."""
    team = """override subscription_schedule {
  each phases {
    each discounts from contract.phases as other {
      coupon = "always"
    }
  }
}"""
    from tests.builders import coupon

    plan = clean_plan(an_order([seat()], coupons=[coupon("Ten", amount_off="10.00")]), team)
    made, written = phases(plan)[0]["discounts"]
    assert isinstance(made["coupon"], Ref)
    assert written == {"coupon": "always"}
    assert "/phases/0/discounts/1/coupon" in call(plan, "subscription_schedule").provenance


def test_an_unknown_billing_type_is_not_taken_for_billed_ahead() -> None:
    """Only Advance and blank are billed ahead; a value that an org has added is asked about."""
    plan = plan_of(changed(ORDER, "OrderItem", 0, SBQQ__BillingType__c="Milestone"))
    assert "Milestone" in found(plan, "E608").message
    assert not plan.applyable
    assert codes(plan_of(changed(ORDER, "OrderItem", 0, SBQQ__BillingType__c="Advance"))) == []
