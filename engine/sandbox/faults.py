"""Faults on request, to rehearse what a network and a busy platform do: by a header, or by a rule for all requests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

HEADER = "x-sandbox-fault"
KINDS = ("429", "500-before", "500-after", "reset", "reset-after", "slow", "timeout")
_SPELLED = re.compile(r"(?P<kind>[a-z0-9-]+)(?:=(?P<seconds>\d+(?:\.\d+)?))?(?P<rest>(?::(?:every|at|on)=[a-z0-9]+)*)")
_SECONDS = {"429": 1.0, "slow": 1.0, "timeout": 60.0}


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault, and when it happens: at every `every`th request, at the `at`th, on one side alone."""

    kind: str
    seconds: float = 0.0
    every: int | None = None
    at: int | None = None
    side: str | None = None

    def happens(self, count: int, side: str) -> bool:
        """Whether it happens at a request, counted from 1."""
        if self.side not in (None, side):
            return False
        if self.at is not None:
            return count == self.at
        return count % (self.every or 1) == 0


def fault(text: str) -> Fault:
    """A fault as it is written: `429:every=10`, `slow=2.5`, `500-after:at=7:on=stripe`.

    Raises:
        ValueError: when it is none, with what is expected.
    """
    match = _SPELLED.fullmatch(text.strip())
    if match is None or match["kind"] not in KINDS:
        raise ValueError(
            f"{text!r} is no fault: write KIND[=SECONDS][:every=N|:at=N][:on=stripe|salesforce], KIND one of {', '.join(KINDS)}"
        )
    said = dict(each.split("=") for each in match["rest"].split(":") if each)
    numbers = {name: said[name] for name in ("every", "at") if name in said}
    if not all(each.isdigit() and int(each) for each in numbers.values()) or len(numbers) > 1:
        raise ValueError(f"{text!r}: one of `every` and `at`, with a whole number from 1")
    if said.get("on", "stripe") not in ("stripe", "salesforce"):
        raise ValueError(f"{text!r}: `on` is stripe or salesforce")
    seconds = float(match["seconds"]) if match["seconds"] else _SECONDS.get(match["kind"], 0.0)
    counts = {name: int(each) for name, each in numbers.items()}
    return Fault(match["kind"], seconds, counts.get("every"), counts.get("at"), said.get("on"))


@dataclass(slots=True)
class Faults:
    """The rules of a sandbox, and how many requests each side has had."""

    rules: tuple[Fault, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def at(self, side: str, asked: str | None) -> Fault | None:
        """What happens at the next request of a side; a header that asks for a fault decides alone.

        Raises:
            ValueError: when the header asks for no fault that there is.
        """
        self.counts[side] = self.counts.get(side, 0) + 1
        if asked is not None:
            return fault(asked)
        return next((each for each in self.rules if each.happens(self.counts[side], side)), None)


def faults(texts: Iterable[str]) -> Faults:
    """The rules of a sandbox as they are written; `ValueError` as for `fault`."""
    return Faults(tuple(fault(each) for each in texts))
