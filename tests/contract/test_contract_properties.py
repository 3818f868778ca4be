"""Properties of whole contracts: random terms, cycles, and amendments."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from orderplan.engine.contract import Contract, Phase, Settings, assemble
from orderplan.engine.dates import add_months, midnight
from orderplan.engine.records import read_bundle
from tests.builders import amend, an_order, change, ramp, seat
from tests.builders.bindings import bindings
from tests.contract.billing import billed
from tests.contract.contracts import at, catalogue, contract_of, minor, planned, schedule_state
from tests.contract.cpq_reader import CpqReader

FREQUENCIES = {1: "Monthly", 3: "Quarterly", 6: "Semiannual", 12: "Annual"}
PRODUCTS = ("Seat", "Desk", "Room")
SWITCHES: dict[str, Any] = {
    "credit_terminated_lines": True,
    "credit_quantity_reductions": True,
    "billing_mode": "flexible",
}


def examples(count: int) -> settings:
    """So many random contracts, however long one takes."""
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )


class Story(list[dict[str, Any]]):
    """A contract after each of its orders, shown by its words and not by its records."""

    told: list[str]

    def __repr__(self) -> str:
        return "; ".join(self.told)


@st.composite
def contracts(draw: st.DrawFn, *, backdated: bool = True) -> Story:
    """A contract after its initial order and after each of its amendments, each as a bundle.

    List prices of a year are multiples of 12, so that a cycle is a whole number of cents. Each product has a billing
    cycle, all the same one half of the time.
    """
    cycle = draw(st.sampled_from(sorted(FREQUENCIES)))
    mixed = draw(st.booleans())
    cycles = {name: draw(st.sampled_from(sorted(FREQUENCIES))) if mixed else cycle for name in PRODUCTS}
    term = draw(st.integers(1, 60))
    start = draw(st.dates(date(2026, 1, 1), date(2027, 12, 31)))
    days = draw(st.integers(0, 400)) if backdated else -30
    moment = datetime(start.year, start.month, start.day, draw(st.integers(0, 23)), 30, tzinfo=UTC) + timedelta(days)
    end = add_months(start, term)
    rests = [add_months(start, term // months * months) for months in cycles.values() if term >= months]
    assume(midnight(min([*rests, end]), UTC) > moment)
    as_of = moment.isoformat()
    yearly = {name: 12 * draw(st.integers(1, 50)) for name in PRODUCTS}

    def line(name: str, quantity: int) -> Any:
        price = Decimal(yearly[name]) / 12 if cycles[name] == 1 else yearly[name]
        return seat(price, quantity, name=name, frequency=FREQUENCIES[cycles[name]])

    held = {name: draw(st.integers(1, 5)) for name in PRODUCTS[: draw(st.integers(1, 2))]}
    bundle = an_order([line(name, quantity) for name, quantity in held.items()], str(start), term, as_of=as_of)
    out = Story([bundle])
    out.told = [f"{start} for {term} months, every {cycles}, as of {as_of}: {held} at {yearly}"]
    day = start
    for _ in range(draw(st.integers(0, 6))):
        day = draw(st.dates(day, end - timedelta(days=1)))
        # From the last day of a shorter month CPQ counts one day more than the contract does: cents, which W802 names.
        assume(day.day == start.day or day not in rests)
        name = draw(st.sampled_from(PRODUCTS))
        if name not in held:
            lines = [line(name, draw(st.integers(1, 5)))]
            held[name] = int(lines[0].quantity)
        else:
            least = 0 if sum(held.values()) > held[name] else 1
            wanted = draw(st.integers(least, 7).filter(lambda units, now=held[name]: units != now))
            lines = [change(name, wanted)]
            held[name] = wanted
        bundle = amend(bundle, str(day), lines=lines, as_of=as_of)
        out.append(bundle)
        out.told.append(f"{day}: {name} {held[name]}")
    return out


def sold(bundle: dict[str, Any]) -> Decimal:
    """What Salesforce says the orders are worth."""
    return sum((Decimal(str(each["TotalAmount"])) for each in bundle["records"]["Order"]), Decimal(0))


def standing(phases: tuple[Phase, ...]) -> list[Any]:
    """Phases as far as two plans of one contract must agree."""
    return [
        (
            each.start,
            each.end,
            each.order.id,
            [(item.order_item.id, item.quantity, minor(item.price)) for item in each.items],
            sorted((item.order_item.id, item.quantity, minor(item.price)) for item in each.one_time_items),
        )
        for each in phases
    ]


def last_phases(contract: Contract) -> tuple[Phase, ...]:
    return contract.updates[-1].phases if contract.updates else contract.phases


@examples(2000)
@given(contracts())
def test_what_is_billed_is_what_was_sold(bundles: Story) -> None:
    """Licensed lines bill what Salesforce says that the orders are worth, to the cent."""
    bundle = bundles[-1]
    contract = contract_of(bundle, **SWITCHES)
    difference = billed(contract, datetime.fromisoformat(bundle["as_of"])) - sold(bundle)
    assert abs(difference) < Decimal("0.000001")


@st.composite
def ramps(draw: st.DrawFn) -> Story:
    """A ramp of yearly segments beside a flat line, planned before its first year ends, with amendments of segments."""
    years = draw(st.integers(1, 4))
    cycle = draw(st.sampled_from(sorted(FREQUENCIES)))
    start = draw(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
    moment = datetime(start.year, start.month, start.day, 12, 30, tzinfo=UTC) + timedelta(draw(st.integers(-60, 300)))
    yearly = 12 * draw(st.integers(1, 30))
    price = Decimal(yearly) / 12 if cycle == 1 else yearly
    quantities = [draw(st.integers(1, 5)) for _ in range(years)]
    lines = [
        ramp(price, quantities=quantities, frequency=FREQUENCIES[cycle]),
        seat(price, 2, name="Flat", frequency=FREQUENCIES[cycle]),
    ]
    bundle = an_order(lines, str(start), 12 * years, as_of=moment.isoformat())
    out = Story([bundle])
    out.told = [f"{start} for {years} years, every {cycle}, as of {moment}: {quantities} at {yearly}"]
    segment = 1
    for _ in range(draw(st.integers(0, 3))):
        segment = draw(st.integers(segment, years))
        touched, units = draw(st.integers(segment, years)), draw(st.integers(0, 7))
        flat = draw(st.none() | st.integers(1, 5))
        changes = [change("Platform licence", units, segment=touched)]
        changes += [change("Flat", flat)] if flat else []
        bundle = amend(bundle, str(add_months(start, 12 * (segment - 1))), lines=changes, as_of=moment.isoformat())
        out.append(bundle)
        out.told.append(f"from segment {segment}: segment {touched} {units}, flat {flat}")
    return out


@examples(300)
@given(ramps())
def test_what_is_billed_for_a_ramp_is_what_was_sold(bundles: Story) -> None:
    """Segments bill what they were sold for, also when the current one is split."""
    bundle = bundles[-1]
    contract = contract_of(bundle, **SWITCHES)
    difference = billed(contract, datetime.fromisoformat(bundle["as_of"])) - sold(bundle)
    assert abs(difference) < Decimal("0.000001")


@examples(300)
@given(contracts())
def test_phases_are_contiguous_and_end_with_the_contract(bundles: Story) -> None:
    """Each phase starts where the one before ends; the last ends with the contract; no quantity is below one."""
    contract = contract_of(bundles[-1], **SWITCHES)
    for phases in (contract.phases, *(each.phases for each in contract.updates)):
        assert [each.end for each in phases[:-1]] == [each.start for each in phases[1:]]
        assert phases[-1].end == contract.end
        for phase in phases:
            assert all(
                item.quantity is not None and item.quantity > 0 for item in (*phase.items, *phase.one_time_items)
            )
            keys = [each.price.key for each in (*phase.items, *phase.one_time_items)]
            assert len(keys) == len(set(keys))


@examples(250)
@given(contracts())
def test_order_by_order_or_all_at_once(bundles: Story) -> None:
    """Planned and applied order by order, a contract ends in the phases that one plan of all orders gives."""
    as_of = bundles[-1]["as_of"]
    at_once = contract_of(bundles[-1], **SWITCHES)
    state, step = None, None
    for finished, bundle in enumerate(bundles):
        ready = planned(bundle, orders=finished)
        if state is not None:
            ready |= {"stripe": {"subscription_schedule": [state]}}
        step = at(contract_of(ready, **SWITCHES), as_of)
        state = schedule_state(step, before=state)
    assert step is not None
    assert standing(last_phases(step)) == standing(last_phases(at_once))


@examples(150)
@given(contracts(), st.randoms(use_true_random=False))
def test_order_of_records_does_not_matter(bundles: Story, random: Any) -> None:
    """Records in another order give the same contract."""
    bundle = bundles[-1]
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in bundle["records"].items()}
    one, other = contract_of(bundle, **SWITCHES), contract_of(bundle | {"records": shuffled}, **SWITCHES)
    assert standing(last_phases(one)) == standing(last_phases(other))
    assert [each.key for each in one.prices] == [each.key for each in other.prices]


@examples(150)
@given(contracts(backdated=False), st.data())
def test_damaged_records_give_findings_and_no_exception(bundles: Story, data: st.DataObject) -> None:
    """A value that does not belong there is a finding, or changes the plan; it never stops the program."""
    bundle = bundles[-1]
    records = bundle["records"]
    name = data.draw(st.sampled_from(["OrderItem", "SBQQ__Quote__c", "PricebookEntry", "Product2", "Order"]))
    record = data.draw(st.sampled_from(records[name]))
    fields = sorted(key for key in record if key not in ("Id", "Name") and not key.endswith("Id"))
    field = data.draw(st.sampled_from(fields))
    kept = record[field]
    same_kind: dict[type, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(-1000, 1000),
        float: st.floats(-1000, 1000, allow_nan=False),
    }
    record[field] = data.draw(st.none() | same_kind.get(type(kept), st.none()))
    result = read_bundle(json.dumps(bundle).encode(), "bundle.json", catalogue(), bindings())
    record[field] = kept
    if result.bundle is None:
        assert result.findings
        return
    assembly = assemble(result.bundle, CpqReader(), Settings(**SWITCHES))
    assert assembly.contracts or assembly.findings
