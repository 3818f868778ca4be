"""The tables of the journal: plans, what became of their contracts, who holds a contract, calls, and write-backs."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables, under the metadata that makes them. Times are ISO 8601 texts, and what is structured is JSON."""

    metadata: sa.MetaData
    plans: sa.Table
    runs: sa.Table
    claims: sa.Table
    calls: sa.Table
    stores: sa.Table


def tables(schema: str | None) -> Tables:
    """The tables in a schema of the database, or in its only one."""
    metadata = sa.MetaData(schema=schema)
    text, whole = sa.Text, sa.Integer
    plans = sa.Table(
        "plans",
        metadata,
        sa.Column("digest", text, primary_key=True),
        sa.Column("account", text, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("created_at", text, nullable=False),
        sa.Column("document", text, nullable=False),
    )
    runs = sa.Table(
        "runs",
        metadata,
        sa.Column("plan", text, primary_key=True),
        sa.Column("contract", text, primary_key=True),
        sa.Column("state", text, nullable=False),
        sa.Column("attempt", whole, nullable=False),
        sa.Column("changed_at", text, nullable=False),
        sa.Column("detail", text, nullable=False),
    )
    claims = sa.Table(
        "claims",
        metadata,
        sa.Column("account", text, primary_key=True),
        sa.Column("contract", text, primary_key=True),
        sa.Column("plan", text, nullable=False),
        sa.Column("run", text, nullable=False),
    )
    calls = sa.Table(
        "calls",
        metadata,
        sa.Column("account", text, primary_key=True),
        sa.Column("key", text, primary_key=True),
        sa.Column("call", text, nullable=False),
        sa.Column("params_sha256", text, nullable=False),
        sa.Column("intent_at", text, nullable=False),
        sa.Column("suffix", whole, nullable=False),
        sa.Column("state", text, nullable=False),
        sa.Column("object_id", text),
        sa.Column("answer", text, nullable=False),
        sa.Column("request_id", text, nullable=False),
        sa.Column("found", whole, nullable=False),
        sa.Column("done_at", text),
        sa.Column("error", text),
    )
    stores = sa.Table(
        "stores",
        metadata,
        sa.Column("account", text, primary_key=True),
        sa.Column("key", text, primary_key=True),
        sa.Column("object", text, primary_key=True),
        sa.Column("record", text, primary_key=True),
        sa.Column("field", text, primary_key=True),
        sa.Column("state", text, nullable=False),
        sa.Column("value", text, nullable=False),
        sa.Column("message", text, nullable=False),
        sa.Column("at", text, nullable=False),
    )
    return Tables(metadata, plans, runs, claims, calls, stores)
