"""Prices: PRICE and PROD scenarios, the cycle price, line prices, clones; MAP scenarios that speak of prices."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orderplan.engine.contract import Money, minor_units
from orderplan.engine.money import plain
from tests.builders import amend, an_order, seat, setup_fee, usage
from tests.contract.contracts import changed, contract_of, item_of, items, minor, once


def test_price_01_one_time_entry() -> None:
    """PRICE-01: a one-time product has a price without a cycle."""
    (price,) = contract_of(an_order([setup_fee("100.00")])).prices
    assert (minor(price), price.recurring, price.cycle_months, price.usage_type) == ("10000", False, None, None)


def test_price_02_recurring_entry() -> None:
    """PRICE-02: a monthly product is billed every month, licensed."""
    (price,) = contract_of(an_order([seat("120.00")])).prices
    assert (minor(price), price.cycle_months, price.usage_type, price.currency) == ("12000", 1, "licensed", "usd")


def test_price_03_metered_entry() -> None:
    """PRICE-03: a product billed in arrears is metered."""
    (price,) = contract_of(an_order([usage("0.05")])).prices
    assert (minor(price), price.usage_type) == ("5", "metered")


def test_price_04_part_of_a_cent() -> None:
    """PRICE-04: an amount of 100.2555 is 10025.55 cents."""
    bundle = an_order([seat("100.2555")])
    assert minor(contract_of(bundle).prices[0]) == "10025.55"


@pytest.mark.parametrize(("frequency", "months"), [("Monthly", 1), ("Quarterly", 3), ("Semiannual", 6), ("Annual", 12)])
def test_price_05_cycles(frequency: str, months: int) -> None:
    """PRICE-05: each billing frequency is a number of months, and a monthly list price is multiplied by it."""
    (price,) = contract_of(an_order([seat("10.00", frequency=frequency, product_term=1)])).prices
    assert (price.cycle_months, minor(price)) == (months, str(1000 * months))


def test_yearly_list_price_is_not_the_price_of_a_quarter() -> None:
    """A list price of 120 a year is 30 a quarter: 24 months of it bill 240, as sold."""
    bundle = an_order([seat("120.00", frequency="Quarterly")], "2026-03-01", 24)
    contract = contract_of(bundle)
    assert item_of(bundle)["TotalPrice"] == 240
    assert items(contract.phases[0]) == [(1, "3000")]
    assert contract.prices[0].kind == "list"


def test_price_11_customised_line() -> None:
    """PRICE-11: 1800 for a year, quoted at 150 a month against a list price of 120, is a line price of 150."""
    bundle = an_order([seat("120.00", quoted_price="150.00")])
    assert item_of(bundle)["UnitPrice"] == 1800
    contract = contract_of(bundle)
    (price,) = contract.prices
    assert (minor(price), price.kind, price.auto_archive) == ("15000", "line", True)
    assert price.order_item is not None
    assert price.order_item.id == price.key == item_of(bundle)["Id"]
    assert contract.temporary_prices == (price,)


def test_price_10_line_without_customisation_shares_the_list_price() -> None:
    """PRICE-10: a line that costs what the list says has no price of its own."""
    contract = contract_of(an_order([seat("120.00")]))
    assert [each.kind for each in contract.prices] == ["list"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (seat("120.00", frequency="Annual", fields={"SBQQ__BillingFrequency__c": "Quarterly"}), "line"),
        (seat("120.00", fields={"SBQQ__BillingType__c": "Arrears"}), "line"),
        (seat("120.00", discount="0"), "list"),
    ],
)
def test_line_that_bills_otherwise_than_the_list_has_its_own_price(line: object, kind: str) -> None:
    """Another cycle or another usage type is another price, even for the same amount."""
    assert [each.kind for each in contract_of(an_order([line])).prices] == [kind]  # type: ignore[list-item]


def test_cycle_price_undoes_the_rounding_of_cpq() -> None:
    """118.88 for 11 months and 27 days of a list price of 120 a year is 120 a year, and not 120.0033."""
    bundle = an_order([seat("500.00", frequency="Annual")], "2026-03-01")
    bundle = amend(bundle, "2026-03-02", lines=[seat("120.00", frequency="Annual", name="Extra")])
    assert item_of(bundle, 1)["UnitPrice"] == 118.88
    (update,) = contract_of(bundle, non_anniversary_amendments=True).updates
    added = update.phases[-1].items[-1].price
    assert (minor(added), added.kind) == ("12000", "list")


def test_discounted_line_uses_the_unprorated_price() -> None:
    """A discount of 15 % off 99.99 a month is 84.9915 a month, though 12 months are rounded to 1019.90."""
    bundle = an_order([seat("99.99", discount="15")])
    assert item_of(bundle)["UnitPrice"] == 1019.90
    assert minor(contract_of(bundle).prices[0]) == "8499.15"


def test_unit_price_is_divided_when_no_candidate_explains_it() -> None:
    """A unit price that no list price leads to is divided by its months."""
    bundle = changed(an_order([seat("120.00")]), "OrderItem", 0, UnitPrice=1000.00, TotalPrice=1000.00)
    assert minor(contract_of(bundle).prices[0]) == "8333.333333333333"


def test_price_14_second_line_of_one_price_gets_a_clone() -> None:
    """PRICE-14: two lines of one entry have two prices and keep their quantities; the clone names the original."""
    bundle = an_order([seat("120.00", 1), seat("120.00", 2)])
    contract = contract_of(bundle)
    assert items(contract.phases[0]) == [(1, "12000"), (2, "12000")]
    original, clone = contract.prices
    assert (clone.kind, clone.auto_archive, clone.duplicate, clone.original) == ("clone", True, True, original)
    assert clone.order_item is None
    assert (clone.entry, clone.cycle_months, clone.usage_type) == (original.entry, 1, "licensed")
    assert clone.key == f"{item_of(bundle, 1)['Id']}/duplicate"
    assert contract.temporary_prices == (clone,)


def test_price_15_second_one_time_line_of_one_price_gets_a_clone() -> None:
    """PRICE-15: the same in what a phase bills once."""
    contract = contract_of(an_order([seat(), setup_fee("100.00", 1), setup_fee("100.00", 2)]))
    assert once(contract.phases[0]) == [(1, "10000"), (2, "10000")]
    assert [each.kind for each in contract.prices] == ["list", "list", "clone"]
    assert contract.prices[2].recurring is False


def test_price_16_metered_clone_keeps_its_usage_type() -> None:
    """PRICE-16: a clone of a metered price is metered."""
    contract = contract_of(an_order([usage(), usage()]))
    assert [(each.kind, each.usage_type) for each in contract.prices] == [("list", "metered"), ("clone", "metered")]


def test_lines_with_prices_of_their_own_need_no_clone() -> None:
    """Two lines of one product at two prices are two prices already."""
    contract = contract_of(an_order([seat("120.00", quoted_price="110.00"), seat("120.00", quoted_price="100.00")]))
    assert [(each.kind, minor(each)) for each in contract.prices] == [("line", "11000"), ("line", "10000")]


def test_one_time_order_needs_no_clone() -> None:
    """An invoice takes the same price twice."""
    contract = contract_of(an_order([setup_fee("100.00"), setup_fee("100.00", 2)], None, None))
    assert [each.price.key for each in contract.invoice_items] == [contract.prices[0].key] * 2


def test_map_02_price_from_another_field_is_taken_as_it_is() -> None:
    """MAP-02: 200.121212 from a field of the team's own is 20012.1212 cents a cycle, and a line price."""
    bundle = an_order([seat("120.00")])
    line = item_of(bundle)["Id"]
    (price,) = contract_of(bundle, prices={line: Decimal("200.121212")}).prices
    assert (minor(price), price.kind) == ("20012.1212", "line")


