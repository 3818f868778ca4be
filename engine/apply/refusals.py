"""What stands against applying a plan, found before anything is sent."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..connect import Refusal, StripeClient
from ..diagnostics import Diagnostic, finding
from ..parameters import values
from ..plan import Plan
from ..plan.known import changed_object, departures
from .resolve import is_hidden

_PLACEHOLDER = re.compile(r"[a-z_]+_placeholder")
"""An id that rules give where nobody has said which object is meant, as `mtr_placeholder`."""


def unfit(plan: Plan, faults: Sequence[Diagnostic], name: str) -> Iterator[Diagnostic]:
    """What a plan says by itself: errors, a preview, an edited one, values that it hides."""
    if any(each.code == "W702" for each in faults):
        yield _never(name, "it was changed after it was made: its digest does not fit its calls", "make the plan again")
    if not plan.planned or not plan.sound:
        count = sum(each.is_error for each in plan.diagnostics)
        yield _never(
            name,
            f"it has {count or 'an'} error{'' if count in (0, 1) else 's'}",
            "`orderplan show` names them; correct them and plan again",
        )
    elif plan.preview:
        yield _never(name, "it is a preview: its orders are not activated", "activate the orders, and plan again")
    for call in plan.calls:
        for each in values(call.params):
            if isinstance(each, str) and _PLACEHOLDER.fullmatch(each):
                words = f"{call.id} names {each}, which stands for an object that nobody has named"
                yield _never(name, words, "name the object in the rules, as settings.usage_meter does for meters")
    hidden = [each.id for each in plan.calls if is_hidden(each)]
    if hidden:
        yield _never(
            name,
            f"it holds digests in place of sensitive values: {', '.join(hidden[:3])}",
            "save the plan with `orderplan plan --out FILE`, which keeps them",
        )


def wrong_account(plan: Plan, account: str, *, live: bool, name: str) -> Iterator[Diagnostic]:
    """Whether the plan was made for another account, or another mode of it, than the key opens."""
    stated = plan.account or {}
    fix = "use the key of the plan's account, or plan with a bundle of this one"
    if stated.get("id") and stated["id"] != account:
        yield finding("E932", f"{name} was made for {stated['id']}, and the key is of {account}", file=name, fix=fix)
    if isinstance(stated.get("livemode"), bool) and stated["livemode"] is not live:
        modes = {True: "live mode", False: "test mode"}
        yield finding(
            "E932",
            f"{name} was made for {modes[stated['livemode']]}, and the key is of {modes[live]}",
            file=name,
            fix=fix,
        )


def over(plan: Plan, moment: datetime.datetime, name: str) -> Iterator[Diagnostic]:
    """Whether the plan no longer holds at a moment of Stripe's clock."""
    if plan.holds_until and moment >= datetime.datetime.fromisoformat(plan.holds_until):
        yield finding(
            "E931",
            f"{name} held until {plan.holds_until}, and it is {moment:%Y-%m-%dT%H:%M:%SZ} at Stripe",
            file=name,
            notes=(plan.holds_because,),
            fix="plan again; what was made is used again",
        )


def stale(plan: Plan, client: StripeClient, name: str) -> Iterator[Diagnostic]:
    """Whether Stripe holds something else of the objects that the plan changes than the plan knew."""
    known = {(each.resource, each.id): each for each in plan.known}
    paths = {target: str(call.path) for call in plan.calls if (target := changed_object(call)) is not None}
    unknown = sorted(target[1] for target in paths if target not in known)
    if unknown:
        yield finding(
            "W930",
            f"{name} does not say what it knew of {', '.join(unknown)}: whether that changed since is not compared",
            file=name,
            fix="plan with a bundle that holds its state, as `orderplan pull` writes it",
        )
    for target, each in known.items():
        path = "/".join(paths[target].split("/")[:4]) if target in paths else None
        found = client.get(path) if path is not None else None
        if isinstance(found, Refusal):
            yield finding(
                "E933",
                f"{each.id}, which the plan changes, cannot be read in Stripe: {found.message}",
                file=name,
                fix="see what became of it, and plan again",
            )
        elif found is not None:
            yield from _departed(each.id, each.figures, found.body, name)


def unfinished(digest: str, plan_name: str, contract: str, held: str, held_name: str) -> Diagnostic:
    """Another plan of the contract was begun and has not come to its end."""
    return finding(
        "E935",
        f"the contract {contract} is held by the plan {held_name} ({held[:19]}…), which was begun and is not done",
        file=plan_name,
        notes=(f"this plan is {digest[:19]}…",),
        fix="end it with `orderplan apply --resume`, or give it up with `orderplan apply --cancel`, and plan again",
    )


def _departed(object_id: str, known: Mapping[str, Any], now: Mapping[str, Any], name: str) -> Iterator[Diagnostic]:
    changed = departures(known, now)
    if changed:
        notes = tuple(
            f"{each.at}: the plan knew {_shown(each.known)}, Stripe has {_shown(each.now)}" for each in changed[:10]
        )
        yield finding(
            "E933",
            f"{object_id} is no longer what the plan was made for",
            file=name,
            notes=notes,
            fix="pull the bundle again, and plan again",
        )


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return f"{len(value)} of them"
    return str(value)


def _never(name: str, why: str, fix: str) -> Diagnostic:
    return finding("E930", f"{name} is not applied: {why}", file=name, fix=fix)
