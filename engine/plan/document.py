"""The plan as a JSON document, and back: `schemas/plan.json` describes it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..diagnostics import FORECAST_GROUP, Diagnostic, diagnostic_from_json, finding
from ..marks import marks_in
from .model import FORMAT, FORMAT_VERSION, Call, Plan, failed_plan
from .param_shape import param_faults
from .secrets import canonical, redact
from .shape import figure_faults, mark_faults, promise_faults

_MAJOR = int(FORMAT_VERSION.partition(".")[0])
_EMPTY: Mapping[str, Any] = {"contracts": [], "reused": [], "skipped": [], "sold": []}
"""What a plan may leave out."""

_EFFECT = ("id", "method", "path", "params", "depends_on", "idempotency_key", "store")


def to_document(plan: Plan, *, reveal: bool = False) -> dict[str, Any]:
    """The document of a plan. Sensitive values are digests, unless `reveal`: then the digests stand beside the values."""
    if not plan.planned:
        return _failed(plan)
    calls = [_call(each, {} if reveal else plan.redacted.get(each.id, {})) for each in plan.calls]
    out: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "applyable": plan.applyable,
        "tool": {"version": plan.tool_version},
        "stripe_version": plan.stripe_version,
        "as_of": plan.as_of,
        "inputs": dict(plan.inputs),
        "contracts": [dict(each) for each in plan.contracts],
        "calls": calls,
        "reused": [dict(each) for each in plan.reused],
        "skipped": [dict(each) for each in plan.skipped],
        "sold": [dict(each) for each in plan.sold],
        "promises": [dict(each) for each in plan.promises],
        "diagnostics": [each.to_json() for each in plan.diagnostics],
        "summary": plan.summary,
        "marks": plan.marks.to_json(),
        "digest": plan.digest,
    }
    if len(plan.contracts) == 1:
        out["contract"] = dict(plan.contracts[0])
    if plan.account:
        out["account"] = dict(plan.account)
    if reveal:
        out["redacted"] = {name: dict(each) for name, each in plan.redacted.items()}
        out["revealed_digest"] = plan.revealed_digest or _effect_digest(calls)
    return out


def from_document(document: Mapping[str, Any]) -> Plan:
    """The plan of a document that `read_document` has found sound; what a newer minor version adds is left out.

    The forecast is no part of it, nor is what it found: it is made again from the plan.
    """
    diagnostics = [
        diagnostic_from_json(each) for each in document["diagnostics"] if each["code"][1:2] != FORECAST_GROUP
    ]
    version = document.get("tool", {}).get("version", "")
    if "as_of" not in document:
        return failed_plan(diagnostics, document.get("inputs", {}).get("bundle", {}).get("path", ""), version)
    return Plan(
        as_of=document["as_of"],
        stripe_version=document.get("stripe_version", ""),
        inputs=document.get("inputs", {}),
        account=document.get("account"),
        contracts=tuple(document.get("contracts", ())),
        calls=tuple(_call_of(each) for each in document["calls"]),
        reused=tuple(document.get("reused", ())),
        skipped=tuple(document.get("skipped", ())),
        sold=tuple(document.get("sold", ())),
        diagnostics=tuple(diagnostics),
        promises=tuple(document.get("promises", ())),
        redacted=document.get("redacted", {}),
        marks=marks_in(document),
        tool_version=version,
        digest=document.get("digest", ""),
        revealed_digest=document.get("revealed_digest", ""),
    )


def failed_document(findings: tuple[Diagnostic, ...], bundle: str, tool_version: str) -> dict[str, Any]:
    """The document of a bundle that could not be planned at all."""
    return to_document(failed_plan(findings, bundle, tool_version))


def dump(document: Mapping[str, Any], *, one_line: bool = False) -> str:
    """The document as text: sorted keys, so that the same plan is the same bytes."""
    if one_line:
        return canonical(document) + "\n"
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_document(text: str, name: str) -> tuple[dict[str, Any] | None, list[Diagnostic]]:
    """A saved plan's document, or the faults that keep it from being one. An edited plan is read, with a warning."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        where = f" (line {fault.lineno}, column {fault.colno})" if isinstance(fault, json.JSONDecodeError) else ""
        return None, [
            finding(
                "E708",
                f"this is not JSON{where}",
                file=name,
                fix="name a file that `orderplan plan --format json` wrote",
            )
        ]
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return None, [
            finding(
                "E708",
                "this is no plan",
                file=name,
                path="$.format",
                fix="name a file that `orderplan plan --format json` or `--out` wrote",
            )
        ]
    version = str(document.get("format_version", ""))
    major = version.partition(".")[0]
    if not major.isdigit() or int(major) > _MAJOR:
        return None, [
            finding(
                "E709",
                f"the plan has format version {version or 'none'}, this program reads {FORMAT_VERSION}",
                file=name,
                path="$.format_version",
                fix="read it with the program that wrote it, or a newer one",
            )
        ]
    try:
        canonical(document).encode()
    except (UnicodeEncodeError, RecursionError):
        return None, [
            finding(
                "E708",
                "the plan holds text that is no Unicode, or is nested too deeply",
                file=name,
                fix="make the plan again from its bundle",
            )
        ]
    faults = _shape(document, name)
    if faults:
        return None, faults
    return {**_EMPTY, **document}, _edited(document, name)


