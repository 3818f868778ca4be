"""Stripe and a Salesforce org on loopback, from the project's own schemas, for guides, rehearsals and tests.

Nothing of the planner is imported here, else the sandbox would check the planner with itself.
"""

from __future__ import annotations

from .server import HOST, SALESFORCE_TOKEN, STRIPE_KEY, Sandbox

__all__ = ["HOST", "SALESFORCE_TOKEN", "STRIPE_KEY", "Sandbox"]
