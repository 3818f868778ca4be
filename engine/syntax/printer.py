"""Expressions and headers of the syntax tree as canonical text, on one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import ast

if TYPE_CHECKING:
    from collections.abc import Sequence

_PRECEDENCE = {"or": 1, "and": 2, "not": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6}
_COMPARISON, _SUM, _UNARY = 4, 5, 7
_QUOTED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def expression(node: ast.Expression, outer: int = 0) -> str:
    """An expression with no more parentheses than its meaning needs; `outer` is how tightly its surroundings bind."""
    text, binds = _expression(node)
    return f"({text})" if binds < outer else text


def _expression(node: ast.Expression) -> tuple[str, int]:
    atom = 9
    match node:
        case ast.Literal() | ast.Template():
            return node.raw, atom
        case ast.Path():
            return ".".join(name(each) for each in node.names), atom
        case ast.Call():
            return f"{node.function.text}({', '.join(expression(each) for each in node.arguments)})", atom
        case ast.Member():
            return f"{expression(node.operand, atom)}.{name(node.name)}", atom
        case ast.Index():
            return f"{expression(node.operand, atom)}[{node.index}]", atom
        case ast.Binary():
            binds = _PRECEDENCE[node.operator]
            left = expression(node.left, binds + 1 if binds == _COMPARISON else binds)
            return f"{left} {node.operator} {expression(node.right, binds + 1)}", binds
        case ast.Not():
            return f"not {expression(node.operand, _PRECEDENCE['not'])}", _PRECEDENCE["not"]
        case ast.Negative():
            return f"-{expression(node.operand, _UNARY)}", _UNARY
        case ast.IsSet():
            return f"{expression(node.operand, _SUM)} is {'not ' if node.negated else ''}set", _COMPARISON
        case ast.In():
            return f"{expression(node.operand, _SUM)} in {expression(node.choices)}", _COMPARISON
        case ast.ListOf():
            return f"[{', '.join(expression(each) for each in node.items)}]", atom
        case ast.ObjectOf():
            inner = ", ".join(entry(each) for each in node.entries)
            return f"{{ {inner} }}" if inner else "{}", atom


def entry(node: ast.Entry) -> str:
    """`key: value` of a written object."""
    return f"{segment(node.key)}: {expression(node.value)}"


def name(node: ast.Name) -> str:
    """A name, in quotes where it is no plain word."""
    plain = (
        node.text.isascii() and node.text.isidentifier() and node.span.end_column - node.span.column == len(node.text)
    )
    return node.text if plain else quoted(node.text)


def quoted(text: str) -> str:
    """A text as a string literal; what cannot be printed is written as an escape."""
    return '"' + "".join(_QUOTED.get(each) or (each if each.isprintable() else _escaped(each)) for each in text) + '"'


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def segment(node: ast.Name | ast.Template) -> str:
    """One step of a place, or a key."""
    return node.raw if isinstance(node, ast.Template) else name(node)


def place(node: ast.Place) -> str:
    """The left side of an assignment."""
    return ".".join(segment(each) for each in node.segments)


def dotted(path: Sequence[str]) -> str:
    """A place given by its names, each in quotes where it is no plain word."""
    return ".".join(each if each.isascii() and each.isidentifier() else quoted(each) for each in path)


def when(node: ast.Expression | None) -> list[str]:
    """The `when` clause as a list of none or one."""
    return [f"when {expression(node)}"] if node is not None else []


def modifiers(node: ast.Assign) -> list[str]:
    """The modifiers of an assignment in their canonical order."""
    out = []
    if node.default is not None:
        out.append(f"default {expression(node.default)}")
    if node.required is not None:
        out.append(f"required {expression(node.required.message)}" if node.required.message else "required")
    out += ["sensitive"] if node.sensitive else []
    out += ["final"] if node.final else []
    return out + when(node.when)


def assignment(node: ast.Assign) -> str:
    """A whole assignment on one line, as fixes show it."""
    return "  ".join(
        [f"{'set ' if node.replaces else ''}{place(node.place)} = {expression(node.value)}", *modifiers(node)]
    )


def report(node: ast.Report) -> list[str]:
    """`fail CODE text` or `warn CODE text`, and its `when` clause."""
    words = "fail" if node.severity == "error" else "warn"
    return [f"{words} {node.code.text} {expression(node.message)}", *when(node.when)]


def arm(node: ast.Arm) -> str:
    """A line of a lookup."""
    outcome = node.outcome
    right = " ".join(report(outcome)) if isinstance(outcome, ast.Report) else expression(outcome)
    return f"{arm_keys(node)} => {right}"


def arm_keys(node: ast.Arm) -> str:
    """The left side of a line of a lookup."""
    return f"{'set ' if node.replaces else ''}{', '.join(each.raw for each in node.keys) or 'else'}"


def header(
    node: ast.Read | ast.Part | ast.Map | ast.Override | ast.Lookup | ast.Sync | ast.Block | ast.Each,
) -> list[str]:
    """The words before a block's brace; the `when` clause stands apart, so that it may have a line to itself."""
    match node:
        case ast.Read():
            words = f"read {node.target.text} from {node.object.text}"
            return [words if node.name is node.object or node.name == node.object else f"{words} as {node.name.text}"]
        case ast.Part():
            return [f"part {node.name.text}"]
        case ast.Lookup():
            return [f"lookup {node.name.text} : {node.object.text}.{node.field.text} -> {node.result.text}"]
        case ast.Sync():
            words = f"sync {node.object.text}"
            return [words if node.name == node.object else f"{words} as {node.name.text}", *when(node.when)]
        case ast.Override():
            kind = "" if node.kind == "map" else f"{node.kind} "
            link = "from " if node.kind == "read" else ""
            words = f"override {kind}{node.name.text}" + (f" {link}{node.qualifier.text}" if node.qualifier else "")
            return [words + (f" key {expression(node.key)}" if node.key else "")]
        case ast.Block():
            return [place(node.place), *when(node.when)]
        case ast.Each():
            words = f"each {place(node.place)}"
            words += f" from {expression(node.rows)}" if node.rows else ""
            return [words + (f" as {node.name.text}" if node.name else ""), *when(node.when)]
        case ast.Map():
            words = f"map {node.resource.text}" + (f" {node.action.text}" if node.action else "")
            words += f" from {expression(node.rows)}" + (f" as {node.name.text}" if node.names_row else "")
            words += f" key {expression(node.key)}" if node.key else ""
            words += f" on {expression(node.on)}" if node.on else ""
            words += f" after {', '.join(each.text for each in node.after)}" if node.after else ""
            return [words, *when(node.when)]
