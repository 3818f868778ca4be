"""Plans that somebody has edited: whatever stands in them, the forecast ends in a finding, never in a traceback."""

from __future__ import annotations

import copy
import random
from dataclasses import replace
from typing import Any

import pytest

from orderplan.engine.forecast import forecasted
from orderplan.engine.parameters import Hidden, Ref
from orderplan.engine.render import forecast_csv, forecast_text
from tests.builders.examples import EXAMPLES
from tests.forecast.forecasts import codes, item, phase, plan, price, schedule
from tests.plan.plans import plan_of

Document = dict[str, Any]

_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    "",
    "now",
    "x",
    "-0",
    "NaN",
    "1e99999",
    [],
    [None],
    {},
    Ref("nothing"),
    Hidden("hmac-sha256:00"),
    1.5,
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in parameters as its holder and key."""
    if isinstance(value, dict):
        own = [(value, key) for key in value]
    else:
        own = [(value, at) for at in range(len(value))] if isinstance(value, list) else []
    return own + [each for holder, key in own for each in _places(holder[key])]


@pytest.mark.parametrize("name", ["amendment-upsell", "coupons", "evergreen", "graduated-tiers", "one-time", "ramp"])
def test_a_changed_value_never_breaks_the_forecast(name: str) -> None:
    """Each of some thousand changes gives a forecast that can be shown."""
    whole = plan_of(EXAMPLES[name]())
    for seed in range(300):
        chance = random.Random(seed)  # noqa: S311 - the same damage in every run
        calls = tuple(replace(each, params=copy.deepcopy(each.params)) for each in whole.calls)
        for holder, key in chance.sample([place for each in calls for place in _places(each.params)], 2):
            holder[key] = chance.choice(_VALUES)
        found = forecasted(replace(whole, calls=calls))
        assert found.outlook is not None
        assert forecast_text(found)
        assert forecast_csv(found.outlook.forecast.invoices if found.outlook else ()).startswith("contract,")


def test_parameters_that_cannot_be_read_are_a_warning_with_their_call() -> None:
    """The plan may be right all the same: a redacted value cannot be read either."""
    found = plan(
        price("monthly", "1000", 1), schedule("2026-03-01", phase("2026-06-01", item("monthly")) | {"end_date": "soon"})
    )
    assert codes(found) == ["W809"]
    assert "subscription_schedule/1" in found["diagnostics"][0]["message"]
    assert found["applyable"]


def test_a_redacted_value_is_not_guessed() -> None:
    """A quantity that the rules mark as sensitive leaves its contract out."""
    hidden = item("monthly") | {"quantity": {"$sensitive": "hmac-sha256:00"}}
    found = plan(price("monthly", "1000", 1), schedule("2026-03-01", phase("2026-06-01", hidden)))
    assert (codes(found), found["forecast"]["invoices"]) == (["W809"], [])


def test_a_schedule_of_ten_thousand_years_is_cut_short() -> None:
    """A notice says where the forecast stops."""
    daily = price("daily", "1", 1, recurring={"interval": "day"})
    found = plan(daily, schedule("2026-03-01", phase("9999-01-01", item("daily"))))
    assert len(found["forecast"]["invoices"]) == 5001
    assert codes(found) == ["N804"]
