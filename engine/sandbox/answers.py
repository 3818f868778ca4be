"""What a request is answered with, and the refusal that ends one, in the words of either platform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: `path` without its query, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers, and the JSON value of the body; no body at all for None."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def encoded(self) -> bytes:
        """The body's bytes."""
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()


class RefusalError(Exception):
    """A request that Stripe would refuse, in its error shape; the store goes back to what it was before."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"type": kind, "message": message}
        if code is not None:
            self.error |= {"code": code, "doc_url": f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}"}
        if param is not None:
            self.error["param"] = param

    @property
    def answer(self) -> Answer:
        """The refusal as an answer."""
        return Answer(self.status, {"error": self.error})


def missing(what: str, record_id: str, param: str = "id", status: int = 404) -> RefusalError:
    """An id that names nothing; inside a body Stripe answers with 400."""
    return RefusalError(f"No such {what}: '{record_id}'", code="resource_missing", param=param, status=status)
