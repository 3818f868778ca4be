"""What is kept between the rounds of `sync`: how far the org was read, and which orders are to be looked at again when."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..apply.database import SCHEMA
from ..apply.journal import Journal

FIRST, LONGEST = 60, 6 * 3600
"""Seconds until an order is tried again: after its first failure, and at most."""


@dataclass(frozen=True, slots=True)
class Due:
    """An order that is to be looked at again, the attempts that it has had, and why."""

    order: str
    attempts: int
    at: datetime.datetime
    why: str


class SyncState:
    """The state of one account in the journal's database."""

    def __init__(self, journal: Journal, account: str) -> None:
        self._journal = journal
        self._account = account
        schema = None if journal.engine.dialect.name == "sqlite" else SCHEMA
        tables = sa.MetaData(schema=schema)
        self._marks = sa.Table(
            "watermarks",
            tables,
            sa.Column("account", sa.Text, primary_key=True),
            sa.Column("what", sa.Text, primary_key=True),
            sa.Column("at", sa.Text, nullable=False),
        )
        self._due = sa.Table(
            "due",
            tables,
            sa.Column("account", sa.Text, primary_key=True),
            sa.Column("source_order", sa.Text, primary_key=True),
            sa.Column("attempts", sa.Integer, nullable=False),
            sa.Column("at", sa.Text, nullable=False),
            sa.Column("why", sa.Text, nullable=False),
        )
        journal.in_transaction(tables.create_all)

    def watermark(self, what: str) -> datetime.datetime | None:
        """Up to when something was read; None when it never was."""
        query = sa.select(self._marks.c.at).where(self._marks.c.account == self._account, self._marks.c.what == what)
        found = self._journal.in_transaction(lambda connection: connection.execute(query).scalar())
        return datetime.datetime.fromisoformat(found) if found else None

    def read_up_to(self, what: str, at: datetime.datetime) -> None:
        """Notes up to when something was read."""
        names = {"account": self._account, "what": what}
        self._put(self._marks, names, {"at": at.isoformat()})

    def due(self, moment: datetime.datetime) -> list[Due]:
        """The orders whose time has come."""
        mine = self._due.c.account == self._account
        query = sa.select(self._due).where(mine, self._due.c.at <= moment.isoformat()).order_by(self._due.c.at)
        rows = self._journal.in_transaction(lambda connection: connection.execute(query).all())
        return [
            Due(each.source_order, each.attempts, datetime.datetime.fromisoformat(each.at), each.why) for each in rows
        ]

    def attempts(self, order: str) -> int:
        """The attempts that an order has had without success."""
        query = sa.select(self._due.c.attempts).where(
            self._due.c.account == self._account, self._due.c.source_order == order
        )
        return int(self._journal.in_transaction(lambda connection: connection.execute(query).scalar()) or 0)

    def failed(self, order: str, moment: datetime.datetime, why: str) -> datetime.datetime:
        """Puts an order off, longer each time; when it is tried again."""
        attempts = self.attempts(order) + 1
        at = moment + datetime.timedelta(seconds=min(LONGEST, FIRST * 2 ** (attempts - 1)))
        self.later(order, at, why, attempts)
        return at

    def later(self, order: str, at: datetime.datetime, why: str, attempts: int = 0) -> None:
        """Looks at an order again at a moment."""
        names = {"account": self._account, "source_order": order}
        self._put(self._due, names, {"attempts": attempts, "at": at.isoformat(), "why": why})

    def settled(self, order: str) -> None:
        """Forgets an order: nothing is left to do for it."""
        query = sa.delete(self._due).where(self._due.c.account == self._account, self._due.c.source_order == order)
        self._journal.in_transaction(lambda connection: connection.execute(query))

    def _put(self, table: sa.Table, names: dict[str, Any], values: dict[str, Any]) -> None:
        def put(connection: sa.Connection) -> None:
            mine = [table.c[name] == value for name, value in names.items()]
            if connection.execute(sa.update(table).where(*mine).values(**values)).rowcount == 0:
                connection.execute(sa.insert(table).values(**names, **values))

        self._journal.in_transaction(put)
