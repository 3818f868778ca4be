"""The database behind `apply` and `sync`: a SQLite file on one machine, PostgreSQL for several."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..diagnostics import OrderplanError

SCHEMA = "orderplan"
"""The schema of PostgreSQL that holds everything."""

_BUSY_MS = 30_000


def database_url(given: str | None) -> sa.URL:
    """The database of an option, else of `ORDERPLAN_DATABASE`, else a file of the user's own.

    A name without a scheme is a SQLite file. It holds what was sent, so its folder is made for its owner alone.

    Raises:
        OrderplanError: E940, for an address that is neither SQLite's nor PostgreSQL's.
    """
    text = given or os.environ.get("ORDERPLAN_DATABASE") or str(_home() / "journal.sqlite")
    if "://" not in text:
        return sa.URL.create("sqlite", database=str(Path(text).expanduser().absolute()))
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        raise _unusable("its address cannot be read") from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database:
        return url.set(database=str(Path(url.database).expanduser().absolute()))
    raise _unusable(f"{url.drivername} is neither sqlite nor postgresql")


def engine_of(url: sa.URL) -> sa.Engine:
    """The engine of a database; the file of a SQLite one is made, readable by its owner alone.

    Raises:
        OrderplanError: E940, when it cannot be opened.
    """
    if url.drivername == "sqlite":
        return _sqlite(url)
    settings = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    engine = sa.create_engine(
        url,
        pool_size=10,
        max_overflow=2,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "options": settings},
    )
    try:
        with engine.begin() as connection:
            # Two processes may come at once: the schema is made by one of them.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7306)"))
            connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    except sa.exc.SQLAlchemyError as fault:
        raise _unusable(reason(fault)) from None
    return engine


def reason(fault: BaseException) -> str:
    """What a database says is wrong, in one line and without its password."""
    text = str(getattr(fault, "orig", None) or fault).strip()
    return text.partition("\n")[0] or type(fault).__name__


def shown(url: sa.URL) -> str:
    """The address as it may be shown."""
    return str(url.database) if url.drivername == "sqlite" else url.render_as_string(hide_password=True)


def _home() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "orderplan"


def _sqlite(url: sa.URL) -> sa.Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
        elif not path.is_file():
            raise _unusable(f"{path} is no file")
        with path.open("r+b"):
            pass
    except OSError as fault:
        raise _unusable(f"{path}: {(fault.strerror or str(fault)).lower()}") from None
    engine = sa.create_engine(url, connect_args={"check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        # Writers begin as writers, so that two of them wait for each other instead of failing halfway.
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1 FROM sqlite_master LIMIT 1"))
    except sa.exc.SQLAlchemyError as fault:
        raise _unusable(f"{path}: {reason(fault)}") from None
    return engine


def _unusable(why: str) -> OrderplanError:
    return OrderplanError(
        "E940",
        f"the journal cannot be used: {why}",
        "name a file or a PostgreSQL address with --database or ORDERPLAN_DATABASE",
    )
