"""Tiered prices: PRICE-08, PRICE-17 to PRICE-23 and the faults of consumption schedules."""

from __future__ import annotations

from typing import Any

import pytest

from orderplan.engine.contract import Tier, minor_units
from tests.builders import an_order, graduated, seat, usage, volume
from tests.contract.contracts import changed, codes, contract_of, item_of, items, minor
from tests.contract.faults import SOLD_ONCE

STEPS = ((2, "10.00"), (10, "20.00"), (None, "30.00"))


def steps(tiers: tuple[Tier, ...]) -> list[tuple[int | None, str]]:
    return [(each.up_to, minor_units(each.unit_amount)) for each in tiers if each.unit_amount]


def test_price_08_tiered_entry_is_one_list_price() -> None:
    """PRICE-08: a line whose tiers are the product's uses the entry's price, which has no plain amount."""
    contract = contract_of(an_order([seat("120.00", tiers=volume(*STEPS))]))
    (price,) = contract.prices
    assert (price.kind, price.amount, price.tiers_mode) == ("list", None, "volume")
    assert steps(price.tiers) == [(2, "1000"), (10, "2000"), (None, "3000")]
    assert price.consumption_schedule is not None
    assert price.consumption_schedule.object == "ConsumptionSchedule"


def test_price_17_clone_of_a_tiered_price_keeps_the_tiers() -> None:
    """PRICE-17: the second line of a tiered price gets the same tiers."""
    tiers = graduated(*STEPS)
    contract = contract_of(an_order([seat("1.00", tiers=tiers), seat("1.00", 2, tiers=tiers)]))
    original, clone = contract.prices
    assert (clone.kind, clone.tiers, clone.tiers_mode) == ("clone", original.tiers, "graduated")


def test_price_18_own_rates_of_a_line_are_a_line_price() -> None:
    """PRICE-18: a rate that was changed on the order makes a tiered price of the line."""
    own = volume((2, "10.00"), (10, "50.00"), (None, "30.00"))
    bundle = an_order([seat("120.00", tiers=volume(*STEPS), own_tiers=own)])
    (price,) = contract_of(bundle).prices
    assert (price.kind, price.tiers_mode, price.key) == ("line", "volume", item_of(bundle)["Id"])
    assert steps(price.tiers) == [(2, "1000"), (10, "5000"), (None, "3000")]


def test_price_20_slab_is_graduated() -> None:
    """PRICE-20: type Slab bills each step at its own price."""
    (price,) = contract_of(an_order([seat("1.00", tiers=graduated((2, "10.00"), (None, "20.00")))])).prices
    assert (price.tiers_mode, steps(price.tiers)) == ("graduated", [(2, "1000"), (None, "2000")])


def test_flat_fee_is_the_price_of_the_step() -> None:
    """UNIT-04: a flat fee is an amount for the step, beside the price of its units."""
    tiers = graduated((11, "0.00", "FlatFee"), (None, "25.37"))
    (price,) = contract_of(an_order([seat("1.00", tiers=tiers)])).prices
    assert [(each.up_to, each.flat_amount is not None) for each in price.tiers] == [(11, True), (None, False)]


def test_price_23_no_step_without_an_upper_bound() -> None:
    """PRICE-23: a tiered price needs a last step that has no end."""
    assert "E525" in codes(an_order([seat("1.00", tiers=volume((2, "10.00")))]))


def test_two_steps_without_an_upper_bound() -> None:
    """Only one step can be the last."""
    assert "E525" in codes(an_order([seat("1.00", tiers=volume((None, "10.00"), (None, "9.00")))]))


def test_metered_tiers() -> None:
    """A usage price can be tiered; it has no quantity."""
    contract = contract_of(an_order([usage("1.00", tiers=volume(*STEPS))]))
    assert items(contract.phases[0]) == [(None, "tiers")]
    assert contract.prices[0].usage_type == "metered"


def test_rates_are_sorted_by_their_bounds() -> None:
    """The order of the records does not matter."""
    bundle = an_order([seat("1.00", tiers=volume(*STEPS))])
    records = bundle["records"] | {"ConsumptionRate": bundle["records"]["ConsumptionRate"][::-1]}
    assert steps(contract_of(bundle | {"records": records}).prices[0].tiers)[0] == (2, "1000")


