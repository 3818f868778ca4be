"""What was sold against what is billed: what is compared, and the cause of what differs."""

from __future__ import annotations

from typing import Any

from orderplan.engine.forecast import major
from tests.builders import amend, an_order, change, coupon, evergreen, ramp, renew, seat, setup_fee, usage, volume
from tests.forecast.forecasts import account, codes, forecast_of, is_reconciled, item, phase, plan, price, schedule
from tests.plan.plans import document_of, with_forecast

Document = dict[str, Any]


def _lines(found: Document) -> list[tuple[str, str | None]]:
    return [(each["status"], each.get("reason")) for each in account(found)["lines"]]


def test_every_line_of_an_order_is_compared_by_itself() -> None:
    """Two lines, two equal comparisons, and the order in sum."""
    found = account(forecast_of(an_order([seat("45.00", 25), setup_fee("100.00")])))
    assert [(each["status"], each["sold"], each["billed"]) for each in found["lines"]] == [
        ("equal", 1_350_000, 1_350_000),
        ("equal", 10_000, 10_000),
    ]
    assert [(each["status"], each["sold"]) for each in found["orders"]] == [("equal", 1_360_000)]
    assert (found["sold"], found["billed"], found["difference"], found["status"]) == (
        1_360_000,
        1_360_000,
        0,
        "reconciled",
    )


def test_rounding_to_hundredths_explains_more_where_the_minor_unit_is_smaller() -> None:
    """CPQ keeps 8,373.63 of 8,373.625 dinars, and Stripe takes 5 × 1,674.73, for its amounts end in 0."""
    sold = an_order([seat("3349.45", frequency="Semiannual")], term=30, currency="BHD")
    line = sold["records"]["OrderItem"][0]
    assert line["UnitPrice"] == 8373.63
    found = forecast_of(sold)
    assert (account(found)["sold"], account(found)["billed"], codes(found)) == (8_373_630, 8_373_650, ["W802"])


def test_coupons_do_not_count_in_the_comparison() -> None:
    """The total of an order line knows no coupon, so it is compared with what is billed before discounts."""
    found = forecast_of(an_order([seat("45.00", coupons=(coupon(percent_off=50, duration="forever"),))]))
    assert is_reconciled(found)
    assert found["forecast"]["total"] * 2 == account(found)["billed"]


def test_a_line_that_is_reduced_is_compared_with_all_of_its_kind() -> None:
    """What is taken away is worth a negative amount, and bills nothing of its own."""
    sold = an_order([seat("10.00", 5), seat("20.00", name="Other")], start="2026-03-01")
    found = account(forecast_of(amend(sold, start="2026-09-01", lines=[change("Workspace seat", 2)])))
    reduced, other = found["lines"]
    assert (len(reduced["order_items"]), len(reduced["orders"]), reduced["sold"]) == (2, 2, 60_000 - 18_000)
    assert (len(other["order_items"]), other["status"], reduced["status"]) == (1, "equal", "equal")
    assert {each["status"] for each in found["orders"]} == {"not_compared"}


def test_a_line_that_is_only_added_to_is_compared_by_itself() -> None:
    """The added units are another line, so each order can be compared."""
    sold = an_order([seat("10.00", 5)], start="2026-03-01")
    found = account(forecast_of(amend(sold, start="2026-09-01", lines=[change("Workspace seat", 7)])))
    assert [len(each["order_items"]) for each in found["lines"]] == [1, 1]
    assert [each["status"] for each in found["orders"]] == ["equal", "equal"]


def test_rounding_is_the_cause_where_a_cycle_is_no_whole_cent() -> None:
    """36 invoices of 27.78 are 1000.08."""
    found = forecast_of(an_order([seat("1000.00", frequency="Monthly", product_term=36)], term=36))
    assert (account(found)["sold"], account(found)["billed"], codes(found)) == (100_000, 100_008, ["W802"])
    (warning,) = found["diagnostics"]
    assert "worth 1,000.00 USD and billed 1,000.08 USD, 0.08 USD more" in warning["message"]
    assert "a cycle costs 27.77777778 USD, and each of 36 invoice lines is rounded" in warning["message"]


