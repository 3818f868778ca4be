"""The namespace of a managed package: its fields and objects carry a prefix in the orgs where it is installed.

The schema marks which they are (`x-package`). Rules keep the bare names; the records of a bundle have the prefixed ones,
which are read as bare ones when the rules name the namespace, and refused where they do not fit: an id of Stripe under a
name that nobody reads would be taken for none, and everything be made again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .findings import Findings, member

if TYPE_CHECKING:
    from ..schema.salesforce import Catalogue

_PREFIXED = re.compile(r"([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)__([A-Za-z0-9_]+__[cr])")


def bare(
    records: dict[str, Any], catalogue: Catalogue, namespace: str, findings: Findings, part: str
) -> dict[str, Any]:
    """The records with bare names for those of the package; what does not fit the rules' namespace is an error, once."""
    reader = _Reader(catalogue.package_names, catalogue.names, namespace)
    out = reader.read(records, f"$.{part}")
    if isinstance(out, dict) and reader.fault is not None:
        path, words, fix = reader.fault
        findings.add("E429", words, path, fix=fix)
    return out if isinstance(out, dict) else records


class _Reader:
    def __init__(self, names: frozenset[str], known: frozenset[str], namespace: str) -> None:
        self.names = names
        self.known = known
        self.namespace = namespace
        self.fault: tuple[str, str, str] | None = None

    def read(self, value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            out = {}
            for key, each in value.items():
                name = self.name(key, member(path, key))
                out[name] = (
                    self.name(each, path)
                    if key == "type" and isinstance(each, str)
                    else self.read(each, member(path, key))
                )
            return out
        if isinstance(value, list):
            return [
                self.name(each, f"{path}[{at}]")
                if isinstance(each, str) and "__" in each
                else self.read(each, f"{path}[{at}]")
                for at, each in enumerate(value)
            ]
        return value

    def name(self, key: str, path: str) -> str:
        """A key without the package's prefix; one with another prefix, or without it, is a fault."""
        if key in self.names:
            if self.namespace:
                self.note(
                    path,
                    f"{key} carries no prefix, and the rules name the namespace {self.namespace} of its package",
                    f'take `namespace "{self.namespace}"` from the rules\' source line, if the package has none in this org',
                )
            return key
        found = None if key in self.known else _PREFIXED.fullmatch(key)
        if found is None or found[2] not in self.names:
            return key
        if found[1] == self.namespace:
            return found[2]
        said = f"the rules name the namespace {self.namespace}" if self.namespace else "the rules name no namespace"
        self.note(
            path,
            f"{key} carries the prefix {found[1]} of a managed package, and {said}: its ids of Stripe would not be seen",
            f'source salesforce "…" namespace "{found[1]}"',
        )
        return key

    def note(self, path: str, words: str, fix: str) -> None:
        self.fault = self.fault or (path, words, fix)


def outer(name: str, catalogue: Catalogue, namespace: str) -> str:
    """The name of a field or object as the org has it."""
    return f"{namespace}__{name}" if namespace and name in catalogue.package_names else name
