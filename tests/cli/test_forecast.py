"""`orderplan forecast` over several plans and bundles: money by month and currency, each contract once."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.cli.commands import ANNUAL, ROOT, TEAM, invoked

ORDERS = sorted(str(each) for each in (ROOT / "examples" / "orders").glob("*.json"))


def together(*names: str) -> dict[str, Any]:
    """The sums of several inputs."""
    done = invoked("forecast", "--format", "json", *names)
    assert done.status == 0
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_a_bundle_is_planned_and_forecast() -> None:
    """As its saved plan is."""
    assert "14,500.00 USD in total" in invoked("forecast", ANNUAL).out


def test_the_months_of_several_orders_are_the_sums_of_their_invoices() -> None:
    """Worked out anew from the rows of each order's own spreadsheet."""
    cents = {"usd": 100, "eur": 100, "jpy": 1}
    sums: Counter[tuple[str, str, bool]] = Counter()
    for each in ORDERS:
        for row in csv.DictReader(io.StringIO(invoked("forecast", "--format", "csv", each).out)):
            currency = row["currency"].lower()
            amount = round(float(row["total"] or 0) * cents[currency])
            sums[row["invoice_date"][:7], currency, row["before"] == "yes"] += amount
    found = together(*ORDERS)
    months = {(each["month"], each["currency"], each.get("past", False)): each["total"] for each in found["months"]}
    assert months == {key: value for key, value in sums.items() if value}
    for currency, total in found["totals"].items():
        assert total == sum(each["total"] for each in found["contracts"] if each["currency"] == currency)


def test_a_file_may_hold_a_bundle_a_line_and_a_plan_beside_it(tmp_path: Path) -> None:
    """Saved plans, bundles and lines of either are taken together."""
    lines = tmp_path / "orders.ndjson"
    lines.write_text("\n".join(json.dumps(json.loads(Path(each).read_text())) for each in ORDERS[:2]))
    saved = tmp_path / "plan.json"
    invoked("plan", ORDERS[2], "--out", str(saved))
    assert together(str(lines), str(saved))["totals"] == together(*ORDERS[:3])["totals"]


def test_a_contract_counts_once(tmp_path: Path) -> None:
    """The newest of its plans counts, and that is said: what the older one bills is its history."""
    older = json.loads(Path(ANNUAL).read_text())
    older["as_of"] = "2026-01-01T00:00:00Z"
    early = tmp_path / "early.json"
    early.write_text(json.dumps(older))
    done = invoked("forecast", "--format", "json", ANNUAL, str(early))
    assert done.status == 0
    assert "notice[N901]" in done.err
    assert f"stands in {early} of 2026-01-01" in done.err
    assert f"and in {ANNUAL} of 2026-" in done.err
    (contract,) = json.loads(done.out)["contracts"]
    assert contract["from"] == ANNUAL
    assert contract["total"] == 1_450_000


def test_an_order_with_errors_is_named_and_the_others_are_summed(tmp_path: Path) -> None:
    """It bills nothing, and the status says that something was found."""
    broken = json.loads(Path(ANNUAL).read_text())
    broken["records"]["OrderItem"][0]["Quantity"] = None
    faulty = tmp_path / "faulty.json"
    faulty.write_text(json.dumps(broken))
    done = invoked("forecast", str(faulty), ORDERS[0], ORDERS[1])
    assert done.status == 1
    assert "faulty.json has errors, and bills nothing" in done.out
    assert "forecast of 2 contracts" in done.out


def test_rows_of_several_orders_are_one_spreadsheet() -> None:
    """One head, and the rows of each contract."""
    rows = list(csv.DictReader(io.StringIO(invoked("forecast", "--format", "csv", *ORDERS[:3]).out)))
    assert len({each["contract"] for each in rows}) == 3
    assert all(each["currency"] for each in rows)


def test_bundles_are_planned_by_the_rules_that_are_named(tmp_path: Path) -> None:
    """A team's rules hide a value: the forecast is the same, for nothing that bills is hidden."""
    rules = tmp_path / "acme.rules"
    rules.write_text(TEAM)
    assert together("--rules", str(rules), *ORDERS[:2])["totals"] == together(*ORDERS[:2])["totals"]


def test_what_is_neither_plan_nor_bundle_is_refused(tmp_path: Path) -> None:
    """With what is wrong, and no sum of the rest that would look whole."""
    odd = tmp_path / "odd.json"
    odd.write_text('{"format": "something"}')
    done = invoked("forecast", str(odd), ANNUAL)
    assert done.status == 1
    assert "error[E" in done.err
    assert "odd.json has errors, and bills nothing" in done.out
