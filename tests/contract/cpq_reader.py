"""A reader of terms as the shipped rules read them, in plain Python: the contract model's tests need no rule program."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orderplan.engine.contract import Target, Terms
from orderplan.engine.marks import Marks
from orderplan.engine.records import Record

MONTHS = {"Monthly": 1, "Quarterly": 3, "Semiannual": 6, "Annual": 12}

LINE = {
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
    "total_price": "TotalPrice",
    "multiplier": "SBQQ__ProrateMultiplier__c",
    "product_term": "SBQQ__DefaultSubscriptionTerm__c",
    "term": "SBQQ__SubscriptionTerm__c",
    "service_start": "ServiceDate",
    "service_end": "EndDate",
    "unprorated_price": "SBQQ__UnproratedNetPrice__c",
    "quoted_list_price": "SBQQ__QuotedListPrice__c",
    "list_price": "ListPrice",
    "currency": "CurrencyIsoCode",
    "activated": "SBQQ__Activated__c",
    "deleted": "IsDeleted",
    "skip": "Skip_Line_Item__c",
    "segment_index": "SBQQ__SegmentIndex__c",
    "segment_label": "SBQQ__SegmentLabel__c",
    "segment_key": "SBQQ__SegmentKey__c",
    "cycle_months": "SBQQ__BillingFrequency__c",
}
CONTRACT = {
    "start": "SBQQ__StartDate__c",
    "term_months": "SBQQ__SubscriptionTerm__c",
    "end_date": "SBQQ__EndDate__c",
}
RATE = {
    "ConsumptionRate": ("LowerBound", "UpperBound", "Price", "PricingMethod", "ProcessingOrder"),
    "SBQQ__OrderItemConsumptionRate__c": (
        "SBQQ__LowerBound__c",
        "SBQQ__UpperBound__c",
        "SBQQ__Price__c",
        "SBQQ__PricingMethod__c",
        "SBQQ__ProcessingOrder__c",
    ),
}
COUPON = {
    "name": "Name__c",
    "amount_off": "Amount_Off__c",
    "percent_off": "Percent_Off__c",
    "duration": "Duration__c",
    "duration_in_months": "Duration_In_Months__c",
    "max_redemptions": "Max_Redemptions__c",
    "currency": "CurrencyIsoCode",
}
DATES = {"ServiceDate", "EndDate", "SBQQ__StartDate__c", "SBQQ__EndDate__c"}


class CpqReader:
    """Terms of CPQ records; `prices` are per-cycle prices that a rule would take from another field, by record id."""

    def __init__(self, prices: dict[str, Decimal] | None = None) -> None:
        self.prices = prices or {}

    def read(self, target: Target, record: Record) -> Terms:
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}
        for name, (holder, field) in _fields(target, record).items():
            values[name] = _value(holder, field) if holder else None
            sources[name] = f"{holder or record}.{field}"
        values |= _flags(target, record)
        if target in {"line", "price"}:
            values["cycle_months"] = MONTHS.get(str(values["cycle_months"]))
            values["price"] = self.prices.get(record.id)
        return Terms(record, values, sources, {name: f"rules/cpq.rules:1:{i + 1}" for i, name in enumerate(values)})

    marks = Marks.prefixed("salesforce_")

    def stripe_id(self, record: Record) -> str | None:
        value = record.get("Stripe_ID__c")
        return str(value) if value else None


def _fields(target: Target, record: Record) -> dict[str, tuple[Record | None, str]]:
    if target == "line":
        return {name: (record, field) for name, field in LINE.items()}
    if target == "contract":
        quote = record.follow("SBQQ__Quote__r")
        return {name: (quote, field) for name, field in CONTRACT.items()} | {"currency": (record, "CurrencyIsoCode")}
    if target == "price":
        product = record.follow("Product2")
        return {
            "unit_price": (record, "UnitPrice"),
            "currency": (record, "CurrencyIsoCode"),
            "product_term": (product, "SBQQ__SubscriptionTerm__c"),
            "cycle_months": (product, "SBQQ__BillingFrequency__c"),
        }
    if target == "rate":
        names = ("lower", "upper", "price", "pricing_method", "order")
        return {name: (record, field) for name, field in zip(names, RATE[record.object], strict=True)}
    if target == "coupon":
        return {name: (record, field) for name, field in COUPON.items()}
    own = record.object.startswith("SBQQ__")
    return {
        "type": (record, "SBQQ__Type__c" if own else "Type"),
        "rating_method": (record, "SBQQ__RatingMethod__c" if own else "RatingMethod"),
    }


def _flags(target: Target, record: Record) -> dict[str, Any]:
    if target == "line":
        return {
            "recurring": record.get("SBQQ__SubscriptionPricing__c") is not None,
            "evergreen": record.get("SBQQ__SubscriptionType__c") == "Evergreen",
            "metered": record.get("SBQQ__BillingType__c") == "Arrears",
        }
    if target == "price":
        product = record.follow("Product2")
        return {
            "recurring": bool(product and product.get("SBQQ__SubscriptionPricing__c")),
            "metered": bool(product and product.get("SBQQ__BillingType__c") == "Arrears"),
        }
    if target == "contract":
        quote = record.follow("SBQQ__Quote__r")
        activated = record.datetime("ActivatedDate")
        return {
            "skip_past_invoices": bool(record.get("Skip_Past_Initial_Invoices__c")),
            "renewal": bool(quote and quote.get("SBQQ__Type__c") == "Renewal"),
            "activated_on": activated.date() if activated else None,
        }
    if target == "schedule":
        return {"active": record.get("IsActive"), "deleted": bool(record.get("IsDeleted"))}
    return {"deleted": bool(record.get("IsDeleted"))} if target == "rate" else {}


def _value(record: Record, field: str) -> Any:
    value = record.get(field)
    if field in DATES:
        return record.date(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value
