"""Absent values: what is known to be set, and where it must be said what happens otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from orderplan.engine.validate import ir
from tests.validate.rules import HEADER, READS, findings, in_customer, in_tax_rate, rules

SITE = "truncate(account.Site, 50)"


@pytest.mark.parametrize(
    "condition",
    [
        "account.Site is set",
        "account.Site is set and account.Fax is set",
        "account.Fax is set and account.Site is set",
        "(account.Fax is set or account.IsDeleted) and account.Site is set",
        "account.Site is set and account.Fax is set or account.Site is set and account.IsDeleted",
        "not (account.Site is not set)",
        "not (account.Site is not set or account.IsDeleted)",
        'account.Site == "HQ"',
        'not (account.Site != "HQ")',
        'account.Site in ["HQ", "Branch"]',
    ],
)
def test_a_condition_proves_that_a_path_is_set(tmp_path: Path, condition: str) -> None:
    """Along `and`, through `not`, and where a comparison holds only of a value that is there."""
    assert in_tax_rate(tmp_path, f"display_name = {SITE}  when {condition}") == []


@pytest.mark.parametrize(
    "condition",
    [
        "account.Fax is set",
        "account.Site is not set",
        "account.Site is set or account.Fax is set",
        "account.Site is set or account.Site is not set",
        "not (account.Site is set)",
        "not (account.Site is not set and account.IsDeleted)",
        'account.Site != "HQ"',
        'not (account.Site == "HQ")',
    ],
)
def test_a_condition_does_not_prove_that_a_path_is_set(tmp_path: Path, condition: str) -> None:
    """Never across `or`, and not where a comparison also holds of what is absent."""
    assert in_tax_rate(tmp_path, f"display_name = {SITE}  when {condition}") == ["E203"]


def test_the_condition_of_a_block_counts_inside_it(tmp_path: Path) -> None:
    """Blocks nest, and so do their conditions."""
    body = """
map customer from contract.account as account {
  shipping when account.Site is set {
    name = truncate(account.Site, 50)
    address {
      line1 = account.Site
    }
  }
}
"""
    assert findings(tmp_path, body) == []


def test_the_condition_of_a_map_counts_inside_it(tmp_path: Path) -> None:
    """And in its key and its object."""
    body = f"""
map tax_rate from contract.account as account key account.Site when account.Site is set {{
  display_name = {SITE}
  inclusive    = false
  percentage   = 19
}}
"""
    assert findings(tmp_path, body) == []


def test_a_condition_counts_only_where_it_stands(tmp_path: Path) -> None:
    """The next statement knows nothing of it."""
    statements = f"active = true  when account.Site is set\ndisplay_name = {SITE}"
    assert in_tax_rate(tmp_path, statements) == ["E203"]


def test_a_field_that_is_set_proves_the_way_to_it(tmp_path: Path) -> None:
    """Where a field of a looked-up record is there, the record is."""
    body = """
map tax_rate from contract.order as order {
  display_name = order.Account.Id  when order.Account.Site is set
  inclusive    = false
  percentage   = 19
}
"""
    assert findings(tmp_path, body) == []


def test_a_row_of_the_same_name_is_another_row(tmp_path: Path) -> None:
    """A list inside may not take a name that means something already."""
    body = """
map product from contract.products as product when product.Description is set {
  name = product.Name
  each marketing_features from contract.prices as product {
    name = product.currency
  }
}
"""
    assert findings(tmp_path, body) == ["E255"]


@pytest.mark.parametrize("word", ["required", 'required "why"', 'default "none"'])
def test_a_modifier_says_what_happens_to_an_absent_value(tmp_path: Path, word: str) -> None:
    """An error with words, or a value in its place."""
    assert in_tax_rate(tmp_path, f"display_name = {SITE}  {word}") == []


def test_an_absent_value_leaves_out_an_optional_parameter(tmp_path: Path) -> None:
    """Nothing has to be said."""
    assert in_customer(tmp_path, "email = account.PersonEmail") == ()


def test_true_and_zero_are_values(tmp_path: Path) -> None:
    """A field that is never empty needs no word, whatever its value."""
    assert in_tax_rate(tmp_path, 'display_name = "VAT"\nactive = account.IsDeleted') == []


@pytest.mark.parametrize(
    ("written", "optional"),
    [
        ("first(account.Site, account.Name)", False),
        ("first(account.Site, account.Fax)", True),
        ('first(account.Site, account.Fax, "none")', False),
        ('if(account.IsDeleted, account.Site, "none")', True),
        ('if(account.Site is set, account.Site, "none")', False),
        ('if(account.Site is not set, "none", account.Site)', False),
        ('if(account.Site is set and account.Fax is set, account.Fax, "none")', False),
        ('if(account.Site is set or account.Fax is set, account.Fax, "none")', True),
        ('t"{account.Name} {account.Site}"', True),
        ('t"{account.Name}"', False),
        ("upper(account.Site)", True),
        ("text(account.NumberOfEmployees * 2)", True),
        ("account.Parent.Name", True),
    ],
)
def test_what_an_expression_is_made_of_decides_whether_it_may_be_absent(
    tmp_path: Path, written: str, *, optional: bool
) -> None:
    """One absent part makes a text or a sum absent; `first` needs one value, `if` the one it takes."""
    body = f"map customer from contract.account as account {{\n  description = truncate({written}, 300)\n}}\n"
    (customer,) = rules(tmp_path, test=HEADER + READS + body).maps
    (assignment,) = customer.body
    assert isinstance(assignment, ir.Assign)
    assert assignment.value.type.optional is optional


def test_a_blank_setting_is_an_absent_one(tmp_path: Path) -> None:
    """As blank texts are everywhere."""
    body = 'settings {\n  usage_meter = " "\n}\n' + READS
    body += "map tax_rate from contract.account as account {\n  display_name = settings.usage_meter\n  inclusive = true\n  percentage = 1\n}\n"
    assert findings(tmp_path, body.replace(READS, "")) == ["E203"]
