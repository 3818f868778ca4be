"""What drives the work and brings it back after a crash: dbos, with one workflow a contract and one step a call.

Three of its habits would hurt here and are set otherwise: a process is known by an id of its own, since two with one id take
over each other's living work; the version of the application is fixed, since one that is a hash of the code would strand work
at every upgrade; and what it keeps is JSON, which can be read and holds no code. See docs/decisions/0016-durable-apply.md.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, SetWorkflowID
from dbos._serialization import Serializer

from .database import SCHEMA
from .journal import RunState
from .liveness import Liveness
from .work import Worker

APPLICATION_VERSION = "orderplan-journal-1"
"""Changes only when work that an older program began could not be ended by a newer one."""

_POLL = 0.02
_AHEAD = 4
"""How many contracts a process takes out of the queue for each that it works on, so that none waits for the queue."""

_SECONDS_TO_DRAIN = 90


class ReadableSerializer(Serializer):
    """Inputs and results as JSON; an error as its type and its message."""

    def serialize(self, data: Any) -> str:
        """A value as JSON."""
        if isinstance(data, BaseException):
            data = {"$error": type(data).__name__, "message": str(data)}
        return json.dumps(data, sort_keys=True, ensure_ascii=False, default=list)

    def deserialize(self, serialized_data: str) -> Any:
        """The value of a JSON text."""
        data = json.loads(serialized_data)
        if isinstance(data, dict) and "$error" in data:
            return RuntimeError(f"{data['$error']}: {data['message']}")
        return data

    def name(self) -> str:
        """How rows that it wrote are told from others."""
        return "orderplan_json"


_WORKER: list[tuple[Worker, threading.Semaphore]] = []
"""The worker of this process, and how many contracts it works on at once; workflows are functions of the module."""


@DBOS.workflow(name="orderplan.contract", max_recovery_attempts=1_000_000)
def _contract(plan: str, contract: str) -> dict[str, Any]:
    worker, turn = _WORKER[-1]
    with turn:
        return worker.contract(plan, contract, _step)


def _step(name: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    return DBOS.run_step({"name": name}, act)


class Durable:
    """The workflows of one queue: those of one account. Every process that works on the account takes from the same queue."""

    def __init__(self, engine: sa.Engine, alive: Liveness, queue: str, worker: Worker, parallel: int) -> None:
        self._engine = engine
        self._alive = alive
        self._queue = queue
        self._worker = worker
        self._parallel = parallel

    @contextmanager
    def running(self) -> Iterator[Durable]:
        """Works on what the queue holds for as long as a `with` lasts, and ends what is begun before it goes."""
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        config: DBOSConfig = {
            "name": "orderplan",
            "system_database_url": self._engine.url.render_as_string(hide_password=False),
            "system_database_engine": self._engine,
            "dbos_system_schema": SCHEMA,
            "executor_id": self._alive.id,
            "application_version": APPLICATION_VERSION,
            "serializer": ReadableSerializer(),
            "log_level": "CRITICAL",
            "enable_otlp": False,
            "run_migrations": False,
            "max_executor_threads": self._parallel * _AHEAD + 4,
        }
        _WORKER.append((self._worker, threading.Semaphore(self._parallel)))
        self._prepare(str(config["system_database_url"]))
        DBOS(config=config)
        DBOS.listen_queues([self._queue])
        try:
            DBOS.launch()
            yield self
        finally:
            DBOS.destroy(workflow_completion_timeout_sec=_SECONDS_TO_DRAIN if self._busy() else 0)
            _WORKER.pop()

    def _prepare(self, url: str) -> None:
        """Makes the tables, one process at a time, and the queue before anybody listens: it would be noticed a second later."""
        with self._alive.alone():
            DBOS.migrate(url, schema=SCHEMA)
        client = DBOSClient(
            system_database_engine=self._engine,
            dbos_system_schema=SCHEMA,
            serializer=ReadableSerializer(),
            application_name="orderplan",
        )
        try:
            client.register_queue(
                self._queue,
                worker_concurrency=self._parallel * _AHEAD,
                polling_interval_sec=_POLL,
                on_conflict="always_update",
            )
        finally:
            client.destroy()

    def enqueue(self, run: RunState) -> None:
        """Puts the work on a contract into the queue, once. A contract is in it once only: the journal gives it to one plan."""
        with SetWorkflowID(run.workflow):
            DBOS.enqueue_workflow(self._queue, _contract, run.plan, run.contract)

    def take_over(self) -> list[str]:
        """Puts back into the queue what processes that died were working on."""
        pending = DBOS.list_workflows(status="PENDING", queue_name=self._queue, load_input=False, load_output=False)
        working = {each.executor_id for each in pending if each.executor_id}
        dead = [each for each in sorted(working) if self._alive.is_dead(each)]
        if dead:
            DBOS._recover_pending_workflows(dead)  # noqa: SLF001 - the library has no public name for it
        return dead

    def lost(self, runs: Sequence[RunState]) -> list[RunState]:
        """The contracts that are said to be worked on while nobody does: their work ended in an error, or never began."""
        status = {
            each.workflow_id: each.status
            for each in DBOS.list_workflows(
                workflow_ids=[each.workflow for each in runs], load_input=False, load_output=False
            )
        }
        return [each for each in runs if status.get(each.workflow) not in ("ENQUEUED", "PENDING", "DELAYED")]

    def _busy(self) -> bool:
        with contextlib.suppress(Exception):
            pending = DBOS.list_workflows(status="PENDING", queue_name=self._queue, load_input=False, load_output=False)
            return any(each.executor_id == self._alive.id for each in pending)
        return False


__all__ = ["APPLICATION_VERSION", "Durable", "ReadableSerializer"]
