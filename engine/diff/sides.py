"""One of two plans that are compared: its calls by id, what its references stand for, who needs what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Final

from ..forecast import ForecastedPlan
from ..parameters import Hidden, Ref, references, values
from ..plan import Call, RecordName, Reused, redacted
from ..pointers import found, inside, steps


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Stands for what one side does not have; null is a value."""

HIDDEN = Hidden("hidden")
"""What is shown of a value that is plain in one plan and sensitive in the other one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Parameters that are compared: those of a call, or figures that are expected of an object that is used again.

    `id` is that of the call, and empty for what no call makes.
    """

    resource: str
    params: Mapping[str, Any]
    id: str = ""
    sensitive: tuple[str, ...] = ()
    call: Call | None = None

    @classmethod
    def of(cls, call: Call) -> Shown:
        """The parameters of a call."""
        return cls(call.resource, call.params, call.id, call.sensitive, call)

    def rule(self, pointer: str) -> str | None:
        """The rule that wrote a parameter, where a call has it."""
        return self.call.rule(pointer) if self.call else None


def _field(pointer: str) -> tuple[str, ...]:
    """A pointer without its places in lists."""
    return tuple(each for each in steps(pointer) if not each.isdecimal())


class Side:
    """A plan, ready to be compared."""

    def __init__(self, forecasted: ForecastedPlan) -> None:
        self.forecasted = forecasted
        self.plan = forecasted.plan
        self.marks = self.plan.marks
        self.calls: dict[str, Call] = {each.id: each for each in self.plan.calls}
        self.reused: dict[str, Reused] = {each.id: each for each in self.plan.reused}
        self._contracts = {each.first_order: each.id for each in self.plan.contracts}
        self._needed_by: dict[str, frozenset[str]] = {}
        self._using: dict[str, frozenset[str]] = {}
        self._count_needs()

    def contract_of(self, first_order: str) -> str | None:
        """The contract whose initial order this is."""
        return self._contracts.get(first_order)

    def params(self, shown: Shown, other: Shown | None = None) -> dict[str, Any]:
        """Parameters for showing: without their sensitive values, nor those of the fields that the `other` side marks.

        A field counts at every place of a list: elements may stand elsewhere on the other side.
        """
        hidden = dict(self.plan.redacted.get(shown.id, {}))
        marked = {_field(each) for each in other.sensitive if each} if other else set()
        for pointer in sorted(inside(shown.params), key=len) if marked else ():
            covered = any(pointer == each or pointer.startswith(f"{each}/") for each in hidden)
            if _field(pointer) in marked and not covered and not isinstance(found(shown.params, pointer), Hidden):
                hidden[pointer] = HIDDEN.digest
        return redacted(shown.params, hidden)

    # --- sensitive values ---

    def title(self, call: Call, other: Side) -> str:
        """The title of a call of this side, unless the other side's rules keep it from being shown.

        A title is a field of a record, which a side may mark; then its own title is another field, or none.
        """
        there = other.calls.get(call.id)
        if there is not None:
            marked = other.has_secrets or self.has_secrets
            return call.title if there.title == call.title or (there.title and not marked) else ""
        alike = [each for each in other.calls.values() if each.resource == call.resource]
        return call.title if all(each.title for each in alike) else ""

    @cached_property
    def has_secrets(self) -> bool:
        """Whether the rules of this side mark anything that stands in its calls."""
        return any(each.sensitive for each in self.plan.calls)

    def secret(self, shown: Shown, pointer: str) -> Any:
        """The value behind a digest, where the plan was saved with it; else the mark of what is absent."""
        value = found(shown.params, pointer, ABSENT)
        return ABSENT if isinstance(value, Hidden) else value

    def same_key(self, other: Side) -> bool:
        """Whether the digests of both sides were made with one key: of the environment, or of the same bundle."""
        keys = [each.plan.bundle.get("key") for each in (self, other)]
        if keys[0] is not None or keys[1] is not None:
            return bool(keys[0] == keys[1])
        bundles = [each.plan.bundle_hash for each in (self, other)]
        return bundles[0] is not None and bundles[0] == bundles[1]

    # --- references ---

    def reused_for(self, call: Call) -> Reused | None:
        """The object that this side uses again for the record that the other side makes a call of."""
        if call.source is None or call.action != "create" or call.id != f"{call.resource}/{call.source.id}":
            return None
        return self._reused_from(call.resource, call.source)

    def reused_like(self, other: Reused) -> Reused | None:
        """The object that this side uses again for the same record as the other side."""
        same = self.reused.get(other.id)
        if other.source is None:
            return same
        return same if same and same.source == other.source else self._reused_from(other.resource, other.source)

    def _reused_from(self, resource: str, source: RecordName) -> Reused | None:
        fitting = [each for each in self.reused.values() if each.resource == resource and each.source == source]
        return fitting[0] if len(fitting) == 1 else None

    def stands_for(self, value: Any) -> str | None:
        """What a reference means: the call id of the object that is made, also where it is used again; None for other values."""
        if isinstance(value, Ref):
            return value.call if value.field == "id" else None
        return self.reused[value].call if isinstance(value, str) and value in self.reused else None

    def figures(self, value: Any) -> Shown | None:
        """The parameters of the object that a reference means, as far as they are known."""
        if isinstance(value, Ref):
            call = self.calls.get(value.call)
            return Shown(call.resource, call.params, call.id, call.sensitive) if call is not None else None
        reused = self.reused.get(value) if isinstance(value, str) else None
        return Shown(reused.resource, reused.expected) if reused is not None and reused.expected is not None else None

    # --- who needs what ---

    def needed_by(self, name: str) -> frozenset[str]:
        """The contracts whose calls need a call: its own, and those of the calls that come after it."""
        return self._needed_by.get(name, frozenset())

    def using(self, stripe_id: str) -> frozenset[str]:
        """The contracts whose calls name an object that exists."""
        return self._using.get(stripe_id, frozenset())

    def waits_for(self, name: str) -> set[str]:
        """The calls that one waits for without naming them."""
        call = self.calls[name]
        named = {each.call for part in (call.params, call.path) for each in references(part)}
        return set(call.depends_on) - named

    def _count_needs(self) -> None:
        needs: dict[str, set[str]] = {
            name: {each.contract} if each.contract else set() for name, each in self.calls.items()
        }
        # Calls stand after what they need, so that one walk from the last to the first is enough.
        for name in reversed(list(self.calls)):
            for needed in self.calls[name].depends_on:
                if needed in needs:
                    needs[needed] |= needs[name]
        self._needed_by = {name: frozenset(each) for name, each in needs.items()}
        using: dict[str, set[str]] = {}
        for name, call in self.calls.items():
            steps = call.path.rsplit("/") if isinstance(call.path, str) else []
            for each in (*values(call.params), *steps):
                if isinstance(each, str) and each in self.reused:
                    using.setdefault(each, set()).update(needs[name])
        self._using = {name: frozenset(each) for name, each in using.items()}