def redacted_document(document: dict[str, Any]) -> dict[str, Any]:
    """A saved plan with digests in place of its sensitive values."""
    known = document.get("redacted", {})
    calls = [{**each, "params": redact(each["params"], known.get(each["id"], {}))} for each in document["calls"]]
    return {
        **{name: value for name, value in document.items() if name not in ("redacted", "revealed_digest")},
        "calls": calls,
    }


def _failed(plan: Plan) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "applyable": False,
        "tool": {"version": plan.tool_version},
        "inputs": dict(plan.inputs),
        "contracts": [],
        "calls": [],
        "reused": [],
        "skipped": [],
        "sold": [],
        "diagnostics": [each.to_json() for each in plan.diagnostics],
        "summary": plan.summary,
    }


def _call_of(document: Mapping[str, Any]) -> Call:
    """The inverse of `_call`."""
    return Call(
        id=document["id"],
        resource=document["resource"],
        action=document["action"],
        method=document["method"],
        path=document["path"],
        params=document["params"],
        depends_on=tuple(document["depends_on"]),
        idempotency_key=document["idempotency_key"],
        source=document.get("source"),
        provenance=document.get("provenance", {}),
        omitted=document.get("omitted", {}),
        sensitive=tuple(document.get("sensitive", ())),
        store=tuple(document["store"]),
        contract=document.get("contract", ""),
        title=document.get("title", ""),
        alternatives=document.get("alternatives", {}),
    )


def _call(call: Call, hidden: Mapping[str, str]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": call.id,
        "resource": call.resource,
        "action": call.action,
        "method": call.method,
        "path": call.path,
        "params": redact(call.params, hidden),
        "depends_on": list(call.depends_on),
        "idempotency_key": call.idempotency_key,
        "provenance": {name: dict(each) for name, each in call.provenance.items()},
        "omitted": dict(call.omitted),
        "sensitive": list(call.sensitive),
        "store": [dict(each) for each in call.store],
        "contract": call.contract,
    }
    if call.title:
        out["title"] = call.title
    if call.alternatives:
        out["alternatives"] = {name: [dict(one) for one in each] for name, each in call.alternatives.items()}
    if call.source:
        out["source"] = dict(call.source)
    return out


def _shape_fault(error: Any) -> str:
    """A fault of a saved plan in words without its values, for a plan saved with `--out` holds sensitive ones."""
    wanted = error.validator_value
    match error.validator:
        case "type":
            return f"it is no {' or '.join(wanted) if isinstance(wanted, list) else wanted}"
        case "required":
            return f"it lacks {', '.join(sorted(set(wanted) - set(error.instance)))}"
        case "enum":
            return f"it is none of {', '.join(map(str, wanted))}"
        case "const":
            return f"it is not {wanted}"
        case _:
            return f"it breaks `{error.validator}` of the format"


def _shape(document: dict[str, Any], name: str) -> list[Diagnostic]:
    """Faults of the parts that readers rely on."""
    import jsonschema

    from ..places import shipped

    schema = json.loads(shipped("schemas", "plan.json").read_text(encoding="utf-8"))
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(document), key=lambda each: each.json_path)
    faults = [(each.json_path, _shape_fault(each)) for each in errors]
    faults = faults or [*figure_faults(document), *promise_faults(document), *mark_faults(document)]
    faults = faults or [*param_faults(document)]
    return [
        finding(
            "E708", f"the plan is damaged: {words}", file=name, path=path, fix="make the plan again from its bundle"
        )
        for path, words in faults[:20]
    ]


def _edited(document: dict[str, Any], name: str) -> list[Diagnostic]:
    revealed = document.get("revealed_digest")
    stated = revealed or document.get("digest")
    if stated is None or stated == _effect_digest(document["calls"]):
        return []
    return [
        finding(
            "W702",
            "the plan was changed after it was made: its digest does not fit its calls",
            file=name,
            path="$.digest",
            fix="make the plan again; a changed plan is not applied",
        )
    ]


def _effect_digest(calls: list[dict[str, Any]]) -> str:
    effect = [{name: each[name] for name in _EFFECT} for each in calls]
    return "sha256:" + hashlib.sha256(canonical(effect).encode()).hexdigest()
