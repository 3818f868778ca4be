"""The order of calls: each after what it needs, ties by the order of the rules and of the records."""

from __future__ import annotations

import heapq

from ..diagnostics import Diagnostic, finding
from ..program import Reference
from .drafts import Draft, Drafts, references


def dependencies(drafts: Drafts) -> dict[str, set[str]]:
    """For each call, the calls that come first.

    They are the calls that it refers to, those that its rule names in `after`, and the one before it on the same object. A
    call that itself refers to what this one makes comes after it, whatever `after` says.
    """
    by_resource: dict[tuple[str, str], list[str]] = {}
    for draft in drafts.calls.values():
        by_resource.setdefault((draft.contract, draft.resource), []).append(draft.id)
    out: dict[str, set[str]] = {}
    last_on: dict[str, str] = {}
    for draft in sorted(drafts.calls.values(), key=lambda each: (each.rule_order, each.seq)):
        needs = {
            each.call_id for each in (*references(draft.params), *references(draft.on)) if each.call_id in drafts.calls
        }
        for resource in draft.made.rule.after if draft.operation == draft.made.rule.operation else ():
            named = by_resource.get((draft.contract, resource), ())
            needs |= {each for each in named if not _refers(drafts.calls[each], draft.id)}
        target = draft.on.call_id if isinstance(draft.on, Reference) else str(draft.on) if draft.on else None
        if target is not None:
            if target in last_on:
                needs.add(last_on[target])
            last_on[target] = draft.id
        out[draft.id] = needs - {draft.id}
    return out


def _refers(draft: Draft, call_id: str) -> bool:
    """Whether a call takes something from the answer of another."""
    return any(each.call_id == call_id for each in (*references(draft.params), *references(draft.on)))


def ordered_calls(drafts: Drafts, needs: dict[str, set[str]]) -> tuple[list[Draft], list[Diagnostic]]:
    """The calls in an order that respects their needs, and a finding when there is none."""
    waiting = {name: set(each) for name, each in needs.items()}
    dependents: dict[str, list[str]] = {}
    for name, each in needs.items():
        for needed in each:
            dependents.setdefault(needed, []).append(name)
    ready = [
        (drafts.calls[name].rule_order, drafts.calls[name].seq, name) for name, each in waiting.items() if not each
    ]
    heapq.heapify(ready)
    out: list[Draft] = []
    while ready:
        *_, name = heapq.heappop(ready)
        out.append(drafts.calls[name])
        for dependent in dependents.get(name, ()):
            waiting[dependent].discard(name)
            if not waiting[dependent]:
                draft = drafts.calls[dependent]
                heapq.heappush(ready, (draft.rule_order, draft.seq, dependent))
    if len(out) == len(drafts.calls):
        return out, []
    left = sorted(name for name in drafts.calls if name not in {each.id for each in out})
    first = drafts.calls[left[0]]
    fault = finding(
        "E707",
        f"these calls wait for one another: {', '.join(left)}",
        rule=str(first.made.rule.span),
        fix="take one of the references or `after` clauses away",
    )
    return out, [fault]
