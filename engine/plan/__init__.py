"""Contracts as calls: references, order, idempotency keys, redaction, and the plan document."""

from .document import dump, failed_document, from_document, read_document, redacted_document, to_document
from .make import make_plan
from .model import Call, Plan, failed_plan, kind_of

__all__ = [
    "Call",
    "Plan",
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
