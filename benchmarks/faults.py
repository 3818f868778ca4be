"""Faults: `orderplan apply` is killed, starved and refused, and afterwards every object must be there exactly once.

    python benchmarks/faults.py kills --kills 100 --contracts 200
    python benchmarks/faults.py kills --kills 50 --database postgresql://postgres@127.0.0.1:5433/orderplan
    python benchmarks/faults.py positions
    python benchmarks/faults.py workers --workers 4
    python benchmarks/faults.py syncs --contracts 10000

A sandbox serves Stripe and the org in this process; `apply` runs in processes of its own. What is checked knows nothing of the
journal: it reads the objects that Stripe has and the fields that the org holds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from orderplan.engine.sandbox import Sandbox  # noqa: E402 - the checkout is on the path now

EXAMPLES = ROOT / "examples/orders"
PROGRAM = [sys.executable, "-m", "orderplan"]
KINDS = (
    "annual-subscription",
    "one-time",
    "evergreen",
    "coupons",
    "amendment-upsell",
    "ramp",
    "graduated-tiers",
    "nine-months-annual",
)
FAULTS = ("429=0.05", "500-before", "500-after", "reset", "reset-after")


@dataclass
class Tally:
    """What was found over all rounds."""

    kills: int = 0
    contracts: int = 0
    calls: int = 0
    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is lost, doubled, or left undone."""
        return not (self.doubled or self.lost or self.unwritten or self.failed)

    def __str__(self) -> str:
        told = f"{self.kills} kills, {self.contracts} contracts, {self.calls} calls"
        sums = f"{len(self.lost)} lost, {len(self.doubled)} doubled, {len(self.unwritten)} not written back, {len(self.failed)} not ended"
        first = [*self.lost, *self.doubled, *self.unwritten, *self.failed][:5]
        return "\n".join([f"{told}: {sums}", *first])


def contracts_like(name: str, count: int) -> dict[str, Any]:
    """A bundle of so many contracts like that of an example; five of them share their products and prices."""
    text = (EXAMPLES / f"{name}.json").read_text(encoding="utf-8")
    ours = json.loads(text)["order_ids"][0][3:9]
    merged: dict[str, Any] = {}
    for number in range(count):
        one = json.loads(text)
        for kind, records in one["records"].items():
            shared = kind in ("Product2", "PricebookEntry", "Pricebook2")
            for record in records:
                _renumber(record, ours, number, shared=shared)
        one["order_ids"] = [each.replace(ours, f"W{number + 20000:05d}") for each in one["order_ids"]]
        _merge(merged, one)
    return merged


def _renumber(record: Any, ours: str, number: int, *, shared: bool) -> None:
    for name, value in record.items():
        if isinstance(value, dict):
            _renumber(value, ours, number, shared=shared)
        elif isinstance(value, str) and ours in value:
            group = shared or value.startswith(("01t", "01u", "01s"))
            record[name] = value.replace(ours, f"W{(number // 5 + 70000) if group else number + 20000:05d}")


def _merge(into: dict[str, Any], one: Mapping[str, Any]) -> None:
    if not into:
        into.update(json.loads(json.dumps(one)))
        return
    into["order_ids"] += one["order_ids"]
    for kind, records in one["records"].items():
        held = into["records"].setdefault(kind, [])
        known = {each.get("Id") for each in held}
        held += [each for each in records if each.get("Id") not in known]


