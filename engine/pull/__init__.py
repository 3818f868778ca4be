"""Bundles from an org and from Stripe: what the rules and the contract model read, and nothing more.

fields.py says what that is, records.py reads it from the org, stripe_part.py what Stripe knows of it.
"""

from __future__ import annotations

from .bundles import Pulled, order_ids_where, pull_contracts
from .fields import Fields, fields_of
from .stripe_part import refreshed
from .text import dumped

__all__ = ["Fields", "Pulled", "dumped", "fields_of", "order_ids_where", "pull_contracts", "refreshed"]
