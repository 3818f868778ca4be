"""Random initial orders whose figures are known beforehand, and whole bundles in another order of everything."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.builders import add_months, an_order, seat, setup_fee, usage

CYCLES = {1: "Monthly", 3: "Quarterly", 6: "Semiannual", 12: "Annual"}
STARTS = ("2026-01-01", "2026-01-31", "2026-02-28", "2026-03-15", "2027-08-30", "2028-02-29")


@dataclass(frozen=True, slots=True)
class Sold:
    """An order that was sold: its bundle, and what it is worth in cents, line by line.

    `monthly` is the rate of each recurring line in cents a month and unit, `once` the price of each one-time line.
    """

    bundle: dict[str, Any] = field(repr=False)
    start: str
    term: int
    cycle: int
    monthly: tuple[int, ...]
    quantities: tuple[int, ...]
    once: tuple[int, ...]

    @property
    def worth(self) -> list[int]:
        """Cents of each line for the whole term, worked out from what was drawn."""
        recurring = [rate * self.term * units for rate, units in zip(self.monthly, self.quantities, strict=False)]
        return recurring + [
            price * units for price, units in zip(self.once, self.quantities[len(self.monthly) :], strict=True)
        ]


@st.composite
def sold_orders(draw: st.DrawFn) -> Sold:
    """Orders of one to four recurring lines and up to two one-time ones; rates are whole cents a month."""
    cycle = draw(st.sampled_from(sorted(CYCLES)))
    term = draw(st.integers(1, 60))
    monthly = draw(st.lists(st.integers(0, 500_000), min_size=1, max_size=4))
    once = draw(st.lists(st.integers(0, 9_000_000), max_size=2))
    quantities = draw(
        st.lists(st.integers(1, 1000), min_size=len(monthly) + len(once), max_size=len(monthly) + len(once))
    )
    start = draw(st.sampled_from(STARTS))
    same_product = draw(st.booleans())
    covered = 1 if cycle == 1 else 12  # the months that a list price of the product covers
    lines = []
    for at, (rate, units) in enumerate(zip(monthly, quantities, strict=False)):
        own = same_product and at > 0
        list_rate = monthly[0] if same_product else rate
        name = "Seat" if same_product else f"Seat {at}"
        quoted = _money(rate * covered) if own else None
        lines.append(seat(_money(list_rate * covered), units, name=name, frequency=CYCLES[cycle], quoted_price=quoted))
    for at, (price, units) in enumerate(zip(once, quantities[len(monthly) :], strict=True)):
        lines.append(setup_fee(_money(price), units, name=f"Fee {at}"))
    middle = add_months(date.fromisoformat(start), term // 2)
    as_of = draw(st.sampled_from(("2025-12-01T00:00:00Z", f"{start}T00:00:00Z", f"{middle}T12:00:00Z")))
    bundle = an_order(lines, start, term, as_of=as_of)
    return Sold(bundle, start, term, cycle, tuple(monthly), tuple(quantities), tuple(once))


@st.composite
def any_orders(draw: st.DrawFn) -> dict[str, Any]:
    """Orders of every kind of line, also with texts that nobody expects."""
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    lines = [
        seat("120.00", draw(st.integers(1, 9))),
        *([usage("0.05")] if draw(st.booleans()) else []),
        *([setup_fee("50.00", draw(st.integers(1, 9)))] if draw(st.booleans()) else []),
    ]
    account = {
        name: draw(st.none() | text)
        for name in ("Description", "Phone", "BillingStreet", "BillingCity", "ShippingCity")
    }
    return an_order(
        lines,
        term=draw(st.integers(1, 36)),
        account=account,
        currency=draw(st.sampled_from((None, "USD", "JPY", "KWD"))),
    )


def shuffled(bundle: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same bundle with records, objects and fields in another order."""
    chance, copy = Random(seed), deepcopy(bundle)  # noqa: S311 - no secret depends on it
    for name, records in copy["records"].items():
        chance.shuffle(records)
        copy["records"][name] = [_turned(each, chance) for each in records]
    copy["records"] = _turned(copy["records"], chance)
    return _turned(copy, chance)


def _turned(fields: dict[str, Any], chance: Random) -> dict[str, Any]:
    names = list(fields)
    chance.shuffle(names)
    return {name: fields[name] for name in names}


def _money(cents: int) -> str:
    return str(Decimal(cents) / 100)
