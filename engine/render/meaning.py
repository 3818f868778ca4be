"""What a figure among a call's parameters means to people: the schema says its unit, the plan the currency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..plan import Call, Plan
from ..pointers import steps
from ..schema import stripe
from ..schema.stripe import Node
from .parameters import currency_of, moment, money


@dataclass(frozen=True, slots=True)
class Meanings:
    """The meanings of one call's parameters; none where no schema of the plan's API version is at hand."""

    params: Node | None
    currency: str | None

    @classmethod
    def of(cls, call: Call, plan: Plan) -> Meanings:
        """Those of a call of a plan."""
        schema = stripe.load(plan.stripe_version) if plan.stripe_version in stripe.versions() else None
        operation = schema.operation(call.resource, call.action) if schema else None
        return cls(operation.params if operation else None, currency_of(call, plan))

    def words(self, pointer: str, value: Any, said: Callable[[int], str] = moment) -> str:
        """A day for a moment, as `said` says it, an amount of money for minor units; else nothing."""
        if isinstance(value, bool) or not isinstance(value, int | str):
            return ""
        node = self.params.at(steps(pointer)) if self.params is not None else None
        unit = node.unit if node is not None else None
        if unit == "moment" and isinstance(value, int):
            try:
                return said(value)
            except (OverflowError, OSError, ValueError):
                return ""
        return money(value, self.currency) if unit == "minor" and self.currency else ""
