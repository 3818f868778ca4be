"""orderplan: Salesforce CPQ orders become Stripe Billing calls, by rules kept in version control.

What is public stands here and comes from `orderplan.engine.api` when it is first used, so that `import orderplan` costs
nothing. The parts are in `orderplan.engine`: in a checkout that package lies beside this one, in an installed wheel inside
it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

_CHECKOUT = Path(__file__).resolve().parent.parent

if not (_CHECKOUT / "orderplan" / "engine").is_dir() and (_CHECKOUT / "engine" / "__init__.py").is_file():
    __path__.append(str(_CHECKOUT))

if TYPE_CHECKING:
    from .engine.api import (
        Bundle,
        Call,
        CallDifference,
        CallPath,
        ChangeClass,
        ContractSummary,
        CouponPromise,
        Diagnostic,
        Difference,
        Forecast,
        Hidden,
        Invoice,
        InvoiceLine,
        Loaded,
        OrderDifference,
        OrderLineTotal,
        OrderplanError,
        Outlook,
        Plan,
        PlanDiff,
        Provenance,
        Reconciliation,
        RecordName,
        Ref,
        Reused,
        Rules,
        Severity,
        Skipped,
        StoredText,
        WriteBack,
        __version__,
        diff,
        forecast,
        load_bundle,
        load_bundles,
        load_plan,
        load_rules,
        plan,
        to_json,
    )

__all__ = [
    "Bundle",
    "Call",
    "CallDifference",
    "CallPath",
    "ChangeClass",
    "ContractSummary",
    "CouponPromise",
    "Diagnostic",
    "Difference",
    "Forecast",
    "Hidden",
    "Invoice",
    "InvoiceLine",
    "Loaded",
    "OrderDifference",
    "OrderLineTotal",
    "OrderplanError",
    "Outlook",
    "Plan",
    "PlanDiff",
    "Provenance",
    "Reconciliation",
    "RecordName",
    "Ref",
    "Reused",
    "Rules",
    "Severity",
    "Skipped",
    "StoredText",
    "WriteBack",
    "__version__",
    "diff",
    "forecast",
    "load_bundle",
    "load_bundles",
    "load_plan",
    "load_rules",
    "plan",
    "to_json",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'orderplan' has no attribute {name!r}")
    from .engine import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
