"""Which processes are alive: each holds a lock for as long as it lives, which its operating system or database frees.

Without clocks: a process that is dead frees its lock, and one that is only slow keeps it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

_GIVEN_UP = 5
"""The exit code of work that is partly done."""

_PATIENCE = 60.0
_LOOK = 2.0
"""Seconds after which a process looks whether it still has its lock in PostgreSQL."""


class Liveness:
    """The lock of this process, and a look at those of others. `id` is unlike that of every other process."""

    def __init__(self, engine: sa.Engine) -> None:
        self.id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._engine = engine
        self._guard = threading.Lock()
        self._looked = time.monotonic()
        self._folder = Path(f"{engine.url.database}.alive") if engine.dialect.name == "sqlite" else None
        self._held: Any = None

    def __enter__(self) -> Self:
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._held = _locked(self._folder / self.id)
            if self._held is None:
                raise OSError(errno.EEXIST, "another process has the lock of this one")
        else:
            self._held = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._held.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _number(self.id)})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError, sa.exc.SQLAlchemyError):
            if self._folder is not None:
                (self._folder / self.id).unlink(missing_ok=True)
                os.close(self._held)
            else:
                self._held.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _number(self.id)})
                self._held.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lets one process at a time into what is inside."""
        with ExitStack() as held:
            until = time.monotonic() + _PATIENCE
            # Asked for again and again: one who waits inside PostgreSQL keeps a snapshot, and an index that is made beside
            # running work waits for all of those.
            while not self._alone(held):
                if time.monotonic() > until:
                    raise TimeoutError(errno.ETIMEDOUT, "another process holds the journal")
                time.sleep(0.05)
            yield

    @contextmanager
    def leading(self, what: str) -> Iterator[bool]:
        """Whether this process, of all, does something now: the first that asks, for as long as it is inside."""
        with ExitStack() as held:
            number = _number(what)
            if self._folder is not None:
                handle = _locked(self._folder / f".{number:x}")
                if handle is not None:
                    held.callback(os.close, handle)
                yield handle is not None
                return
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            held.callback(connection.close)
            got = connection.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": number}).scalar_one()
            if got:
                held.callback(connection.execute, sa.text("SELECT pg_advisory_unlock(:key)"), {"key": number})
            yield bool(got)

    def _alone(self, held: ExitStack) -> bool:
        if self._folder is not None:
            handle = _locked(self._folder / ".alone")
            if handle is not None:
                held.callback(os.close, handle)
            return handle is not None
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not connection.execute(sa.text("SELECT pg_try_advisory_lock(7308)")).scalar_one():
            connection.close()
            return False
        held.callback(connection.close)
        held.callback(connection.execute, sa.text("SELECT pg_advisory_unlock(7308)"))
        return True

    def check(self) -> None:
        """Makes sure that the process still has its lock; one without it ends itself.

        When the connection that held it is gone, the others take the process for dead and its work over. It must do nothing
        more, not even write down how far it is: they know that from the journal.
        """
        if self._folder is not None or time.monotonic() - self._looked < _LOOK:
            return
        with self._guard:
            try:
                self._held.execute(sa.text("SELECT 1"))
            except sa.exc.SQLAlchemyError:
                sys.stderr.write("orderplan lost its connection to the database and stops; run it again to go on\n")
                sys.stderr.flush()
                os._exit(_GIVEN_UP)
            self._looked = time.monotonic()

    def is_dead(self, other: str) -> bool:
        """Whether the process of an id lives no more."""
        if other == self.id:
            return False
        if self._folder is not None:
            path = self._folder / other
            if not path.exists():
                return True
            handle = _locked(path)
            if handle is None:
                return False
            path.unlink(missing_ok=True)
            os.close(handle)
            return True
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            key = {"key": _number(other)}
            got = connection.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one()
            if got:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), key)
            return bool(got)


def _number(text: str) -> int:
    """The number of a lock in PostgreSQL."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def _locked(path: Path) -> int | None:
    """A locked file; None where another process has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
