"""Syntax trees compared by what they mean, and random rule files to compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

_UNSPOKEN = {"span", "raw", "names_row"}


def meaning(node: Any) -> Any:
    """A tree without places and spellings: equal for two files that say the same."""
    if isinstance(node, tuple) and hasattr(node, "_fields"):
        return (
            type(node).__name__,
            *((name, meaning(getattr(node, name))) for name in node._fields if name not in _UNSPOKEN),
        )
    if isinstance(node, tuple | list):
        return tuple(meaning(each) for each in node)
    return (type(node).__name__, node)


# --- random files -----------------------------------------------------------------------------------------------------

WORDS = (
    "account",
    "order",
    "price",
    "item",
    "customer",
    "Name",
    "SBQQ__Quote__r",
    "Stripe_ID__c",
    "when",
    "set",
    "no",
    "default",
)
NAMES = st.sampled_from(WORDS[:8])
FIELDS = st.sampled_from(WORDS)
"""Names behind a dot: every word of the language may stand there."""

TEXTS = st.sampled_from(
    ['""', '"a"', '"a # b"', '"say \\"so\\""', '"back\\\\"', '"{x}"', '"line\\n"', '"\\u00e9"', '"Ärger"', '" and "']
)
TEMPLATES = st.sampled_from(
    ['t"plain"', 't"{account.Name}"', 't"a {order.Name} b {price.item}"', 't"\\{x\\} # {first(a, b)}"']
)
CODES = st.sampled_from(["CPQ-101", "A-1", "X9-42"])
COMMENTS = st.sampled_from(["", "", "", "  # why", ' # "quoted" {', "#"])


@st.composite
def paths(draw: DrawFn) -> str:
    """A dotted path."""
    return ".".join([draw(NAMES), *draw(st.lists(FIELDS, max_size=3))])


def _expressions(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from([" == ", " != ", " <= ", "<", " > ", " >= ", " + ", " - ", " * "]), inner).map(
            lambda each: f"({each[0]}){each[1]}({each[2]})"
        ),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner, st.sampled_from(["+", "-", "*"]), inner).map(
            lambda each: f"({each[0]}) {each[1]} ({each[2]}) {each[3]} ({each[4]})"
        ),
        pairs.map(lambda each: f"({each[0]}) and ({each[1]})"),
        pairs.map(lambda each: f"({each[0]})\n  or ({each[1]})"),
        pairs.map(lambda each: f"first({each[0]},  # one\n # two\n {each[1]})"),
        inner.map(lambda each: f"not ({each})"),
        inner.map(lambda each: f"-({each})"),
        inner.map(lambda each: f"({each}) is set"),
        inner.map(lambda each: f"({each}) is not set"),
        st.tuples(inner, TEXTS).map(lambda each: f"({each[0]}) in [{each[1]}, 1, 2.50]"),
        inner.map(lambda each: f'[{each}, "x",]'),
        inner.map(lambda each: f"({each}).field[3]"),
        inner.map(lambda each: f'{{ a: {each}, "b c": 1 }}'),
    )


ATOMS = st.one_of(paths(), TEXTS, TEMPLATES, st.sampled_from(["0", "12", "3.50", "true", "false", "today()", "[]"]))
EXPRESSIONS = st.recursive(ATOMS, _expressions, max_leaves=6)
PLACES = st.lists(
    st.one_of(NAMES, st.sampled_from(["metadata", '"a key"', 't"{settings.metadata_prefix}id"'])),
    min_size=1,
    max_size=3,
).map(".".join)


@st.composite
def _modifiers(draw: DrawFn) -> str:
    chosen = draw(st.permutations(["default", "required", "sensitive", "final", "when"]))
    out = ""
    for each in chosen[: draw(st.integers(0, 3))]:
        gap = draw(st.sampled_from(["  ", "\n      ", "  # so\n  # and so\n\n      "]))
        value = ""
        if each in ("default", "when"):
            value = f" ({draw(EXPRESSIONS)})"
        elif each == "required":
            value = draw(st.sampled_from(["", ' "why"', ' t"why {account.Name}"']))
        out += f"{gap}{each}{value}"
    return out


@st.composite
def _statements(draw: DrawFn, depth: int = 2) -> str:
    kinds = ["assign", "assign", "assign", "set", "drop", "fail", "store", "use", "object"] + ["block", "each"] * (
        depth > 0
    )
    kind = draw(st.sampled_from(kinds))
    when = draw(st.one_of(st.just(""), EXPRESSIONS.map(lambda each: f" when ({each})")))
    if kind in ("assign", "set"):
        return f"{'set ' * (kind == 'set')}{draw(PLACES)} = {draw(EXPRESSIONS)}{draw(_modifiers())}"
    if kind == "object":
        entries = draw(st.lists(st.tuples(NAMES, EXPRESSIONS), max_size=3))
        gap = draw(st.sampled_from([", ", "\n", ",\n"]))
        inside = gap.join(f"{key}: {value}" for key, value in entries)
        return f"{draw(PLACES)} = {{\n{inside}\n}}{draw(_modifiers())}"
    if kind == "drop":
        return f"drop {draw(PLACES)}"
    if kind == "use":
        return f"use {draw(NAMES)}"
    if kind == "fail":
        return f"{draw(st.sampled_from(['fail', 'warn']))} {draw(CODES)} {draw(st.one_of(TEXTS, TEMPLATES))}{when}"
    if kind == "store":
        return f"store {draw(st.one_of(NAMES, TEMPLATES))} in {draw(paths())}{when}"
    body = draw(bodies(depth - 1))
    if kind == "block":
        return f"{draw(PLACES)}{when} {body}"
    rows = draw(st.one_of(st.just(""), paths().map(lambda each: f" from {each}")))
    name = draw(st.sampled_from(["", " as row"]))
    return f"each {draw(PLACES)}{rows}{name}{when} {body}"


@st.composite
def bodies(draw: DrawFn, depth: int = 2) -> str:
    """A block with its braces."""
    statements = draw(st.lists(_statements(depth), max_size=4))
    if not statements:
        return draw(st.sampled_from(["{}", "{\n}", "{ # nothing\n}"]))
    lines = "".join(f"{draw(st.sampled_from(['', '  ', chr(9)]))}{each}{draw(COMMENTS)}\n" for each in statements)
    blank = draw(st.sampled_from(["", "\n", "# a note\n", "\n  # a note\n\n"]))
    return f"{{{draw(st.sampled_from(['', '  # inside']))}\n{blank}{lines}{blank}}}"


@st.composite
def _items(draw: DrawFn) -> str:
    kind = draw(
        st.sampled_from(
            ["rules", "source", "extend", "settings", "lookup", "sync", "read", "map", "part", "override", "test"]
        )
    )
    match kind:
        case "rules":
            return f"rules {draw(TEXTS)} version 3"
        case "source":
            return draw(st.sampled_from(['source salesforce "x.json"', 'target stripe "2026-10-28.endive"']))
        case "extend":
            return 'extend "cpq.rules"'
        case "settings":
            lines = "\n".join(
                f"{name} = {value}" for name, value in draw(st.lists(st.tuples(NAMES, ATOMS), max_size=3))
            )
            return f"settings {{\n{lines}\n}}"
        case "lookup":
            return f"lookup {draw(NAMES)} : Order.Status -> Int {{\n{draw(_arms())}\n}}"
        case "sync":
            return f"sync Order{draw(st.sampled_from(['', ' as order']))} when ({draw(EXPRESSIONS)})"
        case "read":
            return f"read line from OrderItem{draw(st.sampled_from(['', ' as item']))} {draw(bodies())}"
        case "part":
            return f"part {draw(NAMES)} {draw(bodies())}"
        case "map":
            return draw(_maps())
        case "override":
            head = draw(
                st.sampled_from(
                    ["customer", "map price update", "read line", "read line from OrderItem", "part tagged"]
                )
            )
            return draw(
                st.one_of(
                    bodies().map(lambda each: f"override {head} {each}"),
                    _arms().map("override lookup x {{\n{}\n}}".format),
                )
            )
        case _:
            lines = draw(st.lists(EXPRESSIONS, max_size=2))
            expected = "\n".join(f"expect ({each})" for each in lines)
            patches = draw(st.sampled_from(["", ' with { Order[0].Name: "x", Account[12].Site: 3 }']))
            return f'test "t" {{\ngiven "a.json"{patches}\n{expected}\nexpect no fail\nexpect warn CPQ-101\n}}'


@st.composite
def _arms(draw: DrawFn) -> str:
    arms = draw(
        st.lists(
            st.tuples(st.sampled_from(["", "set "]), st.lists(TEXTS, max_size=2), st.one_of(EXPRESSIONS, st.just("")))
        )
    )
    return "\n".join(
        f"{word}{', '.join(keys) or 'else'} => {outcome or 'fail CPQ-1 ' + chr(34) + 'why' + chr(34)}"
        for word, keys, outcome in arms[:4]
    )


@st.composite
def _maps(draw: DrawFn) -> str:
    words = f"map price{draw(st.sampled_from(['', ' update']))} from {draw(paths())}{draw(st.sampled_from(['', ' as row']))}"
    clauses: Sequence[str] = (
        f"key ({draw(EXPRESSIONS)})",
        f"on ({draw(EXPRESSIONS)})",
        "after customer, product",
        f"when ({draw(EXPRESSIONS)})",
    )
    for each in clauses:
        words += f" {each}" if draw(st.booleans()) else ""
    return f"{words} {draw(bodies())}"


@st.composite
def files(draw: DrawFn) -> str:
    """A whole rule file that parses, with comments and empty lines in odd places."""
    items = draw(st.lists(_items(), max_size=4))
    gaps = st.sampled_from(["\n", "\n\n", "\n# between\n", "\n\n# one\n\n# two\n\n", "  # behind\n"])
    text = "".join(
        draw(st.sampled_from(["", "# first\n"])) * (not at) + each + draw(gaps) for at, each in enumerate(items)
    )
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))
