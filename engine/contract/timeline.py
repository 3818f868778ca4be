"""The time line of a contract: phases as drafts, and how an amendment changes them.

A draft holds lines with their quantities. An amendment splits the phase it falls into, or replaces one that starts with
it and has not begun, and then changes every phase from there on that its lines reach. Everything here counts in
instants: midnight UTC for a date, the moment of planning for a change that takes effect now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from ..dates import midnight
from ..records import Record
from .model import Coupon, OneTimeItem, Origin, Origins, ProrationBehavior, no_origins
from .sold import Sold

_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where a phase starts or ends: a day, and the instant of it.

    `now_by` is the key of the amendment that takes effect at the moment of its call. `exact` says that the instant is
    known from Stripe and is not midnight.
    """

    day: date
    instant: datetime
    now_by: str | None = None
    exact: bool = False
    origin: Origin | None = field(default=None, compare=False)

    @classmethod
    def on(cls, day: date, zone: tzinfo | None, origin: Origin | None = None) -> Boundary:
        """The beginning of a day in a zone."""
        return cls(day, midnight(day, zone), origin=origin)

    @property
    def bills_from(self) -> datetime:
        """From when on Stripe bills cycles by itself: a plan is carried out after its moment, so not one of that moment."""
        return self.instant + _AFTER if self.now_by is not None else self.instant

    def is_start_of(self, day: date) -> bool:
        """Whether this is midnight of a day, and not a moment of it at which a call took effect or is to."""
        return self.now_by is None and self.instant == midnight(day, self.instant.tzinfo)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A line that stands in a phase, and how many of its units are left there."""

    sold: Sold
    units: int
    origin: Origin

    @classmethod
    def of(cls, sold: Sold) -> Standing:
        """A line with all that was sold of it."""
        return cls(sold, sold.line.quantity, sold.line.terms.origin("quantity"))

    def more(self, sold: Sold) -> Standing:
        """The line with the units of another one, in one quantity."""
        units = self.units + sold.line.quantity
        sources = [self.origin.source if self.origin else None, sold.line.terms.sources.get("quantity")]
        before = self.origin.formula.rpartition(" = ")[0] if self.origin and self.origin.formula else str(self.units)
        formula = f"{before} + {sold.line.quantity} = {units}"
        rule = self.origin.rule if self.origin else None
        return replace(self, units=units, origin=Origin(", ".join(each for each in sources if each), rule, formula))

    def less(self, units: int, by: Sequence[Taken]) -> Standing:
        """The line with the units that are left."""
        if units == self.units:
            return self
        before = self.origin.formula.rpartition(" = ")[0] if self.origin.formula else str(self.units)
        formula = f"{before} − {' − '.join(str(each.units) for each in by)} = {units}"
        taken = [each.reduction.sold.line.terms.origin("quantity") for each in by if each.reduction.sold]
        return replace(self, units=units, origin=self.origin.beside(*taken).since(formula))


@dataclass(frozen=True, slots=True, eq=False)
class PhaseDraft:
    """A phase in the making."""

    start: Boundary
    end: Boundary
    order: Record
    standing: tuple[Standing, ...]
    one_time: tuple[OneTimeItem, ...] = ()
    proration_behavior: ProrationBehavior | None = None
    backend_proration: bool = False
    segment_index: int | None = None
    segment_label: str | None = None
    discounts: tuple[Coupon, ...] = ()
    ended_by: Record | None = None
    origin: Origins = field(default_factory=no_origins, compare=False)

    def unprorated(self, **more: Any) -> PhaseDraft:
        """The phase as one at whose start nothing is prorated: all that it changes is billed by items of its own."""
        said = (more.get("start", self.start).origin or Origin()).since(
            "what changes here is billed by items of its own: Stripe prorates nothing"
        )
        return replace(self, proration_behavior="none", origin={**self.origin, "proration_behavior": said}, **more)

    def lines(self) -> frozenset[Sold]:
        """The identities of the lines that stand in the phase."""
        return frozenset(each.sold for each in self.standing)


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """A line that takes units away, and what one of them is worth for the rest of the term, in major units.

    `worth` is absent where nothing can be credited: usage and tiered prices.
    """

    sold: Sold | None
    record: Record
    origin_id: str
    units: int
    segment: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Amendment:
    """An amendment, read and checked; `planned` says that its order carries a Stripe id already.

    `together` says that units of a tiered price join those that stand. `segments` are the ramp segments that its lines belong to, by line; a line that is not in it reaches every phase.
    """

    order: Record
    start: date
    boundary: Boundary
    additions: tuple[Sold, ...] = ()
    one_time: tuple[Sold, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    planned: bool = False
    discounts: tuple[Coupon, ...] = ()
    segments: Mapping[str, int] = field(default_factory=dict)
    together: bool = False

    @property
    def key(self) -> str:
        """The id of its order."""
        return self.order.id

    @property
    def changes_something(self) -> bool:
        """Whether any line of it is left."""
        return bool(self.additions or self.reductions or self.one_time)

    @property
    def starts_now(self) -> bool:
        """Whether it takes effect at the moment of its call."""
        return self.boundary.now_by == self.key


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Units that a reduction takes from one line, in one phase; `left` is what the line keeps there."""

    reduction: Reduction
    sold: Sold
    units: int
    left: int


