"""Whatever the bytes: findings or a bundle, never an exception."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderplan.engine.diagnostics import diagnostic_from_json, render_text
from orderplan.engine.places import shipped
from orderplan.engine.records import load_bundles
from orderplan.engine.schema.salesforce import load_catalogue
from tests.builders.bindings import bindings
from tests.records.bundles import ORDER, a_bundle, a_line

if TYPE_CHECKING:
    from orderplan.engine.records import Loaded

CATALOGUE = load_catalogue(shipped("schemas", "salesforce", "cpq.json"))

BUNDLE = a_bundle(
    {
        "Order": [
            {
                "Id": ORDER,
                "AccountId": "001000000000001",
                "Status": "Activated",
                "EffectiveDate": "2026-03-01",
                "ActivatedDate": "2026-03-01T09:30:00.000+0000",
                "SBQQ__Quote__r": {
                    "attributes": {
                        "type": "SBQQ__Quote__c",
                        "url": "/services/data/v62.0/sobjects/x/a0z000000000001AAA",
                    },
                    "SBQQ__SubscriptionTerm__c": 12,
                },
                "OrderItems": {"totalSize": 1, "done": True, "records": [a_line(1, Quantity=2.0, UnitPrice=120.55)]},
            }
        ],
        "OrderItem": [
            a_line(2, SBQQ__RequiredBy__c="802000000000001", SBQQ__Activated__c=True, Contracts=["800000000000001"])
        ],
        "Account": [
            {"Id": "001000000000001", "Name": "Larch & Sons 🌲", "ParentId": None, "BillingAddress": {"city": "Lyon"}}
        ],
    },
    stripe={"customer": [{"id": "cus_1", "metadata": {}}]},
    stripe_account={"id": "acct_1", "livemode": False},
)
TEXT = json.dumps(BUNDLE, indent=1, ensure_ascii=False).encode()

SCRAPS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"',
    b"\\",
    b"\\ud800",
    b"null",
    b"NaN",
    b"1e999",
    b"\n",
    b"\xff",
    b"-",
    b"0",
]
WORDS = st.sampled_from(
    [
        "Id",
        "Order",
        "Account",
        "attributes",
        "type",
        "records",
        "done",
        "OrderItems",
        ORDER,
        "802000000000001",
        "2026-02-30",
        "",
        "orderplan.bundle",
    ]
)
NUMBERS = st.integers() | st.floats(allow_nan=True) | st.sampled_from([10**400, 1e300, -0.0])
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS | st.text(max_size=6)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4)
)

CHECKED = settings(
    max_examples=1500, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def assert_sound(data: bytes) -> list[Loaded]:
    """Loads some bytes: an error for each bundle that is not there, and findings that every output can hold."""
    loaded = list(load_bundles("-", CATALOGUE, bindings(), stdin=io.BytesIO(data)))
    assert loaded
    for each in loaded:
        assert (each.bundle is None) == any(found.is_error for found in each.findings)
        for found in each.findings:
            assert render_text(found, {}).encode()
            assert diagnostic_from_json(json.loads(json.dumps(found.to_json()))) == found
            assert "\n" not in found.message
    return loaded


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of a document but the outermost."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for step, inner in steps for found in ((*path, step), *places(inner, (*path, step)))]


PLACES = places(BUNDLE)


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A document with one value replaced, or with one removed for ..."""
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        inner = {name: changed(each, rest, new) if rest and name == step else each for name, each in value.items()}
        if not rest:
            inner[step] = new
        return {name: each for name, each in inner.items() if each is not ...}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        inner_list = list(value)
        inner_list[step] = changed(value[step], rest, new) if rest else new
        return [each for each in inner_list if each is not ...]
    return value


def test_the_bundle_that_is_mutated_is_good() -> None:
    """Otherwise the mutations would test little."""
    (loaded,) = assert_sound(TEXT)

    assert loaded.bundle is not None
    assert loaded.findings == ()


@CHECKED
@given(st.binary(max_size=80))
def test_random_bytes_give_findings(data: bytes) -> None:
    """Never an exception, never a bundle."""
    assert all(each.bundle is None for each in assert_sound(data))


@CHECKED
@given(st.lists(st.sampled_from(SCRAPS), max_size=30))
def test_random_scraps_of_json_give_findings(scraps: list[bytes]) -> None:
    """Nearly JSON is where parsers stumble."""
    assert_sound(b"".join(scraps))


@CHECKED
@given(
    st.lists(
        st.tuples(st.integers(0, len(TEXT)), st.integers(0, 8), st.sampled_from(SCRAPS) | st.binary(max_size=3)),
        min_size=1,
        max_size=4,
    )
)
def test_random_edits_of_the_text_give_findings_or_a_bundle(edits: list[tuple[int, int, bytes]]) -> None:
    """Bytes removed and scraps put in their place."""
    data = TEXT
    for at, length, scrap in edits:
        data = data[:at] + scrap + data[at + length :]
    assert_sound(data)


@CHECKED
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES | st.just(...)), min_size=1, max_size=4))
def test_random_values_anywhere_give_findings_or_a_bundle(edits: list[tuple[tuple[Any, ...], Any]]) -> None:
    """Any part of a good bundle replaced by any JSON value, or removed."""
    document: Any = BUNDLE
    for path, value in edits:
        document = changed(document, path, value)
    assert_sound(json.dumps(document).encode())


@CHECKED
@given(VALUES, st.sampled_from(["Order", "Account", "OrderItem", "Region__c"]))
def test_random_values_as_records_give_findings_or_a_bundle(value: Any, object_name: str) -> None:
    """A list of an object is anything."""
    assert_sound(json.dumps(a_bundle({object_name: value})).encode())
    assert_sound(json.dumps(a_bundle({object_name: [value, value]})).encode())
