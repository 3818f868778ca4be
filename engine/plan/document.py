"""The plan as a JSON document, and back: `schemas/plan.json` describes it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ..diagnostics import FORECAST_GROUP, Diagnostic, diagnostic_from_json, finding
from ..marks import Marks, marks_among
from .model import (
    FORMAT,
    FORMAT_VERSION,
    Call,
    ContractSummary,
    CouponPromise,
    Earlier,
    Follows,
    KnownObject,
    OrderLineTotal,
    Plan,
    Provenance,
    RecordName,
    Reused,
    Skipped,
    Untaken,
    failed_plan,
)
from .param_shape import param_faults
from .secrets import without_secrets
from .shape import figure_faults, mark_faults, promise_faults
from .spelling import canonical, decoded, decoded_path, decoded_store, encoded

_MAJOR = int(FORMAT_VERSION.partition(".")[0])
_EMPTY: Mapping[str, Any] = {"contracts": [], "reused": [], "skipped": [], "sold": []}
"""What a plan may leave out."""

_TOLD = ("source", "model", "formula", "read_by", "via")
"""What a plan says of the origin of a parameter beside how and by which rule."""

_EFFECT = ("id", "method", "path", "params", "depends_on", "idempotency_key", "store")


def to_document(plan: Plan, *, reveal: bool = False) -> dict[str, Any]:
    """The document of a plan, without a forecast.

    Sensitive values are digests, unless `reveal`: then the digests stand beside the values, if the plan has them.
    """
    shown = plan if reveal else without_secrets(plan)
    calls = [_call(each) for each in shown.calls]
    out: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "applyable": plan.applyable,
        "tool": {"version": plan.tool_version},
        "inputs": dict(plan.inputs),
        "contracts": [_contract(each) for each in plan.contracts],
        "calls": calls,
        "reused": [_reused(each) for each in plan.reused],
        "skipped": [_source(each.source) | {"reason": each.reason} for each in plan.skipped],
        "sold": [_sold(each) for each in plan.sold],
        "diagnostics": [each.to_json() for each in plan.diagnostics],
        "summary": plan.summary,
    }
    if not plan.planned:
        return out
    out |= {
        "stripe_version": plan.stripe_version,
        "as_of": plan.as_of,
        "promises": [_told(each) for each in plan.promises],
        "marks": plan.marks.to_json(),
        "objects": dict(plan.marks.objects),
        "digest": plan.digest,
    }
    if len(plan.contracts) == 1:
        out["contract"] = _contract(plan.contracts[0])
    if plan.preview:
        out["preview"] = True
    if plan.holds_until:
        out |= {"holds_until": plan.holds_until, "holds_because": plan.holds_because}
    if plan.requires_approval:
        out["requires_approval"] = True
    if plan.day_starts:
        out["day_starts"] = plan.day_starts
    if plan.known:
        out["known"] = [
            {"resource": each.resource, "id": each.id, "figures": dict(each.figures)} for each in plan.known
        ]
    if shown.follows:
        out["follows"] = [_follows(each) for each in shown.follows]
    if shown.history:
        out["history"] = [_earlier(each) for each in shown.history]
    if plan.account:
        out["account"] = dict(plan.account)
    if not shown.without_secrets:
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
    calls = tuple(_call_of(each) for each in document["calls"])
    marks, objects = document.get("marks"), document.get("objects", {})
    return Plan(
        as_of=document["as_of"],
        stripe_version=document.get("stripe_version", ""),
        inputs=document.get("inputs", {}),
        account=document.get("account"),
        contracts=tuple(_contract_of(each) for each in document.get("contracts", ())),
        calls=calls,
        reused=tuple(_reused_of(each) for each in document.get("reused", ())),
        skipped=tuple(Skipped(_source_of(each), each["reason"]) for each in document.get("skipped", ())),
        sold=tuple(_sold_of(each) for each in document.get("sold", ())),
        diagnostics=tuple(diagnostics),
        promises=tuple(_promise_of(each) for each in document.get("promises", ())),
        follows=tuple(_follows_of(each) for each in document.get("follows", ())),
        history=tuple(_earlier_of(each) for each in document.get("history", ())),
        redacted=document.get("redacted", {}),
        marks=marks_among((each.params for each in calls), objects)
        if marks is None
        else Marks.from_json(marks, objects),
        tool_version=version,
        digest=document.get("digest", ""),
        revealed_digest=document.get("revealed_digest", ""),
        without_secrets="revealed_digest" not in document,
        preview=bool(document.get("preview")),
        holds_until=document.get("holds_until", ""),
        holds_because=document.get("holds_because", ""),
        day_starts=int(document.get("day_starts", 0)),
        requires_approval=bool(document.get("requires_approval")),
        known=tuple(KnownObject(each["resource"], each["id"], each["figures"]) for each in document.get("known", ())),
        forecast_cycles=(document.get("forecast") or {}).get("cycles"),
        strict_money=bool((document.get("forecast") or {}).get("strict_money")),
    )


def digest(plan: Plan) -> str:
    """The digest of what the calls do: not of how they came about, so moving a rule in its file does not change it."""
    return _effect_digest([_call(each) for each in without_secrets(plan).calls])


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


def read_plan(text: str, name: str) -> tuple[Plan | None, list[Diagnostic]]:
    """A saved plan, or the faults that keep it from being one; see `read_document`."""
    document, faults = read_document(text, name)
    return (None if document is None else from_document(document)), faults


def _call_of(document: Mapping[str, Any]) -> Call:
    """The inverse of `_call`."""
    source = document.get("source")
    return Call(
        id=document["id"],
        resource=document["resource"],
        action=document["action"],
        method=document["method"],
        path=decoded_path(document["path"]),
        params=decoded(document["params"]),
        depends_on=tuple(document["depends_on"]),
        idempotency_key=document["idempotency_key"],
        source=_source_of(source) if source else None,
        provenance={name: _provenance_of(each) for name, each in document.get("provenance", {}).items()},
        omitted=document.get("omitted", {}),
        sensitive=tuple(document.get("sensitive", ())),
        store=tuple(decoded_store(each) for each in document["store"]),
        contract=document.get("contract", ""),
        title=document.get("title", ""),
        alternatives={
            name: tuple(Untaken(one["rule"], one["why"]) for one in each)
            for name, each in document.get("alternatives", {}).items()
        },
    )


def _earlier(earlier: Earlier) -> dict[str, Any]:
    out: dict[str, Any] = {
        "as_of": earlier.as_of,
        "moment": earlier.moment,
        "contract": earlier.contract,
        "order": earlier.order,
        "calls": [_call(each) for each in earlier.calls],
        "reused": [_reused(each) for each in earlier.reused],
    }
    if earlier.redacted:
        out["redacted"] = {name: dict(each) for name, each in earlier.redacted.items()}
    return out


def _earlier_of(document: Mapping[str, Any]) -> Earlier:
    return Earlier(
        document["as_of"],
        document["moment"],
        document["contract"],
        document["order"],
        tuple(_call_of(each) for each in document["calls"]),
        tuple(_reused_of(each) for each in document.get("reused", ())),
        document.get("redacted", {}),
    )


def _follows(follows: Follows) -> dict[str, Any]:
    out: dict[str, Any] = {
        "contract": follows.contract,
        "schedule": follows.schedule,
        "phases": [{"start": start, "end": end} for start, end in follows.phases],
        "from": follows.since,
        "by": follows.by,
        "calls": [_call(each) for each in follows.calls],
    }
    if follows.redacted:
        out["redacted"] = {name: dict(each) for name, each in follows.redacted.items()}
    return out


def _follows_of(document: Mapping[str, Any]) -> Follows:
    return Follows(
        document["contract"],
        document["schedule"],
        tuple((each["start"], each["end"]) for each in document["phases"]),
        document["from"],
        document["by"],
        tuple(_call_of(each) for each in document.get("calls", ())),
        document.get("redacted", {}),
    )


def _call(call: Call) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": call.id,
        "resource": call.resource,
        "action": call.action,
        "method": call.method,
        "path": encoded(call.path),
        "params": encoded(call.params),
        "depends_on": list(call.depends_on),
        "idempotency_key": call.idempotency_key,
        "provenance": {name: _provenance(each) for name, each in call.provenance.items()},
        "omitted": dict(call.omitted),
        "sensitive": list(call.sensitive),
        "store": encoded(call.store),
        "contract": call.contract,
    }
    if call.title:
        out["title"] = call.title
    if call.alternatives:
        out["alternatives"] = {
            name: [{"rule": one.rule, "why": one.why} for one in each] for name, each in call.alternatives.items()
        }
    if call.source:
        out["source"] = _source(call.source)
    return out


def _source(source: RecordName) -> dict[str, str]:
    return {"object": source.object, "id": source.id}


def _source_of(document: Mapping[str, Any]) -> RecordName:
    return RecordName(document["object"], document["id"])


def _provenance(found: Provenance) -> dict[str, Any]:
    out: dict[str, Any] = {"how": found.how, "rule": found.rule}
    for name in _TOLD:
        if value := getattr(found, name):
            out[name] = list(value) if isinstance(value, tuple) else value
    return out


def _provenance_of(document: Mapping[str, Any]) -> Provenance:
    return Provenance(
        document["how"],
        document["rule"],
        document.get("source", ""),
        document.get("model", ""),
        document.get("formula", ""),
        tuple(document.get("read_by", ())),
        tuple(document.get("via", ())),
    )


def _contract(contract: ContractSummary) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": contract.id,
        "kind": contract.kind,
        "order_ids": list(contract.order_ids),
        "currency": contract.currency,
    }
    if contract.start is not None:
        out["start"] = contract.start
    if contract.end is not None:
        out["end"] = contract.end
    if contract.billing_mode is not None:
        out["billing_mode"] = contract.billing_mode
    return out


def _contract_of(document: Mapping[str, Any]) -> ContractSummary:
    orders = tuple(document["order_ids"])
    kind, currency = document["kind"], document["currency"]
    dates = document.get("start"), document.get("end")
    return ContractSummary(document["id"], kind, orders, currency, *dates, document.get("billing_mode"))


def _sold(sold: OrderLineTotal) -> dict[str, Any]:
    return _told(sold) | {"total": sold.total}


def _sold_of(document: Mapping[str, Any]) -> OrderLineTotal:
    return OrderLineTotal(
        order_item=str(document["order_item"]),
        order=str(document["order"]),
        contract=str(document["contract"]),
        currency=str(document["currency"]),
        total=document["total"],
        quantity=document.get("quantity") or "0",
        recurring=bool(document.get("recurring")),
        metered=bool(document.get("metered")),
        evergreen=bool(document.get("evergreen")),
        revises=str(document["revises"]) if document.get("revises") else None,
    )


def _promise_of(document: Mapping[str, Any]) -> CouponPromise:
    return CouponPromise(**{each.name: document[each.name] for each in fields(CouponPromise) if each.name in document})


def _told(record: OrderLineTotal | CouponPromise) -> dict[str, Any]:
    """The fields of a record that has no others inside, without those that are absent."""
    return {each.name: value for each in fields(record) if (value := getattr(record, each.name)) is not None}


def _reused(reused: Reused) -> dict[str, Any]:
    out: dict[str, Any] = {"resource": reused.resource, "id": reused.id}
    if reused.source:
        out["source"] = _source(reused.source)
    if reused.expected is not None:
        out["expected"] = encoded(reused.expected)
    return out


def _reused_of(document: Mapping[str, Any]) -> Reused:
    source, expected = document.get("source"), document.get("expected")
    return Reused(
        document["resource"],
        document["id"],
        _source_of(source) if source else None,
        None if expected is None else decoded(expected),
    )


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
    from ..places import shipped

    schema = json.loads(shipped("schemas", "plan.json").read_text(encoding="utf-8"))
    faults = [] if _is_sound(schema, document) else _schema_faults(schema, document)
    faults = faults or [*figure_faults(document), *promise_faults(document), *mark_faults(document)]
    faults = faults or [*param_faults(document)]
    return [
        finding(
            "E708", f"the plan is damaged: {words}", file=name, path=path, fix="make the plan again from its bundle"
        )
        for path, words in faults[:20]
    ]


def _is_sound(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether a document meets its schema, by the quick validator; what it cannot read is left to the other one."""
    try:
        import jsonschema_rs

        return bool(jsonschema_rs.Draft202012Validator(schema).is_valid(document))
    except (ImportError, UnicodeError, ValueError):
        return False


def _schema_faults(schema: dict[str, Any], document: dict[str, Any]) -> list[tuple[str, str]]:
    """Where a document does not meet its schema, in words."""
    import jsonschema

    errors = jsonschema.Draft202012Validator(schema).iter_errors(document)
    return [(each.json_path, _shape_fault(each)) for each in sorted(errors, key=lambda each: each.json_path)]


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
