"""The differences between two plans, call by call, each with what it alters: see docs/diff.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..forecast import ForecastedPlan, bills_secrets, total_of
from ..plan import Call, ContractSummary, Reused, failed_plan
from .changes import BilledTotals, CallDifference, Difference, OrderDifference, PlanDiff
from .classes import GRAVEST, ChangeClass, class_of_object
from .parameters import ParameterComparison
from .sides import Shown, Side


def compare(old: ForecastedPlan, new: ForecastedPlan) -> PlanDiff:
    """The differences between two plans.

    Calls are matched by id, orders by the initial order of their contract. A call that several contracts need counts
    for each of them.
    """
    before, after = Side(old), Side(new)
    calls = list(_calls(before, after))
    contracts = {each.first_order: each for side in (old, new) for each in side.plan.contracts}
    if not contracts and any(each.is_error for side in (old, new) for each in side.diagnostics):
        return PlanDiff((), (_name(new),))
    return PlanDiff(tuple(_order(first, contracts[first], before, after, calls) for first in contracts))


def compare_all(old: Iterable[ForecastedPlan], new: Iterable[ForecastedPlan]) -> PlanDiff:
    """The differences between many plans and many others, each with its counterpart.

    Plans of the same initial orders belong together; a plan without a counterpart is compared with an empty one.
    """
    waiting: dict[tuple[Any, ...], list[ForecastedPlan]] = {}
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


def _orders_of(side: ForecastedPlan) -> tuple[Any, ...]:
    """What a plan is of: its initial orders, or its bundle where it could not be planned."""
    orders = tuple(sorted(each.first_order for each in side.plan.contracts))
    return orders or ("bundle", _name(side))


def _name(side: ForecastedPlan) -> str:
    return str(side.plan.bundle.get("path", "?"))


def _nothing(like: ForecastedPlan) -> ForecastedPlan:
    """A plan of nothing, beside which everything in another one is new."""
    return ForecastedPlan(replace(failed_plan((), "", ""), inputs=like.plan.inputs), None)


# --- orders -----------------------------------------------------------------------------------------------------------


def _order(
    first: str, contract: ContractSummary, before: Side, after: Side, calls: Sequence[_Found]
) -> OrderDifference:
    ids = [side.contract_of(first) for side in (before, after)]
    presence = "removed" if ids[1] is None else "added" if ids[0] is None else "both"
    mine = tuple(each.difference for each in calls if each.contracts & {each for each in ids if each is not None})
    errors, mended = _errors(before, after)
    return OrderDifference(
        contract.id,
        contract.order_ids,
        presence,
        mine,
        errors,
        mended,
        _money(before.forecasted, after.forecasted, first),
    )


def _errors(before: Side, after: Side) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The errors that only the new side has, and those that only the old one has, as `E501: words`."""
    old, new = (
        [f"{each.code}: {each.message}" for each in side.forecasted.diagnostics if each.is_error]
        for side in (before, after)
    )
    return tuple(each for each in new if each not in old), tuple(each for each in old if each not in new)


def _money(old: ForecastedPlan, new: ForecastedPlan, first: str) -> BilledTotals | None:
    """What both forecasts bill for a contract; nothing where one of them is absent, cannot know, or has another currency."""
    totals = [_total(each, first) for each in (old, new)]
    hidden = any(bills_secrets(each.plan) for each in (old, new))  # a sum of prices that nobody is shown says them
    if hidden or totals[0] is None or totals[1] is None or totals[0][0] != totals[1][0]:
        return None
    return BilledTotals(totals[0][0], totals[0][1], totals[1][1])


def _total(side: ForecastedPlan, first: str) -> tuple[str, int] | None:
    """The currency and the sum, in minor units, of the invoices that the forecast has for a contract."""
    contract = next((each for each in side.plan.contracts if each.first_order == first), None)
    if contract is None or side.outlook is None:
        return None
    total = total_of(each for each in side.outlook.forecast.invoices if each.contract == contract.id)
    return None if total is None else (contract.currency, total)


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
            yield _Found(_call(call, change, differences, after.title(call, before)), contracts)
    for name, call in before.calls.items():
        if name not in after.calls:
            reused = after.reused_for(call)
            differences = _other_side(call, reused, before, after, made_by_new=False)
            gone = _call(call, "reused" if reused else "removed", differences, before.title(call, after))
            yield _Found(gone, before.needed_by(name))
    yield from _reused(before, after)


