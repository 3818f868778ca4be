"""What rules cost beside the same mapping written by hand, and beside what a team would otherwise use, in one run.

    python benchmarks/mapping.py [--lines 50] [--seconds 2]

Two tasks. *records*: the account and the products of an order become Stripe parameters; peers that are not installed are
left out. *contract*: the whole of an order, worked out to phases, items and prices, becomes parameters. The compiled rules
give the provenance of every parameter as well, which nothing else here does. Every way gives the same parameters.
"""

# ruff: noqa: S101 - what is asserted is a fault of this program, not of a user

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from orderplan.engine.contract import assemble, settings_from  # noqa: E402
from orderplan.engine.program import Program, Reference, Row  # noqa: E402
from orderplan.engine.records import read_bundle  # noqa: E402
from orderplan.engine.schema.salesforce import load_catalogue  # noqa: E402
from orderplan.engine.validate import check_file  # noqa: E402
from tests.builders import an_order, seat  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent))

import by_hand  # noqa: E402

URL = "https://login.salesforce.com"
Way = Callable[[], Any]


def main() -> None:
    """Measure both tasks and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=50, help="order lines, each with a product of its own")
    parser.add_argument("--seconds", type=float, default=2, help="how long each way is measured")
    asked = parser.parse_args()
    rules = check_file(str(ROOT / "rules" / "cpq.rules")).rules
    assert rules is not None
    program = Program(rules)
    order = an_order([seat("120.00", at + 1, name=f"Product {at}") for at in range(asked.lines)])
    loaded = read_bundle(
        json.dumps(order).encode(), "bundle.json", load_catalogue(Path(rules.catalogue)), rules.bindings
    )
    assert loaded.bundle is not None
    run = program.run(datetime.date(2026, 3, 1), load_catalogue(Path(program.rules.catalogue)))
    settings = settings_from(rules.settings | {"subscription_items": asked.lines})
    (contract,) = assemble(loaded.bundle, run, settings, run.selected).contracts
    report("records", asked.seconds, records(program, run, contract, order))
    print()
    report(
        "contract",
        asked.seconds,
        {
            "by hand": partial(by_hand.contract, contract),
            "compiled rules": lambda: {
                f"{each.rule.resource}/{each.key}": each.result.params for each in run.made(contract)
            },
        },
    )


def records(program: Program, run: Any, contract: Any, order: dict[str, Any]) -> dict[str, Way]:
    """The ways from an account and its products to parameters."""
    account, products = order["records"]["Account"][0], order["records"]["Product2"]
    ways: dict[str, Way] = {
        "by hand": lambda: [by_hand.customer(account, URL), *(by_hand.product(each, URL) for each in products)],
        "compiled rules": partial(compiled, program, run, contract),
    }
    try:
        import jmespath  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        print("jmespath is not installed and left out: pip install jmespath")
    else:
        searched = [jmespath.compile(each.replace("URL", URL)) for each in (JMES_CUSTOMER, JMES_PRODUCT)]
        ways["jmespath"] = lambda: [
            pruned(searched[0].search(account)),
            *(pruned(searched[1].search(each)) for each in products),
        ]
    try:
        import jinja2
    except ImportError:
        print("jinja2 is not installed and left out: pip install jinja2")
    else:
        environment = jinja2.Environment(autoescape=False)  # noqa: S701 - no HTML is made
        written = [jinja_paths(environment, each) for each in (by_hand.CUSTOMER_PATHS, by_hand.PRODUCT_PATHS)]
        ways["jinja2 expressions"] = lambda: [
            jinja(written[0], account),
            *(jinja(written[1], each) for each in products),
        ]
    return ways


def compiled(program: Program, run: Any, contract: Any) -> list[dict[str, Any]]:
    """The customer and the products by the functions that the rules became."""
    out = []
    run.runtime.contract = contract
    for resource, rows in (("customer", (contract.account,)), ("product", contract.products)):
        found = program.creation(resource)
        assert found is not None
        for each in rows:
            row = Row(subject=each)
            found.body(run.runtime, row, contract, each)
            out.append(row.params)
    return out


# --- peers ---

_ADDRESS = "{{line1: {0}Street, city: {0}City, state: {0}State, postal_code: {0}PostalCode, country: {0}Country}}"
JMES_CUSTOMER = (
    "{name: Name, phone: Phone, description: Description, address: "
    + _ADDRESS.format("Billing")
    + ", shipping: {name: Name, phone: Phone, address: "
    + _ADDRESS.format("Shipping")
    + "}, metadata: {salesforce_account_id: Id, salesforce_account_link: join('/', ['URL', Id])}}"
)
JMES_PRODUCT = (
    "{name: Name, description: Description, "
    "metadata: {salesforce_product2_id: Id, salesforce_product2_link: join('/', ['URL', Id])}}"
)


def pruned(value: Any) -> Any:
    """An object without what is absent."""
    if isinstance(value, dict):
        return {name: inner for name, each in value.items() if (inner := pruned(each)) not in (None, "", {})}
    return value


def jinja_paths(environment: Any, paths: dict[str, str]) -> list[tuple[list[str], Any]]:
    """For each parameter its compiled expression."""
    return [(name.split("."), environment.compile_expression(text)) for name, text in paths.items()]


def jinja(expressions: list[tuple[list[str], Any]], record: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a record."""
    out: dict[str, Any] = {}
    for path, expression in expressions:
        value = expression(r=record, url=URL)
        if value not in (None, ""):
            holder = out
            for step in path[:-1]:
                holder = holder.setdefault(step, {})
            holder[path[-1]] = value
    return out


# --- measuring ---


def report(task: str, seconds: float, ways: dict[str, Way]) -> None:
    """Check that all ways agree, measure them in turns, and print what each takes."""
    expected = plain(next(iter(ways.values()))())
    for name, way in ways.items():
        assert plain(way()) == expected, f"{name} gives other parameters"
    times: dict[str, list[float]] = {name: [] for name in ways}
    until = time.perf_counter() + seconds * len(ways)
    while time.perf_counter() < until:
        for name, way in ways.items():
            before = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - before)
    floor = statistics.median(times["by hand"])
    print(f"{task:24} {'us an order':>12} {'x by hand':>10} {'runs':>6}")
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(f"  {name:22} {middle * 1e6:12.0f} {middle / floor:10.1f} {len(taken):6}")


def plain(value: Any) -> Any:
    """Parameters with references as texts, to be compared."""
    if isinstance(value, Reference):
        return value.call_id
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    main()
