"""What a `read` block made of a record, as terms of the contract model."""

from __future__ import annotations

from typing import Any

from ..contract import Terms
from ..diagnostics import Diagnostic, finding
from ..records import Gap, Record
from .gaps import Reading
from .runtime import Row, Trace, missing, record_name


class TermsRow(Row):
    """A row of terms: what is missing is kept aside instead of reported."""

    __slots__ = ("lacking",)

    def __init__(self, record: Record) -> None:
        super().__init__(subject=record)
        self.lacking: dict[str, Diagnostic] = {}

    def missing(self, trace: Trace, holders: tuple[Any, ...], message: str | None, what: str) -> None:
        """An absent value that a rule requires: only what asks for the term needs it."""
        self.lacking[what] = missing(trace, holders, message, what, self.subject)


def terms_of(row: TermsRow, target: str, gaps: tuple[Gap, ...], reading: Reading) -> Terms:
    """The terms that a row holds, an absent one with the fields that are empty; a sensitive one becomes a finding."""
    record: Record = row.subject
    for pointer in [each for each, (trace, _) in row.traces.items() if trace.sensitive]:
        trace, _ = row.traces.pop(pointer)
        row.findings.append(hidden(trace, f"the term `{pointer[1:]}`", record))
    values = {pointer[1:]: row.params[pointer[1:]] for pointer in row.traces}
    sources = {pointer[1:]: _source(trace, holders) for pointer, (trace, holders) in row.traces.items() if trace.fields}
    rules = {pointer[1:]: trace.rule for pointer, (trace, _) in row.traces.items()}
    for pointer, note, holders in row.untaken:
        empty = [each.named(name) for (_, name, _), each in zip(note.fields, holders, strict=True) if each is not None]
        if empty and note.why != "default":
            sources.setdefault(pointer[1:], ", ".join(dict.fromkeys(empty)))
            rules.setdefault(pointer[1:], note.rule)
    for name, source, rule in reading.absent(target, record):
        sources.setdefault(name, source)
        rules.setdefault(name, rule)
    untold: dict[str, Diagnostic] = {}
    for gap in gaps:
        for name in reading.terms(target, gap):
            untold.setdefault(name, reading.of_term(gap, target, name, rules.get(name)))
    return Terms(record, values, sources, rules, row.lacking, untold)


def _source(trace: Trace, holders: tuple[Any, ...]) -> str:
    """The fields of a trace with their records: `OBJECT(ID).FIELD`."""
    named = [
        holder.named(name) for holder, name in zip(holders, trace.fields, strict=True) if isinstance(holder, Record)
    ]
    return ", ".join(dict.fromkeys(named)) or ", ".join(trace.fields)


def unread(target: str, record: Record) -> Diagnostic:
    """The finding for a record that no rule reads."""
    return finding(
        "E609",
        f"no rule reads `{target}` from {record.object}",
        record=str(record),
        fix=f"read {target} from {record.object} as … {{ … }}",
    )


def hidden(trace: Trace, what: str, subject: Any) -> Diagnostic:
    """The finding for a sensitive value where the plan would show it."""
    return finding(
        "E613",
        f"{what} is made of {', '.join(trace.fields)}, which is sensitive, and plans show it",
        rule=trace.rule,
        record=record_name(subject),
        scope=trace.scope,
        fix="use another field, or take `sensitive` away",
    )