def _call(call: Call, change: str, differences: Iterable[Difference], title: str) -> CallDifference:
    ordered = sorted(differences, key=lambda each: GRAVEST.index(each.kind))
    return CallDifference(call.id, call.resource, call.action, change, title, tuple(ordered))


def _changed(name: str, before: Side, after: Side) -> list[Difference]:
    """The differences of a call that both plans make."""
    old, new = before.calls[name], after.calls[name]
    out = list(ParameterComparison(before, after, Shown.of(old), Shown.of(new)).differences())
    if old.path != new.path:
        out.append(Difference(ChangeClass.IDENTITY, "changed", "/path", old.path, new.path))
    out += _stores(old, new)
    waits = [sorted(side.waits_for(name) & other.calls.keys()) for side, other in ((before, after), (after, before))]
    if waits[0] != waits[1]:
        out.append(Difference(ChangeClass.BILLING, "changed", "/depends_on", waits[0], waits[1]))
    return out


def _stores(old: Call, new: Call) -> Iterator[Difference]:
    """Differences of the write-back to Salesforce."""
    places = [
        {(each.object, each.id, each.field): (at, each) for at, each in enumerate(side.store)} for side in (old, new)
    ]
    for place in dict.fromkeys((*places[1], *places[0])):
        was, now = places[0].get(place), places[1].get(place)
        if was and now and was[1].value == now[1].value:
            continue
        change = "changed" if was and now else "added" if now else "removed"
        yield Difference(
            ChangeClass.IDENTITY, change, f"/store/{(now or was or (0,))[0]}", was and was[1], now and now[1]
        )


def _other_side(call: Call, reused: Reused | None, before: Side, after: Side, *, made_by_new: bool) -> list[Difference]:
    """The differences of a call that one plan makes; the other one uses an object again instead, or does nothing."""
    side = after if made_by_new else before
    params = side.params(Shown.of(call))
    if reused is None:
        kind = class_of_object(call.resource, call.action, params)
        return [
            Difference(kind, "added", "", None, params, rule=call.rule(""))
            if made_by_new
            else Difference(kind, "removed", "", params, None, old_rule=call.rule(""))
        ]
    values = [{"reuse": reused.id}, {"create": call.id}]
    old, new = values if made_by_new else reversed(values)
    out = [Difference(ChangeClass.IDENTITY, "changed", "", old, new)]
    stand_in, made = Shown(call.resource, reused.expected or {}, call.id, call.sensitive), Shown.of(call)
    pair = (stand_in, made) if made_by_new else (made, stand_in)
    for each in ParameterComparison(before, after, *pair).differences():
        unknown = (each.old if made_by_new else each.new) is None
        # What an object in Stripe says is not in the plan, beyond the figures that the records expect of it.
        if each.kind is ChangeClass.BILLING and not (unknown and call.resource in ("product", "price", "coupon")):
            out.append(each)
    return out


def _reused(before: Side, after: Side) -> Iterator[_Found]:
    """Differences of the objects that both plans use again: another object, or other figures expected of it."""
    for new in after.reused.values():
        old = before.reused_like(new)
        if old is None:
            continue
        out: list[Difference] = []
        if old.id != new.id:
            out.append(Difference(ChangeClass.IDENTITY, "changed", "/id", old.id, new.id))
        pair = (Shown(new.resource, each.expected or {}) for each in (old, new))
        out += ParameterComparison(before, after, *pair).differences()
        if out:
            name = f"{new.resource}/{new.source.id if new.source else new.id}"
            call = CallDifference(name, new.resource, "reuse", "changed", "", tuple(out))
            yield _Found(call, after.using(new.id) | before.using(old.id))
