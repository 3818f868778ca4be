"""What compiled rules call beside the language's functions: written lists, whole minor units, lookups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..functions import ValueFaultError
from ..validate import ir
from .runtime import RuleFailureError


def present_items(items: tuple[Any, ...]) -> list[Any] | None:
    """A written list without its absent elements; absent when none is left."""
    return [each for each in items if each is not None] or None


def present_fields(pairs: tuple[tuple[str, Any], ...]) -> dict[str, Any] | None:
    """A written object without its absent fields; absent when none is left."""
    return {name: value for name, value in pairs if value is not None} or None


def whole_units(text: str) -> int:
    """An amount in minor units for a parameter that takes whole ones."""
    if not text.lstrip("-").isdigit():
        raise ValueFaultError(
            "E607", text, "is no whole number of the currency's smallest unit", "correct the amount in Salesforce"
        )
    return int(text)


def lookup(node: ir.Lookup) -> Callable[[str], Any]:
    """A lookup as a function; a value that the schema does not list, and no `else` covers, is an error."""
    arms, other, name = node.arms, node.other, node.name

    def look(value: str) -> Any:
        arm = arms.get(value, other)
        if arm is None:
            raise ValueFaultError(
                "E608",
                value,
                f"is not among the values that the lookup `{name}` covers",
                "add it to the lookup, and to the picklist in the Salesforce schema file",
            )
        if arm.fail is not None:
            code, message = arm.fail
            raise RuleFailureError(code, str(message.value) if isinstance(message, ir.Const) else code)
        return arm.value

    return look
