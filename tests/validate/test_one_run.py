"""One run over one bad file finds all that is wrong with it."""

from __future__ import annotations

from pathlib import Path

from orderplan.engine.validate import check_file

BAD = Path(__file__).parent / "data" / "bad.rules"


def test_one_run_finds_every_fault_with_its_place_and_its_fix() -> None:
    """Names, parameters, coverage, enums, absence, types, overrides and references of one file."""
    found = [
        (each.code, each.span.line, each.span.column, each.fix)
        for each in check_file(str(BAD)).findings
        if each.span is not None and each.span.path == str(BAD)
    ]

    assert found == [
        ("E217", 4, 8, '"Arrears" => "licensed"'),
        ("E204", 9, 39, "set end_date = order.SBQQ__Quote__r.SBQQ__EndDate__c"),
        ("E201", 13, 3, "email = account.PersonEmail"),
        ("E304", 14, 7, "set description = account.Site"),
        ("E203", 18, 14, "set name = product.ProductCode  required"),
        ("E213", 22, 18, 'tax_behavior = "exclusive"'),
        ("E224", 27, 29, "set customer = ref(customer, contract.account)"),
        ("E211", 28, 20, "days_until_due = net_days(contract.order.SBQQ__PaymentTerm__c)"),
    ]


def test_a_bad_file_gives_no_rules() -> None:
    """Nothing that has an error can be compiled."""
    assert check_file(str(BAD)).rules is None
