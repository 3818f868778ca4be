"""What drives the work and brings it back after a crash: dbos, with one workflow a contract and one step a call.

Three of its habits would hurt here and are set otherwise: a process is known by an id of its own, since two with one id take
over each other's living work; the version of the application is fixed, since one that is a hash of the code would strand work
at every upgrade; and what it keeps is JSON, which can be read and holds no code. See docs/decisions/0015-durable-apply.md.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from dbos._serialization import Serializer

from .database import SCHEMA
from .journal import RunState
from .liveness import Liveness
from .work import Worker

APPLICATION_VERSION = "orderplan-journal-1"
"""Changes only when work that an older program began could not be ended by a newer one."""

_POLL = 0.05
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


_WORKER: list[Worker] = []
"""The worker of this process; workflows are functions of the module, so it stands here."""


@DBOS.workflow(name="orderplan.contract", max_recovery_attempts=1_000_000)
def _contract(plan: str, contract: str) -> dict[str, Any]:
    return _WORKER[-1].contract(plan, contract, _step)


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
            "max_executor_threads": max(8, self._parallel + 4),
            "notification_listener_polling_interval_sec": _POLL,
        }
        _WORKER.append(self._worker)
        DBOS(config=config)
        DBOS.listen_queues([self._queue])
        try:
            DBOS.launch()
            DBOS.register_queue(
                self._queue,
                worker_concurrency=self._parallel,
                partition_concurrency=1,
                polling_interval_sec=_POLL,
                on_conflict="always_update",
            )
            yield self
        finally:
            DBOS.destroy(workflow_completion_timeout_sec=_SECONDS_TO_DRAIN if self._busy() else 0)
            _WORKER.pop()

    def enqueue(self, run: RunState) -> None:
        """Puts the work on a contract into the queue, once."""
        with SetWorkflowID(run.workflow), SetEnqueueOptions(queue_partition_key=run.contract):
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
