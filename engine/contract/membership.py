"""Which orders make one contract: the initial order, and the amendments of the contract record that was made of it.

An order is an amendment when it amends a contract record (in Salesforce CPQ its opportunity names one; the order's type
can be edited and is not trusted). The quote of the contract record leads to the initial order; a pointer of its own to an
order moves with amendments. A renewal is a contract of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ..records import Record, id_key
from .context import Context


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """The orders of one contract; the amendments in the order of their start, last change and id.

    `waiting` says that an amendment is not selected, so that none of them is planned.
    """

    initial: Record
    quote: Record
    contract: Record | None
    amendments: tuple[Record, ...] = ()
    waiting: bool = False


def memberships(context: Context) -> list[Membership]:
    """One membership for each contract that the orders of the bundle belong to, each contract once."""
    found: dict[str, Membership] = {}
    for order_id in context.bundle.order_ids:
        order = context.bundle.records.find(order_id)
        if order is None:
            continue
        initial = initial_order(context, order)
        if initial is None:
            continue
        before = found.get(initial.id)
        if before is not None and order in (before.initial, *before.amendments):
            continue
        membership = _membership(context, initial, asked=order)
        # The initial order may not tell of a contract that an amendment names: none that was asked for is passed over.
        if membership is not None and (before is None or len(membership.amendments) > len(before.amendments)):
            found[initial.id] = membership
    return list(found.values())


def amended_contract(context: Context, order: Record) -> Record | None:
    """The contract that an order amends; None for an initial order and a renewal."""
    if is_renewal(context, order):
        return None
    return context.follow("contract", order, "amends")


def is_renewal(context: Context, order: Record) -> bool:
    """Whether an order renews an older contract."""
    return bool(context.read("contract", order).get("renewal"))


def _names_contract(context: Context, order: Record) -> str | None:
    """The id of the contract that an order amends, also when its record is not in the bundle."""
    value = context.named("contract", order, "amends")
    return value if value and not is_renewal(context, order) else None


def _of_quote(context: Context, quote_id: str) -> list[Record]:
    """The orders that were made from a quote and start a contract."""
    return [
        each
        for each in context.referring("contract", "quote", quote_id)
        if not context.read("contract", each).peek("deleted") and _names_contract(context, each) is None
    ]


def initial_order(context: Context, order: Record) -> Record | None:
    """The order that starts the contract of an order; None and a finding when it cannot be told."""
    if context.follow("contract", order, "quote") is None:
        value = context.named("contract", order, "quote")
        name = context.lookup_field("contract", order, "quote")
        what = f"{name} {value} is not among the records" if value else f"{name} is empty"
        context.report(
            "E501",
            f"{order} has no quote: {what}",
            order,
            fix="make the order from a quote of CPQ, or add the quote to the bundle",
        )
        return None
    amended = _names_contract(context, order)
    if amended is None:
        return order
    contract = amended_contract(context, order)
    quote_id = context.named("agreement", contract, "quote") if contract else None
    if quote_id is None:
        what = f"{contract} has no quote" if contract else f"contract {amended} is not among the records"
        _unknown(context, order, what)
        return None
    orders = _of_quote(context, quote_id)
    if not orders:
        _unknown(context, order, f"no order of quote {quote_id} of {contract} is among the records")
        return None
    started = _started(context, contract, orders) if contract and len(orders) > 1 else orders
    if len(started) != 1:
        names = ", ".join(str(each) for each in orders)
        which = "more than one of them has" if started else "none of them has"
        context.report(
            "E504",
            f"{order} amends {contract}, whose quote {quote_id} has {len(orders)} orders, {names}: "
            f"{which} lines that its amendments revise or that carry the contract",
            order,
            fix="which order did the contract come from? Its lines name the contract, or are revised by an amendment",
        )
        return None
    return started[0]


def _started(context: Context, contract: Record, orders: Sequence[Record]) -> list[Record]:
    """Of several orders of one quote, those that a contract came from.

    Split orders are a documented feature of CPQ: those whose lines the amendments revise, else those whose lines carry
    the contract. The others are contracts of their own.
    """
    revised = {
        id_key(value)
        for order in context.referring("contract", "amends", contract.id)
        for line in context.referring("line", "of", order.id)
        if (value := context.peeked("line", line, "revises"))
    }
    lines = {order.id: context.referring("line", "of", order.id) for order in orders}
    found = [each for each in orders if any(id_key(line.id) in revised for line in lines[each.id])]
    if found:
        return found
    carried = id_key(contract.id)
    return [
        each
        for each in orders
        if any(id_key(context.peeked("line", line, "agreement") or "") == carried for line in lines[each.id])
    ]


def _unknown(context: Context, order: Record, what: str) -> None:
    context.report(
        "E502",
        f"the initial order that {order} amends is not known: {what}",
        order,
        fix="pull the order again, so that the bundle holds its contract and initial order, or make it from a quote of CPQ",
    )


def _membership(context: Context, initial: Record, asked: Record) -> Membership | None:
    quote = context.follow("contract", initial, "quote")
    if quote is None:
        initial_order(context, initial)
        return None
    if not context.selected(initial):
        if asked.id == initial.id:
            context.report("N501", f"{initial} is not selected by the sync rule and is not planned", initial)
        else:
            context.report(
                "E503",
                f"{asked} amends {initial}, which the sync rule does not select",
                asked,
                fix="let the sync rule select the initial order, so that it is planned before its amendments",
            )
        return None
    since = len(context.findings)
    contract = amended_contract(context, asked) or _contract_of(context, initial, quote)
    amendments = _amendments(context, contract) if contract else []
    if context.stopped(since):
        return None
    left_out = [each for each in amendments if not context.selected(each)]
    for each in left_out:
        context.report(
            "N502",
            f"{each} is not selected by the sync rule, so none of the {len(amendments)} amendments of {initial} is planned",
            each,
        )
    return Membership(initial, quote, contract, tuple(amendments), bool(left_out))


def _contract_of(context: Context, initial: Record, quote: Record) -> Record | None:
    """The contract that CPQ made of an initial order; an order that is not contracted, or whose contract is gone, has none."""
    terms = context.read("contract", initial)
    if not terms.get("contracted") and "contracted" in terms.rules:
        return None
    contracts = [
        each
        for each in context.referring("agreement", "quote", quote.id)
        if not context.read("agreement", each).peek("deleted")
    ]
    if len(contracts) > 1:
        names = ", ".join(str(each) for each in contracts)
        context.report(
            "E504",
            f"{initial} has {len(contracts)} contracts: {names}",
            initial,
            fix="let one order have one contract",
        )
        return None
    found = contracts[0] if contracts else None
    orders = _of_quote(context, quote.id)
    if found is not None and len(orders) > 1:
        return found if initial in _started(context, found, orders) else None
    return found


def _amendments(context: Context, contract: Record) -> list[Record]:
    orders: list[Record] = []
    for order in context.referring("contract", "amends", contract.id):
        if context.read("contract", order).peek("deleted") or is_renewal(context, order):
            continue
        if context.follow("contract", order, "quote") is None:
            context.report(
                "E501",
                f"{order} amends {contract} and has no quote",
                order,
                fix="make the order from a quote of CPQ, or add the quote to the bundle",
            )
            continue
        orders.append(order)
    return sorted(orders, key=lambda each: _sequence(context, each))


def _sequence(context: Context, order: Record) -> tuple[date, str, str]:
    terms = context.read("contract", order)
    changed: datetime | None = terms.peek("changed")
    return (terms.get("start") or date.max, changed.isoformat() if changed else "", order.id)
