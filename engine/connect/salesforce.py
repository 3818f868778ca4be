"""A Salesforce org through `simple-salesforce`: queries, descriptions, and several changes in one request."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

from ..diagnostics import OrderplanError
from .credentials import OrgLogin

VERSION = "62.0"
MOST_PARTS = 25
"""The requests that a composite request takes; source: REST API developer guide "Composite"."""

_RETRIES = 4
_FIRST = 0.1
"""Seconds before the second attempt; each pause is twice the one before."""
_TIMEOUT = 60.0
_OK = range(200, 300)
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class OrgRefusal:
    """What the org does not do: its code (`FIELD_INTEGRITY_EXCEPTION`), its message, and the fields that it is about."""

    code: str
    message: str
    fields: tuple[str, ...] = ()
    status: int | None = None

    @property
    def passes(self) -> bool:
        """Whether it may go another time: the org is busy, or the record is locked by someone."""
        busy = ("UNABLE_TO_LOCK_ROW", "REQUEST_LIMIT_EXCEEDED", "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "connection")
        return self.code in busy or self.status is None or self.status >= 500  # noqa: PLR2004 - the range of HTTP


@dataclass(frozen=True, slots=True)
class Usage:
    """The requests to the API that an org has had within 24 hours, and may have."""

    used: int
    allowed: int


class OrgClient:
    """One org by one session."""

    def __init__(self, login: OrgLogin, *, version: str = VERSION) -> None:
        from simple_salesforce.api import Salesforce
        from simple_salesforce.exceptions import SalesforceError

        self._error: type[Exception] = SalesforceError
        self.login = login
        parts = urlsplit(login.url)
        self._org = Salesforce(
            instance_url=f"https://{parts.netloc}",
            session_id=login.token,
            session=_session(parts.scheme, parts.netloc),
            version=version,
            parse_float=Decimal,
        )

    def query(self, soql: str) -> Iterator[dict[str, Any]]:
        """The records of a query, page after page, as the REST API returns them; numbers with a point are decimals.

        Raises:
            OrderplanError: E923, when the org refuses it or cannot be reached.
        """
        what = f"the query {_short(soql)}"
        page: Any = self._asked(lambda: self._org.query(soql), what)
        while True:
            yield from page["records"]
            if page.get("done", True):
                return
            address = page["nextRecordsUrl"]
            page = self._asked(partial(self._org.query_more, address, identifier_is_url=True), what)

    def describe(self, name: str) -> dict[str, Any]:
        """What the org says of an object that this session may see.

        Raises:
            OrderplanError: E923, as in `query`.
        """
        return cast(
            "dict[str, Any]",
            self._asked(lambda: self._org.restful(f"sobjects/{name}/describe"), f"the description of {name}"),
        )

    def visible_fields(self, name: str) -> frozenset[str] | None:
        """The fields of an object that this session may see; None where it sees no such object.

        Raises:
            OrderplanError: E923, when the org does not answer.
        """

        def ask() -> Any:
            try:
                return self._org.restful(f"sobjects/{name}/describe")
            except self._error as fault:
                if getattr(fault, "status", None) == _NOT_FOUND:
                    return None
                raise

        found = self._asked(ask, f"the description of {name}")
        return None if found is None else frozenset(str(each["name"]) for each in found["fields"])

    def composite(
        self, parts: Sequence[Mapping[str, Any]], *, all_or_none: bool
    ) -> list[Mapping[str, Any]] | OrgRefusal:
        """Carries out up to 25 requests as one; their answers (`httpStatusCode`, `body`) in their order."""
        body = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
        try:
            answer: Any = self._org.restful("composite", method="POST", json=body)
        except self._error as fault:
            return _refusal(fault)
        except OSError as fault:
            return OrgRefusal("connection", _reason(fault))
        return cast("list[Mapping[str, Any]]", answer["compositeResponse"])

    def path(self, *steps: str) -> str:
        """The address of a record inside a composite request."""
        return f"/services/data/v{self._org.sf_version}/sobjects/" + "/".join(steps)

    @property
    def usage(self) -> Usage | None:
        """How much of the org's daily limit is used, as its last answer said."""
        found: Any = self._org.api_usage.get("api-usage")
        return Usage(int(found.used), int(found.total)) if found is not None else None

    def _asked(self, ask: Callable[[], Any], what: str) -> Any:
        """Reads something, and again where the org is busy or the line breaks: reading changes nothing."""
        for attempt in range(_RETRIES + 1):
            try:
                return ask()
            except self._error as fault:
                refusal = _refusal(fault)
                if attempt == _RETRIES or not refusal.passes:
                    fix = "look at the session, and at what its user may read"
                    if refusal.code == "INVALID_SESSION_ID":
                        fix = "the session is over: log in again"
                    words = f"the org refuses {what}: {refusal.code}: {refusal.message}"
                    raise OrderplanError("E923", words, fix) from None
            except OSError as fault:
                if attempt == _RETRIES:
                    words = f"the org does not answer {what}: {_reason(fault)}"
                    raise OrderplanError("E923", words, "look at SF_INSTANCE_URL and the network") from None
            time.sleep(_FIRST * 2**attempt)
        raise AssertionError  # pragma: no cover - the last attempt raises


def refusals_of(answer: Mapping[str, Any]) -> tuple[OrgRefusal, ...]:
    """What a part of a composite answer refuses; nothing where it was carried out."""
    status = int(answer["httpStatusCode"])
    if status in _OK:
        return ()
    return tuple(_faults(answer.get("body"), status))


def _faults(content: Any, status: int | None) -> Iterator[OrgRefusal]:
    found = content if isinstance(content, list) else [content]
    for each in found:
        if isinstance(each, Mapping):
            code = str(each.get("errorCode") or "UNKNOWN")
            yield OrgRefusal(code, str(each.get("message") or ""), tuple(each.get("fields") or ()), status)
        else:
            yield OrgRefusal("UNKNOWN", str(each or "no reason was given"), (), status)


def _refusal(fault: Any) -> OrgRefusal:
    return next(_faults(fault.content, int(fault.status)))


def _reason(fault: OSError) -> str:
    cause = getattr(fault, "__context__", None)
    return str(getattr(fault, "strerror", None) or type(cause or fault).__name__)


def _short(soql: str) -> str:
    return soql if len(soql) <= 120 else f"{soql[:119]}…"  # noqa: PLR2004 - a line of a terminal


def _session(scheme: str, netloc: str) -> Any:
    """A session that tries again where an org is busy, and reaches a sandbox on this machine without TLS."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    retry = Retry(
        total=_RETRIES,
        status_forcelist=(429, 503),
        allowed_methods=None,
        backoff_factor=0.3,
        backoff_jitter=0.2,
        respect_retry_after_header=True,
        raise_on_status=False,
        read=0,
    )

    class Adapter(HTTPAdapter):
        def send(self, request: Any, *args: Any, **options: Any) -> Any:
            options["timeout"] = options.get("timeout") or _TIMEOUT
            if scheme == "http":
                target = urlsplit(request.url)
                request.url = urlunsplit(("http", netloc, target.path, target.query, ""))
            return super().send(request, *args, **options)

    session = requests.Session()
    session.mount("https://", Adapter(max_retries=retry))
    return session
