"""Amendments and renewals of a contract: orders that follow an initial order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.builders.dates import ONE_DAY, add_months, months_and_days
from tests.builders.items import Sale, revise, sell
from tests.builders.lines import Coupon, Line
from tests.builders.orders import close_sale, open_sale
from tests.builders.org import Bundle, Fields, Org, exact
from tests.builders.products import give_coupon

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Change:
    """A line that is to have another quantity: `line` is a product's name or an order line's id."""

    line: str
    quantity: int
    segment: int | None = None


def change(line: str, quantity: int, *, segment: int | None = None) -> Change:
    """Change a line of the contract to a new total quantity.

    `line` is the name of its product or the id of the order line that was sold first. A ramp changes in all segments
    that the amendment reaches, or in the one that `segment` counts (as the initial order counts them).
    """
    return Change(line, quantity, segment)


def amend(
    bundle: Bundle,
    start: str,
    term: int | None = None,
    *,
    lines: Iterable[Change | Line],
    end: str | None = None,
    as_of: str | None = None,
    payment_terms: str | None = "Net 30",
    coupons: Iterable[Coupon] = (),
    precision: str = "month_and_day",
    order: Mapping[str, Any] | None = None,
    quote: Mapping[str, Any] | None = None,
) -> Bundle:
    """The bundle with one amendment more, which it then plans; the bundle that went in stays as it is.

    It amends the contract of the initial order, or of the last renewal when there is one.
    `start` is the amendment's first day, `end` its last (inclusive): the contract's unless another is given. `term` is
    what the quote says, the whole months of that range unless another is given. `as_of` moves the moment of planning.
    """
    org = Org.of(bundle, as_of)
    contract = contract_of(org)
    standing = Standing(org, contract)
    day = date.fromisoformat(start)
    last = end or contract["EndDate"]
    until = date.fromisoformat(last) + ONE_DAY if last else None
    if term is None:
        term = months_and_days(day, until)[0] if until else 1
    contract["SBQQ__AmendmentStartDate__c"] = start
    master = "SBQQ__MasterEvergreenContract__c" if contract["SBQQ__Evergreen__c"] else "SBQQ__MasterContract__c"
    sale = open_sale(
        org,
        org.get("Account"),
        kind="Amendment",
        start=day,
        end=until,
        precision=precision,
        opportunity={
            "Name": f"Amendment for contract #{contract['ContractNumber']}",
            "IsClosed": False,
            "IsWon": False,
            "Probability": 10,
            "SBQQ__AmendedContract__c": contract["Id"],
            "StageName": "Prospecting",
        },
        quote={
            master: contract["Id"],
            "SBQQ__EndDate__c": last,
            "SBQQ__PaymentTerms__c": payment_terms,
            "SBQQ__StartDate__c": start,
            "SBQQ__SubscriptionTerm__c": term,
        },
    )
    for each in lines:
        if isinstance(each, Line):
            sell(org, sale, each)
        else:
            _change(org, sale, standing, each)
    for given in coupons:
        give_coupon(org, given, quote_line=None, item=None, order=sale.order)
    close_sale(org, sale, order or {}, quote or {})
    _contract_lines(org, contract, sale.order)
    contract["SBQQ__Order__c"] = sale.order["Id"]
    return org.bundle(sale.order)


class Standing:
    """What a contract holds before an amendment: the lines sold first, and how many units each has by now."""

    def __init__(self, org: Org, contract: Fields) -> None:
        self.root = org.get("Order", SBQQ__Quote__c=contract["SBQQ__Quote__c"])
        amending = {each["Id"] for each in org.all("Opportunity") if each["SBQQ__AmendedContract__c"] == contract["Id"]}
        orders = {self.root["Id"]} | {each["Id"] for each in org.all("Order") if each["OpportunityId"] in amending}
        self.lines: dict[str, list[Fields]] = {}
        self.units: dict[str, Decimal] = {}
        for item in org.all("OrderItem"):
            if item["OrderId"] not in orders:
                continue
            units = exact(item["Quantity"]) or Decimal(0)
            # a renewal's lines name lines of the old contract, and are the first of their own
            revised = item["SBQQ__RevisedOrderProduct__c"] if item["OrderId"] != self.root["Id"] else None
            if revised:
                self.units[revised] += units
                continue
            self.units[item["Id"]] = units
            for key in (item["Id"], org.record(item["Product2Id"])["Name"]):
                self.lines.setdefault(key, []).append(item)


def _change(org: Org, sale: Sale, standing: Standing, wanted: Change) -> None:
    assert wanted.line in standing.lines, f"the contract has no line {wanted.line!r}"
    for first in standing.lines[wanted.line]:
        start, end = sale.start, sale.end
        index = first["SBQQ__SegmentIndex__c"]
        if index is not None:
            if wanted.segment not in (None, index) or date.fromisoformat(first["EndDate"]) < start:
                continue
            start = max(start, date.fromisoformat(first["ServiceDate"]))
            end = date.fromisoformat(first["EndDate"]) + ONE_DAY
        current = standing.units[first["Id"]]
        if wanted.quantity != current:
            revise(org, sale, first, total=wanted.quantity, current=current, start=start, end=end)
            standing.units[first["Id"]] = Decimal(wanted.quantity)


def contract_of(org: Org) -> Fields:
    """The contract of the initial order or of the last renewal, made when there is none yet."""
    quote = [each for each in org.all("SBQQ__Quote__c") if each["SBQQ__Type__c"] != "Amendment"][-1]
    contract = org.find("Contract", SBQQ__Quote__c=quote["Id"])
    if contract:
        return contract
    order = org.get("Order", SBQQ__Quote__c=quote["Id"])
    items = [each for each in org.all("OrderItem") if each["OrderId"] == order["Id"]]
    evergreen = any(each["SBQQ__SubscriptionType__c"] == "Evergreen" for each in items)
    ends = [each["EndDate"] for each in items if each["SBQQ__SubscriptionPricing__c"] and each["EndDate"]]
    contract = org.add(
        "Contract",
        {
            "AccountId": order["AccountId"],
            "ContractNumber": org.number_of("Contract"),
            "ContractTerm": None if evergreen else quote["SBQQ__SubscriptionTerm__c"],
            "EndDate": max(ends, default=None),
            "SBQQ__AmendmentStartDate__c": None,
            "SBQQ__Evergreen__c": evergreen,
            "SBQQ__Opportunity__c": order["OpportunityId"],
            "SBQQ__Order__c": order["Id"],
            "SBQQ__Quote__c": quote["Id"],
            "StartDate": order["EffectiveDate"],
            "Status": "Draft",
            "StatusCode": "Draft",
        },
    )
    _contract_lines(org, contract, order)
    return contract


def _contract_lines(org: Org, contract: Fields, order: Fields) -> None:
    """Contract an order: its recurring lines become subscriptions."""
    order["SBQQ__Contracted__c"] = True
    for item in org.all("OrderItem"):
        if item["OrderId"] != order["Id"] or not item["SBQQ__SubscriptionPricing__c"]:
            continue
        subscription = org.add(
            "SBQQ__Subscription__c",
            {
                "Name": f"SUB-{org.number_of('SBQQ__Subscription__c', 7)}",
                "SBQQ__Account__c": contract["AccountId"],
                "SBQQ__Contract__c": contract["Id"],
                "SBQQ__EndDate__c": item["EndDate"],
                "SBQQ__OrderProduct__c": item["Id"],
                "SBQQ__Product__c": item["Product2Id"],
                "SBQQ__Quantity__c": item["Quantity"],
                "SBQQ__QuoteLine__c": item["SBQQ__QuoteLine__c"],
                "SBQQ__StartDate__c": item["ServiceDate"],
                "SBQQ__SubscriptionType__c": item["SBQQ__SubscriptionType__c"],
            },
        )
        item |= {
            "SBQQ__Contract__c": contract["Id"],
            "SBQQ__Contracted__c": True,
            "SBQQ__Subscription__c": subscription["Id"],
        }


def renew(
    bundle: Bundle,
    lines: Iterable[Line],
    term: int = 12,
    *,
    start: str | None = None,
    as_of: str | None = None,
    order: Mapping[str, Any] | None = None,
    quote: Mapping[str, Any] | None = None,
) -> Bundle:
    """The bundle with a renewal of its contract, which it then plans: an order of its own from the contract's end on.

    Its lines are new ones that name the line of the old contract which they continue.
    """
    org = Org.of(bundle, as_of)
    contract = contract_of(org)
    standing = Standing(org, contract)
    ended = date.fromisoformat(contract["EndDate"])
    day = date.fromisoformat(start) if start else ended + ONE_DAY
    sale = open_sale(
        org,
        org.get("Account"),
        kind="Renewal",
        start=day,
        end=add_months(day, term),
        precision="month_and_day",
        opportunity={"SBQQ__RenewedContract__c": contract["Id"], "SBQQ__Renewal__c": True},
        quote={
            "SBQQ__EndDate__c": None,
            "SBQQ__MasterContract__c": contract["Id"],
            "SBQQ__PaymentTerms__c": "Net 30",
            "SBQQ__StartDate__c": str(day),
            "SBQQ__SubscriptionTerm__c": term,
        },
    )
    for line in lines:
        old = standing.lines.get(line.name)
        renewed = {"SBQQ__ContractAction__c": "Renew", "SBQQ__RevisedOrderProduct__c": old[0]["Id"]} if old else {}
        sell(org, sale, line, **renewed)
    close_sale(org, sale, order or {}, quote or {})
    contract |= {
        "SBQQ__RenewalOpportunity__c": sale.order["OpportunityId"],
        "SBQQ__RenewalQuoted__c": True,
        "SBQQ__RenewalTerm__c": term,
    }
    return org.bundle(sale.order)
