"""The differences between two plans as values, gravest class first; `engine.diff.compare` finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..plan import encoded
from .classes import GRAVEST, ChangeClass

FORMAT = "orderplan.diff"
FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of a call.

    `change` is `added`, `removed` or `changed`. `pointer` is the JSON pointer within the new call, or within the old one
    for what is removed; `old_pointer` differs from it where an element moved. `rule` is the position of the rule that
    wrote the new value, `old_rule` that of the old one. `figures` are the differences in what is billed between the two
    objects that a reference names, with pointers into them. `uncertain` marks sensitive values whose digests were made with
    different keys, so that nobody can say whether they differ.
    """

    kind: ChangeClass
    change: str
    pointer: str
    old: Any = None
    new: Any = None
    rule: str | None = None
    old_rule: str | None = None
    old_pointer: str | None = None
    figures: tuple[Difference, ...] = ()
    uncertain: bool = False

    def to_json(self) -> dict[str, Any]:
        """The record in the JSON output: `old` and `new` only where there is one."""
        out: dict[str, Any] = {"class": str(self.kind), "change": self.change, "pointer": self.pointer}
        if self.change != "added":
            out["old"] = encoded(self.old)
        if self.change != "removed":
            out["new"] = encoded(self.new)
        for name in ("rule", "old_rule", "old_pointer"):
            if getattr(self, name) is not None:
                out[name] = getattr(self, name)
        if self.figures:
            out["figures"] = [each.to_json() for each in self.figures]
        if self.uncertain:
            out["uncertain"] = True
        return out


@dataclass(frozen=True, slots=True)
class CallDifference:
    """The differences of one call, or of one object that is used again.

    `change` is `created` (only the new plan makes the call), `removed`, `changed`, `reused` (the new plan uses an object
    that exists, where the old one made it) or `recreated` (the other way round).
    """

    id: str
    resource: str
    action: str
    change: str
    title: str
    differences: tuple[Difference, ...]

    def to_json(self) -> dict[str, Any]:
        """The record in the JSON output."""
        out = {"id": self.id, "resource": self.resource, "action": self.action, "change": self.change}
        return (
            out
            | ({"title": self.title} if self.title else {})
            | {"differences": [each.to_json() for each in self.differences]}
        )


@dataclass(frozen=True, slots=True)
class BilledTotals:
    """What the forecasts of both plans bill, in minor units of `currency` (ISO code in lower case)."""

    currency: str
    old: int
    new: int

    @property
    def change(self) -> int:
        """What the new plan bills more than the old one; negative for less."""
        return self.new - self.old

    def to_json(self) -> dict[str, Any]:
        """The record in the JSON output."""
        return {"currency": self.currency, "old": self.old, "new": self.new, "change": self.change}


@dataclass(frozen=True, slots=True)
class OrderDifference:
    """The differences of one order with its amendments, which make one contract.

    `presence` is `both`, `added` (only the new side plans the order) or `removed`. `errors` are those that only the new
    side has, which stop it from being applied; `mended` those that only the old side has. `money` is there when both
    sides have a forecast in one currency.
    """

    contract: str
    order_ids: tuple[str, ...]
    presence: str
    calls: tuple[CallDifference, ...]
    errors: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    money: BilledTotals | None = None

    @property
    def name(self) -> str:
        """The initial order, by which people know the contract."""
        return self.order_ids[0] if self.order_ids else self.contract

    @property
    def classes(self) -> tuple[ChangeClass, ...]:
        """The classes that the order's differences have, gravest first. An order that can be planned on one side only is billed on one side only."""
        found = {each.kind for call in self.calls for each in call.differences}
        if self.presence != "both" or self.errors or self.mended or (self.money and self.money.change):
            found.add(ChangeClass.BILLING)
        return tuple(each for each in GRAVEST if each in found)

    def to_json(self) -> dict[str, Any]:
        """The record in the JSON output."""
        out: dict[str, Any] = {
            "contract": self.contract,
            "order_ids": list(self.order_ids),
            "presence": self.presence,
            "classes": [str(each) for each in self.classes],
            "calls": [each.to_json() for each in self.calls],
        }
        if self.errors:
            out["errors"] = list(self.errors)
        if self.mended:
            out["mended"] = list(self.mended)
        if self.money:
            out["money"] = self.money.to_json()
        return out


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """The differences of all orders of two plans, or of two runs over many bundles; orders without one are there too.

    `unplanned` names the bundles that neither side could plan: nothing is known of their orders.
    """

    orders: tuple[OrderDifference, ...]
    unplanned: tuple[str, ...] = ()

    def renamed(self, shown: Callable[[str], str]) -> PlanDiff:
        """The same differences with other words for the positions of rules."""
        return replace(
            self,
            orders=tuple(
                replace(
                    order,
                    errors=tuple(map(shown, order.errors)),
                    mended=tuple(map(shown, order.mended)),
                    calls=tuple(
                        replace(call, differences=tuple(_renamed(each, shown) for each in call.differences))
                        for call in order.calls
                    ),
                )
                for order in self.orders
            ),
        )

    def altering(self, kind: ChangeClass) -> tuple[OrderDifference, ...]:
        """The orders with a difference of a class."""
        return tuple(each for each in self.orders if kind in each.classes)

    @property
    def differing(self) -> tuple[OrderDifference, ...]:
        """The orders with any difference."""
        return tuple(each for each in self.orders if each.classes)

    @property
    def money(self) -> tuple[BilledTotals, ...]:
        """What all orders with a forecast bill together, by currency."""
        sums: dict[str, tuple[int, int]] = {}
        for each in self.orders:
            if each.money:
                old, new = sums.get(each.money.currency, (0, 0))
                sums[each.money.currency] = (old + each.money.old, new + each.money.new)
        return tuple(BilledTotals(currency, *sums[currency]) for currency in sorted(sums))

    @property
    def uncertain(self) -> int:
        """How many sensitive values could not be compared."""
        return sum(each.uncertain for _, _, each in self.differences())

    def differences(self) -> Iterator[tuple[OrderDifference, CallDifference, Difference]]:
        """Every difference with its call and its order."""
        for order in self.orders:
            for call in order.calls:
                for each in call.differences:
                    yield order, call, each

    def to_json(self) -> dict[str, Any]:
        """The document of `orderplan diff --format json`: orders without a difference are only counted."""
        counts: Mapping[str, Any] = {str(each): len(self.altering(each)) for each in GRAVEST}
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "summary": {"orders": len(self.orders), **counts, "money": [each.to_json() for each in self.money]},
            "orders": [each.to_json() for each in self.differing],
            "unplanned": list(self.unplanned),
        }


def _renamed(each: Difference, shown: Callable[[str], str]) -> Difference:
    return replace(each, rule=each.rule and shown(each.rule), old_rule=each.old_rule and shown(each.old_rule))
