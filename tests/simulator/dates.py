"""Days as Stripe counts them: a billing date is the day of the anchor in its month, or the month's last day."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)


def instant(seconds: int) -> datetime:
    """A timestamp of the API: seconds since 1970, UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def midnight_after(moment: datetime) -> datetime:
    """The next midnight, which is when the clock of the simulator strikes."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + DAY


def months_from(anchor: datetime, months: int) -> datetime:
    """So many months from an anchor, on its day or the last one of a shorter month.

    https://docs.stripe.com/billing/subscriptions/billing-cycle: an anchor of 31 January bills on the last day of
    February, and on 31 March.
    """
    count = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(count, 12)
    return anchor.replace(year=year, month=month + 1, day=min(anchor.day, monthrange(year, month + 1)[1]))


def cycle_from(anchor: datetime, months: int, moment: datetime) -> datetime | None:
    """The end of the cycle that begins at a moment, None where none begins then."""
    apart = (moment.year - anchor.year) * 12 + moment.month - anchor.month
    if apart < 0 or apart % months or months_from(anchor, apart) != moment:
        return None
    return months_from(anchor, apart + months)


def cycle_around(anchor: datetime, months: int, moment: datetime) -> tuple[datetime, datetime]:
    """The cycle that a moment lies in: its start, and its end, which is the next one's start."""
    number = 0
    while months_from(anchor, months * (number + 1)) <= moment:
        number += 1
    return months_from(anchor, months * number), months_from(anchor, months * (number + 1))
