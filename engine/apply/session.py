"""A session of applying: one account, one journal, and the work on the contracts of as many plans as are given to it."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from ..connect import OrgClient, StripeClient, org_login, stripe_login
from ..diagnostics import Diagnostic, has_errors
from ..plan import Plan
from .approval import check_approval, read_approval
from .database import database_url, engine_of
from .journal import Journal
from .liveness import Liveness
from .refusals import over, stale, unfinished, unfit, wrong_account
from .report import ContractState, states_of
from .send import KEY_WINDOW, Patience, Sender
from .work import Event, Plans, Prepared, Worker
from .write_back import WriterBack

LIVE_RATE, TEST_RATE = 80, 20
"""Requests a second: below the limits of Stripe's API (docs.stripe.com/rate-limits), which others use too."""

PARALLEL = 8
_TAKE_OVER = 1.0
_LOOK = 0.05


@dataclass(frozen=True, slots=True)
class Options:
    """How to apply. `rate` are requests a second to Stripe, 0 for no limit of ours; `parallel` contracts at once."""

    live: bool = False
    database: str | None = None
    parallel: int = PARALLEL
    rate: int | None = None
    write_back: bool = True
    compare: bool = True
    require_approval: bool = False
    signers: str | None = None
    patience: Patience = field(default_factory=Patience)
    window: datetime.timedelta = KEY_WINDOW


@dataclass(frozen=True, slots=True)
class Given:
    """A plan to apply: the name of its file, its document, what reading it found, and the file of its approval, if any."""

    name: str
    document: Mapping[str, Any]
    plan: Plan
    faults: Sequence[Diagnostic] = ()
    approval: str | None = None


