"""Sending one call exactly once: the intent before it, the result after it, and patience between."""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import tenacity

from ..connect import Answer, Refusal, StripeClient, Want
from ..diagnostics import OrderplanError
from ..plan import Call
from .journal import Entry, Journal
from .liveness import Liveness
from .lookup import made_by
from .resolve import Answers, UnansweredError, fingerprint, kept, path_of, resolved

KEY_WINDOW = datetime.timedelta(hours=23)
"""How long a key is trusted: Stripe keeps keys for at least a day (docs.stripe.com/api/idempotent_requests)."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is tried again: `attempts` in all, `seconds` in all, and `longest` between two."""

    attempts: int = 10
    seconds: float = 120.0
    longest: float = 20.0
    first: float = 0.5


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a call: `done` with the values that others need, `refused` for a person to look at, or `interrupted`."""

    state: str
    values: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The result as the journal of steps keeps it."""
        return {"state": self.state, "values": dict(self.values), "error": dict(self.error)}


class Sender:
    """Sends calls to one account. `pace` waits until the next request may go out."""

    def __init__(
        self,
        client: StripeClient,
        journal: Journal,
        account: str,
        alive: Liveness,
        *,
        pace: Callable[[], None],
        patience: Patience = Patience(),
        window: datetime.timedelta = KEY_WINDOW,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._client = client
        self._journal = journal
        self._account = account
        self._alive = alive
        self._pace = pace
        self._patience = patience
        self._window = window
        self._stopped = stopped

    def send(
        self,
        call: Call,
        answers: Answers,
        fields: set[str],
        own: frozenset[str] = frozenset(),
        *,
        lapsed: str | None = None,
    ) -> Sent:
        """Carries out a call, unless it was carried out before; what it says of its answer are `fields`.

        `own` are the metadata keys of the plan, by which its objects are told apart. `lapsed` says why the call must not be made
        any more: then it is only found out whether it was made before.
        """
        if lapsed is not None and not self._journal.entries(self._account, [call.idempotency_key]):
            return Sent("refused", error={"kind": "stale", "message": lapsed})
        entry, again = self._journal.intend(self._account, call.idempotency_key, call.id, fingerprint(call))
        if entry.done:
            return Sent("done", entry.values)
        try:
            path, params = path_of(call, answers), resolved(call.params, answers)
        except UnansweredError as fault:
            return self._refused(call, Refusal("answer", str(fault)), "refused")
        try:
            if (
                again
                and (lapsed is not None or self._is_old(entry))
                and (found := self._look(call, path, params, own)) is not None
            ):
                return self._done(call, found, fields, found=True)
            if lapsed is not None:
                return Sent("refused", error={"kind": "stale", "message": lapsed})
            return self._tried(call, path, params, fields, own, entry.suffix)
        except OrderplanError as fault:
            return self._refused(call, Refusal("connection", fault.message), "interrupted")

    def _tried(
        self, call: Call, path: str, params: Mapping[str, Any], fields: set[str], own: frozenset[str], suffix: int
    ) -> Sent:
        number = suffix
        last: Refusal | None = None
        started = time.monotonic()
        for attempt in range(self._patience.attempts):
            if attempt and not self._waited(last, attempt, started):
                break
            self._alive.check()
            self._pace()
            found = self._client.send(call.method, path, params, key_of(call, number))
            if isinstance(found, Answer):
                return self._done(call, found.body, fields, found.request_id)
            last = found
            if found.want is Want.PERSON:
                return self._refused(call, found, "refused")
            if found.want is Want.LOOK:
                # Stripe repeats its error for this key for ever: either the call took effect, or it needs a new key.
                made = self._look(call, path, params, own)
                if made is not None:
                    return self._done(call, made, fields, found.request_id, found=True)
                number = self._journal.next_key(self._account, call.idempotency_key)
        return self._refused(call, last or Refusal("stopped", "the program was stopped"), "interrupted")

    def _waited(self, last: Refusal | None, attempt: int, started: float) -> bool:
        """Waits before the next attempt: as long as Stripe asks, else longer each time, by chance. False when time is up."""
        patience = self._patience
        pause = min(patience.longest, patience.first * 2 ** (attempt - 1)) * random.uniform(0.5, 1)  # noqa: S311 - no secret
        if last is not None and last.retry_after is not None:
            pause = last.retry_after + random.uniform(0, patience.first)  # noqa: S311 - no secret
        if time.monotonic() - started + pause > patience.seconds:
            return False
        until = time.monotonic() + pause
        while (left := until - time.monotonic()) > 0:
            if self._stopped():
                return False
            tenacity.nap.sleep(min(left, 0.2))
        return not self._stopped()

    def _look(self, call: Call, path: str, params: Mapping[str, Any], own: frozenset[str]) -> Mapping[str, Any] | None:
        def taken(each: str) -> bool:
            return self._journal.holds_object(self._account, each)

        return made_by(self._client, call, path, params, taken, own)

    def _is_old(self, entry: Entry) -> bool:
        intent = datetime.datetime.fromisoformat(entry.intent_at)
        return datetime.datetime.now(datetime.UTC) - intent > self._window

    def _done(
        self, call: Call, body: Mapping[str, Any], fields: set[str], request_id: str = "", *, found: bool = False
    ) -> Sent:
        values = kept(body, fields)
        self._journal.answer(self._account, call.idempotency_key, values, request_id, found=found)
        return Sent("done", values)

    def _refused(self, call: Call, refusal: Refusal, state: str) -> Sent:
        error = {
            "kind": refusal.kind,
            "message": refusal.message,
            "status": refusal.status,
            "code": refusal.code,
            "param": refusal.param,
            "request_id": refusal.request_id,
        }
        told = {name: value for name, value in error.items() if value not in (None, "")}
        self._journal.refuse(self._account, call.idempotency_key, told, refusal.request_id)
        return Sent(state, error=told)


def key_of(call: Call, number: int) -> str:
    """The key of a call; another one when Stripe repeats an error of its own for the first."""
    return call.idempotency_key if not number else f"{call.idempotency_key}-{number}"
