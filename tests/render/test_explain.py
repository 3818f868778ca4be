"""`explain PLAN CALL[/param]`: the way of one value, from the field to the parameter."""

from __future__ import annotations

from typing import Any

import pytest

from orderplan.engine.plan import without_secrets
from orderplan.engine.render import explain_call
from tests.builders import an_order, seat
from tests.plan.plans import plan_of, record_id_of

ORDER = an_order([seat("1200.00", 2, frequency="Quarterly")], account={"Site": None})
PRICE = f"price/{record_id_of(ORDER, 'PricebookEntry')}"
SCHEDULE = f"subscription_schedule/{record_id_of(ORDER, 'Order')}"
CUSTOMER = f"customer/{record_id_of(ORDER, 'Account')}"


def explained(wanted: str, team: str = "", bundle: dict[str, Any] = ORDER) -> str:
    """The explanation, which there must be."""
    words, faults = explain_call(without_secrets(plan_of(bundle, team)), wanted, "plan.json")
    assert faults == []
    assert words is not None
    return words


def refused(wanted: str) -> Any:
    """The one finding about a name that the plan does not have."""
    words, (fault,) = explain_call(plan_of(ORDER), wanted, "plan.json")
    assert words is None
    return fault


def test_a_call_tells_what_it_does_and_waits_for() -> None:
    """Method and path, what comes before it, its key, every parameter."""
    words = explained(SCHEDULE)
    assert "POST /v1/subscription_schedules" in words
    assert CUSTOMER in words
    assert PRICE in words
    assert "op1-" in words
    assert "phases[0].items[0].quantity" in words


def test_a_price_tells_field_sum_and_conversion() -> None:
    """From the list price through the sum to minor units."""
    words = explained(f"{PRICE}/unit_amount_decimal")
    assert f"PricebookEntry({record_id_of(ORDER, 'PricebookEntry')}).UnitPrice" in words
    assert "1200 ÷ 12 months × 3 = 300" in words
    assert "minor_units" in words
    assert "= 30000" in words


@pytest.mark.parametrize(
    "name", ["/recurring/interval_count", ".recurring.interval_count", "/recurring.interval_count"]
)
def test_a_parameter_is_named_with_slashes_or_dots(name: str) -> None:
    """As a JSON pointer, or as the text view writes it."""
    assert "recurring.interval_count = 3" in explained(PRICE + name)


@pytest.mark.parametrize("name", ["/phases/0/items/0/quantity", "/phases[0].items[0].quantity"])
def test_an_element_of_a_list_is_named_either_way(name: str) -> None:
    """Places of lists in brackets or between slashes."""
    assert "phases[0].items[0].quantity = 2" in explained(SCHEDULE + name)


def test_an_object_explains_all_that_is_in_it() -> None:
    """A name that holds others stands for them."""
    words = explained(f"{PRICE}/recurring")
    assert all(f"recurring.{each} = " in words for each in ("interval", "interval_count", "usage_type"))
    assert "unit_amount_decimal" not in words


def test_a_parameter_that_was_left_out_says_why() -> None:
    """An absent source and a false condition."""
    assert "absent" in explained(f"{CUSTOMER}/metadata/site", "override customer { metadata.site = account.Site }")
    late = 'override customer { metadata.late = "yes"  when contract.order.Status == "Draft" }'
    assert 'contract.order.Status == "Draft"' in explained(f"{CUSTOMER}/metadata/late", late)


def test_a_default_tells_what_it_stands_in_for() -> None:
    """The value that was absent is named with it."""
    words = explained(f"{CUSTOMER}/metadata/site", 'override customer { metadata.site = account.Site  default "none" }')
    assert "metadata.site = none" in words
    assert "a default" in words
    assert "Site is absent" in words


def test_a_sensitive_parameter_is_not_told() -> None:
    """The explanation shows its digest and says so."""
    bundle = an_order([seat()], account={"Site": "Quiet Harbour"})
    words = explained(
        f"{CUSTOMER}/metadata/site", "override customer { metadata.site = account.Site  sensitive }", bundle
    )
    assert "Quiet Harbour" not in words
    assert "sensitive" in words


def test_an_unknown_call_gets_a_suggestion() -> None:
    """E710: the nearest name, else the calls that there are."""
    assert refused(PRICE[:-1]).fix == f"did you mean {PRICE}?"
    assert CUSTOMER in refused("nothing/like/it").fix


def test_an_unknown_parameter_gets_a_suggestion() -> None:
    """E710 for a parameter: only when one is close."""
    fault = refused(f"{PRICE}/recuring.interval")
    assert (fault.code, fault.fix) == ("E710", f"did you mean {PRICE}/recurring.interval?")
    assert "did you mean" not in refused(f"{PRICE}/weather").fix
