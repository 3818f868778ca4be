"""A loaded bundle: the orders to plan, their records, and what is known of Stripe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..diagnostics import Diagnostic
    from .record import Records


@dataclass(frozen=True, slots=True)
class Bundle:
    """One order bundle without faults.

    `name` is the path it was read from, `-` for standard input, and `path:LINE` for one of many in a file. `as_of` is
    in UTC. `stripe` is the known state of Stripe objects by resource (`subscription_schedule`), as the Stripe API gives
    them. `account` is the Stripe account the plan is for (`id`, `livemode`), when the bundle says. `sha256` is the hex
    digest of the bytes that were read; for one of many, of its line without the line end. `secret` is another digest of
    them, never shown: nobody who has not the bundle can compute what is keyed with it.
    """

    name: str
    as_of: datetime
    order_ids: tuple[str, ...]
    records: Records
    stripe: Mapping[str, tuple[dict[str, Any], ...]]
    account: Mapping[str, Any] | None
    sha256: str
    secret: bytes = field(default=b"", repr=False)

    def stripe_object(self, resource: str, stripe_id: str) -> dict[str, Any] | None:
        """The known state of a Stripe object, None when the bundle does not hold it."""
        return next((each for each in self.stripe.get(resource, ()) if each.get("id") == stripe_id), None)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one bundle of a file: the bundle, or None when a finding is an error, and all findings."""

    name: str
    bundle: Bundle | None
    findings: tuple[Diagnostic, ...]
