"""How long `orderplan diff --rules` takes over many bundles, beside planning the same bundles once.

    python benchmarks/diff.py [BUNDLES]

Both are whole processes with the same file of bundles, one a line, made by the tests' builders. The ratio should stay
well below 10: both rule sets plan every bundle, and a comparison costs little. The figures are medians of paired runs.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.builders import amend, an_order, change, coupon, evergreen, seat, setup_fee, usage  # noqa: E402

RUNS = 3
TEAM = """rules "acme" version 1
extend "cpq.rules"

override customer {
  set name = upper(account.Name)
}

override read line {
  set unit_price = item.UnitPrice * 2  required "an order line needs a unit price"
}
"""


def bundles(count: int) -> list[str]:
    """So many bundles, of five kinds in turn, one JSON text each."""
    makers = (
        lambda at: an_order([seat(quantity=at % 40 + 1), setup_fee("500.00")], number=at),
        lambda at: an_order(
            [seat(quantity=10, frequency="Annual"), seat("30.00", name="Archive", frequency="Annual")], number=at
        ),
        lambda at: an_order([evergreen(quantity=3)], term=None, as_of="2026-03-01T09:00:00Z", number=at),
        lambda at: an_order([seat(quantity=5), usage()], coupons=[coupon(percent_off="10")], number=at),
        lambda at: amend(
            an_order([seat(quantity=10)], number=at), start="2026-09-01", lines=[change("Workspace seat", quantity=15)]
        ),
    )
    return [json.dumps(makers[at % len(makers)](at + 1)) for at in range(count)]


def seconds(*arguments: str) -> float:
    """The wall clock time of a command whose exit code says that it ran."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)} ended with {done.returncode}\n{done.stderr[:2000]}")
    return taken


def main() -> None:
    """Prints both times, their ratio, and the ratio of a comparison that finds differences everywhere."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        orders = Path(folder, "orders.ndjson")
        orders.write_text("\n".join(bundles(count)) + "\n", encoding="utf-8")
        team = Path(folder, "acme.rules")
        team.write_text(TEAM, encoding="utf-8")
        plans, same, differing = [], [], []
        for _ in range(RUNS):
            plans.append(seconds("plan", str(orders), "--format", "json"))
            same.append(seconds("diff", "--rules", "rules/cpq.rules", "--rules", "rules/cpq.rules", str(orders)))
            differing.append(seconds("diff", "--rules", "rules/cpq.rules", "--rules", str(team), str(orders)))
    once = statistics.median(plans)
    print(f"{count} bundles, medians of {RUNS} runs")
    print(f"plan                        {once:6.2f} s")
    for name, times in (("diff, nothing differs", same), ("diff, every order differs", differing)):
        print(
            f"{name:27} {statistics.median(times):6.2f} s   {statistics.median(a / b for a, b in zip(times, plans, strict=True)):.2f} times"
        )


if __name__ == "__main__":
    main()
