"""Builders of CPQ orders for tests: small words in, whole bundles of Salesforce records out.

    bundle = an_order(lines=[seat(quantity=10), setup_fee("500.00")], start="2026-03-01", term=12)
    bundle = amend(bundle, start="2026-09-01", lines=[change("Workspace seat", quantity=15)])

The figures are those that CPQ itself would write: covered months, prorate multipliers, prices rounded to cents.
A bundle is a plain dictionary, ready for `json.dumps`; its numbers are JSON numbers as the REST API returns them.
"""

from tests.builders.amendments import Change, amend, change, renew
from tests.builders.dates import add_months, covered_months
from tests.builders.ids import record_id
from tests.builders.lines import (
    Coupon,
    Line,
    Segment,
    Tiers,
    coupon,
    evergreen,
    graduated,
    ramp,
    seat,
    setup_fee,
    usage,
    volume,
)
from tests.builders.orders import an_order
from tests.builders.org import patched, to_json

__all__ = [
    "Change",
    "Coupon",
    "Line",
    "Segment",
    "Tiers",
    "add_months",
    "amend",
    "an_order",
    "change",
    "coupon",
    "covered_months",
    "evergreen",
    "graduated",
    "patched",
    "ramp",
    "record_id",
    "renew",
    "seat",
    "setup_fee",
    "to_json",
    "usage",
    "volume",
]