class Round:
    """One plan in one sandbox with one journal."""

    def __init__(self, folder: Path, bundle: dict[str, Any], database: str | None) -> None:
        self.folder = folder
        self.bundle, self.plan = folder / "bundle.json", folder / "plan.json"
        self.bundle.write_text(json.dumps(bundle), encoding="utf-8")
        self.database = database or str(folder / "journal.sqlite")
        done = subprocess.run(
            [*PROGRAM, "plan", str(self.bundle), "--out", str(self.plan)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        self.document = json.loads(self.plan.read_text(encoding="utf-8"))

    def command(self, *more: str) -> list[str]:
        return [*PROGRAM, "apply", str(self.plan), "--rate", "0", "--database", self.database, *more]


@contextmanager
def a_round(
    bundle: dict[str, Any], database: str | None, **options: Any
) -> Iterator[tuple[Round, Sandbox, dict[str, str]]]:
    with tempfile.TemporaryDirectory() as name:
        made = Round(Path(name), bundle, database)
        with Sandbox(org=[made.bundle], **options) as sandbox:
            environment = {**os.environ, **sandbox.environment}
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            yield made, sandbox, environment


def check(made: Round, sandbox: Sandbox, tally: Tally) -> None:
    """Reads Stripe's objects and the org's fields, and compares them with the plan."""
    tally.contracts += len(made.document["contracts"])
    tally.calls += len(made.document["calls"])
    planned = Counter(each["resource"] for each in made.document["calls"] if each["action"] == "create")
    for resource, count in planned.items():
        held = len(sandbox.store.all(resource))
        if held > count:
            tally.doubled.append(f"{resource}: {held} instead of {count}")
        if held < count:
            tally.lost.append(f"{resource}: {held} instead of {count}")
    for call in made.document["calls"]:
        for back in call["store"]:
            record = sandbox.org.one(back["object"], back["id"])
            if not record.get(back["field"]):
                tally.unwritten.append(f"{back['object']}({back['id']}).{back['field']}")


def ended(made: Round, environment: dict[str, str], tally: Tally, *, tries: int = 6) -> None:
    """Runs `apply` until it says that all is done, without a hand of anybody's."""
    last = ""
    for _ in range(tries):
        done = subprocess.run(made.command(), capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
        if done.returncode == 0:
            return
        last = done.stdout[-300:] + done.stderr[-1500:]
    tally.failed.append(last)


def kills(options: argparse.Namespace) -> Tally:
    """Kills `apply` at random moments until it was killed often enough; a plan that is done gives way to a new one."""
    chance, tally = random.Random(options.seed), Tally()  # noqa: S311 - no secret depends on it
    while tally.kills < options.kills:
        database = _fresh(options.database)
        with a_round(contracts_like("annual-subscription", options.contracts), database) as (
            made,
            sandbox,
            environment,
        ):
            before = tally.kills
            while tally.kills < options.kills:
                process = subprocess.Popen(
                    made.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT
                )
                try:
                    process.wait(chance.uniform(0.7, 0.7 + options.longest))
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    tally.kills += 1
            ended(made, environment, tally)
            check(made, sandbox, tally)
        print(f"killed {tally.kills - before} times, {tally}", flush=True)
    return tally


def positions(options: argparse.Namespace) -> Tally:
    """Each fault at every request of one contract of each kind, on both sides."""
    tally = Tally()
    for kind in options.kind or KINDS:
        bundle = contracts_like(kind, 1)
        with a_round(bundle, None) as (made, sandbox, environment):
            ended(made, environment, tally)
            check(made, sandbox, tally)
            requests = {
                "stripe": len(made.document["calls"]) + 1,
                "salesforce": 2 * sum(bool(c["store"]) for c in made.document["calls"]),
            }
        for fault in FAULTS:
            for side, count in requests.items():
                for at in range(1, count + 1):
                    with a_round(bundle, None, faults=[f"{fault}:at={at}:on={side}"]) as (made, sandbox, environment):
                        ended(made, environment, tally)
                        check(made, sandbox, tally)
        print(f"{kind}: {tally}", flush=True)
    return tally


def workers(options: argparse.Namespace) -> Tally:
    """Several processes on one journal, one of which is killed on the way."""
    tally = Tally()
    with a_round(contracts_like("annual-subscription", options.contracts), _fresh(options.database)) as (
        made,
        sandbox,
        environment,
    ):
        started = [
            subprocess.Popen(
                made.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, cwd=ROOT
            )
            for _ in range(options.workers)
        ]
        time.sleep(2.5)
        started[0].kill()
        tally.kills = 1
        for each in started[1:]:
            _, said = each.communicate(timeout=options.seconds)
            if each.returncode:
                tally.failed.append(said.decode()[-500:])
        ended(made, environment, tally)
        check(made, sandbox, tally)
    return tally


def syncs(options: argparse.Namespace) -> Tally:
    """`orderplan sync` over many orders, of whose requests one in a hundred fails on either side, each kind of fault in turn."""
    tally = Tally()
    faults = [f"{fault}:every=500:on={side}" for fault in FAULTS for side in ("stripe", "salesforce")]
    bundle = contracts_like("annual-subscription", options.contracts)
    with a_round(bundle, _fresh(options.database), faults=faults) as (made, sandbox, environment):
        command = [*PROGRAM, "sync", "--once", "--rate", "0", "--database", made.database]
        for _ in range(options.rounds):
            done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
            if done.returncode == 0:
                break
        else:
            tally.failed.append(done.stdout[-500:] + done.stderr[-500:])
        check(made, sandbox, tally)
    return tally


def _fresh(database: str | None) -> str | None:
    """A PostgreSQL database without what an earlier round left."""
    if database is None:
        return None
    import sqlalchemy as sa

    engine = sa.create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA IF EXISTS orderplan CASCADE"))
    engine.dispose()
    return database


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["kills", "positions", "workers", "syncs"])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--contracts", type=int, default=200)
    parser.add_argument(
        "--longest", type=float, default=1.5, help="seconds that a process lives at most once it has started"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of sync at most")
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--database", help="a PostgreSQL address; a SQLite file by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=120, help="how long a worker may take at most")
    options = parser.parse_args()
    began = time.monotonic()
    tally = {"kills": kills, "positions": positions, "workers": workers, "syncs": syncs}[options.what](options)
    print(f"{options.what}: {tally}\n{time.monotonic() - began:.0f} s")
    return 0 if tally.clean else 1


if __name__ == "__main__":
    sys.exit(main())
