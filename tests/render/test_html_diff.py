"""The page of the differences of plans: what they amount to, then every one of them, escaped."""

from __future__ import annotations

from orderplan.engine.diff import compare_all
from orderplan.engine.forecast import ForecastedPlan
from orderplan.engine.render.html_diff import render_diff_html
from tests.builders import an_order, seat
from tests.plan.plans import document_of, seen

HOSTILE = '"><script>alert(1)</script>'


def planned(*, price: str = "45.00", name: str = "Marlow & Finch", number: int = 1) -> ForecastedPlan:
    return seen(document_of(an_order([seat(price, 25)], account={"Name": name}, number=number)))


def test_the_head_says_what_the_change_amounts_to() -> None:
    """How many orders are billed otherwise, and by how much."""
    text = render_diff_html(compare_all([planned()], [planned(price="50.00")]))
    assert "This change alters billing in 1 of 1 order." in text
    assert "13,500.00 USD -&gt; 15,000.00 USD (+1,500.00 USD)" in text


def test_a_difference_has_its_old_and_its_new_value_and_its_rule() -> None:
    """The three things a reviewer asks."""
    text = render_diff_html(compare_all([planned()], [planned(price="50.00")]))
    assert '<code class="old">4500</code>' in text
    assert '<code class="new">5000</code>' in text
    assert "rules/stripe.rules:" in text


def test_differences_stand_under_their_class() -> None:
    """Another name is no matter of billing."""
    text = render_diff_html(compare_all([planned()], [planned(name="Marlow & Sons")]))
    assert "<h3>identity</h3>" in text
    assert "<h3>billing</h3>" not in text


def test_names_cannot_write_html() -> None:
    """Values of records are escaped here as on the page of a plan."""
    text = render_diff_html(compare_all([planned()], [planned(name=HOSTILE)]))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert text.count("<script") == 1


def test_orders_of_one_side_are_named() -> None:
    """An order that only one side plans is billed on one side only."""
    text = render_diff_html(compare_all([planned()], [planned(), planned(number=2)]))
    assert "planned on the new side only" in text


def test_nothing_differs() -> None:
    """The same plan twice has no order to show."""
    text = render_diff_html(compare_all([planned()], [planned()]))
    assert "This change alters nothing in 1 order." in text
    assert "No order differs." in text


def test_the_same_differences_are_the_same_bytes() -> None:
    """Pages can be compared."""
    one, other = (render_diff_html(compare_all([planned()], [planned(price="50.00")])) for _ in range(2))
    assert one == other
