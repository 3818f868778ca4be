"""Functions of texts."""

from __future__ import annotations

from ..schema.types import BOOL, TEXT
from .exact import plain
from .form import ANY_KINDS, TEXT_KINDS, Example, Function, Parameter

_ONE = (Parameter("text", TEXT_KINDS),)

FUNCTIONS = (
    Function(
        "lower",
        _ONE,
        TEXT,
        "the text in lower case",
        (Example('lower("USD")', "usd"),),
        lambda text: text.lower(),
    ),
    Function(
        "upper",
        _ONE,
        TEXT,
        "the text in upper case",
        (Example("upper(contract.currency)", "USD"),),
        lambda text: text.upper(),
    ),
    Function(
        "trim",
        _ONE,
        TEXT,
        "the text without blanks around it",
        (Example('trim("  Brightwater ")', "Brightwater"),),
        lambda text: text.strip() or None,
    ),
    Function(
        "truncate",
        (*_ONE, Parameter("length", ("int",), constant=True)),
        TEXT,
        "at most so many characters from the start of the text",
        (Example("truncate(contract.account.Name, 11)", "Brightwater"),),
        lambda text, length: text[:length].rstrip() or None,
    ),
    Function(
        "replace",
        (*_ONE, Parameter("old", TEXT_KINDS, constant=True), Parameter("new", TEXT_KINDS, constant=True)),
        TEXT,
        "the text with every occurrence replaced",
        (Example('replace(contract.account.Phone, " ", "-")', "+1-503-555-0142"),),
        lambda text, old, new: (text.replace(old, new) if old else text) or None,
    ),
    Function(
        "text",
        (Parameter("value", ANY_KINDS),),
        TEXT,
        "the value as text, numbers in plain notation",
        (Example("text(contract.term_months)", "12"), Example("text(price.amount)", "1200 USD")),
        plain,
    ),
    Function(
        "starts_with",
        (*_ONE, Parameter("start", TEXT_KINDS, constant=True)),
        BOOL,
        "whether the text starts so",
        (Example('starts_with(contract.account.Name, "TEST")', "false"),),
        lambda text, start: text.startswith(start),
    ),
    Function(
        "ends_with",
        (*_ONE, Parameter("end", TEXT_KINDS, constant=True)),
        BOOL,
        "whether the text ends so",
        (Example('ends_with(contract.account.Name, "Clinics")', "true"),),
        lambda text, end: text.endswith(end),
    ),
    Function(
        "contains",
        (*_ONE, Parameter("part", TEXT_KINDS, constant=True)),
        BOOL,
        "whether the text holds the part",
        (Example('contains(contract.account.Name, "test")', "false"),),
        lambda text, part: part in text,
    ),
    Function(
        "link",
        (Parameter("record", ("record",)),),
        TEXT,
        "the address of a record in Salesforce",
        (Example("link(contract.order)", "https://login.salesforce.com/801W00001000001IAA"),),
        lambda run, record: run.link(record),
        of_run=True,
    ),
)
