"""The order of calls: each after what it needs, ties by the order of the rules and of the records."""

from __future__ import annotations

import heapq

from ..diagnostics import Diagnostic, finding
from ..program import Reference
from .drafts import Draft, Drafts, references


def dependencies(drafts: Drafts) -> dict[str, set[str]]:
    """For each call, the calls that come first.

    They are the calls that it refers to, those that its rule names in `after`, and the one before it on the same object. A
    call that itself refers to what this one makes, or to what is done to that, comes after it, whatever `after` says.
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
            needs |= {each for each in named if not _refers(drafts, each, draft.id)}
        target = draft.on.call_id if isinstance(draft.on, Reference) else str(draft.on) if draft.on else None
        if target is not None:
            if target in last_on:
                needs.add(last_on[target])
            last_on[target] = draft.id
        out[draft.id] = needs - {draft.id}
    return out


def _refers(drafts: Drafts, name: str, call_id: str) -> bool:
    """Whether a call takes something from the answer of another, itself or by a call whose answer it takes."""
    waiting, seen = [name], {name}
    while waiting:
        draft = drafts.calls[waiting.pop()]
        found = {each.call_id for each in (*references(draft.params), *references(draft.on))}
        if call_id in found:
            return True
        waiting += sorted(each for each in found & drafts.calls.keys() if each not in seen)
        seen |= found
    return False


def ordered_calls(drafts: Drafts, needs: dict[str, set[str]]) -> tuple[list[Draft], list[Diagnostic]]:
    """The calls in an order that respects their needs, and a finding when there is none."""
    waiting = {name: set(each) for name, each in needs.items()}
    dependents: dict[str, list[str]] = {}
    for name, each in needs.items():
        for needed in each:
            dependents.setdefault(needed, []).append(name)
    rank = {name: number for number, name in enumerate(drafts.contracts)}

    def place(name: str) -> tuple[int, int, int, str]:
        draft = drafts.calls[name]
        # What waits on a customer is for the next subscription that is made: no other contract's comes between.
        waits = draft.resource == "invoice_item" and not draft.params.keys() & {"invoice", "subscription"}
        return draft.rule_order, rank[draft.contract] if waits else 0, draft.seq, name

    ready = [place(name) for name, each in waiting.items() if not each]
    heapq.heapify(ready)
    out: list[Draft] = []
    while ready:
        *_, name = heapq.heappop(ready)
        out.append(drafts.calls[name])
        for dependent in dependents.get(name, ()):
            waiting[dependent].discard(name)
            if not waiting[dependent]:
                heapq.heappush(ready, place(dependent))
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
