"""The objects of both sides, in memory or in a SQLite file, changed by one request at a time or not at all."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..diagnostics import OrderplanError

Record = dict[str, Any]

_TABLE = "create table if not exists objects (kind text, id text, body text, primary key (kind, id))"


class Store:
    """Objects by kind and id, in the order they were made.

    Whoever changes an object puts it back: `put` is what is undone when a request is refused, and what a file keeps.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._kinds: dict[str, dict[str, str]] = {}
        self._depth = 0
        self._changed: dict[tuple[str, str], str | None] = {}
        self._touched: dict[tuple[str, str], float] = {}
        self._file: sqlite3.Connection | None = None
        if file is not None:
            self._open(file)

    def _open(self, file: Path) -> None:
        try:
            self._file = sqlite3.connect(file, check_same_thread=False)
            # Ten times as fast, and safe when the process is killed; a sandbox need not outlive a loss of power.
            self._file.execute("pragma synchronous = off")
            self._file.execute(_TABLE)
            for kind, name, body in self._file.execute("select kind, id, body from objects order by rowid"):
                self._kinds.setdefault(kind, {})[name] = body
        except sqlite3.Error as fault:
            hint = "name a file that the sandbox made, or one that does not exist yet"
            raise OrderplanError("E905", f"cannot keep the sandbox in {file}: {fault}", hint) from fault

    @contextmanager
    def change(self) -> Iterator[None]:
        """One request, or a part of one: all of its changes are kept when it ends, none when it raises."""
        with self.lock:
            whole, self._changed = self._changed, {}
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._keep()
                else:
                    whole |= {key: before for key, before in self._changed.items() if key not in whole}
            except BaseException:
                for (kind, name), before in self._changed.items():
                    self._restore(kind, name, before)
                raise
            finally:
                self._depth -= 1
                self._changed = whole if self._depth else {}

    def _restore(self, kind: str, name: str, before: str | None) -> None:
        if before is None:
            self._kinds[kind].pop(name, None)
        else:
            self._kinds[kind][name] = before

    def _keep(self) -> None:
        if self._file is None or not self._changed:
            return
        with self._file:
            for kind, name in self._changed:
                body = self._kinds.get(kind, {}).get(name)
                if body is None:
                    self._file.execute("delete from objects where kind = ? and id = ?", (kind, name))
                else:
                    self._file.execute(
                        "insert into objects values (?, ?, ?)"
                        " on conflict (kind, id) do update set body = excluded.body",
                        (kind, name, body),
                    )

    def put(self, kind: str, name: str, record: Record) -> None:
        """Adds an object, or takes its new state."""
        held = self._kinds.setdefault(kind, {})
        self._changed.setdefault((kind, name), held.get(name))
        held[name] = json.dumps(record)
        self._touched[kind, name] = time.monotonic()

    def remove(self, kind: str, name: str) -> None:
        """Takes an object away."""
        held = self._kinds.get(kind, {})
        if name in held:
            self._changed.setdefault((kind, name), held[name])
            del held[name]

    def get(self, kind: str, name: str) -> Record | None:
        """A copy of an object; None when there is none."""
        body = self._kinds.get(kind, {}).get(name)
        return json.loads(body) if body is not None else None

    def all(self, kind: str) -> list[Record]:
        """Copies of the objects of a kind, the oldest first."""
        return [json.loads(each) for each in self._kinds.get(kind, {}).values()]

    def kinds(self) -> tuple[str, ...]:
        """The kinds that have objects."""
        return tuple(name for name, held in self._kinds.items() if held)

    def age(self, kind: str, name: str) -> float:
        """Seconds since an object was last changed by this process; searches lag behind changes."""
        return time.monotonic() - self._touched.get((kind, name), float("-inf"))

    def number(self, what: str) -> int:
        """The next number of a series, from 1."""
        held = self.get("sandbox.number", what) or {"last": 0}
        held["last"] += 1
        self.put("sandbox.number", what, held)
        return int(held["last"])

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