def test_balanced_rounding_leaves_nothing() -> None:
    """The setting bills the difference with the first invoice."""
    sold = an_order([seat("1000.00", frequency="Monthly", product_term=36)], term=36)
    found = forecast_of(sold, 'balance_rounding = "first_invoice"')
    assert is_reconciled(found)
    assert found["forecast"]["invoices"][0]["total"] == 2770


def test_a_unit_price_that_salesforce_rounds_is_rounding_too() -> None:
    """Three units of 58.33 are sold for 174.99, and seven months of 25.00 are billed."""
    found = forecast_of(an_order([seat("100.00", 3, product_term=12)], term=7))
    assert (account(found)["sold"], account(found)["billed"], codes(found)) == (17_499, 17_500, ["W802"])


def test_the_part_of_a_cycle_that_is_not_billed_is_named() -> None:
    """A schedule that ends two months into its second year bills the first one."""
    sold = [
        {
            "order_item": "yearly",
            "order": "O",
            "contract": "C",
            "currency": "usd",
            "total": "140",
            "quantity": "1",
            "recurring": True,
        }
    ]
    found = plan(price("yearly", "12000", 12), schedule("2026-03-01", phase("2027-05-01", item("yearly"))), sold=sold)
    assert (account(found)["billed"], codes(found)) == (12_000, ["W807"])
    assert "the cycle that starts on 2027-03-01" in found["diagnostics"][0]["message"]


def test_metered_tiered_and_evergreen_lines_are_not_compared() -> None:
    """Each says why."""
    tiered = seat("25.00", 60, name="Tiered", tiers=volume((50, "30.00"), (None, "25.00")))
    assert _lines(forecast_of(an_order([usage(), tiered]))) == [
        ("not_compared", "metered: billed by what is used"),
        ("not_compared", "tiered: the total of an order line knows no tiers"),
    ]
    assert _lines(forecast_of(an_order([evergreen()], term=1))) == [
        ("not_compared", "evergreen: billed until it is cancelled")
    ]


def test_orders_that_were_planned_earlier_are_compared_too() -> None:
    """What was sent for them follows from their records: five seats for six months have been billed by then."""
    sold = an_order([seat("10.00", 5)], start="2026-03-01")
    bundle = amend(sold, start="2026-09-01", lines=[change("Workspace seat", 7)], as_of="2026-08-01T09:00:00Z")
    bundle["records"]["Order"][0]["Stripe_ID__c"] = "sub_sched_1"
    found = forecast_of(bundle)
    assert is_reconciled(found)
    assert (account(found)["sold"], found["forecast"]["past_totals"]) == (72_000, {"usd": 30_000})


def test_a_renewal_is_compared_although_its_lines_revise_the_old_contracts() -> None:
    """Its lines are the first of their kind in a contract of their own."""
    old = an_order([seat("120.00", frequency="Annual")], start="2026-03-01")
    assert is_reconciled(forecast_of(renew(old, lines=[seat("120.00", 2, frequency="Annual")])))


def test_a_price_that_is_not_known_is_not_compared() -> None:
    """Nothing is reconciled with a guess."""
    document = forecast_of(an_order([seat("10.00")]))
    (made,) = (each for each in document["calls"] if each["resource"] == "price" and each["action"] == "create")
    made["params"]["unit_amount_decimal"] = {"$sensitive": "hmac-sha256:00"}
    assert _lines(with_forecast(document)) == [("not_compared", "its price is not known")]


def test_lines_whose_id_the_rules_do_not_write_are_said_to_be_missing() -> None:
    """The forecast finds order lines by the metadata of their items."""
    document = forecast_of(an_order([seat("10.00")]))
    for each in document["calls"]:
        for one in each["params"].get("phases", ()):
            one["items"][0].pop("metadata")
    found = with_forecast(document)
    assert codes(found) == ["W801"]
    assert "no line of the forecast bears its id" in found["diagnostics"][0]["message"]


def test_a_changed_amount_is_a_difference_without_a_known_cause() -> None:
    """A rule that bills ten times the price is found."""
    document = forecast_of(an_order([seat("10.00")]))
    for each in document["calls"]:
        if "unit_amount_decimal" in each["params"]:
            each["params"]["unit_amount_decimal"] = "10000"
    found = with_forecast(document)
    assert codes(found) == ["W801"]
    assert account(found)["difference"] == 9 * 12_000


