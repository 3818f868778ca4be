"""Finding what a call has made already, when its key no longer tells.

Stripe forgets idempotency keys after a day, and repeats an error of its own for as long as it knows the key. A call that is
sent again then could make its object twice, so it is looked for by what it was made with. Lists are asked where an object has
a customer, product or coupon; searches lag by up to a minute, so where there is no such list the newest objects are read besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from ..connect import Refusal, StripeClient
from ..diagnostics import OrderplanError
from ..plan import Call

_BY: Mapping[str, tuple[str, ...]] = {
    "price": ("product",),
    "subscription_schedule": ("customer",),
    "subscription": ("customer",),
    "invoice_item": ("customer",),
    "invoice": ("customer",),
    "promotion_code": ("coupon",),
}
"""The parameter by which the list of a resource is narrowed."""

_SEARCHED = ("customer", "product")
_NEWEST = 1000
_NEEDED = ("metadata", "customer", "product", "currency")
"""What must be told again by an object before it can be the one that a call made."""

_CHANGING = ("phases", "items", "add_invoice_items", "active")

_NEVER_SHOWN = frozenset({"proration_behavior", "proration_date", "payment_behavior", "off_session", "expand"})
"""How a change is to be made, which no object tells afterwards."""

_OVER: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "finalize": lambda held: held.get("status") != "draft",
    "void": lambda held: held.get("status") == "void",
    "pay": lambda held: held.get("status") == "paid",
    "cancel": lambda held: held.get("status") in ("canceled", "cancelled"),
    "release": lambda held: held.get("status") == "released",
    "delete": lambda held: bool(held.get("deleted")),
}
"""What tells that an operation has taken place, for those that cannot be carried out twice."""


def made_by(
    client: StripeClient,
    call: Call,
    path: str,
    params: Mapping[str, Any],
    taken: Callable[[str], bool],
    own: frozenset[str] = frozenset(),
) -> Mapping[str, Any] | None:
    """The object as a call made or left it, when the call has been carried out; None when it has not been.

    `taken` says which objects other calls have made. `own` are the metadata keys that the plan writes: an object that has one
    of them which this call does not write is another one, such as the clone of a price.

    Raises:
        OrderplanError: E922, when Stripe does not tell.
    """
    if call.action != "create":
        return _changed(client, call, path, params)
    # Phases and items are changed by later calls; whose object it is and for what record does not change.
    lasting = (
        {name: each for name, each in params.items() if name not in _CHANGING} if params.get("metadata") else params
    )
    for each in _candidates(client, call, path, params):
        others = (each.get("metadata") or {}).keys() & own - (params.get("metadata") or {}).keys()
        if not each.get("deleted") and not others and says(each, lasting) and not taken(str(each["id"])):
            return each
    return None


def says(held: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Whether an object holds what was sent, as far as Stripe shows it; its metadata and whose it is must be there."""
    if any(name in sent and name not in held for name in _NEEDED):
        return False
    if "metadata" in sent and any(
        (held["metadata"] or {}).get(k) != str(v) for k, v in sent["metadata"].items() if v != ""
    ):
        return False
    return all(_agrees(value, held[name]) for name, value in sent.items() if name != "metadata" and name in held)


def _agrees(sent: Any, held: Any) -> bool:
    if isinstance(held, Mapping) and isinstance(held.get("data"), list):
        held = held["data"]
    if isinstance(sent, Mapping):
        return isinstance(held, Mapping) and all(
            _agrees(each, held[name]) for name, each in sent.items() if name in held
        )
    if isinstance(sent, list | tuple):
        same = isinstance(held, list | tuple) and len(sent) == len(held)
        return same and all(map(_agrees, sent, held))
    if isinstance(held, Mapping):
        held = held.get("id", sent)
    if sent in ("", None) or held is None or sent in ("now", "inf"):
        return True
    return bool(_plain(sent) == _plain(held))


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)


def _changed(client: StripeClient, call: Call, path: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
    base = "/".join(path.split("/")[:4])
    held = client.get(base)
    if isinstance(held, Refusal):
        if held.is_missing and call.action == "delete":
            return {"id": base.rpartition("/")[2], "deleted": True}
        raise _untold(call, held)
    over = _OVER.get(call.action)
    if over is not None:
        return held.body if over(held.body) else None
    shown = params.keys() - _NEVER_SHOWN
    return held.body if says(held.body, params) and shown <= held.body.keys() else None


def _candidates(client: StripeClient, call: Call, path: str, params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if call.resource in _SEARCHED and params.get("metadata"):
        query = " AND ".join(f"metadata['{name}']:'{_quoted(str(value))}'" for name, value in sorted(_telling(params)))
        found = client.get(f"{path}/search", {"query": query})
        if not isinstance(found, Refusal):
            yield from found.body.get("data") or ()
    narrowed = {name: params[name] for name in _BY.get(call.resource, ()) if isinstance(params.get(name), str)}
    if call.resource == "subscription":
        narrowed["status"] = "all"
    every = client.all(path, narrowed)
    for each in every if narrowed else islice(every, _NEWEST):
        if isinstance(each, Refusal):
            raise _untold(call, each)
        yield each


def _telling(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The metadata that a search asks for: what is short and plain, so that the query is one that Stripe reads."""
    chosen = [(name, value) for name, value in params["metadata"].items() if value != "" and len(str(value)) <= 100]  # noqa: PLR2004
    yield from chosen[:5]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _untold(call: Call, refusal: Refusal) -> OrderplanError:
    return OrderplanError(
        "E922",
        f"Stripe does not tell whether {call.id} was carried out: {refusal.message}",
        "run it again when Stripe answers; nothing is sent before that is known",
    )
