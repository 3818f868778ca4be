"""The differences between two plans, each with what it alters: billing, identity or metadata."""

from .changes import CallDifference, Difference, Money, OrderDifference, PlanDiff
from .classes import GRAVEST, ChangeClass
from .compare import compare, compare_all, joined

__all__ = [
    "GRAVEST",
    "CallDifference",
    "ChangeClass",
    "Difference",
    "Money",
    "OrderDifference",
    "PlanDiff",
    "compare",
    "compare_all",
    "joined",
]
