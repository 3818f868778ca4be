"""Compiled expressions: what every operator and function makes of values, and of values that are not there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.program.expressions import Expressions

Case = tuple[str, dict[str, Any], str | None]

SIZE, REVENUE, SITE = "NumberOfEmployees", "AnnualRevenue", "Site"

COMPARISONS: list[Case] = [
    # text, the fields of the account, what it gives
    ('if(account.NumberOfEmployees == 5, "yes", "no")', {SIZE: 5}, "yes"),
    ('if(account.NumberOfEmployees == 5, "yes", "no")', {SIZE: 5.0}, "yes"),
    ('if(account.NumberOfEmployees == 5, "yes", "no")', {SIZE: 6}, "no"),
    ('if(account.NumberOfEmployees == 5, "yes", "no")', {}, "no"),
    ('if(account.NumberOfEmployees != 5, "yes", "no")', {SIZE: 6}, "yes"),
    ('if(account.NumberOfEmployees != 5, "yes", "no")', {SIZE: 5}, "no"),
    ('if(account.NumberOfEmployees != 5, "yes", "no")', {}, "yes"),
    ('if(account.NumberOfEmployees < 5, "yes", "no")', {SIZE: 4}, "yes"),
    ('if(account.NumberOfEmployees < 5, "yes", "no")', {SIZE: 5}, "no"),
    ('if(account.NumberOfEmployees < 5, "yes", "no")', {}, "no"),
    ('if(account.NumberOfEmployees <= 5, "yes", "no")', {SIZE: 5}, "yes"),
    ('if(account.NumberOfEmployees <= 5, "yes", "no")', {}, "no"),
    ('if(account.NumberOfEmployees > 5, "yes", "no")', {SIZE: 6}, "yes"),
    ('if(account.NumberOfEmployees > 5, "yes", "no")', {SIZE: 5}, "no"),
    ('if(account.NumberOfEmployees > 5, "yes", "no")', {}, "no"),
    ('if(account.NumberOfEmployees >= 5, "yes", "no")', {SIZE: 5}, "yes"),
    ('if(account.NumberOfEmployees >= 5, "yes", "no")', {}, "no"),
    ('if(account.NumberOfEmployees >= account.AnnualRevenue, "yes", "no")', {SIZE: 5, REVENUE: 4.5}, "yes"),
    ('if(account.NumberOfEmployees >= account.AnnualRevenue, "yes", "no")', {SIZE: 5}, "no"),
    ('if(account.PersonBirthdate < date("2000-01-01"), "yes", "no")', {"PersonBirthdate": "1999-12-31"}, "yes"),
    ('if(account.PersonBirthdate < date("2000-01-01"), "yes", "no")', {"PersonBirthdate": "2000-01-01"}, "no"),
    ('if(account.PersonBirthdate < date("2000-01-01"), "yes", "no")', {}, "no"),
    ('if(account.Rating == "Hot", "yes", "no")', {"Rating": "Hot"}, "yes"),
    ('if(account.Rating == "Hot", "yes", "no")', {"Rating": "hot"}, "no"),
    ('if(account.Rating in ["Hot", "Warm"], "yes", "no")', {"Rating": "Warm"}, "yes"),
    ('if(account.Rating in ["Hot", "Warm"], "yes", "no")', {"Rating": "Cold"}, "no"),
    ('if(account.Rating in ["Hot", "Warm"], "yes", "no")', {}, "no"),
    ('if(account.IsPersonAccount == false, "yes", "no")', {"IsPersonAccount": False}, "yes"),
    ('if(account.IsPersonAccount == false, "yes", "no")', {"IsPersonAccount": True}, "no"),
]

LOGIC: list[Case] = [
    ('if(account.Site is set, "yes", "no")', {SITE: "North"}, "yes"),
    ('if(account.Site is set, "yes", "no")', {SITE: "  "}, "no"),
    ('if(account.Site is set, "yes", "no")', {SITE: None}, "no"),
    ('if(account.Site is set, "yes", "no")', {}, "no"),
    ('if(account.NumberOfEmployees is set, "yes", "no")', {SIZE: 0}, "yes"),
    ('if(account.IsPersonAccount is set, "yes", "no")', {"IsPersonAccount": False}, "yes"),
    ('if(account.Site is not set, "yes", "no")', {}, "yes"),
    ('if(account.Site is not set, "yes", "no")', {SITE: "North"}, "no"),
    ('if(account.Parent.Site is set, "yes", "no")', {}, "no"),
    ('if(not account.IsPersonAccount, "yes", "no")', {"IsPersonAccount": False}, "yes"),
    ('if(not account.IsPersonAccount, "yes", "no")', {"IsPersonAccount": True}, "no"),
    ('if(not account.IsPersonAccount, "yes", "no")', {}, "yes"),
    ('if(account.Site is set and account.NumberOfEmployees > 5, "yes", "no")', {SITE: "North", SIZE: 6}, "yes"),
    ('if(account.Site is set and account.NumberOfEmployees > 5, "yes", "no")', {SITE: "North"}, "no"),
    ('if(account.Site is set and account.NumberOfEmployees > 5, "yes", "no")', {SIZE: 6}, "no"),
    ('if(account.Site is set or account.NumberOfEmployees > 5, "yes", "no")', {SIZE: 6}, "yes"),
    ('if(account.Site is set or account.NumberOfEmployees > 5, "yes", "no")', {SITE: "North"}, "yes"),
    ('if(account.Site is set or account.NumberOfEmployees > 5, "yes", "no")', {}, "no"),
    ('if(account.IsPersonAccount or account.IsDeleted, "yes", "no")', {}, "no"),
]

ARITHMETIC: list[Case] = [
    ("text(account.NumberOfEmployees + 2)", {SIZE: 5}, "7"),
    ("text(account.NumberOfEmployees + 2)", {SIZE: 0}, "2"),
    ("text(account.NumberOfEmployees + 2)", {}, None),
    ("text(account.NumberOfEmployees - account.AnnualRevenue)", {SIZE: 5, REVENUE: 0.25}, "4.75"),
    ("text(account.NumberOfEmployees - account.AnnualRevenue)", {SIZE: 5}, None),
    ("text(account.NumberOfEmployees - account.AnnualRevenue)", {REVENUE: 5}, None),
    ("text(account.AnnualRevenue * 3)", {REVENUE: 0.1}, "0.3"),
    ("text(account.AnnualRevenue * 3)", {}, None),
    ("text(-account.AnnualRevenue)", {REVENUE: 1.5}, "-1.5"),
    ("text(-account.AnnualRevenue)", {}, None),
    ("text(account.NumberOfEmployees + 2 * 3 - 1)", {SIZE: 1}, "6"),
    ("text((account.NumberOfEmployees + 2) * (3 - 1))", {SIZE: 1}, "6"),
]

TEXTS: list[Case] = [
    ("account.Site", {SITE: " North "}, " North "),
    ("account.Site", {SITE: ""}, None),
    ("account.Parent.Site", {"ParentId": None}, None),
    ("lower(account.Site)", {SITE: "NORTH"}, "north"),
    ("lower(account.Site)", {}, None),
    ("upper(account.Site)", {SITE: "straße"}, "STRASSE"),
    ("trim(account.Site)", {SITE: "  a b "}, "a b"),
    ("truncate(account.Site, 5)", {SITE: "abcdefgh"}, "abcde"),
    ("truncate(account.Site, 5)", {SITE: "abcd efgh"}, "abcd"),
    ("truncate(account.Site, 5)", {SITE: "abc"}, "abc"),
    ("truncate(account.Site, 5)", {}, None),
    ('replace(account.Site, " ", "-")', {SITE: "a b c"}, "a-b-c"),
    ('replace(account.Site, "a", "")', {SITE: "aa"}, None),
    ('replace(account.Site, "", "x")', {SITE: "ab"}, "ab"),
    ('if(starts_with(account.Site, "No"), "yes", "no")', {SITE: "North"}, "yes"),
    ('if(starts_with(account.Site, "No"), "yes", "no")', {}, "no"),
    ('if(ends_with(account.Site, "th"), "yes", "no")', {SITE: "North"}, "yes"),
    ('if(contains(account.Site, "ort"), "yes", "no")', {SITE: "North"}, "yes"),
    ('if(contains(account.Site, "ort"), "yes", "no")', {SITE: "South"}, "no"),
    ('t"{account.Site} has {account.NumberOfEmployees}"', {SITE: "North", SIZE: 5.0}, "North has 5"),
    ('t"{account.Site} has {account.NumberOfEmployees}"', {SITE: "North"}, None),
    ('t"{account.Site} has {account.NumberOfEmployees}"', {SIZE: 5}, None),
    ('t"{lower(account.Site)}!"', {SITE: "NORTH"}, "north!"),
    ('"{account.Site}"', {SITE: "North"}, "{account.Site}"),
    ("text(account.IsPersonAccount)", {"IsPersonAccount": True}, "true"),
    ("text(account.AnnualRevenue)", {REVENUE: 100.50}, "100.5"),
    ("text(account.AnnualRevenue)", {REVENUE: 1e6}, "1000000"),
    ("text(account.PersonBirthdate)", {"PersonBirthdate": "1999-12-31"}, "1999-12-31"),
    ("text(account.CreatedDate)", {"CreatedDate": "2026-02-28T23:30:00.000-0800"}, "2026-03-01T07:30:00Z"),
]

NUMBERS_AND_DATES: list[Case] = [
    ("text(number(account.Site))", {SITE: " 200.121212 "}, "200.121212"),
    ("text(number(account.Site))", {SITE: "-7"}, "-7"),
    ("text(number(account.Site))", {}, None),
    ("text(whole(account.AnnualRevenue))", {REVENUE: 12.0}, "12"),
    ("text(whole(account.AnnualRevenue))", {}, None),
    ("text(round(account.AnnualRevenue, 2))", {REVENUE: 1.005}, "1.01"),
    ("text(round(account.AnnualRevenue, 0))", {REVENUE: -2.5}, "-3"),
    ("text(divide(account.AnnualRevenue, 3, 4))", {REVENUE: 100}, "33.3333"),
    ("text(divide(account.AnnualRevenue, account.NumberOfEmployees, 1))", {REVENUE: 100}, None),
    ("text(net_days(account.Site))", {SITE: "Net 30"}, "30"),
    ("text(net_days(account.Site))", {SITE: "net-15"}, "15"),
    ("text(net_days(account.Site))", {SITE: " 10 "}, "10"),
    ("text(net_days(account.Site))", {SITE: "2.0"}, "2"),
    ("text(net_days(account.Site))", {SITE: "Due on Receipt"}, "0"),
    ("text(net_days(account.Site))", {SITE: "payable upon receipt"}, "0"),
    ("text(net_days(account.Site))", {SITE: "45 days"}, "45"),
    ("text(net_days(account.Site))", {SITE: "n/30"}, "30"),
    ("text(net_days(account.Site))", {}, None),
    ("text(net_days(account.AnnualRevenue))", {REVENUE: 45}, "45"),
    (
        "text(minor_units(account.AnnualRevenue, account.CurrencyIsoCode))",
        {REVENUE: 10.25, "CurrencyIsoCode": "EUR"},
        "1025",
    ),
    (
        "text(minor_units(account.AnnualRevenue, account.CurrencyIsoCode))",
        {REVENUE: 10, "CurrencyIsoCode": "JPY"},
        "10",
    ),
    (
        "text(minor_units(account.AnnualRevenue, account.CurrencyIsoCode))",
        {REVENUE: 10, "CurrencyIsoCode": "KWD"},
        "10000",
    ),
    ("text(minor_units(account.AnnualRevenue, account.CurrencyIsoCode))", {REVENUE: 10}, None),
    ('text(unix(date("2026-03-01")))', {}, "1772323200"),
    ("text(unix(account.CreatedDate))", {"CreatedDate": "2026-03-01T01:00:00.000+0100"}, "1772323200"),
    ("text(day(account.CreatedDate))", {"CreatedDate": "2026-03-01T00:30:00.000+0100"}, "2026-02-28"),
    ("text(add_days(account.PersonBirthdate, 1))", {"PersonBirthdate": "2024-02-28"}, "2024-02-29"),
    ("text(add_days(account.PersonBirthdate, account.NumberOfEmployees))", {"PersonBirthdate": "2024-02-28"}, None),
    ("text(add_months(account.PersonBirthdate, 1))", {"PersonBirthdate": "2026-01-31"}, "2026-02-28"),
    ("text(add_months(account.PersonBirthdate, -2))", {"PersonBirthdate": "2026-01-31"}, "2025-11-30"),
    ("text(add_months(account.PersonBirthdate, 1))", {"PersonBirthdate": "2026-11-30"}, "2026-12-30"),
    ("text(today())", {}, "2026-03-01"),
]

CHOICES: list[Case] = [
    ("first(account.Site, account.Fax, account.Name)", {SITE: "North", "Fax": "1"}, "North"),
    ("first(account.Site, account.Fax, account.Name)", {SITE: " ", "Fax": "1"}, "1"),
    ("first(account.Site, account.Fax, account.Name)", {}, "Marlow & Finch"),
    ("first(account.Site, account.Fax)", {}, None),
    ("text(first(account.NumberOfEmployees, 9))", {SIZE: 0}, "0"),
    ("text(first(account.NumberOfEmployees, 9))", {}, "9"),
    ("if(account.IsPersonAccount, account.Site, account.Fax)", {"IsPersonAccount": True, SITE: "North"}, "North"),
    ("if(account.IsPersonAccount, account.Site, account.Fax)", {"IsPersonAccount": True, "Fax": "1"}, None),
    ("if(account.IsPersonAccount, account.Site, account.Fax)", {"Fax": "1"}, "1"),
    ('if(account.AnnualRevenue > 0, text(divide(12, account.AnnualRevenue, 1)), "none")', {REVENUE: 0}, "none"),
    ("first(account.Site, text(whole(account.AnnualRevenue)))", {SITE: "North", REVENUE: 0.5}, "North"),
    ("text(heat(account.Rating))", {"Rating": "Hot"}, "3"),
    ("text(heat(account.Rating))", {"Rating": "Warm"}, "2"),
    ("text(heat(account.Rating))", {}, None),
    ("text(patience(account.Rating))", {"Rating": "Cold"}, "90"),
    ("text(patience(account.Rating))", {"Rating": "Lukewarm"}, "30"),
    ("text(patience(account.Rating))", {}, None),
    ("link(account)", {}, "https://login.salesforce.com/001000000000001AAA"),
    ("link(account.Parent)", {}, None),
    ("settings.salesforce_url", {}, "https://login.salesforce.com"),
]

GROUPS = {
    "comparison": COMPARISONS,
    "logic": LOGIC,
    "arithmetic": ARITHMETIC,
    "text": TEXTS,
    "number": NUMBERS_AND_DATES,
    "choice": CHOICES,
}
TABLE = [(group, *each) for group, cases in GROUPS.items() for each in cases]
WRITTEN = Expressions(*(each[1] for each in TABLE))


@pytest.mark.parametrize(
    ("group", "expression", "fields", "value"), TABLE, ids=[f"{each[0]}-{at}" for at, each in enumerate(TABLE)]
)
def test_an_expression_gives_its_value(group: str, expression: str, fields: dict[str, Any], value: str | None) -> None:
    """A comparison with something absent is false, arithmetic and functions of it are absent, `first` goes on."""
    assert (group, WRITTEN.value(expression, **fields)) == (group, value)


FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("text(whole(account.AnnualRevenue))", {REVENUE: 1.5}, "E602", "AnnualRevenue: 1.5 is no whole number"),
    ("text(number(account.Site))", {SITE: "12 seats"}, "E603", 'Site: "12 seats" spells no number'),
    ("text(number(account.Site))", {SITE: "1e5"}, "E603", 'Site: "1e5" spells no number'),
    ("text(number(account.Site))", {SITE: "NaN"}, "E603", 'Site: "NaN" spells no number'),
    ("text(number(account.Site))", {SITE: "1,5"}, "E603", 'Site: "1,5" spells no number'),
    ("text(net_days(account.Site))", {SITE: "on request"}, "E604", 'Site: "on request" is no number of days'),
    (
        "text(net_days(account.Site))",
        {SITE: "2/10 Net 30"},
        "E604",
        'Site: "2/10 Net 30" gives a discount for early payment, which an invoice of Stripe cannot',
    ),
    (
        "text(net_days(account.Site))",
        {SITE: "2%/10, n/30"},
        "E604",
        'Site: "2%/10, n/30" gives a discount for early payment, which an invoice of Stripe cannot',
    ),
    (
        "text(net_days(account.Site))",
        {SITE: "EOM"},
        "E604",
        'Site: "EOM" counts from the end of a month, and an invoice of Stripe is due days after it is made',
    ),
    (
        "text(net_days(account.Site))",
        {SITE: "Net 30 EOM"},
        "E604",
        'Site: "Net 30 EOM" counts from the end of a month, and an invoice of Stripe is due days after it is made',
    ),
    (
        "text(net_days(account.Site))",
        {SITE: "15 MFI"},
        "E604",
        'Site: "15 MFI" counts from the end of a month, and an invoice of Stripe is due days after it is made',
    ),
    ("text(net_days(account.Site))", {SITE: "CIA"}, "E604", 'Site: "CIA" is no number of days'),
    ("text(net_days(account.Site))", {SITE: "10.123"}, "E604", 'Site: "10.123" is no number of days'),
    ("text(net_days(account.Site))", {SITE: "Net 1.1"}, "E604", 'Site: "Net 1.1" is no number of days'),
    ("text(net_days(account.Site))", {SITE: "-5"}, "E604", 'Site: "-5" is no number of days'),
    ("text(net_days(account.AnnualRevenue))", {REVENUE: 1.1}, "E604", "AnnualRevenue: 1.1 is no number of days"),
    (
        "text(add_days(account.PersonBirthdate, 9999999))",
        {"PersonBirthdate": "1990-05-01"},
        "E605",
        "1990-05-01 has no date 9999999 days later",
    ),
    (
        "text(add_months(account.PersonBirthdate, 99999))",
        {"PersonBirthdate": "1990-05-01"},
        "E605",
        "1990-05-01 has no date 99999 months later",
    ),
    (
        "text(add_months(account.PersonBirthdate, -99999))",
        {"PersonBirthdate": "1990-05-01"},
        "E605",
        "has no date -99999 months later",
    ),
    ("text(divide(1, account.NumberOfEmployees, 2))", {SIZE: 0}, "E606", "is divided by zero"),
    (
        "text(heat(account.Rating))",
        {"Rating": "Boiling"},
        "E608",
        '"Boiling" is not among the values that the lookup `heat` covers',
    ),
    ("text(heat(account.Rating))", {"Rating": "Cold"}, "TST-101", "cold accounts are not billed"),
]
FAULTY = Expressions(*(each[0] for each in FAULTS))


@pytest.mark.parametrize(
    ("expression", "fields", "code", "words"), FAULTS, ids=[f"{each[2]}-{at}" for at, each in enumerate(FAULTS)]
)
def test_a_value_that_a_function_refuses_is_a_finding(
    expression: str, fields: dict[str, Any], code: str, words: str
) -> None:
    """The finding says which value of which field, names rule and record, and the parameter is left out."""
    fault = FAULTY.fault(expression, **fields) if code[0] == "E" else _failure(expression, fields)
    assert (fault.code, str(fault.severity)) == (code, "error")
    assert words in fault.message
    assert fault.record == "Account(001000000000001AAA)"
    assert fault.rule is not None
    assert fault.rule.startswith("team.rules:")


def _failure(expression: str, fields: dict[str, Any]) -> Any:
    """A lookup's own failure, which speaks in the words of the rules and needs no note."""
    row, _ = FAULTY._row(expression, fields)
    (found,) = [each for each in row.findings if each.code.startswith("TST")]
    return found