@dataclass(frozen=True, slots=True, eq=False)
class TimelineStep:
    """What an amendment did to a time line: the phases before and after, and where it begins to change them.

    `before` is the phase that it falls into, as it was. `lacking` are the units of a reduction that no line had left. `ended` says that nothing recurring is left, and
    `cancelled` that there is no phase left to end, so that the schedule itself is.
    """

    drafts: tuple[PhaseDraft, ...]
    first: int = 0
    in_place: bool = False
    taken: Mapping[int, tuple[Taken, ...]] = field(default_factory=dict)
    lacking: tuple[tuple[Reduction, int], ...] = ()
    ended: bool = False
    cancelled: bool = False
    before: PhaseDraft | None = None


def split(drafts: Sequence[PhaseDraft], days: Iterable[tuple[date, Origin | None]]) -> tuple[PhaseDraft, ...]:
    """The phases with boundaries at some more days; what a phase bills once stays with its first part."""
    out = list(drafts)
    for day, origin in sorted(days, key=lambda each: each[0]):
        for position, draft in enumerate(out):
            instant = midnight(day, draft.start.instant.tzinfo)
            if draft.start.instant < instant < draft.end.instant:
                boundary = Boundary.on(day, draft.start.instant.tzinfo, origin)
                left = replace(
                    draft, end=boundary, ended_by=None, one_time=tuple(_dated(each, draft) for each in draft.one_time)
                )
                right = draft.unprorated(start=boundary, one_time=())
                out[position : position + 1] = [left, right]
                break
    return tuple(out)


def _dated(item: OneTimeItem, draft: PhaseDraft) -> OneTimeItem:
    """An item that covers its phase to the end keeps its days when the phase is split."""
    if item.period_end != "phase_end":
        return item
    return replace(item, period_end="timestamp", period_end_date=item.period_end_date or draft.end.day)


def boundaries(lines: Iterable[Sold]) -> list[tuple[date, Origin | None]]:
    """The days within a contract at which one of some lines starts, ends, or has no whole cycle left."""
    out: dict[date, Origin | None] = {}
    for sold in lines:
        if sold.cycles is None:
            continue
        if sold.rests_at is not None:
            out.setdefault(sold.rests_at, sold.cycles.tail_origin)
        out.setdefault(sold.cycles.start, sold.line.terms.origin("service_start"))
        formula = f"the day after {sold.line.service_end}"
        out.setdefault(sold.cycles.end, sold.line.terms.origin("service_end", formula))
    return list(out.items())


