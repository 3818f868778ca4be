"""Order lines and their quote lines, with the figures that CPQ works out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.builders.dates import ONE_DAY, add_months, covered_months
from tests.builders.lines import DIMENSION_MONTHS, Line, Segment
from tests.builders.org import Fields, Org, cents, exact, number
from tests.builders.products import copy_tiers, give_coupon, product_of, tiers_of

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Sale:
    """An order that is being written: its records, its range (`end` is exclusive) and the org's proration precision."""

    order: Fields
    quote: Fields
    start: date
    end: date | None
    precision: str


def sell(org: Org, sale: Sale, line: Line, **more: object) -> list[Fields]:
    """Write a new line: its order line and quote line, or one of each for every segment of a ramp."""
    product, entry = product_of(org, line)
    sold = _sold(line, product, entry, sale) | more
    if not line.segments:
        return [_write(org, sale, line, sold, sale.start, sale.end)]
    assert sale.end is not None
    items = []
    length = DIMENSION_MONTHS[line.dimension]
    dimension = org.get("SBQQ__Dimension__c", SBQQ__Product__c=product["Id"])
    key = f"{product['Id'][:15]}{len(org.all('OrderItem')) + 1:04d}"
    for index, segment in enumerate(line.segments, 1):
        first = add_months(sale.start, length * (index - 1))
        last = sale.end if index == len(line.segments) else add_months(sale.start, length * index)
        place = {
            "SBQQ__DimensionType__c": line.dimension,
            "SBQQ__PriceDimension__c": dimension["Id"],
            "SBQQ__SegmentIndex__c": index,
            "SBQQ__SegmentKey__c": key,
            "SBQQ__SegmentLabel__c": f"{line.dimension} {index}",
        }
        items.append(_write(org, sale, line, sold | place | _segment(line, segment), first, last))
    return items


def _segment(line: Line, segment: Segment) -> Fields:
    price = segment.price if segment.price is not None else (line.quoted_price or line.price)
    return {"SBQQ__QuotedListPrice__c": number(price), "Quantity": number(segment.quantity)}


def _sold(line: Line, product: Fields, entry: Fields, sale: Sale) -> Fields:
    """The fields of an order line that say what is sold; `Quantity` stands in for the figures that follow from it."""
    quoted = line.quoted_price if line.quoted_price is not None else line.price
    net = None if line.discount is None else quoted * (1 - line.discount / 100)
    evergreen_term = line.product_term if line.kind == "evergreen" else None
    quote_term = sale.quote["SBQQ__SubscriptionTerm__c"] if line.recurring and line.product_term else None
    return {
        "Description": None,
        "ListPrice": number(line.price),
        "OrderId": sale.order["Id"],
        "PricebookEntryId": entry["Id"],
        "Product2Id": product["Id"],
        "Quantity": number(line.quantity),
        "SBQQ__Activated__c": True,
        "SBQQ__BillingFrequency__c": line.frequency,
        "SBQQ__BillingType__c": "Arrears" if line.kind == "metered" else None,
        "SBQQ__BookingsIndicator__c": "Do Not Include" if line.kind == "evergreen" else "Include",
        "SBQQ__ContractAction__c": "New",
        "SBQQ__Contract__c": None,
        "SBQQ__Contracted__c": False,
        "SBQQ__ContractingMethod__c": "Inherit",
        "SBQQ__DefaultSubscriptionTerm__c": line.product_term,
        "SBQQ__PricingMethod__c": "List",
        "SBQQ__ProductSubscriptionType__c": product["SBQQ__SubscriptionType__c"],
        "SBQQ__QuotedListPrice__c": number(quoted),
        "SBQQ__RevisedOrderProduct__c": None,
        "SBQQ__SegmentIndex__c": None,
        "SBQQ__SegmentKey__c": None,
        "SBQQ__SegmentLabel__c": None,
        "SBQQ__Status__c": "Activated",
        "SBQQ__SubscriptionPricing__c": "Fixed Price" if line.recurring else None,
        "SBQQ__SubscriptionTerm__c": evergreen_term or quote_term,
        "SBQQ__SubscriptionType__c": product["SBQQ__SubscriptionType__c"],
        "SBQQ__Subscription__c": None,
        "SBQQ__UnproratedNetPrice__c": None if net is None else number(net),
        "Skip_Line_Item__c": False,
        "Stripe_ID__c": None,
    }


def _write(org: Org, sale: Sale, line: Line, sold: Fields, start: date, end: date | None) -> Fields:
    item = priced(sold, start, end, sale.precision)
    quote_line = add_quote_line(org, sale, item, total=item["Quantity"], prior=None)
    named = {"OrderItemNumber": org.number_of("OrderItem", 10), "SBQQ__QuoteLine__c": quote_line["Id"]}
    item = org.add("OrderItem", item | named | dict(line.fields))
    tiers = line.own_tiers or line.tiers
    if tiers:
        copy_tiers(org, tiers, item)
    # sales give a ramp's coupon on its first segment
    if sold["SBQQ__SegmentIndex__c"] in (None, 1):
        for each in line.coupons:
            give_coupon(org, each, quote_line=quote_line, item=item, order=sale.order)
    return item


