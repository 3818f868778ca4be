"""Both platforms on one port of the loopback interface, for as long as a `with` lasts."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from ..places import shipped
from ..schema.salesforce import load_catalogue
from ..schema.stripe import load, versions
from .account import Account
from .answers import Answer, RefusalError, Request
from .faults import HEADER, Fault
from .faults import faults as spelled_faults
from .org import Org
from .salesforce import SESSION as SALESFORCE_TOKEN
from .salesforce import Salesforce
from .store import Store
from .stripe import Stripe

HOST = "127.0.0.1"
STRIPE_KEY = "sk_test_sandbox"
_LARGEST = 50_000_000


class Sandbox:
    """A Stripe account and a Salesforce org on loopback.

    `org` are bundle files whose records fill the org; the newest `as_of` of them is where the clock stands, without `now`.
    `state` keeps the objects in a file, `now` stops the clock at a moment (seconds since 1970) until it is advanced,
    `meters` are ids of billing meters that the account has already, `search_lag` are the seconds that searches lag behind, `faults` are written as for `orderplan sandbox --fault`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        state: Path | None = None,
        now: int | None = None,
        org: Iterable[str | Path] = (),
        faults: Iterable[str] = (),
        meters: Iterable[str] = (),
        search_lag: float = 0.0,
        page_size: int = 2000,
        version: str | None = None,
    ) -> None:
        self._faults = spelled_faults(faults)
        self.store = Store(state)
        self._server = _Server((HOST, port), _Handler)
        self._server.sandbox = self
        self.port = int(self._server.server_address[1])
        self.url = f"http://{HOST}:{self.port}"
        self.account = Account(self.store, load(version or versions()[-1]), now, self.url)
        self.account.has_meters(meters)
        self.org = Org(self.store, load_catalogue(shipped("schemas", "salesforce", "cpq.json")), self.account)
        try:
            made = [moment for each in org if (moment := self.org.load(str(each))) is not None]
            if now is None and made:
                self.account.start(max(made))
        except BaseException:
            self._server.server_close()
            self.store.close()
            raise
        self.salesforce = Salesforce(self.org, self.store, page_size)
        self.stripe = Stripe(self.account, search_lag)
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @property
    def environment(self) -> dict[str, str]:
        """What programs that are to speak to the sandbox find in their environment."""
        return {
            "STRIPE_API_KEY": STRIPE_KEY,
            "ORDERPLAN_STRIPE_URL": self.url,
            "SF_INSTANCE_URL": self.url,
            "SF_ACCESS_TOKEN": SALESFORCE_TOKEN,
        }

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self.store.close()

    def wait(self) -> None:
        """Serves until the program is stopped."""
        while not self._stopped.wait(0.5):
            pass

    def answer(self, request: Request) -> Answer | None:
        """The answer to a request, with the fault that is due; None for a connection that is to be dropped."""
        side = "stripe" if request.path.startswith("/v1/") else "salesforce"
        try:
            fault = self._faults.at(side, request.headers.get(HEADER))
        except ValueError as wrong:
            return Answer(400, {"error": {"type": "invalid_request_error", "message": str(wrong)}})
        if fault is None:
            return self._answer(request)
        return self._faulty(fault, request)

    def _faulty(self, fault: Fault, request: Request) -> Answer | None:
        if fault.kind in ("slow", "timeout"):
            self._stopped.wait(fault.seconds)
            return self._answer(request) if fault.kind == "slow" else None
        if fault.kind in ("500-after", "reset-after"):
            self._answer(request)
        if fault.kind.startswith("reset"):
            return None
        if request.path.startswith("/services/"):
            return _org_fault(fault)
        if fault.kind == "429":
            busy = RefusalError("Too many requests: this fault was asked for.", code="rate_limit", status=429).answer
            return replace(busy, headers={"Retry-After": f"{fault.seconds:g}"})
        return RefusalError("This fault was asked for.", status=500, kind="api_error").answer

    def _answer(self, request: Request) -> Answer:
        try:
            return self._carried_out(request)
        except Exception as fault:  # noqa: BLE001 - a fault of the sandbox is answered, as a server's is
            words = f"the sandbox cannot carry this out ({type(fault).__name__}): {request.method} {request.path}"
            if request.path.startswith("/services/"):
                return Answer(500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": words}])
            return RefusalError(words, status=500, kind="api_error").answer

    def _carried_out(self, request: Request) -> Answer:
        if request.path.startswith("/v1/"):
            return self.stripe.answer(request)
        if request.path.startswith("/services/"):
            return self.salesforce.answer(request)
        if request.path == "/":
            return Answer(
                200, {"sandbox": "orderplan", "stripe": f"{self.url}/v1", "salesforce": f"{self.url}/services/data"}
            )
        return Answer(404, {"error": {"message": f"the sandbox has nothing at {request.path}"}})


def _org_fault(fault: Fault) -> Answer:
    """A fault in Salesforce's shape."""
    if fault.kind == "429":
        busy = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "this fault was asked for"}]
        return Answer(429, busy, {"Retry-After": f"{fault.seconds:g}"})
    return Answer(500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "this fault was asked for"}])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    sandbox: Sandbox


class _Handler(BaseHTTPRequestHandler):
    """Reads a request and writes the answer; without these settings a request takes 44 ms on loopback."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120
    server: _Server

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST:
            self.send_error(413)
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # its sender died on the way: nothing was asked for
            self.close_connection = True
            return
        split = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, unquote(split.path), split.query, headers, body)
        answer = self.server.sandbox.answer(request)
        if answer is None:
            self._drop()
            return
        encoded = answer.encoded
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(encoded)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

    def _drop(self) -> None:
        """Ends the connection without an answer, and with a reset."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.shutdown(socket.SHUT_RDWR)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The moment of the sandbox's own clock, as Stripe's answers say when they were given."""
        return super().date_time_string(self.server.sandbox.account.now() if timestamp is None else timestamp)

    def log_message(self, *_: Any) -> None:
        """Nothing: standard error is for the command."""

    def handle(self) -> None:
        """One connection; a client that goes away is no fault of the sandbox."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()


__all__ = ["HOST", "SALESFORCE_TOKEN", "STRIPE_KEY", "Sandbox"]