def sent(draft: PhaseDraft) -> tuple[Standing, ...]:
    """The lines of a phase that are sent as its items.

    Stripe bills a line on each of its billing dates, also where no whole cycle is left. So a line leaves the phases
    there, while others go on. Where all that stand have one cycle and it is the tail of all, they stay, for a phase
    needs an item, and a schedule without prorations bills nothing for a cycle that it ends within.
    """
    day = draft.start.day
    resting = [each.sold.rests_at for each in draft.standing]
    active = tuple(each for each, rests in zip(draft.standing, resting, strict=True) if rests is None or rests > day)
    one_cycle = len({each.sold.line.cycle_months for each in draft.standing}) == 1
    if len(active) == len(draft.standing) or any(not each.sold.line.metered for each in active):
        return active
    if active and not one_cycle:
        return active
    latest = max(each for each in resting if each is not None)
    return tuple(each for each, rests in zip(draft.standing, resting, strict=True) if rests is None or rests == latest)


def apply(drafts: Sequence[PhaseDraft], amendment: Amendment) -> TimelineStep:
    """The time line after an amendment, without what it bills once."""
    at = amendment.boundary
    joining = [each for each in amendment.additions if each.line.record.id not in amendment.segments]
    ahead = [(day, origin) for day, origin in boundaries(joining) if day > max(at.day, amendment.start)]
    drafts = split(drafts, ahead)
    index = max((i for i, each in enumerate(drafts) if each.start.instant <= at.instant), default=0)
    in_place = drafts[index].start.instant == at.instant and not at.now_by and not drafts[index].start.now_by
    taken: dict[int, tuple[Taken, ...]] = {}
    lacking: list[tuple[Reduction, int]] = []
    changed: list[PhaseDraft] = []
    for position in range(index, len(drafts)):
        draft = drafts[position]
        after, took, missing = _change(draft, amendment, first=position == index)
        taken[position] = took
        lacking += missing
        changed.append(after)
    lacking += [each for each in _lacking(amendment, taken.values()) if each[1]]
    if not any(each.standing for each in changed):
        return _end(drafts, amendment, index, taken, lacking, in_place=in_place)
    touched = [_touches(amendment, each, first=i == 0) for i, each in enumerate(changed)]
    before = list(drafts[:index])
    if not in_place and touched[0]:
        left = drafts[index]
        before.append(replace(left, end=at, one_time=tuple(_dated(each, left) for each in left.one_time)))
        changed[0] = _right_of(drafts[index], changed[0], amendment)
        shift = 1
    else:
        shift = 0
        if touched[0]:
            changed[0] = _replaced(changed[0], amendment)
    rest = [_replaced(each, amendment) if touched[i + 1] else each for i, each in enumerate(changed[1:])]
    return TimelineStep(
        drafts=_without_empty_end((*before, changed[0], *rest), amendment),
        first=index + shift,
        before=drafts[index],
        in_place=in_place,
        taken={position + shift: took for position, took in taken.items()},
        lacking=tuple(lacking),
    )


def _end(
    drafts: Sequence[PhaseDraft],
    amendment: Amendment,
    index: int,
    taken: Mapping[int, tuple[Taken, ...]],
    lacking: Sequence[tuple[Reduction, int]],
    *,
    in_place: bool,
) -> TimelineStep:
    """A termination: no new phase, the one before ends where the amendment starts; without one, all is cancelled."""
    kept = list(drafts[:index]) if in_place else [*drafts[:index], drafts[index]]
    cancelled = bool(amendment.boundary.now_by) or not kept
    if kept:
        kept[-1] = replace(kept[-1], end=amendment.boundary, ended_by=amendment.order)
    return TimelineStep(tuple(kept), index, in_place, taken, tuple(lacking), ended=True, cancelled=cancelled)


def _without_empty_end(drafts: tuple[PhaseDraft, ...], amendment: Amendment) -> tuple[PhaseDraft, ...]:
    """The phases without the last ones in which nothing is left: the contract ends before them."""
    kept = list(drafts)
    while not kept[-1].standing:
        kept.pop()
    if len(kept) < len(drafts):
        kept[-1] = replace(kept[-1], ended_by=amendment.order)
    return tuple(kept)


