"""What a parameter is about: the money, who or what is named, or a remark. docs/diff.md shows the table."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from ..schema import stripe


class ChangeClass(StrEnum):
    """What a difference between two plans alters; the first of these is the gravest."""

    BILLING = "billing"
    IDENTITY = "identity"
    METADATA = "metadata"


GRAVEST = tuple(ChangeClass)
"""The classes, gravest first."""

_WORDS = {
    ChangeClass.BILLING: """
        add_invoice_items application_fee_percent applies_to auto_advance automatic_tax bill_for billing_cycle_anchor
        billing_cycle_anchor_config billing_mode billing_schedules billing_scheme billing_thresholds
        cancel_at_period_end cash_balance clear_usage collection_method coupon currency currency_options current_trial
        custom_unit_amount days_until_due default_payment_method default_price_data default_settings default_source
        default_tax_rates discountable discounts duration duration_in_months end_behavior end_date forgive
        from_invoice from_subscription inclusive invoice_item.invoice invoice_now invoice_settings invoicing_behavior
        invoicing_rules issuer items lines mandate max_redemptions off_session on_behalf_of package_dimensions
        paid_out_of_band pause_collection pause_schedules payment_behavior payment_intent payment_method
        payment_record payment_settings pending_invoice_item_interval pending_invoice_items_behavior percent_off
        percentage period phases plan preserve_cancel_date price price_data pricing promotion_code prorate
        proration_behavior quantity quantity_decimal recurring shipping_cost source subscription subscription.type tax
        tax_behavior tax_code tax_details tax_exempt tax_id_data tax_rates test_clock tiers tiers_mode transfer_data
        transform_quantity trial trial_from_plan trial_period_days trial_settings validate
        """,
    ChangeClass.IDENTITY: """
        account_tax_ids active address business_name coupon.id customer customer_account default_price display_name
        email individual_name invoice.number invoice_prefix lookup_key name next_invoice_sequence phone
        preferred_locales product product.id product.type product.url product_data shippable shipping shipping_details
        statement_descriptor transfer_lookup_key
        """,
    ChangeClass.METADATA: """
        cancellation_details custom_fields description expand footer images invoice_metadata marketing_features metadata
        nickname rendering unit_label
        """,
}
"""Names of parameters by what they alter. `resource.name` is that parameter at the top of that resource alone; a bare
name counts wherever it stands. Amounts and moments are not listed: the schema says which parameters are."""

CLASSES: dict[str, ChangeClass] = {name: kind for kind, words in _WORDS.items() for name in words.split()}

_FREE = ("metadata", "invoice_metadata")
"""Parameters whose inner names are the user's own."""

_SUPPORTING = ("coupon", "price", "product", "tax_rate")
"""Resources that bill nothing by being made: what is billed by them names them."""


def known_class(resource: str, steps: Iterable[str]) -> ChangeClass | None:
    """The class that the table or the schema gives a parameter, or None where they say nothing.

    `steps` are the names on the way to it, such as `("phases", "0", "items", "1", "quantity")`. The innermost name that is
    known counts: an item's metadata is metadata, although the item is billed.
    """
    found: ChangeClass | None = None
    way: tuple[str, ...] = ()
    for step in steps:
        own = (CLASSES.get(f"{resource}.{step}") if not way else None) or CLASSES.get(step)
        way = (*way, "*" if step.isdigit() else step)
        found = own or (ChangeClass.BILLING if _has_unit(resource, way) else found)
        if step in _FREE:
            break
    return found


@lru_cache(maxsize=4096)
def _has_unit(resource: str, steps: tuple[str, ...]) -> bool:
    """Whether a parameter counts money or time, as the newest schema says."""
    definition = stripe.load(stripe.versions()[-1]).resource(resource)
    nodes = (each.params.at(steps) for each in definition.operations.values()) if definition else ()
    return any(node is not None and node.unit is not None for node in nodes)


def class_of(resource: str, steps: Iterable[str]) -> ChangeClass:
    """The class of a parameter: billing, the cautious one, for what the table does not know."""
    return known_class(resource, steps) or ChangeClass.BILLING


def class_of_object(resource: str, action: str, params: Iterable[str]) -> ChangeClass:
    """What it alters that a call is made at all, or no more.

    A price, product or coupon bills nothing by itself: the call that bills by it names it, and shows the difference.
    A customer, and a change of any of these, is as grave as its gravest parameter; every other call bills.
    """
    if resource in _SUPPORTING and action == "create":
        return ChangeClass.IDENTITY
    if resource == "customer" or resource in _SUPPORTING:
        return gravest((ChangeClass.IDENTITY, *(class_of(resource, (each,)) for each in params)))
    return ChangeClass.BILLING


def gravest(kinds: Iterable[ChangeClass]) -> ChangeClass:
    """The gravest of some classes, of which there is at least one."""
    return min(kinds, key=GRAVEST.index)
