"""Random contracts of every kind that the program plans, each by a number, so that one that disagrees can be made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.builders import (
    add_months,
    amend,
    an_order,
    change,
    coupon,
    evergreen,
    graduated,
    ramp,
    seat,
    setup_fee,
    usage,
    volume,
)

Bundle = dict[str, Any]

CYCLES = {1: "Monthly", 3: "Quarterly", 6: "Semiannual", 12: "Annual"}
CREDITS = "credit_terminated_lines = true\ncredit_quantity_reductions = true"


@dataclass(frozen=True, slots=True)
class Case:
    """A contract: its kind, its bundle after each of its orders, and the billing mode that the settings ask for.

    `pauses` are the days that pass before each order is planned, when they are planned one after the other.
    """

    kind: str
    bundles: tuple[Bundle, ...]
    mode: str
    pauses: tuple[int, ...]
    zone: str = "UTC"

    @property
    def bundle(self) -> Bundle:
        """The bundle with all orders."""
        return self.bundles[-1]

    @property
    def settings(self) -> str:
        """The lines of the settings block."""
        return f'{CREDITS}\nbilling_mode = "{self.mode}"\ntime_zone = "{self.zone}"'


def case(number: int) -> Case:
    """The contract of a number; kinds take turns."""
    chance = Random(number)  # noqa: S311 - no secret depends on it
    kind = list(KINDS)[number % len(KINDS)]
    mode = chance.choice(("classic", "flexible"))
    if kind == "mixed cycles":
        mode = "auto"
    bundles = tuple(KINDS[kind](chance))
    return Case(kind, bundles, mode, tuple(chance.randrange(150) for _ in bundles))


def _start(chance: Random, *, any_day: bool = True) -> date:
    start = date(2026, 1, 1) + timedelta(chance.randrange(800))
    return start if any_day else start.replace(day=min(start.day, 28))


def _as_of(chance: Random, start: date, *, backdated: bool, most: int = 200) -> str:
    days = chance.randrange(most) if backdated else -chance.randrange(1, 40)
    return f"{start + timedelta(days)}T{chance.randrange(24):02}:30:00Z"


def _price(chance: Random, cycle: int) -> Decimal:
    """A list price of a product term whose cycles are whole cents one time in two."""
    yearly = Decimal(chance.randrange(1, 600) * 12)
    if chance.random() < 0.5:
        yearly += Decimal(chance.randrange(1200)) / 100
    return (yearly / 12).quantize(Decimal("0.01")) if cycle == 1 else yearly


def _line(chance: Random, name: str, cycle: int, quantity: int | None = None, **more: Any) -> Any:
    units = chance.randrange(1, 8) if quantity is None else quantity
    return seat(_price(chance, cycle), units, name=name, frequency=CYCLES[cycle], **more)


def _term(chance: Random, cycle: int) -> int:
    return cycle * chance.randrange(1, max(2, 48 // cycle)) if chance.random() < 0.7 else chance.randrange(1, 40)


def _plain(chance: Random, **more: Any) -> list[Bundle]:
    """One order: lines of one cycle, a fee or none, a term that need not fit."""
    cycle = chance.choice(list(CYCLES))
    start, term = _start(chance), _term(chance, cycle)
    lines = [_line(chance, f"Seat {each}", cycle) for each in range(chance.randrange(1, 4))]
    if chance.random() < 0.4:
        lines.append(setup_fee(Decimal(chance.randrange(1, 90000)) / 100, chance.randrange(1, 4)))
    as_of = _as_of(chance, start, backdated=chance.random() < 0.3, most=max(1, min(200, 28 * term)))
    return [an_order(lines, str(start), term, as_of=as_of, **more)]


def _currency(chance: Random) -> list[Bundle]:
    """Currencies without a second decimal, and with a third."""
    return _plain(chance, currency=chance.choice(("JPY", "KRW", "KWD", "BHD")))


def _mixed(chance: Random) -> list[Bundle]:
    """Lines of several cycles."""
    start, term = _start(chance), _term(chance, 12)
    cycles = chance.sample(list(CYCLES), chance.randrange(2, 4))
    lines = [_line(chance, f"Seat {each}", each) for each in cycles]
    as_of = _as_of(chance, start, backdated=chance.random() < 0.2, most=27)
    return _amended(chance, an_order(lines, str(start), term, as_of=as_of), start, term, cycles)


def _part_months(chance: Random) -> list[Bundle]:
    """An end on any day."""
    cycle = chance.choice(list(CYCLES))
    start = _start(chance)
    end = start + timedelta(chance.randrange(40, 900))
    lines = [_line(chance, f"Seat {each}", cycle) for each in range(chance.randrange(1, 3))]
    as_of = _as_of(chance, start, backdated=False)
    return [an_order(lines, str(start), None, end=str(end), as_of=as_of)]


def _several(chance: Random) -> list[Bundle]:
    """An order and amendments: more units, fewer, new products, on any day."""
    cycle = chance.choice(list(CYCLES))
    start, term = _start(chance), _term(chance, cycle)
    lines = [_line(chance, f"Seat {cycle}", cycle)]
    as_of = _as_of(chance, start, backdated=chance.random() < 0.4, most=max(1, min(300, 28 * (term - 1))))
    return _amended(chance, an_order(lines, str(start), term, as_of=as_of), start, term, [cycle])


def _amended(chance: Random, bundle: Bundle, start: date, term: int, cycles: list[int]) -> list[Bundle]:
    out, day, end = [bundle], start, add_months(start, term)
    for number in range(chance.randrange(1, 5)):
        left = (end - day).days - 1
        if left < 1:
            break
        day += timedelta(chance.randrange(left))
        cycle = chance.choice(cycles)
        new: Any = change(f"Seat {cycle}", chance.randrange(1 if chance.random() < 0.8 else 0, 9))
        if chance.random() < 0.3:
            new = _line(chance, f"Added {number}", cycle)
        bundle = amend(bundle, str(day), lines=[new])
        out.append(bundle)
    return out


def _ramp(chance: Random) -> list[Bundle]:
    """Segments of a year beside a line without, and amendments of them."""
    cycle, years = chance.choice(list(CYCLES)), chance.randrange(1, 5)
    start = _start(chance)
    price = _price(chance, cycle)
    quantities = [chance.randrange(1, 6) for _ in range(years)]
    lines = [ramp(price, quantities=quantities, frequency=CYCLES[cycle]), _line(chance, "Flat", cycle)]
    as_of = _as_of(chance, start, backdated=chance.random() < 0.4, most=360)
    out = [an_order(lines, str(start), 12 * years, as_of=as_of)]
    segment = 1
    for _ in range(chance.randrange(0, 3)):
        segment = chance.randrange(segment, years + 1)
        touched = chance.randrange(segment, years + 1)
        day = add_months(start, 12 * (segment - 1))
        units = chance.randrange(0, 8)
        out.append(amend(out[-1], str(day), lines=[change("Platform licence", units, segment=touched)]))
    return out


def _staggered(chance: Random) -> list[Bundle]:
    """Lines with dates of their own within the order."""
    start, cycle = _start(chance, any_day=False), chance.choice((1, 3))
    term = cycle * chance.randrange(4, 12)
    begins = add_months(start, chance.randrange(1, term - 1))
    months = (begins.year - start.year) * 12 + begins.month - start.month
    price = Decimal(chance.randrange(1, 90) * 12)
    worth = (price * (term - months)) if cycle == 1 else price * (term - months) / 12
    quantity = chance.randrange(1, 5)
    fields = {
        "ServiceDate": str(begins),
        "SBQQ__ProrateMultiplier__c": float(Decimal(term - months) / (1 if cycle == 1 else 12)),
        "UnitPrice": float(worth),
        "TotalPrice": float(worth * quantity),
    }
    late = seat(price, quantity, name="Late", frequency=CYCLES[cycle], fields=fields)
    return [
        an_order([_line(chance, "Whole", cycle), late], str(start), term, as_of=f"{start - timedelta(5)}T09:00:00Z")
    ]


def _tiers(chance: Random) -> list[Bundle]:
    """Prices in tiers beside a plain one."""
    form = chance.choice((volume, graduated))
    rates = [(chance.randrange(2, 9), f"{chance.randrange(1, 900)}.50"), (None, f"{chance.randrange(1, 600)}.25")]
    if chance.random() < 0.4:
        rates.insert(0, (1, "35.00", "FlatFee"))
    start, cycle = _start(chance), chance.choice(list(CYCLES))
    term = cycle * chance.randrange(1, 5)
    lines = [
        _line(chance, "Seat", cycle),
        seat(0, chance.randrange(1, 30), name="Tiered", frequency=CYCLES[cycle], tiers=form(*rates)),
    ]
    return [an_order(lines, str(start), term, as_of=_as_of(chance, start, backdated=chance.random() < 0.2, most=27))]


def _usage(chance: Random) -> list[Bundle]:
    """Usage beside a licence."""
    start, cycle = _start(chance), chance.choice(list(CYCLES))
    term = cycle * chance.randrange(1, 5)
    lines = [_line(chance, f"Seat {cycle}", cycle), usage(frequency=CYCLES[cycle])]
    as_of = _as_of(chance, start, backdated=False)
    return _amended(chance, an_order(lines, str(start), term, as_of=as_of), start, term, [cycle])


def _coupons(chance: Random) -> list[Bundle]:
    """Coupons of lines and of the order: shares and amounts, once, for months and for ever."""
    cycle = chance.choice(list(CYCLES))
    start, term = _start(chance), _term(chance, cycle)

    def given(name: str) -> Any:
        duration = chance.choice(("once", "repeating", "forever"))
        months = chance.randrange(1, 14) if duration == "repeating" else None
        if chance.random() < 0.7:
            return coupon(name, percent_off=chance.randrange(1, 101), duration=duration, months=months)
        return coupon(name, amount_off=chance.randrange(1, 200), duration=duration, months=months)

    lines = [_line(chance, "Seat A", cycle, coupons=(given("Line"),)), _line(chance, "Seat B", cycle)]
    order = [given("Order")] if chance.random() < 0.5 else []
    as_of = _as_of(chance, start, backdated=False)
    return [an_order(lines, str(start), term, as_of=as_of, coupons=order)]


def _evergreen(chance: Random) -> list[Bundle]:
    """Without an end: started today or later, with more lines on the same day, or cancelled."""
    start = _start(chance)
    lines = [evergreen(_price(chance, 1), chance.randrange(1, 6))]
    if chance.random() < 0.4:
        return [an_order(lines, str(start), 1, as_of=f"{start - timedelta(chance.randrange(1, 30))}T10:00:00Z")]
    out = [an_order(lines, str(start), 1, as_of=f"{start}T10:00:00Z")]
    if chance.random() < 0.5:
        out.append(amend(out[-1], str(start), lines=[evergreen(_price(chance, 1), 2, name="Beside")]))
    elif chance.random() < 0.7:
        later = start + timedelta(chance.randrange(0, 300))
        out.append(amend(out[-1], str(later), lines=[change("Support plan", 0)]))
    return out


def _one_time(chance: Random) -> list[Bundle]:
    """An order without a subscription, of a new customer or one that is in Stripe."""
    lines = [
        setup_fee(Decimal(chance.randrange(1, 90000)) / 100, chance.randrange(1, 9), name=f"Fee {each}")
        for each in range(chance.randrange(1, 4))
    ]
    account = {"Stripe_ID__c": "cus_known"} if chance.random() < 0.5 else {}
    return [an_order(lines, None, None, account=account)]


def many_fees(number: int) -> Case:
    """A contract with more one-time lines than a phase takes: sold with it, or by an amendment on its first day."""
    chance = Random(number)  # noqa: S311 - no secret depends on it
    start, cycle = _start(chance), chance.choice(list(CYCLES))
    fees = [
        setup_fee(Decimal(chance.randrange(1, 90000)) / 100, chance.randrange(1, 4), name=f"Fee {each}")
        for each in range(chance.randrange(21, 60))
    ]
    term = cycle * chance.randrange(4, 9)
    lines, as_of = [_line(chance, "Seat", cycle)], f"{start}T10:00:00Z"
    if chance.random() < 0.3:
        as_of = f"{start + timedelta(chance.randrange(1, 27))}T10:00:00Z"
    if chance.random() < 0.5:
        bundles = [an_order([*lines, *fees], str(start), term, as_of=as_of)]
    elif chance.random() < 0.3:
        bundles = [an_order([evergreen(_price(chance, 1)), *fees], str(start), 1, as_of=f"{start}T10:00:00Z")]
    else:
        day = start + timedelta(chance.randrange(28, 80))
        first = an_order(lines, str(start), term, as_of=as_of)
        new = change("Seat", chance.randrange(8, 12))
        bundles = [first, amend(first, str(day), lines=[new, *fees], as_of=f"{day}T11:00:00Z")]
    return Case("many fees", tuple(bundles), chance.choice(("classic", "flexible")), (0,) * len(bundles))


KINDS: dict[str, Callable[[Random], list[Bundle]]] = {
    "one order": _plain,
    "currencies": _currency,
    "mixed cycles": _mixed,
    "part months": _part_months,
    "amendments": _several,
    "ramps": _ramp,
    "staggered lines": _staggered,
    "tiers": _tiers,
    "usage": _usage,
    "coupons": _coupons,
    "evergreen": _evergreen,
    "one-time": _one_time,
}