def revise(
    org: Org, sale: Sale, first: Fields, *, total: int, current: Decimal, start: date, end: date | None
) -> Fields:
    """Write an amendment's line: the change from `current` to `total` units against the line that was sold first."""
    delta = total - current
    action = "Cancel" if not total else "Quantity Increase" if delta > 0 else "Quantity Decrease"
    change = {
        "OrderId": sale.order["Id"],
        "Quantity": number(delta),
        "SBQQ__ContractAction__c": action,
        "SBQQ__Contract__c": None,
        "SBQQ__Contracted__c": False,
        "SBQQ__RevisedOrderProduct__c": first["Id"],
        "SBQQ__SubscriptionTerm__c": first["SBQQ__SubscriptionTerm__c"] if end is None else None,
        "SBQQ__Subscription__c": None,
        "Stripe_ID__c": None,
    }
    kept = {name: value for name, value in first.items() if name not in ("Id", "LastModifiedDate")}
    item = priced(kept | change, start, end, sale.precision)
    quote_line = add_quote_line(org, sale, item, total=number(total), prior=number(current))
    named = {"OrderItemNumber": org.number_of("OrderItem", 10), "SBQQ__QuoteLine__c": quote_line["Id"]}
    item = org.add("OrderItem", item | named)
    tiers = tiers_of(org, first)
    if tiers:
        copy_tiers(org, tiers, item)
    return item


def priced(item: Fields, start: date, end: date | None, precision: str) -> Fields:
    """An order line with its range, and the figures that CPQ works out from it.

    The prorate multiplier is the covered months over the product term, the unit price is the price of one product term
    times the multiplier, rounded to cents. One-time and evergreen lines are priced once.
    """
    price = exact(item["SBQQ__UnproratedNetPrice__c"])
    if price is None:
        price = exact(item["SBQQ__QuotedListPrice__c"])
    assert price is not None
    evergreen = item["SBQQ__SubscriptionType__c"] == "Evergreen"
    multiplier = Decimal(1)
    if item["SBQQ__SubscriptionPricing__c"] and not evergreen:
        assert end is not None, "a renewable line needs a start and a term"
        multiplier = covered_months(start, end, precision) / (item["SBQQ__DefaultSubscriptionTerm__c"] or 12)
    unit_price = cents(price * multiplier)
    quantity = exact(item["Quantity"])
    assert quantity is not None
    total = cents(unit_price * quantity)
    return item | {
        "AvailableQuantity": number(quantity),
        "EndDate": None if evergreen or end is None else str(end - ONE_DAY),
        "SBQQ__OrderProductBookings__c": None if evergreen else number(total),
        "SBQQ__OrderedQuantity__c": number(quantity),
        "SBQQ__ProrateMultiplier__c": number(round(multiplier, 12)),
        "SBQQ__QuotedQuantity__c": number(quantity),
        "ServiceDate": str(start),
        "TotalPrice": number(total),
        "UnitPrice": number(unit_price),
    }


def add_quote_line(org: Org, sale: Sale, item: Fields, *, total: float, prior: float | None) -> Fields:
    """Write the quote line that an order line is made from; `total` is its new quantity, `prior` the one before."""
    product = org.record(item["Product2Id"])
    shared = (
        "SBQQ__BillingFrequency__c",
        "SBQQ__BillingType__c",
        "SBQQ__DefaultSubscriptionTerm__c",
        "SBQQ__DimensionType__c",
        "SBQQ__PricingMethod__c",
        "SBQQ__ProductSubscriptionType__c",
        "SBQQ__ProrateMultiplier__c",
        "SBQQ__SegmentIndex__c",
        "SBQQ__SegmentKey__c",
        "SBQQ__SegmentLabel__c",
        "SBQQ__SubscriptionPricing__c",
        "SBQQ__SubscriptionType__c",
        "SBQQ__UnproratedNetPrice__c",
    )
    sale.quote["SBQQ__LineItemCount__c"] = sale.quote.get("SBQQ__LineItemCount__c", 0) + 1
    return org.add(
        "SBQQ__QuoteLine__c",
        {name: item[name] for name in shared if name in item}
        | {
            "Name": f"QL-{org.number_of('SBQQ__QuoteLine__c', 7)}",
            "SBQQ__EffectiveEndDate__c": item["EndDate"],
            "SBQQ__EndDate__c": item["EndDate"],
            "SBQQ__EffectiveQuantity__c": item["Quantity"],
            "SBQQ__EffectiveStartDate__c": item["ServiceDate"],
            "SBQQ__EffectiveSubscriptionTerm__c": sale.quote["SBQQ__SubscriptionTerm__c"],
            "SBQQ__Existing__c": prior is not None,
            "SBQQ__HasConsumptionSchedule__c": product["SBQQ__HasConsumptionSchedule__c"],
            "SBQQ__ListPrice__c": item["SBQQ__QuotedListPrice__c"],
            "SBQQ__NetPrice__c": item["UnitPrice"],
            "SBQQ__NetTotal__c": item["TotalPrice"],
            "SBQQ__Number__c": sale.quote["SBQQ__LineItemCount__c"],
            "SBQQ__OriginalPrice__c": item["ListPrice"],
            "SBQQ__PricebookEntryId__c": item["PricebookEntryId"],
            "SBQQ__PriorQuantity__c": prior,
            "SBQQ__ProductCode__c": product["ProductCode"],
            "SBQQ__ProductName__c": product["Name"],
            "SBQQ__Product__c": product["Id"],
            "SBQQ__Quantity__c": total,
            "SBQQ__Quote__c": sale.quote["Id"],
        },
    )
