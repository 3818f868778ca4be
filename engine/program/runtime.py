"""What compiled rules run in: where values, traces and findings of one row are gathered."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..dates import zone_of
from ..diagnostics import Diagnostic, Severity, Span, finding
from ..functions import DIGITS, ValueFaultError, plain
from ..records import Record
from ..schema import stripe

REDACTED = "(sensitive)"


class Trace(NamedTuple):
    """What is known of a value before any order: how it is made, by which rule, of which fields, through what.

    `how` is `mapped`, `constant`, `setting` or `default`. `fields` go with the records found at run time.
    """

    how: str
    rule: str
    span: Span
    scope: str
    fields: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    sensitive: bool = False
    text: str = ""


class Alternative(NamedTuple):
    """Something a rule could have done and did not. `why` is `condition`, `absent` or `default`.

    `text` is the condition that was false, or the default that was not needed, in the words of the rules. `fields` are
    those that the decision read: the path as the rule spells it, the field's name, whether its value may be told.
    """

    why: str
    rule: str
    text: str = ""
    fields: tuple[tuple[str, str, bool], ...] = ()


class RuleFailureError(Exception):
    """A `fail` outcome of a lookup."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that a call of the plan gives: by default the id of the object that a rule makes from a row."""

    resource: str
    key: str
    row: Any = field(compare=False, hash=False, repr=False)
    operation: str = "create"
    field: str = "id"

    @property
    def call_id(self) -> str:
        """The id of the call that gives the value."""
        return f"{self.resource}/{self.key}" + ("" if self.operation == "create" else f"/{self.operation}")


@dataclass(frozen=True, slots=True)
class StoreField:
    """A write-back: the record and field, and the parts of the value: texts, or fields of the answer in a 1-tuple."""

    record: Any
    field: str
    parts: tuple[str | tuple[str], ...]


@dataclass(slots=True)
class Row:
    """Everything one row of a map gave. Pointers are JSON pointers into `params`.

    `untaken` lists for pointers what the rules would have done under other circumstances.
    """

    params: dict[str, Any] = field(default_factory=dict)
    traces: dict[str, tuple[Trace, tuple[Any, ...]]] = field(default_factory=dict)
    omitted: dict[str, str] = field(default_factory=dict)
    sensitive: list[str] = field(default_factory=list)
    stores: list[StoreField] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    subject: Any = None
    untaken: list[tuple[str, Alternative, tuple[Any, ...]]] = field(default_factory=list)

    # --- called by compiled code ---

    def leave(self, pointer: str, alternative: Alternative, holders: tuple[Any, ...]) -> None:
        """An assignment, or a part of one, that did not take place."""
        self.untaken.append((pointer, alternative, holders))

    def report(self, severity: str, code: str, message: str | None, trace: Trace) -> None:
        """A finding of the rules' own."""
        words = message if message is not None else "(the message has an absent value)"
        self.findings.append(
            Diagnostic(
                code, words, Severity(severity), rule=trace.rule, record=record_name(self.subject), scope=trace.scope
            )
        )

    def fault(self, error: Exception, trace: Trace, holders: tuple[Any, ...], what: str) -> None:
        """A value that could not be made."""
        self.findings.append(fault(error, trace, holders, what, self.subject))

    def missing(self, trace: Trace, holders: tuple[Any, ...], message: str | None, what: str) -> None:
        """An absent value that a rule requires."""
        self.findings.append(missing(trace, holders, message, what, self.subject))

    def twice(self, trace: Trace, pointer: str) -> None:
        """Two conditional assignments of one parameter that both hold."""
        self.findings.append(
            finding(
                "E601",
                f"{pointer} is assigned by two rules at once",
                rule=trace.rule,
                record=record_name(self.subject),
                notes=(f"the other is {self.traces[pointer][0].rule}",),
                fix="let their `when` conditions exclude each other",
            )
        )


