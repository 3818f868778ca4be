"""The shapes of a time line, and the axis that turns instants into places. Lengths are in units of the drawing."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

WIDTH = 960
LEFT, RIGHT = 210, 930
"""Where the time axis starts and ends; left of it stand the names of the lanes."""

GLYPH, SMALL_GLYPH = 7.4, 6.3
"""The average widths of a character of the labels and of the notes."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its text; `label` is what fits into it, `title` says all."""

    x: float
    y: float
    width: float
    height: float
    label: str
    title: str
    kind: str = ""
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Annotation:
    """A place on the axis with a text."""

    x: float
    y: float
    label: str
    title: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """Instants as places."""

    start: int
    end: int

    def x(self, at: float) -> float:
        """The place of an instant."""
        share = (at - self.start) / max(self.end - self.start, 1)
        return round(LEFT + (RIGHT - LEFT) * min(max(share, 0), 1), 1)


def date_of(at: int) -> datetime.date:
    """The day of an instant in UTC."""
    return datetime.datetime.fromtimestamp(at, datetime.UTC).date()


def midnight(day: str) -> int:
    """The instant in UTC at which a day in ISO 8601 starts."""
    return int(datetime.datetime.fromisoformat(day).replace(tzinfo=datetime.UTC).timestamp())
