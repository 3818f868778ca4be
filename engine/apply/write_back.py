"""Writing ids and links back to the records of the org. What somebody else has written there is never written over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..connect import OrgClient, OrgRefusal
from ..connect.salesforce import MOST_PARTS, refusals_of
from ..parameters import Ref
from ..plan import Call, WriteBack
from .journal import Journal, Stored
from .resolve import Answers, written
from .send import Patience


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A field with what is to stand in it."""

    back: WriteBack
    value: str


class WriterBack:
    """Writes to one org. Reading and writing are a composite request each, all records of a call together."""

    def __init__(
        self,
        org: OrgClient,
        journal: Journal,
        account: str,
        *,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._org = org
        self._journal = journal
        self._account = account
        self._patience = patience
        self._stopped = stopped

    def store(self, call: Call, answers: Answers) -> list[Stored]:
        """Writes back what a call gave; what became of each field. `busy` ones may be tried again."""
        before = {
            (each.object, each.record, each.field): each
            for each in self._journal.stored(self._account, call.idempotency_key)
        }
        wanted = [_Wanted(each, written(each.value, answers)) for each in call.store]
        missing = [
            each
            for each in wanted
            if (held := before.get((each.back.object, each.back.id, each.back.field))) is None or held.state != "done"
        ]
        out: list[Stored] = []
        for part in _batches(missing):
            out += self._tried(call, part)
        self._journal.store(self._account, [each for each in out if each.state != "busy"])
        return out

    def _tried(self, call: Call, wanted: Sequence[_Wanted]) -> list[Stored]:
        out: list[Stored] = []
        started, pause = time.monotonic(), self._patience.first
        for attempt in range(self._patience.attempts):
            out = self._once(call, wanted)
            if not any(each.state == "busy" for each in out):
                return out
            if (
                attempt + 1 == self._patience.attempts
                or time.monotonic() - started > self._patience.seconds
                or self._stopped()
            ):
                break
            time.sleep(pause)
            pause = min(pause * 2, self._patience.longest)
        return out

    def _once(self, call: Call, wanted: Sequence[_Wanted]) -> list[Stored]:
        held = self._org.composite([self._read(number, each) for number, each in enumerate(wanted)], all_or_none=False)
        if isinstance(held, OrgRefusal):
            return [_refused(call, each, held) for each in wanted]
        out: list[Stored] = []
        open_: list[_Wanted] = []
        for each, answer in zip(wanted, held, strict=True):
            refusals = refusals_of(answer)
            if refusals:
                out.append(_refused(call, each, refusals[0]))
            elif (found := _settled(call, each, answer["body"].get(each.back.field))) is not None:
                out.append(found)
            else:
                open_.append(each)
        if not open_:
            return out
        answers = self._org.composite(
            [self._change(number, each) for number, each in enumerate(open_)], all_or_none=False
        )
        if isinstance(answers, OrgRefusal):
            return out + [_refused(call, each, answers) for each in open_]
        for each, answer in zip(open_, answers, strict=True):
            refusals = refusals_of(answer)
            out.append(_refused(call, each, refusals[0]) if refusals else _stored(call, each, "done"))
        return out

    def _read(self, number: int, wanted: _Wanted) -> Mapping[str, Any]:
        address = f"{self._org.path(wanted.back.object, wanted.back.id)}?fields={wanted.back.field}"
        return {"method": "GET", "url": address, "referenceId": f"r{number}"}

    def _change(self, number: int, wanted: _Wanted) -> Mapping[str, Any]:
        address = self._org.path(wanted.back.object, wanted.back.id)
        body = {wanted.back.field: wanted.value}
        return {"method": "PATCH", "url": address, "referenceId": f"w{number}", "body": body}


def _settled(call: Call, wanted: _Wanted, held: Any) -> Stored | None:
    """What a field settles by what it holds: it is written, or holds another id; None when it is to be written."""
    if held == wanted.value:
        return _stored(call, wanted, "done")
    is_id = isinstance(wanted.back.value, Ref) and wanted.back.value.field == "id"
    if not is_id or held in (None, "", wanted.back.was):
        return None
    return _stored(call, wanted, "conflict", f"the field holds {held}")


def _refused(call: Call, wanted: _Wanted, refusal: OrgRefusal) -> Stored:
    return _stored(call, wanted, "busy" if refusal.passes else "refused", f"{refusal.code}: {refusal.message}")


def _stored(call: Call, wanted: _Wanted, state: str, message: str = "") -> Stored:
    back = wanted.back
    return Stored(call.idempotency_key, back.object, back.id, back.field, state, wanted.value, message)


def _batches(wanted: Sequence[_Wanted]) -> Iterator[list[_Wanted]]:
    rest = iter(wanted)
    while part := list(islice(rest, MOST_PARTS)):
        yield part
