"""Stripe's API through its own library: retries, keys and encodings are decided here, not there."""

from __future__ import annotations

import datetime
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from ..diagnostics import OrderplanError
from .answers import Answer, Refusal, Want
from .credentials import StripeLogin
from .encode import texts

_TIMEOUT = 80.0
_PAGE = 100
_READS, _FIRST, _LONGEST = 3, 0.2, 10.0
"""How often something is read again, and the seconds before: the first pause, and the longest that Stripe may ask for."""

_SECRET = re.compile(r"\b(sk|rk|pk)_(test|live)_\w+")


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a key, and the moment by Stripe's clock at which it answered."""

    id: str
    moment: datetime.datetime


class StripeClient:
    """One account by one key. `version` is the API version that is spoken, `account` the connected account, if any.

    The library's own retries are off: it takes no notice of `Retry-After`, and gives up on 429.
    """

    def __init__(
        self, login: StripeLogin, version: str, *, account: str | None = None, timeout: float = _TIMEOUT
    ) -> None:
        import stripe

        stripe.enable_telemetry = False
        self.login = login
        self._stripe = stripe
        self._options: dict[str, str] = {"stripe_version": version}
        if account is not None:
            self._options["stripe_account"] = account
        self._client = stripe.StripeClient(
            login.key,
            base_addresses={"api": login.url},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout),
        )

    def send(self, method: str, path: str, params: Mapping[str, Any], key: str | None = None) -> Answer | Refusal:
        """Sends a request under an idempotency key, once. `params` are JSON values, with no reference left in them."""
        options = {**self._options, **({"idempotency_key": key} if key is not None else {})}
        try:
            answer = self._client.raw_request(method.lower(), path, **{**texts_of(params), **options})
        except self._stripe.APIConnectionError as fault:
            return Refusal("connection", without_keys(str(fault.user_message or fault).partition("\n")[0]))
        except self._stripe.StripeError as fault:
            return _refusal(fault)
        body = json.loads(answer.body, parse_float=Decimal)
        headers = {name.lower(): value for name, value in (answer.headers or {}).items()}
        replayed = headers.get("idempotent-replayed") == "true"
        return Answer(body, headers.get("request-id", ""), replayed, _moment(headers.get("date")))

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer | Refusal:
        """Reads an object, or a page of a list; again where Stripe is busy or the line breaks, for reading changes nothing."""
        found = self.send("GET", path, params or {})
        for attempt in range(_READS):
            if not isinstance(found, Refusal) or found.want is not Want.AGAIN:
                return found
            pause = found.retry_after if found.retry_after is not None else _FIRST * 2**attempt
            time.sleep(min(pause, _LONGEST))
            found = self.send("GET", path, params or {})
        return found

    def all(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Mapping[str, Any] | Refusal]:
        """The objects of a list, page after page; a refusal ends them."""
        after: dict[str, Any] = {}
        while True:
            page = self.get(path, {**(params or {}), "limit": _PAGE, **after})
            if isinstance(page, Refusal):
                yield page
                return
            data = page.body.get("data") or []
            yield from data
            if not page.body.get("has_more") or not data:
                return
            after = {"starting_after": data[-1]["id"]}

    def account(self) -> Account:
        """The account that answers to the key, and the moment of its answer.

        Raises:
            OrderplanError: E922, when Stripe does not say.
        """
        found = self.get("/v1/account")
        if isinstance(found, Refusal):
            raise OrderplanError(
                "E922",
                f"Stripe does not say whose key this is: {found.message}",
                "look at the key and the network; a restricted key needs to read the account",
            )
        return Account(str(found.body["id"]), found.moment or datetime.datetime.now(datetime.UTC))


def texts_of(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a request as texts."""
    return {name: texts(value) for name, value in params.items()}


def without_keys(text: str) -> str:
    """A message with every key of Stripe's made unreadable."""
    return _SECRET.sub(lambda match: f"{match[1]}_{match[2]}_…", text)


def _refusal(fault: Any) -> Refusal:
    headers = {str(name).lower(): str(value) for name, value in (fault.headers or {}).items()}
    error = (fault.json_body or {}).get("error") if isinstance(fault.json_body, dict) else None
    error = error if isinstance(error, dict) else {}
    return Refusal(
        kind=str(error.get("type") or "api_error"),
        message=without_keys(str(error.get("message") or fault.user_message or "Stripe gave no reason")),
        status=fault.http_status,
        code=error.get("code"),
        param=error.get("param"),
        request_id=headers.get("request-id", ""),
        retry_after=_seconds(headers.get("retry-after")),
        replayed=headers.get("idempotent-replayed") == "true",
    )


def _moment(text: str | None) -> datetime.datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(datetime.UTC) if text is not None else None
    except ValueError:
        return None


def _seconds(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text is not None else None
    except ValueError:
        return None
