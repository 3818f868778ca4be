"""Contracts as calls: references, order, idempotency keys, redaction, and the plan document."""

from engine.plan.document import dump, failed_document, read_document, redacted_document, to_document
from engine.plan.make import make_plan
from engine.plan.model import Call, Plan, kind_of

__all__ = [
    "Call",
    "Plan",
    "dump",
    "failed_document",
    "kind_of",
    "make_plan",
    "read_document",
    "redacted_document",
    "to_document",
]
