"""The `sync` rule as a SOQL condition."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validate.rules import HEADER, READS, findings, rules


@pytest.mark.parametrize(
    ("written", "soql"),
    [
        ('order.Status == "Activated"', "Status = 'Activated'"),
        ('"Activated" == order.Status', "Status = 'Activated'"),
        ('order.Status != "Draft"', "Status != 'Draft'"),
        ('order.PoNumber != "7"', "(PoNumber != '7' OR PoNumber = null)"),
        ('order.Name == "O\'Neil \\\\ \\"co\\""', "Name = 'O\\'Neil \\\\ \"co\"'"),
        ('order.Status in ["Activated", "Draft"]', "Status IN ('Activated', 'Draft')"),
        ("order.PoNumber is set", "PoNumber != null"),
        ("order.PoNumber is not set", "PoNumber = null"),
        ("order.SBQQ__Contracted__c", "SBQQ__Contracted__c = true"),
        ("not order.SBQQ__Contracted__c", "(NOT SBQQ__Contracted__c = true)"),
        ("order.SBQQ__Contracted__c == false", "SBQQ__Contracted__c = false"),
        ("order.TotalAmount >= 100.50", "TotalAmount >= 100.50"),
        ("100 < order.TotalAmount", "TotalAmount > 100"),
        ("order.TotalAmount > -5", "TotalAmount > -5"),
        ('order.EffectiveDate >= date("2026-01-31")', "EffectiveDate >= 2026-01-31"),
        ('order.SBQQ__Quote__r.SBQQ__Type__c == "Quote"', "SBQQ__Quote__r.SBQQ__Type__c = 'Quote'"),
        ('starts_with(order.Name, "50%_\\\\")', "Name LIKE '50\\\\%\\\\_\\\\\\\\%'"),
        ('ends_with(order.Name, "x")', "Name LIKE '%x'"),
        ('contains(order.Name, "x")', "Name LIKE '%x%'"),
        (
            'order.PoNumber is set and (order.Status == "Draft" or order.IsDeleted)',
            "PoNumber != null AND (Status = 'Draft' OR IsDeleted = true)",
        ),
        (
            "order.PoNumber is set or order.IsDeleted and order.SBQQ__Contracted__c",
            "PoNumber != null OR (IsDeleted = true AND SBQQ__Contracted__c = true)",
        ),
        (
            "order.IsDeleted and order.IsDeleted and order.IsDeleted",
            "IsDeleted = true AND IsDeleted = true AND IsDeleted = true",
        ),
        ("order.CurrencyIsoCode == settings.default_currency", "CurrencyIsoCode = 'usd'"),
        ("true", "Id != null"),
        ("order.IsDeleted or false", "IsDeleted = true OR Id = null"),
    ],
)
def test_a_predicate_has_its_soql_form(tmp_path: Path, written: str, soql: str) -> None:
    """What is evaluated on a bundle is what the query asks Salesforce."""
    made = rules(tmp_path, test=f"{HEADER}{READS}sync Order as order when {written}\n")
    assert made.sync is not None
    assert made.sync.soql == soql


@pytest.mark.parametrize(
    "written",
    [
        "order.EffectiveDate <= today()",
        "order.EffectiveDate <= order.EndDate",
        'lower(order.Name) == "x"',
        "order.TotalAmount * 2 > 100",
        't"{order.Name}" == "x"',
        'first(order.Name, order.PoNumber) == "x"',
        "order.EffectiveDate >= settings.orders_activated_after",
        "1 == 1",
        "starts_with(order.Name, order.PoNumber)",
    ],
)
def test_what_soql_cannot_say_is_refused(tmp_path: Path, written: str) -> None:
    """Before a query is made that would find other orders than the rules do."""
    assert set(findings(tmp_path, f"sync Order as order when {written}\n")) <= {"E235", "E245"}
    assert findings(tmp_path, f"sync Order as order when {written}\n") != []


def test_an_object_of_the_catalogue_has_a_predicate_of_its_own(tmp_path: Path) -> None:
    """With its SOQL form, beside that of orders; a second one of the same object is refused."""
    both = "sync Product2 as product when product.IsActive == true\nsync Account as account when account.Name is set\n"
    made = rules(tmp_path, test=HEADER + READS + both)
    assert {each.object: each.soql for each in made.filters} == {
        "Product2": "IsActive = true",
        "Account": "Name != null",
    }
    assert findings(tmp_path, both + "sync Account as a when a.Phone is set\n") == ["E313"]
