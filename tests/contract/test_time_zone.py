"""When the days of orders begin, for accounts that are not in London."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.dates import is_zone, midnight, zone_of
from orderplan.engine.validate import check_file
from tests.plan.plans import document_of, with_forecast

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples/orders"
NEW_YORK = 'settings { time_zone = "America/New_York" }'
MARCH = 1_772_323_200
"""2026-03-01T00:00:00Z."""
FIVE = 5 * 3600


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("UTC", 0),
        ("America/New_York", 5),  # midnight in winter, one o'clock in summer
        ("America/Phoenix", 7),  # the same all the year
        ("America/St_Johns", 3.5),
        ("Europe/Dublin", 0),  # its standard time is that of summer
        ("Asia/Tokyo", 0),  # nine in the morning: the first moment of the day that is one in UTC too
        ("Pacific/Apia", 0),
        ("America/Santiago", 4),  # south of the equator
    ],
)
def test_a_day_begins_at_the_first_moment_that_is_in_it_there_and_in_utc(name: str, hours: float) -> None:
    zone = zone_of(name, 2026)
    for month in range(1, 13):
        begin = midnight(date(2026, month, 1), zone)
        assert begin == datetime(2026, month, 1, tzinfo=UTC) + timedelta(hours=hours)
        assert begin.astimezone(UTC).date() == date(2026, month, 1)


def test_a_name_that_is_no_zone_is_told() -> None:
    assert is_zone("Asia/Kolkata")
    assert not any(map(is_zone, ("Mars/Olympus", "", "../etc/passwd", "America")))


def test_a_setting_that_is_no_zone_is_a_finding_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.rules"
    path.write_text('rules "a" version 1\nextend "cpq.rules"\nsettings { time_zone = "New York" }\n', encoding="utf-8")
    (tmp_path / "cpq.rules").write_bytes((ROOT / "rules/cpq.rules").read_bytes())
    (tmp_path / "stripe.rules").write_bytes((ROOT / "rules/stripe.rules").read_bytes())
    (tmp_path / "schemas").symlink_to(ROOT / "schemas")
    (found,) = [each for each in check_file(str(path)).findings if each.is_error]
    assert (found.code, found.span.line if found.span else 0) == ("E311", 3)


def bundle_of(name: str, **changed: Any) -> dict[str, Any]:
    return {**json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8")), **changed}


def test_a_contract_starts_and_ends_at_midnight_of_the_account() -> None:
    document = document_of(bundle_of("annual-subscription"), NEW_YORK)
    schedule = document["calls"][-1]["params"]
    assert schedule["start_date"] == MARCH + FIVE
    assert schedule["phases"][-1]["end_date"] == 1_803_859_200 + FIVE
    assert document["day_starts"] == FIVE
    assert document["holds_until"] == "2026-03-01T05:00:00Z"
    assert document["as_of"] == "2026-02-16T09:00:00Z"


def test_in_the_evening_of_the_day_before_nothing_is_past() -> None:
    """Three o'clock in London is ten in the evening in New York, and the contract starts tomorrow."""
    evening = bundle_of("annual-subscription", as_of="2026-03-01T03:00:00Z")
    assert document_of(evening, NEW_YORK)["calls"][-1]["params"]["phases"][0]["proration_behavior"] == "none"
    assert "proration_behavior" not in document_of(evening, "")["calls"][-1]["params"]["phases"][0]


def test_functions_of_rules_count_days_in_the_zone() -> None:
    rules = (
        NEW_YORK
        + """
override customer {
  metadata {
    activated = text(day(contract.order.ActivatedDate))
    today     = text(today())
  }
}"""
    )
    bundle = bundle_of("annual-subscription", as_of="2026-02-17T03:00:00Z")
    bundle["records"]["Order"][0]["ActivatedDate"] = "2026-02-16T04:30:00.000+0000"
    metadata = document_of(bundle, rules)["calls"][0]["params"]["metadata"]
    assert (metadata["activated"], metadata["today"]) == ("2026-02-15", "2026-02-16")


NAMES = sorted(each.stem for each in EXAMPLES.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_every_example_bills_the_same_money_on_the_same_days(name: str) -> None:
    here, there = (with_forecast(document_of(bundle_of(name), team))["forecast"] for team in ("", NEW_YORK))
    assert [(each["date"], each["total"]) for each in there["invoices"]] == [
        (each["date"], each["total"]) for each in here["invoices"]
    ]
