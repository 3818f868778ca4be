"""The pages of the formats name every part that their schemas have, and documents of version 1.0 are read by every command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.places import shipped
from tests.cli.commands import invoked
from tests.docs.blocks import ROOT, blocks

PAGE_OF = {"bundle.json": "bundle-format.md", "plan.json": "plan-format.md"}

OF_1_0: dict[str, Any] = {
    "format": "orderplan.plan",
    "format_version": "1.0",
    "tool": {"version": "0.0.9"},
    "as_of": "2026-02-16T09:00:00Z",
    "stripe_version": "2026-10-28.endive",
    "applyable": True,
    "inputs": {"bundle": {"path": "order.json", "sha256": "0" * 64}, "rules": [], "schemas": []},
    "contracts": [
        {
            "id": "801W00001000001IAA",
            "kind": "renewable",
            "order_ids": ["801W00001000001IAA"],
            "currency": "usd",
            "start": "2026-03-01",
            "end": "2027-03-01",
        }
    ],
    "calls": [
        {
            "id": "product/seat",
            "resource": "product",
            "action": "create",
            "method": "POST",
            "path": "/v1/products",
            "params": {"name": "Workspace seat"},
            "depends_on": [],
            "idempotency_key": "op-1",
            "store": [],
            "contract": "801W00001000001IAA",
        },
        {
            "id": "price/seat",
            "resource": "price",
            "action": "create",
            "method": "POST",
            "path": "/v1/prices",
            "params": {
                "product": {"$ref": {"call": "product/seat", "field": "id"}},
                "currency": "usd",
                "unit_amount_decimal": "12000",
                "recurring": {"interval": "month", "interval_count": 1},
            },
            "depends_on": ["product/seat"],
            "idempotency_key": "op-2",
            "store": [],
            "contract": "801W00001000001IAA",
        },
        {
            "id": "subscription_schedule/801W00001000001IAA",
            "resource": "subscription_schedule",
            "action": "create",
            "method": "POST",
            "path": "/v1/subscription_schedules",
            "params": {
                "customer": "cus_1",
                "start_date": 1772323200,
                "end_behavior": "cancel",
                "phases": [
                    {
                        "end_date": 1803859200,
                        "proration_behavior": "none",
                        "items": [
                            {
                                "price": {"$ref": {"call": "price/seat", "field": "id"}},
                                "quantity": 5,
                                "metadata": {"salesforce_order_item_id": "802W00001000001IAA"},
                            }
                        ],
                    }
                ],
            },
            "depends_on": ["price/seat"],
            "idempotency_key": "op-3",
            "store": [],
            "contract": "801W00001000001IAA",
        },
    ],
    "reused": [],
    "skipped": [],
    "sold": [
        {
            "order_item": "802W00001000001IAA",
            "order": "801W00001000001IAA",
            "contract": "801W00001000001IAA",
            "currency": "usd",
            "total": "7200",
            "quantity": "5",
            "recurring": True,
        }
    ],
    "diagnostics": [],
    "summary": {"create": 3, "update": 0, "cancel": 0},
}
"""A plan as it was before format 1.1, written by hand: no marks, no promises, no origins."""


@pytest.mark.parametrize("schema", PAGE_OF)
def test_a_page_names_every_part_of_its_format(schema: str) -> None:
    """What stands at the top of a document is in a table of the page."""
    document = json.loads(shipped("schemas", schema).read_text(encoding="utf-8"))
    text = (ROOT / "docs" / PAGE_OF[schema]).read_text(encoding="utf-8")
    named = set(re.findall(r"`\"?([a-z_$]+)\"?`", text))
    assert set(document["properties"]) - named == set()


@pytest.fixture
def old_plan(tmp_path: Path) -> str:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(OF_1_0), encoding="utf-8")
    return str(path)


def test_a_plan_of_1_0_is_read_by_every_command(old_plan: str) -> None:
    """Shown in every form, forecast, explained, and compared with itself."""
    forecast = invoked("forecast", old_plan)
    assert (forecast.status, "7,200.00 USD sold, 7,200.00 USD billed" in forecast.out) == (0, True)
    for form in ("text", "json", "html"):
        assert invoked("show", "--format", form, old_plan).status == 0
    assert "12000" in invoked("explain", old_plan, "price/seat/unit_amount_decimal").out
    assert invoked("diff", "--detailed-exitcode", old_plan, old_plan).status == 0


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_bundle_of_either_version_is_read(tmp_path: Path, version: str) -> None:
    """The example of the page, as it stands and as it was before; what is not known of a minor version is left alone."""
    (example,) = (each for each in blocks(ROOT / "docs" / "bundle-format.md", "json") if "file" in each.names)
    document = json.loads(example.text) | {"format_version": version, "note": "for nobody"}
    path = tmp_path / "order.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert invoked("plan", str(path)).status == 0
    assert "900.00 USD in total" in invoked("forecast", str(path)).out


@pytest.mark.parametrize(("command", "of"), [("show", OF_1_0), ("forecast", OF_1_0), ("plan", None)])
def test_a_newer_major_version_is_refused(tmp_path: Path, command: str, of: dict[str, Any] | None) -> None:
    """By name, and nothing is made of it."""
    path = tmp_path / "new.json"
    path.write_text(json.dumps((of or {"format": "orderplan.bundle"}) | {"format_version": "2.0"}), encoding="utf-8")
    done = invoked(command, str(path))
    assert done.status == 1
    assert ("E709" if of else "E410") in done.err
