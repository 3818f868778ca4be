"""The plan: every call, why, and with what; its JSON is described by schemas/plan.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..diagnostics import Diagnostic
from ..marks import Marks

FORMAT = "orderplan.plan"
FORMAT_VERSION = "1.1"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Stripe API.

    `params` holds references as `{"$ref": {"call": …, "field": "id"}}`; `path` is a text, or a template with the reference
    of its id. `provenance`, `omitted` and `alternatives` (what the rules did not do, and why) go by JSON pointer. `sensitive` lists the pointers of values that are shown only
    on demand.
    """

    id: str
    resource: str
    action: str
    method: str
    path: str | Mapping[str, Any]
    params: Mapping[str, Any]
    depends_on: tuple[str, ...]
    idempotency_key: str
    source: Mapping[str, str] | None
    provenance: Mapping[str, Mapping[str, Any]]
    omitted: Mapping[str, str]
    sensitive: tuple[str, ...]
    store: tuple[Mapping[str, Any], ...]
    contract: str
    title: str = ""
    alternatives: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one bundle. `sold` is what Salesforce says each order line is worth. `redacted` gives for each call the digests that stand for its sensitive values.

    A bundle that could not be planned at all has a plan too: without `as_of` and calls, with the findings that say why.
    `revealed_digest` is there for a plan that was saved with its sensitive values: the digest over them that it states.
    """

    as_of: str
    stripe_version: str
    inputs: Mapping[str, Any]
    account: Mapping[str, Any] | None
    contracts: tuple[Mapping[str, Any], ...]
    calls: tuple[Call, ...]
    reused: tuple[Mapping[str, Any], ...]
    skipped: tuple[Mapping[str, Any], ...]
    sold: tuple[Mapping[str, Any], ...]
    diagnostics: tuple[Diagnostic, ...]
    promises: tuple[Mapping[str, Any], ...] = ()
    redacted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    tool_version: str = ""
    digest: str = ""
    revealed_digest: str = ""

    @property
    def applyable(self) -> bool:
        """Whether nothing in the plan stands against applying it."""
        return self.planned and not any(each.is_error for each in self.diagnostics)

    @property
    def planned(self) -> bool:
        """Whether the bundle could be read, so that there are contracts and calls."""
        return bool(self.as_of)

    @property
    def summary(self) -> dict[str, int]:
        """How many calls make something, change something, or end something."""
        counts = {"create": 0, "update": 0, "cancel": 0}
        for call in self.calls:
            counts[kind_of(call.action)] += 1
        return counts


def failed_plan(findings: Sequence[Diagnostic], bundle: str, tool_version: str) -> Plan:
    """The plan of a bundle that could not be planned at all."""
    return Plan(
        as_of="",
        stripe_version="",
        inputs={"bundle": {"path": bundle}},
        account=None,
        contracts=(),
        calls=(),
        reused=(),
        skipped=(),
        sold=(),
        diagnostics=tuple(findings),
        tool_version=tool_version,
    )


def kind_of(action: str) -> str:
    """Whether an operation makes, changes or ends an object."""
    if action == "create":
        return "create"
    return "cancel" if action in ("cancel", "delete", "void", "release") else "update"
