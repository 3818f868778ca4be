"""The differences between two plans, each with what it alters: billing, identity or metadata."""

from .changes import BilledTotals, CallDifference, Difference, OrderDifference, PlanDiff
from .classes import GRAVEST, ChangeClass
from .compare import compare, compare_all, joined

__all__ = [
    "GRAVEST",
    "BilledTotals",
    "CallDifference",
    "ChangeClass",
    "Difference",
    "OrderDifference",
    "PlanDiff",
    "compare",
    "compare_all",
    "joined",
]
