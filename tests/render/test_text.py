"""The text view of a plan: what a reader finds on which line."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from orderplan.engine.diagnostics import Diagnostic, Severity
from orderplan.engine.forecast import ForecastedPlan
from orderplan.engine.plan import without_secrets
from orderplan.engine.render import render_plan, summary_line
from tests.builders import amend, an_order, change, coupon, patched, seat, setup_fee, usage, volume
from tests.plan.plans import plan_of

ORDER = an_order([seat("120.00", 2), setup_fee("500.00")])


def text(bundle: dict[str, Any] = ORDER, team: str = "", **how: Any) -> str:
    """The plan of a bundle as text."""
    return render_plan(ForecastedPlan(without_secrets(plan_of(bundle, team)), None), **how)


def line(wanted: str, shown: str) -> str:
    """The first line that has these words."""
    return next(each for each in shown.splitlines() if wanted in each)


def test_the_first_line_says_what_is_planned() -> None:
    """Order, kind, currency and range."""
    assert (
        text().splitlines()[0] == f"Order {ORDER['order_ids'][0]}: renewable contract in USD, 2026-03-01 to 2027-03-01"
    )


def test_the_last_line_sums_up() -> None:
    """Counts of calls, and of findings where there are any."""
    assert text().splitlines()[-1] == "Plan: 6 to create, 0 to update, 0 to cancel."
    assert (
        text(team='override customer { warn TST-101 "a"\n warn TST-102 "b" }')
        .splitlines()[-1]
        .endswith("to cancel. 2 warnings.")
    )


@pytest.mark.parametrize(
    ("severities", "words"),
    [
        ([], "."),
        (["error"], ". 1 error."),
        (["warning", "error", "error", "notice"], ". 2 errors, 1 warning, 1 notice."),
    ],
)
def test_findings_are_counted_by_severity(severities: list[str], words: str) -> None:
    """The gravest first, in the singular where there is one."""
    findings = tuple(Diagnostic("W999", f"words {at}", Severity(each)) for at, each in enumerate(severities))
    plan = replace(plan_of(ORDER), calls=(), diagnostics=findings)
    assert summary_line(ForecastedPlan(plan, None)) == f"Plan: 0 to create, 0 to update, 0 to cancel{words}"


def test_calls_have_a_sign_for_what_they_do() -> None:
    """`+` makes, `~` changes, `-` ends; what is used as it is has `=`."""
    bundle = an_order([seat("120.00", quoted_price="99.00")], account={"Stripe_ID__c": "cus_known"})
    shown = text(bundle)
    assert "+ create price/" in shown
    assert "~ update price/" in shown
    assert "= reuse customer cus_known" in shown
    ended = amend(
        an_order([seat()], as_of="2026-02-16T09:00:00Z"),
        "2026-06-01",
        lines=[change("Workspace seat", 0)],
        as_of="2026-06-01T09:00:00Z",
    )
    assert "- cancel subscription_schedule/" in text(patched(ended, "Order", 0, Stripe_ID__c="sub_sched_1"))


def test_every_parameter_is_shown() -> None:
    """No leaf of any call is missing from the text, in its nested or dotted form."""
    bundle = an_order(
        [seat("9.00", 3, tiers=volume((5, "9.00"), (None, "8.00"))), usage(), setup_fee()],
        coupons=[coupon(percent_off=5)],
    )
    shown = text(bundle)
    for call in plan_of(bundle).calls:
        for name in _last_names(call.params):
            assert name in shown, name


def _last_names(value: Any) -> set[str]:
    if isinstance(value, dict) and "$ref" not in value:
        return {each for name, inner in value.items() for each in (_last_names(inner) or {name})}
    return {each for inner in value for each in _last_names(inner)} if isinstance(value, list) else set()


def test_references_say_where_they_point() -> None:
    """An arrow and the call that gives the id."""
    order = f"← price/{ORDER['records']['PricebookEntry'][0]['Id']}.id"
    assert re.search(rf"^ +price +{re.escape(order)}", text(), re.MULTILINE)


def test_moments_have_their_date() -> None:
    """Seconds since 1970 are for machines."""
    assert "1772323200 (2026-03-01)" in line("start_date", text())


def test_a_value_stays_on_its_line() -> None:
    """Line ends, tabs and signs that move the cursor are written out."""
    shown = text(an_order([seat()], account={"Name": "a\nb\tc\x1b[31md\u2028e\u202ef"}))
    name = line("name  ", shown)
    assert "a\\nb\\tc" in name
    assert "\x1b" not in shown
    assert "\u2028" not in shown
    assert "\u202e" not in shown


def test_a_formula_stands_with_its_numbers() -> None:
    """A figure of the contract model shows the sum behind it."""
    assert "1200 ÷ 12 months × 3 = 300" in line(
        "unit_amount_decimal", text(an_order([seat("1200.00", frequency="Quarterly")]))
    )


def test_skipped_lines_are_listed() -> None:
    """What is not billed is told, with the reason."""
    bundle = patched(ORDER, "OrderItem", 1, Skip_Line_Item__c=True)
    assert f"skipped OrderItem({bundle['records']['OrderItem'][1]['Id']})" in text(bundle)


def test_a_sensitive_value_is_named_as_such() -> None:
    """A short digest in its place, enough to see that it changed."""
    assert re.search(
        r"metadata\.site +\(sensitive [0-9a-f]{8}\)",
        text(
            an_order([seat()], account={"Site": "North"}),
            "override customer { metadata.site = account.Site  sensitive }",
        ),
    )


def test_colour_is_asked_for_and_changes_no_word() -> None:
    """The same text, painted."""
    painted = text(colour=True)
    assert "\x1b[" in painted
    assert "\x1b[" not in text()
    assert [re.sub(r"\x1b\[[0-9;]*m", "", each).rstrip() for each in painted.splitlines()] == text().splitlines()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_is_cut_at_any_width(width: int) -> None:
    """Where there is no room, sources move to a line of their own and long words break; no line ends in blanks."""
    shown = text(width=width)
    assert not [each for each in shown.splitlines() if each != each.rstrip()]
    assert sorted("".join(shown.split())) == sorted("".join(text(width=120).split()))


def test_an_empty_plan_is_a_sentence() -> None:
    """Nothing to do reads as such."""
    planned = patched(ORDER, "Order", 0, Stripe_ID__c="sub_sched_1")
    assert text(planned).splitlines()[-1] == "Plan: 0 to create, 0 to update, 0 to cancel."
