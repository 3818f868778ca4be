"""Products, pricebook entries, consumption schedules and coupons: what lines point to."""

from __future__ import annotations

from tests.builders.lines import Coupon, Line, Tiers
from tests.builders.org import Fields, Org, number

_SUBSCRIPTION_TYPES = {"licensed": "Renewable", "metered": "Renewable", "evergreen": "Evergreen", "one_time": None}


def product_of(org: Org, line: Line) -> tuple[Fields, Fields]:
    """The product of a line and its pricebook entry; lines of one name share them."""
    product = org.find("Product2", Name=line.name)
    if product is None:
        product = org.add("Product2", _product(line))
        if line.segments:
            org.add(
                "SBQQ__Dimension__c",
                {"Name": line.dimension, "SBQQ__Product__c": product["Id"], "SBQQ__Type__c": line.dimension},
            )
        if line.tiers:
            _schedule(org, line, line.tiers, product)
    entry = org.find("PricebookEntry", Product2Id=product["Id"])
    if entry is None:
        entry = org.add("PricebookEntry", _entry(org, line, product))
    assert entry["UnitPrice"] == number(line.price), f"two list prices of {line.name}"
    return product, entry


def _product(line: Line) -> Fields:
    code = "".join(word[:4].upper() for word in line.name.split()[:2])
    return {
        "Name": line.name,
        "ProductCode": code,
        "Description": f"{line.name}, as in our price list",
        "Family": None,
        "IsActive": True,
        "SBQQ__BillingFrequency__c": line.frequency,
        "SBQQ__BillingType__c": "Arrears" if line.kind == "metered" else None,
        "SBQQ__HasConsumptionSchedule__c": line.tiers is not None,
        "SBQQ__PriceEditable__c": line.quoted_price is not None,
        "SBQQ__PricingMethod__c": "List",
        "SBQQ__SubscriptionBase__c": "List",
        "SBQQ__SubscriptionPricing__c": "Fixed Price" if line.recurring else None,
        "SBQQ__SubscriptionTerm__c": line.product_term,
        "SBQQ__SubscriptionType__c": _SUBSCRIPTION_TYPES[line.kind],
        "SBQQ__Taxable__c": False,
        "Stripe_ID__c": None,
        "Stripe_Meter_ID__c": line.meter,
    } | dict(line.product_fields)


def _entry(org: Org, line: Line, product: Fields) -> Fields:
    return {
        "Name": line.name,
        "IsActive": True,
        "Pricebook2Id": org.get("Pricebook2")["Id"],
        "Product2Id": product["Id"],
        "ProductCode": product["ProductCode"],
        "Stripe_ID__c": None,
        "UnitPrice": number(line.price),
    } | dict(line.entry_fields)


def _schedule(org: Org, line: Line, tiers: Tiers, product: Fields) -> None:
    schedule = org.add(
        "ConsumptionSchedule",
        {
            "Name": f"{line.name} tiers",
            "BillingTerm": 1,
            "BillingTermUnit": "Month",
            "IsActive": True,
            "NumberOfRates": len(tiers.rates),
            "RatingMethod": tiers.rating_method,
            "SBQQ__Category__c": "Rates",
            "Type": tiers.kind,
        },
    )
    org.add("ProductConsumptionSchedule", {"ConsumptionScheduleId": schedule["Id"], "ProductId": product["Id"]})
    lower = 1
    for order, (upper, price, method) in enumerate(tiers.rates, 1):
        rate = {"LowerBound": lower, "Price": number(price), "PricingMethod": method, "UpperBound": upper}
        name = f"R-{org.number_of('ConsumptionRate', 6)}"
        org.add(
            "ConsumptionRate",
            {"Name": name, "ConsumptionScheduleId": schedule["Id"], "ProcessingOrder": order} | rate,
        )
        lower = upper or lower


