"""One round of `sync`: which orders changed, their contracts, their plans, and the plans applied."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..apply import Given, Session, findings_of
from ..diagnostics import OrderplanError, has_errors
from ..forecast import ForecastedPlan
from ..plan import Plan
from ..plan.planner import Planner
from ..pull import dumped, order_ids_where, pull_contracts
from .prorations import invoice_waiting
from .state import SyncState
from .tracing import span

OVERLAP = datetime.timedelta(minutes=5)
"""How far a round reads back beyond the one before: clocks differ, and a change is seen only when it is committed."""

_ORDERS = "orders"
_PART = 50


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: contracts that were planned, applied, refused, and that failed."""

    planned: int = 0
    applied: int = 0
    refused: int = 0
    failed: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing is left for a person or for a later round."""
        return not (self.refused or self.failed)


def one_round(
    session: Session,
    planner: Planner,
    state: SyncState,
    tell: Callable[[Mapping[str, Any]], None],
    *,
    dry: bool = False,
    since: datetime.datetime | None = None,
) -> Round:
    """Reads what changed, plans it and applies it; a contract that fails is put off and stops no other.

    Raises:
        OrderplanError: E922 and E923, when a platform does not answer at all.
    """
    org = session.org
    assert org is not None  # noqa: S101 - sync writes back
    begun = session.moment()
    mark = since or state.watermark(_ORDERS)
    changed = order_ids_where(org, planner, mark - OVERLAP if mark is not None else None)
    due = [each.order for each in state.due(begun)]
    orders = list(dict.fromkeys([*changed, *due]))
    tell({"event": "round", "changed": len(changed), "due": len(due), "since": mark.isoformat() if mark else None})
    found = Round()
    for part in (orders[start : start + _PART] for start in range(0, len(orders), _PART)):
        if session.stop.is_set():
            return found
        with span("orderplan.orders", count=len(part)):
            one = _some(session, planner, state, tell, part, begun, dry=dry)
        found = Round(*(getattr(found, name) + getattr(one, name) for name in Round.__slots__))
    if not dry:
        with span("orderplan.prorations"):
            for event in invoice_waiting(session.client, planner.program.marks):
                tell(event)
        state.read_up_to(_ORDERS, begun)
    usage = org.usage
    limits = {"org_requests": f"{usage.used} of {usage.allowed}"} if usage else {}
    tell({"event": "round ended", **{name: getattr(found, name) for name in Round.__slots__}, **limits})
    return found


def _some(
    session: Session,
    planner: Planner,
    state: SyncState,
    tell: Callable[[Mapping[str, Any]], None],
    orders: Sequence[str],
    moment: datetime.datetime,
    *,
    dry: bool,
) -> Round:
    assert session.org is not None  # noqa: S101 - sync writes back
    pulled = pull_contracts(session.org, session.client, planner, orders, moment)
    for each in pulled.findings:
        tell({"event": "finding", "code": each.code, "message": each.message})
    for gone in pulled.unknown:
        state.settled(gone)
    refused = 0
    given: list[tuple[Given, list[str]]] = []
    for bundle in pulled.bundles:
        names = [str(each) for each in bundle["order_ids"]]
        plan = planner.plan(planner.bundle(dumped(bundle).encode(), ",".join(names)))
        if not plan.sound:
            errors = [each for each in plan.diagnostics if each.is_error]
            again = _put_off(state, names, moment, errors[0].code if errors else "", dry=dry)
            told = [{"code": each.code, "message": each.message} for each in errors]
            tell({"event": "refused", "orders": names, "errors": told, "again": again})
            refused += 1
        elif plan.calls:
            given.append((Given(f"sync {names[0]}", ForecastedPlan(plan, None).to_document(), plan), names))
            tell({"event": "planned", "orders": names, **plan.summary, "digest": plan.digest})
        elif not dry:
            _settled(state, names, plan)
    if dry:
        return Round(planned=len(given), refused=refused)
    done, failed = _applied(session, state, tell, given, moment)
    return Round(len(given), done, refused, failed)


def _applied(
    session: Session,
    state: SyncState,
    tell: Callable[[Mapping[str, Any]], None],
    given: Sequence[tuple[Given, list[str]]],
    moment: datetime.datetime,
) -> tuple[int, int]:
    begun: list[tuple[Given, list[str]]] = []
    failed = 0
    for each, names in given:
        held = session.holders(each.plan)
        if held:
            # What an earlier round began is ended or given up first, and the order is looked at again: it has changed by then.
            ended = [session.give_way(one) for one in held]
            free = all(ended)
            for name in names:
                if free:
                    state.later(name, moment, "begun earlier")
                else:
                    state.failed(name, moment, "E935")
            tell({"event": "ended earlier plan", "orders": names, "free": free})
            failed += not free
            continue
        try:
            against = session.refusals(each)
            against = against if has_errors(against) else [*against, *session.submit(each)]
        except OrderplanError as fault:
            tell({"event": "failed", "orders": names, "code": fault.code, "message": fault.message})
            _put_off(state, names, moment, fault.code)
            failed += 1
            continue
        if has_errors(against):
            again = _put_off(state, names, moment, against[0].code)
            told = [{"code": one.code, "message": one.message} for one in against]
            tell({"event": "failed", "orders": names, "errors": told, "again": again})
            failed += 1
        else:
            begun.append((each, names))
    session.wait([each.plan.digest for each, _ in begun])
    done = 0
    for each, names in begun:
        states = session.states(each.plan.digest)
        if all(one.state == "done" for one in states):
            _settled(state, names, each.plan)
            tell({"event": "applied", "orders": names, "digest": each.plan.digest})
            done += 1
            continue
        found = [one for state_ in states for one in findings_of(state_)]
        again = _put_off(state, names, moment, found[0].code if found else "")
        told = [{"code": one.code, "message": one.message} for one in found]
        tell({"event": "failed", "orders": names, "errors": told, "again": again})
        failed += 1
    return done, failed


def _put_off(
    state: SyncState, orders: Sequence[str], moment: datetime.datetime, why: str, *, dry: bool = False
) -> str | None:
    if dry:
        return None
    return max((state.failed(each, moment, why) for each in orders), default=moment).isoformat()


def _settled(state: SyncState, orders: Sequence[str], plan: Plan) -> None:
    """Nothing is left to do for orders, unless later phases of a schedule follow when there is room for them."""
    rooms = [datetime.datetime.fromisoformat(each.since) for each in plan.follows]
    for each in orders:
        if rooms:
            state.later(
                each, min(room if room.tzinfo else room.replace(tzinfo=datetime.UTC) for room in rooms), "follows"
            )
        else:
            state.settled(each)
