"""Whether the time of a plan grows with its order lines and no faster: one initial order, nine amendments, more and more lines.

python benchmarks/growth.py [--lines 25 50 100 200] [--runs 5]
"""

# ruff: noqa: S101 - what is asserted is a fault of this program, not of a user

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from orderplan.engine.plan import Plan, dump, make_plan, to_document  # noqa: E402
from orderplan.engine.program import Program  # noqa: E402
from orderplan.engine.records import read_bundle  # noqa: E402
from orderplan.engine.schema import stripe  # noqa: E402
from orderplan.engine.schema.salesforce import load_catalogue  # noqa: E402
from orderplan.engine.validate import check_file  # noqa: E402
from tests.builders import add_months, amend, an_order, change, seat  # noqa: E402

AMENDMENTS = 9
"""As many as leave a schedule of ten phases, the most that Stripe takes."""


def main() -> None:
    """Plan contracts of each size several times and print the medians, in all and for each line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, nargs="+", default=[25, 50, 100, 200])
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    rules = check_file(str(ROOT / "rules" / "cpq.rules")).rules
    assert rules is not None
    rules.settings["subscription_items"] = max(asked.lines)
    program, schema, catalogue = (
        Program(rules),
        stripe.load(rules.stripe_version),
        load_catalogue(Path(rules.catalogue)),
    )
    print(
        f"{'lines':>5} {'calls':>6} {'load ms':>8} {'plan ms':>8} {'write ms':>9} {'ms a line':>10} {'MB of plan':>11}"
    )
    for lines in asked.lines:
        data = json.dumps(a_contract(lines)).encode()
        load, loaded = median(asked.runs, partial(read_bundle, data, "bundle.json", catalogue))
        assert loaded.bundle is not None, loaded.findings
        plan, made = median(asked.runs, partial(make_plan, loaded.bundle, program, schema))
        assert made.applyable, [each.message for each in made.diagnostics]
        write, text = median(asked.runs, partial(written, made))
        per_line = (load + plan + write) / lines
        print(
            f"{lines:5} {len(made.calls):6} {load:8.1f} {plan:8.1f} {write:9.1f} {per_line:10.2f} {len(text) / 1e6:11.1f}"
        )


def a_contract(lines: int) -> dict[str, Any]:
    """A contract of so many order lines: an initial order, and amendments that raise and lower quantities in turn."""
    sold_first = max(lines * 2 // 5, lines % AMENDMENTS)
    sold_first += (lines - sold_first) % AMENDMENTS
    changed = (lines - sold_first) // AMENDMENTS
    bundle = an_order([seat("1200.00", 5, name=f"Seat {at}", frequency="Annual") for at in range(sold_first)], term=36)
    start = date(2026, 3, 1)
    for at in range(1, AMENDMENTS + 1):
        quantity = 7 if at % 2 else 5
        changes = [change(f"Seat {each}", quantity) for each in range(changed)]
        bundle = amend(bundle, str(add_months(start, at)), lines=changes)
    assert len(bundle["records"]["OrderItem"]) == lines
    return bundle


def written(made: Plan) -> str:
    """The text of a plan's document."""
    return dump(to_document(made))


def median(runs: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """The median time of some work in milliseconds, and what it gave."""
    taken = []
    for _ in range(runs):
        before = time.perf_counter()
        given = work()
        taken.append((time.perf_counter() - before) * 1000)
    return statistics.median(taken), given


if __name__ == "__main__":
    main()
