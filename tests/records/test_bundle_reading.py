"""Files of bundles: one document, NDJSON, standard input; and what is no JSON."""

from __future__ import annotations

import hashlib
import io
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from orderplan.engine.diagnostics import OrderplanError
from orderplan.engine.records import load_bundles, read_bundle
from orderplan.engine.records.decode import MAX_DEPTH
from tests.builders.bindings import bindings
from tests.records.bundles import ORDER, a_bundle, only

if TYPE_CHECKING:
    from pathlib import Path

    from orderplan.engine.diagnostics import Diagnostic
    from orderplan.engine.schema.salesforce import Catalogue


def fault(data: bytes, catalogue: Catalogue) -> Diagnostic:
    """The only finding about some bytes."""
    loaded = read_bundle(data, "order.json", catalogue, bindings())
    assert loaded.bundle is None
    return only(loaded)


def test_a_bundle_has_what_its_file_says(tmp_path: Path, catalogue: Catalogue) -> None:
    """Moment, orders, records, Stripe's state, account, and the digest of the bytes."""
    stripe = {"subscription_schedule": [{"id": "sub_sched_1", "phases": []}]}
    account = {"id": "acct_1", "livemode": False}
    data = json.dumps(a_bundle(stripe=stripe, stripe_account=account), indent=1).encode()
    path = tmp_path / "order.json"
    path.write_bytes(data)

    (loaded,) = load_bundles(str(path), catalogue, bindings())
    bundle = loaded.bundle

    assert loaded.findings == ()
    assert bundle is not None
    assert bundle.name == str(path)
    assert bundle.as_of == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert bundle.order_ids == (f"{ORDER}AAA",)
    assert [str(each) for each in bundle.records.all("Order")] == [f"Order({ORDER}AAA)"]
    assert bundle.stripe_object("subscription_schedule", "sub_sched_1") == {"id": "sub_sched_1", "phases": []}
    assert bundle.stripe_object("subscription_schedule", "sub_sched_2") is None
    assert bundle.account == account
    assert bundle.sha256 == hashlib.sha256(data).hexdigest()


def test_a_moment_with_an_offset_is_turned_to_utc(catalogue: Catalogue) -> None:
    """10:30 in Paris is 9:30 in UTC."""
    data = json.dumps(a_bundle(as_of="2026-03-01T10:30:00+01:00")).encode()

    bundle = read_bundle(data, "order.json", catalogue, bindings()).bundle

    assert bundle is not None
    assert bundle.as_of == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_order_ids_take_the_form_that_the_records_have(catalogue: Catalogue) -> None:
    """A 15-character id names a record with 18 characters."""
    data = json.dumps(a_bundle({"Order": [{"Id": f"{ORDER}AAA"}]})).encode()

    bundle = read_bundle(data, "order.json", catalogue, bindings()).bundle

    assert bundle is not None
    assert bundle.order_ids == (f"{ORDER}AAA",)


def test_ndjson_holds_a_bundle_a_line(tmp_path: Path, catalogue: Catalogue) -> None:
    """Each has its own name, digest and findings; blank lines count, but hold nothing."""
    good, bad = json.dumps(a_bundle()), json.dumps(a_bundle(as_of=None))
    path = tmp_path / "orders.json"
    path.write_text(f"{good}\r\n\n{bad}\n{good}", encoding="utf-8", newline="")

    loaded = list(load_bundles(str(path), catalogue, bindings()))

    assert [each.name for each in loaded] == [f"{path}:1", f"{path}:3", f"{path}:4"]
    assert [each.bundle is not None for each in loaded] == [True, False, True]
    assert loaded[1].findings[0].file == f"{path}:3"
    assert loaded[0].bundle is not None
    assert loaded[0].bundle.sha256 == hashlib.sha256(good.encode()).hexdigest()


def test_ndjson_is_read_as_it_is_needed(catalogue: Catalogue) -> None:
    """The first bundles are there before the rest of a stream."""

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def __iter__(self) -> Endless:
            return self

        def __next__(self) -> bytes:
            return json.dumps(a_bundle()).encode() + b"\n"

    stream = load_bundles("-", catalogue, bindings(), stdin=Endless())  # type: ignore[arg-type]

    assert [next(stream).name, next(stream).name] == ["-:1", "-:2"]


def test_a_broken_line_of_ndjson_leaves_the_others(tmp_path: Path, catalogue: Catalogue) -> None:
    """The fault is at the line and column of the file."""
    good = json.dumps(a_bundle())
    path = tmp_path / "orders.ndjson"
    path.write_text(f'{good}\n{{"format": oops}}\n{good}\n', encoding="utf-8")

    loaded = list(load_bundles(str(path), catalogue, bindings()))

    assert [each.bundle is not None for each in loaded] == [True, False, True]
    assert only(loaded[1]).code == "E401"
    assert str(only(loaded[1]).span) == f"{path}:2:12"


def test_one_line_with_a_line_end_is_one_document(catalogue: Catalogue) -> None:
    """A compact bundle is not NDJSON, so that its name has no line."""
    stream = io.BytesIO(json.dumps(a_bundle()).encode() + b"\n\n")

    assert [each.name for each in load_bundles("-", catalogue, bindings(), stdin=stream)] == ["-"]


