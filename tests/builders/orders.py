"""Initial orders: account, quote, order and lines, as they stand when an order was activated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.builders.dates import ONE_DAY, add_months
from tests.builders.items import Sale, sell
from tests.builders.org import Bundle, Fields, Org, exact, number
from tests.builders.products import give_coupon

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.builders.lines import Coupon, Line


def an_order(
    lines: Iterable[Line],
    start: str | None = "2026-03-01",
    term: int | None = 12,
    *,
    end: str | None = None,
    as_of: str = "2026-02-16T09:00:00Z",
    currency: str | None = "USD",
    number: int = 1,
    payment_terms: str | None = "Net 30",
    skip_past_invoices: bool = False,
    coupons: Iterable[Coupon] = (),
    precision: str = "month_and_day",
    account: Mapping[str, Any] | None = None,
    contact: Mapping[str, Any] | None = None,
    order: Mapping[str, Any] | None = None,
    quote: Mapping[str, Any] | None = None,
) -> Bundle:
    """A bundle with one initial order.

    `start` is the first day and `term` the months; both may be None for one-time lines. `end` is the quote's own last
    day (inclusive), blank as a rule. `currency` None stands for an org with one currency. `number` makes other ids,
    order numbers and names than those of another bundle. The last four override fields of the record of their name.
    """
    org = Org(number, currency, as_of)
    day = date.fromisoformat(start) if start else date.fromisoformat(as_of[:10])
    customer = _customer(org, account or {}, contact or {})
    sale = open_sale(
        org,
        customer,
        kind="New",
        start=day,
        end=_end(day, term if start else None, end),
        precision=precision,
        quote={
            "SBQQ__EndDate__c": end,
            "SBQQ__PaymentTerms__c": payment_terms,
            "SBQQ__StartDate__c": start,
            "SBQQ__SubscriptionTerm__c": term,
        },
    )
    sale.order["Skip_Past_Initial_Invoices__c"] = skip_past_invoices
    sold = list(lines)
    if any(each.kind == "evergreen" for each in sold):
        sale.quote["SBQQ__SubscriptionTerm__c"] = 1
    for line in sold:
        sell(org, sale, line)
    for each in coupons:
        give_coupon(org, each, quote_line=None, item=None, order=sale.order)
    close_sale(org, sale, order or {}, quote or {})
    return org.bundle(sale.order)


def _end(start: date, term: int | None, end: str | None) -> date | None:
    if end:
        return date.fromisoformat(end) + ONE_DAY
    return add_months(start, term) if term else None


def _customer(org: Org, account: Mapping[str, Any], contact: Mapping[str, Any]) -> Fields:
    address = {
        "Street": "48 Quarry Row\nFloor 3",
        "City": "Portland",
        "State": "Oregon",
        "PostalCode": "97209",
        "Country": "US",
    }
    named = {
        "Name": f"Marlow & Finch {org.number}",
        "Description": "Makes measuring instruments",
        "Phone": "+1 503 555 0142",
        "Stripe_ID__c": None,
    }
    addresses = {f"{kind}{part}": value for kind in ("Billing", "Shipping") for part, value in address.items()}
    customer = org.add("Account", named | addresses | dict(account))
    person = {
        "AccountId": customer["Id"],
        "Email": f"accounts{org.number}@marlowfinch.example",
        "FirstName": "Ines",
        "LastName": "Okafor",
        "Name": "Ines Okafor",
        "Phone": "+1 503 555 0177",
    }
    org.add("Contact", person | dict(contact))
    org.add("Pricebook2", {"Name": "Standard Price Book", "IsActive": True, "IsStandard": True})
    return customer


def open_sale(
    org: Org,
    account: Fields,
    *,
    kind: str,
    start: date,
    end: date | None,
    precision: str,
    quote: Fields,
    opportunity: Mapping[str, Any] | None = None,
) -> Sale:
    """Write the opportunity, quote and order of a sale; its lines follow, then `close_sale`."""
    book, person = org.get("Pricebook2"), org.get("Contact")
    deal = org.add(
        "Opportunity",
        {
            "Name": f"{account['Name']} {kind.lower()} {len(org.all('Order')) + 1}",
            "AccountId": account["Id"],
            "CloseDate": org.as_of[:10],
            "IsClosed": True,
            "IsWon": True,
            "Probability": 100,
            "SBQQ__AmendedContract__c": None,
            "StageName": "Closed Won",
        }
        | dict(opportunity or {}),
    )
    offer = org.add(
        "SBQQ__Quote__c",
        {
            "Name": f"Q-{org.number_of('SBQQ__Quote__c', 5)}",
            "SBQQ__Account__c": account["Id"],
            "SBQQ__Opportunity2__c": deal["Id"],
            "SBQQ__Ordered__c": True,
            "SBQQ__PriceBook__c": book["Id"],
            "SBQQ__PrimaryContact__c": person["Id"],
            "SBQQ__Primary__c": True,
            "SBQQ__Status__c": "Accepted",
            "SBQQ__Type__c": "Quote" if kind == "New" else kind,
        }
        | quote,
    )
    deal["SBQQ__PrimaryQuote__c"] = offer["Id"]
    order = org.add(
        "Order",
        {
            "AccountId": account["Id"],
            "ActivatedDate": org.timestamp(),
            "BillToContactId": person["Id"],
            "ContractId": None,
            "Description": None,
            "EffectiveDate": str(start),
            "OpportunityId": deal["Id"],
            "OrderNumber": org.number_of("Order"),
            "PoNumber": None,
            "Pricebook2Id": book["Id"],
            "SBQQ__Contracted__c": False,
            "SBQQ__ContractingMethod__c": "By Subscription End Date",
            "SBQQ__PaymentTerm__c": quote.get("SBQQ__PaymentTerms__c"),
            "SBQQ__Quote__c": offer["Id"],
            "Skip_Past_Initial_Invoices__c": False,
            "Status": "Activated",
            "StatusCode": "Activated",
            "Stripe_ID__c": None,
            "Type": kind,
        },
    )
    return Sale(order, offer, start, end, precision)


def close_sale(org: Org, sale: Sale, order: Mapping[str, Any], quote: Mapping[str, Any]) -> None:
    """Add up the order and its quote, then apply the fields that a test wants otherwise."""
    lines = [each for each in org.all("OrderItem") if each["OrderId"] == sale.order["Id"]]
    total = number(sum((exact(each["TotalPrice"]) or Decimal(0) for each in lines), Decimal(0)))
    sale.order["TotalAmount"] = total
    sale.quote["SBQQ__CustomerAmount__c"] = total
    sale.quote["SBQQ__NetAmount__c"] = total
    sale.order.update(order)
    sale.quote.update(quote)
