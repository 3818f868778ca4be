"""From a bundle to contracts: the one way into the contract model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..diagnostics import Diagnostic
from ..records import Bundle, Gap, Missing, Record
from .agreement import currency_of, mixed_kinds
from .context import Context
from .decisions import with_decisions
from .evergreen import evergreen_contract
from .known_state import INVOICE, SCHEDULE, SUBSCRIPTION, id_on
from .lines import OrderLines, read_lines
from .membership import Membership, memberships
from .model import Contract
from .older_orders import takeover_of
from .one_time import one_time_contract
from .renewable import renewable_contract
from .settings import Settings
from .terms import Reader


@dataclass(frozen=True, slots=True)
class Assembly:
    """The contracts of a bundle, each whole, and everything that was found; a contract with an error is not there.

    `priced` is what each line is worth in all, by its id, whose price a rule takes from another field than CPQ's.
    """

    contracts: tuple[Contract, ...]
    findings: tuple[Diagnostic, ...]
    priced: Mapping[str, Decimal] = field(default_factory=dict)


def assemble(
    bundle: Bundle,
    reader: Reader,
    settings: Settings,
    selected: Callable[[Record], bool] = lambda _order: True,
    missing: Sequence[Missing] = (),
    *,
    whole: bool = False,
) -> Assembly:
    """The contracts that the orders of a bundle belong to, each with its initial order and all its amendments.

    `selected` is the `sync` rule, asked for every order of a contract. `missing` is what the orders of a preview lack, whose
    drafts need not fulfil it yet. With `whole`, schedules have all their phases, whatever Stripe takes at once.
    """
    drafts = {each.order for each in missing if each.draft}
    context = Context(bundle, reader, settings, lambda order: order.id in drafts or selected(order), whole)
    for each in missing:
        _preview(context, each, selected)
    gaps: dict[Any, Gap] = {}
    before = bundle.records.noting(gaps)
    found = memberships(context)
    contracts = [] if gaps else [_contract(context, each) for each in found]
    bundle.records.noting(before)
    if gaps:
        # What is not told decides which orders belong together and what they hold: all else follows from it.
        previewed = [each for each in context.findings if each.code == "N505"]
        context.findings[:] = [*previewed, *(reader.not_told(each) for each in gaps.values())]
        contracts = []
    return Assembly(
        tuple(each for each in contracts if each is not None), tuple(dict.fromkeys(context.findings)), context.priced
    )


def _preview(context: Context, missing: Missing, selected: Callable[[Record], bool]) -> None:
    """Says what an order of a preview lacks before it can be planned in earnest."""
    order = context.bundle.records.find(missing.order)
    what = list(missing.what)
    if order is not None and missing.draft and not selected(order):
        what.append("the sync rule does not select it, not even when it is activated")
    context.report(
        "N505",
        f"{order} {'is a draft, planned as if it were activated' if missing.draft else 'is activated, and not complete'}",
        order,
        notes=tuple(what),
        fix="plan it again, without --preview, when nothing of this is missing",
    )


def _contract(context: Context, membership: Membership) -> Contract | None:
    order = membership.initial
    since = len(context.findings)
    account = _account(context, order)
    currency = currency_of(context, order)
    if account is None or currency is None:
        return None
    lines = read_lines(context, order, currency)
    _check_initial(context, order, lines, since)
    if context.stopped(since):
        return None
    one_time = not lines.recurring
    planned = id_on(context, order, *((INVOICE,) if one_time else (SCHEDULE, SUBSCRIPTION))) is not None
    takeover = takeover_of(context, membership, planned=planned, one_time=one_time)
    if takeover is None:
        return None
    if one_time:
        for each in membership.amendments:
            context.report(
                "E562",
                f"{each} amends {order}, which is billed once",
                each,
                fix="sell what is added on a new order",
            )
        contract = one_time_contract(context, membership, account, currency, lines)
    else:
        make = evergreen_contract if lines.evergreen else renewable_contract
        contract = make(context, membership, account, currency, lines, takeover)
    return with_decisions(context, contract) if contract is not None else None


def _check_initial(context: Context, order: Record, lines: OrderLines, since: int) -> None:
    """What an initial order as a whole must be; `since` is how many findings there were before its lines were read."""
    for line in lines.reductions + tuple(each for each in lines.one_time if each.quantity < 0):
        context.report(
            "E558",
            f"{line} has the quantity {line.quantity}, and nothing can be taken from a new order",
            line.record,
            fix="sell a quantity above 0; a negative line belongs to an amendment",
        )
    if not lines.all and not context.stopped(since):
        what = "every line is left out" if lines.skipped else "the order has no lines"
        context.report("E559", f"{order} has nothing to bill: {what}", order, fix="pull the order with its lines")
    mixed_kinds(context, order, lines)


def _account(context: Context, order: Record) -> Record | None:
    """The account of an order; never another one that is at hand."""
    account = context.follow("contract", order, "account")
    if account is None and not context.peeked("contract", order, "account"):
        name = context.lookup_field("contract", order, "account")
        context.report(
            "E556", f"{order} has no account: {name} is empty", order, fix="give the order an account in Salesforce"
        )
    return account
