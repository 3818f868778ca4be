"""Stripe's two billing modes: where classic and flexible subscriptions bill differently.

What both have in common is in `subscription.py`. Source: https://docs.stripe.com/billing/subscriptions/billing-mode
"""

from ..planned import ModeName
from .classic import CLASSIC
from .flexible import FLEXIBLE
from .mode import BilledTime, Change, Mode

MODES: dict[ModeName, Mode] = {"classic": CLASSIC, "flexible": FLEXIBLE}
"""The modes by their names in Stripe's `billing_mode.type`."""

DEFAULT: ModeName = "flexible"
"""What Stripe takes where a call does not say, since API version 2025-09-30.clover."""

__all__ = ["CLASSIC", "DEFAULT", "FLEXIBLE", "MODES", "BilledTime", "Change", "Mode"]
