"""The SDK's TypedDicts as JSON Schema (Draft 2020-12), from their source.

What the schema says beyond JSON Schema: `x-stripe-type` tells `timestamp`, `decimal` and `number` apart from plain
integers and texts, `x-clearable` marks the empty text that removes a value and is no member of an enum.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from ..diagnostics import OrderplanError

Schema = dict[str, Any]

# An exponent, which Python's `Decimal` prints for 100 as readily as for 1E+2, is no number to Stripe.
DECIMAL_PATTERN = r"^-?[0-9]+(\.[0-9]+)?$"

_SCALARS: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "float": {"type": ["number", "string"], "pattern": DECIMAL_PATTERN, "x-stripe-type": "number"},
    "Decimal": {"type": "string", "format": "decimal", "pattern": DECIMAL_PATTERN, "x-stripe-type": "decimal"},
    "Any": {},
}

# The SDK types a point in time as `int`, so its name or its description has to tell it from a count.
_TIMESTAMP_NAMES = frozenset({"billing_cycle_anchor", "end", "redeem_by", "start", "timestamp", "trial_end"})
_TIMESTAMP_ENDINGS = ("_at", "_date")


def definitions_of(module: ast.Module, root: str) -> dict[str, Schema]:
    """The definitions of the TypedDict `root` and of those it reaches, by class name.

    A base class is followed only inside the module. The other one is `RequestOptions`, whose keys (`api_key`,
    `idempotency_key`, ...) steer the client and are no parameters.
    """
    fields: dict[str, list[Field]] = {}
    for node in module.body:
        name, bases, own = _typed_dict(node)
        fields[name] = [*(each for base in bases for each in fields.get(base, ())), *own]
    done: dict[str, Schema] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        if name not in fields:
            raise OrderplanError("E904", f"the stripe SDK names a type that its module does not define: {name}")
        done[name] = _object(fields[name])
        waiting += _references(done[name])
    return done


Field = tuple[str, ast.expr, str]
"""Name, annotation and description of one parameter."""


def literal_text(node: ast.AST | None) -> str:
    """The text of a string literal in the SDK's source."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    shown = ast.unparse(node) if node else "nothing"
    raise OrderplanError("E904", f"the stripe SDK holds {shown} where a text was expected")


def _typed_dict(node: ast.stmt) -> tuple[str, list[str], list[Field]]:
    """Name, bases and own fields of a TypedDict in either spelling, and no fields for any other statement.

    Names that are keywords of Python exist only in the call spelling, which the SDK makes a base of the class.
    """
    if isinstance(node, ast.ClassDef):
        following = [*node.body[1:], None]
        own = [
            (each.target.id, each.annotation, _description(after))
            for each, after in zip(node.body, following, strict=True)
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        ]
        return node.name, [ast.unparse(base) for base in node.bases], own
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
        body = node.value.args[-1]
        if isinstance(body, ast.Dict):
            pairs = zip(body.keys, body.values, strict=True)
            return ast.unparse(node.targets[0]), [], [(literal_text(key), value, "") for key, value in pairs]
    return "", [], []


def _description(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return inspect.cleandoc(node.value.value)
    return ""


def _object(fields: list[Field]) -> Schema:
    properties: dict[str, Schema] = {}
    required = []
    for name, annotation, description in fields:
        inner = _quoted(annotation)
        if isinstance(inner, ast.Subscript) and ast.unparse(inner.value) == "NotRequired":
            inner = inner.slice
        else:
            required.append(name)
        schema = _schema(inner)
        if name in _TIMESTAMP_NAMES or name.endswith(_TIMESTAMP_ENDINGS) or "unix timestamp" in description.lower():
            schema = _as_timestamp(schema)
        properties[name] = schema | ({"description": description} if description else {})
    out: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return out | ({"required": sorted(required)} if required else {})


def _as_timestamp(schema: Schema) -> Schema:
    if "anyOf" in schema:
        return schema | {"anyOf": [_as_timestamp(arm) for arm in schema["anyOf"]]}
    return schema | {"x-stripe-type": "timestamp"} if schema == {"type": "integer"} else schema


def _quoted(node: ast.expr) -> ast.expr:
    """An annotation out of its quotes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ast.parse(node.value, mode="eval").body
    return node


def _schema(node: ast.expr) -> Schema:
    """One annotation as a schema; a union keeps its empty text, its literals and its other arms apart."""
    arms = list(_arms(node))
    literals = [each for arm in arms for each in _literals(arm)]
    others = [arm for arm in arms if not _is(arm, "Literal")]
    members = sorted(each for each in literals if each != "")
    if literals:
        # An open enum: the SDK adds `str` so that newer servers type-check; the literals are what the version knows.
        others = [arm for arm in others if ast.unparse(arm) != "str" or not members]
    out: list[Schema] = [{"const": "", "x-clearable": True}] if "" in literals else []
    out += [{"enum": members}] if members else []
    out += [_single(arm) for arm in others]
    return out[0] if len(out) == 1 else {"anyOf": out}


def _single(node: ast.expr) -> Schema:
    if isinstance(node, ast.Name):
        return dict(_SCALARS[node.id]) if node.id in _SCALARS else {"$ref": f"#/$defs/{node.id}"}
    if _is(node, "List") and isinstance(node, ast.Subscript):
        return {"type": "array", "items": _schema(_quoted(node.slice))}
    if _is(node, "Dict") and isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        return {"type": "object", "additionalProperties": _schema(_quoted(node.slice.elts[1]))}
    raise OrderplanError(
        "E904", f"the stripe SDK types a parameter in a way this generator does not know: {ast.unparse(node)}"
    )


def _arms(node: ast.expr) -> Iterator[ast.expr]:
    """The arms of a union in either spelling; `UntypedStripeObject` only repeats the map it stands beside."""
    node = _quoted(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _arms(node.left)
        yield from _arms(node.right)
    elif isinstance(node, ast.Subscript) and _is(node, "Union") and isinstance(node.slice, ast.Tuple):
        for each in node.slice.elts:
            yield from _arms(each)
    elif not _is(node, "UntypedStripeObject"):
        yield node


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Subscript) and ast.unparse(node.value) == name


def _literals(node: ast.expr) -> list[str]:
    if not (isinstance(node, ast.Subscript) and _is(node, "Literal")):
        return []
    values = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return [literal_text(each) for each in values]


def _references(schema: Schema) -> Iterator[str]:
    for key, value in schema.items():
        if key == "$ref":
            yield value.removeprefix("#/$defs/")
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from _references(each)
