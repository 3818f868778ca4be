"""What Stripe says to a request: an answer, or why there is none."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Want(StrEnum):
    """What a refusal asks for: the same request again, a look at what became of it, or a person."""

    AGAIN = "again"
    LOOK = "look"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Answer:
    """A request that was carried out: the object, Stripe's id of the request, and Stripe's clock.

    `replayed` says that an earlier answer was repeated for its key.
    """

    body: Mapping[str, Any]
    request_id: str = ""
    replayed: bool = False
    moment: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not answered with an object.

    `kind` is Stripe's type of the error, or `connection`; `status` the HTTP status, absent where there was no answer.
    `retry_after` are the seconds that Stripe asks to wait. `message` never holds a credential.
    """

    kind: str
    message: str
    status: int | None = None
    code: str | None = None
    param: str | None = None
    request_id: str = ""
    retry_after: float | None = None
    replayed: bool = False

    @property
    def want(self) -> Want:
        """What is to be done. An error of Stripe's own that is repeated for its key says nothing new: one has to look.

        Source: docs.stripe.com/error-low-level "Content errors", "Network errors", "Server errors".
        """
        if self.status is None:
            return Want.AGAIN
        if self.status >= 500:  # noqa: PLR2004 - the range of HTTP
            return Want.LOOK if self.replayed else Want.AGAIN
        busy = self.status in (408, 409, 425, 429) and self.code != "resource_already_exists"
        return Want.AGAIN if busy else Want.PERSON

    @property
    def is_missing(self) -> bool:
        """Whether there is no such object."""
        return self.code == "resource_missing" or (self.status == 404 and self.code is None)  # noqa: PLR2004