def _change(
    draft: PhaseDraft, amendment: Amendment, *, first: bool
) -> tuple[PhaseDraft, tuple[Taken, ...], list[tuple[Reduction, int]]]:
    """A phase with an amendment's reductions and additions, as far as they reach it."""
    units = {each.sold: each.units for each in draft.standing}
    kinds: dict[str, list[Sold]] = {}
    for standing in reversed(draft.standing if amendment.reductions else ()):
        kinds.setdefault(standing.sold.origin_id, []).append(standing.sold)
    took: list[Taken] = []
    missing: list[tuple[Reduction, int]] = []
    for reduction in amendment.reductions:
        if not _reaches(reduction.segment, draft):
            continue
        open_units = reduction.units
        for sold in kinds.get(reduction.origin_id, ()):
            units_taken = min(open_units, units[sold])
            if units_taken:
                open_units -= units_taken
                units[sold] -= units_taken
                took.append(Taken(reduction, sold, units_taken, units[sold]))
        if open_units and reduction.segment is not None:
            missing.append((reduction, open_units))
    left = tuple(
        each.less(units[each.sold], [one for one in took if one.sold is each.sold])
        for each in draft.standing
        if units[each.sold]
    )
    joining = {
        one: each
        for each in (amendment.additions if amendment.together else ())
        if (one := _joined(each, left)) is not None and each.price.tiers and not each.line.metered
    }
    left = tuple(each.more(joining[each]) if each in joining else each for each in left)
    added = tuple(
        Standing.of(each)
        for each in amendment.additions
        if each not in joining.values()
        and _reaches(amendment.segments.get(each.line.record.id), draft)
        and _covers(each, draft, amendment, first=first)
    )
    return replace(draft, standing=left + added), tuple(took), missing


def _joined(sold: Sold, standing: Sequence[Standing]) -> Standing | None:
    """The line that units of a kind join: the newest of the kind with the same price."""
    same = [each for each in standing if each.sold.origin_id == sold.origin_id and each.sold is not sold]
    return next((each for each in reversed(same) if each.sold.price.tiers == sold.price.tiers), None)


def _lacking(amendment: Amendment, taken: Iterable[tuple[Taken, ...]]) -> list[tuple[Reduction, int]]:
    """The units of each reduction that no phase had, for those that reach every phase."""
    most: dict[Reduction, int] = {}
    for those in taken:
        found: dict[Reduction, int] = {}
        for each in those:
            found[each.reduction] = found.get(each.reduction, 0) + each.units
        most |= {key: max(units, most.get(key, 0)) for key, units in found.items()}
    return [(each, each.units - most.get(each, 0)) for each in amendment.reductions if each.segment is None]


def _covers(sold: Sold, draft: PhaseDraft, amendment: Amendment, *, first: bool) -> bool:
    """Whether a line that an amendment adds stands in a phase: from its own first day to its last."""
    cycles = sold.cycles
    if cycles is None or sold.line.record.id in amendment.segments:
        return True
    day = max(draft.start.day, amendment.boundary.day) if first else draft.start.day
    joins_later = cycles.start > amendment.start
    return day < cycles.end and (not joins_later or cycles.start <= day)


def _reaches(segment: int | None, draft: PhaseDraft) -> bool:
    return segment is None or segment == draft.segment_index


def _touches(amendment: Amendment, draft: PhaseDraft, *, first: bool) -> bool:
    """Whether an amendment has a line for a phase; one-time lines belong to the first."""
    scopes = [each.segment for each in amendment.reductions]
    scopes += [amendment.segments.get(each.line.record.id) for each in amendment.additions]
    return any(_reaches(each, draft) for each in scopes) or (first and bool(amendment.one_time))


def _right_of(left: PhaseDraft, changed: PhaseDraft, amendment: Amendment) -> PhaseDraft:
    """The new phase of a split: it starts with the amendment and bears its order; order coupons stay behind."""
    return changed.unprorated(
        start=amendment.boundary,
        order=amendment.order,
        one_time=(),
        discounts=amendment.discounts,
        backend_proration=left.backend_proration,
    )


def _replaced(changed: PhaseDraft, amendment: Amendment) -> PhaseDraft:
    """A phase that has not begun and starts with the amendment: the new one keeps what it bills once, and its coupons."""
    return changed.unprorated(
        order=amendment.order,
        discounts=changed.discounts + tuple(each for each in amendment.discounts if each not in changed.discounts),
    )
