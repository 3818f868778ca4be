"""Whether the fields of records hold what the Salesforce schema says: text, numbers, dates, checkboxes, ids."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .findings import Findings, member, shown
from .ids import is_id
from .times import TimeFaultError, parse_date, parse_instant

if TYPE_CHECKING:
    from ..schema.salesforce import Catalogue
    from .flatten import RecordCopy

_NONE = type(None)
_TEXT: frozenset[type] = frozenset({str, _NONE})
_NUMBER: frozenset[type] = frozenset({int, Decimal, _NONE})
_WHOLE: frozenset[type] = frozenset({int, _NONE})
_CHECKBOX: frozenset[type] = frozenset({bool, _NONE})
_ABSENT: frozenset[type] = frozenset({_NONE})

# The Python types that a field type accepts without a look at the value.
_PLAIN: dict[str, frozenset[type]] = {
    "string": _TEXT,
    "textarea": _TEXT,
    "picklist": _TEXT,
    "multipicklist": _TEXT,
    "email": _TEXT,
    "phone": _TEXT,
    "url": _TEXT,
    "double": _NUMBER,
    "currency": _NUMBER,
    "percent": _NUMBER,
    "int": _WHOLE,
    "boolean": _CHECKBOX,
    "date": _ABSENT,
    "datetime": _ABSENT,
    "id": _ABSENT,
    "reference": _ABSENT,
}

_LIMIT = 10**18
_MOST_PLACES = 30
_TOO_LONG = "a number of Salesforce has at most 18 digits, and this one has more"

_NUMBERS = frozenset({"double", "currency", "percent", "int"})
_NUMBER_TEXT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_CHECKED = frozenset({"true", "false"})
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")

_EXPECTED = {
    "double": "a number",
    "currency": "an amount of money as a number",
    "percent": "a percentage as a number",
    "int": "a whole number",
    "boolean": "true or false",
    "date": 'a date such as "2026-03-01"',
    "datetime": 'a moment such as "2026-03-01T09:30:00.000+0000"',
    "id": "a record id of 15 or 18 letters and digits",
    "reference": "a record id of 15 or 18 letters and digits",
}


def check_values(rows: list[RecordCopy], catalogue: Catalogue, findings: Findings) -> None:
    """Findings about every field whose value is not of its type. Fields that the schema does not know pass."""
    checks: dict[str, _FieldChecks] = {}
    for row in rows:
        check = checks.get(row.object)
        if check is None:
            check = checks[row.object] = _FieldChecks(row.object, catalogue)
        plain = check.plain
        for field, value in row.fields.items():
            accepted = plain.get(field)
            if accepted is None:
                continue
            if type(value) in accepted:
                if value is not None and (accepted is _NUMBER or accepted is _WHOLE) and not _is_sane(value):
                    findings.add("E419", _TOO_LONG, member(row.path, field), record=str(row))
                continue
            check.look_closer(row, field, value, findings)


class _FieldChecks:
    """The fields of one object, and the times that were seen to be right: dates repeat from record to record."""

    def __init__(self, name: str, catalogue: Catalogue) -> None:
        kind = catalogue.objects.get(name)
        fields = kind.fields if kind is not None else {}
        self._types = {each.name: each.type for each in fields.values()}
        self.plain = {name: _PLAIN[type_] for name, type_ in self._types.items() if type_ in _PLAIN}
        self._good: set[tuple[str, str]] = set()

    def look_closer(self, row: RecordCopy, field: str, value: Any, findings: Findings) -> None:
        type_ = self._types[field]
        if isinstance(value, str):
            if (type_, value) in self._good or self._check_text(row, type_, field, value, findings):
                self._good.add((type_, value))
            return
        if type_ == "int" and isinstance(value, Decimal) and value == value.to_integral_value():
            return  # 12.0 is how the REST API writes a number field without decimals
        found = _kind(value) if findings.hides(row.object, field) else _named(value)
        words = f"{_EXPECTED.get(type_, 'a text')} is expected, found {found}"
        findings.add("E419", words, member(row.path, field), record=str(row))

    def _check_text(self, row: RecordCopy, type_: str, field: str, value: str, findings: Findings) -> bool:
        """Whether a text is right for a field that is not plain text; otherwise it is a finding."""
        code, reason = "", ""
        if type_ in {"date", "datetime"} and value.strip():
            try:
                (parse_date if type_ == "date" else parse_instant)(value)
            except TimeFaultError as fault:
                code, reason = "E420", f": {fault}"
        elif type_ in {"id", "reference"} and value.strip():
            code = "" if is_id(value) else "E415"
        else:
            code = "E419"
        if not code:
            return True
        hidden = findings.hides(row.object, field)
        words = f"{_EXPECTED[type_]} is expected, found {_kind(value) if hidden else _named(value)}{reason}"
        fix = None if hidden else _fix(type_, value)
        findings.add(code, words, member(row.path, field), record=str(row), fix=fix)
        return False


def _is_sane(value: int | Decimal) -> bool:
    """Whether a number is one that Salesforce can hold: at most 18 digits, on both sides of the point."""
    if not -_LIMIT < value < _LIMIT:
        return False
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return isinstance(exponent, int) and exponent >= -_MOST_PLACES


def _named(value: Any) -> str:
    """A value with the word for what it is, where the value alone could be misread."""
    match value:
        case str():
            return f"the text {shown(value)}"
        case bool() | dict() | list():
            return shown(value)
        case _:
            return f"the number {shown(value)}"


def _kind(value: Any) -> str:
    """What a value is, of a field whose values are not shown."""
    match value:
        case str():
            return "a text (sensitive)"
        case bool():
            return "a truth value (sensitive)"
        case dict() | list():
            return shown(value)
        case _:
            return "a number (sensitive)"


def _fix(type_: str, value: str) -> str | None:
    """What to write instead of a text, where that is known."""
    if not value.strip():
        return "write null for a field that is empty"
    unquoted = value.lower() if type_ == "boolean" else value
    if (type_ in _NUMBERS and _NUMBER_TEXT.fullmatch(value)) or (type_ == "boolean" and unquoted in _CHECKED):
        return f"write {unquoted} without the quotes"
    if type_ == "date" and _MOMENT.match(value):
        return f'write only the date: "{value[:10]}"'
    return None
