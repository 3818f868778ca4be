"""The Stripe side's types: a view of the files in `schemas/stripe/<api version>/`, read when first used.

Two kinds of files make one schema. `<resource>.json` is generated from Stripe's SDK and says names, types, enums and
what is required; `constraints.json` is kept by hand and says what types cannot. A `Node` answers for both.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from ..diagnostics import OrderplanError
from ..places import shipped
from .stripe_constraints import OPEN, Constraints, Possible
from .stripe_meanings import Meaning
from .stripe_node import Node, Operation, Resource, Violation

_CONSTRAINTS = "constraints.json"


class StripeSchema:
    """The schema of one API version. A resource's file is read when the resource is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.version = folder.name
        self.folder = folder
        self._documents: dict[str, dict[str, Any]] = {}
        self._resources: dict[str, Resource] = {}

    def resources(self) -> tuple[str, ...]:
        """The names of the resources, sorted."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(file.stem for file in self.folder.glob("*.json") if file.name != _CONSTRAINTS))

    @cached_property
    def constraints(self) -> Constraints:
        """The hand-kept constraints of this version."""
        return Constraints.read(self.folder / _CONSTRAINTS)

    @cached_property
    def meanings(self) -> tuple[Meaning, ...]:
        """What parameters of this version mean beyond their types."""
        return tuple(Meaning.read(each) for each in self.constraints.meanings)

    @cached_property
    def amounts(self) -> frozenset[str]:
        """The names of parameters that are amounts in a currency's smallest unit, wherever they stand."""
        return frozenset(name for each in self.meanings if each.unit == "minor" for name in each.parameters)

    def operation(self, resource: str, action: str) -> Operation | None:
        """An operation of a resource; None when Stripe has no such one."""
        found = self.resource(resource)
        return found.operations.get(action) if found is not None else None

    def resource(self, name: str) -> Resource | None:
        """A resource by its name in Stripe's reference, such as `price`; None when there is no such resource."""
        if name not in self._resources:
            if name not in self._names:
                return None
            self._resources[name] = self._read(name)
        return self._resources[name]

    @cached_property
    def sha256(self) -> str:
        """The digest of all files of this version."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.glob("*.json")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()

    def document(self, name: str) -> dict[str, Any]:
        """The generated file of a resource, its enums widened by the hand-kept words."""
        if name not in self._documents:
            document = json.loads((self.folder / f"{name}.json").read_bytes())
            self.constraints.widen(document["$defs"])
            self._documents[name] = document
        return self._documents[name]

    def _read(self, name: str) -> Resource:
        document = self.document(name)
        definitions = document["$defs"]
        operations = {}
        for operation, raw in sorted(document["x-operations"].items()):
            params = Node(raw["params"], definitions, self.constraints.of(name, operation), self.meanings, ())
            operations[operation] = Operation(operation, raw["method"], raw["path"], raw["description"], params)
        return Resource(name, self.constraints.id_prefix(name), operations)


def versions() -> tuple[str, ...]:
    """The API versions that have schema files, oldest first."""
    root = shipped("schemas", "stripe")
    return tuple(sorted(file.name for file in root.iterdir() if file.is_dir())) if root.is_dir() else ()


@cache
def load(version: str) -> StripeSchema:
    """The schema of an API version, such as `2026-10-28.endive`; loading again gives the same object.

    Raises:
        OrderplanError: E902 when no files exist for the version.
    """
    known = versions()
    if version not in known:
        message = f"there is no schema for the Stripe API version {version!r}"
        raise OrderplanError("E902", message, f"use one of: {', '.join(known) or 'none is installed'}")
    return StripeSchema(shipped("schemas", "stripe", version))


__all__ = ["OPEN", "Node", "Operation", "Possible", "Resource", "StripeSchema", "Violation", "load", "versions"]