class Session:
    """Open for as long as a `with` lasts. Nothing is sent before `submit` has found nothing against a plan.

    Raises:
        OrderplanError: E920 to E923 for what the platforms lack, E940 for the journal.
    """

    def __init__(
        self,
        options: Options,
        version: str,
        *,
        notify: Callable[[Event], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> None:
        self.options = options
        self.stop = stop or threading.Event()
        self._notify = notify
        login = stripe_login(live=options.live)
        self.client = StripeClient(login, version)
        self._version = version
        self._live = login.livemode
        self.org = OrgClient(org_login()) if options.write_back else None
        found = self.client.account()
        self.account = found.id
        self._offset = found.moment - datetime.datetime.now(datetime.UTC)
        engine = engine_of(database_url(options.database))
        self.journal = Journal(engine)
        self._plans = Plans(self.journal)
        self.alive = Liveness(engine)
        self._worker = self._made_worker()
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        from .durable import Durable

        self._exits.enter_context(self.alive)
        host = urlsplit(self.org.login.url).netloc if self.org is not None else "no org"
        queue = f"contracts {self.account} {host}"
        durable = Durable(self.journal.engine, self.alive, queue, self._worker, self.options.parallel)
        self._durable = self._exits.enter_context(durable.running())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.stop.set()
        self._exits.close()
        self.journal.engine.dispose()

    def moment(self) -> datetime.datetime:
        """The moment by Stripe's clock."""
        return datetime.datetime.now(datetime.UTC) + self._offset

    # --- giving work ------------------------------------------------------------------------------------------------

    def refusals(self, given: Given) -> list[Diagnostic]:
        """What stands against a plan; with an error, nothing of it is to be sent. Reads Stripe, and changes nothing.

        Raises:
            OrderplanError: E934, when an approval is asked for and there is none that fits.
        """
        plan = given.plan
        found = [*unfit(plan, given.faults, given.name)]
        found += wrong_account(plan, self.account, live=self._live, name=given.name)
        if has_errors(found):
            return found
        if self.options.require_approval or plan.requires_approval or given.approval is not None:
            approval = read_approval(given.approval or f"{given.name}.approval")
            check_approval(approval, given.document, self.options.signers)
        begun = self.journal.plan(plan.digest) is not None
        if not begun:
            found += over(plan, self.moment(), given.name)
            if self.options.compare:
                found += stale(plan, self.client, given.name)
        return found

    def submit(self, given: Given) -> list[Diagnostic]:
        """Takes a plan up that nothing stands against; a contract that another plan holds is a finding, the rest goes on."""
        plan = given.plan
        prepared = Prepared(plan, self.account)
        self.journal.keep_plan(plan.digest, self.account, given.name, given.document)
        found: list[Diagnostic] = []
        for contract in prepared.contracts:
            known_as = prepared.known_as(contract)
            held = self.journal.claim(self.account, known_as, plan.digest, contract)
            if held is None:
                self._durable.enqueue(self.journal.begin(plan.digest, contract))
                continue
            other = self.journal.plan(held)
            found.append(unfinished(plan.digest, given.name, known_as, held, other.name if other else "?"))
        return found

    def holders(self, plan: Plan) -> list[str]:
        """The digests of other plans that hold contracts of this one, unfinished."""
        prepared = Prepared(plan, self.account)
        held = [self.journal.holder(self.account, prepared.known_as(each)) for each in prepared.contracts]
        return list(dict.fromkeys(each for each in held if each is not None and each != plan.digest))

    def give_way(self, digest: str) -> bool:
        """Takes a plan that stopped up again, and gives up what then stops anew; whether its contracts are free by then.

        One that has made something whose id is not written back stays: another plan would make it twice.
        """
        self.wait(self.resume([digest]))
        states = self.states(digest)
        if any(each.state in ("queued", "running") for each in states):
            return False
        calls = [one for each in states for one in each.calls if one.state == "done"]
        free = self.org is None or all(
            sum(each.state == "done" for each in one.stored) == len(one.call.store) for one in calls
        )
        if free:
            self.journal.cancel(digest)
        return free

    def resume(self, digests: Iterable[str] | None = None) -> list[str]:
        """Takes up again what stopped, of these plans or of all of the account; the plans that are worked on."""
        wanted = [each.digest for each in self.journal.plans() if each.account == self.account]
        if digests is not None:
            asked = set(digests)
            wanted = [each for each in wanted if each in asked]
        out = []
        for digest in wanted:
            runs = [each for each in self.journal.runs(digest) if each.state not in ("done", "cancelled")]
            for each in runs:
                self._durable.enqueue(self.journal.begin(digest, each.contract))
            if runs:
                out.append(digest)
        return out

    def wait(self, digests: Sequence[str]) -> None:
        """Works until the contracts of these plans have come to an end, or the session is stopped."""
        looked = 0.0
        while True:
            open_ = self.journal.open_runs(digests)
            if not open_:
                return
            if self.stop.is_set() and all(each.state == "queued" for each in open_):
                return
            if time.monotonic() - looked > _TAKE_OVER:
                looked = time.monotonic()
                self._durable.take_over()
                for each in self._durable.lost(open_):
                    self.journal.mark(each.plan, each.contract, "interrupted", {"error": _LOST})
                    self._durable.enqueue(self.journal.begin(each.plan, each.contract))
            self.stop.wait(_LOOK) if not self.stop.is_set() else time.sleep(_LOOK)

    def states(self, digest: str) -> tuple[ContractState, ...]:
        """What became of the contracts of a plan."""
        return states_of(self.journal, digest, self._plans.of(digest))

    def _made_worker(self) -> Worker:
        options = self.options
        stopped = self.stop.is_set
        sender = Sender(
            self.client,
            self.journal,
            self.account,
            self.alive,
            pace=_pace(options.rate if options.rate is not None else LIVE_RATE if self._live else TEST_RATE),
            patience=options.patience,
            window=options.window,
            stopped=stopped,
        )
        writer = None
        if self.org is not None:
            writer = WriterBack(self.org, self.journal, self.account, patience=options.patience, stopped=stopped)
        return Worker(
            self._plans, self.journal, sender, writer, moment=self.moment, notify=self._notify, stopped=stopped
        )


_LOST = {"kind": "lost", "message": "the work on it was lost, and is begun again"}


def _pace(rate: int) -> Callable[[], None]:
    """Waits so that no more than so many requests go out in a second."""
    if rate <= 0:
        return lambda: None
    from pyrate_limiter import Duration, Limiter, Rate

    limiter = Limiter(Rate(rate, Duration.SECOND))
    return lambda: (limiter.try_acquire("stripe"), None)[1]
