"""The drawing of a contract: what is billed when, each in its place, labels only where they fit."""

from __future__ import annotations

from itertools import pairwise

import pytest

from orderplan.engine.forecast import ForecastedPlan
from orderplan.engine.render.course import stretches
from orderplan.engine.render.drawing import LEFT, RIGHT, WIDTH
from orderplan.engine.render.timeline import Drawing, timeline
from tests.builders import amend, an_order, change, coupon, evergreen, ramp, seat, setup_fee
from tests.builders.examples import EXAMPLES
from tests.plan.plans import Document, document_of, plan_of, seen


def drawn(bundle: Document, team: str = "") -> Drawing:
    plan = seen(document_of(bundle, team))
    found = timeline(plan, plan.plan.contracts[0])
    assert found is not None
    return found


def test_a_phase_takes_the_place_of_its_time() -> None:
    """An amendment in the middle of a year divides the band in two, without a gap."""
    first, second = drawn(EXAMPLES["amendment-upsell"]()).phases
    assert (first.x, second.x + second.width) == (LEFT, RIGHT)
    assert second.x == pytest.approx(first.x + first.width, abs=0.2)
    assert first.width / (RIGHT - LEFT) == pytest.approx(184 / 365, abs=0.001)


def test_phases_say_their_days() -> None:
    """The last day is the last one that is billed for, not the day after."""
    titles = [each.title for each in drawn(EXAMPLES["amendment-upsell"]()).phases]
    assert titles == ["Phase 1, 1 Mar 2026 to 31 Aug 2026", "Phase 2, 1 Sep 2026 to 28 Feb 2027"]


def test_quantities_of_one_price_share_a_lane() -> None:
    """A ramp shows its steps beside each other; a price that stays as it is has one bar."""
    found = drawn(
        an_order(
            [ramp("100.00", quantities=[5, 10, 20], frequency="Annual"), seat("1200.00", 3, frequency="Annual")],
            term=36,
        )
    )
    lanes = {each.name: [bar.title.partition(" ×")[0] for bar in each.bars] for each in found.lanes}
    assert lanes == {"Platform licence": ["5", "10", "20"], "Workspace seat": ["3"]}


def test_segments_keep_the_names_that_sales_gave_them() -> None:
    """The phases of a ramp are known as its years."""
    assert [each.title.partition(",")[0] for each in drawn(EXAMPLES["ramp"]()).phases] == ["Year 1", "Year 2", "Year 3"]


def test_a_bar_says_quantity_product_price_and_days() -> None:
    """All of it stands in the title, also where the label has no room."""
    (lane,) = drawn(an_order([seat("45.00", 25)])).lanes
    assert lane.bars[0].title == "25 × Workspace seat, 45.00 USD every month, 1 Mar 2026 to 28 Feb 2027"


def test_an_evergreen_contract_goes_on() -> None:
    """It has no end, and the drawing shows a year and an arrow."""
    found = drawn(an_order([evergreen("89.00", 3)], start="2026-03-01", term=1))
    assert found.phases[0].goes_on
    assert found.lanes[0].bars[0].goes_on
    assert "without an end" in found.summary


def test_one_time_items_are_marked_where_their_phase_starts() -> None:
    """Prorations of an amendment are billed when it starts."""
    found = drawn(EXAMPLES["amendment-upsell"]())
    (mark,) = found.diamonds
    assert mark.x == found.phases[1].x
    assert "5 × Workspace seat at 600.00 USD" in mark.title


def test_invoices_are_as_high_as_their_totals() -> None:
    """Two invoices, one twice the other."""
    bars = drawn(EXAMPLES["eighteen-months-annual"]()).chart.bars
    assert [each.title for each in bars] == ["1 Mar 2026: invoice, 4,800.00 USD", "1 Mar 2027: invoice, 2,400.00 USD"]
    assert bars[0].height == pytest.approx(2 * bars[1].height, abs=0.2)


def test_a_credit_points_down() -> None:
    """What the customer gets back lies below the line, and is not told apart by its colour alone."""
    bundle = amend(
        an_order([seat("1200.00", 10, frequency="Annual")]),
        start="2026-09-01",
        lines=[change("Workspace seat", quantity=4)],
    )
    chart = drawn(bundle, "settings { credit_quantity_reductions = true }").chart
    credit = next(each for each in chart.bars if each.kind == "credit")
    assert credit.y == chart.baseline
    assert credit.label.startswith("−")


def test_equal_totals_are_said_once() -> None:
    """Twelve months at one price need one label; coupons make others."""
    plain = drawn(an_order([seat("10.00", 2)])).chart
    reduced = drawn(an_order([seat("10.00", 2, coupons=(coupon("Start", percent_off=50),))])).chart
    assert [each.label for each in plain.totals] == ["12 × 20.00"]
    assert [each.label for each in reduced.totals] == ["10.00", "11 × 20.00"]


@pytest.mark.parametrize("term", [1, 2, 5, 12, 18, 24, 36, 60])
def test_labels_of_the_axis_stay_apart(term: int) -> None:
    """Whatever the term, the marks are not over each other."""
    places = [each.x for each in drawn(an_order([seat("10.00", 2)], term=term)).ticks]
    assert places[0] == LEFT
    assert all(after - before >= 60 for before, after in pairwise(places))


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - {"one-time"}))
def test_every_shape_lies_inside_the_drawing(name: str) -> None:
    """Nothing is cut off, and nothing has a negative size."""
    found = drawn(EXAMPLES[name]())
    boxes = [*found.phases, *(bar for lane in found.lanes for bar in lane.bars), *found.chart.bars]
    assert boxes
    for box in boxes:
        assert box.width > 0
        assert box.height > 0
        assert box.x >= 0
        assert box.x + box.width <= WIDTH
        assert box.y + box.height <= found.height


def test_many_prices_are_counted_instead_of_drawn() -> None:
    """A hundred lanes would be a wall; the page lists the rest."""
    found = drawn(an_order([seat(f"{10 + at}.00", 1, name=f"Product {at}") for at in range(20)]))
    assert (len(found.lanes), found.more) == (16, 4)


def test_an_order_that_is_billed_once_has_no_time_line() -> None:
    """There is nothing to draw."""
    plan = seen(document_of(an_order([setup_fee("100.00")], start=None, term=None)))
    assert timeline(plan, plan.plan.contracts[0]) is None


def test_a_termination_ends_the_course() -> None:
    """After the update that takes the last units away, nothing is drawn."""
    bundle = amend(
        an_order([seat("1200.00", 10, frequency="Annual")]),
        start="2026-09-01",
        lines=[change("Workspace seat", quantity=0)],
    )
    plan = plan_of(bundle)
    last = stretches(plan, plan.contracts[0].id)[-1]
    assert last.end == 1788220800


def test_a_contract_without_a_forecast_is_drawn_without_invoices() -> None:
    """The phases are in the calls."""
    plan = ForecastedPlan(plan_of(EXAMPLES["ramp"]()), None)
    found = timeline(plan, plan.plan.contracts[0])
    assert found is not None
    assert found.chart.bars == ()
    assert len(found.phases) == 3