def test_strict_money_makes_a_difference_an_error() -> None:
    """The plan is not applied then, and stays so when its forecast is made again."""
    sold = an_order([seat("1000.00", frequency="Monthly", product_term=36)], term=36)
    found = forecast_of(sold, strict=True)
    assert (codes(found), found["applyable"]) == (["E801"], False)
    assert with_forecast(found) == found
    assert with_forecast(found, strict=False)["applyable"]


def test_strict_money_is_content_with_what_is_reconciled() -> None:
    """Nothing differs, nothing is found."""
    found = forecast_of(an_order([seat("10.00")]), strict=True)
    assert (codes(found), found["applyable"]) == ([], True)


def test_a_plan_with_errors_has_no_forecast() -> None:
    """It bills nothing, for it is not applied."""
    document = forecast_of(an_order([seat("10.00")]))
    error = {"code": "E505", "severity": "error", "message": "an order line is deleted"}
    found = with_forecast(document | {"diagnostics": [error]})
    assert "forecast" not in found
    assert not found["applyable"]


def test_ramps_are_compared_segment_by_segment() -> None:
    """Each segment is an order line."""
    found = forecast_of(an_order([ramp("120.00", quantities=[1, 2, 3])], term=36))
    assert [each["sold"] for each in account(found)["lines"]] == [144_000, 288_000, 432_000]
    assert is_reconciled(found)


def test_amounts_are_written_as_people_write_them() -> None:
    """By the decimals of the currency, with thousands, and a sign before credits."""
    assert [major(1_575_000, "usd"), major(-5, "usd"), major(482_000, "jpy"), major(1_234_567, "kwd")] == [
        "15,750.00 USD",
        "-0.05 USD",
        "482,000 JPY",
        "1,234.567 KWD",
    ]


def test_a_contract_with_nothing_left_to_plan_is_not_compared() -> None:
    """A second plan of an order that was planned before has no call, and no warning that nothing is billed."""
    bundle = an_order([seat("10.00", 5)], start="2026-03-01")
    bundle["records"]["Order"][0]["Stripe_ID__c"] = "sub_sched_1"
    found = forecast_of(bundle)
    assert (_lines(found), codes(found)) == (
        [("not_compared", "planned earlier: what was invoiced before is not in this plan")],
        [],
    )


def test_what_a_balance_leaves_is_not_sent_to_the_setting_that_is_on() -> None:
    """Two of three units are taken away, and the cent that was balanced for three is not worked out anew."""
    bundle = an_order([seat("1000.00", 3, frequency="Monthly", product_term=12)])
    bundle = amend(bundle, "2026-09-01", lines=[change("Workspace seat", 1)])
    found = forecast_of(bundle, 'balance_rounding = "first_invoice"')
    (warning,) = [each for each in found["diagnostics"] if each["code"] == "W802"]
    assert warning["fix"] == "bill or credit the difference by hand, if it matters"


def test_a_contract_that_is_taken_over_in_its_last_period_ends_with_it() -> None:
    """Stripe's schedule of a subscription ends with the period it finds, and `end_behavior` makes that the end."""
    old = {"ActivatedDate": "2026-02-20T10:00:00.000+0000"}
    bundle = an_order([seat("120.00", 3)], "2026-03-01", 12, as_of="2027-02-10T10:00:00Z", order=old)
    found = forecast_of(bundle, 'orders_activated_after = date("2026-06-01")', "migrate_older_orders = true")
    assert (found["forecast"]["until"], found["forecast"]["invoices"]) == ("2027-03-01", [])
    assert codes(found) == ["W806"]


def test_rounding_counts_the_invoice_lines_that_are_rounded() -> None:
    """A past of two months is 24.69 as it is, and the ten invoices of 12.345 are rounded."""
    sold = an_order([seat("12.35")], "2026-01-01", 12, as_of="2026-02-16T09:00:00Z")
    sold["records"]["OrderItem"][0] |= {"UnitPrice": 148.14, "TotalPrice": 148.14, "SBQQ__QuotedListPrice__c": None}
    team = 'override subscription_schedule { billing_mode.type = "classic" }'
    found = with_forecast(document_of(sold, team))
    (said,) = [each["message"] for each in found["diagnostics"] if each["code"] == "W802"]
    assert "a cycle costs 12.345 USD, and each of 10 invoice lines is rounded" in said
