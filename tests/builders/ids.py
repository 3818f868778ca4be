"""Salesforce ids: deterministic, 18 characters, with the prefix of their object and a right checksum."""

from __future__ import annotations

import string

PREFIXES = {
    "Account": "001",
    "ConsumptionRate": "0Mo",
    "ConsumptionSchedule": "0Mh",
    "Contact": "003",
    "Contract": "800",
    "Opportunity": "006",
    "Order": "801",
    "OrderItem": "802",
    "Order_Stripe_Coupon__c": "a0C",
    "Pricebook2": "01s",
    "PricebookEntry": "01u",
    "Product2": "01t",
    "ProductConsumptionSchedule": "0Mq",
    "Quote_Line_Stripe_Coupon_Association__c": "a0F",
    "Quote_Stripe_Coupon_Association__c": "a0E",
    "Quote_Stripe_Coupon__c": "a0D",
    "SBQQ__Dimension__c": "a0G",
    "SBQQ__OrderItemConsumptionRate__c": "a0J",
    "SBQQ__OrderItemConsumptionSchedule__c": "a0H",
    "SBQQ__QuoteLine__c": "a0L",
    "SBQQ__Quote__c": "a0Q",
    "SBQQ__Subscription__c": "a0S",
}
"""Key prefixes: Salesforce's own for standard objects, made-up ones for custom objects."""

_CHECK = string.ascii_uppercase + "012345"


def record_id(object_name: str, serial: int, org: int = 1) -> str:
    """The id of the `serial`th record of an object in the `org`th bundle."""
    short = f"{PREFIXES[object_name]}W{org:05d}{serial:06d}"
    return short + checksum(short)


def checksum(short: str) -> str:
    """The three characters that make a 15-character id safe where case is lost: they say which letters are capitals."""
    chunks = (short[index : index + 5] for index in (0, 5, 10))
    return "".join(_CHECK[sum(1 << bit for bit, letter in enumerate(chunk) if letter.isupper())] for chunk in chunks)
