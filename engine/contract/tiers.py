"""Tiered prices: consumption schedules and their rates, checked and turned into steps.

A use joins a product to a schedule with its rates; an order line can have a copy of its own (`schedule.of`), which comes
first. Stripe: `Range` is a volume price, `Slab` a graduated one (https://docs.stripe.com/products-prices/pricing-models#tiered-pricing).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from ..money import Money, plain, times, total
from ..records import Record
from .context import Context, whole
from .model import Origin, Tier, TiersMode
from .terms import Terms

_MODES: dict[str, TiersMode] = {"Range": "volume", "Slab": "graduated"}
_METHODS = ("PerUnit", "FlatFee")
_RATING_METHOD = "Tier"


@dataclass(frozen=True, slots=True)
class Tiers:
    """The steps of a price, in order, and the schedule they come from."""

    steps: tuple[Tier, ...]
    mode: TiersMode
    schedule: Record
    mode_origin: Origin = field(default_factory=Origin, compare=False)
    schedule_origin: Origin = field(default_factory=Origin, compare=False)


def product_tiers(context: Context, product: Record, currency: str) -> Tiers | None:
    """The tiers of a product's consumption schedule; None when it has none, or a finding stands in the way."""
    listed = context.referring("schedule_use", "of", product.id)
    joins = [each for each in listed if not context.read("schedule_use", each).peek("deleted")]
    schedules = [context.follow("schedule_use", each, "schedule") for each in joins]
    found = list(dict.fromkeys(each for each in schedules if each is not None))
    schedule = _only(context, product, found)
    if schedule is None:
        return None
    tiers = _tiers(context, schedule, context.referring("rate", "of", schedule.id), currency)
    join = next(each for each, found in zip(joins, schedules, strict=False) if found is schedule)
    origin = context.followed("schedule_use", join, "schedule", schedule)
    return replace(tiers, schedule_origin=origin) if tiers else None


def line_tiers(context: Context, line: Record, currency: str) -> Tiers | None:
    """The tiers of an order line's own copy of the schedule; None when it has none."""
    schedule = _only(context, line, context.referring("schedule", "of", line.id))
    if schedule is None:
        return None
    tiers = _tiers(context, schedule, context.referring("rate", "of", schedule.id), currency)
    original = context.follow("schedule", schedule, "copied_from")
    if tiers is None or original is None:
        return tiers
    return replace(
        tiers, schedule=original, schedule_origin=context.followed("schedule", schedule, "copied_from", original)
    )


def _only(context: Context, owner: Record, schedules: Iterable[Record]) -> Record | None:
    """The one schedule in use; the others are noticed, a second one is an error."""
    used: list[Record] = []
    for schedule in schedules:
        terms = context.read("schedule", schedule)
        unused = "deleted" if terms.get("deleted") else "inactive" if terms.get("active") is False else ""
        if unused:
            context.report("N503", f"{schedule} of {owner} is {unused} and is ignored", schedule)
        else:
            used.append(schedule)
    if len(used) > 1:
        names = ", ".join(str(each) for each in used)
        context.report(
            "E520",
            f"{owner} has {len(used)} consumption schedules: {names}",
            owner,
            fix="keep one schedule active",
        )
        return None
    return used[0] if used else None


def _tiers(context: Context, schedule: Record, rates: Iterable[Record], currency: str) -> Tiers | None:
    since = len(context.findings)
    terms = context.read("schedule", schedule)
    method = terms.get("rating_method") or _RATING_METHOD
    if method != _RATING_METHOD:
        context.report(
            "E521",
            f"{terms.source('rating_method')} is {method}, and only {_RATING_METHOD} can be billed",
            schedule,
            terms=(terms, "rating_method"),
            fix=f"set the rating method to {_RATING_METHOD}",
        )
    kind = context.needed(terms, "type")
    if kind is not None and kind not in _MODES:
        context.report(
            "E522",
            f"{terms.source('type')} is {kind}, and only Range and Slab can be billed",
            schedule,
            terms=(terms, "type"),
            fix="set the type to Range (volume) or Slab (graduated)",
        )
    steps = [_step(context, context.read("rate", rate), currency) for rate in sorted(rates, key=lambda each: each.id)]
    if context.stopped(since):
        return None
    ordered = sorted((each for each in steps if each is not None), key=_Step.sort_key)
    _check_steps(context, schedule, ordered)
    if context.stopped(since):
        return None
    steps_of_price = tuple(each.tier for each in ordered)
    return Tiers(steps_of_price, _MODES[kind], schedule, terms.origin("type"), Origin.itself(schedule))


