"""The functions of the language: what they take and give. Their bodies are in engine/program/functions.py."""

from __future__ import annotations

from dataclasses import dataclass

from ..schema.types import BOOL, DATE, DECIMAL, INT, MINOR, TEXT, TIMESTAMP, Type


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: the kinds of type it takes, and whether it must be written in the rules."""

    name: str
    kinds: tuple[str, ...]
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function. No `result` means the common type of its arguments; `least` is how many must be given."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Type | None
    description: str
    example: str
    least: int | None = None
    variadic: bool = False


_TEXT = ("text",)
_NUMBER = ("int", "decimal")
_ANY = ("text", "int", "decimal", "bool", "date", "datetime", "timestamp", "money", "minor", "ref")

_ALL = (
    Function(
        "minor_units",
        (Parameter("amount", ("money", "decimal", "int")), Parameter("currency", _TEXT)),
        MINOR,
        "the amount in the currency's smallest unit, exact to 12 decimals; a plain number needs its currency",
        "minor_units(price.amount)",
        least=1,
    ),
    Function(
        "unix",
        (Parameter("moment", ("date", "datetime")),),
        TIMESTAMP,
        "seconds since 1970; a date is its midnight in UTC",
        "unix(contract.start)",
    ),
    Function("date", (Parameter("text", _TEXT, constant=True),), DATE, "a written date", 'date("2026-01-31")'),
    Function("today", (), DATE, "the day of the plan's as_of", "today()"),
    Function(
        "day", (Parameter("moment", ("datetime",)),), DATE, "the day of a moment, in UTC", "day(order.ActivatedDate)"
    ),
    Function("lower", (Parameter("text", _TEXT),), TEXT, "the text in lower case", "lower(order.CurrencyIsoCode)"),
    Function("upper", (Parameter("text", _TEXT),), TEXT, "the text in upper case", "upper(account.BillingCountry)"),
    Function("trim", (Parameter("text", _TEXT),), TEXT, "the text without blanks around it", "trim(account.Name)"),
    Function(
        "truncate",
        (Parameter("text", _TEXT), Parameter("length", ("int",), constant=True)),
        TEXT,
        "at most so many characters from the start of the text",
        "truncate(account.Description, 350)",
    ),
    Function(
        "replace",
        (Parameter("text", _TEXT), Parameter("old", _TEXT, constant=True), Parameter("new", _TEXT, constant=True)),
        TEXT,
        "the text with every occurrence replaced",
        'replace(account.Phone, " ", "-")',
    ),
    Function(
        "whole",
        (Parameter("number", _NUMBER),),
        INT,
        "the number as a whole number; one with a fraction is an error, never rounded",
        "whole(item.Quantity)",
    ),
    Function(
        "number",
        (Parameter("text", _TEXT),),
        DECIMAL,
        "the decimal that a text spells; any other text is an error",
        "number(item.Description)",
    ),
    Function(
        "text",
        (Parameter("value", _ANY),),
        TEXT,
        "the value as text, numbers in plain notation",
        "text(order.TotalAmount)",
    ),
    Function(
        "net_days",
        (Parameter("terms", ("text", "int", "decimal")),),
        INT,
        "the days of payment terms such as `Net 30`, `Net-15` or `10`; anything else is an error",
        "net_days(order.SBQQ__PaymentTerm__c)",
    ),
    Function(
        "add_days",
        (Parameter("date", ("date",)), Parameter("days", ("int",))),
        DATE,
        "the date so many days later",
        "add_days(contract.start, 14)",
    ),
    Function(
        "add_months",
        (Parameter("date", ("date",)), Parameter("months", ("int",))),
        DATE,
        "the date so many months later, on the month's last day where the day is missing",
        "add_months(contract.start, 1)",
    ),
    Function(
        "divide",
        (Parameter("number", _NUMBER), Parameter("by", _NUMBER), Parameter("places", ("int",), constant=True)),
        DECIMAL,
        "the quotient rounded half up to so many places",
        "divide(item.UnitPrice, 12, 4)",
    ),
    Function(
        "round",
        (Parameter("number", _NUMBER), Parameter("places", ("int",), constant=True)),
        DECIMAL,
        "the number rounded half up to so many places",
        "round(item.UnitPrice, 2)",
    ),
    Function(
        "amount",
        (Parameter("money", ("money",)),),
        DECIMAL,
        "the figure of an amount of money, in major units",
        "amount(price.amount)",
    ),
    Function(
        "currency",
        (Parameter("money", ("money",)),),
        TEXT,
        "the currency of an amount of money",
        "currency(price.amount)",
    ),
    Function(
        "starts_with",
        (Parameter("text", _TEXT), Parameter("start", _TEXT, constant=True)),
        BOOL,
        "whether the text starts so",
        'starts_with(order.Name, "TEST")',
    ),
    Function(
        "ends_with",
        (Parameter("text", _TEXT), Parameter("end", _TEXT, constant=True)),
        BOOL,
        "whether the text ends so",
        'ends_with(order.Name, "(test)")',
    ),
    Function(
        "contains",
        (Parameter("text", _TEXT), Parameter("part", _TEXT, constant=True)),
        BOOL,
        "whether the text holds the part",
        'contains(order.Name, "test")',
    ),
    Function(
        "link",
        (Parameter("record", ("record",)),),
        TEXT,
        "the address of a record in Salesforce",
        "link(contract.order)",
    ),
    Function(
        "first",
        (Parameter("values", _ANY),),
        None,
        "the first of the values that is set",
        "first(account.PersonEmail, contract.order.BillToContact.Email)",
        least=2,
        variadic=True,
    ),
    Function(
        "if",
        (Parameter("condition", ("bool",)), Parameter("then", _ANY), Parameter("otherwise", _ANY)),
        None,
        "one value or the other",
        'if(contract.kind == "evergreen", "release", "cancel")',
    ),
)

FUNCTIONS: dict[str, Function] = {each.name: each for each in _ALL}
