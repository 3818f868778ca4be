"""Applying plans: every call once, every id written back, on one machine or several, through crashes and refusals.

Read work.py first, which is the whole of it in order; send.py is how one call is made once. What drives it is durable.py.
"""

from __future__ import annotations

from .approval import Approval, approve
from .journal import Journal
from .report import CallState, ContractState, findings_of
from .session import Given, Options, Session

__all__ = [
    "Approval",
    "CallState",
    "ContractState",
    "Given",
    "Journal",
    "Options",
    "Session",
    "approve",
    "findings_of",
]