def copy_tiers(org: Org, tiers: Tiers, item: Fields) -> None:
    """Give an order line its own copy of a consumption schedule, as CPQ does for every line of a tiered product."""
    joined = org.get("ProductConsumptionSchedule", ProductId=item["Product2Id"])
    schedule = org.record(joined["ConsumptionScheduleId"])
    copy = org.add(
        "SBQQ__OrderItemConsumptionSchedule__c",
        {
            "Name": schedule["Name"],
            "SBQQ__BillingTermUnit__c": "Month",
            "SBQQ__BillingTerm__c": 1,
            "SBQQ__Category__c": "Rates",
            "SBQQ__ConsumptionSchedule__c": schedule["Id"],
            "SBQQ__OrderItem__c": item["Id"],
            "SBQQ__RatingMethod__c": tiers.rating_method,
            "SBQQ__Type__c": tiers.kind,
        },
    )
    lower = 1
    for order, (upper, price, method) in enumerate(tiers.rates, 1):
        rate = {
            "SBQQ__LowerBound__c": lower,
            "SBQQ__Price__c": number(price),
            "SBQQ__PricingMethod__c": method,
            "SBQQ__UpperBound__c": upper,
        }
        name = f"R-{org.number_of('SBQQ__OrderItemConsumptionRate__c', 6)}"
        owner = {"SBQQ__OrderItemConsumptionSchedule__c": copy["Id"], "SBQQ__ProcessingOrder__c": order}
        org.add("SBQQ__OrderItemConsumptionRate__c", {"Name": name} | owner | rate)
        lower = upper or lower


def tiers_of(org: Org, item: Fields) -> Tiers | None:
    """The tiers that an order line was sold with."""
    schedule = org.find("SBQQ__OrderItemConsumptionSchedule__c", SBQQ__OrderItem__c=item["Id"])
    if schedule is None:
        return None
    rates = tuple(
        (each["SBQQ__UpperBound__c"], each["SBQQ__Price__c"], each["SBQQ__PricingMethod__c"])
        for each in org.all("SBQQ__OrderItemConsumptionRate__c")
        if each["SBQQ__OrderItemConsumptionSchedule__c"] == schedule["Id"]
    )
    return Tiers(schedule["SBQQ__Type__c"], rates, schedule["SBQQ__RatingMethod__c"])


def give_coupon(org: Org, given: Coupon, *, quote_line: Fields | None, item: Fields | None, order: Fields) -> None:
    """Offer a coupon on the quote, or on one of its lines, and copy it to the order as ordering does."""
    terms = {
        "Amount_Off__c": None if given.amount_off is None else number(given.amount_off),
        "Duration_In_Months__c": given.months,
        "Duration__c": given.duration,
        "Max_Redemptions__c": given.max_redemptions,
        "Name__c": given.name,
        "Percent_Off__c": None if given.percent_off is None else number(given.percent_off),
    }
    offered = org.find("Quote_Stripe_Coupon__c", **terms)
    if offered is None:
        name = org.number_of("Quote_Stripe_Coupon__c", 4)
        offered = org.add("Quote_Stripe_Coupon__c", {"Name": name, "Stripe_ID__c": None} | terms)
    if quote_line:
        owner = {"Quote_Line__c": quote_line["Id"], "Quote_Stripe_Coupon__c": offered["Id"]}
        org.add("Quote_Line_Stripe_Coupon_Association__c", owner)
    else:
        owner = {"Quote__c": order["SBQQ__Quote__c"], "Quote_Stripe_Coupon__c": offered["Id"]}
        org.add("Quote_Stripe_Coupon_Association__c", owner)
    copied = {
        "Name": org.number_of("Order_Stripe_Coupon__c", 4),
        "Order_Item__c": item["Id"] if item else None,
        "Order__c": None if item else order["Id"],
        "Quote_Stripe_Coupon_Id__c": offered["Id"],
        "Stripe_ID__c": None,
    }
    org.add("Order_Stripe_Coupon__c", copied | terms)
