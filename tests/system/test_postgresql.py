"""Applying with a journal in PostgreSQL: several processes, one that dies, and a database that goes away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults import contracts_like
from orderplan.engine.sandbox import Sandbox
from tests.system.postgres import Server, a_server

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.system
CONTRACTS = 12
MADE = {"customer": 12, "product": 6, "price": 6, "subscription_schedule": 12}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="orderplan-pg-") as name, a_server(Path(name)) as made:
        yield made


@pytest.fixture
def database(server: Server) -> str:
    import sqlalchemy as sa

    engine = sa.create_engine(server.url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA IF EXISTS orderplan CASCADE"))
    engine.dispose()
    return server.url


class Work:
    """Twelve contracts, of which five share their products, in a sandbox."""

    def __init__(self, folder: Path, database: str, **options: Any) -> None:
        self.bundle, self.plan = folder / "bundle.json", folder / "plan.json"
        self.bundle.write_text(json.dumps(contracts_like("annual-subscription", CONTRACTS)), encoding="utf-8")
        self.run("plan", str(self.bundle), "--out", str(self.plan))
        self.sandbox = Sandbox(org=[self.bundle], **options)
        self.database = database

    def run(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "orderplan", *arguments], cwd=ROOT, check=True, capture_output=True)

    def apply(self) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "orderplan",
            "apply",
            str(self.plan),
            "--rate",
            "0",
            "--database",
            self.database,
        ]
        environment = {**os.environ, **self.sandbox.environment}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)

    def count(self) -> dict[str, int]:
        return {each: len(self.sandbox.store.all(each)) for each in MADE}

    def written(self) -> int:
        records = json.loads(self.bundle.read_text(encoding="utf-8"))["records"]["Order"]
        return sum(bool(self.sandbox.org.one("Order", each["Id"]).get("Stripe_ID__c")) for each in records)


def done(process: subprocess.Popen[str]) -> None:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err


def until(happens: Any) -> None:
    end = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_four_processes_share_the_work(tmp_path: Path, database: str) -> None:
    work = Work(tmp_path, database)
    with work.sandbox:
        for each in [work.apply() for _ in range(4)]:
            done(each)
        assert (work.count(), work.written()) == (MADE, CONTRACTS)


def test_what_a_dead_process_was_working_on_is_taken_over(tmp_path: Path, database: str) -> None:
    """The other one is there already, and notices by itself."""
    work = Work(tmp_path, database, faults=["slow=0.05:on=stripe"])
    with work.sandbox:
        first, second = work.apply(), work.apply()
        until(lambda: work.count()["subscription_schedule"] >= 2)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        done(second)
        assert (work.count(), work.written()) == (MADE, CONTRACTS)


def test_a_database_that_goes_away_and_comes_back_loses_nothing(tmp_path: Path, server: Server, database: str) -> None:
    work = Work(tmp_path, database, faults=["slow=0.05:on=stripe"])
    with work.sandbox:
        process = work.apply()
        until(lambda: work.count()["subscription_schedule"] >= 2)
        server.stop()
        time.sleep(1)
        server.start()
        process.communicate(timeout=180)
        done(work.apply())
        assert (work.count(), work.written()) == (MADE, CONTRACTS)