def test_map_03_line_price_equal_to_the_list_price_is_the_list_price() -> None:
    """MAP-03: when entry and line read the same amount, the entry's price is used."""
    bundle = an_order([seat("120.00")])
    own = {item_of(bundle)["Id"]: Decimal("200.121212"), item_of(bundle)["PricebookEntryId"]: Decimal("200.121212")}
    (price,) = contract_of(bundle, prices=own).prices
    assert (minor(price), price.kind) == ("20012.1212", "list")


def test_prod_01_a_product_is_listed_once() -> None:
    """PROD-01: two lines of one product use it once."""
    contract = contract_of(an_order([seat("120.00"), seat("120.00")]))
    assert [each.id for each in contract.products] == [contract.prices[0].product.id]


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("10", "usd", "1000"),
        ("0.001234567890123", "usd", "0.123456789012"),
        ("100.2555", "usd", "10025.55"),
        ("1500", "jpy", "1500"),
        ("1.2345", "kwd", "1234.5"),
        ("5", "ugx", "500"),
        ("0.00", "usd", "0"),
        ("1E+2", "usd", "10000"),
        ("-70", "usd", "-7000"),
        ("27.777777777777777777777777777777777777777777777", "usd", "2777.777777777778"),
    ],
)
def test_unit_11_minor_units(amount: str, currency: str, text: str) -> None:
    """UNIT-11: plain notation, at most twelve decimals rounded half up, by the currency's own decimals."""
    assert minor_units(Money(Decimal(amount), currency)) == text


def test_plain_notation_has_no_exponent() -> None:
    """A decimal is written out."""
    assert [plain(Decimal(each)) for each in ("1E+3", "1.500", "-0.00", "0.10")] == ["1000", "1.5", "0", "0.1"]
