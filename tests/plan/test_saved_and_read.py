"""A plan and its document say the same: whatever is planned, written and read back is the same plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from orderplan.engine.parameters import (
    CallPath,
    Hidden,
    Ref,
    is_list_of_objects,
    leaves,
    object_lists,
    references,
    values,
)
from orderplan.engine.plan import Plan, StoredText, WriteBack, dump, from_document, read_document, to_document
from orderplan.engine.plan.spelling import canonical, decoded, decoded_path, decoded_store, encoded
from tests.builders import an_order, coupon, patched, seat, setup_fee
from tests.builders.examples import EXAMPLES
from tests.plan.plans import Document, plan_of

SITE = "override customer { metadata.site = account.Site  sensitive }"

ORDERS: dict[str, tuple[Callable[[], Document], str]] = {
    **{name: (make, "") for name, make in EXAMPLES.items()},
    "sensitive values": (lambda: an_order([seat("120.00", 2)], account={"Site": "Quiet Harbour"}), SITE),
    "a text that is stored": (
        lambda: an_order([setup_fee("10.00")]),
        'override customer { store t"https://pay.example/{id}/view" in account.Website }',
    ),
    "an error": (lambda: an_order([seat("120.00")]), "override customer { metadata.a = account.Fax  required }"),
    "objects that exist": (
        lambda: patched(
            an_order([seat("100.00")], coupons=[coupon("Ten", percent_off=5)]), "Account", 0, Stripe_ID__c="cus_1"
        ),
        "",
    ),
}


def _read(plan: Plan, *, reveal: bool) -> tuple[Document, Plan]:
    document, faults = read_document(dump(to_document(plan, reveal=reveal)), "plan.json")
    assert document is not None, faults
    assert faults == []
    return document, from_document(document)


@pytest.mark.parametrize(("build", "team"), ORDERS.values(), ids=ORDERS)
def test_a_plan_reads_back_as_it_was(build: Callable[[], Document], team: str) -> None:
    """With its sensitive values nothing is lost: every type of the plan is what it was."""
    plan = plan_of(build(), team)
    document, read = _read(plan, reveal=True)
    # A reader knows the digest over the sensitive values, which a plan that was just made has not needed yet.
    assert read.revealed_digest == document["revealed_digest"]
    assert {**_parts(read), "revealed_digest": ""} == _parts(plan)


@pytest.mark.parametrize("reveal", [True, False])
@pytest.mark.parametrize(("build", "team"), ORDERS.values(), ids=ORDERS)
def test_a_document_is_written_again_as_it_was(build: Callable[[], Document], team: str, *, reveal: bool) -> None:
    """Read and written again, shown or saved, a plan is the same bytes."""
    document, read = _read(plan_of(build(), team), reveal=reveal)
    assert dump(to_document(read, reveal=reveal)) == dump(document)


def test_what_a_newer_minor_version_adds_is_left_out() -> None:
    """Keys that this program does not know, wherever they stand, change nothing of what it reads."""
    plan = plan_of(an_order([seat("120.00")]))
    document = to_document(plan, reveal=True)
    document |= {"format_version": "1.9", "weather": "fine"}
    for each in (*document["calls"], *document["contracts"], *document["reused"]):
        each["weather"] = "fine"
    found, faults = read_document(json.dumps(document), "plan.json")
    assert (found is not None, faults) == (True, [])
    assert {**_parts(from_document(found or {})), "revealed_digest": ""} == _parts(plan)


def test_a_plan_of_the_first_version_is_read() -> None:
    """Format 1.0 states no marks and no promises; the marks are those that all plans had then."""
    plan = plan_of(an_order([seat("120.00")]))
    document = to_document(plan)
    old = {name: each for name, each in document.items() if name not in ("marks", "promises", "contract")}
    found, faults = read_document(json.dumps(old | {"format_version": "1.0"}), "plan.json")
    assert faults == []
    read = from_document(found or {})
    assert read.calls == from_document(document).calls
    assert read.marks.keys["order_item"] == ("salesforce_order_item_id",)
    assert (read.promises, read.contracts) == ((), plan.contracts)


def test_a_newer_major_version_is_refused() -> None:
    """What it says may mean something else."""
    document = to_document(plan_of(an_order([seat("120.00")])))
    found, faults = read_document(json.dumps(document | {"format_version": "2.0"}), "plan.json")
    assert (found, [each.code for each in faults]) == (None, ["E709"])


# --- how values are spelled ---

SPELLED: dict[str, tuple[Any, Any]] = {
    "a reference": (Ref("price/a"), {"$ref": {"call": "price/a", "field": "id"}}),
    "a hidden value": (Hidden("hmac-sha256:0"), {"$sensitive": "hmac-sha256:0"}),
    "both in lists": (
        {"a": [Ref("b", "c"), Hidden("d")]},
        {"a": [{"$ref": {"call": "b", "field": "c"}}, {"$sensitive": "d"}]},
    ),
    "plain values": ({"a": [1, "x", True, None, {}], "b": []}, {"a": [1, "x", True, None, {}], "b": []}),
}


@pytest.mark.parametrize(("value", "spelled"), SPELLED.values(), ids=SPELLED)
def test_values_are_spelled_and_read(value: Any, spelled: Any) -> None:
    """Each way gives back what the other took."""
    assert encoded(value) == spelled
    assert decoded(spelled) == value


def test_paths_and_write_backs_are_spelled_and_read() -> None:
    """A plain path is a text, another one a template with what it acts on."""
    path = CallPath("/v1/prices/{id}", Ref("price/a"))
    assert encoded(path) == {"template": "/v1/prices/{id}", "id": {"$ref": {"call": "price/a", "field": "id"}}}
    assert (decoded_path(encoded(path)), decoded_path("/v1/prices")) == (path, "/v1/prices")
    for written in (Ref("a"), StoredText(("https://pay.example/", Ref("a"), "/view"))):
        store = WriteBack("Order", "801", "Link__c", written)
        assert decoded_store(encoded(store)) == store


def test_digests_are_made_of_the_spelling() -> None:
    """Keys and digests stay what they were before references were values."""
    assert canonical({"b": Ref("price/a"), "a": 1}) == '{"a":1,"b":{"$ref":{"call":"price/a","field":"id"}}}'


# --- walks ---

PARAMS: Document = {
    "customer": Ref("customer/1"),
    "phases": [{"items": [{"price": Ref("price/1")}], "a/b": {"c": [1, 2]}}],
    "name": Hidden("x"),
}


def test_leaves_have_the_pointers_of_json() -> None:
    """Names are escaped, references and hidden values are leaves."""
    assert dict(leaves(PARAMS)) == {
        "/customer": Ref("customer/1"),
        "/phases/0/items/0/price": Ref("price/1"),
        "/phases/0/a~1b/c/0": 1,
        "/phases/0/a~1b/c/1": 2,
        "/name": Hidden("x"),
    }
    assert [each for _, each in leaves(PARAMS)] == values(PARAMS)


def test_lists_of_objects_are_told_from_lists_of_values() -> None:
    """The first stand by themselves in every view."""
    assert dict(leaves(PARAMS, lists=False)) == {"/customer": Ref("customer/1"), "/name": Hidden("x")}
    assert [at for at, _ in object_lists(PARAMS, "")] == ["/phases"]
    assert not is_list_of_objects([Ref("a")])
    assert not is_list_of_objects([])


def test_references_are_found_in_parameters_and_paths() -> None:
    """In the order in which they stand."""
    assert [each.call for each in references(PARAMS)] == ["customer/1", "price/1"]
    assert list(references(CallPath("/v1/prices/{id}", Ref("price/1")))) == [Ref("price/1")]


def _parts(plan: Plan) -> Document:
    return {name: getattr(plan, name) for name in plan.__slots__}
