"""One of two plan documents that are compared: its calls by id, what its references stand for, who needs what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

from ..marks import marks_in
from .secrets import redacted
from .spelling import HIDDEN as MARK
from .spelling import encoded


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Stands for what one side does not have; null is a value."""

HIDDEN = {MARK: "hidden"}
"""What is shown of a value that is plain in one plan and sensitive in the other one."""


class Side:
    """A plan document, ready to be compared. Nothing of the document is changed."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.marks = marks_in(document)
        self.calls: dict[str, Mapping[str, Any]] = {each["id"]: each for each in document["calls"]}
        self.reused: dict[str, Mapping[str, Any]] = {each["id"]: each for each in document.get("reused", ())}
        self._contracts = {first_order(each): str(each["id"]) for each in document.get("contracts", ())}
        self._needed_by: dict[str, frozenset[str]] = {}
        self._using: dict[str, frozenset[str]] = {}
        self._count_needs()

    def contract_of(self, first_order: str) -> str | None:
        """The contract whose initial order this is."""
        return self._contracts.get(first_order)

    def params(self, call: Mapping[str, Any], other: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A call's parameters for showing: without its sensitive values, nor those that the `other` side's call has at the same place."""
        hidden = dict(self.document.get("redacted", {}).get(call.get("id"), {}))
        for pointer in (other or {}).get("sensitive", ()):
            value = found_at(call["params"], pointer)
            if pointer and pointer not in hidden and value is not ABSENT and not is_secret(value):
                hidden[pointer] = HIDDEN[MARK]
        out: dict[str, Any] = encoded(redacted(call["params"], hidden))
        return out

    # --- sensitive values ---

    def secret(self, call: Mapping[str, Any], pointer: str) -> Any:
        """The value behind a digest, where the plan was saved with it; else the mark of what is absent."""
        value = found_at(call["params"], pointer)
        return ABSENT if is_secret(value) else value

    def same_key(self, other: Side) -> bool:
        """Whether the digests of both sides were made with one key: those of one bundle are."""
        bundles = [bundle_of(each.document).get("sha256") for each in (self, other)]
        return bundles[0] is not None and bundles[0] == bundles[1]

    # --- references ---

    def reused_for(self, call: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The object that this side uses again for the record that the other side makes a call of."""
        source = call.get("source")
        if source is None or call["action"] != "create" or call["id"] != f"{call['resource']}/{source['id']}":
            return None
        return self._reused_from(call["resource"], source)

    def reused_like(self, other: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The object that this side uses again for the same record as the other side."""
        source = other.get("source")
        if source is None:
            return self.reused.get(other["id"])
        same = self.reused.get(other["id"])
        return same if same and same.get("source") == source else self._reused_from(other["resource"], source)

    def _reused_from(self, resource: str, source: Mapping[str, Any]) -> Mapping[str, Any] | None:
        found = [each for each in self.reused.values() if each["resource"] == resource and each.get("source") == source]
        return found[0] if len(found) == 1 else None

    def stands_for(self, value: Any) -> str | None:
        """What a reference means: the call id of the object that is made, also where it is used again; None for other values."""
        if isinstance(value, Mapping) and "$ref" in value:
            target = value["$ref"]
            return str(target["call"]) if target["field"] == "id" else None
        if isinstance(value, str) and value in self.reused:
            reused = self.reused[value]
            return f"{reused['resource']}/{reused['source']['id']}" if "source" in reused else value
        return None

    def figures(self, value: Any) -> Mapping[str, Any] | None:
        """The parameters of the object that a reference means, as far as they are known."""
        if isinstance(value, Mapping) and "$ref" in value:
            call = self.calls.get(value["$ref"]["call"])
            return call["params"] if call is not None else None
        reused = self.reused.get(value) if isinstance(value, str) else None
        return reused.get("expected") if reused is not None else None

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
        named = {
            each["$ref"]["call"]
            for part in (call["params"], call["path"])
            for each in _leaves(part)
            if isinstance(each, Mapping) and "$ref" in each
        }
        return set(call["depends_on"]) - named

    def _count_needs(self) -> None:
        needs: dict[str, set[str]] = {
            name: {str(each["contract"])} if "contract" in each else set() for name, each in self.calls.items()
        }
        # Calls stand after what they need, so that one walk from the last to the first is enough.
        for name in reversed(list(self.calls)):
            for needed in self.calls[name]["depends_on"]:
                if needed in needs:
                    needs[needed] |= needs[name]
        self._needed_by = {name: frozenset(each) for name, each in needs.items()}
        using: dict[str, set[str]] = {}
        for name, call in self.calls.items():
            texts = [call["path"].rsplit("/")] if isinstance(call["path"], str) else []
            for each in (*_leaves(call["params"]), *(step for path in texts for step in path)):
                if isinstance(each, str) and each in self.reused:
                    using.setdefault(each, set()).update(needs[name])
        self._using = {name: frozenset(each) for name, each in using.items()}


def bundle_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a plan says of its bundle: `path` and `sha256`, as far as it does."""
    bundle = document.get("inputs", {}).get("bundle")
    return bundle if isinstance(bundle, Mapping) else {}


def first_order(contract: Mapping[str, Any]) -> str:
    """The initial order of a contract, by which it is known in both plans."""
    return str((contract["order_ids"] or [contract["id"]])[0])


def is_secret(value: Any) -> bool:
    """Whether a value is a digest that stands for a sensitive one."""
    return isinstance(value, Mapping) and MARK in value


def found_at(params: Any, pointer: str) -> Any:
    """The value at a JSON pointer, or the mark of what is absent."""
    for step in (each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]):
        if isinstance(params, Mapping) and step in params:
            params = params[step]
        elif isinstance(params, list) and step.isdigit() and int(step) < len(params):
            params = params[int(step)]
        else:
            return ABSENT
    return params


def _leaves(value: Any) -> Iterator[Any]:
    """The values inside a parameter; a reference or a digest is one value."""
    if isinstance(value, Mapping) and not value.keys() & {"$ref", MARK}:
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value
