"""A subset of SOQL as a tree: fields through relationships, sub-queries, conditions, order, limit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput

Path_ = tuple[str, ...]
"""A field through relationships: `SBQQ__Quote__r.SBQQ__StartDate__c`."""

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT. `fields` are paths, `children` the sub-queries, `count` asks for the number alone."""

    object: str
    fields: tuple[Path_, ...]
    children: tuple[Query, ...] = ()
    count: bool = False
    where: Any = None
    order: tuple[tuple[Path_, bool, bool], ...] = ()
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of a condition: `kind` is text, number, date, datetime, boolean, null or relative."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison; `operator` may be LIKE, IN and NOT IN, whose value is a tuple of literals or a query."""

    path: Path_
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Joined:
    """AND, OR or NOT of conditions."""

    word: str
    parts: tuple[Any, ...]


class MalformedQueryError(Exception):
    """A query that is none, or of a kind that the sandbox does not answer."""


class _Tree(Transformer[Token, Any]):
    """Lark's tree as the classes above; the methods have the names of the grammar's rules."""

    def path(self, parts: list[Token]) -> Path_:
        return tuple(map(str, parts))

    def count(self, _: list[Any]) -> str:
        return "count"

    def children(self, parts: list[Any]) -> Query:
        query: Query = parts[0]
        return query

    def query(self, parts: list[Any]) -> Query:
        *selected, name, where, order, limit, offset = parts
        return Query(
            str(name),
            tuple(each for each in selected if isinstance(each, tuple)),
            tuple(each for each in selected if isinstance(each, Query)),
            "count" in selected,
            where,
            order or (),
            limit,
            offset or 0,
        )

    def where(self, parts: list[Any]) -> Any:
        return parts[0]

    def any_of(self, parts: list[Any]) -> Joined:
        return Joined("OR", tuple(parts))

    def all_of(self, parts: list[Any]) -> Joined:
        return Joined("AND", tuple(parts))

    def not_of(self, parts: list[Any]) -> Joined:
        return Joined("NOT", tuple(parts))

    def compared(self, parts: list[Any]) -> Compared:
        path, operator, value = parts
        return Compared(path, "!=" if operator == "<>" else str(operator), value)

    def like(self, parts: list[Any]) -> Compared:
        return Compared(parts[0], "LIKE", parts[1])

    def in_set(self, parts: list[Any]) -> Compared:
        return Compared(parts[0], "IN", parts[1])

    def not_in_set(self, parts: list[Any]) -> Compared:
        return Compared(parts[0], "NOT IN", parts[1])

    def listed(self, parts: list[Any]) -> tuple[Any, ...]:
        return tuple(parts)

    def from_query(self, parts: list[Any]) -> Any:
        return parts[0]

    def text(self, parts: list[Token]) -> Literal:
        inner = str(parts[0])[1:-1]
        return Literal("text", re.sub(r"\\(.)", lambda each: _ESCAPES.get(each[1], each[1]), inner))

    def number(self, parts: list[Token]) -> Literal:
        text = str(parts[0])
        return Literal("number", float(text) if "." in text else int(text))

    def date(self, parts: list[Token]) -> Literal:
        return Literal("date", str(parts[0]))

    def datetime(self, parts: list[Token]) -> Literal:
        return Literal("datetime", str(parts[0]))

    def relative(self, parts: list[Token]) -> Literal:
        return Literal("relative", str(parts[0]).upper())

    def true(self, _: list[Any]) -> Literal:
        return Literal("boolean", value=True)

    def false(self, _: list[Any]) -> Literal:
        return Literal("boolean", value=False)

    def null(self, _: list[Any]) -> Literal:
        return Literal("null", None)

    def order(self, parts: list[Any]) -> tuple[Any, ...]:
        return tuple(parts)

    def ordered(self, parts: list[Any]) -> tuple[Path_, bool, bool]:
        path, direction, nulls = parts
        return path, str(direction or "").upper() == "DESC", str(nulls or "").upper().endswith("LAST")

    def limit(self, parts: list[Token]) -> int:
        return int(parts[0])

    def offset(self, parts: list[Token]) -> int:
        return int(parts[0])


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("soql.lark").read_text(encoding="utf-8")
    return Lark(grammar, start="query", parser="lalr", lexer="contextual", maybe_placeholders=True)


def parsed(text: str) -> Query:
    """The tree of a query.

    Raises:
        MalformedQueryError: with the place that cannot be read.
    """
    try:
        query: Query = _Tree().transform(_parser().parse(text))
    except UnexpectedInput as fault:
        at = max(fault.pos_in_stream or 0, 0)
        near = text[at : at + 20] or "the end"
        raise MalformedQueryError(
            f"unexpected token near '{near}' (column {fault.column}), or no SOQL that the sandbox answers"
        ) from None
    return query
