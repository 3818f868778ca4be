"""Where a parameter came from, as a plan tells it."""

from __future__ import annotations

from typing import Any

from engine.program import Trace, record_name


def provenance(trace: Trace, holders: tuple[Any, ...]) -> dict[str, Any]:
    """How a value was made, by which rule, from which fields, through which functions.

    A field of a record is named as `Object(id).Field`; a figure of the contract model as `Price.amount`, with the fields
    it was worked out from and the sum with its numbers.
    """
    sources: list[str] = []
    model: list[str] = []
    formulas: list[str] = []
    read_by: list[str] = []
    for holder, name in zip(holders, trace.fields, strict=True):
        if holder is None:
            continue
        if hasattr(holder, "object") and hasattr(holder, "id") and hasattr(holder, "fields"):
            sources.append(f"{holder}.{name}")
            continue
        model.append(f"{type(holder).__name__}.{name}")
        origin = getattr(holder, "origin", {}).get(name)
        if origin is not None:
            sources += [origin.source] if origin.source else []
            formulas += [origin.formula] if origin.formula else []
            read_by += [origin.rule] if origin.rule else []
        elif record := record_name(holder):
            sources.append(record)
    out: dict[str, Any] = {"how": trace.how, "rule": trace.rule}
    if sources:
        out["source"] = ", ".join(dict.fromkeys(sources))
    if model:
        out["model"] = ", ".join(dict.fromkeys(model))
    if formulas and not trace.sensitive:
        out["formula"] = "; ".join(dict.fromkeys(formulas))
    if read_by:
        out["read_by"] = list(dict.fromkeys(read_by))
    if trace.via:
        out["via"] = list(trace.via)
    return out
