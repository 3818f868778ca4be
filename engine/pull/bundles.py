"""Bundles of whole contracts: the records of an org, and what Stripe knows of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..connect import OrgClient, StripeClient
from ..diagnostics import Diagnostic
from ..plan.planner import Planner
from .fields import fields_of
from .records import Reader, reached
from .stripe_part import refreshed

FORMAT_VERSION = "1.1"


@dataclass(frozen=True, slots=True)
class Pulled:
    """The bundles of contracts, what could not be read, the orders that are not in the org, and the queries that it took."""

    bundles: tuple[dict[str, Any], ...]
    findings: tuple[Diagnostic, ...]
    unknown: tuple[str, ...]
    queries: int


def order_ids_where(org: OrgClient, planner: Planner, since: datetime.datetime | None = None) -> list[str]:
    """The orders that the rules' `sync` predicate takes, of those that were changed since a moment.

    Raises:
        OrderplanError: E923, when the org does not answer.
    """
    rules = planner.program.rules
    conditions = []
    if rules.sync is not None:
        conditions.append(f"({rules.sync.soql})")
    if since is not None:
        changed = planner.catalogue.facts["changed"]
        conditions.append(f"{changed} >= {since.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}")
    return _reader(org, planner).where(" AND ".join(conditions) or "Id != null")


def pull_contracts(
    org: OrgClient,
    stripe: StripeClient | None,
    planner: Planner,
    order_ids: Sequence[str],
    as_of: datetime.datetime,
) -> Pulled:
    """The contracts of orders, a bundle each, with their state in Stripe where there is a client for it.

    Raises:
        OrderplanError: E922 and E923, when a platform does not answer.
    """
    reader = _reader(org, planner)
    asked = tuple(dict.fromkeys(order_ids))
    reader.read(asked)
    orders = reader.rows.get(planner.program.rules.bindings.own("order"), {})
    by_key = {each[:15]: each for each in orders}
    account = stripe.account() if stripe is not None else None
    fields = fields_of(planner.program, planner.catalogue)
    bundles: list[dict[str, Any]] = []
    taken: set[str] = set()
    for each in asked:
        order = by_key.get(each[:15])
        if order is None or order in taken:
            continue
        rows = reached(reader.rows, fields, order)
        own = [one for one in asked if by_key.get(one[:15]) in rows.get(fields.orders, {})]
        taken |= {by_key[one[:15]] for one in own}
        bundle = _bundle(reader, rows, sorted(by_key[one[:15]] for one in own), as_of)
        if stripe is not None and account is not None:
            flat = [row for those in rows.values() for row in those.values()]
            bundle["stripe"] = refreshed(stripe, planner.schema, flat)
            bundle["stripe_account"] = {"id": account.id, "livemode": stripe.login.livemode}
        bundles.append(bundle)
    unknown = tuple(each for each in asked if each[:15] not in by_key)
    return Pulled(tuple(bundles), tuple(reader.findings), unknown, reader.queries)


def _bundle(
    reader: Reader, rows: dict[str, dict[str, Any]], order_ids: Iterable[str], as_of: datetime.datetime
) -> dict[str, Any]:
    return {
        "format": "orderplan.bundle",
        "format_version": FORMAT_VERSION,
        "as_of": as_of.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "order_ids": list(order_ids),
        "queried": reader.queried,
        "records": {
            reader.outer(name): [
                {reader.outer(field): value for field, value in row.items()} for _, row in sorted(those.items())
            ]
            for name, those in sorted(rows.items())
        },
    }


def _reader(org: OrgClient, planner: Planner) -> Reader:
    fields = fields_of(planner.program, planner.catalogue)
    return Reader(org, fields, planner.catalogue, planner.program.rules.namespace)
