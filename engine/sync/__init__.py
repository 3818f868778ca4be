"""Keeping Stripe in step with an org: what changed is pulled, planned and applied, once or again and again.

Read cycle.py first: it is one round. state.py keeps between rounds what the journal does not.
"""

from __future__ import annotations

from .cycle import Round, one_round
from .prorations import invoice_waiting
from .state import SyncState
from .tracing import span

__all__ = ["Round", "SyncState", "invoice_waiting", "one_round", "span"]
