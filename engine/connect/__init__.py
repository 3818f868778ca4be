"""The two platforms: clients, credentials and answers. What they are asked for is decided elsewhere.

The clients' libraries are imported where a client is made: commands that speak to nobody never load them.
"""

from __future__ import annotations

from .answers import Answer, Refusal, Want
from .credentials import OrgLogin, StripeLogin, org_login, stripe_login
from .salesforce import OrgClient, OrgRefusal
from .stripe import StripeClient

__all__ = [
    "Answer",
    "OrgClient",
    "OrgLogin",
    "OrgRefusal",
    "Refusal",
    "StripeClient",
    "StripeLogin",
    "Want",
    "org_login",
    "stripe_login",
]
