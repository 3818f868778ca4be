"""Values that rules cannot use are findings wherever they stand: in a value, a condition, a key, a term."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import an_order, patched, seat
from tests.plan.plans import calls, clean_plan, codes, found, params, plan_of
from tests.program.expressions import Expressions

WRONG: dict[str, Any] = patched(an_order([seat()], account={"Site": "many"}), "OrderItem", 0, Description="some")

PLACES = {
    "a value": "override customer { metadata.size = text(number(account.Site)) }",
    "a condition": 'override customer { metadata.size = "large"  when number(account.Site) > 3 }',
    "a list": "override subscription_schedule { each phases { each items { metadata.size = text(number(contract.account.Site)) } } }",
    "a message": 'override customer { warn TST-101 t"{number(account.Site)} seats" }',
    "a message's condition": 'override customer { warn TST-101 "large"  when number(account.Site) > 3 }',
    "a write-back's condition": "override customer { store id in account.Jigsaw  when number(account.Site) > 3 }",
    "a map's condition": """map tax_rate from contract when number(contract.account.Site) > 3 {
        display_name = "x"\n inclusive = false\n percentage = 3\n }""",
    "a map's object": 'map customer update from contract on text(number(contract.account.Site)) { name = "x" }',
    "a term": "override read line { price = number(item.Description) }",
    "a term's condition": "override read line { set cycle_months = 1  when number(item.Description) > 3 }",
}


@pytest.mark.parametrize("team", PLACES.values(), ids=PLACES)
def test_a_refused_value_is_a_finding_with_rule_and_record(team: str) -> None:
    """Nothing that a record holds ends a plan early; the finding names the rule's place and the record."""
    faults = [each for each in plan_of(WRONG, team).diagnostics if each.code == "E603"]
    assert faults
    for fault in faults:
        assert fault.message in ('Site: "many" spells no number', 'Description: "some" spells no number')
        assert str(fault.rule).startswith("team.rules:")
        assert str(fault.record).partition("(")[0] in ("Account", "Order", "OrderItem")


def test_a_condition_that_cannot_be_told_does_not_hold() -> None:
    """The statement under it is left out, and the rest of the map stands."""
    plan = plan_of(WRONG, PLACES["a condition"])
    assert "size" not in params(plan, "customer")["metadata"]
    assert params(plan, "customer")["name"] == "Marlow & Finch 1"


def test_a_fault_of_one_parameter_leaves_the_others() -> None:
    """Two wrong values of one map are two findings of one plan."""
    team = "override customer { metadata.a = text(number(account.Site))\n metadata.b = text(net_days(account.Site)) }"
    assert codes(plan_of(WRONG, team)) == ["E603", "E604"]


def test_a_product_keeps_all_its_digits() -> None:
    """Sums and products are exact beyond the digits that Python's decimals keep by themselves."""
    squared = Expressions("text(number(account.Site) * number(account.Site))")
    assert squared.value("text(number(account.Site) * number(account.Site))", Site="1000000000000000001.01") == (
        "1000000000000000002020000000000000001.0201"
    )


def test_more_digits_than_an_amount_can_have_are_a_fault() -> None:
    """E611: a result is exact or an error."""
    product = "text(number(account.Site) * number(account.Fax))"
    fault = Expressions(product).fault(product, Site="9" * 30 + "." + "9" * 30, Fax="1." + "9" * 30)
    assert (fault.code, fault.message) == ("E611", "Site, Fax: the result has more than 60 digits")


@pytest.mark.parametrize(
    "expression",
    ["text(ref(product, price.product))", 't"made of {ref(product, price.product)}"'],
)
def test_an_id_that_is_not_known_yet_is_no_text(expression: str) -> None:
    """E612: text with a reference in it would be wrong; the reference alone becomes the id when the call was made."""
    fault = found(plan_of(an_order([seat()]), f"override price {{ metadata.made_of = {expression} }}"), "E612")
    assert '"product/01tW00001000001IAA" names a call whose answer is not known' in fault.message


MONEY = {
    "minor_units(price.amount * 2)": "24000",
    "minor_units(1.5 * price.amount)": "18000",
    "minor_units(price.amount + price.amount)": "24000",
    "minor_units(price.amount - price.amount * 0.25)": "9000",
}


@pytest.mark.parametrize(("expression", "amount"), MONEY.items())
def test_money_takes_part_in_arithmetic(expression: str, amount: str) -> None:
    """Amounts are added, taken away, turned round and multiplied by numbers; they keep their currency."""
    (price,) = calls(
        clean_plan(an_order([seat("120.00")]), f"override price {{ set unit_amount_decimal = {expression} }}"), "price"
    )
    assert price.params["unit_amount_decimal"] == amount


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("text(price.amount)", "120.5 USD"),
        ("text(-price.amount)", "-120.5 USD"),
        ("text(amount(price.amount))", "120.5"),
        ("currency(price.amount)", "usd"),
        ('if(price.amount < price.amount * 2, "less", "not less")', "less"),
        ('if(price.amount > price.original.amount, "more", "not more")', "not more"),
    ],
)
def test_money_as_text_and_compared(expression: str, text: str) -> None:
    """Text has no trailing zeros; a comparison with an amount that is absent is false."""
    plan = clean_plan(an_order([seat("120.50")]), f"override price {{ metadata.probe = {expression} }}")
    assert params(plan, "price")["metadata"]["probe"] == text
