"""The differences between the parameters of two calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..parameters import Hidden, is_list_of_objects
from ..pointers import pointer
from .changes import Difference
from .classes import ChangeClass, class_of
from .matching import matched
from .sides import ABSENT, HIDDEN, Shown, Side

Steps = tuple[str, ...]


class ParameterComparison:
    """Compares the parameters of an old call, of the plan `before`, with those of a new one, of the plan `after`."""

    def __init__(self, before: Side, after: Side, old: Shown, new: Shown) -> None:
        self.before = before
        self.after = after
        self.old = old
        self.new = new
        self.marks = before.marks.joined(after.marks)

    def differences(self) -> Iterator[Difference]:
        """The differences, in the order of the new parameters; what is gone comes last in its object."""
        yield from self._object(self.before.params(self.old, self.new), self.after.params(self.new, self.old), (), ())

    def _object(
        self, old: Mapping[str, Any], new: Mapping[str, Any], old_at: Steps, new_at: Steps
    ) -> Iterator[Difference]:
        for name in dict.fromkeys((*new, *old)):
            yield from self._value(old.get(name, ABSENT), new.get(name, ABSENT), (*old_at, name), (*new_at, name))

    def _value(self, old: Any, new: Any, old_at: Steps, new_at: Steps) -> Iterator[Difference]:
        if old == new:
            return
        filled = [each for each in (old, new) if each is not ABSENT and each not in ({}, [])]
        if filled and all(isinstance(each, dict) for each in filled):
            yield from self._object(
                old if isinstance(old, dict) else {}, new if isinstance(new, dict) else {}, old_at, new_at
            )
        elif filled and all(is_list_of_objects(each) for each in filled):
            yield from self._list([] if old is ABSENT else old, [] if new is ABSENT else new, old_at, new_at)
        elif ABSENT not in (old, new) and (isinstance(old, Hidden) or isinstance(new, Hidden)):
            yield from self._secret(old, new, old_at, new_at)
        else:
            yield self._difference(old, new, old_at, new_at)

    def _list(self, old: Any, new: Any, old_at: Steps, new_at: Steps) -> Iterator[Difference]:
        starts = self.old.params.get("start_date"), self.new.params.get("start_date")
        for was, now in matched(new_at[-1], list(old), list(new), starts, self.marks):
            place_was, place_now = (*old_at, str(was)), (*new_at, str(now))
            if was is None:
                yield self._difference(ABSENT, new[now], place_now, place_now)
            elif now is None:
                yield self._difference(old[was], ABSENT, place_was, place_was)
            else:
                yield from self._value(old[was], new[now], place_was, place_now)

    def _secret(self, old: Any, new: Any, old_at: Steps, new_at: Steps) -> Iterator[Difference]:
        """A difference of sensitive values: by the values where both plans were saved with them, else by digest."""
        values = self.before.secret(self.old, pointer(*old_at)), self.after.secret(self.new, pointer(*new_at))
        old, new = (each if isinstance(each, Hidden) else HIDDEN for each in (old, new))
        if ABSENT not in values:
            if values[0] != values[1]:
                yield self._difference(old, new, old_at, new_at)
        else:
            certain = self.before.same_key(self.after) and HIDDEN not in (old, new)
            yield self._difference(old, new, old_at, new_at, uncertain=not certain)

    def _difference(self, old: Any, new: Any, old_at: Steps, new_at: Steps, *, uncertain: bool = False) -> Difference:
        change = "added" if old is ABSENT else "removed" if new is ABSENT else "changed"
        kind = class_of(self.new.resource, new_at)
        figures: tuple[Difference, ...] | None = None
        if kind is ChangeClass.BILLING and change == "changed":
            figures = self._figures(old, new)
            kind = ChangeClass.IDENTITY if figures == () else kind
        place, old_place = pointer(*new_at), pointer(*old_at)
        return Difference(
            kind,
            change,
            f"/params{place}",
            None if old is ABSENT else old,
            None if new is ABSENT else new,
            rule=None if new is ABSENT else self.new.rule(place),
            old_rule=None if old is ABSENT else self.old.rule(old_place),
            old_pointer=f"/params{old_place}" if old_place != place else None,
            figures=figures or (),
            uncertain=uncertain,
        )

    def _figures(self, old: Any, new: Any) -> tuple[Difference, ...] | None:
        """What the objects that two references name bill differently; nothing for one object, which is made here and used again there.

        None when that is not known, and for values that are no references.
        """
        meanings = self.before.stands_for(old), self.after.stands_for(new)
        if None in meanings:
            return None
        if meanings[0] == meanings[1]:
            return ()
        figures = self.before.figures(old), self.after.figures(new)
        if figures[0] is None or figures[1] is None:
            return None
        inner = ParameterComparison(self.before, self.after, figures[0], figures[1]).differences()
        return tuple(each for each in inner if each.kind is ChangeClass.BILLING)
