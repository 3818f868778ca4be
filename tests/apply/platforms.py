"""A sandbox with an org, plans of its orders, and sessions that apply them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orderplan.engine.apply import ContractState, Given, Options, Session
from orderplan.engine.apply.send import Patience
from orderplan.engine.forecast import ForecastedPlan
from orderplan.engine.plan import dump, from_document, read_document
from orderplan.engine.plan.planner import Planner
from orderplan.engine.sandbox import Sandbox
from orderplan.engine.validate import check_file

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples/orders"
VERSION = "2026-10-28.endive"
SHORT = Patience(attempts=4, seconds=5, longest=0.05, first=0.01)
ORDER = "801W00001000001IAA"


def a_planner() -> Planner:
    """The shipped rules, ready to plan."""
    rules = check_file(str(ROOT / "rules/cpq.rules")).rules
    assert rules is not None
    return Planner(rules)


def given(document: dict[str, Any], name: str = "plan.json", **more: Any) -> Given:
    """A plan as `apply` takes it."""
    read, faults = read_document(json.dumps(document), name)
    assert read is not None, faults
    return Given(name, read, from_document(read), faults, **more)


def document_of(name: str, planner: Planner | None = None, change: Any = None) -> dict[str, Any]:
    """The plan of an example as `--out` saves it; `change` alters the bundle first."""
    found = planner or a_planner()
    bundle = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    if change is not None:
        change(bundle)
    plan = found.plan(found.bundle(json.dumps(bundle).encode(), name))
    document: dict[str, Any] = json.loads(dump(ForecastedPlan(plan, None).to_document()))
    return document


@dataclass
class Platforms:
    """Both platforms, and the environment that leads to them."""

    sandbox: Sandbox
    folder: Path
    events: list[Any] = field(default_factory=list)

    @property
    def database(self) -> str:
        return str(self.folder / "journal.sqlite")

    def options(self, **more: Any) -> Options:
        return Options(**{"database": self.database, "rate": 0, "patience": SHORT, **more})

    def session(self, **more: Any) -> Session:
        return Session(self.options(**more), VERSION, notify=self.events.append)

    def applied(self, plan: Given, **more: Any) -> tuple[ContractState, ...]:
        """Applies a plan that nothing stands against."""
        with self.session(**more) as session:
            assert [each.code for each in session.refusals(plan) if each.is_error] == []
            assert session.submit(plan) == []
            session.wait([plan.plan.digest])
            return session.states(plan.plan.digest)

    def resumed(self, plan: Given, **more: Any) -> tuple[ContractState, ...]:
        """Takes a plan up again."""
        with self.session(**more) as session:
            session.wait(session.resume([plan.plan.digest]))
            return session.states(plan.plan.digest)

    def refused(self, plan: Given, **more: Any) -> list[str]:
        """The codes of what stands against a plan."""
        session = self.session(**more)
        try:
            return [each.code for each in session.refusals(plan)]
        finally:
            session.journal.engine.dispose()

    def count(self, resource: str) -> int:
        """How many objects Stripe has."""
        return len(self.sandbox.store.all(resource))

    def field(self, kind: str, record: str, name: str = "Stripe_ID__c") -> Any:
        """What a field of the org holds."""
        return self.sandbox.org.one(kind, record).get(name)


@contextmanager
def platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *examples: str, **options: Any) -> Iterator[Platforms]:
    """Both platforms with the records of examples in the org."""
    org = [EXAMPLES / f"{each}.json" for each in examples or ("annual-subscription",)]
    with Sandbox(org=org, **options) as sandbox:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("ORDERPLAN_APPROVAL_KEY", "ORDERPLAN_ALLOWED_SIGNERS", "ORDERPLAN_REQUIRE_APPROVAL"):
            monkeypatch.delenv(name, raising=False)
        yield Platforms(sandbox, tmp_path)
