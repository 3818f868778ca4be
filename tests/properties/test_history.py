"""What earlier plans sent, worked out again: it bills what those plans said that they would."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.contract.contracts import at, contract_of, planned, schedule_state
from tests.contract.test_contract_properties import Story, contracts, examples
from tests.forecast.forecasts import Document, account, codes, forecast_of
from tests.plan.plans import plan_of

CREDITS = ("credit_terminated_lines = true", "credit_quantity_reductions = true", 'billing_mode = "flexible"')
SWITCHES: dict[str, Any] = {
    "credit_terminated_lines": True,
    "credit_quantity_reductions": True,
    "billing_mode": "flexible",
}


@st.composite
def runs(draw: st.DrawFn) -> Story:
    """A contract as it is planned order by order: each order's bundle at its own moment, with what Stripe holds by then."""
    story = draw(contracts(backdated=False))
    out = Story([])
    out.told = list(story.told)
    state: Document | None = None
    moment = datetime.fromisoformat(story[0]["as_of"])
    for finished, bundle in enumerate(story):
        moment += timedelta(days=draw(st.integers(0, 150)) if finished else 0, minutes=finished)
        orders = [dict(each) for each in bundle["records"]["Order"]]
        for order, before in zip(orders, out, strict=False):
            order["ActivatedDate"] = _in_salesforce(before["as_of"])
        orders[finished]["ActivatedDate"] = _in_salesforce(moment.isoformat())
        ready = planned(bundle | {"records": bundle["records"] | {"Order": orders}}, orders=finished)
        ready |= {"as_of": moment.isoformat()}
        if state is not None:
            ready |= {"stripe": {"subscription_schedule": [state]}}
        plan = plan_of(ready, "settings {\n" + "\n".join(CREDITS) + "\n}")
        assume(plan.applyable)
        out.append(ready)
        out.told.append(f"planned at {moment}")
        state = schedule_state(at(contract_of(ready, **SWITCHES), ready["as_of"]), before=state)
        state.setdefault("created", int(moment.timestamp()))
    return out


def _in_salesforce(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@examples(60)
@given(runs())
def test_history_bills_what_the_earlier_plans_said(bundles: Story) -> None:
    """Each plan's invoices up to the next plan are the past of that one; and money that differs from what was sold is named."""
    before: Document | None = None
    for bundle in bundles:
        found = forecast_of(bundle, *CREDITS)
        past = [each for each in found["forecast"]["invoices"] if each.get("past")]
        if before is not None:
            until = date.fromisoformat(bundle["as_of"][:10])
            said = [each for each in before["forecast"]["invoices"] if date.fromisoformat(each["date"]) <= until]
            assert _figures(past) == _figures(said)
        sums = account(found)
        if sums["sold"] != sums["billed"]:
            assert any(each.startswith("W80") for each in codes(found))
        before = found


def _figures(invoices: list[Document]) -> list[Any]:
    return [
        (
            each["date"],
            each["total"],
            sorted((line["order_item"], line["kind"], line["amount"]) for line in each["lines"]),
        )
        for each in invoices
    ]
