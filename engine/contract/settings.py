"""The switches of the contract model, as a rule file's `settings` block sets them.

Types, defaults and meanings stand in `schemas/model.json` under `$defs.Settings`; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

from .months import Precision


@dataclass(frozen=True, slots=True)
class Settings:
    """Every switch with its default; `docs/contract-model.md` shows what each one changes."""

    default_currency: str = "usd"
    prorate_precision: Precision = "month_and_day"
    prorate_short_terms: bool = True
    credit_terminated_lines: bool = False
    credit_quantity_reductions: bool = False
    non_anniversary_amendments: bool = True
    balance_rounding: Literal["off", "first_invoice"] = "off"
    orders_activated_after: date | None = None
    migrate_older_orders: bool = False
    existing_customer: Literal["reuse", "update"] = "reuse"
    existing_product: Literal["reuse", "update"] = "reuse"
    metadata_prefix: str = "salesforce_"
    salesforce_url: str = "https://login.salesforce.com"
    usage_meter: str | None = None
    billing_mode: Literal["auto", "classic", "flexible"] = "auto"
    subscription_items: int = 20
    order_coupons: Literal["first_phase", "lines"] = "first_phase"
    changes_made_in_stripe: Literal["refuse", "keep", "overwrite"] = "refuse"
    tiered_amendments: Literal["refuse", "separate", "together"] = "refuse"
    long_schedules: Literal["refuse", "in_parts"] = "refuse"
    require_approval: bool = False
    time_zone: str = "UTC"
    one_time_invoices: Literal["auto", "own_items"] = "auto"


def settings_from(values: Mapping[str, Any]) -> Settings:
    """The settings with `values` in place of the defaults.

    The values are checked against the model's schema before they come here, so an unknown name is a fault of the program.
    """
    known = {each.name for each in fields(Settings)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise KeyError(", ".join(unknown))
    return Settings(**values)
