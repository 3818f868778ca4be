"""Lists and searches of Stripe's objects: filters, the newest first, pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .answers import RefusalError, missing
from .store import Record, Store

_MOST, _USUAL = 100, 10
_FILTERS = {
    "billing_meter": ("status",),
    "coupon": (),
    "customer": ("email", "test_clock"),
    "invoice": ("customer", "status", "collection_method", "subscription"),
    "invoice_item": ("customer", "invoice", "pending"),
    "price": ("active", "currency", "product", "type", "lookup_keys", "recurring"),
    "product": ("active", "ids", "url"),
    "promotion_code": ("active", "code", "coupon", "customer"),
    "subscription": ("customer", "price", "status", "collection_method", "test_clock"),
    "subscription_item": ("subscription",),
    "subscription_schedule": ("customer", "scheduled", "canceled_at", "completed_at", "released_at"),
    "tax_rate": ("active", "inclusive"),
}
_SEARCHED = ("customer", "invoice", "price", "product", "subscription")
_CLAUSE = re.compile(
    r"""\s*(?P<not>-)?(?P<name>\w+)(?:\[(?P<quote>['"])(?P<key>[^'"]+)(?P=quote)\])?\s*:\s*"""
    r"""(?P<mark>['"])(?P<value>(?:[^'"\\]|\\.)*)(?P=mark)\s*(?:(?P<word>AND|OR)\s+|$)""",
    re.IGNORECASE,
)
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}


def listed(store: Store, resource: str, url: str, params: Record) -> Record:
    """A page of a list.

    Raises:
        RefusalError: for a filter that the list does not have.
    """
    records = [each for each in reversed(_records(store, resource)) if not each.get("deleted")]
    limit = _limit(params)
    after, before = params.pop("starting_after", None), params.pop("ending_before", None)
    for name, value in params.items():
        if name != "created" and name not in _FILTERS[resource]:
            raise RefusalError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
        records = [each for each in records if _passes(each, resource, name, value)]
    if resource == "subscription" and "status" not in params:
        records = [each for each in records if each["status"] != "canceled"]
    places = {each["id"]: at for at, each in enumerate(records)}
    for cursor in (after, before):
        if cursor is not None and cursor not in places:
            raise missing(resource.replace("_", " "), cursor, "starting_after" if after else "ending_before", 400)
    start = places[after] + 1 if after is not None else 0
    if before is not None:
        start, end = max(0, places[before] - limit), places[before]
        more = places[before] > limit
    else:
        end, more = start + limit, start + limit < len(records)
    return {"object": "list", "data": records[start:end], "has_more": more, "url": url}


def searched(store: Store, resource: str, url: str, params: Record, lag: float) -> Record:
    """What a search query finds, of what was last changed at least `lag` seconds ago.

    Raises:
        RefusalError: for a query that Stripe would not read, or a resource that has no search.
    """
    if resource not in _SEARCHED:
        raise RefusalError(f"Unrecognized request URL (GET: {url}/search).", status=404)
    query = params.get("query", "")
    clauses: list[re.Match[str]] = []
    at = 0
    while at < len(query) or not clauses:
        match = _CLAUSE.match(query, at)
        if match is None:
            raise RefusalError("We were unable to parse your search query.", param="query")
        clauses.append(match)
        at = match.end()
    words = {each["word"].upper() for each in clauses if each["word"]}
    if len(words) > 1:
        raise RefusalError("A query combines its clauses with AND or with OR, not with both.", param="query")
    holds = any if words == {"OR"} else all
    records = [
        each
        for each in reversed(_records(store, resource))
        if not each.get("deleted")
        and store.age(resource, each["id"]) >= lag
        and holds(_found(each, clause) for clause in clauses)
    ]
    limit = _limit(params)
    start = int(params["page"]) if str(params.get("page", "")).isdigit() else 0
    more = start + limit < len(records)
    page = {"object": "search_result", "data": records[start : start + limit], "has_more": more, "url": f"{url}/search"}
    return {**page, "next_page": str(start + limit) if more else None}


def _records(store: Store, resource: str) -> list[Record]:
    if resource != "subscription_item":
        return store.all(resource)
    return [item for each in store.all("subscription") for item in each["items"]["data"]]


def item_of(store: Store, record_id: str) -> Record | None:
    """A subscription item by its id; items are kept inside their subscriptions."""
    return next((each for each in _records(store, "subscription_item") if each["id"] == record_id), None)


def _limit(params: Record) -> int:
    text = str(params.pop("limit", _USUAL))
    if not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise RefusalError(f"Invalid integer: {text}. A page has 1 to {_MOST}.", param="limit")
    return int(text)


def _found(record: Record, clause: re.Match[str]) -> bool:
    value: Any = record.get(clause["name"])
    if clause["key"]:
        value = (value or {}).get(clause["key"])
    text = str(value).lower() if isinstance(value, bool) else value
    equal: bool = text == re.sub(r"\\(.)", r"\1", clause["value"])
    return equal is not bool(clause["not"])


def _passes(record: Record, resource: str, name: str, value: Any) -> bool:
    held: Any = record.get(name)
    if isinstance(value, dict) and set(value) <= set(_COMPARE):
        moments = all(str(each).isdigit() for each in value.values())
        return moments and held is not None and all(_COMPARE[word](held, int(each)) for word, each in value.items())
    if isinstance(value, dict):  # recurring[interval]=month
        return all(str((held or {}).get(key)) == each for key, each in value.items())
    if name in ("ids", "lookup_keys"):
        return record.get(name[:-1] if name == "lookup_keys" else "id") in value
    if name == "pending":
        return (record["invoice"] is None) is (value == "true")
    if name == "scheduled":
        return (record["status"] == "not_started") is (value == "true")
    if name == "price":
        return any(each["price"]["id"] == value for each in record["items"]["data"])
    if name == "coupon":
        return bool(record["promotion"].get("coupon") == value)
    if name == "subscription" and resource == "invoice":
        return bool(record.get("subscription") == value)
    if name == "status" and value == "all":
        return True
    return bool(value == (str(held).lower() if isinstance(held, bool) else str(held)))