def test_a_document_whose_records_stand_one_a_line_is_one_document(catalogue: Catalogue) -> None:
    """Lines that start with a brace do not make a file NDJSON."""
    text = json.dumps(a_bundle()).replace('[{"Id"', '[\n{"Id"').encode()

    (loaded,) = load_bundles("-", catalogue, bindings(), stdin=io.BytesIO(text))

    assert loaded.bundle is not None


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path, catalogue: Catalogue) -> None:
    """A broken environment is an exception, which the command line turns into a message."""
    with pytest.raises(OrderplanError, match="no such file") as raised:
        list(load_bundles(str(tmp_path / "none.json"), catalogue, bindings()))

    assert raised.value.code == "E901"


@pytest.mark.parametrize("name", [".", "with\0nul"])
def test_a_path_that_is_no_file_cannot_be_read(tmp_path: Path, catalogue: Catalogue, name: str) -> None:
    """Folders, and names that no system takes."""
    with pytest.raises(OrderplanError):
        list(load_bundles(f"{tmp_path}/{name}", catalogue, bindings()))


def test_a_byte_order_mark_is_fine(catalogue: Catalogue) -> None:
    """Editors of some systems write one."""
    data = b"\xef\xbb\xbf" + json.dumps(a_bundle()).encode()

    assert read_bundle(data, "order.json", catalogue, bindings()).bundle is not None


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_so(data: bytes, catalogue: Catalogue) -> None:
    """White space is nothing."""
    assert fault(data, catalogue).code == "E403"


def test_a_file_that_ends_early_says_what_is_open(catalogue: Catalogue) -> None:
    """An interrupted download is told from a slip of the hand."""
    data = json.dumps(a_bundle(), indent=1).encode()

    for end in range(1, len(data) - 1):
        found = fault(data[:end], catalogue)
        assert found.code == "E402", data[:end]
    assert found.notes == ("the object of 1:1 is not closed",)


def test_brackets_inside_texts_are_not_open(catalogue: Catalogue) -> None:
    """The notes of a file that was cut off name real brackets."""
    assert fault(rb'{"a": ["}]{[\" ', catalogue).notes == (
        "the list of 1:7 is not closed",
        "the object of 1:1 is not closed",
    )


def test_utf_16_is_named(catalogue: Catalogue) -> None:
    """Some editors call it Unicode."""
    assert "UTF-16" in fault(json.dumps(a_bundle()).encode("utf-16"), catalogue).message


def test_a_fault_in_a_later_line_has_its_line_and_column(catalogue: Catalogue) -> None:
    """Both count from 1."""
    found = fault(b'{\n  "format": None\n}', catalogue)

    assert (found.code, str(found.span)) == ("E401", "order.json:2:13")
    assert "a value is missing" in found.message


def test_something_after_the_document_is_a_fault(catalogue: Catalogue) -> None:
    """Two documents in one file could be meant as NDJSON."""
    found = fault(b"{}\n[]", catalogue)

    assert found.code == "E401"
    assert "NDJSON" in (found.fix or "")


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "9" * 5000, "1e999999999999999999999", "1e99999", f"0.{'1' * 99}"]
)
def test_numbers_that_no_field_can_hold_have_a_path(value: str, catalogue: Catalogue) -> None:
    """Absurd numbers end the reading neither with an exception nor by eating the memory."""
    text = json.dumps(a_bundle(stripe={"price": [{"id": "price_1", "unit_amount": 1}]})).replace(": 1}", f": {value}}}")

    found = fault(text.encode(), catalogue)

    assert (found.code, found.path) == ("E406", "$.stripe.price[0].unit_amount")
    assert len(found.message) < 120


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 500, 100_000])
def test_deep_nesting_is_a_finding(levels: int, catalogue: Catalogue) -> None:
    """Not a RecursionError, however deep; the place is where the bound is passed."""
    found = fault(b"[" * levels + b"]" * levels, catalogue)

    assert (found.code, str(found.span)) == ("E407", f"order.json:1:{MAX_DEPTH + 1}")


def test_the_deepest_document_that_is_allowed_is_read(catalogue: Catalogue) -> None:
    """The bound itself is within it."""
    found = fault(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, catalogue)

    assert found.code == "E409"


def test_every_name_that_stands_twice_is_found(catalogue: Catalogue) -> None:
    """Also deep inside, once for each name."""
    twice = '"stripe_account": {"a": [], "a": [], "b b": [], "b b": [], "a": [], "id": "acct_1", "livemode": true}'
    text = json.dumps(a_bundle(stripe_account={})).replace('"stripe_account": {}', twice)
    loaded = read_bundle(text.encode(), "order.json", catalogue, bindings())

    assert [(each.code, each.path) for each in loaded.findings] == [
        ("E405", "$.stripe_account.a"),
        ("E405", '$.stripe_account["b b"]'),
    ]


def test_many_names_that_stand_twice_are_found_in_time(catalogue: Catalogue) -> None:
    """Counting each name of an object in all of them took half a minute for 20,000."""
    names = ", ".join(f'"a{each}": 0, "a{each}": 1' for each in range(20_000))
    text = json.dumps(a_bundle(stripe_account={})).replace('"stripe_account": {}', f'"stripe_account": {{{names}}}')
    before = time.process_time()
    found = [each.code for each in read_bundle(text.encode(), "order.json", catalogue, bindings()).findings]

    assert found.count("E405") > 900
    assert time.process_time() - before < 5


def test_half_a_surrogate_pair_is_found_in_names_too(catalogue: Catalogue) -> None:
    """It could not be written to any output."""
    text = json.dumps(a_bundle(stripe={"coupon": [{"id": "c1", "x": 1}]})).replace('"x"', r'"\udc00"')

    found = fault(text.encode(), catalogue)

    assert found.code == "E426"
    assert found.message.isascii()
