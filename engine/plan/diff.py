"""The differences between two plan documents, call by call, each with what it alters: see docs/diff.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .changes import CallDifference, Difference, Money, OrderDifference, PlanDiff
from .classes import GRAVEST, ChangeClass, class_of_object
from .params import ParameterComparison, nearest_rule
from .sides import Side, bundle_of, first_order

Document = Mapping[str, Any]


def compare(old: Document, new: Document) -> PlanDiff:
    """The differences between two plans.

    Calls are matched by id, orders by the initial order of their contract. A call that several contracts need counts
    for each of them.
    """
    before, after = Side(old), Side(new)
    calls = list(_calls(before, after))
    contracts = {first_order(each): each for side in (old, new) for each in side.get("contracts", ())}
    if not contracts and not (old["applyable"] and new["applyable"]):
        return PlanDiff((), (_name(new),))
    return PlanDiff(tuple(_order(first, contracts[first], before, after, calls) for first in contracts))


def compare_all(old: Iterable[Document], new: Iterable[Document]) -> PlanDiff:
    """The differences between many plans and many others, each with its counterpart.

    Plans of the same initial orders belong together; a plan without a counterpart is compared with an empty one.
    """
    waiting: dict[tuple[Any, ...], list[Document]] = {}
    for each in new:
        waiting.setdefault(_orders_of(each), []).append(each)
    found: list[PlanDiff] = []
    for each in old:
        same = waiting.get(_orders_of(each))
        found.append(compare(each, same.pop(0) if same else _nothing(each)))
    found += [compare(_nothing(each), each) for left in waiting.values() for each in left]
    return joined(found)


def joined(found: Sequence[PlanDiff]) -> PlanDiff:
    """The differences of several pairs of plans as one."""
    orders = tuple(order for each in found for order in each.orders)
    return PlanDiff(orders, tuple(name for each in found for name in each.unplanned))


def _orders_of(document: Document) -> tuple[Any, ...]:
    """What a plan is of: its initial orders, or its bundle where it could not be planned."""
    orders = tuple(sorted(first_order(each) for each in document.get("contracts", ())))
    return orders or ("bundle", _name(document))


def _name(document: Document) -> str:
    return str(bundle_of(document).get("path", "?"))


def _nothing(like: Document) -> Document:
    """A plan of nothing, beside which everything in another one is new."""
    empty: dict[str, Any] = {"applyable": True, "calls": [], "contracts": [], "reused": [], "diagnostics": []}
    return empty | {"inputs": like.get("inputs", {})}


# --- orders -----------------------------------------------------------------------------------------------------------


def _order(
    first: str, contract: Mapping[str, Any], before: Side, after: Side, calls: Sequence[_Found]
) -> OrderDifference:
    ids = [side.contract_of(first) for side in (before, after)]
    presence = "removed" if ids[1] is None else "added" if ids[0] is None else "both"
    mine = tuple(each.difference for each in calls if each.contracts & {each for each in ids if each is not None})
    errors, mended = _errors(before, after)
    return OrderDifference(
        contract["id"],
        tuple(contract["order_ids"]),
        presence,
        mine,
        errors,
        mended,
        _money(before.document, after.document, first),
    )


def _errors(before: Side, after: Side) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The errors that only the new side has, and those that only the old one has, as `E501: words`."""
    old, new = (
        [f"{each['code']}: {each['message']}" for each in side.document["diagnostics"] if each["severity"] == "error"]
        for side in (before, after)
    )
    return tuple(each for each in new if each not in old), tuple(each for each in old if each not in new)


def _money(old: Document, new: Document, first: str) -> Money | None:
    """What both forecasts bill for a contract; nothing where one of them is absent, cannot know, or has another currency."""
    totals = [_total(each, first) for each in (old, new)]
    if totals[0] is None or totals[1] is None or totals[0][0] != totals[1][0]:
        return None
    return Money(totals[0][0], totals[0][1], totals[1][1])


def _total(document: Document, first: str) -> tuple[str, int] | None:
    """The currency and the sum, in minor units, of the invoices that the forecast has for a contract."""
    contract = next((each for each in document.get("contracts", ()) if first_order(each) == first), None)
    forecast = document.get("forecast")
    if contract is None or not forecast or "invoices" not in forecast:
        return None
    totals = [each["total"] for each in forecast["invoices"] if each["contract"] == contract["id"]]
    if any(each is None for each in totals):
        return None
    return str(contract["currency"]), sum(totals)


# --- calls ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """The difference of a call with the contracts of both sides that need the call."""

    difference: CallDifference
    contracts: frozenset[str] = field(default_factory=frozenset)


