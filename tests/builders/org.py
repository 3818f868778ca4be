"""The made-up org that records are written to, and the bundle that is taken from it."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.builders.ids import record_id

CENT = Decimal("0.01")

Fields = dict[str, Any]
Bundle = dict[str, Any]


class Org:
    """Records by object, in the order they were made.

    `number` sets the ids of one bundle apart from those of others; `currency` is the ISO code of every record, or None
    in an org with one currency, whose records carry none.
    """

    def __init__(self, number: int, currency: str | None, as_of: str) -> None:
        self.number = number
        self.currency = currency
        self.as_of = as_of
        self.records: dict[str, list[Fields]] = {}
        self._by_id: dict[str, Fields] = {}
        self._parts: Bundle = {}

    @classmethod
    def of(cls, bundle: Bundle, as_of: str | None) -> Org:
        """The org that a bundle was taken from, to go on writing to; the bundle itself stays as it is."""
        first = bundle["records"]["Order"][0]
        org = cls(int(first["Id"][4:9]), first.get("CurrencyIsoCode"), as_of or bundle["as_of"])
        org.records = deepcopy(bundle["records"])
        # what is known of Stripe goes on with the bundle
        org._parts = {name: deepcopy(part) for name, part in bundle.items() if name.startswith("stripe")}
        org._by_id = {record["Id"]: record for kept in org.records.values() for record in kept}
        return org

    def add(self, object_name: str, fields: Fields) -> Fields:
        """Write a record; it gets an id, and the fields that every record has."""
        kept = self.records.setdefault(object_name, [])
        record: Fields = {
            "Id": record_id(object_name, len(kept) + 1, self.number),
            "IsDeleted": False,
            "LastModifiedDate": self.timestamp(),
        }
        if (
            self.currency
            and not object_name.endswith("_Association__c")
            and object_name != "ProductConsumptionSchedule"
        ):
            record["CurrencyIsoCode"] = self.currency
        record |= fields
        kept.append(record)
        self._by_id[record["Id"]] = record
        return record

    def record(self, record_id: str) -> Fields:
        """The record of an id."""
        return self._by_id[record_id]

    def all(self, object_name: str) -> list[Fields]:
        """The records of an object."""
        return self.records.get(object_name, [])

    def find(self, object_name: str, **fields: Any) -> Fields | None:
        """The first record that has these field values."""
        matching = (each for each in self.all(object_name) if fields.items() <= each.items())
        return next(matching, None)

    def get(self, object_name: str, **fields: Any) -> Fields:
        """Like `find`, where there must be one."""
        found = self.find(object_name, **fields)
        assert found is not None, f"no {object_name} with {fields}"
        return found

    def timestamp(self) -> str:
        """When records are saved: an hour before the bundle is taken, a second later with each order."""
        moment = datetime.fromisoformat(self.as_of) - timedelta(hours=1) + timedelta(seconds=len(self.all("Order")))
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def number_of(self, object_name: str, width: int = 8) -> str:
        """The number that people would know the next record of an object by."""
        return f"{self.number * 100 + len(self.all(object_name)) + 1:0{width}d}"

    def bundle(self, order: Fields) -> Bundle:
        """The bundle of everything in the org, that plans one order."""
        return {
            "format": "orderplan.bundle",
            "format_version": "1.0",
            "as_of": self.as_of,
            "order_ids": [order["Id"]],
            "records": self.records,
        } | self._parts


def number(value: Decimal | int | str) -> float:
    """A figure as the JSON number that the REST API returns; 15 digits survive that exactly."""
    return float(value)


def cents(value: Decimal) -> Decimal:
    """Round to two decimals as Salesforce does, half away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def exact(value: float | None) -> Decimal | None:
    """The decimal figure that a JSON number was written as."""
    return None if value is None else Decimal(str(value))


def patched(bundle: Bundle, object_name: str, index: int, **fields: Any) -> Bundle:
    """A copy of the bundle in which one record has other field values."""
    copy = deepcopy(bundle)
    copy["records"][object_name][index] |= fields
    return copy


def to_json(bundle: Bundle) -> str:
    """A bundle as the text of a file: sorted keys, so that it differs only where it does."""
    return json.dumps(bundle, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