@dataclass(frozen=True, slots=True)
class _Step:
    lower: Decimal | None
    tier: Tier
    record: Record

    def sort_key(self) -> tuple[bool, int]:
        return (self.tier.up_to is None, self.tier.up_to or 0)


def _step(context: Context, terms: Terms, currency: str) -> _Step | None:
    rate = terms.record
    if terms.get("deleted"):
        context.report("N503", f"{rate} is deleted and is ignored", rate)
        return None
    price = context.needed(terms, "price")
    method = context.needed(terms, "pricing_method")
    if price is not None and price < 0:
        context.report("E516", f"{terms.source('price')} is {plain(price)}, below zero", rate, terms=(terms, "price"))
    if method is not None and method not in _METHODS:
        context.report(
            "E523",
            f"{terms.source('pricing_method')} is {method}, and only {' and '.join(_METHODS)} can be billed",
            rate,
            terms=(terms, "pricing_method"),
            fix="set the pricing method to PerUnit or FlatFee",
        )
    upper = terms.get("upper")
    bound = None if upper is None else whole(upper)
    if upper is not None and bound is None:
        context.report(
            "E524",
            f"{terms.source('upper')} is {plain(upper)}, and the bound of a tier is a whole number",
            rate,
            terms=(terms, "upper"),
            fix="use a whole upper bound",
        )
        return None
    if price is None or method not in _METHODS:
        return None
    money = Money(price, currency)
    amount = "unit_amount" if method == "PerUnit" else "flat_amount"
    origin = {amount: terms.origin("price"), "up_to": terms.origin("upper")}
    tier = Tier(bound, money, origin=origin) if method == "PerUnit" else Tier(bound, None, money, origin=origin)
    return _Step(terms.get("lower"), tier, rate)


def _check_steps(context: Context, schedule: Record, steps: Sequence[_Step]) -> None:
    open_ended = [each for each in steps if each.tier.up_to is None]
    if len(open_ended) != 1:
        what = ", ".join(str(each.record) for each in open_ended) or "none"
        context.report(
            "E525",
            f"{schedule} has {len(open_ended)} rates without an upper bound ({what}), and a tiered price needs exactly one",
            schedule,
            fix="leave the upper bound of the last rate empty, and of that one only",
        )
        return
    first = steps[0]
    if first.lower is not None and first.lower > 1:
        context.report(
            "E526",
            f"{first.record} is the first rate, and starts at {plain(first.lower)}",
            schedule,
            notes=("the units below it have no price",),
            fix="let the first rate start at 0 or 1",
        )
    for before, after in pairwise(steps):
        bound = before.tier.up_to
        lower = after.lower
        gap = bound is not None and lower is not None and not bound <= lower <= bound + 1
        if gap or bound == after.tier.up_to:
            start = "the same units" if lower is None else plain(lower)
            context.report(
                "E526",
                f"{before.record} ends at {bound} and {after.record} starts at {start}",
                schedule,
                fix="let each rate start where the one before ends",
            )


def amount_of(tiers: Tiers, units: int) -> tuple[Decimal, str]:
    """What so many units cost in all, and the sum: all at the price of the last step, or each step at its own."""
    found = Decimal(0)
    words: list[str] = []
    done = 0
    for step in tiers.steps:
        last = units if step.up_to is None else min(step.up_to, units)
        reached = step.up_to is None or units <= step.up_to
        within = last - done if tiers.mode == "graduated" else units if reached else 0
        done = max(done, last)
        if within <= 0:
            continue
        if step.unit_amount is not None:
            found = total((found, times(step.unit_amount.amount, within)))
            words.append(f"{within} × {plain(step.unit_amount.amount)}")
        if step.flat_amount is not None:
            found = total((found, step.flat_amount.amount))
            words.append(plain(step.flat_amount.amount))
        if reached:
            break
    return found, f"{' + '.join(words)} = {plain(found)}"
