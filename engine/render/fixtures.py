"""A plan as a fixtures file of Stripe's own command line: `stripe fixtures FILE` runs its calls one after the other.

The format is the one of https://docs.stripe.com/cli/fixtures and https://github.com/stripe/stripe-cli/wiki/fixtures:
a list of named requests, in which `${name:path}` stands for a value of an earlier answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..diagnostics import Diagnostic, finding
from ..forecast import ForecastedPlan
from ..parameters import CallPath, Hidden, Ref, leaves, references, replaced
from ..plan import Call
from ..pointers import dotted

TEMPLATE_VERSION = 0
"""The version of the format, as the file states it."""

_QUERY = re.compile(r"\$\{[^}]*\}?")
"""What the command line would take for a reference, or for a variable of its environment."""


def render_fixtures(shown: ForecastedPlan, name: str) -> tuple[str | None, list[Diagnostic]]:
    """The fixtures file of a plan, or the findings that stand against it. `name` is the file of plan or bundle.

    References become `${name:id}`; the names are made of the call ids. Write-backs to Salesforce and idempotency keys
    have no place in the format.
    """
    calls = shown.plan.calls
    faults = [
        *_errors(shown, name),
        *(each for call in calls for each in _faults(call, name)),
        *_lost(calls, name),
    ]
    if faults:
        return None, faults
    names = fixture_names([each.id for each in calls])
    fixtures = [_fixture(each, names) for each in calls]
    whole = {"_meta": {"template_version": TEMPLATE_VERSION}, "fixtures": fixtures}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n", []


def fixture_names(call_ids: list[str]) -> dict[str, str]:
    """A name of letters, digits and underscores for each call id; two ids never share one."""
    out: dict[str, str] = {}
    taken: set[str] = set()
    for call_id in call_ids:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", call_id)
        name, count = plain, 1
        while name in taken:
            count += 1
            name = f"{plain}_{count}"
        taken.add(name)
        out[call_id] = name
    return out


def _fixture(call: Call, names: Mapping[str, str]) -> dict[str, Any]:
    path = call.path
    if isinstance(path, CallPath):
        path = path.template.replace("{id}", str(_filled(path.id, names)))
    out: dict[str, Any] = {"name": names[call.id], "path": path, "method": call.method.lower()}
    params = _filled(call.params, names)
    return out | ({"params": params} if params else {})


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    """A value with references as the command line writes them."""
    return replaced(value, lambda each: f"${{{names[each.call]}:{each.field}}}" if isinstance(each, Ref) else each)


def _errors(shown: ForecastedPlan, name: str) -> Iterator[Diagnostic]:
    if shown.plan.preview and shown.sound:
        yield finding(
            "E725",
            "the plan is a preview: it takes orders for activated that are not",
            file=name,
            fix="activate the orders, and plan them without --preview",
        )
    elif not shown.applyable:
        count = sum(each.is_error for each in shown.diagnostics)
        yield finding(
            "E725",
            f"the plan has {count} error{'s' if count != 1 else ''} and is not to be run",
            file=name,
            fix="correct the errors first",
        )


def _faults(call: Call, name: str) -> Iterator[Diagnostic]:
    """What of a call cannot be said in the format."""
    rows = list(leaves(call.params))
    hidden = [dotted(pointer) for pointer, value in rows if isinstance(value, Hidden)]
    if hidden:
        yield finding(
            "E724",
            f"{call.id} has sensitive values ({', '.join(hidden)}), and fixtures need the values themselves",
            file=name,
            fix="add --reveal, to a plan of a bundle or to one saved with --out; keep the file to yourself",
        )
    for pointer, value in rows:
        if isinstance(value, str) and (found := _QUERY.search(value)):
            shown = "the text" if pointer in call.sensitive else repr(found[0])
            yield finding(
                "E726",
                f"{call.id} sends {shown} in {dotted(pointer)}, which the Stripe CLI would replace",
                file=name,
                record=str(call.source) if call.source else None,
                fix="change the text in the record, or run the plan without fixtures",
            )


def _lost(calls: Sequence[Call], name: str) -> Iterator[Diagnostic]:
    """References to nothing that comes before: only a plan that somebody edited has them."""
    before: set[str] = set()
    for call in calls:
        for target in (each.call for each in (*references(call.params), *references(call.path))):
            if target not in before:
                yield finding(
                    "E703",
                    f"{call.id} refers to {target}, which is no call before it",
                    file=name,
                    record=str(call.source) if call.source else None,
                    fix="make the plan again from its bundle",
                )
        before.add(call.id)
