"""Contracts as calls: references, order, idempotency keys, redaction, and the plan document."""

from .document import dump, failed_document, from_document, read_document, redacted_document, to_document
from .make import make_plan
from .model import (
    Call,
    ContractSummary,
    Plan,
    Provenance,
    Reused,
    Skipped,
    Source,
    Store,
    Template,
    Untaken,
    failed_plan,
    kind_of,
)

__all__ = [
    "Call",
    "ContractSummary",
    "Plan",
    "Provenance",
    "Reused",
    "Skipped",
    "Source",
    "Store",
    "Template",
    "Untaken",
    "dump",
    "failed_document",
    "failed_plan",
    "from_document",
    "kind_of",
    "make_plan",
    "read_document",
    "redacted_document",
    "to_document",
]
