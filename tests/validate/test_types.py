"""Types of expressions and of what they go into: nothing is converted in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from orderplan.engine.validate import ir
from tests.validate.rules import HEADER, READS, findings, in_customer, rules

MAPS = """
map customer from contract.account as account {
  name = account.Name
}

map product from contract.products as product {
  name = product.Name
}
"""


def price(folder: Path, statements: str) -> list[str]:
    """The codes for some statements in a map of prices."""
    amount = "" if "unit_amount" in statements else "unit_amount_decimal = minor_units(price.amount)"
    body = f"""{MAPS}
map price from contract.prices as price {{
  product  = ref(product, price.product)
  currency = price.currency
{amount}
{statements}
}}
"""
    return findings(folder, body)


@pytest.mark.parametrize(
    "statement",
    [
        "unit_amount_decimal = minor_units(price.amount)",
        "unit_amount_decimal = minor_units(price.entry.UnitPrice, price.currency)",
        "unit_amount_decimal = 12.5",
        "unit_amount = 1200",
        "unit_amount = minor_units(price.amount)",
        'recurring.interval = "month"',
        'recurring.interval = if(price.recurring, "month", "year")',
        'recurring.interval = lower(if(price.recurring, "MONTH", "YEAR"))',
        'recurring { interval = "month" \n interval_count = price.cycle_months  default 1 }',
        "active = price.recurring and price.cycle_months == 12",
        "metadata.amount = text(amount(price.amount))",
        "metadata.months = text(price.cycle_months)",
        'nickname = t"{price.cycle_months} months at {price.amount}"',
        'transform_quantity = { divide_by: 10, round: "up" }',
        'metadata = { a: "1", "b c": price.currency }',
    ],
)
def test_a_value_that_fits_is_taken(tmp_path: Path, statement: str) -> None:
    """As it is, or converted in the rules."""
    assert price(tmp_path, statement) == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("unit_amount_decimal = price.amount", "E216"),
        ("unit_amount_decimal = price.entry.UnitPrice", "E216"),
        ("unit_amount = price.cycle_months", "E216"),
        ("unit_amount = price.product.ProductCode", "E211"),
        ('unit_amount = "1200"', "E211"),
        ("unit_amount_decimal = price.recurring", "E210"),
        ('recurring.interval = "monthly"', "E213"),
        ("recurring.interval = price.currency", "E214"),
        ("recurring.interval = price.cycle_months", "E210"),
        ('recurring { interval = "month" \n interval_count = price.product.SBQQ__SubscriptionTerm__c }', "E215"),
        ('recurring { interval = "month" \n interval_count = 1.5 }', "E215"),
        ('recurring { interval = "month" \n interval_count = contract.start }', "E210"),
        ("active = 1", "E210"),
        ('active = "true"', "E210"),
        ("nickname = price.cycle_months", "E210"),
        ("nickname = price.amount", "E210"),
        ("nickname = contract.start", "E210"),
        ("nickname = price.product", "E210"),
        ("nickname = [price.currency]", "E242"),
        ("recurring = price.recurring", "E210"),
        ("tiers = price.tiers", "E242"),
        ("currency_options.eur = 5", "E210"),
        ("nickname = price.currency  default 5", "E210"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(tmp_path: Path, statement: str, code: str) -> None:
    """Each with the code that says why."""
    assert code in price(tmp_path, statement)


@pytest.mark.parametrize("name", ["trial_end", "backdate_start_date", "cancel_at"])
def test_a_date_becomes_a_moment_by_unix(tmp_path: Path, name: str) -> None:
    """And not by itself."""
    head = f"{MAPS}\nmap subscription from contract {{\n  customer = ref(customer, contract.account)\n"
    assert findings(tmp_path, f"{head}  {name} = unix(contract.end)\n}}\n") == []
    assert findings(tmp_path, f"{head}  {name} = contract.end\n}}\n") == ["E212"]


def test_a_word_can_stand_for_a_moment_where_stripe_has_one(tmp_path: Path) -> None:
    """`now` is one of the few; anything close to it is corrected."""
    head = f"{MAPS}\nmap subscription from contract {{\n  customer = ref(customer, contract.account)\n"
    assert findings(tmp_path, f'{head}  trial_end = "now"\n}}\n') == []
    assert findings(tmp_path, f'{head}  trial_end = "nwo"\n}}\n') == ["E210"]


@pytest.mark.parametrize(
    ("written", "kind", "values"),
    [
        ('if(contract.planned, "a", "b")', "text", ("a", "b")),
        ('first(contract.currency, "b")', "text", None),
        ('upper(if(contract.planned, "a", "b"))', "text", ("A", "B")),
        ("first(contract.term_months, 2.5)", "decimal", None),
        ("if(contract.planned, contract.start, contract.end)", "date", None),
        ("1 + 2", "int", None),
        ("1 + 2.0", "decimal", None),
        ("contract.term_months * 2", "int", None),
        ("not contract.planned", "bool", None),
        ("contract.start < contract.end", "bool", None),
        ("ref(customer, contract.account)", "ref", None),
        ("first(contract.subscription_id, ref(customer, contract.account))", "ref", None),
    ],
)
def test_an_expression_has_the_type_of_its_parts(
    tmp_path: Path, written: str, kind: str, values: tuple[str, ...] | None
) -> None:
    """`if` and `first` have the common type of their values, and know the values that can come out."""
    body = f"{MAPS}\nmap invoice from contract when ({written}) == ({written}) {{\n  customer = ref(customer, contract.account)\n}}\n"
    (invoice,) = (each for each in rules(tmp_path, test=HEADER + READS + body).maps if each.resource == "invoice")
    assert isinstance(invoice.when, ir.Operation)
    type_ = invoice.when.operands[0].type
    assert (type_.kind, type_.values) == (kind, values)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('account.Name + "x"', "E244"),
        ("account.NumberOfEmployees - account.Name", "E244"),
        ("-account.Name", "E244"),
        ("account.Name == account.NumberOfEmployees", "E233"),
        ("account.Name < account.Site", "E233"),
        ("account.IsDeleted == 1", "E233"),
        ("account == contract.account", "E233"),
        ('account.NumberOfEmployees in [1, "2"]', "E233"),
        ("account.Name in [account.Site]", "E245"),
        ("account.Name in []", "E234"),
        ('account.Name == ""', "E234"),
        ('account.Name in ["", "x"]', "E234"),
        ("account.Name and account.Site", "E232"),
        ("not account.Name", "E232"),
        ("if(account.Name, 1, 2) == 1", "E209"),
        ('if(account.IsDeleted, 1, "2") == 1', "E209"),
        ("first(account.Name) == account.Name", "E208"),
        ("today(1) == today()", "E208"),
        ("whole(account.Name) == 1", "E209"),
        ("date(account.Name) == today()", "E245"),
        ('date("31.01.2026") == today()', "E247"),
        ('date("20260131") == today()', "E247"),
        ("truncate(account.Name, 0) == account.Name", "E209"),
        ("unknown(account.Name)", "E207"),
        ("account.Nmae is set", "E204"),
        ("contract.acount is set", "E205"),
        ("call(price).currency is set", "E206"),
        ("settings.nothing is set", "E310"),
        ("settings is set", "E310"),
        ("settings.default_currency.length is set", "E205"),
    ],
)
def test_a_fault_in_a_condition_is_found(tmp_path: Path, written: str, code: str) -> None:
    """Wherever an expression stands, it is checked."""
    assert {each.code for each in in_customer(tmp_path, f'email = "x"  when {written}')} == {code}


@pytest.mark.parametrize("written", ["account.NumberOfEmployees in [1, 2.5]", "account.AnnualRevenue in [1, 2.5]"])
def test_numbers_of_both_kinds_compare(tmp_path: Path, written: str) -> None:
    """Whole numbers and decimals are numbers."""
    assert in_customer(tmp_path, f'email = "x"  when {written}') == ()


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ("id", None),
        ("created", None),
        ("name", None),
        ('t"https://dashboard.stripe.com/customers/{id}"', None),
        ("ids", "E251"),
        ("address", "E251"),
        ("account.Name", "E251"),
        ('t"{account.Name}"', "E251"),
        ("1", "E251"),
    ],
)
def test_a_write_back_is_a_field_of_the_answer(tmp_path: Path, stored: str, code: str | None) -> None:
    """The id, or a plain field that plainly belongs to the object."""
    found = [each.code for each in in_customer(tmp_path, f"store {stored} in account.Stripe_ID__c")]
    assert found == ([code] if code else [])


@pytest.mark.parametrize(
    "field", ["account.Id", "account.ParentId", "account.Industry", "account.IsDeleted", "contract.currency", "account"]
)
def test_a_write_back_goes_to_a_text_field_of_a_record(tmp_path: Path, field: str) -> None:
    """Ids, lookups, picklists, other types and parts of the contract are none."""
    assert [each.code for each in in_customer(tmp_path, f"store id in {field}")] == ["E241"]


def test_a_field_that_feeds_a_sensitive_parameter_is_sensitive(tmp_path: Path) -> None:
    """Wherever else it is used."""
    body = "map customer from contract.account as account {\n  email = lower(account.PersonEmail)  sensitive\n}\n"
    assert ("Account", "PersonEmail") in rules(tmp_path, test=HEADER + READS + body).sensitive_fields


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("emial", "email"),
        ("Email", "email"),
        ("e_mail", "email"),
        ("emails", "email"),
        ("mail_adress", None),
        ("zzzzz", None),
    ],
)
def test_a_suggestion_is_at_most_two_edits_away(tmp_path: Path, word: str, near: str | None) -> None:
    """A random one would be worse than none."""
    (found,) = in_customer(tmp_path, f'{word} = "x"')
    assert (found.fix == f'{near} = "x"') is (near is not None)
