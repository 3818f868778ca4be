"""Contracts as calls: references, order, idempotency keys, redaction, and the plan document."""

from .document import dump, failed_document, from_document, read_document, read_plan, to_document
from .history import BILLING
from .make import make_plan
from .model import (
    Call,
    ContractSummary,
    CouponPromise,
    Earlier,
    Follows,
    OrderLineTotal,
    Plan,
    Provenance,
    RecordName,
    Reused,
    Skipped,
    StoredText,
    Untaken,
    WriteBack,
    failed_plan,
    kind_of,
)
from .secrets import redacted, without_secrets
from .spelling import canonical, encoded

__all__ = [
    "BILLING",
    "Call",
    "ContractSummary",
    "CouponPromise",
    "Earlier",
    "Follows",
    "OrderLineTotal",
    "Plan",
    "Provenance",
    "RecordName",
    "Reused",
    "Skipped",
    "StoredText",
    "Untaken",
    "WriteBack",
    "canonical",
    "dump",
    "encoded",
    "failed_document",
    "failed_plan",
    "from_document",
    "kind_of",
    "make_plan",
    "read_document",
    "read_plan",
    "redacted",
    "to_document",
    "without_secrets",
]
