"""The Stripe side's types: a view of the files in `schemas/stripe/<api version>/`, read when first used.

Two kinds of files make one schema. `<resource>.json` is generated from Stripe's SDK and says names, types, enums and
what is required; `constraints.json` is kept by hand and says what types cannot. A `Node` answers for both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.diagnostics import OrderplanError
from engine.places import shipped
from engine.schema.stripe_constraints import OPEN, Constraints, Possible
from engine.schema.stripe_node import Node, Operation, Resource, Violation

_CONSTRAINTS = "constraints.json"
_NO_CALLS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


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
            params = Node(raw["params"], definitions, self.constraints.of(name, operation), ())
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


def check_parameters(
    schema: StripeSchema,
    resource: str,
    operation: str,
    params: Mapping[str, Any],
    *,
    sensitive: Collection[str] = (),
    calls: Mapping[str, Mapping[str, Any]] = _NO_CALLS,
) -> list[Violation]:
    """What Stripe would refuse in the parameters of one call, in the order of their pointers.

    `params` is JSON-able, decimals as text. An object with the single key `$ref` stands for an id that is not known
    yet and passes as text. `sensitive` are the pointers of values that no message may show. `calls` are the
    parameters of the other calls of the plan, by call id, for what holds across a reference: a metered price takes no
    quantity.

    Raises:
        KeyError: when the schema has no such operation, which is a fault of the program.
    """
    # The validators are needed only where a plan is made, and their import is a good part of a start.
    from engine.schema.stripe_check import check

    return check(schema, resource, operation, params, sensitive=sensitive, calls=calls)


def check_shape(schema: StripeSchema, resource: str, operation: str, shape: Mapping[str, Any]) -> list[Violation]:
    """What Stripe would refuse of the calls that rules make, whatever the order: found before any order exists.

    `shape` is the parameters as far as the rules tell them: constants as they are, `OPEN` for a value that an order
    decides, `Possible(...)` around what is assigned under a condition, a list with one element for each `each` block.
    Only what is certain is reported: missing parameters, groups, and limits that a constant breaks.

    Raises:
        KeyError: when the schema has no such operation, which is a fault of the program.
    """
    from engine.schema.stripe_check import check_shape as check

    return check(schema, resource, operation, shape)


__all__ = [
    "OPEN",
    "Node",
    "Operation",
    "Possible",
    "Resource",
    "StripeSchema",
    "Violation",
    "check_parameters",
    "check_shape",
    "load",
    "versions",
]