def faulty(object_name: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    bundle = an_order([seat("1.00", tiers=volume(*STEPS))])
    return changed(bundle, object_name, number, **fields)


@pytest.mark.parametrize(
    ("bundle", "code"),
    [
        (faulty("ConsumptionSchedule", RatingMethod="Flat"), "E521"),
        (faulty("ConsumptionSchedule", Type="Band"), "E522"),
        (faulty("ConsumptionRate", PricingMethod="Percent"), "E523"),
        (faulty("SBQQ__OrderItemConsumptionRate__c", SBQQ__UpperBound__c=2.5), "E524"),
        (faulty("ConsumptionRate", UpperBound=5), "E526"),
        (faulty("ConsumptionRate", Price=-1), "E516"),
    ],
)
def test_faults_of_schedules(bundle: dict[str, Any], code: str) -> None:
    """What cannot be billed is refused by its own code."""
    assert code in codes(bundle)


def test_second_schedule_of_a_product() -> None:
    """Which of two schedules counts cannot be told."""
    bundle = an_order([seat("1.00", tiers=volume(*STEPS))])
    records = bundle["records"]
    other = dict(records["ConsumptionSchedule"][0], Id=records["ConsumptionSchedule"][0]["Id"][:9] + "ZZZZZZAAA")
    join = dict(records["ProductConsumptionSchedule"][0])
    join |= {"Id": join["Id"][:9] + "ZZZZZZAAA", "ConsumptionScheduleId": other["Id"]}
    records["ConsumptionSchedule"].append(other)
    records["ProductConsumptionSchedule"].append(join)
    assert "E520" in codes(bundle)
    other["IsActive"] = False
    assert codes(bundle) == ["N503"]


def sold_once(quantity: int, tiers: Any) -> dict[str, Any]:
    """A line of a tiered product that is billed once."""
    return changed(an_order([seat("1.00", quantity, tiers=tiers)]), "OrderItem", 0, **SOLD_ONCE)


@pytest.mark.parametrize(
    ("tiers", "quantity", "billed", "formula"),
    [
        (volume((10, "10"), (None, "8")), 5, (5, "1000"), "5 × 10 = 50; ÷ 5 = 10"),
        (volume((10, "10"), (None, "8")), 2, (2, "1000"), "2 × 10 = 20; ÷ 2 = 10"),
        (volume((10, "10"), (None, "8")), 12, (12, "800"), "12 × 8 = 96; ÷ 12 = 8"),
        (graduated((10, "10"), (None, "8")), 12, (1, "11600"), "10 × 10 + 2 × 8 = 116"),
        (graduated((10, "10"), (None, "8")), 20, (20, "900"), "10 × 10 + 10 × 8 = 180; ÷ 20 = 9"),
        (volume((10, "100", "FlatFee"), (None, "150", "FlatFee")), 4, (4, "2500"), "100 = 100; ÷ 4 = 25"),
        (graduated((10, "100", "FlatFee"), (None, "150", "FlatFee")), 11, (1, "25000"), "100 + 150 = 250"),
    ],
)
def test_one_time_line_with_tiers(tiers: Any, quantity: int, billed: tuple[int, str], formula: str) -> None:
    """The quantity decides one amount: a plain price of it, or of each unit where it divides exactly."""
    contract = contract_of(sold_once(quantity, tiers))
    (item,) = contract.invoice_items
    assert (item.quantity, minor(item.price), item.price.tiers) == (*billed, ())
    assert item.price.origin["amount"].formula == formula


def test_tiers_are_not_prorated() -> None:
    """The tail of a tiered line is not billed, and the plan says so."""
    bundle = an_order([seat("1.00", frequency="Annual", tiers=volume(*STEPS))], "2026-03-01", 18)
    assert codes(bundle) == ["W503"]
    assert contract_of(bundle).phases[1].one_time_items == ()


@pytest.mark.parametrize(("lower", "found"), [(0, []), (1, []), (2, ["E526"])])
def test_the_first_tier_starts_with_the_first_unit(lower: int, found: list[str]) -> None:
    """A unit below the first tier has no price."""
    bundle = an_order([seat("120.00", tiers=graduated(*STEPS))])
    assert codes(changed(bundle, "ConsumptionRate", 0, LowerBound=lower)) == found


def test_tiers_stand_in_the_order_of_their_bounds() -> None:
    """Whichever record was made first."""
    bundle = an_order([seat("1.00", 12, tiers=graduated((10, "10"), (None, "8")))])
    first, last = bundle["records"]["ConsumptionRate"]
    first["Id"], last["Id"] = last["Id"], first["Id"]
    contract = contract_of(bundle)
    (price,) = contract.prices
    assert [each.quantity for each in contract.phases[0].items] == [12]
    found = [(each.up_to, each.unit_amount and each.unit_amount.amount) for each in price.tiers]
    assert found == [(10, 10), (None, 8)]