def _calls(before: Side, after: Side) -> Iterator[_Found]:
    """The differing calls and reused objects, in the order of the new plan; those that are gone come last."""
    for name, call in after.calls.items():
        contracts = after.needed_by(name) | before.needed_by(name)
        if name in before.calls:
            differences = _changed(name, before, after)
            change = "changed"
        else:
            reused = before.reused_for(call)
            change = "recreated" if reused else "created"
            differences = _other_side(call, reused, before, after, made_by_new=True)
        if differences:
            yield _Found(_call(call, change, differences), contracts)
    for name, call in before.calls.items():
        if name not in after.calls:
            reused = after.reused_for(call)
            differences = _other_side(call, reused, before, after, made_by_new=False)
            yield _Found(_call(call, "reused" if reused else "removed", differences), before.needed_by(name))
    yield from _reused(before, after)


def _call(call: Mapping[str, Any], change: str, differences: Iterable[Difference]) -> CallDifference:
    ordered = sorted(differences, key=lambda each: GRAVEST.index(each.kind))
    return CallDifference(
        call["id"], call["resource"], call["action"], change, str(call.get("title") or ""), tuple(ordered)
    )


def _changed(name: str, before: Side, after: Side) -> list[Difference]:
    """The differences of a call that both plans make."""
    old, new = before.calls[name], after.calls[name]
    out = list(ParameterComparison(before, after, old, new).differences())
    if old["path"] != new["path"]:
        out.append(Difference(ChangeClass.IDENTITY, "changed", "/path", old["path"], new["path"]))
    out += _stores(old, new)
    waits = [sorted(side.waits_for(name) & other.calls.keys()) for side, other in ((before, after), (after, before))]
    if waits[0] != waits[1]:
        out.append(Difference(ChangeClass.BILLING, "changed", "/depends_on", waits[0], waits[1]))
    return out


def _stores(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Differences of the write-back to Salesforce."""
    places = [
        {(each["object"], each["id"], each["field"]): (at, each) for at, each in enumerate(side["store"])}
        for side in (old, new)
    ]
    for place in dict.fromkeys((*places[1], *places[0])):
        was, now = places[0].get(place), places[1].get(place)
        if was and now and was[1]["value"] == now[1]["value"]:
            continue
        change = "changed" if was and now else "added" if now else "removed"
        yield Difference(
            ChangeClass.IDENTITY, change, f"/store/{(now or was or (0,))[0]}", was and was[1], now and now[1]
        )


def _other_side(
    call: Mapping[str, Any], reused: Mapping[str, Any] | None, before: Side, after: Side, *, made_by_new: bool
) -> list[Difference]:
    """The differences of a call that one plan makes; the other one uses an object again instead, or does nothing."""
    side = after if made_by_new else before
    params = side.params(call)
    if reused is None:
        kind = class_of_object(call["resource"], call["action"], params)
        return [
            Difference(kind, "added", "", None, params, rule=nearest_rule(call, ""))
            if made_by_new
            else Difference(kind, "removed", "", params, None, old_rule=nearest_rule(call, ""))
        ]
    values = [{"reuse": reused["id"]}, {"create": call["id"]}]
    old, new = values if made_by_new else reversed(values)
    out = [Difference(ChangeClass.IDENTITY, "changed", "", old, new)]
    stand_in = {**call, "params": reused.get("expected", {}), "provenance": {}}
    pair = (stand_in, call) if made_by_new else (call, stand_in)
    for each in ParameterComparison(before, after, *pair).differences():
        unknown = (each.old if made_by_new else each.new) is None
        # What an object in Stripe says is not in the plan, beyond the figures that the records expect of it.
        if each.kind is ChangeClass.BILLING and not (unknown and call["resource"] in ("product", "price", "coupon")):
            out.append(each)
    return out


def _reused(before: Side, after: Side) -> Iterator[_Found]:
    """Differences of the objects that both plans use again: another object, or other figures expected of it."""
    for new in after.reused.values():
        old = before.reused_like(new)
        if old is None:
            continue
        out: list[Difference] = []
        if old["id"] != new["id"]:
            out.append(Difference(ChangeClass.IDENTITY, "changed", "/id", old["id"], new["id"]))
        pair = [
            {"resource": new["resource"], "params": each.get("expected", {}), "provenance": {}} for each in (old, new)
        ]
        out += ParameterComparison(before, after, *pair).differences()
        if out:
            name = f"{new['resource']}/{new.get('source', new)['id']}"
            call = CallDifference(name, new["resource"], "reuse", "changed", "", tuple(out))
            yield _Found(call, after.using(new["id"]) | before.using(old["id"]))
