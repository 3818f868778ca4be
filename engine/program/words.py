"""Checked expressions in the words of the rule language, for explanations of what a rule did not do."""

from __future__ import annotations

from ..functions import plain
from ..validate import ir

_WORDS = {"set": "is set", "unset": "is not set"}
_BINDS = {"or": 1, "and": 2, "not": 3}
_TIGHT = 9


def described(node: ir.Node) -> str:
    """An expression as a rule would spell it, such as `price.usage_type == "metered" and price.recurring`."""
    match node:
        case ir.Const():
            return f"settings.{node.setting}" if node.setting else _literal(node.value)
        case ir.Walk():
            return ".".join((node.root, *(each.name for each in node.steps)))
        case ir.Apply():
            return f"{node.function}({_list(node.arguments)})"
        case ir.UseLookup():
            return f"{node.name}({described(node.argument)})"
        case ir.Ref():
            return f"ref({node.resource}, {described(node.row)})"
        case ir.Answer():
            return f"answer({node.resource}, {node.operation}, {described(node.key)}, {_literal(node.field)})"
        case ir.Operation():
            return _operation(node)
        case ir.Text():
            return (
                't"' + "".join(each if isinstance(each, str) else f"{{{described(each)}}}" for each in node.parts) + '"'
            )
        case ir.Items():
            return f"[{_list(node.items)}]"
        case ir.Fields():
            return "{ " + ", ".join(f"{name}: {described(each)}" for name, each in node.fields) + " }"


def joined(conditions: tuple[ir.Node, ...]) -> str:
    """Conditions that must all hold, as one."""
    return " and ".join(_inner(each, _BINDS["and"]) if len(conditions) > 1 else described(each) for each in conditions)


def _operation(node: ir.Operation) -> str:
    operator = node.operator
    first = _inner(node.operands[0], _BINDS.get(operator, _TIGHT))
    match operator:
        case "not":
            return f"not {first}"
        case "negative":
            return f"-{first}"
        case "set" | "unset":
            return f"{first} {_WORDS[operator]}"
        case "in":
            return f"{first} in [{_list(node.operands[1:])}]"
    return f"{first} {operator} {_inner(node.operands[1], _BINDS.get(operator, _TIGHT))}"


def _inner(node: ir.Node, outer: int) -> str:
    """An operand, in parentheses where it binds less tightly than what is around it."""
    text = described(node)
    return f"({text})" if isinstance(node, ir.Operation) and _BINDS.get(node.operator, 4) < outer else text


def _list(nodes: tuple[ir.Node, ...]) -> str:
    return ", ".join(described(each) for each in nodes)


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else plain(value)
