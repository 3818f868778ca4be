"""Which of Stripe's parameters bear on money, and what the forecast makes of each; a test counts them against the schema.

A parameter is followed, or named in a finding when a plan has it; or it is about taxes, before which every forecast is; or
it says how and to whom an invoice is paid, and not what is on it. What is left bears on no money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum


class Bearing(StrEnum):
    """What the forecast makes of a parameter."""

    FOLLOWED = "followed"
    NAMED = "named"
    TAX = "tax"
    PAYMENT = "payment"
    NONE = "none"


_TABLE: dict[Bearing, dict[str, str]] = {
    Bearing.FOLLOWED: {
        "coupon": """
            amount_off applies_to currency duration duration_in_months max_redemptions percent_off redeem_by
            """,
        "invoice": "days_until_due discounts due_date pending_invoice_items_behavior",
        "invoice_item": """
            amount currency discountable discounts invoice period price_data pricing quantity subscription
            unit_amount_decimal
            """,
        "price": """
            billing_scheme currency product recurring tiers tiers_mode transform_quantity unit_amount unit_amount_decimal
            """,
        "promotion_code": "promotion",
        "subscription": """
            add_invoice_items backdate_start_date billing_cycle_anchor billing_cycle_anchor_config billing_mode cancel_at
            cancel_at_period_end currency days_until_due discounts invoice_now items prorate proration_behavior
            trial_period_days create:trial_end
            """,
        "subscription_schedule": """
            billing_mode default_settings default_settings.billing_cycle_anchor
            default_settings.invoice_settings.days_until_due end_behavior from_subscription invoice_now phases
            phases.add_invoice_items phases.billing_cycle_anchor phases.currency phases.discounts phases.duration
            phases.end_date phases.invoice_settings.days_until_due phases.items phases.proration_behavior phases.start_date
            phases.trial phases.trial_end prorate proration_behavior start_date
            """,
    },
    Bearing.NAMED: {
        "coupon": "currency_options",
        "customer": "balance",
        "invoice": """
            automatically_finalizes_at currency effective_at from_invoice lines shipping_cost subscription
            """,
        "invoice_item": "invoicing_rules quantity_decimal",
        "price": "currency_options custom_unit_amount",
        "product": "default_price_data",
        "promotion_code": "active expires_at max_redemptions restrictions",
        "subscription": """
            bill_for billing_schedules billing_thresholds invoicing_behavior items.billing_thresholds items.clear_usage
            items.current_trial items.plan pause_collection pending_invoice_item_interval proration_date
            resume:billing_cycle_anchor trial_from_plan trial_settings type update:billing_cycle_anchor update:trial_end
            """,
        "subscription_item": """
            billing_thresholds clear_usage current_trial discounts plan price price_data proration_behavior proration_date
            quantity subscription
            """,
        "subscription_schedule": """
            default_settings.billing_thresholds pause_schedules phases.billing_thresholds phases.items.billing_thresholds
            phases.items.plan preserve_cancel_date
            """,
    },
    Bearing.TAX: {
        "customer": "tax tax_exempt tax_id_data",
        "invoice": """
            automatic_tax default_tax_rates lines.price_data.product_data.tax_code lines.price_data.product_data.tax_details
            lines.price_data.tax_behavior lines.tax_amounts lines.tax_rates shipping_cost.shipping_rate_data.tax_behavior
            shipping_cost.shipping_rate_data.tax_code
            """,
        "invoice_item": "price_data.tax_behavior tax_behavior tax_code tax_rates",
        "price": "product_data.tax_code product_data.tax_details tax_behavior",
        "product": "default_price_data.tax_behavior package_dimensions tax_code tax_details",
        "subscription": """
            add_invoice_items.price_data.tax_behavior add_invoice_items.tax_rates automatic_tax default_tax_rates
            items.price_data.tax_behavior items.tax_rates
            """,
        "subscription_item": "price_data.tax_behavior tax_rates",
        "subscription_schedule": """
            default_settings.automatic_tax phases.add_invoice_items.price_data.tax_behavior phases.add_invoice_items.tax_rates
            phases.automatic_tax phases.default_tax_rates phases.items.price_data.tax_behavior phases.items.tax_rates
            """,
        "tax_rate": "inclusive percentage",
    },
    Bearing.PAYMENT: {
        "customer": "cash_balance default_source invoice_settings.default_payment_method payment_method source test_clock validate",
        "invoice": """
            application_fee_amount auto_advance collection_method default_payment_method default_source forgive issuer mandate
            off_session on_behalf_of paid_out_of_band payment_intent payment_method payment_record payment_settings source
            transfer_data
            """,
        "subscription": """
            application_fee_percent collection_method default_payment_method default_source invoice_settings.issuer
            off_session on_behalf_of payment_behavior payment_settings transfer_data
            """,
        "subscription_item": "off_session payment_behavior",
        "subscription_schedule": """
            default_settings.application_fee_percent default_settings.collection_method
            default_settings.default_payment_method default_settings.invoice_settings.issuer default_settings.on_behalf_of
            default_settings.transfer_data phases.application_fee_percent phases.collection_method
            phases.default_payment_method phases.invoice_settings.issuer phases.on_behalf_of phases.transfer_data
            """,
    },
    Bearing.NONE: {
        "billing_meter": """
            customer_mapping default_aggregation display_name event_name event_time_window value_settings
            """,
        "coupon": "id name",
        "customer": """
            address business_name description email individual_name invoice_prefix invoice_settings.custom_fields
            invoice_settings.footer invoice_settings.rendering_options name next_invoice_sequence phone preferred_locales
            shipping
            """,
        "invoice": """
            account_tax_ids custom_fields customer customer_account description footer invoice_metadata number rendering
            shipping_details statement_descriptor
            """,
        "invoice_item": "customer customer_account description",
        "price": """
            active lookup_key nickname product_data recurring.meter recurring.trial_period_days transfer_lookup_key
            """,
        "product": """
            active default_price description id images marketing_features name shippable statement_descriptor type
            unit_label url
            """,
        "promotion_code": "code customer customer_account",
        "subscription": """
            billing_mode.flexible cancellation_details customer customer_account description
            invoice_settings.account_tax_ids invoice_settings.custom_fields invoice_settings.description
            invoice_settings.footer items.id
            """,
        "subscription_item": "",
        "subscription_schedule": """
            billing_mode.flexible customer customer_account default_settings.description
            default_settings.invoice_settings.account_tax_ids default_settings.invoice_settings.custom_fields
            default_settings.invoice_settings.description default_settings.invoice_settings.footer phases.description
            phases.invoice_settings.account_tax_ids phases.invoice_settings.custom_fields
            phases.invoice_settings.description phases.invoice_settings.footer
            """,
        "tax_rate": "active country description display_name jurisdiction state tax_type",
    },
}
"""Parameters by what the forecast makes of them: names on the way to each, without the places in lists. The longest that
fits counts; `update:` before it limits it to that operation. What stands below a parameter is as it is."""

NOT_FOLLOWED = frozenset(
    [
        "coupon.delete",
        "coupon.update",
        "customer.delete",
        "invoice.add_lines",
        "invoice.delete",
        "invoice.mark_uncollectible",
        "invoice.remove_lines",
        "invoice.update",
        "invoice.update_lines",
        "invoice.void",
        "invoice_item.delete",
        "invoice_item.update",
        "promotion_code.update",
        "subscription.migrate",
        "subscription.pause",
        "subscription.resume",
        "subscription_item.create",
        "subscription_item.delete",
        "subscription_item.update",
        "subscription_schedule.release",
    ]
)
"""Operations that may alter what is billed, and that the forecast does not follow at all."""

FREE = frozenset({"metadata", "expand"})
"""Parameters whose inner names are the user's own, or which ask for more in the answer."""

Pattern = tuple[str, ...]


def _patterns() -> dict[str, dict[Pattern, tuple[str | None, Bearing]]]:
    out: dict[str, dict[Pattern, tuple[str | None, Bearing]]] = {}
    for bearing, resources in _TABLE.items():
        for resource, words in resources.items():
            for word in words.split():
                operation, _, path = word.rpartition(":")
                key = (f"{operation}:" if operation else "", *path.split("."))
                out.setdefault(resource, {})[key] = (operation or None, bearing)
    return out


PATTERNS: Mapping[str, Mapping[Pattern, tuple[str | None, Bearing]]] = _patterns()
"""The table by resource; the first step of a pattern is its operation with a colon, or empty."""


def bearing_of(resource: str, operation: str, steps: Sequence[str]) -> tuple[str, Bearing] | None:
    """The parameter of the table that a place in a call belongs to, and its bearing; None for what the table lacks."""
    known = PATTERNS.get(resource, {})
    for length in range(len(steps), 0, -1):
        for first in (f"{operation}:", ""):
            found = known.get((first, *steps[:length]))
            if found is not None:
                return ".".join(steps[:length]), found[1]
    return None