def known(value: Any) -> Any:
    """A value to work with, which one that Stripe has yet to give is not."""
    if isinstance(value, Reference):
        raise ValueFaultError(
            "E612",
            value.call_id,
            "names a call whose answer is not known before it is made",
            "assign the `ref` or `answer` as it is; Stripe gives the value",
        )
    return value


def fault(error: Exception, trace: Trace, holders: tuple[Any, ...], what: str, subject: Any) -> Diagnostic:
    """The finding for a function or lookup that refused its value."""
    record = record_name(next((each for each in holders if record_name(each)), None) or subject)
    if isinstance(error, RuleFailureError):
        return Diagnostic(error.code, error.message, rule=trace.rule, record=record, scope=trace.scope)
    if isinstance(error, ValueFaultError):
        shown = REDACTED if trace.sensitive else _quoted(error.value)
        source = _named(trace)
        return finding(
            error.code,
            f"{source or what}: {shown} {error.why}",
            rule=trace.rule,
            record=record,
            scope=trace.scope,
            notes=(f"it feeds {what}",),
            fix=error.fix,
        )
    if isinstance(error, ArithmeticError):
        source = _named(trace)
        return finding(
            "E611",
            f"{source or what}: the result has more than {DIGITS} digits",
            rule=trace.rule,
            record=record,
            scope=trace.scope,
            notes=(f"it feeds {what}",),
            fix="correct the amount in Salesforce",
        )
    raise error


def missing(trace: Trace, holders: tuple[Any, ...], message: str | None, what: str, subject: Any) -> Diagnostic:
    """The finding for an absent value that a rule requires; names the fields that are empty."""
    record = record_name(next((each for each in reversed(holders) if record_name(each)), None) or subject)
    fields = _named(trace) or what
    return finding(
        "E610",
        message or f"{fields} is empty, and {what} needs it",
        rule=trace.rule,
        record=record,
        scope=trace.scope,
        notes=(f"empty: {fields}",),
        fix="fill the field in Salesforce, or give the rule a `default`",
    )


def record_name(thing: Any) -> str | None:
    """`Object(id)` of a record, or of the record a model object stands for."""
    if thing is None:
        return None
    found = thing if isinstance(thing, Record) else standing_for(thing)
    return str(found) if found is not None else None


def standing_for(thing: Any) -> Record | None:
    """The record that a model object stands for: that of its line, coupon, price book entry or order."""
    held = (getattr(thing, name, None) for name in ("order_item", "coupon", "entry", "order"))
    return next((each for each in held if isinstance(each, Record)), None)


def _named(trace: Trace) -> str:
    """The fields that a value is made of, each once also where a rule reads it twice."""
    return ", ".join(dict.fromkeys(trace.fields))


def _quoted(value: object) -> str:
    text = plain(value)
    text = text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - one line of a message
    return f'"{text}"' if isinstance(value, str) else text


@dataclass(slots=True)
class Runtime:
    """The moment and the settings a program runs with, and the keys of the rows it refers to."""

    today: Any
    settings: Mapping[str, Any]
    keys: Mapping[str, Callable[[Runtime, Any, Any], str | None]]
    contract: Any = None
    stripe_version: str = ""

    @property
    def zone(self) -> datetime.timezone:
        """The zone in which days begin."""
        return zone_of(str(self.settings.get("time_zone") or "UTC"), self.today.year)

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies that the Stripe version bills, as lower-case codes."""
        return stripe.load(self.stripe_version).constraints.currencies

    def ref(self, resource: str, row: Any) -> Reference | None:
        """The reference to what a map makes from a row."""
        if row is None:
            return None
        key = self.keys[resource](self, self.contract, row)
        return Reference(resource, key, row) if key is not None else None

    def answer(self, resource: str, operation: str, key: str | None, name: str) -> Reference | None:
        """The reference to a field of what Stripe answers to another call."""
        return Reference(resource, key, None, operation, name) if key is not None else None

    def link(self, record: Any) -> str | None:
        """The address of a record in Salesforce."""
        url = self.settings.get("salesforce_url")
        return f"{url.rstrip('/')}/{record.id}" if url and record is not None else None
